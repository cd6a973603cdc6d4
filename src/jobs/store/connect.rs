//! Opening the database: to change it or only to look, with a log that processes of one machine share, or
//! without.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::PATIENCE;
use super::schema::{self, Unfit};
use crate::crash;
use crate::files;
use crate::media::encode_path;

/// Opens and prepares a connection.
pub(super) fn connect(path: &Path, patience: Duration) -> Result<Connection, Unfit> {
    let open = |mode: &str| -> Result<Connection, Unfit> {
        let db = Connection::open(path)?;
        db.busy_timeout(patience)?;
        db.pragma_update(None, "locking_mode", mode)?;
        schema::check(&db)?;
        Ok(db)
    };
    let mut db = open("normal")?;
    // Changes are written ahead, in a log beside the database, so that those who look do not wait for those
    // who write. The log is shared by memory, which only processes on one machine can do; in network
    // folders, and wherever else it cannot be, a rollback journal takes its place.
    if !is_shared(path) && write_ahead(&db, patience)? {
        db.pragma_update(None, "synchronous", "normal")?;
    } else {
        drop(db);
        // A log from before is ended by who has the database alone, for whom it need not be shared.
        db = open("exclusive")?;
        roll_back(&db, patience)?;
        db.pragma_update(None, "synchronous", "full")?;
    }
    db.set_prepared_statement_cache_capacity(32);
    schema::migrate(&mut db)?;
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(db)
}

/// Has changes written ahead; false if that cannot be done here.
fn write_ahead(db: &Connection, patience: Duration) -> Result<bool, Unfit> {
    // Only writing shows whether the memory can be shared. To wait for others who write is to know that.
    let works = set_journal(db, "wal", patience).and_then(|mode| {
        let tried = (mode == "wal").then(|| db.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
        match tried {
            Some(Err(e)) if !is_busy(&e) => Err(e),
            tried => Ok(tried.is_some()),
        }
    });
    match works {
        Err(e) if is_busy(&e) || is_damage(&e) => Err(e.into()),
        Err(e) => {
            tracing::debug!("no write-ahead log: {e}");
            Ok(false)
        }
        Ok(works) => Ok(works),
    }
}

/// Has changes undone by a journal if they are not finished, in a database that is open for nobody else;
/// afterwards it is.
fn roll_back(db: &Connection, patience: Duration) -> Result<(), Unfit> {
    let mode = set_journal(db, "delete", patience);
    db.pragma_update(None, "locking_mode", "normal")?;
    // With the next use the database is everybody's again.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    match mode?.as_str() {
        "wal" => Err(Unfit::Shared),
        _ => Ok(()),
    }
}

/// Asks for a journal mode, and returns the one that there is then.
fn set_journal(db: &Connection, mode: &str, patience: Duration) -> rusqlite::Result<String> {
    let ask = || db.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0));
    let since = std::time::Instant::now();
    loop {
        match ask() {
            // The first to change the mode locks the others out, and SQLite does not wait by itself here.
            Err(e) if is_busy(&e) && since.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return result,
        }
    }
}

/// True if other machines may have the database open as well.
fn is_shared(path: &Path) -> bool {
    if crash::is_asked("network-folder") {
        return true;
    }
    #[cfg(target_os = "linux")]
    if let Ok(stat) = rustix::fs::statfs(files::folder_of(path)) {
        return is_network(stat.f_type as u64 & 0xffff_ffff);
    }
    false
}

/// The file systems of networks and clusters, by the numbers of statfs(2) and linux/magic.h.
#[cfg(target_os = "linux")]
fn is_network(kind: u64) -> bool {
    const KINDS: [u64; 15] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x0102_1997, // 9P
        0x5346_414f, // AFS
        0x6b41_4653, // kAFS
        0x7375_7245, // Coda
        0x00c3_6400, // Ceph
        0x0bd0_0bd0, // Lustre
        0x4750_4653, // GPFS
        0x1983_0326, // BeeGFS
        0x7461_636f, // OCFS2
        0x0116_1970, // GFS2
        0x6573_5546, // FUSE: sshfs, s3fs and the like
    ];
    KINDS.contains(&kind)
}

/// Opens a database to read it. While somebody works with it that takes no more than permission to read;
/// else, where nothing may be written, it is read as a file that does not change, since SQLite would make
/// others beside it.
pub(super) fn look_into(path: &Path) -> Result<Connection, Unfit> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let open = |more: &str| -> Result<Connection, Unfit> {
        let db = Connection::open_with_flags(format!("file:{}{more}", encode_path(path)), flags)?;
        db.busy_timeout(PATIENCE)?;
        schema::check(&db)?;
        match schema::is_readable(&db)? {
            true => Ok(db),
            false => Err(Unfit::Empty),
        }
    };
    match open("") {
        Err(Unfit::Sqlite(e)) if is_barred(&e) => open("?immutable=1"),
        opened => opened,
    }
}

pub(super) fn code(e: &rusqlite::Error) -> Option<ErrorCode> {
    e.sqlite_error_code()
}

pub(super) fn is_busy(e: &rusqlite::Error) -> bool {
    use ErrorCode::*;
    matches!(code(e), Some(DatabaseBusy | DatabaseLocked | FileLockingProtocolFailed))
}

pub(super) fn is_damage(e: &rusqlite::Error) -> bool {
    matches!(code(e), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn is_barred(e: &rusqlite::Error) -> bool {
    use ErrorCode::*;
    matches!(code(e), Some(ReadOnly | CannotOpen | PermissionDenied | SystemIoFailure | DiskFull))
}
