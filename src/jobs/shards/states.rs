//! States of simulations, by way of a store: a worker begins at the nearest that others have left there.
//!
//! Where all see one folder, their checkpoints lie in it anyway.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Meeting;
use crate::error::{Error, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::checkpoints::{MOST_BYTES, name, parse};

/// Between two times that states are brought.
const BETWEEN: Duration = Duration::from_secs(30);

/// The states that a worker has brought, or found: of each simulation the last.
#[derive(Debug, Default)]
pub struct States {
    known: BTreeMap<usize, u64>,
    /// Which of them are its own.
    own: BTreeMap<usize, u64>,
    brought: Option<Instant>,
}

impl Meeting {
    /// Fetches of each simulation the state that is the nearest before frame `frame`, where there is a nearer one than here.
    ///
    /// # Errors
    /// The store cannot be read, or the job's folder not be written.
    pub fn fetch_states(&self, frame: u64) -> Result<States> {
        let mut states = States::default();
        if !self.depot().is_elsewhere() {
            return Ok(states);
        }
        let folder = self.site().folder().checkpoints();
        let there = self.depot().names(&folder)?;
        let here = last(&folder, frame)?;
        for (part, at) in newest(there.iter().filter_map(|name| parse(name)), frame) {
            if here.get(&part).is_some_and(|here| *here >= at) {
                continue;
            }
            let path = folder.join(name(part, at));
            // Another may have brought a later one meanwhile, and removed it.
            let Some(bytes) = self.depot().read_bytes(&path)? else { continue };
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let temp = TempFile::create(&path)?;
            (&temp).write_all(&bytes).map_err(Error::io("write", &path))?;
            temp.publish(Over::Anything)?;
            states.known.insert(part, at);
        }
        Ok(states)
    }

    /// Brings of each simulation the last state that is here, if `ends` or some time has passed. The one that was brought
    /// before is removed there: one of each worker is enough.
    ///
    /// # Errors
    /// The store refuses.
    pub fn bring_states(&self, states: &mut States, ends: bool) -> Result<()> {
        let is_soon = states.brought.is_some_and(|last| last.elapsed() < BETWEEN);
        if !self.depot().is_elsewhere() || is_soon && !ends {
            return Ok(());
        }
        states.brought = Some(Instant::now());
        let folder = self.site().folder().checkpoints();
        for (part, at) in last(&folder, u64::MAX)? {
            if states.known.insert(part, at) == Some(at) {
                continue;
            }
            let path = folder.join(name(part, at));
            let Some(bytes) = read(&path)? else { continue };
            let temp = TempFile::create(&path)?;
            (&temp).write_all(&bytes).map_err(Error::io("write", &path))?;
            self.depot().bring(vec![temp])?;
            if let Some(before) = states.own.insert(part, at) {
                self.depot().remove(&folder.join(name(part, before)))?;
            }
        }
        Ok(())
    }
}

/// Of each simulation the last of these frames up to `frame`.
fn newest(found: impl Iterator<Item = (usize, u64)>, frame: u64) -> BTreeMap<usize, u64> {
    let mut newest = BTreeMap::new();
    for (part, at) in found.filter(|(_, at)| *at <= frame) {
        let last = newest.entry(part).or_insert(at);
        *last = at.max(*last);
    }
    newest
}

/// As [`newest`], of what lies in a folder.
fn last(folder: &Path, frame: u64) -> Result<BTreeMap<usize, u64>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if files::is_gone(&e) => return Ok(BTreeMap::new()),
        Err(e) => return Err(Error::io("read", folder)(e)),
    };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    Ok(newest(names.filter_map(|name| parse(&name)), frame))
}

/// A state, unless it is gone meanwhile, or very large.
fn read(path: &PathBuf) -> Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(found) if found.len() > MOST_BYTES => return Ok(None),
        Ok(_) => {}
        Err(e) if files::is_gone(&e) => return Ok(None),
        Err(e) => return Err(Error::io("look at", path)(e)),
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if files::is_gone(&e) => Ok(None),
        Err(e) => Err(Error::io("read", path)(e)),
    }
}

#[cfg(all(test, feature = "cluster"))]
mod tests {
    use super::*;
    use crate::recipe::Recipe;
    use crate::remote::Remote;

    #[test]
    fn a_worker_finds_the_nearest_state_that_another_has_left() {
        let place = tempfile::tempdir().expect("a folder");
        let store = Remote::open(&format!("file://{}/store", place.path().display()));
        let store = store.expect("a store").child("sea");
        let recipe: Recipe = "frames = 900\n[simulate]".parse().expect("a recipe");
        let worker = |name: &str| {
            let folder = crate::jobs::Folder::new(place.path(), name).expect("a name");
            (folder.checkpoints(), Meeting::in_store(store.clone(), folder, &recipe))
        };
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("a folder");
            let mut names: Vec<String> = entries
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        let there = place.path().join("store/sea/checkpoints");
        let (here, one) = worker("one");
        fs::create_dir_all(&here).expect("made");
        let keep = |folder: &Path, part: usize, frame: u64, text: &str| {
            fs::write(folder.join(name(part, frame)), text).expect("written");
        };
        keep(&here, 0, 64, "early");
        keep(&here, 0, 320, "late");
        keep(&here, 1, 32, "of another simulation");
        let mut states = one.fetch_states(0).expect("nothing is there");
        one.bring_states(&mut states, false).expect("brought");
        assert_eq!(names(&there), [name(0, 320), name(1, 32)]);
        // The next one takes its place; what has not changed is left.
        keep(&here, 0, 352, "later");
        one.bring_states(&mut states, false).expect("it is too soon");
        assert_eq!(names(&there).len(), 2);
        one.bring_states(&mut states, true).expect("brought");
        assert_eq!(names(&there), [name(0, 352), name(1, 32)]);

        let (here, two) = worker("two");
        let mut states = two.fetch_states(351).expect("found");
        assert_eq!(names(&here), [name(1, 32)], "that of frame 352 is too late");
        two.bring_states(&mut states, true).expect("nothing new");
        two.fetch_states(400).expect("found");
        assert_eq!(names(&here), [name(0, 352), name(1, 32)]);
        assert_eq!(fs::read(here.join(name(0, 352))).expect("a file"), b"later");
        // It is not its own to remove.
        keep(&here, 0, 600, "the last");
        two.bring_states(&mut states, true).expect("brought");
        assert_eq!(names(&there), [name(0, 352), name(0, 600), name(1, 32)]);
        assert_eq!(one.fetch_states(900).expect("found").known[&0], 600);
    }
}
