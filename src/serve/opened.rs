//! The file that was opened, as tower-http takes it: without another thread, and small ones are read at
//! once.
//!
//! Handing so little work to another thread and back takes several times as long as doing it.

use std::fs::Metadata;
use std::future::{Ready, ready};
use std::io::{self, Cursor, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File};

/// Bytes of a file that is read at once.
const SMALL: u64 = 16 << 10;

/// The files that are being sent.
#[derive(Clone, Default)]
pub(super) struct Sending(Arc<AtomicUsize>);

impl Sending {
    /// Bytes that are read at once: many for few, and few for many, so that all together stay within bounds
    /// however slowly they are taken.
    pub fn chunk(&self) -> usize {
        match self.0.load(Ordering::Relaxed) {
            0..8 => 256 << 10,
            8..32 => 64 << 10,
            _ => 16 << 10,
        }
    }

    /// One more, until it is dropped.
    pub fn one(&self) -> One {
        self.0.fetch_add(1, Ordering::Relaxed);
        One(self.0.clone())
    }
}

/// One of them.
pub(super) struct One(Arc<AtomicUsize>);

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gives tower-http the one file that was opened, whatever it asks for.
#[derive(Clone)]
pub(super) struct AtOnce {
    pub file: Arc<std::fs::File>,
    pub metadata: Metadata,
    pub sending: Sending,
}

impl Backend for AtOnce {
    type File = Opened;
    type Metadata = Metadata;
    type OpenFuture = Ready<io::Result<Opened>>;
    type MetadataFuture = Ready<io::Result<Metadata>>;

    fn open(&self, _: PathBuf) -> Self::OpenFuture {
        ready(Opened::new(self))
    }

    fn metadata(&self, _: PathBuf) -> Self::MetadataFuture {
        ready(Ok(self.metadata.clone()))
    }
}

/// An open file.
pub(super) struct Opened {
    content: Content,
    metadata: Metadata,
}

enum Content {
    Read(Cursor<Vec<u8>>),
    /// Read by other threads as it is sent.
    ToRead(tokio::fs::File, #[expect(dead_code, reason = "counted until it is dropped")] One),
}

impl Opened {
    fn new(backend: &AtOnce) -> io::Result<Self> {
        let metadata = backend.metadata.clone();
        let content = if metadata.len() <= SMALL {
            let mut bytes = vec![0; metadata.len() as usize];
            backend.file.read_exact_at(&mut bytes, 0)?;
            Content::Read(Cursor::new(bytes))
        } else {
            Content::ToRead(backend.file.try_clone()?.into(), backend.sending.one())
        };
        Ok(Self { content, metadata })
    }
}

impl File for Opened {
    type Metadata = Metadata;
    type MetadataFuture<'a> = Ready<io::Result<Metadata>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.metadata.clone()))
    }
}

impl AsyncRead for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.content {
            Content::Read(bytes) => Pin::new(bytes).poll_read(cx, buffer),
            Content::ToRead(file, _) => Pin::new(file).poll_read(cx, buffer),
        }
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        match &mut self.content {
            Content::Read(bytes) => Pin::new(bytes).start_seek(position),
            Content::ToRead(file, _) => Pin::new(file).start_seek(position),
        }
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match &mut self.content {
            Content::Read(bytes) => Pin::new(bytes).poll_complete(cx),
            Content::ToRead(file, _) => Pin::new(file).poll_complete(cx),
        }
    }
}
