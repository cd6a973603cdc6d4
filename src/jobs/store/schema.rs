//! The tables, and how an older database becomes a newer one.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as genmedia's, in SQLite's header: "gnmd".
pub(super) const APPLICATION: i32 = 0x676e_6d64;

/// One script a version: the first makes version 1 from nothing, the next one 2 from 1.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE jobs (
        id              INTEGER PRIMARY KEY,
        name            TEXT NOT NULL UNIQUE,
        generator       TEXT NOT NULL,
        recipe          TEXT NOT NULL,              -- canonical TOML
        identity        TEXT NOT NULL,              -- its hash
        build           INTEGER NOT NULL,           -- versions of the encoder libraries
        frames          INTEGER NOT NULL,
        segments        INTEGER NOT NULL,
        state           TEXT NOT NULL CHECK (state IN
                        ('queued', 'running', 'interrupted', 'failed', 'cancelled', 'done')),
        error           TEXT,
        output          TEXT,                       -- relative to the job's folder, or absolute
        output_bytes    INTEGER,
        output_checksum TEXT,
        cancel          INTEGER NOT NULL DEFAULT 0, -- somebody asked for it
        live_frames     INTEGER NOT NULL DEFAULT 0, -- with those of unfinished segments
        fps             REAL NOT NULL DEFAULT 0,
        frames_done     INTEGER NOT NULL DEFAULT 0, -- this and the next three by triggers
        segments_done   INTEGER NOT NULL DEFAULT 0,
        segments_failed INTEGER NOT NULL DEFAULT 0,
        bytes_done      INTEGER NOT NULL DEFAULT 0,
        created         INTEGER NOT NULL,           -- times are milliseconds since 1970
        updated         INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE segments (                         -- one that is yet to be rendered has no row
        job             INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
        number          INTEGER NOT NULL,
        frames          INTEGER NOT NULL,
        state           TEXT NOT NULL CHECK (state IN ('done', 'failed')),
        bytes           INTEGER NOT NULL,
        checksum        TEXT,
        image_bytes     INTEGER NOT NULL,
        image_checksum  TEXT,
        attempts        INTEGER NOT NULL,
        error           TEXT,
        seconds         REAL NOT NULL,
        finished        INTEGER NOT NULL,
        PRIMARY KEY (job, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER segment_done AFTER INSERT ON segments WHEN new.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done + new.frames, segments_done = segments_done + 1,
            bytes_done = bytes_done + new.bytes + new.image_bytes WHERE id = new.job;
    END;
    CREATE TRIGGER segment_failed AFTER INSERT ON segments WHEN new.state = 'failed' BEGIN
        UPDATE jobs SET segments_failed = segments_failed + 1 WHERE id = new.job;
    END;
    CREATE TRIGGER segment_dropped AFTER DELETE ON segments WHEN old.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done - old.frames, segments_done = segments_done - 1,
            bytes_done = bytes_done - old.bytes - old.image_bytes WHERE id = old.job;
    END;
    CREATE TRIGGER failure_dropped AFTER DELETE ON segments WHEN old.state = 'failed' BEGIN
        UPDATE jobs SET segments_failed = segments_failed - 1 WHERE id = old.job;
    END;

    CREATE TABLE events (
        id              INTEGER PRIMARY KEY AUTOINCREMENT,
        job             INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
        at              INTEGER NOT NULL,
        event           TEXT NOT NULL               -- as JSON
    ) STRICT;
    CREATE INDEX events_by_job ON events (job, id);
"];

/// The version of this program's schema.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// What is wrong with a database that SQLite can read.
pub(super) enum Unfit {
    /// Another program's.
    Foreign,
    /// Of a schema that is yet to be invented.
    Newer(i32),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sqlite(e)
    }
}

fn version(db: &Connection) -> rusqlite::Result<i32> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// True if the database has this program's version.
pub(super) fn is_current(db: &Connection) -> rusqlite::Result<bool> {
    Ok(version(db)? == VERSION)
}

/// Refuses a database that is not this program's, before anything in it is changed.
pub(super) fn check(db: &Connection) -> Result<(), Unfit> {
    // In this order: somebody who makes the tables meanwhile has set the mark by then.
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let there = version(db)?;
    if application == APPLICATION && there > VERSION {
        Err(Unfit::Newer(there))
    } else if application != APPLICATION && tables > 0 {
        Err(Unfit::Foreign)
    } else {
        Ok(())
    }
}

/// Brings the database to this program's version, whoever else tries to at the same time.
pub(super) fn migrate(db: &mut Connection) -> Result<(), Unfit> {
    if is_current(db)? {
        return Ok(());
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for script in &MIGRATIONS[version(&change)?.clamp(0, VERSION) as usize..] {
        change.execute_batch(script)?;
    }
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", VERSION)?;
    Ok(change.commit()?)
}
