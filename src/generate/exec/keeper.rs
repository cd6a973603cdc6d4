//! No orphans: when this process dies, however it dies, so do the programs that it runs.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::Pid;
use tempfile::TempDir;

/// Reads which process groups live, until we are gone; then kills them, and removes their files.
const SCRIPT: &str = r#"
live=' '
while read -r what group; do
  case $what in
    +) live="$live$group " ;;
    -) live="${live%% $group *} ${live#* $group }" ;;
  esac
done
for group in $live; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
"#;

/// A shell that outlives this process for as long as it takes to kill what it ran. A death signal
/// of the kernel's would reach the program, but not what the program has started; a process group
/// is all of it.
#[derive(Default)]
pub(super) struct Keeper(Mutex<Option<Kept>>);

struct Kept {
    shell: Child,
    /// Closed before the shell is waited for.
    tell: Option<ChildStdin>,
    folder: TempDir,
}

impl Keeper {
    /// Tells that a process group lives.
    pub(super) fn born(&self, group: Pid) -> io::Result<()> {
        self.tell('+', group)
    }

    /// Tells that it is gone.
    pub(super) fn gone(&self, group: Pid) {
        // One that is told to be alive too long is killed in vain.
        let _ = self.tell('-', group);
    }

    fn tell(&self, what: char, group: Pid) -> io::Result<()> {
        self.with(|kept| match &mut kept.tell {
            Some(tell) => tell.write_all(format!("{what} {}\n", group.as_raw_nonzero()).as_bytes()),
            None => Ok(()),
        })
    }

    /// A folder for the pictures, removed with this process.
    pub(super) fn folder(&self) -> io::Result<PathBuf> {
        self.with(|kept| Ok(kept.folder.path().into()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> io::Result<T>) -> io::Result<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *kept {
            Some(kept) => act(kept),
            none => act(none.insert(Kept::start()?)),
        }
    }
}

impl Kept {
    fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("genmedia-").tempdir()?;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "genmedia-keeper"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is not for it.
            .process_group(0)
            .spawn()?;
        let tell = shell.stdin.take();
        Ok(Self { shell, tell, folder })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.tell = None;
        let _ = self.shell.wait();
    }
}
