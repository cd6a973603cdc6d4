//! Segments into one film, by copying their packets.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::traits::Mut;
use ffmpeg_next::ffi::{self, AVPixelFormat};
use ffmpeg_next::format::context;
use ffmpeg_next::{Error as AvError, Rational, Rescale};

use super::codec::{Container, FilmFormat, PixFmt, Video};
use super::convert::pixel;
use super::files::{create, failed, open, options};
use super::sound::{SoundCodec, SoundFormat};
use crate::error::{Error, Result};
use crate::values::FrameRate;

/// The largest number of frames: 20 days at 30 frames a second. The index in front of a film cannot be
/// longer than FFmpeg's muxers can set aside, see [`fits`].
pub const MAX_FRAMES: u64 = 53_000_000;

/// Writes a film from its segments, given one after the other from the first.
///
/// The index stands in front (faststart) without a second pass: its room is set aside before the
/// first packet, and what it leaves over is a free box.
pub struct Assembler {
    /// Taken by the first segment.
    file: Option<File>,
    path: PathBuf,
    pix_fmt: PixFmt,
    container: Container,
    segment_container: Container,
    frames: u64,
    fps: FrameRate,
    frame_time: Rational,
    avg_frame_rate: Rational,
    muxing: Option<Muxing>,
    pushed: u64,
    /// How sound is coded, if there is sound.
    sound: Option<SoundFormat>,
    /// By how many frames decoding is ahead of showing.
    delay: Option<i64>,
}

/// The output, once the first segment has told what is in it.
struct Muxing {
    output: context::Output,
    time_base: Rational,
    extradata: Vec<u8>,
    /// The time base of the sound, and its packets so far.
    sound: Option<(Rational, u64)>,
}

impl Assembler {
    /// Will write a film of `format` into `file`, an empty one; `path` is named in errors.
    pub fn new(file: File, path: &Path, format: &FilmFormat, video: &Video) -> Self {
        let frame_time = Rational::new(format.fps.den as i32, format.fps.num as i32);
        Self {
            file: Some(file),
            path: path.into(),
            pix_fmt: video.pix_fmt,
            container: video.container,
            segment_container: video.segment_container(),
            frames: format.frames,
            fps: format.fps,
            frame_time,
            avg_frame_rate: frame_time.invert(),
            muxing: None,
            pushed: 0,
            sound: format.sound,
            delay: None,
        }
    }

    /// Appends the segment at `path`, which must hold `frames` frames.
    ///
    /// # Errors
    /// The segment is damaged, has another number of frames, was encoded with other settings, or
    /// the film cannot be written.
    pub fn push(&mut self, path: &Path, frames: u64) -> Result<()> {
        let mut input = open(path)?;
        let damaged = |reason: String| Error::Media {
            what: format!("cannot join {}", path.display()),
            reason,
        };
        let stream = input.stream(0).ok_or_else(|| damaged("it holds no video".into()))?;
        let (segment_time, parameters) = (stream.time_base(), stream.parameters());
        let extradata = extradata(&parameters);
        let sound = input.stream(1).map(|stream| stream.parameters());
        let mut muxing = match self.muxing.take() {
            Some(muxing) => muxing,
            None => self.begin(parameters, extradata.clone(), sound)?,
        };
        if muxing.extradata != extradata {
            return Err(damaged("it was encoded with other settings than the first".into()));
        }
        let mut seen = vec![false; frames as usize];
        let mut packet = Packet::empty();
        let mut count = 0u64;
        loop {
            match packet.read(&mut input) {
                Ok(()) => {}
                Err(AvError::Eof) => break,
                Err(e) => return Err(failed("read", path)(e)),
            }
            if packet.stream() != 0 {
                self.push_sound(&mut muxing, packet)?;
                packet = Packet::empty();
                continue;
            }
            // In frames, from the segment's first. Matroska rounds to milliseconds, but what is
            // stored there has its frames in order.
            let pts = match self.segment_container {
                Container::Mkv => Some(count as i64),
                _ => packet.pts().map(|t| t.rescale(segment_time, self.frame_time)),
            };
            let pts = pts.ok_or_else(|| damaged(format!("packet {count} has no time")))?;
            match usize::try_from(pts).ok().and_then(|pts| seen.get_mut(pts)) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(damaged(format!("packet {count} stands at frame {pts}"))),
            }
            // Decoding times run evenly through the whole film, as far ahead of showing as the
            // encoder asks for at the start: a short last segment asks for less, and would leave
            // a gap that players take for a longer film.
            let delay = *self.delay.get_or_insert_with(|| match self.segment_container {
                Container::Mkv => 0,
                _ => packet.dts().map_or(0, |t| -t.rescale(segment_time, self.frame_time)),
            });
            let dts = count as i64 - delay;
            if dts > pts {
                return Err(damaged(format!("packet {count} would be decoded after it is shown")));
            }
            packet.set_stream(0);
            packet.set_position(-1);
            packet.set_pts(Some(pts + self.pushed as i64));
            packet.set_dts(Some(dts + self.pushed as i64));
            packet.set_duration(1);
            packet.rescale_ts(self.frame_time, muxing.time_base);
            packet.write_interleaved(&mut muxing.output).map_err(failed("write", &self.path))?;
            count += 1;
        }
        if count != frames {
            return Err(damaged(format!("it has {count} frames, not {frames}")));
        }
        self.pushed += count;
        if let (Some(format), Some((_, packets))) = (self.sound, muxing.sound) {
            let expected = format.packets(self.fps, 0..self.pushed, self.frames).end;
            if packets != expected {
                return Err(damaged("a part of its sound is missing".into()));
            }
        }
        self.muxing = Some(muxing);
        Ok(())
    }

    /// Appends a packet of sound.
    fn push_sound(&mut self, muxing: &mut Muxing, mut packet: Packet) -> Result<()> {
        let (Some(format), Some((time_base, index))) = (self.sound, &mut muxing.sound) else {
            return Ok(());
        };
        // The first packet may begin before the film does; the last one ends with it.
        let (time, size) = (format.first_sample(*index), format.packet() as i64);
        let end = self.fps.units(self.frames, format.rate) as i64;
        let behind = time + size - end;
        if format.codec == SoundCodec::Opus && behind > 0 {
            leave_out_last(&mut packet, behind as u32).map_err(failed("write", &self.path))?;
        }
        // Matroska counts packets of Opus from 0, and says beside them by how much they are heard earlier.
        let is_told = format.codec == SoundCodec::Opus
            && matches!(self.container, Container::Mkv | Container::Webm);
        let counted = time + if is_told { format.delay() as i64 } else { 0 };
        packet.set_stream(1);
        packet.set_position(-1);
        packet.set_pts(Some(counted));
        packet.set_dts(Some(counted));
        packet.set_duration((end - time).clamp(1, size));
        packet.rescale_ts((1, format.rate as i32), *time_base);
        packet.write_interleaved(&mut muxing.output).map_err(failed("write", &self.path))?;
        *index += 1;
        Ok(())
    }

    fn begin(
        &mut self,
        parameters: ffmpeg_next::codec::Parameters,
        extradata: Vec<u8>,
        sound: Option<ffmpeg_next::codec::Parameters>,
    ) -> Result<Muxing> {
        let file = self.file.take().ok_or_else(|| Error::Media {
            what: format!("cannot write {}", self.path.display()),
            reason: "an earlier try failed".into(),
        })?;
        let mut output = create(file, &self.path, self.container.muxer())?;
        let codec = parameters.id();
        {
            let mut stream = output.add_stream(codec).map_err(failed("write", &self.path))?;
            stream.set_parameters(parameters);
            stream.set_time_base(self.frame_time);
            stream.set_avg_frame_rate(self.avg_frame_rate);
            stream.set_rate(self.avg_frame_rate);
            // SAFETY: the stream belongs to `output`, whose header is not yet written, and its
            // parameters are plain numbers that ffmpeg-next has no setters for. Segments are not
            // decoded, so their pixel format is not known from them, but the header of VP9 needs
            // it. Tags are a container's own; 0 lets the muxer choose.
            unsafe {
                let parameters = &mut *(*stream.as_mut_ptr()).codecpar;
                parameters.format = AVPixelFormat::from(pixel(self.pix_fmt)) as i32;
                if self.container != self.segment_container {
                    parameters.codec_tag = 0;
                }
            }
        }
        let sound = self.sound.and_then(|format| Some((format, sound?)));
        if let Some((format, parameters)) = &sound {
            let mut stream =
                output.add_stream(parameters.id()).map_err(failed("write", &self.path))?;
            stream.set_parameters(parameters.clone());
            // SAFETY: as above. The lead-in is not told by the segments.
            unsafe {
                let parameters = &mut *(*stream.as_mut_ptr()).codecpar;
                parameters.initial_padding = format.delay() as i32;
                if self.container != self.segment_container {
                    parameters.codec_tag = 0;
                }
            }
        }
        let room = index_room(self.frames, self.fps, self.sound, extradata.len() as u64);
        // FLAC in MP4, as in segments.
        let mut settings =
            vec![("fflags", "+bitexact".to_string()), ("strict", "experimental".into())];
        match self.container {
            Container::Mp4 | Container::Mov => {
                // Ticks of which a frame takes a whole number, for the film as a whole too: in
                // thousandths its length would be rounded, and the last frame perhaps cut.
                let ticks = self.avg_frame_rate.numerator();
                let ticks = (0..14).map(|i| ticks << i).find(|t| *t >= 10_000).unwrap_or(ticks);
                settings.push(("moov_size", room.to_string()));
                settings.push(("video_track_timescale", ticks.to_string()));
                settings.push(("movie_timescale", ticks.to_string()));
            }
            Container::Mkv | Container::Webm => {
                settings.push(("reserve_index_space", room.to_string()));
            }
        }
        output.write_header_with(options(settings)).map_err(failed("write", &self.path))?;
        let time_base = |index| output.stream(index).map(|stream| stream.time_base());
        let sound = sound.and_then(|_| time_base(1)).map(|time_base| (time_base, 0));
        let time_base = time_base(0).unwrap_or(self.frame_time);
        Ok(Muxing { output, time_base, extradata, sound })
    }

    /// Writes the index and closes the film, which is not yet synced.
    ///
    /// # Errors
    /// Frames are missing, or the film cannot be written.
    pub fn finish(mut self) -> Result<()> {
        match self.muxing.take() {
            Some(mut muxing) if self.pushed == self.frames => {
                muxing.output.write_trailer().map_err(failed("write", &self.path))
            }
            _ => Err(Error::Media {
                what: format!("cannot join {}", self.path.display()),
                reason: format!("{} of {} frames were given", self.pushed, self.frames),
            }),
        }
    }
}

/// The most bytes that an index can take: in MP4 for each frame 4 bytes of size, 8 of reordering, 4 of key
/// frame, 8 + 12 of chunk, and for a packet of sound 4 of size, 8 + 12 of chunk; in Matroska one cue of at
/// most 40.
fn index_room(frames: u64, fps: FrameRate, sound: Option<SoundFormat>, extradata: u64) -> u64 {
    let packets = sound.map_or(0, |format| format.packets(fps, 0..frames, frames).end);
    8192 + 2 * extradata + 40 * frames + 24 * packets
}

/// True if the index of a film of so many frames, with such sound, can be set aside:
/// FFmpeg's muxers of MP4 (`moov_size`) and Matroska (`reserve_index_space`) count it in 31 bits.
pub fn fits(frames: u64, fps: FrameRate, sound: Option<SoundFormat>) -> bool {
    /// More than any encoder's headers take.
    const EXTRADATA: u64 = 64 << 10;
    index_room(frames, fps, sound, EXTRADATA) <= i32::MAX as u64
}

/// Tells players not to play the last `count` samples of a packet.
fn leave_out_last(packet: &mut Packet, count: u32) -> Result<(), AvError> {
    /// Samples at the beginning, samples at the end, and a byte of reasons for each; little-endian.
    const SIZE: usize = 10;
    // SAFETY: the packet is valid; what is returned is null, or so many bytes that belong to it.
    let data = unsafe {
        let kind = ffi::AVPacketSideDataType::AV_PKT_DATA_SKIP_SAMPLES;
        let data = ffi::av_packet_new_side_data(packet.as_mut_ptr(), kind, SIZE);
        if data.is_null() {
            return Err(AvError::Other { errno: ffmpeg_next::error::ENOMEM });
        }
        std::slice::from_raw_parts_mut(data, SIZE)
    };
    data.fill(0);
    data[4..8].copy_from_slice(&count.to_le_bytes());
    Ok(())
}

pub(super) fn extradata(parameters: &ffmpeg_next::codec::Parameters) -> Vec<u8> {
    // SAFETY: the parameters are valid as long as they are borrowed, and their extradata is null
    // or of the size beside it.
    unsafe {
        let p = &*parameters.as_ptr();
        match p.extradata.is_null() {
            true => Vec::new(),
            false => std::slice::from_raw_parts(p.extradata, p.extradata_size as usize).to_vec(),
        }
    }
}
