//! Where the result goes, and whether it may.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::crash::crash_point;
use crate::error::{Error, Result};
use crate::files::{self, Lock, Over, TempFile};
use crate::jobs::{Catalog, Event, FilmChecksum, Folder, Job, Output};
use crate::recipe::Recipe;

/// The result's place.
pub(super) struct Target {
    /// As the user wrote it, for messages and for the result that is printed.
    path: PathBuf,
    absolute: PathBuf,
    /// What publishing may replace.
    over: Over,
    /// What stands in the job's own folder is not the film, and is kept under another name.
    keeps: bool,
    /// Held as long as this job may write there, unless that is in its own folder.
    _lock: Option<Lock>,
}

/// What stands at the target.
pub(super) enum Found {
    /// The job's film, by this record.
    Film(Box<Output>),
    /// Nothing, or what may be replaced.
    Nothing,
}

impl Target {
    /// A place that the user gave, for the job in `folder`: checked before any work, and locked before
    /// anything near it is touched. That the lock can be made shows that a file can be written there.
    ///
    /// # Errors
    /// No file can be written there; another process writes it; a file stands there that cannot be the
    /// job's, because there is no job yet, unless `force`: so that a mistake leaves no new folder behind.
    pub(super) fn given(
        path: &Path,
        folder: &Folder,
        recipe: &Recipe,
        force: bool,
    ) -> Result<Self> {
        let mut target = Self::within(path.into())?;
        files::check_output(path)?;
        if target.absolute.to_str().is_none() {
            return Err(Error::Output {
                path: path.into(),
                reason: "a path that is not UTF-8 cannot be recorded; choose another".into(),
            });
        }
        let own = absolute(folder.path())?;
        if let Some(job) = job_around(&target.absolute).filter(|job| *job != own) {
            let job = job.file_name().unwrap_or_default().to_string_lossy();
            let reason = format!("this is in the folder of the job {job}; choose another");
            return Err(Error::Output { path: path.into(), reason });
        }
        let stands = files::look(&target.absolute)?.is_some();
        if stands && !force && files::look(&folder.recipe())?.is_none() {
            let dir = folder.path().parent().unwrap_or(Path::new(""));
            let known =
                Catalog::look(dir, &|_, _| {})?.map(|jobs| jobs.elsewhere(&target.absolute));
            let known = known.transpose()?.flatten();
            if known.is_none_or(|written| written.identity != recipe.identity()) {
                return Err(target.taken(folder));
            }
        }
        if target.folder() != own {
            let lock = files::lock_of(&target.absolute);
            target._lock = Some(Lock::take_temporary(&lock, "written")?.map_err(|owner| {
                let who =
                    if owner.who.is_empty() { String::new() } else { format!(" ({})", owner.who) };
                Error::OutputHeld { path: path.into(), who }
            })?);
        }
        Ok(target)
    }

    fn taken(&self, folder: &Folder) -> Error {
        let writer =
            self.writer(folder).map_or(String::new(), |name| format!(", but that of {name}"));
        let reason = format!(
            "exists and is not this job's{writer}; choose another --output, or --force to replace it"
        );
        Error::Occupied { path: self.path.clone(), reason }
    }

    /// The job beside that in `folder` whose film was asked for here.
    fn writer(&self, folder: &Folder) -> Option<String> {
        let here = self.absolute.to_str();
        let jobs = Catalog::look(folder.path().parent()?, &|_, _| {}).ok()??.jobs().ok()?;
        let mut records = jobs.into_iter().map(|job| job.record);
        records.find(|r| r.output.as_deref() == here && r.name != folder.name()).map(|r| r.name)
    }

    /// As [`Target::taken`], of a film that was the job's.
    fn changed(&self, folder: &Folder) -> Error {
        let reason = match self.writer(folder) {
            Some(other) => format!(
                "is the film of {other} by now, and is left so; give another --output to have {}'s made again",
                folder.name()
            ),
            None => "is not as genmedia wrote it, and is left so; move it away to have it made again, or render \
                     with --force to replace it"
                .into(),
        };
        Error::Occupied { path: self.path.clone(), reason }
    }

    /// The film in the job's own folder.
    pub(super) fn within(path: PathBuf) -> Result<Self> {
        let absolute = absolute(&path)?;
        Ok(Self { path, absolute, over: Over::Anything, keeps: false, _lock: None })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        self.absolute.parent().unwrap_or(Path::new("/"))
    }

    /// Looks for the job's film: here, or elsewhere and now copied here. From here on nothing is replaced
    /// that was not there, and the job's, or not asked for by `force`.
    ///
    /// # Errors
    /// A file stands here that is not the job's, and `force` is not given.
    pub(super) fn find(&mut self, job: &Job, force: bool) -> Result<Found> {
        if force {
            // What was genmedia's is gone by now.
            self.keeps = self.is_own(job)? && files::look(&self.absolute)?.is_some();
            return Ok(Found::Nothing);
        }
        let published = match job.published()? {
            Some(output) => Some(output),
            None => job.copy_elsewhere()?,
        };
        if let Some(output) = &published
            && absolute(&output.file(job.folder().path()))? == self.absolute
        {
            return Ok(Found::Film(Box::new(output.clone())));
        }
        match files::look(&self.absolute)? {
            // A film in the job's own folder, by its name, is genmedia's, recorded or not.
            standing if self.is_own(job)? => {
                if let (Some(output), Some(_)) = (&published, &standing)
                    && self.is_copy_of(output)
                {
                    return Ok(Found::Film(Box::new(output.clone())));
                }
                self.keeps = standing.is_some();
            }
            None => self.over = Over::Nothing,
            Some(standing) if standing.is_file() => match self.written(job)? {
                Some(output) => return Ok(Found::Film(Box::new(output))),
                None if self.was_written(job)? => return Err(self.changed(job.folder())),
                None => return Err(self.taken(job.folder())),
            },
            Some(_) => return Err(self.taken(job.folder())),
        }
        match published {
            Some(output) => self.copy(job, &output).map(|copy| Found::Film(Box::new(copy))),
            None => Ok(Found::Nothing),
        }
    }

    /// The record of what stands here, if genmedia wrote it for this job's recipe and it is whole.
    fn written(&self, job: &Job) -> Result<Option<Output>> {
        match self.absolute.to_str() {
            Some(path) => job.has_written(path),
            None => Ok(None),
        }
    }

    /// True if genmedia wrote a film here for this job's recipe, whatever stands here now.
    fn was_written(&self, job: &Job) -> Result<bool> {
        let is_here = |output: &Output| {
            absolute(&output.file(job.folder().path())).is_ok_and(|path| path == self.absolute)
        };
        Ok(job.output()?.is_some_and(|output| output.bytes.is_some() && is_here(&output))
            || job.wrote(&self.absolute.to_string_lossy())?)
    }

    /// True if what stands here has the content of a published film.
    fn is_copy_of(&self, output: &Output) -> bool {
        output.checksum.is_some_and(|checksum| checksum.is_at(&self.absolute).unwrap_or(false))
    }

    /// Copies the film to here.
    fn copy(&self, job: &Job, output: &Output) -> Result<Output> {
        let film = output.file(job.folder().path());
        let temp = self.temp(job, output)?;
        let mut from = File::open(&film).map_err(Error::io("open", &film))?;
        io::copy(&mut from, &mut temp.file()).map_err(Error::io("copy to", temp.path()))?;
        crash_point!("copied");
        let is_it = match output.checksum {
            Some(checksum) => checksum.is_of(temp.handle()?, temp.path()).unwrap_or(false),
            None => true,
        };
        if !is_it {
            let name = job.name();
            let reason = format!("is damaged, and not copied; genmedia verify {name} tells more");
            return Err(Error::Occupied { path: film, reason });
        }
        let checksum = Some(FilmChecksum::of(temp.file(), temp.path())?);
        let copy = Output { bytes: output.bytes, checksum, ..self.record(job, None)? };
        job.record_copy(&copy)?;
        temp.publish(self.over)?;
        files::sync_folder(self.folder())?;
        job.record_output(output)?;
        Ok(copy)
    }

    /// True for the name that the film has in the job's own folder.
    fn is_own(&self, job: &Job) -> Result<bool> {
        let video = job.recipe().video.as_ref();
        let film = video.map(|video| absolute(&job.folder().film(video.container))).transpose()?;
        Ok(film.as_ref() == Some(&self.absolute))
    }

    /// A temporary file of this place, which stands in `record`, the job's, before it is made: so it is found
    /// after a kill.
    fn temp(&self, job: &Job, record: &Output) -> Result<TempFile> {
        let path = TempFile::name(&self.absolute)?;
        let own = absolute(job.folder().path())?;
        let name = path.strip_prefix(&own).unwrap_or(&path).to_string_lossy().into_owned();
        job.record_output(&Output { temp: Some(name), ..record.clone() })?;
        TempFile::create_as(path, &self.absolute)?.locked()
    }

    /// Records this place as the job's, before anything is there.
    pub(super) fn claim(&self, job: &Job) -> Result<()> {
        job.record_output(&self.record(job, None)?)
    }

    /// The record of this place, before anything is there.
    fn record(&self, job: &Job, temp: Option<&TempFile>) -> Result<Output> {
        let own = absolute(job.folder().path())?;
        let within = |path: &Path| match path.parent() == Some(&own) {
            true => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            false => path.to_string_lossy().into_owned(),
        };
        let temp = temp.map(|temp| within(temp.path()));
        Ok(Output { temp, ..job.output_at(within(&self.absolute)) })
    }

    /// The file that the film is written into.
    pub(super) fn begin(&self, job: &Job) -> Result<TempFile> {
        self.temp(job, &self.record(job, None)?)
    }

    /// Publishes what was written, and returns its record.
    pub(super) fn publish(&self, job: &Job, temp: TempFile) -> Result<Output> {
        let bytes = temp.file().metadata().map_err(Error::io("read", temp.path()))?.len();
        let checksum = FilmChecksum::of(temp.file(), temp.path())?;
        let output = Output {
            bytes: Some(bytes),
            checksum: Some(checksum),
            ..self.record(job, Some(&temp))?
        };
        // Recorded first: were the process killed in between, the file would otherwise stand
        // there as somebody else's.
        job.record_output(&output)?;
        crash_point!("output-recorded");
        if self.keeps && !is_same(&self.absolute, temp.path()) {
            self.keep(job)?;
        }
        temp.publish(self.over)?;
        files::sync_folder(self.folder())?;
        crash_point!("published");
        let output = Output { temp: None, ..output };
        job.record_output(&output)?;
        Ok(output)
    }

    /// Puts what stands here under another name beside it, since it is not genmedia's to be replaced.
    fn keep(&self, job: &Job) -> Result<()> {
        let mut names = (1..).map(|n| match n {
            1 => ".old".to_string(),
            n => format!(".old-{n}"),
        });
        let kept = names.find_map(|ending| {
            let mut name = self.absolute.clone().into_os_string();
            name.push(ending);
            let path = PathBuf::from(name);
            matches!(files::look(&path), Ok(None)).then_some(path)
        });
        let Some(kept) = kept else { return Ok(()) };
        fs::rename(&self.absolute, &kept).map_err(Error::io("put aside", &self.absolute))?;
        let name = kept.file_name().unwrap_or_default();
        let kept = self.path.with_file_name(name);
        job.note(Event::Kept { path: self.path.clone(), kept })
    }
}

/// True if two files have the same bytes.
fn is_same(one: &Path, other: &Path) -> bool {
    let hash = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(files::open_regular(path)?)?;
        Ok::<_, io::Error>(hasher.finalize())
    };
    let size = |path: &Path| path.symlink_metadata().map(|metadata| metadata.len()).ok();
    size(one) == size(other) && matches!((hash(one), hash(other)), (Ok(a), Ok(b)) if a == b)
}

/// The folder of the job in which `path` lies, if it lies in one.
fn job_around(path: &Path) -> Option<PathBuf> {
    let is_job = |folder: &&Path| {
        let dir = folder.parent().unwrap_or(Path::new("/"));
        folder.join("recipe.toml").is_file() && dir.join(crate::jobs::DATABASE).is_file()
    };
    path.ancestors().skip(1).find(is_job).map(Path::to_path_buf)
}

/// The path from the root, without links in its folder: the same file has the same, however it was spelled.
fn absolute(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path).map_err(Error::io("find", path))?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path) };
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(name)),
        // It is yet to be made, and perhaps the one in which it lies as well.
        Err(e) if files::is_gone(&e) => Ok(absolute(folder)?.join(name)),
        Err(e) => Err(Error::io("find", folder)(e)),
    }
}
