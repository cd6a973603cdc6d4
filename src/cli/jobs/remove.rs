//! `genmedia remove JOB...`.

use std::io::{IsTerminal, Write};

use genmedia::Error;
use genmedia::error::{Invalid, Origin};

use super::Named;
use crate::cli::{Failure, note};
use genmedia::words::{count, size};

/// Remove jobs, with what genmedia made for them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia remove noise-04aab1f6
  genmedia remove --yes noise-04aab1f6 wave-1c02b2a8

Files that genmedia did not make, and films that were asked for elsewhere (-o), are left where they \
are.")]
pub struct Args {
    #[command(flatten)]
    jobs: Named,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        if !self.yes && !std::io::stdin().is_terminal() {
            let reason = "there is no terminal to ask on; --yes removes without asking";
            return Err(
                Error::from(Invalid::new("yes", "", reason).from_origin(&Origin::Flags)).into()
            );
        }
        self.jobs.each(|catalog, name| {
            let job = catalog.job(name)?;
            let what = format!(
                "{name} ({}, {}, {})",
                job.state,
                count(job.record.frames, "frame"),
                size(job.bytes())
            );
            if !self.yes && !agreed(&format!("remove {what}? [y/N] "))? {
                note(format_args!("{name}: kept"));
                return Ok(());
            }
            let removed = catalog.remove(name)?;
            note(format_args!("{name}: removed"));
            if let Some(url) = &job.store {
                note(format_args!("{name}: what is in {url}/{name} stays there"));
            }
            for path in &removed.kept {
                let other = std::fs::read_dir(path).ok().and_then(|mut names| names.next()?.ok());
                let other = other.map_or(String::new(), |entry| {
                    format!(", with {}", entry.file_name().display())
                });
                note(format_args!("{name}: {} is left where it is{other}", path.display()));
            }
            Ok(())
        })
    }
}

fn agreed(question: &str) -> Result<bool, Error> {
    let mut answer = String::new();
    write!(std::io::stderr(), "{question}")
        .and_then(|()| std::io::stdin().read_line(&mut answer))
        .map_err(Error::io("read from", "the terminal"))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
