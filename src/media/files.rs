//! Opening files through libavformat, whatever they are called, and errors that name them.

use std::ffi::CString;
use std::io;
use std::path::Path;
use std::ptr;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;
use ffmpeg_next::{Dictionary, Error as AvError};

use super::location::Location;
use crate::error::{Error, Result};

/// The path as a URL of FFmpeg's `file` protocol, so that no name is taken for another protocol
/// (`12:30.mp4`) and none needs to be UTF-8.
fn url(path: &Path) -> Result<CString> {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    #[cfg(not(unix))]
    let bytes = path.to_string_lossy().into_owned().into_bytes();
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

/// Opens a file: header and index only, without decoding to find out more.
pub(super) fn open(path: &Path) -> Result<context::Input> {
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

/// Creates a file for `muxer`, without its header.
pub(super) fn create(path: &Path, muxer: &str) -> Result<context::Output> {
    let url = url(path)?;
    let muxer = CString::new(muxer)
        .map_err(|e| Error::io("create", path)(io::Error::new(io::ErrorKind::InvalidInput, e)))?;
    let mut output = ptr::null_mut();
    // SAFETY: as in `open`; on failure to open the file the context is freed here, on
    // success `wrap` owns both and closes the file when it is dropped.
    unsafe {
        let e = ffi::avformat_alloc_output_context2(
            &mut output,
            ptr::null_mut(),
            muxer.as_ptr(),
            url.as_ptr(),
        );
        if e < 0 {
            return Err(failed("create", path)(AvError::from(e)));
        }
        let e = ffi::avio_open(&mut (*output).pb, url.as_ptr(), ffi::AVIO_FLAG_WRITE);
        if e < 0 {
            ffi::avformat_free_context(output);
            return Err(failed("create", path)(AvError::from(e)));
        }
        Ok(context::Output::wrap(output))
    }
}

/// Options from pairs.
pub(super) fn options<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Dictionary<'a> {
    let mut options = Dictionary::new();
    for (key, value) in pairs {
        options.set(key, &value);
    }
    options
}
