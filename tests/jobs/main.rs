//! Jobs: what is kept of them, whatever happens.

mod command;
#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "failpoints")]
mod crashes;
#[cfg(target_os = "linux")]
mod damage;
#[cfg(feature = "failpoints")]
mod faults;
mod kills;
#[cfg(target_os = "linux")]
mod outputs;
mod recorded;
mod states;
