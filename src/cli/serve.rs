//! `genmedia serve`

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use genmedia::media;
use genmedia::serve::{Login, Options, serve};
use genmedia::values::whole_in;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::log::Log;
use super::options::{Dir, flag_error};
use super::{Failure, note, print};

/// Serve the progress page
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia serve
  genmedia serve --bind 127.0.0.1:9000 --dir /data/jobs
  genmedia serve --bind 0.0.0.0:8080 --user \"$(htpasswd -nbB vj secret)\"

It only looks: nothing that a client asks changes a file or a job, or starts a program. Besides the \
page there are /api/jobs, /api/events, /metrics, /health, /disk, /cpu and /memory; the API is \
described by /api/openapi.json.")]
pub struct Args {
    /// Address and port; port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", env = "GENMEDIA_BIND", default_value = "127.0.0.1:8080")]
    bind: String,
    #[command(flatten)]
    dir: Dir,
    /// Print a line for each request on stderr: text or json. Refusals and errors are printed always
    #[arg(long, value_name = "HOW")]
    log: Option<Log>,
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    limits: Limits,
}

/// Who may look.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Who may look")]
struct Door {
    /// Ask for a name and a password, whose bcrypt hash this is (htpasswd -nB NAME); may be repeated
    #[arg(long, value_name = "NAME:HASH")]
    user: Vec<Login>,
    /// Ask for this token (Authorization: Bearer TOKEN)
    #[arg(long, value_name = "TOKEN", env = "GENMEDIA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A name under which it is reached; may be repeated. On a loopback address only localhost, addresses and
    /// these are answered to
    #[arg(long, value_name = "NAME", value_parser = host)]
    host: Vec<String>,
    /// Believe what the proxy at this address says of who asks and how this server is reached
    /// (X-Forwarded-For, -Proto, -Host, -Prefix); may be repeated
    #[arg(long, value_name = "ADDR")]
    trust_proxy: Vec<IpAddr>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
struct Limits {
    /// Connections at once
    #[arg(long, value_name = "N", default_value = "512")]
    #[arg(value_parser = whole_in(1..=u16::MAX), allow_negative_numbers = true)]
    connections: u16,
    /// Those who listen for events, at once
    #[arg(long, value_name = "N", default_value = "128")]
    #[arg(value_parser = whole_in(1..=u16::MAX), allow_negative_numbers = true)]
    listeners: u16,
    /// Frames that are drawn at once [default: half as many as cores]
    #[arg(long, value_name = "N", value_parser = whole_in(1..=1024u16))]
    #[arg(allow_negative_numbers = true)]
    renders: Option<u16>,
    /// Frames a second that one address may ask for
    #[arg(long, value_name = "N", default_value = "100")]
    #[arg(value_parser = whole_in(1..=u32::MAX), allow_negative_numbers = true)]
    frame_limit: u32,
    /// /disk is not ok with less than this part free
    #[arg(long, value_name = "0..1", default_value = "0.05", value_parser = part)]
    disk_free: f64,
    /// /cpu is not ok with a load above this, for each core
    #[arg(long, value_name = "LOAD", default_value = "4", value_parser = load)]
    load: f64,
    /// /memory is not ok with less than this part available
    #[arg(long, value_name = "0..1", default_value = "0.05", value_parser = part)]
    memory_free: f64,
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "a part of the whole is expected, 0 to 1".into())
}

fn load(text: &str) -> Result<f64, String> {
    let load = text.parse().ok().filter(|load: &f64| *load > 0.0 && load.is_finite());
    load.ok_or_else(|| "a load above 0 is expected".into())
}

/// A name, and no more.
fn host(text: &str) -> Result<String, String> {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    match !text.is_empty() && text.bytes().all(is_letter) {
        true => Ok(text.into()),
        false => Err("a name without protocol, port and path is expected: films.example".into()),
    }
}

impl Args {
    /// How requests are logged.
    pub(super) fn log(&self) -> Option<Log> {
        self.log
    }

    pub(super) fn run(self) -> Result<(), Failure> {
        media::keep_memory_small();
        let bind = self.address()?;
        let mut logins = self.door.user;
        match self.door.token {
            Some(token) if token.len() < 8 => {
                let reason = "a token has at least 8 characters";
                return Err(flag_error("token", "", reason).into());
            }
            token => logins.extend(token.map(Login::Token)),
        }
        let has_login = !logins.is_empty();
        let options = Options {
            dir: self.dir.dir,
            bind,
            logins,
            hosts: self.door.host,
            proxies: self.door.trust_proxy,
            listeners: self.limits.listeners.into(),
            connections: self.limits.connections.into(),
            frame_limit: self.limits.frame_limit,
            disk_free: self.limits.disk_free,
            load: self.limits.load,
            memory_free: self.limits.memory_free,
            ..Options::default()
        };
        let renders = self.limits.renders.map_or(options.renders, usize::from);
        let dir = options.dir.clone();
        let ready = move |at: SocketAddr| {
            // The address is the result: a script reads it where the port was chosen by chance.
            let _ = print(format_args!("http://{at}/"));
            if !at.ip().is_loopback() {
                let open = if has_login { "" } else { " without a login" };
                note(format_args!(
                    "warning: other machines reach {at}{open}, and nothing is encrypted; a proxy in front \
                     can do that"
                ));
            }
            if !dir.is_dir() {
                note(format_args!("warning: there is no folder {} yet (--dir)", dir.display()));
            }
            note(format_args!("serving {}; Ctrl-C ends it", dir.display()));
        };
        // Before anybody is told where it listens: a signal may come at once.
        let (sender, told) = tokio::sync::oneshot::channel();
        if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) {
            std::thread::spawn(move || {
                let mut signals = signals.forever();
                signals.next();
                let _ = sender.send(());
                // A second one does not wait for anybody.
                if let Some(signal) = signals.next() {
                    signal_hook::low_level::exit(128 + signal);
                }
            });
        }
        let stop = async {
            let _ = told.await;
        };
        Ok(serve(Options { renders, ..options }, ready, stop)?)
    }

    fn address(&self) -> Result<SocketAddr, Failure> {
        let bind = &self.bind;
        if let Ok(ip) = bind.parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, 8080));
        }
        let found = bind.to_socket_addrs().ok().and_then(|mut found| found.next());
        found.ok_or_else(|| {
            let reason = "an address and a port are expected, such as 127.0.0.1:8080";
            flag_error("bind", bind, reason).into()
        })
    }
}
