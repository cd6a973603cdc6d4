//! How files are opened for tower-http: without another thread, and small ones are read at once.
//!
//! Handing so little work to another thread and back takes several times as long as doing it.

use std::fs::Metadata;
use std::future::{Ready, ready};
use std::io::{self, Cursor, Read, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File};

/// Bytes of a file that is read at once.
const SMALL: u64 = 64 << 10;

/// Opens files for tower-http.
#[derive(Clone)]
pub(super) struct AtOnce;

impl Backend for AtOnce {
    type File = Opened;
    type Metadata = Metadata;
    type OpenFuture = Ready<io::Result<Opened>>;
    type MetadataFuture = Ready<io::Result<Metadata>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(Opened::new(path))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(path.metadata())
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
    ToRead(tokio::fs::File),
}

impl Opened {
    fn new(path: PathBuf) -> io::Result<Self> {
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        let content = if metadata.is_file() && metadata.len() <= SMALL {
            let mut bytes = Vec::with_capacity(metadata.len() as usize);
            file.take(metadata.len()).read_to_end(&mut bytes)?;
            Content::Read(Cursor::new(bytes))
        } else {
            Content::ToRead(file.into())
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
            Content::ToRead(file) => Pin::new(file).poll_read(cx, buffer),
        }
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        match &mut self.content {
            Content::Read(bytes) => Pin::new(bytes).start_seek(position),
            Content::ToRead(file) => Pin::new(file).start_seek(position),
        }
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match &mut self.content {
            Content::Read(bytes) => Pin::new(bytes).poll_complete(cx),
            Content::ToRead(file) => Pin::new(file).poll_complete(cx),
        }
    }
}
