//! Stores of objects: S3, Google Cloud Storage, Azure Blob Storage, or a folder.
//!
//! An object is there whole or not at all: an upload that is broken off leaves none of that name.

mod open;
mod said;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::SystemTime;

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
/// How many requests may be under way for one call.
const AT_ONCE: usize = 8;

/// A place in a store, below which all names are.
#[derive(Debug, Clone)]
pub struct Remote {
    url: String,
    base: Path,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    store: Arc<dyn ObjectStore>,
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
        Self { url, base: self.base.clone().join(PathPart::from(name)), inner: self.inner.clone() }
    }

    fn path(&self, name: &str) -> Path {
        let parts = name.split('/').map(PathPart::from);
        parts.fold(self.base.clone(), |path, part| path.join(part))
    }

    fn error(&self, e: &Refusal) -> Error {
        Error::Remote { url: self.url.clone(), reason: said::in_a_line(e) }
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
        let listed = self.inner.store.list(Some(&folder)).try_filter_map(|found| {
            let mut rest = found.location.prefix_match(&folder).into_iter().flatten();
            let own = match (rest.next(), rest.next()) {
                (Some(own), None) => Some((own.as_ref().to_string(), Object::new(&found))),
                _ => None,
            };
            future::ok(own)
        });
        match self.wait(listed.try_collect()) {
            Ok(objects) => Ok(objects),
            Err(Refusal::NotFound { .. }) => Ok(Vec::new()),
            Err(e) => Err(self.error(&e)),
        }
    }

    /// What is known of an object; `None` if it is not there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn find(&self, name: &str) -> Result<Option<Object>> {
        match self.wait(self.inner.store.head(&self.path(name))) {
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
        let read = async {
            let found = self.inner.store.get(&path).await?;
            let object = Object::new(&found.meta);
            let bytes = if object.bytes > MOST { None } else { Some(found.bytes().await?) };
            Ok((bytes, object))
        };
        match self.wait(read) {
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
            let whole = match self.inner.store.get(&path).await {
                Ok(whole) => whole,
                Err(Refusal::NotFound { .. }) => return Ok(false),
                Err(e) => return Err(self.error(&e)),
            };
            let size = whole.meta.size;
            if size <= PIECE {
                let bytes = whole.bytes().await.map_err(|e| self.error(&e))?;
                file.write_all_at(&bytes, 0).map_err(failed)?;
                return Ok(true);
            }
            drop(whole);
            let pieces = (0..size.div_ceil(PIECE)).map(|piece| piece * PIECE);
            let get = |start: u64| {
                let range = start..size.min(start + PIECE);
                let (store, path) = (&self.inner.store, &path);
                async move { store.get_range(path, range).await.map(|bytes| (start, bytes)) }
            };
            let mut got = stream::iter(pieces.map(get)).buffer_unordered(AT_ONCE);
            while let Some(piece) = got.next().await {
                let (start, bytes) = piece.map_err(|e| self.error(&e))?;
                file.write_all_at(&bytes, start).map_err(failed)?;
            }
            Ok(true)
        };
        self.wait(fetch)
    }

    /// Writes an object that is not there yet; false if it is. A store that cannot tell writes it anyway.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn create(&self, name: &str, content: &[u8]) -> Result<bool> {
        let path = self.path(name);
        let put = |mode: PutMode| {
            let options = PutOptions::from(mode);
            self.wait(self.inner.store.put_opts(&path, payload(content), options))
        };
        let created = match put(PutMode::Create) {
            Err(Refusal::NotImplemented { .. } | Refusal::NotSupported { .. }) => {
                put(PutMode::Overwrite)
            }
            created => created,
        };
        match created {
            Ok(_) => Ok(true),
            Err(Refusal::AlreadyExists { .. } | Refusal::Precondition { .. }) => Ok(false),
            Err(e) => Err(self.error(&e)),
        }
    }

    /// Writes an object, in the place of what is there.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let put = self.wait(self.inner.store.put(&self.path(name), payload(content)));
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
            file.read_exact_at(&mut piece, start).map(|()| piece)
        };
        let bytes = file.metadata().map_err(failed)?.len();
        let path = self.path(name);
        if bytes <= PIECE {
            let content = read(0, bytes).map_err(failed)?;
            let put = self.inner.store.put(&path, content.into()).await;
            return put.map(drop).map_err(|e| self.error(&e));
        }
        let upload = self.inner.store.put_multipart(&path).await.map_err(|e| self.error(&e))?;
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
                Err(e) => break Err(failed(e)),
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
        let paths: Vec<_> = names.into_iter().map(|name| Ok(self.path(&name))).collect();
        let removed = self.inner.store.delete_stream(stream::iter(paths).boxed());
        let there = removed
            .filter(|removed| future::ready(!matches!(removed, Err(Refusal::NotFound { .. }))));
        let all: Result<Vec<_>, _> = self.wait(there.try_collect());
        all.map(drop).map_err(|e| self.error(&e))
    }
}

fn payload(content: &[u8]) -> PutPayload {
    content.to_vec().into()
}
