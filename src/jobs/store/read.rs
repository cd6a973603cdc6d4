//! Looking things up.

use std::collections::HashSet;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::records::time;
use super::{Elsewhere, JobRecord, SegmentRecord, SegmentState, Store, StoredEvent};
use crate::checksum::Checksum;
use crate::error::Result;

const JOB: &str = "SELECT id, name, generator, recipe, identity, build, frames, segments, state, \
                   error, output, output_bytes, frames_done, segments_done, segments_failed, \
                   bytes_done, live_frames, fps, created, updated FROM jobs";

const SEGMENT: &str = "SELECT number, frames, state, bytes, checksum, image_bytes, \
                       image_checksum, attempts, error, seconds FROM segments";

impl Store {
    /// All jobs, in the order in which they were asked for.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn jobs(&self) -> Result<Vec<JobRecord>> {
        self.read(|db| {
            db.prepare_cached(&format!("{JOB} ORDER BY created, id"))?.query_map([], job)?.collect()
        })
    }

    /// The job of that name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn job(&self, name: &str) -> Result<Option<JobRecord>> {
        self.read(|db| {
            db.prepare_cached(&format!("{JOB} WHERE name = ?"))?.query_row([name], job).optional()
        })
    }

    /// The recorded segments of a job, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segments(&self, job: &JobRecord) -> Result<Vec<SegmentRecord>> {
        self.read(|db| {
            let sql = format!("{SEGMENT} WHERE job = ? ORDER BY number");
            db.prepare_cached(&sql)?.query_map([job.id], segment)?.collect()
        })
    }

    /// The next `count` recorded segments of a job after number `after`, or from the first on, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segments_after(
        &self,
        job: &JobRecord,
        after: Option<u64>,
        count: u64,
    ) -> Result<Vec<SegmentRecord>> {
        let after = after.map_or(-1, |n| n as i64);
        self.read(|db| {
            let sql = format!("{SEGMENT} WHERE job = ? AND number > ? ORDER BY number LIMIT ?");
            db.prepare_cached(&sql)?.query_map(params![job.id, after, count], segment)?.collect()
        })
    }

    /// The number of the recorded segment before which `offset` others stand, if there are so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segment_at(&self, job: &JobRecord, offset: u64) -> Result<Option<u64>> {
        self.read(|db| {
            let sql = "SELECT number FROM segments WHERE job = ? ORDER BY number LIMIT 1 OFFSET ?";
            db.prepare_cached(sql)?.query_row(params![job.id, offset], |row| row.get(0)).optional()
        })
    }

    /// How many segments, from the first on, are done without a gap.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segments_ready(&self, job: &JobRecord) -> Result<u64> {
        self.read(|db| {
            let sql =
                "SELECT number FROM segments WHERE job = ? AND state = 'done' ORDER BY number";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([job.id])?;
            let mut ready = 0;
            while let Some(row) = rows.next()? {
                if row.get::<_, u64>(0)? != ready {
                    break;
                }
                ready += 1;
            }
            Ok(ready)
        })
    }

    /// How many segments of each of `cells` equal parts of a job are done, and whether one failed.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segments_by_part(&self, job: &JobRecord, cells: u64) -> Result<Vec<(u64, bool)>> {
        let mut parts = vec![(0, false); cells as usize];
        self.read(|db| {
            let sql = "SELECT number * ?2 / ?3 AS part, count(*) FILTER (WHERE state = 'done'), \
                       count(*) FILTER (WHERE state = 'failed') FROM segments WHERE job = ?1 GROUP BY part";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(params![job.id, cells, job.segments.max(1)])?;
            while let Some(row) = rows.next()? {
                if let Some(part) = parts.get_mut(row.get::<_, u64>(0)? as usize) {
                    *part = (row.get(1)?, row.get::<_, u64>(2)? > 0);
                }
            }
            Ok(())
        })?;
        Ok(parts)
    }

    /// How long segments took, over all jobs: for each bucket of [`LIMITS`](super::LIMITS), and the one
    /// above them, how many there are and how long they took together. Empty in a database that an older
    /// genmedia made.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn segment_times(&self) -> Result<Vec<(u64, f64)>> {
        let times = self.read(|db| {
            let sql = "SELECT segments, seconds FROM times ORDER BY bucket";
            let Some(mut statement) = prepare(db, sql)? else { return Ok(Vec::new()) };
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        Ok(times)
    }

    /// The segments of a job that failed, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn failures(&self, job: &JobRecord) -> Result<Vec<SegmentRecord>> {
        self.segments_in(job.id, SegmentState::Failed)
    }

    /// The segments of a job that are done, or that failed, in order.
    pub(in crate::jobs) fn segments_in(
        &self,
        job: i64,
        state: SegmentState,
    ) -> Result<Vec<SegmentRecord>> {
        self.read(|db| {
            let sql = format!("{SEGMENT} WHERE job = ? AND state = ? ORDER BY number");
            db.prepare_cached(&sql)?.query_map(params![job, state.name()], segment)?.collect()
        })
    }

    /// One recorded segment.
    pub(in crate::jobs) fn segment(&self, job: i64, number: u64) -> Result<Option<SegmentRecord>> {
        self.read(|db| {
            let sql = format!("{SEGMENT} WHERE job = ? AND number = ?");
            db.prepare_cached(&sql)?.query_row(params![job, number], segment).optional()
        })
    }

    /// The newest `count` events after `after`, in order; of one job, or of all.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn events(
        &self,
        job: Option<&JobRecord>,
        after: i64,
        count: u32,
    ) -> Result<Vec<StoredEvent>> {
        let mut events: Vec<_> = self.read(|db| {
            db.prepare_cached(
                "SELECT events.id, jobs.name, at, event FROM events JOIN jobs ON jobs.id = job \
                 WHERE (?1 IS NULL OR job = ?1) AND events.id > ?2 ORDER BY events.id DESC LIMIT ?3",
            )?
            .query_map(params![job.map(|j| j.id), after, count], |row| {
                let text: String = row.get(3)?;
                Ok(StoredEvent {
                    id: row.get(0)?,
                    job: row.get(1)?,
                    at: time(row.get(2)?),
                    event: serde_json::from_str(&text).unwrap_or_default(),
                })
            })?
            .collect()
        })?;
        events.reverse();
        Ok(events)
    }

    /// True if somebody asked for this run of the job to be cancelled.
    pub(in crate::jobs) fn cancel_wished(&self, job: i64, run: &str) -> Result<bool> {
        self.read(|db| {
            let wished: Option<Option<String>> = db
                .prepare_cached("SELECT cancel FROM jobs WHERE id = ?")?
                .query_row([job], |row| row.get(0))
                .optional()?;
            Ok(wished.flatten().is_some_and(|wished| wished == run))
        })
    }

    /// The segments whose files the job has written, or was about to.
    pub(in crate::jobs) fn written(&self, job: i64) -> Result<HashSet<u64>> {
        self.read(|db| {
            db.prepare_cached("SELECT segment FROM written WHERE job = ?")?
                .query_map([job], |row| row.get(0))?
                .collect()
        })
    }

    /// What the job of this name wrote outside the folders of jobs for the recipe of this identity, by path.
    pub(in crate::jobs) fn all_elsewhere(
        &self,
        name: &str,
        identity: &str,
    ) -> Result<Vec<(String, Elsewhere)>> {
        self.read(|db| {
            let sql = "SELECT path, identity, bytes, checksum FROM outputs \
                       WHERE job = ? AND identity = ? ORDER BY path";
            let Some(mut statement) = prepare(db, sql)? else { return Ok(Vec::new()) };
            let written = |row: &rusqlite::Row| {
                let (identity, bytes, checksum) = (row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((row.get(0)?, Elsewhere { identity, bytes, checksum }))
            };
            statement.query_map([name, identity], written)?.collect()
        })
    }

    /// What genmedia wrote to this path outside the folders of jobs, the last time.
    pub(in crate::jobs) fn elsewhere(&self, path: &str) -> Result<Option<Elsewhere>> {
        self.read(|db| {
            let sql = "SELECT identity, bytes, checksum FROM outputs WHERE path = ?";
            let Some(mut statement) = prepare(db, sql)? else { return Ok(None) };
            statement
                .query_row([path], |row| {
                    Ok(Elsewhere {
                        identity: row.get(0)?,
                        bytes: row.get(1)?,
                        checksum: row.get(2)?,
                    })
                })
                .optional()
        })
    }
}

/// Prepares a query on what databases of older versions do not have; they are only looked at.
fn prepare<'a>(
    db: &'a Connection,
    sql: &str,
) -> rusqlite::Result<Option<rusqlite::CachedStatement<'a>>> {
    match db.prepare_cached(sql) {
        Err(rusqlite::Error::SqlInputError { msg, .. })
            if msg.contains("no such table") || msg.contains("no such column") =>
        {
            Ok(None)
        }
        prepared => prepared.map(Some),
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    Ok(JobRecord {
        id: row.get(0)?,
        name: row.get(1)?,
        generator: row.get(2)?,
        recipe: row.get(3)?,
        identity: row.get(4)?,
        build: row.get::<_, i64>(5)? as u64,
        frames: row.get(6)?,
        segments: row.get(7)?,
        state: parsed(row, 8)?,
        error: row.get(9)?,
        output: row.get(10)?,
        output_bytes: row.get(11)?,
        frames_done: row.get(12)?,
        segments_done: row.get(13)?,
        segments_failed: row.get(14)?,
        bytes_done: row.get(15)?,
        live_frames: row.get(16)?,
        fps: row.get(17)?,
        created: time(row.get(18)?),
        updated: time(row.get(19)?),
    })
}

fn segment(row: &Row<'_>) -> rusqlite::Result<SegmentRecord> {
    let checksum = |column: usize| -> rusqlite::Result<Option<Checksum>> {
        let text: Option<String> = row.get(column)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    Ok(SegmentRecord {
        index: row.get(0)?,
        frames: row.get(1)?,
        state: parsed(row, 2)?,
        bytes: row.get(3)?,
        checksum: checksum(4)?,
        image_bytes: row.get(5)?,
        image_checksum: checksum(6)?,
        attempts: row.get(7)?,
        error: row.get(8)?,
        seconds: row.get(9)?,
    })
}

fn parsed<T: std::str::FromStr<Err = String>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|e: String| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, e.into())
    })
}
