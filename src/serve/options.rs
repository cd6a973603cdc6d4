//! How to serve.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::guard::Login;

/// How to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of jobs.
    pub dir: PathBuf,
    /// Where to listen; port 0 for any that is free.
    pub bind: SocketAddr,
    /// Who may look; everybody if empty.
    pub logins: Vec<Login>,
    /// Names under which it is reached, beside addresses and `localhost`. On a loopback address no other is
    /// answered to; on any other all are, unless some are given.
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded` headers are believed.
    pub proxies: Vec<IpAddr>,
    /// Connections at once.
    pub connections: usize,
    /// Those who listen for events, at once.
    pub listeners: usize,
    /// Frames that are drawn at once.
    pub renders: usize,
    /// Frames a second that one address may ask for.
    pub frame_limit: u32,
    /// The least part of the disk that must be free, 0 to 1.
    pub disk_free: f64,
    /// The most that may wait for a core, for each core (the load divided by their
    /// number).
    pub load: f64,
    /// The least part of memory that must be available, 0 to 1.
    pub memory_free: f64,
}

impl Default for Options {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self {
            dir: "jobs".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            logins: Vec::new(),
            hosts: Vec::new(),
            proxies: Vec::new(),
            connections: 512,
            listeners: 128,
            renders: cores.div_ceil(2),
            frame_limit: 100,
            disk_free: 0.05,
            load: 4.0,
            memory_free: 0.05,
        }
    }
}
