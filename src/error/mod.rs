//! What can go wrong, each as one line that names the value and where it came from.

mod invalid;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use invalid::{Invalid, Origin};

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, shown as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recipe's value is out of range, unknown or contradicts another.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A recipe file does not parse.
    #[error("{}: {reason}", path.display())]
    RecipeFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// The recipe in a job's folder cannot be read, or is none.
    #[error(
        "job {job}: {reason}; put it back as it was, or move it away and type the job's render command \
         again"
    )]
    JobRecipe {
        /// The job's name.
        job: String,
        /// What is wrong with it.
        reason: Box<Error>,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {}", path.display(), io_reason(source))]
    Io {
        /// What was tried, as a verb: `create`, `write`, `open`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// FFmpeg's libraries refused.
    #[error("{what}: {reason}")]
    Media {
        /// What was being done, with the file.
        what: String,
        /// FFmpeg's message.
        reason: String,
    },
    /// A film cannot be used: it is damaged, of a kind that is not understood, or no film.
    #[error("{film}: {reason}")]
    Film {
        /// Where it is.
        film: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A playlist does not say what a playlist says.
    #[error("{place}: {reason}")]
    Playlist {
        /// The playlist, with the line where known.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// There is no job of this name.
    #[error("there is no job {job} in {}{hint} (genmedia jobs lists them)", dir.display())]
    NoJob {
        /// The name.
        job: String,
        /// Where it was looked for.
        dir: PathBuf,
        /// The nearest name, as part of the sentence; or nothing.
        hint: String,
    },
    /// Another process works on the job.
    #[error(
        "job {job} is being {doing} by another genmedia{who}; wait for it{}",
        way_out(job, doing)
    )]
    Held {
        /// The job's name.
        job: String,
        /// What is done with it, in a word: `rendered`, `checked`.
        doing: String,
        /// Who does it, as far as they said, in parentheses; or nothing.
        who: String,
    },
    /// The job is in a state in which this cannot be done.
    #[error("job {job} {reason}")]
    State {
        /// The job's name.
        job: String,
        /// Its state, and what to do.
        reason: String,
    },
    /// What is rendered of the job is of another recipe, or of other libraries: the two do not mix.
    #[error("job {job} {reason}")]
    Mismatch {
        /// The job's name.
        job: String,
        /// What is of another kind, and what to do.
        reason: String,
    },
    /// Something stands where genmedia would write, and is not genmedia's, or not as it wrote it.
    #[error("{} {reason}", path.display())]
    Occupied {
        /// What stands there.
        path: PathBuf,
        /// What it is, and what to do.
        reason: String,
    },
    /// Nothing can be written at the place that was given for the result.
    #[error("--output {}: {reason}", path.display())]
    Output {
        /// The place.
        path: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// Another process writes the same result.
    #[error("{} is being written by another genmedia{who}; wait for it, or choose another --output", path.display())]
    OutputHeld {
        /// The result's file.
        path: PathBuf,
        /// Who does it, as far as they said, in parentheses; or nothing.
        who: String,
    },
    /// The address cannot be listened on.
    #[error("--bind {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not, and what to do.
        reason: String,
    },
    /// What drawing needs, a program or a film, is not there.
    #[error("{0}")]
    NotReady(String),
    /// A frame could not be made.
    #[error("frame {index}: {reason}")]
    Frame {
        /// The frame, from 0.
        index: u64,
        /// What the generator said.
        reason: String,
    },
    /// Segments failed, and the others are finished.
    #[error("job {job} failed: {} of {segments} segments, {}", failures.len(), describe(job, failures))]
    Failed {
        /// The job's name.
        job: String,
        /// Segments in all.
        segments: u64,
        /// What failed, in order; never empty.
        failures: Vec<Failure>,
    },
    /// The database of jobs could not be read or written.
    #[error("{}: {reason}", path.display())]
    Store {
        /// The database.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Another process has had the database of jobs locked for longer than was waited.
    #[error(
        "{}: another process has had the database locked for {} s; stop it, and type the same command \
         again",
        path.display(),
        waited.as_secs_f64()
    )]
    Busy {
        /// The database.
        path: PathBuf,
        /// How long it was waited.
        waited: Duration,
    },
    /// The database of jobs is damaged.
    #[error(
        "{}: the database is damaged; genmedia rescan puts it aside and rebuilds it from the folders, \
         which loses nothing but history",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
    },
    /// Slurm or Kubernetes refused, or cannot be asked.
    #[error("{engine}: {reason}")]
    Engine {
        /// Its name.
        engine: &'static str,
        /// Why not, as far as it said.
        reason: String,
    },
    /// A store of objects refuses, or cannot be reached.
    #[error("{url}: {reason}")]
    Remote {
        /// The place in it.
        url: String,
        /// Why not, as far as it said.
        reason: String,
    },
    /// A fault of genmedia's own: a thread of the job panicked.
    #[error("this is a fault of genmedia, please report it: {0}")]
    Fault(String),
    /// The work was told to stop; what was finished is kept.
    #[error("interrupted")]
    Interrupted,
    /// The job was cancelled, perhaps by another process; what was finished is kept.
    #[error("job {0} was cancelled; genmedia resume {0} continues it")]
    Cancelled(String),
}

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Error {
        let path = path.as_ref().to_path_buf();
        move |source| Error::Io { action, path, source }
    }

    /// True for mistakes in what was asked, found before any work (exit code 2).
    pub fn is_usage(&self) -> bool {
        matches!(self, Error::Invalid(_) | Error::RecipeFile { .. })
    }

    /// True if the machine, not the recipe, keeps the work from going on: a full disk, a lost
    /// folder, a signal. The next segment would fare no better.
    pub fn is_of_the_machine(&self) -> bool {
        use Error::*;
        matches!(
            self,
            Io { .. }
                | Store { .. }
                | Remote { .. }
                | Busy { .. }
                | Damaged { .. }
                | Interrupted
                | Cancelled(_)
        )
    }
}

/// A segment that could not be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The segment, from 0.
    pub segment: u64,
    /// Its frames.
    pub frames: Range<u64>,
    /// The last attempt's error.
    pub error: String,
}

/// The frames of the first failures, and why the first one failed.
fn describe(job: &str, failures: &[Failure]) -> String {
    const SHOWN: usize = 5;
    let ranges: Vec<String> = failures.iter().take(SHOWN).map(|f| numbers(&f.frames)).collect();
    let more = match failures.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let why = failures.first().map(|f| f.error.as_str()).unwrap_or_default();
    let (noun, why) = match failures {
        // A frame names itself in its error.
        [one] => (
            noun(&one.frames),
            why.strip_prefix(&format!("{}: ", frames(&one.frames))).unwrap_or(why),
        ),
        _ => ("frames", why),
    };
    format!("{noun} {}{more}: {why}; genmedia resume {job} tries again", ranges.join(", "))
}

/// What else than waiting there is to do while another process has a job, as part of a sentence.
fn way_out(job: &str, doing: &str) -> String {
    match doing {
        "rendered" => format!(", or stop it with genmedia cancel {job}"),
        _ => String::new(),
    }
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// Frames by their numbers: `frames 5 to 9`, `frame 5`.
pub(crate) fn frames(frames: &Range<u64>) -> String {
    format!("{} {}", noun(frames), numbers(frames))
}

fn noun(frames: &Range<u64>) -> &'static str {
    if frames.end - frames.start == 1 { "frame" } else { "frames" }
}

fn numbers(frames: &Range<u64>) -> String {
    match frames.end.saturating_sub(1) {
        last if last <= frames.start => frames.start.to_string(),
        last => format!("{} to {last}", frames.start),
    }
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "no space left on the disk; make room and type the same command again".into()
        }
        io::ErrorKind::FileTooLarge => {
            "the file would be larger than allowed here; raise the limit (ulimit -f) and type the \
             same command again"
                .into()
        }
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        _ => error.to_string(),
    }
}

/// Other words for a name, as others call it.
const SYNONYMS: &[(&str, &str)] = &[
    ("slime", "physarum"),
    ("slime-mould", "physarum"),
    ("slime-mold", "physarum"),
    ("gray-scott", "reaction-diffusion"),
    ("turing", "reaction-diffusion"),
    ("game-of-life", "life"),
    ("conway", "life"),
    ("wolfram", "elementary"),
    ("flow-field", "particles"),
    ("aggregation", "dla"),
    ("flock", "boids"),
    ("flocking", "boids"),
    ("sand", "sandpile"),
    ("fire", "forest-fire"),
    ("lorenz", "attractor"),
    ("clifford", "attractor"),
    ("de-jong", "attractor"),
    ("thomas", "attractor"),
    ("aizawa", "attractor"),
];

/// Of `names`, those that look like `typed` or mean the same, nearest first, as the end of a message.
pub fn did_you_mean<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let typed = typed.to_lowercase();
    let same = SYNONYMS.iter().find(|(word, _)| *word == typed).map(|(_, name)| *name);
    let mut near: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| {
            let alike = strsim::jaro_winkler(&typed, &name.to_lowercase());
            let contained = name.len() >= 3 && (name.contains(&typed) || typed.contains(name));
            (if contained { alike.max(0.9) } else { alike }, name)
        })
        .map(|(score, name)| (if Some(name) == same { 2.0 } else { score }, name))
        .filter(|(score, _)| *score > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    if near.first().is_some_and(|(score, _)| *score > 1.0) {
        near.truncate(1);
    }
    match near.iter().take(3).map(|(_, n)| format!("'{n}'")).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        many => format!("; did you mean {}?", many.join(" or ")),
    }
}
