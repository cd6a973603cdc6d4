//! Changing things: each change is one transaction, with the event that tells of it.

use rusqlite::{Transaction, params};

use super::{Elsewhere, SegmentRecord, SegmentState, Store, now};
use crate::error::Result;
use crate::jobs::{Event, Output, State};
use crate::recipe::Recipe;

impl Store {
    /// Records a job that waits, runs or was found, unless one of that name is there already.
    /// Returns its id.
    pub(in crate::jobs) fn add(
        &self,
        name: &str,
        recipe: &Recipe,
        build: u64,
        state: State,
    ) -> Result<i64> {
        self.change(|tx| {
            tx.prepare_cached(
                "INSERT INTO jobs (name, generator, recipe, identity, build, frames, segments, \
                     state, created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) \
                     ON CONFLICT (name) DO NOTHING",
            )?
            .execute(params![
                name,
                recipe.source.name(),
                recipe.to_toml(),
                recipe.identity(),
                build as i64,
                recipe.frames,
                recipe.segments(),
                state.name(),
                now()
            ])?;
            tx.query_row("SELECT id FROM jobs WHERE name = ?", [name], |row| row.get(0))
        })
    }

    /// Forgets what is done of a job, and not which files are its own.
    pub(in crate::jobs) fn forget(&self, job: i64) -> Result<()> {
        self.change(|tx| {
            tx.execute("DELETE FROM segments WHERE job = ?", [job])?;
            set_output(tx, job, None)?;
            enter(tx, job, State::Interrupted, None)
        })
    }

    /// Makes the record that of another recipe or other libraries, with nothing done.
    pub(in crate::jobs) fn reset(&self, job: i64, recipe: &Recipe, build: u64) -> Result<()> {
        self.change(|tx| {
            tx.execute("DELETE FROM segments WHERE job = ?", [job])?;
            tx.execute("DELETE FROM written WHERE job = ?", [job])?;
            tx.execute(
                "UPDATE jobs SET generator = ?2, recipe = ?3, identity = ?4, build = ?5, \
                 frames = ?6, segments = ?7, output = NULL, output_bytes = NULL, \
                 output_checksum = NULL, error = NULL, \
                 state = CASE state WHEN 'queued' THEN state ELSE 'interrupted' END WHERE id = ?1",
                params![
                    job,
                    recipe.source.name(),
                    recipe.to_toml(),
                    recipe.identity(),
                    build as i64,
                    recipe.frames,
                    recipe.segments()
                ],
            )?;
            Ok(())
        })
    }

    /// Makes changes, all or none, in order.
    pub(in crate::jobs) fn apply(&self, job: i64, changes: &[Change]) -> Result<()> {
        self.change(|tx| changes.iter().try_for_each(|change| change.apply(tx, job)))
    }

    /// Records how far the job is, between segments.
    pub(in crate::jobs) fn progress(&self, job: i64, frames: u64, fps: f64) -> Result<()> {
        self.change(|tx| {
            tx.prepare_cached("UPDATE jobs SET live_frames = ?2, fps = ?3 WHERE id = ?1")?
                .execute(params![job, frames, fps])?;
            touch(tx, job)
        })
    }

    /// Asks the run of the job that holds its lock as `run` to stop. The wish is for no other run, so
    /// that it need not be taken back.
    pub(in crate::jobs) fn wish_cancel(&self, job: i64, run: &str) -> Result<()> {
        self.change(|tx| {
            tx.execute("UPDATE jobs SET cancel = ?2 WHERE id = ?1", params![job, run])?;
            Ok(())
        })
    }

    /// Forgets a job and all about it.
    pub(in crate::jobs) fn remove(&self, job: i64) -> Result<()> {
        self.change(|tx| {
            tx.execute("DELETE FROM jobs WHERE id = ?", [job])?;
            Ok(())
        })
    }
}

/// A change of a job's record.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::jobs) enum Change {
    /// The files of this segment are about to get their names.
    Write(u64),
    /// A segment, in place of what was known of it.
    Record(SegmentRecord),
    /// A segment that turned out to be missing or damaged.
    Forget(u64),
    /// Where the result goes, or is, or that there is none any more.
    Output(Option<Output>),
    /// A film outside the job's folder, by its absolute path.
    Elsewhere(String, Elsewhere),
    /// The state, and what there is to say about it.
    State(State, Option<String>),
    /// Frames a second over the whole job.
    Rate(f64),
    /// Something that happened.
    Tell(Event),
}

impl Change {
    fn apply(&self, tx: &Transaction<'_>, job: i64) -> rusqlite::Result<()> {
        match self {
            Self::Write(segment) => write(tx, job, *segment),
            Self::Record(segment) => record(tx, job, segment),
            Self::Forget(segment) => drop_segment(tx, job, *segment),
            Self::Output(output) => set_output(tx, job, output.as_ref()),
            Self::Elsewhere(path, film) => {
                let sql = "INSERT OR REPLACE INTO outputs (path, identity, bytes, checksum, job) \
                           VALUES (?, ?, ?, ?, (SELECT name FROM jobs WHERE id = ?))";
                let Elsewhere { identity, bytes, checksum } = film;
                tx.execute(sql, params![path, identity, bytes, checksum, job]).map(drop)
            }
            Self::State(state, error) => enter(tx, job, *state, error.as_deref()),
            Self::Rate(fps) => {
                tx.execute("UPDATE jobs SET fps = ?2 WHERE id = ?1", params![job, fps]).map(drop)
            }
            Self::Tell(event) => tell(tx, job, event),
        }
    }
}

fn write(tx: &Transaction<'_>, job: i64, segment: u64) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO written (job, segment) VALUES (?, ?)";
    tx.prepare_cached(sql)?.execute(params![job, segment]).map(drop)
}

fn drop_segment(tx: &Transaction<'_>, job: i64, segment: u64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM segments WHERE job = ? AND number = ?";
    tx.prepare_cached(sql)?.execute(params![job, segment]).map(drop)
}

fn record(tx: &Transaction<'_>, job: i64, s: &SegmentRecord) -> rusqlite::Result<()> {
    // Not "insert or replace", which would not call the triggers that count.
    drop_segment(tx, job, s.index)?;
    let sql = "INSERT INTO segments (job, number, frames, state, bytes, checksum, image_bytes, \
               image_checksum, attempts, error, seconds, finished) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![
        job,
        s.index,
        s.frames,
        s.state.name(),
        s.bytes,
        s.checksum.map(|c| c.to_string()),
        s.image_bytes,
        s.image_checksum.map(|c| c.to_string()),
        s.attempts,
        s.error,
        s.seconds,
        now()
    ])?;
    if s.state == SegmentState::Done {
        write(tx, job, s.index)?;
    }
    touch(tx, job)
}

/// Enters a state.
fn enter(
    tx: &Transaction<'_>,
    job: i64,
    state: State,
    error: Option<&str>,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE jobs SET state = ?2, error = ?3, live_frames = frames_done WHERE id = ?1",
        params![job, state.name(), error],
    )?;
    touch(tx, job)
}

/// Says when it last changed. A clock that was set back does not take the job back with it.
fn touch(tx: &Transaction<'_>, job: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE jobs SET updated = max(updated, ?2) WHERE id = ?1")?
        .execute(params![job, now()])?;
    Ok(())
}

fn set_output(tx: &Transaction<'_>, job: i64, output: Option<&Output>) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE jobs SET output = ?2, output_bytes = ?3, output_checksum = ?4 WHERE id = ?1",
        params![
            job,
            output.map(|o| &o.path),
            output.filter(|o| o.damaged.is_none()).and_then(|o| o.bytes),
            output.and_then(|o| o.checksum.as_ref())
        ],
    )?;
    Ok(())
}

fn tell(tx: &Transaction<'_>, job: i64, event: &Event) -> rusqlite::Result<()> {
    let text = serde_json::to_string(event)
        .map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    tx.prepare_cached("INSERT INTO events (job, at, event) VALUES (?, ?, ?)")?.execute(params![
        job,
        now(),
        text
    ])?;
    Ok(())
}
