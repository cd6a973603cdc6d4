//! Stores of objects: S3, Google Cloud Storage, Azure Blob Storage, or a folder.
//!
//! An object is there whole or not at all: an upload that is broken off leaves none of that name.

mod open;
mod said;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt, TryStreamExt, future, stream};
use object_store::path::{Path, PathPart};
use object_store::{
    Error as Refusal, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    WriteMultipart,
};
use tokio::runtime::Runtime;

use crate::error::{Error, Result};

/// Objects above this size in bytes go up and come down in pieces of it.
const PIECE: u64 = 16 << 20;
/// Before something is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// How many requests may be under way for one call.
const AT_ONCE: usize = 8;

/// A place in a store, below which all names are.
#[derive(Debug, Clone)]
pub struct Remote {
    url: String,
    base: Path,
    is_patient: bool,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    /// What people wait for.
    brief: Arc<dyn ObjectStore>,
    /// What goes on when the store comes back after minutes.
    patient: Arc<dyn ObjectStore>,
    /// Where it is, if the environment says.
    endpoint: Option<String>,
    /// It was away for longer than anybody waits: what is still asked of it is asked without patience.
    is_given_up: AtomicBool,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the store's clock.
    pub modified: SystemTime,
}

impl Object {
    fn new(found: &ObjectMeta) -> Self {
        Self { bytes: found.size, modified: found.last_modified.into() }
    }
}

impl Remote {
    /// The URL that it was opened by: it holds no secrets.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The place `name` below this one.
    pub fn child(&self, name: &str) -> Self {
        let mut url = self.url.trim_end_matches('/').to_string();
        url.push('/');
        url.push_str(name);
        Self { url, base: self.path(name), ..self.clone() }
    }

    fn path(&self, name: &str) -> Path {
        // Names stand in the store as they are, but for those that it would not take.
        Path::parse(format!("{}/{name}", self.base)).unwrap_or_else(|_| {
            let parts = name.split('/').map(PathPart::from);
            parts.fold(self.base.clone(), |path, part| path.join(part))
        })
    }

    /// The same place, for work that goes on when the store was away for minutes.
    pub fn patient(&self) -> Self {
        Self { is_patient: true, ..self.clone() }
    }

    fn store(&self) -> &Arc<dyn ObjectStore> {
        match self.is_patient && !self.inner.is_given_up.load(Ordering::Relaxed) {
            true => &self.inner.patient,
            false => &self.inner.brief,
        }
    }

    fn error(&self, e: &Refusal) -> Error {
        if self.is_patient && matches!(e, Refusal::Generic { .. }) {
            self.inner.is_given_up.store(true, Ordering::Relaxed);
        }
        let mut reason = said::in_a_line(e);
        // What the store itself says has its own name behind it.
        if let Some(endpoint) = self.inner.endpoint.as_ref().filter(|_| !reason.ends_with(')')) {
            reason += &format!(" (at {endpoint})");
        }
        Error::Remote { url: self.url.clone(), reason }
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.inner.runtime.block_on(work)
    }

    /// The objects in the folder `name`, not those in folders in it.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn list(&self, name: &str) -> Result<Vec<(String, Object)>> {
        let folder = self.path(name);
        let own = |found: ObjectMeta| {
            let mut rest = found.location.prefix_match(&folder).into_iter().flatten();
            match (rest.next(), rest.next()) {
                (Some(own), None) => Some((own.as_ref().to_string(), Object::new(&found))),
                _ => None,
            }
        };
        let list = || self.store().list(Some(&folder)).try_collect::<Vec<_>>();
        match self.wait(again(list)) {
            Ok(objects) => Ok(objects.into_iter().filter_map(own).collect()),
            Err(Refusal::NotFound { .. }) => Ok(Vec::new()),
            Err(e) => Err(self.error(&e)),
        }
    }

    /// What is known of an object; `None` if it is not there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn find(&self, name: &str) -> Result<Option<Object>> {
        let path = self.path(name);
        match self.wait(again(|| self.store().head(&path))) {
            Ok(found) => Ok(Some(Object::new(&found))),
            Err(Refusal::NotFound { .. }) => Ok(None),
            Err(e) => Err(self.error(&e)),
        }
    }

    /// Reads a small object; `None` if it is not there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached; the object is of more than 64 MiB.
    pub fn read(&self, name: &str) -> Result<Option<(Vec<u8>, Object)>> {
        const MOST: u64 = 64 << 20;
        let path = self.path(name);
        let read = async || {
            let found = self.store().get(&path).await?;
            let object = Object::new(&found.meta);
            let bytes = if object.bytes > MOST { None } else { Some(found.bytes().await?) };
            Ok((bytes, object))
        };
        match self.wait(again(read)) {
            Ok((Some(bytes), object)) => Ok(Some((bytes.into(), object))),
            Ok((None, object)) => Err(Error::Remote {
                url: self.child(name).url,
                reason: format!("{} bytes are more than belong there", object.bytes),
            }),
            Err(Refusal::NotFound { .. }) => Ok(None),
            Err(e) => Err(self.error(&e)),
        }
    }

    /// Fetches an object into an empty file; false if it is not there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached; the file cannot be written.
    pub fn fetch(&self, name: &str, file: &File) -> Result<bool> {
        let path = self.path(name);
        let failed = |e| Error::io("fetch", self.child(name).url)(e);
        let fetch = async {
            let whole = async || {
                let found = self.store().get(&path).await?;
                let size = found.meta.size;
                let bytes = if size <= PIECE { Some(found.bytes().await?) } else { None };
                Ok((size, bytes))
            };
            let size = match again(whole).await {
                Ok((size, None)) => size,
                Ok((_, Some(bytes))) => {
                    return file.write_all_at(&bytes, 0).map(|()| true).map_err(failed);
                }
                Err(Refusal::NotFound { .. }) => return Ok(false),
                Err(e) => return Err(self.error(&e)),
            };
            let pieces = (0..size.div_ceil(PIECE)).map(|piece| piece * PIECE);
            let get = |start: u64| {
                let range = start..size.min(start + PIECE);
                let (store, path) = (self.store(), &path);
                async move {
                    let bytes = again(|| store.get_range(path, range.clone())).await?;
                    Ok::<_, Refusal>((start, bytes))
                }
            };
            let mut got = stream::iter(pieces.map(get)).buffer_unordered(AT_ONCE);
            while let Some(piece) = got.next().await {
                let Ok((start, bytes)) = piece else {
                    // Some servers do not know ranges.
                    return self.stream(&path, file).await;
                };
                file.write_all_at(&bytes, start).map_err(failed)?;
            }
            Ok(true)
        };
        self.wait(fetch)
    }

    /// Fetches an object from its beginning to its end.
    async fn stream(&self, path: &Path, file: &File) -> Result<bool> {
        let found = self.store().get(path).await.map_err(|e| self.error(&e))?;
        let (mut start, mut stream) = (0, found.into_stream());
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.map_err(|e| self.error(&e))?;
            file.write_all_at(&bytes, start).map_err(Error::io("fetch", &self.url))?;
            start += bytes.len() as u64;
        }
        Ok(true)
    }

    /// Writes an object that is not there yet; false if it is, with another content. A store that cannot tell writes it
    /// anyway.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn create(&self, name: &str, content: &[u8]) -> Result<bool> {
        const TRIES: u32 = 5;
        for _ in 0..TRIES {
            if let Some(is_ours) = self.try_to_create(name, content)? {
                return Ok(is_ours);
            }
            std::thread::sleep(PAUSE);
        }
        let reason =
            format!("{name} cannot be made: the store says that it is there, and that it is not");
        Err(Error::Remote { url: self.url.clone(), reason })
    }

    /// As [`Remote::create`]; `None` if another was at it at that moment, and it is not there.
    fn try_to_create(&self, name: &str, content: &[u8]) -> Result<Option<bool>> {
        let path = self.path(name);
        let put = |mode: PutMode| {
            let options = PutOptions::from(mode);
            let put = || self.store().put_opts(&path, payload(content), options.clone());
            self.wait(again(put))
        };
        let created = match put(PutMode::Create) {
            Err(Refusal::NotImplemented { .. } | Refusal::NotSupported { .. }) => {
                put(PutMode::Overwrite)
            }
            created => created,
        };
        match created {
            Ok(_) => Ok(Some(true)),
            // It may be there by a request of ours whose answer was lost.
            Err(Refusal::AlreadyExists { .. } | Refusal::Precondition { .. }) => {
                Ok(self.read(name)?.map(|(there, _)| there == content))
            }
            Err(e) => Err(self.error(&e)),
        }
    }

    /// Writes an object, in the place of what is there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.path(name);
        let put = self.wait(again(|| self.store().put(&path, payload(content))));
        put.map(drop).map_err(|e| self.error(&e))
    }

    /// Writes files as objects, several at once.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached; a file cannot be read. Some may be there then, and those are whole.
    pub fn bring(&self, files: &[(String, File)]) -> Result<()> {
        let all = stream::iter(files).map(|(name, file)| self.bring_one(name, file));
        self.wait(all.buffer_unordered(AT_ONCE).try_collect())
    }

    async fn bring_one(&self, name: &str, file: &File) -> Result<()> {
        let failed = |e| Error::io("read what belongs in", self.child(name).url)(e);
        let read = |start: u64, bytes: u64| {
            let mut piece = vec![0; bytes as usize];
            file.read_exact_at(&mut piece, start).map(|()| piece).map_err(failed)
        };
        let bytes = file.metadata().map_err(failed)?.len();
        let path = self.path(name);
        if bytes <= PIECE {
            let content = read(0, bytes)?;
            let put = again(|| self.store().put(&path, payload(&content))).await;
            return put.map(drop).map_err(|e| self.error(&e));
        }
        match self.bring_in_pieces(&path, bytes, &read).await {
            // Its pieces are gone, and it is begun anew.
            Err(Error::Remote { .. }) => self.bring_in_pieces(&path, bytes, &read).await,
            brought => brought,
        }
    }

    async fn bring_in_pieces(
        &self,
        path: &Path,
        bytes: u64,
        read: &impl Fn(u64, u64) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let upload = self.store().put_multipart(path).await.map_err(|e| self.error(&e))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE as usize);
        let mut start = 0;
        let sent = loop {
            if start == bytes {
                break Ok(());
            }
            if let Err(e) = upload.wait_for_capacity(AT_ONCE).await {
                break Err(self.error(&e));
            }
            let size = PIECE.min(bytes - start);
            match read(start, size) {
                Ok(piece) => upload.write(&piece),
                Err(e) => break Err(e),
            }
            start += size;
        };
        match sent {
            Ok(()) => upload.finish().await.map(drop).map_err(|e| self.error(&e)),
            Err(e) => {
                // Pieces that are not put together cost money, and nobody sees them.
                let _ = upload.abort().await;
                Err(e)
            }
        }
    }

    /// Removes objects, as far as they are there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn remove(&self, names: impl IntoIterator<Item = String>) -> Result<()> {
        let paths: Vec<_> = names.into_iter().map(|name| self.path(&name)).collect();
        let remove = || {
            let paths: Vec<_> = paths.iter().cloned().map(Ok).collect();
            let removed = self.store().delete_stream(stream::iter(paths).boxed());
            let there = removed
                .filter(|removed| future::ready(!matches!(removed, Err(Refusal::NotFound { .. }))));
            there.try_collect::<Vec<_>>()
        };
        self.wait(again(remove)).map(drop).map_err(|e| self.error(&e))
    }
}

/// Tries again what the library does not: requests of which it is not known whether they were done.
async fn again<T>(act: impl AsyncFn() -> Result<T, Refusal>) -> Result<T, Refusal> {
    const TRIES: u32 = 5;
    /// The library had the patience of all that takes longer.
    const BRIEF: Duration = Duration::from_secs(2);
    for _ in 1..TRIES {
        let taken = Instant::now();
        match act().await {
            Err(Refusal::Generic { .. }) if taken.elapsed() < BRIEF => {}
            done => return done,
        }
        tokio::time::sleep(PAUSE).await;
    }
    act().await
}

fn payload(content: &[u8]) -> PutPayload {
    content.to_vec().into()
}
