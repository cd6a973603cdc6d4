//! The command and what is said of it: its mistakes, its documents, users' own programs, the library.

mod arrows;
#[path = "../common/mod.rs"]
mod common;
mod exec;
mod fuzz;
mod identities;
mod library;
mod mistakes;
mod readme;
mod reference;
mod tables;
