//! States of simulations, kept in a job's folder, so that whoever goes on need not begin at the first frame.
//!
//! They are a help and no more: one that is damaged, gone or another's is passed over, and one that cannot be written is not
//! kept.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::Folder;
use crate::checksum::Hasher;
use crate::error::{Error, Result};
use crate::files::{Over, RealFolder, TempFile};
use crate::generate;
use crate::recipe::Recipe;

/// The folder.
pub(super) const CHECKPOINTS: &str = "checkpoints";
const ENDING: &str = "checkpoint";
/// What a checkpoint begins with.
const MAGIC: &[u8] = b"genmedia checkpoint 1\n";
/// The most that are kept of one simulation.
const MOST: usize = 12;
/// And the most bytes of all of them.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// The largest state, in bytes.
const LARGEST: usize = 4 << 30;
/// How hard states are compressed: as quickly as can be.
const LEVEL: i32 = 1;

/// The checkpoints of one simulation of a job.
pub struct Checkpoints {
    folder: Folder,
    /// What tells its states from all others: the recipe's identity, and which of its sources it is.
    seal: String,
    part: usize,
    frames: u64,
    /// Whether new ones are kept.
    grows: bool,
}

impl Checkpoints {
    /// Those of source `part` of `recipe`, in the job's `folder`; new ones are kept there if that `grows`.
    pub fn new(folder: &Folder, recipe: &Recipe, part: usize, grows: bool) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let seal = format!("{version} {} {part}\n", recipe.identity());
        Self { folder: folder.clone(), seal, part, frames: recipe.frames, grows }
    }

    fn path(&self, frame: u64) -> PathBuf {
        self.folder.checkpoints().join(name(self.part, frame))
    }

    /// The frames of which there is one, rising, with the bytes of each.
    fn all(&self) -> Result<Vec<(u64, u64)>> {
        let Some(folder) = RealFolder::open(&self.folder.checkpoints())? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for name in folder.names()? {
            if let Some((part, frame)) = parse(&name)
                && part == self.part
                && frame < self.frames
                && let Some(bytes) = folder.size(&name)?
            {
                found.push((frame, bytes));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The state of a frame; `None` if it is damaged, or another's.
    fn read(&self, frame: u64) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(frame)).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        if sum != checksum(body) {
            return None;
        }
        let head = format!("{}{frame}\n", self.seal);
        let body = body.strip_prefix(MAGIC)?.strip_prefix(head.as_bytes())?;
        let (length, packed) = body.split_at_checked(8)?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        zstd::bulk::decompress(packed, length.min(LARGEST)).ok()
    }

    fn write(&self, frame: u64, state: &[u8]) -> Result<()> {
        let folder = self.folder.checkpoints();
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let path = self.path(frame);
        let packed = zstd::bulk::compress(state, LEVEL).map_err(Error::io("write", &path))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(format!("{}{frame}\n", self.seal).as_bytes());
        bytes.extend((state.len() as u64).to_le_bytes());
        bytes.extend(packed);
        bytes.extend(checksum(&bytes));
        let temp = TempFile::create(&path)?;
        (&temp).write_all(&bytes).map_err(Error::io("write", &path))?;
        temp.publish(Over::Anything)
    }

    /// Removes those that are too many: of the past ever fewer.
    fn thin(&self, needed: u64) -> Result<()> {
        let mut all = self.all()?;
        let Some(folder) = RealFolder::open(&self.folder.checkpoints())? else { return Ok(()) };
        while all.len() > MOST || all.iter().map(|(_, bytes)| bytes).sum::<u64>() > MOST_BYTES {
            let frames: Vec<u64> = all.iter().map(|(frame, _)| *frame).collect();
            let Some(place) = least(&frames, needed) else { break };
            folder.remove(OsStr::new(&name(self.part, all.remove(place).0)))?;
        }
        Ok(())
    }
}

impl generate::Checkpoints for Checkpoints {
    fn nearest(&self, frame: u64) -> Option<(u64, Vec<u8>)> {
        let all = self.all().ok()?;
        let before = all.iter().rev().map(|(at, _)| *at).filter(|at| *at <= frame);
        before.into_iter().find_map(|at| Some((at, self.read(at)?)))
    }

    fn keep(&self, frame: u64, state: &[u8], needed: u64) {
        if !self.grows {
            return;
        }
        let kept = self.write(frame, state).and_then(|()| self.thin(needed));
        if let Err(e) = kept {
            tracing::debug!("a checkpoint was not kept: {e}");
        }
    }
}

/// The place of the one of these frames, rising, that is missed least. The newest is kept, and the newest before what is still `needed`.
fn least(frames: &[u64], needed: u64) -> Option<usize> {
    let newest = *frames.last()?;
    let first = frames.iter().rposition(|frame| *frame <= needed);
    let places = (0..frames.len() - 1).filter(|place| Some(*place) != first);
    // The gap that it leaves, as a part of how long ago that is.
    let gap = |place: usize| {
        let before = place.checked_sub(1).map_or(0, |before| frames[before]);
        (frames[place + 1] - before) as f64 / (newest - frames[place]) as f64
    };
    places.min_by(|a, b| gap(*a).total_cmp(&gap(*b)))
}

/// The name of a checkpoint.
pub(super) fn name(part: usize, frame: u64) -> String {
    format!("{part}-{frame:08}.{ENDING}")
}

/// The part and the frame of a checkpoint of this name.
pub(super) fn parse(name: &OsStr) -> Option<(usize, u64)> {
    let (part, rest) = name.to_str()?.split_once('-')?;
    let stem = rest.strip_suffix(ENDING)?.strip_suffix('.')?;
    let (part, frame) = (part.parse().ok()?, stem.parse().ok()?);
    (self::name(part, frame) == *name.to_str()?).then_some((part, frame))
}

/// True if a checkpoint may have this name.
pub(super) fn is_checkpoint(name: &OsStr) -> bool {
    parse(name).is_some()
}

fn checksum(bytes: &[u8]) -> [u8; 16] {
    let mut hasher = Hasher::default();
    hasher.add(bytes);
    hasher.checksum().0.to_le_bytes()
}

impl Folder {
    /// The folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path().join(CHECKPOINTS)
    }

    /// Removes all checkpoints, and their folder, unless something else lies in it.
    ///
    /// # Errors
    /// One cannot be removed, or the folder is a link.
    pub fn remove_checkpoints(&self) -> Result<()> {
        let Some(job) = RealFolder::open(self.path())? else { return Ok(()) };
        let Some(folder) = job.child(CHECKPOINTS)? else { return Ok(()) };
        for name in folder.names()? {
            let target = crate::files::target_of(&name);
            if is_checkpoint(target.as_deref().unwrap_or(&name)) {
                folder.remove(&name)?;
            }
        }
        job.remove_folder(CHECKPOINTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_past_ever_fewer_are_kept() {
        let mut frames: Vec<u64> = Vec::new();
        for frame in (32..=32 * 2000).step_by(32) {
            frames.push(frame);
            while frames.len() > MOST {
                let place = least(&frames, frame - 100).expect("one");
                frames.remove(place);
            }
            assert!(frames.contains(&frame));
            // Whoever goes on from what is needed finds one that is near.
            let near = frames.iter().any(|f| (100..400).contains(&(frame - f)));
            assert!(frame < 400 || near, "{frame}: {frames:?}");
        }
        // Each gap is at most a part of how long ago it is.
        for pair in frames.windows(2) {
            let (gap, ago) = (pair[1] - pair[0], 32 * 2000 - pair[0]);
            assert!(gap * 10 <= ago * 9 || ago <= 400, "{frames:?}");
        }
        assert!(frames[0] < 32 * 1400, "{frames:?}");
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(parse(OsStr::new("3-00000064.checkpoint")), Some((3, 64)));
        for none in
            ["3-64.checkpoint", "a-00000064.checkpoint", "3-00000064.checkpoint.x", "3-00000064"]
        {
            assert_eq!(parse(OsStr::new(none)), None, "{none}");
        }
    }
}
