//! FFmpeg's encoders of pictures, set so that segments join and bytes repeat.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ffmpeg_next::codec::{self, packet::Packet};
use ffmpeg_next::encoder::{self, find_by_name};
use ffmpeg_next::{Error as AvError, Rational, frame};

use super::codec::{Codec, FilmFormat, Video};
use super::convert::pixel;
use super::files::options;
use super::versions::for_pictures;

/// Pictures that an encoder may hold back to look ahead. More would buy little within a second's
/// group of pictures, and would cost some 7 MiB each at 1920x1080.
const LOOKAHEAD: u32 = 10;

/// Threads that SVT-AV1 is given at most. From 16 on it holds back more pictures, for little.
const AV1_THREADS: usize = 15;

/// Held while an encoder is open that must be the only one in the process: see [`Codec::is_alone`]. The state
/// that it guards is the library's.
static ALONE: Mutex<()> = Mutex::new(());

/// An encoder that is open.
pub(super) struct Encoder {
    inner: encoder::Video,
    /// Pictures that it was given.
    pushed: i64,
    /// True once it was told that no more come.
    ended: bool,
    /// The last field, since the encoder is to be closed before.
    alone: Option<MutexGuard<'static, ()>>,
}

impl Encoder {
    /// Opens the encoder of `video`, which gets `threads` if it must be alone, and otherwise one. It then waits
    /// until no other such encoder is open.
    pub fn open(format: &FilmFormat, video: &Video, threads: usize) -> Result<Self, AvError> {
        // It guards nothing of ours that a panic could have left half done.
        let alone =
            (video.codec.is_alone()).then(|| ALONE.lock().unwrap_or_else(PoisonError::into_inner));
        let codec = find_by_name(video.codec.encoder()).ok_or(AvError::EncoderNotFound)?;
        let coded = video.pix_fmt.coded_size(format.size);
        let frame_time = Rational::new(format.fps.den as i32, format.fps.num as i32);
        let mut context = codec::Context::new_with_codec(codec).encoder().video()?;
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
        let inner = for_pictures(|| context.open_with(options(settings(video, threads))))?;
        Ok(Self { inner, pushed: 0, ended: false, alone })
    }

    /// The open encoder, for a stream's parameters.
    pub fn context(&self) -> &encoder::Video {
        &self.inner
    }

    /// Pictures that it was given.
    pub fn pushed(&self) -> i64 {
        self.pushed
    }

    /// Gives it the next picture.
    pub fn push(&mut self, picture: &mut frame::Video) -> Result<(), AvError> {
        picture.set_pts(Some(self.pushed));
        self.pushed += 1;
        self.inner.send_frame(picture)
    }

    /// Tells it that no more come.
    pub fn end(&mut self) -> Result<(), AvError> {
        self.ended = true;
        self.inner.send_eof()
    }

    /// The next packet into `packet`. False: there is none for now, or, after the end, none any more.
    pub fn packet(&mut self, packet: &mut Packet) -> Result<bool, AvError> {
        match self.inner.receive_packet(packet) {
            Ok(()) => Ok(true),
            Err(AvError::Eof | AvError::Other { errno: ffmpeg_next::error::EAGAIN }) => Ok(false),
            Err(e) => Err(e),
        }
    }
}

/// SVT-AV1 closes only after its last packet. If it never got a picture, it would wait for that packet for ever.
impl Drop for Encoder {
    fn drop(&mut self) {
        if self.alone.is_none() || self.ended {
            return;
        }
        if self.pushed == 0 {
            let (format, width, height) =
                (self.inner.format(), self.inner.width(), self.inner.height());
            let mut blank = frame::Video::new(format, width, height);
            for plane in 0..blank.planes() {
                blank.data_mut(plane).fill(0);
            }
            // An encoder that fails is not waited for.
            let _ = self.push(&mut blank);
        }
        let _ = self.end();
        let mut packet = Packet::empty();
        while let Ok(true) = self.packet(&mut packet) {}
    }
}

/// The encoder's options: a closed group of pictures, the same bytes every time, and the colours named.
fn settings(video: &Video, threads: usize) -> Vec<(&'static str, String)> {
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
            let params =
                format!("lp={}:lookahead=0:scd=0:keyint={gop}", threads.clamp(1, AV1_THREADS));
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
            // Packets of alpha stand beside those of the picture one by one, so none may be hidden.
            if video.pix_fmt.has_alpha() {
                settings.push(("auto-alt-ref", "0".into()));
            }
        }
        // Each frame alone, each slice with its checksum: the archivist's settings.
        Codec::Ffv1 => {
            settings.extend([("level", "3".into()), ("slicecrc", "1".into()), ("g", "1".into())])
        }
    }
    settings.extend(crf);
    settings
}
