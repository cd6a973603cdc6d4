//! A chain of FFmpeg's filters between one source and one sink.

use ffmpeg_next::filter::{self, Graph};
use ffmpeg_next::{Error as AvError, Frame, ffi};

use super::opening::{for_pictures, for_sound};

/// A chain that frames go through.
pub(super) struct Chain(Graph);

impl Chain {
    /// A chain of pictures: `source` says what comes in, `filters` what is done.
    pub(super) fn of_pictures(source: &str, filters: &str) -> Result<Self, AvError> {
        for_pictures(|| Self::new("buffer", source, filters, "buffersink"))
    }

    /// A chain of sound.
    pub(super) fn of_sound(source: &str, filters: &str) -> Result<Self, AvError> {
        for_sound(|| Self::new("abuffer", source, filters, "abuffersink"))
    }

    fn new(from: &str, source: &str, filters: &str, to: &str) -> Result<Self, AvError> {
        let find = |name| filter::find(name).ok_or(AvError::FilterNotFound);
        let mut graph = Graph::new();
        // SAFETY: the graph is valid and not yet configured. Its threads would only compete with
        // the other workers.
        unsafe { (*graph.as_mut_ptr()).nb_threads = 1 };
        graph.add(&find(from)?, "in", source)?;
        graph.add(&find(to)?, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(filters)?;
        graph.validate()?;
        Ok(Self(graph))
    }

    /// Puts a frame in, which stays the caller's; `None` at the end.
    pub(super) fn push(&mut self, frame: Option<&Frame>) -> Result<(), AvError> {
        let mut source = self.0.get("in").ok_or(AvError::FilterNotFound)?;
        let frame = frame.map_or(std::ptr::null(), |frame| {
            // SAFETY: only the address is taken.
            unsafe { frame.as_ptr() }
        });
        // SAFETY: the source belongs to the graph; a null frame means the end. ffmpeg-next's own
        // function would take the frame away.
        match unsafe { ffi::av_buffersrc_write_frame(source.as_mut_ptr(), frame) } {
            e if e < 0 => Err(AvError::from(e)),
            _ => Ok(()),
        }
    }

    /// Takes the next frame out; false if there is none (yet).
    pub(super) fn pull(&mut self, frame: &mut Frame) -> Result<bool, AvError> {
        let mut sink = self.0.get("out").ok_or(AvError::FilterNotFound)?;
        match sink.sink().frame(frame) {
            Ok(()) => Ok(true),
            Err(AvError::Eof) => Ok(false),
            Err(AvError::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => Ok(false),
            Err(e) => Err(e),
        }
    }
}
