//! The database of jobs: what is done, what failed, and what happened.
//!
//! Every change is one transaction, with its event. The write-ahead log is not synced at each of
//! them: a power cut may lose the last few, never tear one, and the segments on disk vouch for
//! themselves.

mod read;
mod records;
mod schema;
mod write;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, Transaction, TransactionBehavior};

pub use records::{JobRecord, SegmentRecord, SegmentState, StoredEvent};
use schema::Unfit;

use crate::error::{Error, Result};
use crate::media::encode_path;

/// The database's name in the folder of jobs.
pub const DATABASE: &str = "genmedia.db";

/// How long a change waits for another process's.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open database of jobs.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    db: Mutex<Connection>,
    damaged: Option<PathBuf>,
}

impl Store {
    /// Opens the database of the jobs in `dir`, or makes it. One that may not be written, of another
    /// user or on a read-only disk, can be read.
    ///
    /// One that is damaged is put aside under another name, see [`Store::damaged`].
    ///
    /// # Errors
    /// It cannot be opened, is locked by another process, or is not genmedia's.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(DATABASE);
        let store = |db, damaged| Self { path: path.clone(), db: Mutex::new(db), damaged };
        match connect(&path) {
            Ok(db) => Ok(store(db, None)),
            Err(Unfit::Sqlite(e)) if is_damage(&e) => {
                let kept = put_aside(&path).map_err(Error::io("put aside", &path))?;
                connect(&path).map(|db| store(db, kept)).map_err(|e| unfit(&path, e))
            }
            Err(Unfit::Sqlite(e)) if is_barred(&e) && path.is_file() => {
                look_into(&path).map(|db| store(db, None)).map_err(|_| unfit(&path, e.into()))
            }
            Err(e) => Err(unfit(&path, e)),
        }
    }

    /// Opens the database if there is one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(dir: &Path) -> Result<Option<Self>> {
        match dir.join(DATABASE).try_exists() {
            Ok(true) => Self::open(dir).map(Some),
            Ok(false) => Ok(None),
            Err(e) => Err(Error::io("read", dir)(e)),
        }
    }

    /// Where a damaged database was put, if one was found when this one was opened.
    pub fn damaged(&self) -> Option<&Path> {
        self.damaged.as_deref()
    }

    /// True if it can only be read.
    pub fn is_read_only(&self) -> bool {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        db.is_readonly(MAIN_DB).unwrap_or(false)
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

    /// Puts this database aside, as one that is damaged, and opens a new one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn replace(self) -> Result<Self> {
        let path = self.path.clone();
        drop(self);
        let kept = set_aside(&path).map_err(Error::io("put aside", &path))?;
        let db = connect(&path).map_err(|e| unfit(&path, e))?;
        Ok(Self { path, db: Mutex::new(db), damaged: Some(kept) })
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
        unfit(&self.path, Unfit::Sqlite(e))
    }
}

/// Opens and prepares a connection.
fn connect(path: &Path) -> Result<Connection, Unfit> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(PATIENCE)?;
    schema::check(&db)?;
    db.set_prepared_statement_cache_capacity(32);
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "normal")?;
    // The first to change the mode locks the others out, and SQLite does not wait by itself here.
    let mut tries = 0;
    loop {
        match db.pragma_update(None, "journal_mode", "wal") {
            Err(e) if is_busy(&e) && tries < 200 => {
                tries += 1;
                std::thread::sleep(PATIENCE / 200);
            }
            result => break result?,
        }
    }
    schema::migrate(&mut db)?;
    Ok(db)
}

/// Opens a database that may not be written. While somebody works with it that takes no more than
/// permission to read; else it is read as a file that does not change, since SQLite would make others
/// beside it.
fn look_into(path: &Path) -> Result<Connection, Unfit> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let open = |more: &str| -> Result<Connection, Unfit> {
        let db = Connection::open_with_flags(format!("file:{}{more}", encode_path(path)), flags)?;
        db.busy_timeout(PATIENCE)?;
        schema::check(&db)?;
        match schema::is_current(&db)? {
            true => Ok(db),
            false => Err(Unfit::Foreign),
        }
    };
    open("").or_else(|_| open("?immutable=1"))
}

fn code(e: &rusqlite::Error) -> Option<ErrorCode> {
    e.sqlite_error_code()
}

fn is_busy(e: &rusqlite::Error) -> bool {
    matches!(code(e), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn is_damage(e: &rusqlite::Error) -> bool {
    matches!(code(e), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn is_barred(e: &rusqlite::Error) -> bool {
    use ErrorCode::*;
    matches!(code(e), Some(ReadOnly | CannotOpen | PermissionDenied))
}

fn damage() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

/// Puts a damaged database aside, unless another process was quicker. Returns where it is.
fn put_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    // Whoever holds the lock may rename; whoever waited for it finds a sound one in its place.
    let file = File::open(path)?;
    file.lock()?;
    match connect(path) {
        Err(Unfit::Sqlite(e)) if is_damage(&e) => set_aside(path).map(Some),
        _ => Ok(None),
    }
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
fn unfit(path: &Path, e: Unfit) -> Error {
    let reason = match e {
        Unfit::Foreign => "this database is not genmedia's; choose another --dir".to_string(),
        Unfit::Newer(version) => format!(
            "a newer genmedia wrote this database (version {version}, this one knows {}); use \
             that one, or choose another --dir",
            schema::VERSION
        ),
        Unfit::Sqlite(e) => match code(&e) {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => format!(
                "another process has had the database locked for {} s; stop it, and type the same \
                 command again",
                PATIENCE.as_secs()
            ),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                "the database is damaged; genmedia rescan puts it aside and makes it anew from \
                 the folders, which loses nothing but history"
                    .to_string()
            }
            Some(ErrorCode::DiskFull) => {
                "no space left on the disk; make room and type the same command again".to_string()
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                "the database cannot be written; check who owns it and its folder".to_string()
            }
            Some(ErrorCode::CannotOpen) => {
                "the database cannot be opened; check its folder, and who owns it".to_string()
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
