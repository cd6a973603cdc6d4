//! A segment: a run of frames, encoded as one closed group of pictures by one encoder on one
//! thread, into a file of its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_next::codec::{self, packet::Packet};
use ffmpeg_next::format::context;
use ffmpeg_next::{Error as AvError, Rational, encoder};

use super::aac::{PACKET, Sound};
use super::codec::{Codec, FilmFormat, Video};
use super::convert::{Picture, pixel};
use super::files::{create, failed, options};
use crate::error::{Error, Result};
use crate::generate::Frame;

/// Pictures that an encoder may hold back to look ahead. More would buy little within a second's
/// group of pictures, and would cost some 7 MiB each at 1920x1080.
const LOOKAHEAD: u32 = 10;

/// Encodes one segment.
pub struct SegmentEncoder {
    path: PathBuf,
    output: context::Output,
    encoder: encoder::Video,
    picture: Picture,
    frame_time: Rational,
    pushed: i64,
    /// Packets that the encoder gave.
    packets: i64,
}

impl SegmentEncoder {
    /// Writes a segment of a film of `format`, with its sound, into `file`, an empty one; `path` is named in errors.
    ///
    /// # Errors
    /// The file cannot be written, or the encoder does not take the settings.
    pub fn create(
        file: File,
        path: &Path,
        format: &FilmFormat,
        video: &Video,
        sound: Option<Sound>,
    ) -> Result<Self> {
        let refused = |e: AvError| Error::Media {
            what: format!("{} refuses {} at {}", video.codec.encoder(), video.pix_fmt, format.size),
            reason: e.to_string(),
        };
        let codec = encoder::find_by_name(video.codec.encoder())
            .ok_or(AvError::EncoderNotFound)
            .map_err(refused)?;
        let coded = video.pix_fmt.coded_size(format.size);
        let frame_time = Rational::new(format.fps.den as i32, format.fps.num as i32);
        let mut context =
            codec::Context::new_with_codec(codec).encoder().video().map_err(refused)?;
        context.set_width(coded.width);
        context.set_height(coded.height);
        context.set_format(pixel(video.pix_fmt));
        context.set_time_base(frame_time);
        context.set_frame_rate(Some(frame_time.invert()));
        context.set_gop(video.gop);
        // Players on Apple systems know H.265 in MP4 by this tag only.
        if video.codec == Codec::H265 {
            // SAFETY: the context is valid and not yet open; the field is a plain number that
            // ffmpeg-next has no setter for.
            unsafe { (*context.as_mut_ptr()).codec_tag = u32::from_le_bytes(*b"hvc1") };
        }
        let context = context.open_with(options(settings(video))).map_err(refused)?;

        let rate = sound.as_ref().map_or(1, Sound::rate);
        let mut output = create(file, path, video.codec.segment_container().muxer())?;
        {
            let mut stream = output.add_stream(codec).map_err(refused)?;
            stream.set_parameters(&context);
            stream.set_time_base(frame_time);
            stream.set_avg_frame_rate(frame_time.invert());
        }
        if let Some(sound) = &sound {
            let mut stream = output.add_stream(sound.parameters.id()).map_err(refused)?;
            stream.set_parameters(sound.parameters.clone());
        }
        output
            .write_header_with(options([("fflags", "+bitexact".to_string())]))
            .map_err(failed("write", path))?;
        // Written at once: the muxer puts the packets between those of the picture.
        for (n, mut packet) in (0i64..).zip(sound.map(|s| s.packets).unwrap_or_default()) {
            let time_base = output.stream(1).map_or(frame_time, |stream| stream.time_base());
            let (time, duration) = (n * PACKET as i64, PACKET as i64);
            packet.set_stream(1);
            packet.set_pts(Some(time));
            packet.set_dts(Some(time));
            packet.set_duration(duration);
            packet.rescale_ts((1, rate as i32), time_base);
            packet.write_interleaved(&mut output).map_err(failed("write", path))?;
        }
        Ok(Self {
            path: path.into(),
            output,
            encoder: context,
            picture: Picture::new(format.size, video.pix_fmt),
            frame_time,
            pushed: 0,
            packets: 0,
        })
    }

    /// Encodes the next frame.
    ///
    /// # Errors
    /// The encoder fails, or the file cannot be written.
    pub fn push(&mut self, frame: &Frame) -> Result<()> {
        self.picture.set(frame)?;
        self.picture.inner.set_pts(Some(self.pushed));
        self.pushed += 1;
        self.encoder.send_frame(&self.picture.inner).map_err(failed("encode", &self.path))?;
        self.drain()
    }

    /// Encodes the next frame, which is in the encoder's pixels already.
    ///
    /// # Errors
    /// As [`SegmentEncoder::push`].
    pub fn push_picture(&mut self, picture: &mut Picture) -> Result<()> {
        picture.inner.set_pts(Some(self.pushed));
        self.pushed += 1;
        self.encoder.send_frame(&picture.inner).map_err(failed("encode", &self.path))?;
        self.drain()
    }

    /// Writes what the encoder held back, and the file's index. The file is not yet synced.
    ///
    /// # Errors
    /// As [`SegmentEncoder::push`], and if the encoder lost a frame, as one does that has no memory left.
    pub fn finish(mut self) -> Result<()> {
        self.encoder.send_eof().map_err(failed("encode", &self.path))?;
        self.drain()?;
        if self.packets != self.pushed {
            return Err(Error::Media {
                what: format!("cannot encode {}", self.path.display()),
                reason: format!("the encoder gave {} of {} frames", self.packets, self.pushed),
            });
        }
        self.output.write_trailer().map_err(failed("write", &self.path))
    }

    fn drain(&mut self) -> Result<()> {
        let mut packet = Packet::empty();
        loop {
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(AvError::Eof) => return Ok(()),
                Err(AvError::Other { errno: ffmpeg_next::error::EAGAIN }) => return Ok(()),
                Err(e) => return Err(failed("encode", &self.path)(e)),
            }
            self.packets += 1;
            packet.set_stream(0);
            // Without it the file would be a frame too short.
            packet.set_duration(1);
            let stream_time =
                self.output.stream(0).map_or(self.frame_time, |stream| stream.time_base());
            packet.rescale_ts(self.frame_time, stream_time);
            packet.write_interleaved(&mut self.output).map_err(failed("write", &self.path))?;
        }
    }
}

/// The encoder's options: one thread, a closed group of pictures, the same bytes every time, and
/// the colours named.
fn settings(video: &Video) -> Vec<(&'static str, String)> {
    let gop = video.gop;
    let mut settings = vec![
        ("threads", "1".to_string()),
        ("flags", "+bitexact+cgop+global_header".into()),
        ("color_primaries", "bt709".into()),
        ("chroma_sample_location", "center".into()),
    ];
    settings.extend(match video.pix_fmt.is_rgb() {
        true => [
            ("colorspace", "rgb".to_string()),
            ("color_range", "pc".into()),
            ("color_trc", "iec61966-2-1".into()),
        ],
        false => [
            ("colorspace", "bt709".to_string()),
            ("color_range", "tv".into()),
            ("color_trc", "bt709".into()),
        ],
    });
    let crf = video.crf.map(|crf| ("crf", crf.to_string()));
    let preset = video.preset.clone();
    match video.codec {
        Codec::H264 | Codec::H264Rgb => {
            // `stitchable` keeps the headers of all segments alike, `cpu-independent` the bytes
            // alike on all machines.
            let mut params = format!(
                "cpu-independent=1:stitchable=1:scenecut=0:open-gop=0:keyint={gop}:min-keyint={gop}\
                 :lookahead-threads=1:sync-lookahead=0"
            );
            params += &match video.codec.is_lean(&preset) {
                true => ":bframes=0:rc-lookahead=0".to_string(),
                false => format!(":rc-lookahead={LOOKAHEAD}"),
            };
            settings.extend([("preset", preset), ("x264-params", params)]);
            if video.codec == Codec::H264Rgb {
                settings.push(("qp", "0".into()));
            }
        }
        Codec::H265 => {
            let params = format!(
                "log-level=none:info=0:pools=none:frame-threads=1:wpp=0:open-gop=0:scenecut=0\
                 :keyint={gop}:min-keyint={gop}:rc-lookahead={LOOKAHEAD}:lookahead-slices=0"
            );
            settings.extend([("preset", preset), ("x265-params", params)]);
        }
        Codec::Av1 => {
            let params = format!("lp=1:lookahead=0:scd=0:keyint={gop}");
            settings.extend([("preset", preset), ("svtav1-params", params)]);
        }
        Codec::Vp9 => {
            let is_realtime = matches!(preset.as_str(), "6" | "7" | "8");
            let (deadline, lag) = if is_realtime { ("realtime", 0) } else { ("good", LOOKAHEAD) };
            settings.extend([
                ("deadline", deadline.to_string()),
                ("cpu-used", preset),
                ("row-mt", "0".into()),
                ("lag-in-frames", lag.to_string()),
                ("b", "0".into()),
            ]);
        }
        // Each frame alone, each slice with its checksum: the archivist's settings.
        Codec::Ffv1 => {
            settings.extend([("level", "3".into()), ("slicecrc", "1".into()), ("g", "1".into())])
        }
    }
    settings.extend(crf);
    settings
}
