//! Many machines: workers that share a job's folder, and the engines that start them.
#![cfg(feature = "cluster")]

#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod kubernetes;
#[cfg(target_os = "linux")]
mod slurm;
#[cfg(target_os = "linux")]
mod store;
mod workers;
