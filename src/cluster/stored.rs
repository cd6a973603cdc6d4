//! A job in a store: workers take its recipe from there and bring segments, and the film is made of them.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::shards::Meeting;
use crate::jobs::{Folder, Output, Site};
use crate::media::Seal;
use crate::recipe::{Copies, Draft, Recipe};
use crate::remote::Remote;

/// Where files that the recipe names are, in the job's place.
const INPUTS: &str = "inputs";
/// Files that are fetched at once.
const AT_ONCE: usize = 8;

/// A job's place in a store.
#[derive(Debug, Clone)]
pub struct Stored {
    remote: Remote,
    name: String,
}

/// What became of the segments that were in a store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fetched {
    /// How many came.
    pub segments: u64,
    /// Those that are damaged, each with the reason. They are not in the store any more.
    pub damaged: Vec<(u64, String)>,
}

impl Stored {
    /// The job `name` in `store`.
    pub fn new(store: &Remote, name: &str) -> Self {
        Self { remote: store.child(name), name: name.into() }
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        self.remote.url()
    }

    /// Its recipe; `None` if there is no such job.
    ///
    /// # Errors
    /// It cannot be read, or is of another version.
    pub fn recipe(&self) -> Result<Option<Recipe>> {
        let Some((text, _)) = self.remote.read("recipe.toml")? else { return Ok(None) };
        let path = PathBuf::from(format!("{}/recipe.toml", self.url()));
        let text = String::from_utf8_lossy(&text);
        Draft::parse(&text, &path)?.resolve().map(Some)
    }

    /// The job as its workers see it, with files made in `folder`.
    pub fn meeting(&self, folder: Folder, recipe: &Recipe) -> Meeting {
        Meeting::in_store(self.remote.clone(), folder, recipe)
    }

    /// Looks whether the files that the recipe names can be put into a store.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn check(recipe: &Recipe) -> Result<()> {
        let check =
            |path: &Path| files::open_through(path).map(drop).map_err(Error::io("open", path));
        recipe.inputs().iter().try_for_each(|input| check(Path::new(&input.name)))
    }

    /// Puts the files that the recipe names into the store, as far as they are not there.
    ///
    /// # Errors
    /// One cannot be read, or not be put there.
    pub fn pack(&self, recipe: &Recipe) -> Result<()> {
        for input in recipe.inputs() {
            let name = format!("{INPUTS}/{}", input.copy());
            let path = Path::new(&input.name);
            let file = files::open_through(path).map_err(Error::io("open", path))?;
            let bytes = file.metadata().map_err(Error::io("look at", path))?.len();
            if self.remote.find(&name)?.is_none_or(|there| there.bytes != bytes) {
                self.remote.bring(&[(name, file)])?;
            }
        }
        Ok(())
    }

    /// Fetches the files that the recipe names into `folder`; returns where they are. Those that are not in the store are
    /// left to be found where the recipe says.
    ///
    /// # Errors
    /// One cannot be fetched or written.
    pub fn unpack(&self, recipe: &Recipe, folder: &Path) -> Result<Copies> {
        let mut copies = Copies::new();
        for input in recipe.inputs() {
            let place = folder.join(INPUTS).join(input.copy());
            let own = files::folder_of(&place);
            fs::create_dir_all(own).map_err(Error::io("create", own))?;
            let temp = TempFile::create(&place)?;
            if !self.remote.fetch(&format!("{INPUTS}/{}", input.copy()), temp.file())? {
                continue;
            }
            // It may be a program.
            let all = fs::Permissions::from_mode(0o755);
            temp.file().set_permissions(all).map_err(Error::io("write", &place))?;
            temp.publish(Over::Anything)?;
            let place = std::path::absolute(&place).map_err(Error::io("find", &place))?;
            copies.insert(input.name, place);
        }
        Ok(copies)
    }

    /// Fetches the segments that are not in the folder of `site`, and looks whether they are whole.
    ///
    /// # Errors
    /// The store cannot be read, or the folder not be written; or `cancel` was set.
    pub fn fetch(&self, site: &Site, cancel: &Cancel) -> Result<Fetched> {
        let (recipe, folder) = (site.recipe(), site.folder());
        let there = self.meeting(folder.clone(), recipe).finished()?;
        let here = folder.finished(recipe)?;
        let mut missing: Vec<u64> = there.difference(&here).copied().collect();
        missing.sort_unstable();
        let fetched = Mutex::new(Fetched::default());
        let fetch = |index: &u64| -> Result<()> {
            cancel.check().map_err(|_| Error::Interrupted)?;
            let damage = self.fetch_one(site, *index)?;
            let mut fetched = fetched.lock().unwrap_or_else(|e| e.into_inner());
            match damage {
                None => fetched.segments += 1,
                Some(reason) => fetched.damaged.push((*index, reason)),
            }
            Ok(())
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(AT_ONCE)
            .build()
            .map_err(|e| Error::io("start threads for", self.url())(std::io::Error::other(e)))?;
        pool.install(|| missing.par_iter().try_for_each(fetch))?;
        for folder in [folder.segments(), folder.frames()] {
            if files::look(&folder)?.is_some() {
                files::sync_folder(&folder)?;
            }
        }
        let mut fetched = fetched.into_inner().unwrap_or_else(|e| e.into_inner());
        fetched.damaged.sort();
        Ok(fetched)
    }

    /// Fetches a segment; returns what is wrong with it.
    fn fetch_one(&self, site: &Site, index: u64) -> Result<Option<String>> {
        let (recipe, folder) = (site.recipe(), site.folder());
        let images = recipe.images.iter().flat_map(|images| {
            let frames = recipe.segment(index);
            frames.map(|frame| folder.image(recipe, frame, images.format))
        });
        let video = recipe.video.as_ref().map(|_| site.segment(index));
        for place in images.chain(video) {
            let own = place.strip_prefix(folder.path()).unwrap_or(&place);
            let name = own.to_string_lossy();
            let temp = TempFile::create(&place)?;
            if !self.remote.fetch(&name, temp.file())? {
                return Ok(Some("it is gone".into()));
            }
            if place == site.segment(index) {
                let wrong = match Seal::verify(temp.path()) {
                    Ok((seal, _)) if seal == site.seal(index) => None,
                    Ok(_) => Some("it is of another job".to_string()),
                    Err(e) => Some(e.to_string()),
                };
                if wrong.is_some() {
                    self.remote.remove([name.into_owned()])?;
                    return Ok(wrong);
                }
            }
            temp.publish(Over::Anything)?;
        }
        Ok(None)
    }

    /// Fetches the film, if it is published, to where it belongs in `folder`; its path.
    ///
    /// # Errors
    /// It cannot be fetched or written, or is not what was published.
    pub fn film(&self, folder: &Folder, recipe: &Recipe) -> Result<Option<PathBuf>> {
        let Some(video) = &recipe.video else { return Ok(None) };
        if !self.meeting(folder.clone(), recipe).is_published()? {
            return Ok(None);
        }
        let output = self.remote.read("output.toml")?.map(|(text, _)| text).unwrap_or_default();
        let output = toml::from_str::<Output>(&String::from_utf8_lossy(&output)).ok();
        let path = folder.film(video.container);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(output) = output.filter(|output| output.path == name) else { return Ok(None) };
        let whole = |path: &Path| match output.checksum {
            Some(checksum) => checksum.is_at(path),
            None => Ok(true),
        };
        if files::look(&path)?.is_some() && whole(&path)? {
            return Ok(Some(path));
        }
        let temp = TempFile::create(&path)?;
        if !self.remote.fetch(&output.path, temp.file())? {
            return Ok(None);
        }
        if !whole(temp.path())? {
            let reason = format!(
                "{} is not the film that was published; remove it, and its output.toml",
                output.path
            );
            return Err(Error::Remote { url: self.url().into(), reason });
        }
        temp.publish(Over::Nothing)?;
        // The record of the film goes with it.
        let text = toml::to_string(&output).unwrap_or_default();
        files::write(&folder.output(), text.as_bytes())?;
        Ok(Some(path))
    }

    /// Puts the result of the job in `folder` into the store, and removes what it was made of.
    ///
    /// # Errors
    /// The store refuses. The result is not published then, and the segments are kept.
    pub fn publish(&self, folder: &Folder, recipe: &Recipe, keep_segments: bool) -> Result<()> {
        let open = |path: &Path| files::open_through(path).map_err(Error::io("open", path));
        self.bring_images(folder, recipe)?;
        if let Some(video) = &recipe.video {
            let text = files::read_text(&folder.output());
            let text = text.map_err(Error::io("read", folder.output()))?;
            let output = toml::from_str::<Output>(&text).map_err(|_| Error::Occupied {
                path: folder.output(),
                reason: "cannot be understood; genmedia rescan mends it".into(),
            })?;
            let name = format!("{}.{}", self.name, video.container);
            let path = output.file(folder.path());
            self.remote.bring(&[(name.clone(), open(&path)?)])?;
            let there = self.remote.find(&name)?.map(|there| there.bytes);
            if there != output.bytes {
                let reason = format!("{name} did not arrive whole; try again");
                return Err(Error::Remote { url: self.url().into(), reason });
            }
            let output = Output { path: name, ..output };
            let text = toml::to_string(&output).unwrap_or_default();
            self.remote.write("output.toml", text.as_bytes())?;
        }
        if !keep_segments {
            self.clear(&["segments", "cluster/workers", "cluster/claims", "cluster"])?;
        }
        Ok(())
    }

    /// Brings the images that are not in the store.
    fn bring_images(&self, folder: &Folder, recipe: &Recipe) -> Result<()> {
        let Some(images) = &recipe.images else { return Ok(()) };
        let there = self.remote.list("frames")?;
        let there: HashSet<String> = there.into_iter().map(|(name, _)| name).collect();
        let mut missing = Vec::new();
        for frame in 0..recipe.frames {
            let path = folder.image(recipe, frame, images.format);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !there.contains(&name) {
                missing.push((format!("frames/{name}"), path));
            }
        }
        // No more files are open than a process may have.
        for some in missing.chunks(64) {
            let open = |(name, path): &(String, PathBuf)| {
                let file = files::open_regular(path).map_err(Error::io("open", path))?;
                Ok((name.clone(), file))
            };
            self.remote.bring(&some.iter().map(open).collect::<Result<Vec<_>>>()?)?;
        }
        Ok(())
    }

    /// Removes what is in these folders.
    fn clear(&self, folders: &[&str]) -> Result<()> {
        for folder in folders {
            let objects = self.remote.list(folder)?;
            self.remote.remove(objects.into_iter().map(|(name, _)| format!("{folder}/{name}")))?;
        }
        Ok(())
    }
}
