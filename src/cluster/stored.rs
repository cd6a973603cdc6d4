//! A job in a store: workers take its recipe from there and bring segments, and the film is made of them.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::shards::Meeting;
use crate::jobs::{Folder, Output, Site};
use crate::media::Seal;
use crate::recipe::{Copies, Draft, Input, Recipe};
use crate::remote::Remote;

/// Where files that the recipe names are, in the job's place.
const INPUTS: &str = "inputs";
/// Files of this size are not put into a store again where one of their size is.
const LARGE: u64 = 16 << 20;
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
        let Some((text, _)) = self.remote.read("recipe.toml")? else {
            // Of an object it is not said whether it is the bucket that is not there.
            self.remote.list("segments")?;
            return Ok(None);
        };
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

    /// The same, for work that goes on when the store was away for minutes.
    pub fn patient(&self) -> Self {
        Self { remote: self.remote.patient(), name: self.name.clone() }
    }

    /// As [`Stored::pack`], of those files that are here.
    ///
    /// # Errors
    /// As [`Stored::pack`].
    pub fn pack_those_here(&self, recipe: &Recipe) -> Result<()> {
        let inputs = recipe.inputs().into_iter();
        self.pack_all(inputs.filter(|input| Path::new(&input.name).is_file()).collect())
    }

    /// Puts the files that the recipe names into the store, as far as they are not there.
    ///
    /// # Errors
    /// One cannot be read, or not be put there.
    pub fn pack(&self, recipe: &Recipe) -> Result<()> {
        self.pack_all(recipe.inputs())
    }

    fn pack_all(&self, inputs: Vec<Input>) -> Result<()> {
        for input in inputs {
            let name = format!("{INPUTS}/{}", input.copy());
            let path = Path::new(&input.name);
            let file = files::open_through(path).map_err(Error::io("open", path))?;
            let bytes = file.metadata().map_err(Error::io("look at", path))?.len();
            // What is there may be damaged; large files are looked at no closer.
            if bytes < LARGE || self.remote.find(&name)?.is_none_or(|there| there.bytes != bytes) {
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

    /// Fetches the segments and images that are not in the folder of `site`, and looks whether they are whole.
    ///
    /// # Errors
    /// The store cannot be read, or the folder not be written; segments are of other libraries; or `cancel` was set.
    pub fn fetch(&self, site: &Site, cancel: &Cancel) -> Result<Fetched> {
        let fetched = Mutex::new(Fetched::default());
        self.fetch_all(site.folder().segments(), cancel, &|place, name| {
            let Some(index) = site.index_of(name) else { return Ok(()) };
            let damage = self.fetch_segment(site, index, place)?;
            let mut fetched = fetched.lock().unwrap_or_else(PoisonError::into_inner);
            match damage {
                None => fetched.segments += 1,
                Some(reason) => fetched.damaged.push((index, reason)),
            }
            Ok(())
        })?;
        self.fetch_images(site, cancel)?;
        if let Some(signals) = self.meeting(site.folder().clone(), site.recipe()).signals()? {
            site.folder().keep_signals(&signals)?;
        }
        let mut fetched = fetched.into_inner().unwrap_or_else(PoisonError::into_inner);
        fetched.damaged.sort();
        Ok(fetched)
    }

    /// Fetches the images that are not in the folder of `site`, and can be decoded.
    ///
    /// # Errors
    /// The store cannot be read, or the folder not be written; or `cancel` was set.
    pub fn fetch_images(&self, site: &Site, cancel: &Cancel) -> Result<()> {
        let Some(images) = &site.recipe().images else { return Ok(()) };
        self.fetch_all(site.folder().frames(), cancel, &|place, name| {
            if !name.ends_with(&format!(".{}", images.format)) {
                return Ok(());
            }
            let temp = TempFile::create(place)?;
            if self.remote.fetch(&format!("frames/{name}"), temp.file())? && is_image(temp.path()) {
                temp.publish(Over::Anything)?;
            }
            Ok(())
        })
    }

    /// Does `fetch` with the place and the name of each file of `folder` that is in the store and not there.
    fn fetch_all(
        &self,
        folder: PathBuf,
        cancel: &Cancel,
        fetch: &(dyn Fn(&Path, &str) -> Result<()> + Sync),
    ) -> Result<()> {
        let own = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let objects = self.remote.list(&own)?;
        if objects.is_empty() {
            return Ok(());
        }
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(AT_ONCE)
            .build()
            .map_err(|e| Error::io("start threads for", self.url())(std::io::Error::other(e)))?;
        pool.install(|| {
            objects.par_iter().try_for_each(|(name, _)| {
                cancel.check().map_err(|_| Error::Interrupted)?;
                let place = folder.join(name);
                match files::look(&place)? {
                    None => fetch(&place, name),
                    Some(_) => Ok(()),
                }
            })
        })?;
        files::sync_folder(&folder)
    }

    /// Fetches a segment; returns what is wrong with it. Then it is not in the store any more.
    fn fetch_segment(&self, site: &Site, index: u64, place: &Path) -> Result<Option<String>> {
        let name = format!("segments/{}", place.file_name().unwrap_or_default().display());
        let temp = TempFile::create(place)?;
        if !self.remote.fetch(&name, temp.file())? {
            return Ok(Some("it is gone".into()));
        }
        let wrong = match Seal::verify(temp.path()) {
            Ok((seal, _)) if site.has_sealed(seal, index) && site.goes_with(&seal) => None,
            Ok((seal, _)) if site.has_sealed(seal, index) => return Err(site.other_build()),
            Ok(_) => Some("it is of another job".to_string()),
            Err(e) => Some(e.to_string()),
        };
        match wrong {
            None => temp.publish(Over::Anything)?,
            Some(_) => self.remote.remove([name])?,
        }
        Ok(wrong)
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
        let Some(checksum) = output.checksum else { return Ok(None) };
        let whole = |path: &Path| checksum.is_at(path);
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
    /// The store refuses, or holds a film that is not the job's. The result is not published then, and the segments are
    /// kept.
    pub fn publish(&self, folder: &Folder, recipe: &Recipe, keep_segments: bool) -> Result<()> {
        self.bring_images(folder, recipe)?;
        if let Some(video) = &recipe.video {
            let text = files::read_text(&folder.output());
            let text = text.map_err(Error::io("read", folder.output()))?;
            let output = toml::from_str::<Output>(&text).map_err(|_| Error::Occupied {
                path: folder.output(),
                reason: "cannot be understood; genmedia rescan mends it".into(),
            })?;
            let film = output.file(folder.path());
            self.bring_film(&format!("{}.{}", self.name, video.container), &film, output)?;
        }
        match keep_segments {
            true => Ok(()),
            false => self.tidy(),
        }
    }

    fn bring_film(&self, name: &str, film: &Path, output: Output) -> Result<()> {
        let output = Output { path: name.into(), ..output };
        let write = |output: &Output| {
            let text = toml::to_string(output).unwrap_or_default();
            self.remote.write("output.toml", text.as_bytes())
        };
        let there = self.remote.read("output.toml")?.map(|(text, _)| text).unwrap_or_default();
        let there = toml::from_str::<Output>(&String::from_utf8_lossy(&there)).ok();
        let is_ours = there.is_some_and(|there| there.identity == output.identity);
        if !is_ours && self.remote.find(name)?.is_some() {
            let reason =
                format!("holds {name}, which is not this job's; move it away, and type this again");
            return Err(Error::Remote { url: self.url().into(), reason });
        }
        // From here on what stands there is known to be the job's.
        write(&Output { bytes: None, checksum: None, ..output.clone() })?;
        let file = files::open_through(film).map_err(Error::io("open", film))?;
        self.remote.bring(&[(name.to_string(), file)])?;
        let there = self.remote.find(name)?.map(|there| there.bytes);
        if there != output.bytes {
            let reason = format!("{name} did not arrive whole; try again");
            return Err(Error::Remote { url: self.url().into(), reason });
        }
        write(&output)
    }

    /// Removes the signs of life of all workers: they are known to be dead.
    ///
    /// # Errors
    /// The store refuses.
    pub fn bury(&self) -> Result<()> {
        self.clear("cluster/workers", &|name| name.ends_with(".toml"))
    }

    /// Removes what the result was made of, and what workers told each other.
    ///
    /// # Errors
    /// The store refuses.
    pub fn tidy(&self) -> Result<()> {
        let notes = ["versions.toml", "stop"];
        self.clear("segments", &|name| name.ends_with(".segment"))?;
        self.clear("checkpoints", &|name| name.ends_with(".checkpoint"))?;
        self.bury()?;
        self.clear("cluster/claims", &|name| name.ends_with(".claim"))?;
        self.clear("cluster", &|name| notes.contains(&name))
    }

    /// Brings the images that are not in the store.
    fn bring_images(&self, folder: &Folder, recipe: &Recipe) -> Result<()> {
        let Some(images) = &recipe.images else { return Ok(()) };
        let there: HashMap<String, u64> = self
            .remote
            .list("frames")?
            .into_iter()
            .map(|(name, found)| (name, found.bytes))
            .collect();
        let mut missing = Vec::new();
        for frame in 0..recipe.frames {
            let path = folder.image(recipe, frame, images.format);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = files::look(&path)?.map(|found| found.len());
            if bytes.is_none() || there.get(&name).copied() != bytes {
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

    /// Removes the objects in a folder whose names are `ours`.
    fn clear(&self, folder: &str, ours: &dyn Fn(&str) -> bool) -> Result<()> {
        let objects = self.remote.list(folder)?.into_iter().filter(|(name, _)| ours(name));
        self.remote.remove(objects.map(|(name, _)| format!("{folder}/{name}")))
    }
}

/// True if this is an image that can be decoded.
fn is_image(path: &Path) -> bool {
    let reader = image::ImageReader::open(path).and_then(|reader| reader.with_guessed_format());
    reader.is_ok_and(|reader| reader.decode().is_ok())
}
