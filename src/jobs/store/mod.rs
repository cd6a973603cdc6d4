//! The database of jobs: what is done, what failed, and what happened.
//!
//! Every change is one transaction, with its event. The write-ahead log is not synced at each of
//! them: a power cut may lose the last few, never tear one, and the segments on disk vouch for
//! themselves.

mod connect;
mod read;
mod records;
mod schema;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use connect::{code, connect, is_busy, is_damage, look_into};
pub use records::{Elsewhere, JobRecord, SegmentRecord, SegmentState, State, StoredEvent};
pub use schema::LIMITS;
use schema::Unfit;
pub(super) use write::Change;

use crate::error::{Error, Result};
use crate::files::{self, Lock};

/// The database's name in the folder of jobs.
pub const DATABASE: &str = "genmedia.db";

/// Held by the one process that puts a damaged database aside.
const REPAIR: &str = ".genmedia.repair";

/// How long a change waits for another process's, where nothing else is said.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// An open database of jobs.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    db: Mutex<Connection>,
    patience: Duration,
    damaged: Option<PathBuf>,
}

impl Store {
    /// Opens the database of the jobs in `dir`, or makes it. Each change waits as long as `patience` for
    /// those of other processes.
    ///
    /// One that is damaged is put aside under another name, see [`Store::damaged`].
    ///
    /// # Errors
    /// It cannot be opened or written, or is not genmedia's; [`Error::Busy`] if it is locked for longer.
    pub fn open(dir: &Path, patience: Duration) -> Result<Self> {
        let path = dir.join(DATABASE);
        is_there(&path)?;
        match connect(&path, patience) {
            Ok(db) => Ok(Self { path, db: Mutex::new(db), patience, damaged: None }),
            Err(Unfit::Sqlite(e)) if is_damage(&e) => Self::repaired(dir, patience, false),
            Err(e) => Err(unfit(&path, patience, e)),
        }
    }

    /// Opens the database only to look at it; `None` if there is none. Nothing is changed, and another
    /// user's, or one on a read-only disk, will do.
    ///
    /// # Errors
    /// It cannot be opened, is damaged, or is not genmedia's.
    pub fn view(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(DATABASE);
        if !is_there(&path)? {
            return Ok(None);
        }
        let db = match look_into(&path) {
            // Somebody makes it at this moment.
            Err(Unfit::Empty) => return Ok(None),
            db => db.map_err(|e| unfit(&path, PATIENCE, e))?,
        };
        Ok(Some(Self { path, db: Mutex::new(db), patience: PATIENCE, damaged: None }))
    }

    /// Opens the database after it was looked at by one process only: if it is still damaged then (with
    /// `all`: on any of its pages), it is put aside, and a new one made.
    ///
    /// # Errors
    /// As [`Store::open`]; somebody else repairs it.
    pub fn repaired(dir: &Path, patience: Duration, all: bool) -> Result<Self> {
        let path = dir.join(DATABASE);
        let lock = dir.join(REPAIR);
        let since = std::time::Instant::now();
        // Another's repair takes as long as it takes to read the database.
        let _lock = loop {
            match Lock::take_temporary(&lock, "repaired")? {
                Ok(lock) => break lock,
                Err(_) if since.elapsed() < 6 * PATIENCE => std::thread::sleep(PATIENCE / 100),
                Err(owner) => {
                    return Err(Error::Store {
                        path,
                        reason: format!("another genmedia is repairing it ({})", owner.who),
                    });
                }
            }
        };
        let store =
            |db, damaged| Self { path: path.clone(), db: Mutex::new(db), patience, damaged };
        match connect(&path, patience) {
            Ok(db) => {
                let store = store(db, None);
                match if all { store.check() } else { Ok(()) } {
                    Ok(()) => return Ok(store),
                    Err(Error::Damaged { .. }) => {}
                    Err(e) => return Err(e),
                }
            }
            Err(Unfit::Sqlite(e)) if is_damage(&e) => {}
            Err(e) => return Err(unfit(&path, patience, e)),
        }
        let kept = set_aside(&path).map_err(Error::io("put aside", &path))?;
        connect(&path, patience)
            .map(|db| store(db, Some(kept)))
            .map_err(|e| unfit(&path, patience, e))
    }

    /// Where a damaged database was put, if one was found when this one was opened.
    pub fn damaged(&self) -> Option<&Path> {
        self.damaged.as_deref()
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks every page of the database.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub fn check(&self) -> Result<()> {
        let said: String =
            self.read(|db| db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        match said.as_str() {
            "ok" => Ok(()),
            _ => Err(self.error(damage())),
        }
    }

    /// How long it waits for other processes.
    pub(super) fn set_patience(&mut self, patience: Duration) -> Result<()> {
        self.patience = patience;
        self.read(|db| db.busy_timeout(patience))
    }

    fn read<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        look(&db).map_err(|e| self.error(e))
    }

    /// Makes one change, whole or not at all.
    fn change<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let run = |db: &mut Connection| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run(&mut db).map_err(|e| self.error(e))
    }

    fn error(&self, e: rusqlite::Error) -> Error {
        unfit(&self.path, self.patience, Unfit::Sqlite(e))
    }
}

/// True if there is a file of that name.
///
/// # Errors
/// There is something else, which is no database.
fn is_there(path: &Path) -> Result<bool> {
    match files::look_through(path)? {
        None => Ok(false),
        Some(metadata) if metadata.is_file() => Ok(true),
        Some(_) => Err(unfit(path, PATIENCE, Unfit::Foreign)),
    }
}

fn damage() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut kept = with(".damaged");
    let mut number = 1;
    while kept.symlink_metadata().is_ok() {
        number += 1;
        kept = with(&format!(".damaged-{number}"));
    }
    fs::rename(path, &kept)?;
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(with(ending)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(kept)
}

/// A failure of the database, for people.
fn unfit(path: &Path, patience: Duration, e: Unfit) -> Error {
    let reason = match e {
        Unfit::Foreign => "this database is not genmedia's; choose another --dir".to_string(),
        Unfit::Empty => "the database has no tables yet".to_string(),
        Unfit::Shared => {
            "the database is in use on one machine, in a way that others cannot share; stop \
                          what has it open there, and type the same command again"
                .to_string()
        }
        Unfit::Newer(version) => format!(
            "a newer genmedia wrote this database (version {version}, this one knows {}); use \
             that one, or choose another --dir",
            schema::VERSION
        ),
        Unfit::Sqlite(e) if is_busy(&e) => {
            return Error::Busy { path: path.into(), waited: patience };
        }
        Unfit::Sqlite(e) if is_damage(&e) => return Error::Damaged { path: path.into() },
        Unfit::Sqlite(e) => match code(&e) {
            Some(ErrorCode::DiskFull) => {
                "no space left on the disk; make room and type the same command again".to_string()
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen)
                if files::is_read_only(path) =>
            {
                "the file system is read-only; genmedia jobs, show and serve look at what is there".to_string()
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                "the database cannot be written; check who owns it and its folder".to_string()
            }
            Some(ErrorCode::CannotOpen) => {
                "the database cannot be opened; check its folder, and who owns it".to_string()
            }
            Some(ErrorCode::SystemIoFailure) => {
                "the database cannot be read or written: the disk is full or fails, or files may not be so \
                 large (ulimit -f); make room, and type the same command again"
                    .to_string()
            }
            _ => e.to_string(),
        },
    };
    Error::Store { path: path.into(), reason }
}

/// The time in milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
