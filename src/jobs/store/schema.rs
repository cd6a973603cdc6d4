//! The tables, and how an older database becomes a newer one.

use super::damage;
use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as genmedia's, in SQLite's header: "gnmd".
pub(super) const APPLICATION: i32 = 0x676e_6d64;

/// One script a version: the first makes version 1 from nothing, the next one 2 from 1.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3, VERSION_4];

const VERSION_1: &str = "
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
";

/// Job numbers that are never used again, wishes that name the run which is to stop, what was written and
/// where, and how long segments took.
const VERSION_2: &str = "
    DROP TRIGGER segment_done;
    DROP TRIGGER segment_failed;
    DROP TRIGGER segment_dropped;
    DROP TRIGGER failure_dropped;

    CREATE TABLE new_jobs (
        id              INTEGER PRIMARY KEY AUTOINCREMENT,
        name            TEXT NOT NULL UNIQUE,
        generator       TEXT NOT NULL,
        recipe          TEXT NOT NULL,
        identity        TEXT NOT NULL,
        build           INTEGER NOT NULL,
        frames          INTEGER NOT NULL,
        segments        INTEGER NOT NULL,
        state           TEXT NOT NULL CHECK (state IN
                        ('queued', 'running', 'interrupted', 'failed', 'cancelled', 'done')),
        error           TEXT,
        output          TEXT,
        output_bytes    INTEGER,
        output_checksum TEXT,
        cancel          TEXT,                       -- the run that somebody asked to stop
        live_frames     INTEGER NOT NULL DEFAULT 0,
        fps             REAL NOT NULL DEFAULT 0,
        frames_done     INTEGER NOT NULL DEFAULT 0,
        segments_done   INTEGER NOT NULL DEFAULT 0,
        segments_failed INTEGER NOT NULL DEFAULT 0,
        bytes_done      INTEGER NOT NULL DEFAULT 0,
        created         INTEGER NOT NULL,
        updated         INTEGER NOT NULL
    ) STRICT;
    INSERT INTO new_jobs SELECT id, name, generator, recipe, identity, build, frames, segments, state,
        error, output, output_bytes, output_checksum, NULL, live_frames, fps, frames_done, segments_done,
        segments_failed, bytes_done, created, updated FROM jobs;
    DROP TABLE jobs;
    ALTER TABLE new_jobs RENAME TO jobs;

    CREATE TABLE written (                          -- segments whose files this job has put there
        job             INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
        segment         INTEGER NOT NULL,
        PRIMARY KEY (job, segment)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO written SELECT job, number FROM segments WHERE state = 'done';

    CREATE TABLE outputs (                          -- films outside the folders of jobs; they outlive jobs
        path            TEXT PRIMARY KEY,           -- absolute
        identity        TEXT NOT NULL,              -- of the recipe
        bytes           INTEGER NOT NULL,
        checksum        TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO outputs SELECT output, identity, output_bytes, output_checksum FROM jobs
        WHERE output LIKE '/%' AND output_bytes IS NOT NULL AND output_checksum IS NOT NULL;

    CREATE TABLE times (                            -- a histogram, by triggers
        bucket          INTEGER PRIMARY KEY,        -- the first of LIMITS that is not less; 10: none
        segments        INTEGER NOT NULL,
        seconds         REAL NOT NULL
    ) STRICT;
    INSERT INTO times WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 10)
        SELECT i, 0, 0.0 FROM n;
    UPDATE times SET segments = counted.n, seconds = counted.s FROM
        (SELECT BUCKET(seconds) AS b, count(*) AS n, total(seconds) AS s FROM segments
        WHERE state = 'done' GROUP BY b) AS counted WHERE bucket = counted.b;

    CREATE TRIGGER segment_done AFTER INSERT ON segments WHEN new.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done + new.frames, segments_done = segments_done + 1,
            bytes_done = bytes_done + new.bytes + new.image_bytes WHERE id = new.job;
        UPDATE times SET segments = segments + 1, seconds = seconds + new.seconds
            WHERE bucket = BUCKET(new.seconds);
    END;
    CREATE TRIGGER segment_failed AFTER INSERT ON segments WHEN new.state = 'failed' BEGIN
        UPDATE jobs SET segments_failed = segments_failed + 1 WHERE id = new.job;
    END;
    CREATE TRIGGER segment_dropped AFTER DELETE ON segments WHEN old.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done - old.frames, segments_done = segments_done - 1,
            bytes_done = bytes_done - old.bytes - old.image_bytes WHERE id = old.job;
        UPDATE times SET segments = segments - 1, seconds = max(seconds - old.seconds, 0.0)
            WHERE bucket = BUCKET(old.seconds);
    END;
    CREATE TRIGGER failure_dropped AFTER DELETE ON segments WHEN old.state = 'failed' BEGIN
        UPDATE jobs SET segments_failed = segments_failed - 1 WHERE id = old.job;
    END;
";

/// Which job wrote a film outside the folders of jobs; unknown of older ones where several have its recipe.
const VERSION_3: &str = "
    ALTER TABLE outputs ADD COLUMN job TEXT;        -- its name
    UPDATE outputs SET job = (SELECT name FROM jobs WHERE jobs.identity = outputs.identity)
        WHERE (SELECT count(*) FROM jobs WHERE jobs.identity = outputs.identity) = 1;
";

/// Of segments that others rendered it is not known how long they took: they are no part of the histogram.
const VERSION_4: &str = "
    DROP TRIGGER segment_done;
    CREATE TRIGGER segment_done AFTER INSERT ON segments WHEN new.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done + new.frames, segments_done = segments_done + 1,
            bytes_done = bytes_done + new.bytes + new.image_bytes WHERE id = new.job;
        UPDATE times SET segments = segments + 1, seconds = seconds + new.seconds
            WHERE new.seconds > 0 AND bucket = BUCKET(new.seconds);
    END;
    DROP TRIGGER segment_dropped;
    CREATE TRIGGER segment_dropped AFTER DELETE ON segments WHEN old.state = 'done' BEGIN
        UPDATE jobs SET frames_done = frames_done - old.frames, segments_done = segments_done - 1,
            bytes_done = bytes_done - old.bytes - old.image_bytes WHERE id = old.job;
        UPDATE times SET segments = segments - 1, seconds = max(seconds - old.seconds, 0.0)
            WHERE old.seconds > 0 AND bucket = BUCKET(old.seconds);
    END;
    UPDATE times SET segments = segments - (SELECT count(*) FROM segments WHERE state = 'done' AND seconds <= 0)
        WHERE bucket = 0;
";

/// Limits of the histogram of segments, in seconds; a bucket holds what is not above its limit.
pub const LIMITS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// A script with `BUCKET(x)` written out: the index of the first of [`LIMITS`] that is at least `x`.
fn script(text: &str) -> String {
    let bucket = |x: &str| {
        let cases =
            LIMITS.iter().enumerate().map(|(i, limit)| format!("WHEN {x} <= {limit:?} THEN {i}"));
        format!("CASE {} ELSE {} END", cases.collect::<Vec<_>>().join(" "), LIMITS.len())
    };
    ["new.seconds", "old.seconds", "seconds"]
        .iter()
        .fold(text.to_string(), |text, x| text.replace(&format!("BUCKET({x})"), &bucket(x)))
}

/// The version of this program's schema.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// What is wrong with a database that SQLite can read.
pub(super) enum Unfit {
    /// Another program's.
    Foreign,
    /// Without tables yet.
    Empty,
    /// Open on one machine with a log in its memory, which another cannot take part in.
    Shared,
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

/// True if there are tables that this program can read: of its own version, or an older one.
pub(super) fn is_readable(db: &Connection) -> rusqlite::Result<bool> {
    Ok((1..=VERSION).contains(&version(db)?))
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
    } else if application == APPLICATION && !has_tables(db, there)? {
        Err(Unfit::Sqlite(damage()))
    } else {
        Ok(())
    }
}

/// True if the tables of this version are all there.
fn has_tables(db: &Connection, version: i32) -> rusqlite::Result<bool> {
    const TABLES: [&str; 6] = ["jobs", "segments", "events", "written", "outputs", "times"];
    let wanted = match version {
        0 => &[],
        1 => &TABLES[..3],
        _ => &TABLES[..],
    };
    let mut statement =
        db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")?;
    wanted.iter().try_fold(true, |all, name| Ok(statement.exists([name])? && all))
}

/// Brings the database to this program's version, whoever else tries to at the same time. References
/// between tables are not enforced while tables take the places of others.
pub(super) fn migrate(db: &mut Connection) -> Result<(), Unfit> {
    if version(db)? == VERSION {
        return Ok(());
    }
    db.pragma_update(None, "foreign_keys", false)?;
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for text in &MIGRATIONS[version(&change)?.clamp(0, VERSION) as usize..] {
        change.execute_batch(&script(text))?;
    }
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", VERSION)?;
    Ok(change.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_version_1_becomes_one_of_today_with_all_that_is_in_it() {
        let mut db = Connection::open_in_memory().expect("opens");
        db.execute_batch(VERSION_1).expect("made");
        db.pragma_update(None, "application_id", APPLICATION).expect("marked");
        db.pragma_update(None, "user_version", 1).expect("marked");
        db.execute_batch(
            "INSERT INTO jobs (id, name, generator, recipe, identity, build, frames, segments, state, output,
                 output_bytes, output_checksum, cancel, created, updated)
             VALUES (3, 'a', 'noise', 'r', 'i', 1, 60, 2, 'done', '/films/a.mp4', 9, 'c', 1, 5, 6),
                    (7, 'b', 'noise', 'r', 'j', 1, 90, 3, 'failed', NULL, NULL, NULL, 0, 7, 8);
             INSERT INTO segments VALUES (3, 0, 30, 'done', 10, 'x', 0, NULL, 1, NULL, 0.2, 1),
                    (3, 1, 30, 'done', 11, 'y', 0, NULL, 1, NULL, 400.0, 1),
                    (7, 0, 30, 'failed', 0, NULL, 0, NULL, 3, 'why', 9.0, 1);
             INSERT INTO events (job, at, event) VALUES (3, 1, '{}'), (7, 2, '{}');",
        )
        .expect("filled");
        migrate(&mut db).ok().expect("migrated");
        db.pragma_update(None, "foreign_keys", true).expect("set");
        let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql);
        assert_eq!(one("SELECT count(*) FROM events"), 2);
        assert_eq!(one("SELECT frames_done FROM jobs WHERE name = 'a'"), 60);
        assert_eq!(one("SELECT segments_failed FROM jobs WHERE name = 'b'"), 1);
        assert_eq!(one("SELECT count(*) FROM written WHERE job = 3"), 2);
        assert_eq!(one("SELECT bytes FROM outputs WHERE path = '/films/a.mp4' AND job = 'a'"), 9);
        assert_eq!(one("SELECT segments FROM times WHERE bucket = 1"), 1, "up to 0.25 s");
        assert_eq!(one("SELECT segments FROM times WHERE bucket = 10"), 1, "above 300 s");
        assert_eq!(one("SELECT sum(segments) FROM times"), 2);
        // What hangs on a job goes with it, is counted, and its number is never used again.
        db.execute_batch("DELETE FROM jobs").expect("removed");
        for table in ["segments", "events", "written"] {
            assert_eq!(one(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
        }
        assert_eq!(one("SELECT sum(segments) FROM times"), 0);
        db.execute_batch(
            "INSERT INTO jobs (name, generator, recipe, identity, build, frames, segments, state, created,
                 updated) VALUES ('c', 'noise', 'r', 'k', 1, 60, 2, 'running', 5, 6);
             INSERT INTO segments VALUES (8, 0, 30, 'done', 10, 'x', 0, NULL, 1, NULL, 0.2, 1);",
        )
        .expect("the next is 8");
        assert_eq!(one("SELECT segments_done FROM jobs"), 1);
        assert!(matches!(check(&db), Ok(())) && is_readable(&db).expect("read"));
    }
}
