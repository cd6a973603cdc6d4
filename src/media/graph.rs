//! A chain of FFmpeg's filters between one source and one sink.

use ffmpeg_next::filter::{self, Graph};
use ffmpeg_next::{Error as AvError, Frame, ffi};

use super::versions::{for_pictures, for_sound};

/// A chain that frames go through.
pub(super) struct Chain {
    graph: Graph,
    /// A scaler begins, and chooses its versions, with the first picture.
    is_of_pictures: bool,
}

impl Chain {
    /// A chain of pictures: `source` says what comes in, `filters` what is done.
    pub(super) fn of_pictures(source: &str, filters: &str) -> Result<Self, AvError> {
        let graph = for_pictures(|| graph("buffer", source, filters, "buffersink"))?;
        Ok(Self { graph, is_of_pictures: true })
    }

    /// A chain of sound.
    pub(super) fn of_sound(source: &str, filters: &str) -> Result<Self, AvError> {
        let graph = for_sound(|| graph("abuffer", source, filters, "abuffersink"))?;
        Ok(Self { graph, is_of_pictures: false })
    }

    /// Puts a frame in, which stays the caller's; `None` at the end.
    pub(super) fn push(&mut self, frame: Option<&Frame>) -> Result<(), AvError> {
        let is_of_pictures = self.is_of_pictures;
        let mut source = self.graph.get("in").ok_or(AvError::FilterNotFound)?;
        let frame = frame.map_or(std::ptr::null(), |frame| {
            // SAFETY: only the address is taken.
            unsafe { frame.as_ptr() }
        });
        // SAFETY: the source belongs to the graph; a null frame means the end. ffmpeg-next's own
        // function would take the frame away.
        match locked(is_of_pictures, || unsafe {
            ffi::av_buffersrc_write_frame(source.as_mut_ptr(), frame)
        }) {
            e if e < 0 => Err(AvError::from(e)),
            _ => Ok(()),
        }
    }

    /// Takes the next frame out; false if there is none (yet).
    pub(super) fn pull(&mut self, frame: &mut Frame) -> Result<bool, AvError> {
        let is_of_pictures = self.is_of_pictures;
        let mut sink = self.graph.get("out").ok_or(AvError::FilterNotFound)?;
        match locked(is_of_pictures, || sink.sink().frame(frame)) {
            Ok(()) => Ok(true),
            Err(AvError::Eof) => Ok(false),
            Err(AvError::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => Ok(false),
            Err(e) => Err(e),
        }
    }
}

/// A graph from the filter `from` to the filter `to`.
fn graph(from: &str, source: &str, filters: &str, to: &str) -> Result<Graph, AvError> {
    let find = |name| filter::find(name).ok_or(AvError::FilterNotFound);
    let mut graph = Graph::new();
    // SAFETY: the graph is valid and not yet configured. Its threads would only compete with the
    // other workers.
    unsafe { (*graph.as_mut_ptr()).nb_threads = 1 };
    graph.add(&find(from)?, "in", source)?;
    graph.add(&find(to)?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse(filters)?;
    graph.validate()?;
    Ok(graph)
}

/// Does `act`. A resampler chooses only when it is opened.
fn locked<T>(is_of_pictures: bool, act: impl FnOnce() -> T) -> T {
    if is_of_pictures { for_pictures(act) } else { act() }
}
