//! Changing things: each change is one transaction, with the event that tells of it.

use rusqlite::{Transaction, params};

use super::{SegmentRecord, Store, now};
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

    /// Makes the record that of another recipe or other libraries, with nothing done.
    pub(in crate::jobs) fn reset(&self, job: i64, recipe: &Recipe, build: u64) -> Result<()> {
        self.change(|tx| {
            tx.execute("DELETE FROM segments WHERE job = ?", [job])?;
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

    /// Changes the state, and what there is to say about it.
    pub(in crate::jobs) fn set_state(
        &self,
        job: i64,
        state: State,
        error: Option<&str>,
        event: Option<&Event>,
    ) -> Result<()> {
        self.change(|tx| {
            enter(tx, job, state, error)?;
            event.map_or(Ok(()), |event| tell(tx, job, event))
        })
    }

    /// Records that the result is published; without `output`, that the images are there.
    pub(in crate::jobs) fn publish(
        &self,
        job: i64,
        output: Option<&Output>,
        fps: Option<f64>,
        event: Option<&Event>,
    ) -> Result<()> {
        self.change(|tx| {
            set_output(tx, job, output)?;
            if let Some(fps) = fps {
                tx.execute("UPDATE jobs SET fps = ?2 WHERE id = ?1", params![job, fps])?;
            }
            enter(tx, job, State::Done, None)?;
            event.map_or(Ok(()), |event| tell(tx, job, event))
        })
    }

    /// Records where the result goes, or is, or that there is none any more.
    pub(in crate::jobs) fn set_output(&self, job: i64, output: Option<&Output>) -> Result<()> {
        self.change(|tx| set_output(tx, job, output))
    }

    /// Records segments, each in place of what was known of it, with one event for all.
    pub(in crate::jobs) fn record(
        &self,
        job: i64,
        segments: &[SegmentRecord],
        event: Option<&Event>,
    ) -> Result<()> {
        self.change(|tx| {
            let mut drop =
                tx.prepare_cached("DELETE FROM segments WHERE job = ? AND number = ?")?;
            let mut add = tx.prepare_cached(
                "INSERT INTO segments (job, number, frames, state, bytes, checksum, image_bytes, \
                 image_checksum, attempts, error, seconds, finished) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            let at = now();
            for s in segments {
                // Not "insert or replace", which would not call the triggers that count.
                drop.execute(params![job, s.number])?;
                add.execute(params![
                    job,
                    s.number,
                    s.frames,
                    s.state.name(),
                    s.bytes,
                    s.checksum.map(|c| c.to_string()),
                    s.image_bytes,
                    s.image_checksum.map(|c| c.to_string()),
                    s.attempts,
                    s.error,
                    s.seconds,
                    at
                ])?;
            }
            touch(tx, job)?;
            event.map_or(Ok(()), |event| tell(tx, job, event))
        })
    }

    /// Forgets segments that turned out to be missing or damaged.
    pub(in crate::jobs) fn forget(
        &self,
        job: i64,
        segments: &[u64],
        event: Option<&Event>,
    ) -> Result<()> {
        self.change(|tx| {
            let mut drop =
                tx.prepare_cached("DELETE FROM segments WHERE job = ? AND number = ?")?;
            for number in segments {
                drop.execute(params![job, number])?;
            }
            event.map_or(Ok(()), |event| tell(tx, job, event))
        })
    }

    /// Records an event that changes nothing else.
    pub(in crate::jobs) fn tell(&self, job: i64, event: &Event) -> Result<()> {
        self.change(|tx| tell(tx, job, event))
    }

    /// Records how far the job is, between segments.
    pub(in crate::jobs) fn progress(&self, job: i64, frames: u64, fps: f64) -> Result<()> {
        self.change(|tx| {
            tx.prepare_cached("UPDATE jobs SET live_frames = ?2, fps = ?3 WHERE id = ?1")?
                .execute(params![job, frames, fps])?;
            touch(tx, job)
        })
    }

    /// Asks whoever runs the job to cancel it.
    pub(in crate::jobs) fn wish_cancel(&self, job: i64) -> Result<()> {
        self.change(|tx| {
            tx.execute("UPDATE jobs SET cancel = 1 WHERE id = ?", [job])?;
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

/// Enters a state. A wish to cancel ends with the state in which it was made.
fn enter(
    tx: &Transaction<'_>,
    job: i64,
    state: State,
    error: Option<&str>,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE jobs SET state = ?2, error = ?3, cancel = 0, live_frames = frames_done WHERE id = ?1",
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
            output.and_then(|o| o.bytes),
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
