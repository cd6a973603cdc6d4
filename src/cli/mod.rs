//! The command line: clap types to domain types, and everything that is printed.

#[cfg(feature = "gpu")]
mod devices;
mod frame;
mod jobs;
mod log;
mod meta;
mod options;
mod play;
mod playlist;
mod progress;
mod remix;
mod render;
mod resume;
mod run;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "cluster")]
mod shard;
mod signals;
mod sound;
#[cfg(feature = "cluster")]
mod stored;
#[cfg(feature = "cluster")]
mod submit;
mod tracks;
pub mod usage;
mod work;

use std::fmt::Display;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};
use genmedia::Error;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Yellow.on_default());

/// Renders generative video in batches: on every core, resumable, byte for byte repeatable.
#[derive(Debug, Parser)]
#[command(version, styles = STYLES, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Examples:
  genmedia render noise --frames 1000
  genmedia render wave --expr 'sin(x*y + a)' --view density --frames 300 -o wave.mp4
  genmedia run jobs/*.toml
  genmedia jobs --watch
  genmedia resume
  genmedia frame jobs/sine-sea.toml --index 42 -o frame.png
  genmedia playlist jobs/*/*.mp4 --total 10m -o night.m3u
  genmedia remix night.m3u -o night.mp4
  genmedia serve

Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was finished is kept).")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a film, or continue one
    Render(render::Args),
    /// Render from recipe files
    Run(run::Args),
    /// Continue what was interrupted
    Resume(resume::Args),
    /// Render a part of a job, beside workers on other machines
    #[cfg(feature = "cluster")]
    Shard(shard::Args),
    /// Hand jobs to an engine that renders them on many machines
    #[cfg(feature = "cluster")]
    Submit(Box<submit::Args>),
    /// List the jobs
    Jobs(jobs::Args),
    #[command(flatten)]
    Job(jobs::JobCommand),
    /// Draw one frame of a job or recipe, alone
    Frame(frame::Args),
    /// List the devices that can draw shaders
    #[cfg(feature = "gpu")]
    Devices(devices::Args),
    /// Write the sound of a job or recipe, alone
    Sound(sound::Args),
    /// Cut random pieces of films into a playlist
    Playlist(playlist::Args),
    /// Join the pieces of a playlist into one film
    Remix(remix::Args),
    /// Serve the progress page
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    /// Print shell completions
    Completions(meta::Completions),
    /// Print the manual page, or write all pages into a folder
    Man(meta::Man),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> Result<(), Failure> {
        log::start(match &self.command {
            #[cfg(feature = "serve")]
            Command::Serve(args) => args.log(),
            _ => None,
        });
        match self.command {
            Command::Render(args) => args.run(),
            Command::Run(args) => args.run(),
            Command::Resume(args) => args.run(),
            #[cfg(feature = "cluster")]
            Command::Shard(args) => args.run(),
            #[cfg(feature = "cluster")]
            Command::Submit(args) => args.run(),
            Command::Jobs(args) => args.run(),
            Command::Job(command) => command.run(),
            Command::Frame(args) => args.run(),
            #[cfg(feature = "gpu")]
            Command::Devices(args) => args.run(),
            Command::Sound(args) => args.run(),
            Command::Playlist(args) => args.run(),
            Command::Remix(args) => args.run(),
            #[cfg(feature = "serve")]
            Command::Serve(args) => args.run(),
            Command::Completions(args) => args.run(),
            Command::Man(args) => args.run(),
        }
    }
}

pub use signals::outlive_limits;

/// Why a command did not do what was asked.
pub enum Failure {
    /// An error, to be shown.
    Error(Error),
    /// What the command itself has to say, in one line.
    Told(String),
    /// An error of one of several jobs, with its name.
    Job(String, Error),
    /// A signal; the exit code tells which.
    Signal(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// Shows an error as one line, and gives the exit code.
    pub fn report(&self) -> u8 {
        match self {
            Self::Error(error) => shown(&error.to_string(), error),
            Self::Job(name, error) => match error.to_string() {
                text if text.contains(&format!("job {name}")) => shown(&text, error),
                text => shown(&format!("job {name}: {text}"), error),
            },
            Self::Told(text) => {
                note(format_args!("error: {text}"));
                1
            }
            Self::Signal(code) => *code,
        }
    }
}

fn shown(text: &str, error: &Error) -> u8 {
    note(format_args!("error: {text}"));
    if error.is_usage() { 2 } else { 1 }
}

/// Prints a result to stdout. A reader that has gone away has what it wanted.
fn print(text: impl Display) -> Result<(), Error> {
    print_bytes(format!("{text}\n").as_bytes())
}

/// Prints a path to stdout, byte for byte, so that a program that reads it finds the file.
fn print_path(path: &Path) -> Result<(), Error> {
    print_bytes(&[path.as_os_str().as_bytes(), b"\n"].concat())
}

fn print_bytes(line: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout();
    match out.write_all(line).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::io("write to", "stdout")(e))
        }
        _ => Ok(()),
    }
}

/// Prints to stderr. A terminal that has been closed must not cost the job.
fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "genmedia: {text}");
}

/// Keeps panics from printing: those of workers are reported as the failures of their segments,
/// and any other as one line that asks for a report.
pub fn quieten_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let worker = std::thread::current().name().is_some_and(|name| name.starts_with("render-"));
        if !worker {
            let what = panic.to_string().replace('\n', " ");
            note(format_args!("error: this is a fault of genmedia, please report it: {what}"));
        }
    }));
}
