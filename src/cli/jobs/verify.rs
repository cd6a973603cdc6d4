//! `genmedia verify JOB...`.

use genmedia::Error;
use genmedia::jobs::Verified;
use genmedia::words::count;

use super::Named;
use crate::cli::{Failure, note, print};

/// Read everything a job has, and decode its film
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia verify noise-04aab1f6

Segments and film are read and compared with their checksums, images too, and the film is decoded to
its last frame. What is damaged is rendered again by genmedia resume JOB.")]
pub struct Args {
    #[command(flatten)]
    jobs: Named,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.jobs.each(|catalog, name| {
            let verified = catalog.verify(name)?;
            for (path, reason) in &verified.damaged {
                note(format_args!("{name}: {} is damaged: {reason}", path.display()));
            }
            match verified.damaged.len() {
                0 => print(format_args!("{name}: {}", whole(&verified))),
                n => Err(Error::Conflict(format!(
                    "job {name}: {n} {} damaged, all else is whole; genmedia resume {name} renders \
                     again what is lost",
                    if n == 1 { "file is" } else { "files are" }
                ))),
            }
        })
    }
}

fn whole(verified: &Verified) -> String {
    let mut parts = Vec::new();
    if verified.segments > 0 {
        parts.push(count(verified.segments, "segment"));
    }
    if verified.images > 0 {
        parts.push(count(verified.images, "image"));
    }
    if let Some(frames) = verified.frames {
        parts.push(format!("the film of {}", count(frames, "frame")));
    }
    match parts.as_slice() {
        [] => "there is nothing to verify yet".into(),
        parts => format!("{}: whole", parts.join(", ")),
    }
}
