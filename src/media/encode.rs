//! A segment: a run of frames, encoded as one closed group of pictures by one encoder, into a file of its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context;
use ffmpeg_next::{Error as AvError, Rational};

use super::codec::{FilmFormat, Video};
use super::convert::Picture;
use super::encoder::Encoder;
use super::files::{create, failed, options};
use super::sound::EncodedSound;
use crate::error::{Error, Result};
use crate::generate::Frame;

/// Encodes one segment.
pub struct SegmentEncoder {
    path: PathBuf,
    output: context::Output,
    encoder: Encoder,
    picture: Picture,
    frame_time: Rational,
    /// Packets that the encoder gave.
    packets: i64,
}

impl SegmentEncoder {
    /// Writes a segment of a film of `format`, with its sound, into `file`, an empty one; `path` is named in errors.
    /// The bytes are the same for any number of `threads`: encoders that need not be alone in the process
    /// ([`Codec::is_alone`](super::Codec::is_alone)) take one. The others wait here until the one that is open has been dropped.
    ///
    /// # Errors
    /// The file cannot be written, or the encoder does not take the settings.
    pub fn create(
        file: File,
        path: &Path,
        format: &FilmFormat,
        video: &Video,
        sound: Option<EncodedSound>,
        threads: usize,
    ) -> Result<Self> {
        let refused = |e: AvError| Error::Media {
            what: format!("{} refuses {} at {}", video.codec.encoder(), video.pix_fmt, format.size),
            reason: e.to_string(),
        };
        let encoder = Encoder::open(format, video, threads).map_err(refused)?;
        let frame_time = encoder.context().time_base();

        let mut output = create(file, path, video.segment_container().muxer())?;
        {
            let mut stream = output.add_stream(encoder.context().codec()).map_err(refused)?;
            stream.set_parameters(encoder.context());
            stream.set_time_base(frame_time);
            stream.set_avg_frame_rate(frame_time.invert());
        }
        if let Some(sound) = &sound {
            let mut stream = output.add_stream(sound.parameters.id()).map_err(refused)?;
            stream.set_parameters(sound.parameters.clone());
        }
        // What FFmpeg 5.1 calls experimental is FLAC in MP4, which players know for years.
        let settings = [("fflags", "+bitexact".to_string()), ("strict", "experimental".into())];
        output.write_header_with(options(settings)).map_err(failed("write", path))?;
        // Written at once: the muxer puts the packets between those of the picture.
        if let Some(EncodedSound { packets, format, .. }) = sound {
            let time_base = output.stream(1).map_or(frame_time, |stream| stream.time_base());
            let duration = format.packet() as i64;
            for (n, mut packet) in (0i64..).zip(packets) {
                packet.set_stream(1);
                packet.set_pts(Some(n * duration));
                packet.set_dts(Some(n * duration));
                packet.set_duration(duration);
                packet.rescale_ts((1, format.rate as i32), time_base);
                packet.write_interleaved(&mut output).map_err(failed("write", path))?;
            }
        }
        Ok(Self {
            path: path.into(),
            output,
            encoder,
            picture: Picture::new(format.size, video.pix_fmt),
            frame_time,
            packets: 0,
        })
    }

    /// Encodes the next frame.
    ///
    /// # Errors
    /// The encoder fails, or the file cannot be written.
    pub fn push(&mut self, frame: &Frame) -> Result<()> {
        self.picture.set(frame)?;
        self.encoder.push(&mut self.picture.inner).map_err(failed("encode", &self.path))?;
        self.drain()
    }

    /// Encodes the next frame, which is in the encoder's pixels already.
    ///
    /// # Errors
    /// As [`SegmentEncoder::push`].
    pub fn push_picture(&mut self, picture: &mut Picture) -> Result<()> {
        self.encoder.push(&mut picture.inner).map_err(failed("encode", &self.path))?;
        self.drain()
    }

    /// Writes what the encoder held back, and the file's index. The file is not yet synced.
    ///
    /// # Errors
    /// As [`SegmentEncoder::push`], and if the encoder lost a frame, as one does that has no memory left.
    pub fn finish(mut self) -> Result<()> {
        self.encoder.end().map_err(failed("encode", &self.path))?;
        self.drain()?;
        let pushed = self.encoder.pushed();
        if self.packets != pushed {
            return Err(Error::Media {
                what: format!("cannot encode {}", self.path.display()),
                reason: format!("the encoder gave {} of {} frames", self.packets, pushed),
            });
        }
        self.output.write_trailer().map_err(failed("write", &self.path))
    }

    fn drain(&mut self) -> Result<()> {
        let mut packet = Packet::empty();
        while self.encoder.packet(&mut packet).map_err(failed("encode", &self.path))? {
            self.packets += 1;
            packet.set_stream(0);
            // Without it the file would be a frame too short.
            packet.set_duration(1);
            let stream_time =
                self.output.stream(0).map_or(self.frame_time, |stream| stream.time_base());
            packet.rescale_ts(self.frame_time, stream_time);
            packet.write_interleaved(&mut self.output).map_err(failed("write", &self.path))?;
        }
        Ok(())
    }
}
