//! `genmedia verify JOB...`.

use std::path::Path;

use genmedia::jobs::Verified;
use genmedia::words::count;

use super::Named;
use crate::cli::{Failure, note, print};

/// Read everything a job has, and decode its film
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia verify noise-04aab1f6

Segments and film are read and compared with their checksums, images too, and the film is decoded to \
its last frame. None of them is changed. What is damaged is rendered again by genmedia resume JOB; a \
damaged film elsewhere (-o) is left to you: move it away first.")]
pub struct Args {
    #[command(flatten)]
    jobs: Named,
}

/// True for the file of a segment.
fn is_kept(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "segment")
}

/// Files that are told of one by one.
const SHOWN: usize = 20;

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.jobs.each(|catalog, name| {
            let verified = catalog.verify(name)?;
            for (path, reason) in verified.damaged.iter().take(SHOWN) {
                note(format_args!("{name}: {} is damaged: {reason}", path.display()));
            }
            for path in &verified.gone {
                note(format_args!("{name}: {} is not there, moved or deleted", path.display()));
            }
            let all = verified.damaged.len();
            if all > SHOWN {
                note(format_args!("{name}: {} more are damaged or gone", all - SHOWN));
            }
            let own = catalog.dir().join(name);
            let is_elsewhere = |path: &Path| !path.starts_with(&own) && path.exists();
            let elsewhere = verified.damaged.iter().find(|(path, _)| is_elsewhere(path));
            let before = elsewhere.map_or(String::new(), |(path, _)| {
                format!("move {} away, and then ", path.display())
            });
            match all {
                0 => Ok(print(format_args!("{name}: {}", whole(&verified)))?),
                n => {
                    let files = if n == 1 { "file is" } else { "files are" };
                    let advice = match verified.frames {
                        // Of what was rendered no more than the kept segments can be wrong then.
                        Some(_) if verified.damaged.iter().all(|(path, _)| is_kept(path)) => {
                            "the film is whole and does not need them: delete them".to_string()
                        }
                        // `resume` does not make a copy again.
                        Some(_) if verified.damaged.iter().all(|(path, _)| is_elsewhere(path)) => {
                            let last = verified.damaged.last().map(|(path, _)| path.display());
                            let last = last.map_or(String::new(), |path| path.to_string());
                            format!("move {last} away; the job's own film is whole")
                        }
                        _ => format!("{before}genmedia resume {name} renders again what is lost"),
                    };
                    Err(Failure::Told(format!("job {name}: {n} {files} damaged; {advice}")))
                }
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
