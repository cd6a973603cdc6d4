//! Remuxes segments into fragmented MP4 (ISO/IEC 14496-12, 8.8), to be streamed while the rest is being rendered.
//! Packets are copied, and get their times in the film.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::ptr;

use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Error as AvError, Rational, Rescale, ffi};

use super::codec::FilmFormat;
use super::files::{create, failed, open_file, options};
use super::moof::place;
use super::sound::{FLAC_BITS, SoundCodec, SoundFormat};
use super::track::seek;
use crate::error::{Error, Result};

/// Bytes of packets that FFmpeg holds before they are written as a fragment of their own.
const HELD: usize = 2 << 20;

/// The fragments of one segment, after the head (`ftyp` and `moov`) that all segments of a film share, in a file
/// without a name.
#[derive(Debug)]
pub struct Fragment {
    /// The head and the fragments.
    pub file: File,
    /// Size of the head in bytes.
    pub head: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Makes a fragment of segment `index`, which holds these `frames` of a film: from the segment's own `file`,
/// or, with `is_film`, from the finished film. `path` is named in errors. However long the segment is, little
/// of it is in memory at once: a long one becomes several fragments, one after the other.
///
/// # Errors
/// The file cannot be read, or is not what it should be; the fragment cannot be written to the system's
/// folder of temporary files.
pub fn fragment(
    file: File,
    path: &Path,
    is_film: bool,
    format: &FilmFormat,
    index: u64,
    frames: Range<u64>,
) -> Result<Fragment> {
    super::init()?;
    let fps = format.fps;
    let frame_time = Rational::new(fps.den as i32, fps.num as i32);
    let mut input = open_file(file, path)?;
    let is_mkv = input.format().name().contains("matroska");
    if is_mkv || input.stream(0).is_some_and(|stream| stream.parameters().id() == Id::VP9) {
        // What the head must say of VP9, and how long pictures of Matroska are held back, stands in their frames only.
        // SAFETY: the context is open, and no options are given.
        let e = unsafe { ffi::avformat_find_stream_info(input.as_mut_ptr(), ptr::null_mut()) };
        if e < 0 {
            return Err(failed("read", path)(AvError::from(e)));
        }
    }
    let picture_base = time_base(&input, 0).ok_or_else(|| refused(path, "it holds no video"))?;
    // Fragments of MP4 have no place for PCM.
    let heard = format.sound.filter(|sound| sound.codec != SoundCodec::Pcm);
    let sound = heard.map(|sound| (sound.packets(fps, frames.clone(), format.frames), sound));
    let mut places = Places::new(frames, is_film, (picture_base, frame_time), sound);
    // Matroska does not say when pictures are decoded.
    places.delay = input.stream(0).filter(|_| is_mkv).map(|stream| {
        // SAFETY: the parameters belong to the stream; a plain number.
        unsafe { (*stream.parameters().as_ptr()).video_delay }.into()
    });
    let fragment =
        tempfile::tempfile().map_err(Error::io("create a file in", std::env::temp_dir()))?;
    let copy = fragment.try_clone().map_err(Error::io("write a fragment of", path))?;
    let mut output = Written::create(copy, path, &input, places.sound.is_some(), frame_time)?;
    let sample = places.sample();
    let bases = (output.time_base(0).unwrap_or(frame_time), output.time_base(1).unwrap_or(sample));
    if is_film {
        let target = places.first_frame().rescale(frame_time, picture_base);
        seek(&mut input, 0, target).map_err(failed("read", path))?;
    }
    remux(&mut input, &mut output, &mut places, bases, path)?;
    if !places.has_pictures() {
        let wanted = places.frames.end - places.frames.start;
        return Err(refused(path, &format!("it has {} of {wanted} frames", places.pictures)));
    }
    let ahead = places.ahead.unwrap_or(0);
    output.finish().map_err(failed("write a fragment of", path))?;
    let begin = [
        places.first_frame().rescale(frame_time, bases.0),
        places.first_sample() + ahead.rescale(frame_time, sample),
    ];
    let placed = place(&fragment, index, begin).map_err(Error::io("write a fragment of", path))?;
    let (head, bytes) = placed;
    Ok(Fragment { file: fragment, head, bytes })
}

/// Copies the packets of the segment, with their times in the fragments, into streams of the time bases `bases`.
fn remux(
    input: &mut Input,
    output: &mut Written,
    places: &mut Places,
    bases: (Rational, Rational),
    path: &Path,
) -> Result<()> {
    loop {
        let mut packet = Packet::empty();
        match packet.read(input) {
            Ok(()) => {}
            Err(AvError::Eof) => return Ok(()),
            Err(e) => return Err(failed("read", path)(e)),
        }
        if packet.stream() == 0 {
            if places.is_complete() {
                return Ok(());
            }
            let times = places.picture(&packet).map_err(|reason| refused(path, reason))?;
            if let Some(times) = times {
                output.write(packet, 0, times, places.frame_time, bases.0)?;
            }
        } else {
            let base = time_base(input, packet.stream()).unwrap_or(places.sample());
            if let Some(times) = places.sound(&packet, base) {
                output.write(packet, 1, times, places.sample(), bases.1)?;
            }
        }
    }
}

fn time_base(input: &Input, stream: usize) -> Option<Rational> {
    input.stream(stream).map(|stream| stream.time_base())
}

fn refused(path: &Path, reason: &str) -> Error {
    Error::Media { what: format!("cannot stream {}", path.display()), reason: reason.into() }
}

/// Computes the times of packets in the fragments of a segment.
struct Places {
    /// The segment's frames in the film.
    frames: Range<u64>,
    /// Whether the file is the film, and not the segment.
    is_film: bool,
    picture_base: Rational,
    frame_time: Rational,
    /// The segment's packets of sound in the film, and how they are coded.
    sound: Option<(Range<u64>, SoundFormat)>,
    /// The first that is played: one that ends where the film begins is a lead-in only.
    first_sound: u64,
    /// Packets of the picture so far.
    pictures: u64,
    /// The next packet of sound, counted from the beginning of the film.
    sounds: u64,
    /// How many frames the first picture is shown after it is decoded. B-frames need that, and nothing can be decoded
    /// before time 0, so picture and sound are later by it than in the film.
    ahead: Option<i64>,
    /// The same, where packets do not tell.
    delay: Option<i64>,
}

/// PTS, DTS and duration of a packet.
type Times = (i64, i64, i64);

impl Places {
    fn new(
        frames: Range<u64>,
        is_film: bool,
        (picture_base, frame_time): (Rational, Rational),
        sound: Option<(Range<u64>, SoundFormat)>,
    ) -> Self {
        let begin = sound.as_ref().map_or(0, |(packets, _)| packets.start);
        let led = sound.as_ref().map_or(0, |(_, format)| format.delay() / format.packet());
        let first_sound = begin.max(led);
        let sounds = if is_film { 0 } else { begin };
        Self {
            frames,
            is_film,
            picture_base,
            frame_time,
            sound,
            first_sound,
            pictures: 0,
            sounds,
            ahead: None,
            delay: None,
        }
    }

    /// How long a sample of the sound is, in seconds.
    fn sample(&self) -> Rational {
        let rate = self.sound.as_ref().map_or(1, |(_, format)| format.rate);
        Rational::new(1, rate as i32)
    }

    /// The sample that the segment's sound begins with. What a codec looks back at by less than a packet is left out by
    /// players at the beginning of a stream, and its packets have the times of what is decoded from them.
    fn first_sample(&self) -> i64 {
        let Some((_, format)) = &self.sound else { return 0 };
        format.first_sample(self.first_sound) + (format.delay() % format.packet()) as i64
    }

    fn first_frame(&self) -> i64 {
        self.frames.start as i64
    }

    fn has_pictures(&self) -> bool {
        self.pictures == self.frames.end - self.frames.start
    }

    fn is_complete(&self) -> bool {
        self.has_pictures() && self.sound.as_ref().is_none_or(|(s, _)| self.sounds >= s.end)
    }

    /// A time of the file's picture as a frame, counted from the beginning of the segment.
    fn frame(&self, time: i64) -> i64 {
        let first = if self.is_film { self.first_frame() } else { 0 };
        time.rescale(self.picture_base, self.frame_time) - first
    }

    /// The times of a packet of the picture, in frames; `None` if it is not the segment's.
    fn picture(&mut self, packet: &Packet) -> std::result::Result<Option<Times>, &'static str> {
        let frame = self.frame(packet.pts().ok_or("a packet has no time")?);
        // Each segment begins with a closed GOP: packets of others come before its key frame or after its last
        // packet.
        if self.pictures == 0 && frame < 0 || self.has_pictures() {
            return Ok(None);
        }
        let decoded = packet.dts().map_or(frame, |dts| self.frame(dts));
        let told = self.delay.unwrap_or(frame - decoded);
        let ahead = *self.ahead.get_or_insert(told.max(0));
        self.pictures += 1;
        Ok(Some((frame + ahead, self.pictures as i64 - 1, 1)))
    }

    /// The times of a packet of sound, in samples; `None` if it is not the segment's.
    fn sound(&mut self, packet: &Packet, base: Rational) -> Option<Times> {
        let (wanted, format) = self.sound.as_ref()?;
        let size = format.packet() as i64;
        let number = match self.is_film {
            true => {
                // Matroska rounds times to milliseconds.
                let time = packet.pts().unwrap_or(0).rescale(base, self.sample());
                let time = time + format.delay() as i64 + size / 2;
                time.div_euclid(size) as u64
            }
            false => self.sounds,
        };
        self.sounds = number + 1;
        if !wanted.contains(&number) || number < self.first_sound {
            return None;
        }
        let time = (number - self.first_sound) as i64 * size;
        Some((time, time, size))
    }
}

/// A fragmented MP4 that is being written.
struct Written {
    output: Output,
    /// Bytes of packets since the last fragment.
    held: usize,
}

impl Written {
    fn create(
        file: File,
        path: &Path,
        input: &Input,
        with_sound: bool,
        frame_time: Rational,
    ) -> Result<Self> {
        let mut output = create(file, path, "mp4")?;
        let header = |output: &mut Output| -> Result<(), AvError> {
            for stream in input.streams().take(if with_sound { 2 } else { 1 }) {
                let mut copy = output.add_stream(stream.parameters().id())?;
                copy.set_parameters(stream.parameters());
                if stream.parameters().id() == Id::FLAC {
                    // Chromium refuses the 16 bits that the muxer writes where nothing is said.
                    // SAFETY: the parameters belong to the stream; a plain number.
                    unsafe { (*copy.parameters().as_mut_ptr()).bits_per_raw_sample = FLAC_BITS };
                }
                if stream.index() == 0 {
                    copy.set_time_base(frame_time);
                    copy.set_avg_frame_rate(frame_time.invert());
                }
            }
            let settings = [
                ("fflags", "+bitexact".to_string()),
                ("movflags", "+empty_moov+default_base_moof+frag_custom+skip_trailer".into()),
                ("strict", "experimental".into()),
            ];
            output.write_header_with(options(settings)).map(drop)
        };
        header(&mut output).map_err(failed("write a fragment of", path))?;
        Ok(Self { output, held: 0 })
    }

    fn time_base(&self, index: usize) -> Option<Rational> {
        self.output.stream(index).map(|stream| stream.time_base())
    }

    /// Writes a packet. Its times are in `from`; `to` is the time base of the stream.
    fn write(
        &mut self,
        mut packet: Packet,
        stream: usize,
        (pts, dts, duration): Times,
        from: Rational,
        to: Rational,
    ) -> Result<()> {
        let failed = |e: AvError| Error::Media {
            what: "cannot write a fragment".into(),
            reason: e.to_string(),
        };
        if self.held > HELD {
            self.held = 0;
            // SAFETY: the header is written; without a packet the muxer writes what it holds.
            let e = unsafe { ffi::av_write_frame(self.output.as_mut_ptr(), ptr::null_mut()) };
            if e < 0 {
                return Err(failed(AvError::from(e)));
            }
        }
        self.held += packet.size();
        packet.set_stream(stream);
        packet.set_position(-1);
        packet.set_pts(Some(pts));
        packet.set_dts(Some(dts));
        packet.set_duration(duration);
        packet.rescale_ts(from, to);
        packet.write_interleaved(&mut self.output).map_err(failed)
    }

    fn finish(mut self) -> Result<(), AvError> {
        self.output.write_trailer()
    }
}
