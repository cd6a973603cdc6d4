//! What is known of films that were looked into before, by path, size and time of change.
//!
//! It lies in the user's cache folder, and may be deleted at any time. Whatever is wrong with it
//! costs no more than looking again.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use crate::media::{DynamicRange, Facts};
use crate::values::{FrameRate, Size};

/// The form of the tables, and of what probing finds; those of another are emptied.
const FORM: i64 = 5;

/// What is remembered.
pub(super) struct Cache(Connection);

/// What a film's file must still be for what is remembered to hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    bytes: i64,
    changed: i64,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Option<Self> {
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            bytes: i64::try_from(metadata.len()).ok()?,
            changed: i64::try_from(changed.as_nanos()).ok()?,
        })
    }
}

impl Cache {
    /// The user's cache, if there can be one.
    pub fn open() -> Option<Self> {
        let folder = folder()?.join("genmedia");
        std::fs::create_dir_all(&folder).ok()?;
        let connection = Connection::open(folder.join("films.db")).ok()?;
        connection.busy_timeout(Duration::from_millis(500)).ok()?;
        // It may be lost in a crash, and must not be waited for.
        connection.execute_batch("pragma journal_mode = wal; pragma synchronous = off").ok()?;
        let form: i64 = connection.query_row("pragma user_version", [], |row| row.get(0)).ok()?;
        if form != FORM {
            let schema = format!(
                "drop table if exists film;
                 create table film (
                    path blob primary key, bytes integer not null, changed integer not null,
                    duration integer not null, ending integer not null, zero integer not null, first integer not null, width integer not null, height integer not null,
                    num integer not null, den integer not null, range text not null, sound integer, keyframes blob
                 ) without rowid, strict;
                 pragma user_version = {FORM}"
            );
            connection.execute_batch(&schema).ok()?;
        }
        Some(Self(connection))
    }

    /// What is remembered of the film at `path`, an absolute one, and its key frames.
    pub fn get(&self, path: &Path, stamp: Stamp) -> Option<(Facts, Option<Vec<u64>>)> {
        let query =
            "select duration, first, ending, zero, width, height, num, den, range, sound, keyframes from film
                     where path = ?1 and bytes = ?2 and changed = ?3";
        let row = self.0.prepare_cached(query).ok()?.query_row(
            params![path.as_os_str().as_encoded_bytes(), stamp.bytes, stamp.changed],
            |row| {
                let fps = FrameRate::new(row.get(6)?, row.get(7)?);
                let facts = fps.map(|fps| -> rusqlite::Result<Facts> {
                    Ok(Facts {
                        duration: row.get(0)?,
                        first: row.get(1)?,
                        end: row.get(2)?,
                        zero: row.get(3)?,
                        size: Size::new(row.get(4)?, row.get(5)?),
                        fps,
                        range: row.get::<_, String>(8)?.parse().unwrap_or(DynamicRange::Sdr),
                        sound: row.get(9)?,
                    })
                });
                Ok((facts.transpose()?, row.get::<_, Option<Vec<u8>>>(10)?))
            },
        );
        let (facts, times) = row.optional().ok()??;
        let time = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        Some((facts?, times.map(|times| times.chunks_exact(8).map(time).collect())))
    }

    /// Remembers films, each with its key frames, if they were looked for.
    pub fn put<'a>(
        &self,
        films: impl Iterator<Item = (&'a Path, Stamp, &'a Facts, Option<&'a [u64]>)>,
    ) -> rusqlite::Result<()> {
        let transaction = self.0.unchecked_transaction()?;
        for (path, stamp, facts, keyframes) in films {
            let times: Option<Vec<u8>> =
                keyframes.map(|times| times.iter().flat_map(|t| t.to_le_bytes()).collect());
            transaction
                .prepare_cached(
                    "insert into film values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                     on conflict do update set bytes = ?2, changed = ?3, duration = ?4, ending = ?5, zero = ?6,
                        first = ?7, width = ?8, height = ?9, num = ?10, den = ?11, range = ?12, sound = ?13,
                        keyframes = ?14",
                )?
                .execute(params![
                    path.as_os_str().as_encoded_bytes(),
                    stamp.bytes,
                    stamp.changed,
                    facts.duration,
                    facts.end,
                    facts.zero,
                    facts.first,
                    facts.size.width,
                    facts.size.height,
                    facts.fps.num,
                    facts.fps.den,
                    facts.range.name(),
                    facts.sound,
                    times
                ])?;
        }
        transaction.commit()
    }
}

/// The folder for what can be made again, by the customs of the system.
fn folder() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    var("XDG_CACHE_HOME").or_else(|| {
        let home = var("HOME")?;
        Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
    })
}
