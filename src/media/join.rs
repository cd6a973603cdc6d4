//! Pieces of films joined by copying their packets.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Error as AvError, Rational, Rescale, media};

use super::aac::PACKET;
use super::assemble::extradata;
use super::codec::Container;
use super::files::{create, failed, failed_at, options};
use super::location::Location;
use super::probe::{MICROS, open_film, time_zero, video_stream};
use super::track::seek;
use crate::error::{Error, Result};

/// What was joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joined {
    /// Frames of the picture.
    pub frames: u64,
    /// How long it is, in seconds.
    pub seconds: f64,
}

/// Joins pieces of films that are coded alike.
pub struct Joiner {
    /// Taken by the first piece.
    file: Option<File>,
    path: PathBuf,
    container: Container,
    with_sound: bool,
    muxing: Option<Muxing>,
    frames: u64,
    /// The end of what was joined so far, in microseconds.
    end: i64,
}

/// What is being written.
struct Muxing {
    output: Output,
    /// The film that the first piece is from, which the others must be like.
    like: Location,
    picture: Track,
    sound: Option<Track>,
}

struct Track {
    form: Form,
    time_base: Rational,
    /// The decoding time of the last packet, in `time_base`.
    last: Option<i64>,
}

/// How a stream is coded, as far as the packets of another can follow its own.
#[derive(Debug, Clone, PartialEq)]
struct Form {
    codec: i64,
    size: (i32, i32),
    format: i32,
    rate: i32,
    extradata: Vec<u8>,
}

impl Form {
    fn of(parameters: &Parameters) -> Self {
        let extradata = extradata(parameters);
        // SAFETY: the parameters are valid as long as they are borrowed; plain numbers.
        let p = unsafe { &*parameters.as_ptr() };
        Self {
            codec: p.codec_id as i64,
            size: (p.width, p.height),
            format: p.format,
            rate: p.sample_rate,
            extradata,
        }
    }
}

impl Joiner {
    /// Will write into `file`, an empty one; `path` is named in errors.
    pub fn new(file: File, path: &Path, container: Container, with_sound: bool) -> Self {
        Self {
            file: Some(file),
            path: path.into(),
            container,
            with_sound,
            muxing: None,
            frames: 0,
            end: 0,
        }
    }

    /// Appends the piece of the film at `at` from `start` to `stop`, in microseconds.
    ///
    /// # Errors
    /// The film cannot be read, is coded unlike the first, or the result cannot be written.
    pub fn push(&mut self, at: &Location, start: u64, stop: u64) -> Result<()> {
        let mut input = open_film(at)?;
        let picture = video_stream(&input, at)?;
        let sound = input.streams().best(media::Type::Audio).map(|stream| stream.index());
        let sound = sound.filter(|_| self.with_sound);
        let muxing = match &mut self.muxing {
            Some(muxing) => muxing,
            muxing => {
                let failed = || refused(at, "an earlier piece failed".into());
                let file = self.file.take().ok_or_else(failed)?;
                let output = create(file, &self.path, self.container.muxer())?;
                let begun = begin(output, self.container, at, &input, picture, sound)?;
                muxing.insert(begun)
            }
        };
        muxing.check(at, &input, picture, sound)?;
        let piece = read(&mut input, at, picture, sound, start as i64, stop as i64)?;
        self.frames += piece.picture.len() as u64;
        let shift = self.end - piece.start;
        self.end += piece.end - piece.start;
        for packet in piece.into_packets() {
            muxing.write(packet, shift, at, &self.path)?;
        }
        Ok(())
    }

    /// Writes the index and closes the film, which is not yet synced.
    ///
    /// # Errors
    /// There was no piece, or the film cannot be written.
    pub fn finish(self) -> Result<Joined> {
        let Some(mut muxing) = self.muxing else {
            let what = format!("cannot write {}", self.path.display());
            return Err(Error::Media { what, reason: "there is no piece".into() });
        };
        muxing.output.write_trailer().map_err(failed("write", &self.path))?;
        Ok(Joined { frames: self.frames, seconds: self.end as f64 / 1e6 })
    }
}

/// An error about the film at `at`.
fn refused(at: &Location, reason: String) -> Error {
    Error::Media { what: at.to_string(), reason }
}

impl Muxing {
    /// Looks whether streams are coded like those of the first piece.
    fn check(
        &self,
        at: &Location,
        input: &Input,
        picture: usize,
        sound: Option<usize>,
    ) -> Result<()> {
        let like = &self.like;
        let form = |index| input.stream(index).map(|stream| Form::of(&stream.parameters()));
        match (sound.and_then(form), &self.sound) {
            (Some(_), None) => {
                Err(refused(at, format!("it has sound, and {like} has none; try --no-sound")))
            }
            (None, Some(_)) => {
                Err(refused(at, format!("it has no sound, and {like} has; try --no-sound")))
            }
            (Some(form), Some(track)) if form != track.form => Err(self.unlike(at, "sound")),
            _ if form(picture).as_ref() != Some(&self.picture.form) => {
                Err(self.unlike(at, "picture"))
            }
            _ => Ok(()),
        }
    }

    fn unlike(&self, at: &Location, what: &str) -> Error {
        let like = &self.like;
        refused(
            at,
            format!(
                "its {what} is coded otherwise than that of {like}; without --copy they go together"
            ),
        )
    }

    /// Writes a packet of the film at `at`, `shift` microseconds later than it says.
    fn write(&mut self, packet: Timed, shift: i64, at: &Location, path: &Path) -> Result<()> {
        let Timed { mut packet, base, is_picture, .. } = packet;
        let (index, track) = match (is_picture, &mut self.sound) {
            (true, _) => (0, &mut self.picture),
            (false, Some(track)) => (1, track),
            (false, None) => return Ok(()),
        };
        let moved = |time: i64| {
            // In one step, so that what was exact stays so.
            time.rescale(base, track.time_base) + shift.rescale(MICROS, track.time_base)
        };
        let pts = packet.pts().map(moved);
        let dts = packet.dts().map(moved).or(pts);
        // Where the pieces' encoders looked ahead differently far, decoding moves closer.
        let dts = match (dts, track.last) {
            (Some(dts), Some(last)) if dts <= last => last + 1,
            (dts, _) => dts.unwrap_or(0),
        };
        if pts.is_some_and(|pts| dts > pts) {
            return match is_picture {
                true => Err(self.unlike(at, "picture")),
                // A packet of sound that overlaps the last piece by part of its length.
                false => Ok(()),
            };
        }
        track.last = Some(dts);
        let duration = packet.duration().rescale(base, track.time_base);
        packet.set_stream(index);
        packet.set_position(-1);
        packet.set_pts(pts);
        packet.set_dts(Some(dts));
        packet.set_duration(duration);
        packet.write_interleaved(&mut self.output).map_err(failed("write", path))
    }
}

/// A packet, and when it is decoded, in microseconds.
struct Timed {
    time: i64,
    packet: Packet,
    base: Rational,
    is_picture: bool,
}

impl Piece {
    /// The packets in the order of decoding.
    fn into_packets(self) -> Vec<Timed> {
        let (picture, sound) = self.time_bases;
        let pictures = self.picture.into_iter().map(|packet| {
            let time = packet.dts().or(packet.pts()).unwrap_or(0).rescale(picture, MICROS);
            Timed { time, packet, base: picture, is_picture: true }
        });
        let sounds = self.sound.into_iter().map(|packet| {
            let time = packet.pts().unwrap_or(0).rescale(sound, MICROS);
            Timed { time, packet, base: sound, is_picture: false }
        });
        let mut packets: Vec<Timed> = pictures.chain(sounds).collect();
        packets.sort_by_key(|packet| packet.time);
        packets
    }
}

/// Prepares the output for pieces like those of `input`.
fn begin(
    mut output: Output,
    container: Container,
    at: &Location,
    input: &Input,
    picture: usize,
    sound: Option<usize>,
) -> Result<Muxing> {
    let refused = |e: AvError| Error::Media {
        what: format!("{at} cannot be copied into .{container}"),
        reason: e.to_string(),
    };
    for index in [Some(picture), sound].into_iter().flatten() {
        let stream = input.stream(index).ok_or(AvError::StreamNotFound).map_err(refused)?;
        let parameters = stream.parameters();
        let mut copy = output.add_stream(parameters.id()).map_err(refused)?;
        copy.set_parameters(parameters.clone());
        copy.set_time_base(stream.time_base());
        copy.set_avg_frame_rate(stream.avg_frame_rate());
        // SAFETY: the stream belongs to `output`, whose header is not yet written. Tags are a
        // container's own; 0 lets the muxer choose. The first packets are none of a lead-in.
        unsafe {
            (*(*copy.as_mut_ptr()).codecpar).codec_tag = 0;
            (*(*copy.as_mut_ptr()).codecpar).initial_padding = 0;
            // Not told by headers alone, and wanted by the muxer.
            if parameters.id() == ffmpeg_next::codec::Id::AAC {
                (*(*copy.as_mut_ptr()).codecpar).frame_size = PACKET as i32;
            }
        }
    }
    let mut settings = vec![("fflags", "+bitexact".to_string())];
    if container == Container::Mp4 {
        settings.push(("movflags", "+faststart".into()));
    }
    output.write_header_with(options(settings)).map_err(refused)?;
    let track = |index: usize, from: usize| {
        let (to, from) = (output.stream(index)?, input.stream(from)?);
        Some(Track { form: Form::of(&from.parameters()), time_base: to.time_base(), last: None })
    };
    let (picture, sound) = (track(0, picture), sound.map(|sound| track(1, sound)));
    let picture = picture.ok_or(AvError::StreamNotFound).map_err(refused)?;
    Ok(Muxing { picture, sound: sound.flatten(), output, like: at.clone() })
}

/// The packets of a piece.
struct Piece {
    picture: Vec<Packet>,
    sound: Vec<Packet>,
    time_bases: (Rational, Rational),
    /// Its first picture's time and the end of its last, in the film's own microseconds.
    start: i64,
    end: i64,
}

/// Reads the packets from the key frame at or before `start` to the end of the first run of pictures
/// that reaches `stop` and is complete without what follows.
fn read(
    input: &mut Input,
    at: &Location,
    picture: usize,
    sound: Option<usize>,
    start: i64,
    stop: i64,
) -> Result<Piece> {
    /// Times of pictures are rounded, to milliseconds at worst.
    const ROUNDED: i64 = 2_000;
    let zero = time_zero(input);
    let base = |index: usize| input.stream(index).map_or(MICROS, |stream| stream.time_base());
    let time_bases = (base(picture), sound.map_or(MICROS, base));
    let (from, to) = (start + zero + 500, stop + zero - 500);
    let mut back = 0;
    'seek: loop {
        let target = (from - back).max(zero).rescale(MICROS, time_bases.0);
        seek(input, picture, target).map_err(failed_at("seek in", at.clone()))?;
        let mut piece =
            Piece { picture: Vec::new(), sound: Vec::new(), time_bases, start: 0, end: 0 };
        // Pictures beyond the first gap; a run is complete when there are none.
        let mut beyond: BinaryHeap<Reverse<(i64, i64)>> = BinaryHeap::new();
        let mut is_done = false;
        loop {
            let mut packet = Packet::empty();
            match packet.read(input) {
                Ok(()) => {}
                Err(AvError::Eof) => break,
                Err(e) => return Err(failed_at("read", at.clone())(e)),
            }
            if Some(packet.stream()) == sound {
                let time = packet.pts().map(|t| t.rescale(time_bases.1, MICROS));
                let Some(time) = time else { continue };
                if is_done && time >= piece.end {
                    break;
                }
                piece.sound.push(packet);
                continue;
            }
            if packet.stream() != picture || is_done {
                // The sound of the end comes a little later than its picture, but not much.
                let time = packet.dts().map_or(0, |t| t.rescale(time_bases.0, MICROS));
                if is_done && packet.stream() == picture && time > piece.end + 3_000_000 {
                    break;
                }
                continue;
            }
            let Some(time) = packet.pts().or(packet.dts()) else { continue };
            let end = (time + packet.duration().max(1)).rescale(time_bases.0, MICROS);
            let time = time.rescale(time_bases.0, MICROS);
            if piece.picture.is_empty() {
                if !packet.is_key() {
                    continue;
                }
                if time > from && from - back > zero {
                    back = (back * 4).max(1_000_000);
                    continue 'seek;
                }
                (piece.start, piece.end) = (time, time);
            }
            // Pictures before the key frame lean on what is not copied.
            if time < piece.start {
                continue;
            }
            beyond.push(Reverse((time, end)));
            piece.picture.push(packet);
            while beyond.peek().is_some_and(|next| next.0.0 <= piece.end + ROUNDED) {
                if let Some(Reverse((_, end))) = beyond.pop() {
                    piece.end = piece.end.max(end);
                }
            }
            is_done = beyond.is_empty() && piece.end >= to;
            if is_done && sound.is_none() {
                break;
            }
        }
        if piece.picture.is_empty() {
            let reason = "no key frame was found in it".to_string();
            return Err(Error::Media { what: at.to_string(), reason });
        }
        let (start, end) = (piece.start, piece.end);
        piece.sound.retain(|packet| {
            let time = packet.pts().map_or(0, |t| t.rescale(time_bases.1, MICROS));
            (start..end).contains(&time)
        });
        return Ok(piece);
    }
}
