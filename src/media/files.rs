//! Opening files through libavformat, whatever they are called, and errors that name them.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::ptr;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;
use ffmpeg_next::{Dictionary, Error as AvError};

use super::location::Location;
use crate::error::{Error, Result};
use crate::files;

/// The path as a URL of FFmpeg's `file` protocol, so that no name is taken for another protocol
/// (`12:30.mp4`) and none needs to be UTF-8.
fn url(path: &Path) -> Result<CString> {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    CString::new([b"file:", bytes].concat())
        .map_err(|e| Error::io("open", path)(io::Error::new(io::ErrorKind::InvalidInput, e)))
}

/// What FFmpeg said while doing `action` to `path`.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(AvError) -> Error {
    failed_at(action, Location::from(path))
}

/// As [`failed`], wherever it is.
pub(super) fn failed_at(action: &'static str, at: Location) -> impl FnOnce(AvError) -> Error {
    move |e| match (e, at) {
        (AvError::Other { errno }, Location::File(path)) => {
            Error::Io { action, path, source: io::Error::from_raw_os_error(errno) }
        }
        (e, at) => Error::Media { what: format!("cannot {action} {at}"), reason: e.to_string() },
    }
}

/// Opens a file: header and index only, without decoding to find out more. A pipe would be waited for.
pub(super) fn open(path: &Path) -> Result<context::Input> {
    files::open_through(path).map_err(Error::io("read", path))?;
    open_url(url(path)?, Dictionary::new()).map_err(failed("read", path))
}

/// As [`open`], wherever it is.
pub(super) fn open_at(at: &Location) -> Result<context::Input> {
    /// How long a server may be silent, in microseconds.
    const PATIENCE: u32 = 15_000_000;
    match at {
        Location::File(path) => open(path),
        Location::Url(address) => {
            let settings = options([("rw_timeout", PATIENCE.to_string())]);
            let address = CString::new(address.as_str()).map_err(|_| AvError::InvalidData);
            address
                .and_then(|address| open_url(address, settings))
                .map_err(failed_at("read", at.clone()))
        }
    }
}

fn open_url(url: CString, settings: Dictionary) -> Result<context::Input, AvError> {
    let mut input = ptr::null_mut();
    // SAFETY: `url` ends in NUL and outlives the call; a null context asks FFmpeg to allocate
    // one, which it frees itself on failure, and `wrap` owns on success. The options are taken
    // from their owner for the call, and given back to be freed. ffmpeg-next's own functions take
    // UTF-8 paths only, and always decode the first frames.
    unsafe {
        let mut settings = settings.disown();
        let e = ffi::avformat_open_input(&mut input, url.as_ptr(), ptr::null_mut(), &mut settings);
        drop(Dictionary::own(settings));
        match e {
            0 => Ok(context::Input::wrap(input)),
            e => Err(AvError::from(e)),
        }
    }
}

/// Writes what `muxer` makes into `file`, which the caller created at `path`. The header is yet to be
/// written.
pub(super) fn create(file: File, path: &Path, muxer: &str) -> Result<context::Output> {
    /// Bytes that are written at once.
    const BUFFER: usize = 128 << 10;
    let url = url(path)?;
    let mut output = context::StreamIo::from_write_seek_with_capacity(file, BUFFER)
        .and_then(|stream| ffmpeg_next::format::output_to_stream(stream, None, Some(muxer)))
        .map_err(failed("create", path))?;
    // SAFETY: the context is valid and has no address yet; the copy is FFmpeg's to free. The MP4 muxer
    // reads the file again by this address, if it is asked to move the index to the front.
    unsafe { (*output.as_mut_ptr()).url = ffi::av_strdup(url.as_ptr()) };
    Ok(output)
}

/// Reads `file`, an open one, as [`open`] does; `path` is named in errors.
pub(super) fn open_file(file: File, path: &Path) -> Result<context::Input> {
    let read = || -> Result<context::Input, AvError> {
        let mut stream = context::StreamIo::from_read_seek(file)?;
        // SAFETY: the context is allocated here, and freed by FFmpeg where it cannot be opened; the
        // stream outlives it, since `wrap_with_custom_io` owns both. ffmpeg-next's own function decodes
        // the first frames.
        unsafe {
            let mut input = ffi::avformat_alloc_context();
            if input.is_null() {
                return Err(AvError::Other { errno: ffmpeg_next::error::ENOMEM });
            }
            (*input).pb = stream.as_mut_ptr();
            (*input).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
            match ffi::avformat_open_input(
                &mut input,
                ptr::null(),
                ptr::null_mut(),
                ptr::null_mut(),
            ) {
                0 => Ok(context::Input::wrap_with_custom_io(input, stream)),
                e => Err(AvError::from(e)),
            }
        }
    };
    read().map_err(failed("read", path))
}

/// Options from pairs.
pub(super) fn options<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Dictionary<'a> {
    let mut options = Dictionary::new();
    for (key, value) in pairs {
        options.set(key, &value);
    }
    options
}
