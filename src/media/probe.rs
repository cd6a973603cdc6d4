//! What is in a film: how long it is, of which size and rate, and where its key frames are.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Rational, Rescale, ffi, media};

use super::boxes::{Fragments, is_mp4};
use super::clock::{check_clock, has_clock};
use super::files::{failed_at, open_at};
use super::light::DynamicRange;
use super::location::Location;
use super::track::{forbid_seeking, is_seekable, seek};
use super::turn::Turn;
use super::whole::{End, check_end, check_whole, fragments};
use crate::error::{Error, Result};
use crate::values::{FrameRate, Size};

/// Times are counted in microseconds.
pub(super) const MICROS: Rational = Rational(1, 1_000_000);

/// What is in a film.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// When its picture ends, in microseconds from its beginning.
    pub duration: u64,
    /// When all of it ends: later, where the sound goes on for a while. The last picture is shown meanwhile.
    pub end: u64,
    /// The time of its beginning by its own clock, which some players count by, in microseconds.
    pub zero: i64,
    /// When its first picture is shown: a little later, where the sound needs a lead-in.
    pub first: u64,
    /// Pixels of a frame as it is shown: square, and upright.
    pub size: Size,
    /// Frames a second, on average.
    pub fps: FrameRate,
    /// How it codes brightness.
    pub range: DynamicRange,
    /// Samples a second of its sound, if it has sound.
    pub sound: Option<u32>,
}

/// Formats that FFmpeg reads and that are no films: lists of others, and single pictures.
const NO_FILMS: &[&str] =
    &["concat", "hls", "dash", "sdp", "tty", "image2", "ffmetadata", "srt", "webvtt", "ass"];

/// Looks into the film at `at`.
///
/// # Errors
/// It cannot be read, is no film, is cut short, or does not say how long it is; in one line.
pub fn probe(at: &Location) -> Result<Facts> {
    let refuse = |reason: &str| Error::Media { what: at.to_string(), reason: reason.into() };
    let mut input = open_film(at)?;
    let format = input.format().name().to_string();
    let is_local = at.file().is_some();
    if is_local && format.split(',').any(|f| NO_FILMS.contains(&f) || f.ends_with("_pipe")) {
        return Err(refuse(&format!("this is no video, but {}", format.trim_end_matches("_pipe"))));
    }
    let index = video_stream(&input, at)?;
    let first = first_picture(&mut input, index);
    let Some(promised) = duration(&input, index, first) else {
        return Err(refuse(
            "it does not say how long it is; copy it into another container \
             (ffmpeg -i FILE -c copy NEW.mp4)",
        ));
    };
    let mut end = End { picture: promised, sound: sound_end(&input) };
    if is_local {
        // The index of fragments is made as they are read.
        let is_mp4 = input.format().name().contains("mp4");
        let checked = match is_mp4 && fragments(at, &mut input).are_there {
            true => check_end(&mut input, index, end, true),
            false => check_whole(&mut input, index, end),
        };
        end = checked.map_err(|reason| refuse(&reason))?;
    }
    if is_local {
        check_clock(&mut input, index).map_err(|reason| refuse(&reason))?;
    }
    let stream = input.stream(index).ok_or_else(|| refuse("it holds no video"))?;
    Ok(Facts {
        duration: end.picture,
        end: end.all(),
        zero: time_zero(&input),
        first,
        size: shown_size(&stream).ok_or_else(|| refuse("it does not say its size"))?,
        fps: rate(stream.avg_frame_rate())
            .or_else(|| rate(stream.rate()))
            .unwrap_or(FrameRate::DEFAULT),
        range: dynamic_range(&stream).map_err(refuse)?,
        sound: input
            .streams()
            .best(media::Type::Audio)
            // SAFETY: the parameters belong to the stream, which lives as long as `input`; the
            // field is a plain number that ffmpeg-next has no getter for.
            .map(|stream| unsafe { (*stream.parameters().as_ptr()).sample_rate } as u32)
            .filter(|rate| *rate > 0),
    })
}

/// Opens a film with what its header says of its streams, or else its first frames.
pub(super) fn open_film(at: &Location) -> Result<Input> {
    open(at, false)
}

/// Opens a film with all that its first frames tell.
pub(super) fn open_probed(at: &Location) -> Result<Input> {
    open(at, true)
}

fn open(at: &Location, reads_frames: bool) -> Result<Input> {
    super::init()?;
    let kind = if reads_frames { "neither video nor sound" } else { "no video" };
    let mut input = match open_at(at) {
        Ok(input) => input,
        // One that begins as an MP4 and has no index was never finished, or lost its end.
        Err(Error::Media { what, .. }) if at.file().is_some_and(is_mp4) => {
            let reason = "it is cut short, its index is missing".to_string();
            return Err(Error::Media { what, reason });
        }
        Err(Error::Media { what, reason }) if at.file().is_some() => {
            return Err(Error::Media { what, reason: format!("this is {kind} ({reason})") });
        }
        Err(e) => return Err(e),
    };
    // MP4 says all that is needed in its header, but for the size of old codecs, and when fragments begin; of others the
    // first frames are read.
    let says_all = |stream: &ffmpeg_next::Stream| {
        let is_video = stream.parameters().medium() == media::Type::Video;
        !is_video || shown_size(stream).is_some()
    };
    let is_mp4 = input.format().name().contains("mp4");
    let fragments = if is_mp4 { fragments(at, &mut input) } else { Fragments::default() };
    if fragments.are_misplaced {
        forbid_seeking(&mut input);
    }
    let is_plain = is_mp4 && !fragments.are_there;
    if reads_frames || !is_plain || !input.streams().all(|stream| says_all(&stream)) {
        // SAFETY: the context is open, and no options are given. FFmpeg 5 crashes in a second call.
        let e = unsafe { ffi::avformat_find_stream_info(input.as_mut_ptr(), std::ptr::null_mut()) };
        if e < 0 {
            return Err(failed_at("read", at.clone())(AvError::from(e)));
        }
    }
    if is_plain {
        // Times of MP4 are those of the film, also where nothing is shown at its beginning.
        // SAFETY: the context is open; a plain number, which FFmpeg itself has no more use for.
        unsafe { (*input.as_mut_ptr()).start_time = ffi::AV_NOPTS_VALUE };
    }
    Ok(input)
}

/// The film's picture; what is attached as a cover is none.
pub(super) fn video_stream(input: &Input, at: &Location) -> Result<usize> {
    let attached = ffmpeg_next::format::stream::Disposition::ATTACHED_PIC;
    input
        .streams()
        .best(media::Type::Video)
        .filter(|stream| !stream.disposition().contains(attached))
        .map(|stream| stream.index())
        .ok_or_else(|| Error::Media { what: at.to_string(), reason: "it holds no video".into() })
}

/// Where the film's time begins, in microseconds of its own. What lies before 0 is a lead-in that
/// is never heard.
pub(super) fn time_zero(input: &Input) -> i64 {
    // SAFETY: `input` is open; the field is a plain number.
    match unsafe { (*input.as_ptr()).start_time } {
        ffi::AV_NOPTS_VALUE => 0,
        // A clock that wraps soon is counted from behind the wrap.
        start if has_clock(input) => start,
        start => start.max(0),
    }
}

/// When the first picture is shown, in microseconds from the film's beginning.
fn first_picture(input: &mut Input, index: usize) -> u64 {
    let zero = time_zero(input);
    let time = |stream: &ffmpeg_next::Stream| match stream.start_time() {
        ffi::AV_NOPTS_VALUE => None,
        start => Some(start.rescale(stream.time_base(), MICROS)),
    };
    let mut first = input.stream(index).and_then(|stream| time(&stream));
    let mut packet = Packet::empty();
    while first.is_none() && packet.read(input).is_ok() {
        if packet.stream() == index {
            let time_base = input.stream(index).map_or(MICROS, |stream| stream.time_base());
            first = Some(packet.pts().unwrap_or(0).rescale(time_base, MICROS));
        }
    }
    u64::try_from(first.unwrap_or(0) - zero).unwrap_or(0)
}

fn duration(input: &Input, index: usize, first: u64) -> Option<u64> {
    let stream = input.stream(index)?;
    let own = Some(stream.duration())
        .filter(|d| *d > 0 && *d != ffi::AV_NOPTS_VALUE)
        .map(|d| d.rescale(stream.time_base(), MICROS).saturating_add_unsigned(first));
    let whole = Some(input.duration()).filter(|d| *d > 0);
    own.or(whole).and_then(|d| u64::try_from(d).ok()).filter(|d| *d > 0)
}

/// How a stream codes brightness, if its colours can be shown at all.
fn dynamic_range(stream: &ffmpeg_next::Stream) -> Result<DynamicRange, &'static str> {
    // SAFETY: the parameters belong to the stream; the fields are plain numbers.
    let (transfer, space) = unsafe {
        let p = &*stream.parameters().as_ptr();
        (p.color_trc, p.color_space)
    };
    // The third byte is the profile, the eighth says which others can show the pictures. Those of profile 5, and some
    // of 10, nobody else can.
    let is_alone = |vision: &[u8]| {
        matches!((vision.get(2), vision.get(7)), (Some(5), _) | (Some(10), Some(0)))
    };
    let mut side = stream.side_data().filter(|side| side.kind() == Type::DOVI_CONF);
    if space == ffi::AVColorSpace::AVCOL_SPC_ICTCP || side.any(|side| is_alone(side.data())) {
        return Err("its colours are those of Dolby Vision alone, which genmedia cannot show; \
                    convert it to HDR10 or SDR first");
    }
    Ok(DynamicRange::of(transfer.into()))
}

/// When the sound ends, in microseconds from the film's beginning, if its header tells.
fn sound_end(input: &Input) -> u64 {
    let end = input.streams().best(media::Type::Audio).and_then(|stream| {
        let is_known = |time: &i64| *time != ffi::AV_NOPTS_VALUE;
        let length = Some(stream.duration()).filter(is_known)?;
        let start = Some(stream.start_time()).filter(is_known).unwrap_or(0);
        Some((start + length).rescale(stream.time_base(), MICROS) - time_zero(input))
    });
    end.and_then(|end| u64::try_from(end).ok()).unwrap_or(0)
}

fn rate(rate: Rational) -> Option<FrameRate> {
    let term = |n: i32| u64::try_from(n).ok();
    FrameRate::new(term(rate.numerator())?, term(rate.denominator())?)
}

/// The size as shown: pixels that are not square made so, and turned as a phone was held.
fn shown_size(stream: &ffmpeg_next::Stream) -> Option<Size> {
    // SAFETY: the parameters belong to the stream; the fields are plain numbers.
    let (width, height, aspect) = unsafe {
        let parameters = stream.parameters();
        let p = &*parameters.as_ptr();
        let own = p.sample_aspect_ratio;
        let outer = (*stream.as_ptr()).sample_aspect_ratio;
        (p.width, p.height, if outer.num > 0 { outer } else { own })
    };
    let side = |n: i32| u32::try_from(n).ok().filter(|n| (1..=65535).contains(n));
    let (width, height) = (side(width)?, side(height)?);
    let width = match (aspect.num, aspect.den) {
        (n, d) if n > 0 && d > 0 => {
            let wide = f64::from(width) * f64::from(n) / f64::from(d);
            (wide.round() as u32).clamp(1, 65535)
        }
        _ => width,
    };
    Some(match Turn::of(stream).lies() {
        false => Size::new(width, height),
        true => Size::new(height, width),
    })
}

/// The times of all key frames, in microseconds from the film's beginning, rising.
///
/// # Errors
/// The film cannot be read.
pub fn keyframes(at: &Location) -> Result<Vec<u64>> {
    let mut input = open_film(at)?;
    let index = video_stream(&input, at)?;
    let zero = time_zero(&input);
    let time_base = input.stream(index).map_or(MICROS, |stream| stream.time_base());
    let mut times = match indexed_keyframes(&mut input, index) {
        // The index of MP4 names them all, by when they are decoded; when they are shown is told by
        // their packets.
        keys if input.format().name().contains("mp4")
            && is_seekable(&input)
            && !keys.is_empty() =>
        {
            let mut shown = |key: i64| {
                let sought = seek(&mut input, index, key).ok();
                sought.map(|()| next_keyframe(&mut input, index, at)).transpose()
            };
            let times = keys.into_iter().map(|key| Ok(shown(key)?.flatten()));
            times.collect::<Result<Vec<Option<i64>>>>()?.into_iter().flatten().collect()
        }
        _ => {
            let mut times = Vec::new();
            while let Some(time) = next_keyframe(&mut input, index, at)? {
                times.push(time);
            }
            times
        }
    };
    times.sort_unstable();
    times.dedup();
    let micros = |time: i64| u64::try_from(time.rescale(time_base, MICROS) - zero).unwrap_or(0);
    Ok(times.into_iter().map(micros).collect())
}

/// The decoding times of the key frames that the index names.
fn indexed_keyframes(input: &mut Input, index: usize) -> Vec<i64> {
    // SAFETY: the stream is one of `input`, which is open; entries are read before the next call
    // that could change them.
    unsafe {
        let stream = *(*input.as_mut_ptr()).streams.add(index);
        (0..ffi::avformat_index_get_entries_count(stream))
            .filter_map(|n| ffi::avformat_index_get_entry(stream, n).as_ref())
            .filter(|entry| entry.flags() & ffi::AVINDEX_KEYFRAME != 0)
            .map(|entry| entry.timestamp)
            .collect()
    }
}

/// When the next key frame is shown, in the stream's units; `None` at the end.
fn next_keyframe(input: &mut Input, index: usize, at: &Location) -> Result<Option<i64>> {
    let mut packet = Packet::empty();
    loop {
        match packet.read(input) {
            Ok(()) if packet.stream() == index && packet.is_key() => {
                if let Some(time) = packet.pts().or(packet.dts()) {
                    return Ok(Some(time));
                }
            }
            Ok(()) => {}
            Err(AvError::Eof) => return Ok(None),
            Err(e) => return Err(failed_at("read", at.clone())(e)),
        }
    }
}

/// The size of what is at `at`, in bytes, if its server tells.
///
/// # Errors
/// It cannot be read.
pub fn bytes(at: &Location) -> Result<Option<u64>> {
    super::init()?;
    Ok(open_at(at)?.io_size().and_then(|bytes| u64::try_from(bytes).ok()))
}
