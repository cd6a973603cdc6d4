//! The packets of a piece of a film: from a key frame to where nothing that follows is needed.

use std::collections::VecDeque;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Rational, Rescale};

use super::refused;
use crate::error::Result;
use crate::media::clock::has_clock;
use crate::media::files::failed_at;
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_probed, time_zero};
use crate::media::track::seek;

/// By how much the sound of a picture may stand before it in the file, in microseconds.
const SPREAD: i64 = 1_000_000;
/// Silence of this length may be sound that stands elsewhere in the file, in microseconds.
const HOLE: i64 = 300_000;
/// How far behind its picture sound is looked for then, in microseconds.
const APART: i64 = 60_000_000;
/// No picture is decoded so many packets after one that is shown later: decoders hold back 16 pictures at most.
const HELD: usize = 32;

/// The streams of a film that are copied.
#[derive(Clone, Copy)]
pub(super) struct Streams {
    pub picture: usize,
    pub sound: Option<usize>,
    /// How many pictures the decoder holds back.
    pub delay: usize,
}

/// A packet of a piece, with the time when it is shown or heard, in the units of its stream.
pub(super) enum Part {
    /// They come in the order of decoding.
    Picture(Packet, i64),
    Sound(Packet, i64),
}

/// Reads a piece, packet by packet. Its beginning is known from the start, its end when all is read.
pub(super) struct Piece {
    input: Input,
    at: Location,
    streams: Streams,
    time_bases: (Rational, Rational),
    /// How long a picture is shown that does not say it, in the units of its stream.
    step: i64,
    /// Where the piece begins and ends, in the film's own microseconds.
    from: i64,
    to: i64,
    /// Packets that belong to the piece.
    ready: VecDeque<Part>,
    /// Pictures of which it is not known yet whether they do, in the order of decoding, with their times.
    open: VecDeque<(i64, Packet)>,
    /// When the first picture is shown.
    first: i64,
    /// When the last picture that belongs to the piece is shown, and for how long.
    last: (i64, i64),
    /// Of all pictures that were read, when the last is shown.
    latest: i64,
    /// Sound behind `to`.
    late: VecDeque<(i64, Packet)>,
    end: Option<i64>,
    is_read: bool,
    /// Up to where there is sound, and where there is none for long, in the film's own microseconds.
    heard: i64,
    hole: Option<(i64, i64)>,
}

impl Piece {
    /// The piece of the film at `at` from `start` to `stop`, in microseconds from the film's beginning: from the key
    /// frame at or before `start`, to the first place at or behind `stop` where all that is shown earlier is decoded.
    ///
    /// # Errors
    /// The film cannot be read, holds no key frame, or does not say when its pictures are shown.
    pub(super) fn open(
        input: Input,
        at: &Location,
        streams: Streams,
        start: u64,
        stop: u64,
    ) -> Result<Self> {
        let zero = time_zero(&input);
        let base = |index: usize| input.stream(index).map_or(MICROS, |stream| stream.time_base());
        let time_bases = (base(streams.picture), streams.sound.map_or(MICROS, base));
        let rate = input.stream(streams.picture).map_or(Rational(0, 1), |s| s.avg_frame_rate());
        let step = match rate.numerator() > 0 && rate.denominator() > 0 {
            true => 1.rescale(rate.invert(), time_bases.0).max(1),
            false => 1,
        };
        // Times in playlists are rounded.
        let (from, to) = (start as i64 + zero + 500, stop as i64 + zero - 500);
        let mut piece = Self {
            input,
            at: at.clone(),
            streams,
            time_bases,
            step,
            from,
            to,
            ready: VecDeque::new(),
            open: VecDeque::new(),
            first: 0,
            last: (0, 0),
            latest: i64::MIN,
            late: VecDeque::new(),
            end: None,
            is_read: false,
            heard: i64::MIN,
            hole: None,
        };
        let mut back = 0;
        loop {
            let target = from - back;
            let is_beginning = target <= zero;
            match is_beginning {
                // Where a film cannot seek, or seeks behind its first key frame.
                true => piece.input = open_probed(at)?,
                false => {
                    let target = target.rescale(MICROS, time_bases.0);
                    if seek(&mut piece.input, streams.picture, target).is_err() {
                        back = from - zero;
                        continue;
                    }
                }
            }
            match piece.begin(is_beginning)? {
                None => return Ok(piece),
                Some(further) => back = (back * 4).max(further),
            }
        }
    }

    /// The film.
    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// Which of its streams are copied.
    pub(super) fn streams(&self) -> Streams {
        self.streams
    }

    /// When its first picture is shown, in the units of its stream.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// When its first picture is shown, in the film's own microseconds.
    pub(super) fn start(&self) -> i64 {
        self.first.rescale(self.time_bases.0, MICROS)
    }

    /// When its last picture ends, in the film's own microseconds. Known when all is read.
    pub(super) fn end(&self) -> i64 {
        self.end.unwrap_or(self.to)
    }

    /// The units of the times of pictures, and of sound.
    pub(super) fn time_bases(&self) -> (Rational, Rational) {
        self.time_bases
    }

    /// The first packet of the picture.
    pub(super) fn key(&self) -> Option<&Packet> {
        self.opening().next()
    }

    /// The first packets of the picture, as far as they are read.
    pub(super) fn opening(&self) -> impl Iterator<Item = &Packet> + Clone {
        self.open.iter().map(|(_, packet)| packet)
    }

    /// Reads up to where the piece surely begins; or says how far before it reading has to begin, in microseconds, unless
    /// this `is_beginning`.
    fn begin(&mut self, is_beginning: bool) -> Result<Option<i64>> {
        let mut sounds: Vec<(i64, Packet)> = Vec::new();
        // That pictures were read before the key frame which the piece begins with.
        let mut is_led = false;
        self.open.clear();
        while let Some(packet) = self.read()? {
            if Some(packet.stream()) == self.streams.sound {
                sounds.extend(packet.pts().or(packet.dts()).map(|time| (time, packet)));
                continue;
            }
            let time = self.shown(&packet)?;
            let is_behind = time.rescale(self.time_bases.0, MICROS) > self.from;
            match (packet.is_key(), self.open.is_empty()) {
                (true, true) if is_behind && !is_beginning => return Ok(Some(SPREAD)),
                (true, is_empty) if is_empty || !is_behind => {
                    is_led |= !is_empty;
                    self.open.clear();
                    (self.first, self.last) = (time, (time, packet.duration()));
                }
                (false, true) => {
                    is_led = true;
                    continue;
                }
                _ => {}
            }
            self.open.push_back((time, packet));
            // A key frame to come is shown behind all that are decoded before it.
            if is_behind {
                break;
            }
        }
        if self.open.is_empty() && !is_beginning {
            return Ok(Some(SPREAD));
        }
        if self.open.is_empty() {
            return Err(refused(&self.at, "no key frame was found in it".into()));
        }
        // Pictures that are shown before the key frame lean on what is not copied.
        let first = self.first;
        self.open.retain(|(time, _)| *time >= first);
        let start = self.start();
        if self.streams.sound.is_some() && !is_led && !is_beginning {
            return Ok(Some(self.from - start + SPREAD));
        }
        for (time, packet) in sounds {
            self.hear(time, packet);
        }
        Ok(None)
    }

    /// The next packet; `None` at the end of the piece.
    ///
    /// # Errors
    /// The film cannot be read, or does not say when a picture is shown.
    pub(super) fn next(&mut self) -> Result<Option<Part>> {
        loop {
            if let Some(part) = self.ready.pop_front() {
                if let Part::Sound(packet, time) = &part {
                    let micros = |time: i64| time.rescale(self.time_bases.1, MICROS);
                    let (from, to) = (micros(*time), micros(*time + packet.duration()));
                    self.listen(from, to);
                }
                return Ok(Some(part));
            }
            if self.is_read {
                self.listen(self.end(), self.end());
                return Ok(None);
            }
            self.decide(HELD);
            if !self.ready.is_empty() {
                continue;
            }
            match self.read()? {
                None => self.finish(),
                Some(packet) if packet.stream() == self.streams.picture => self.see(packet)?,
                Some(packet) => {
                    if let Some(time) = packet.pts().or(packet.dts()) {
                        self.hear(time, packet);
                    }
                }
            }
        }
    }

    /// Takes a picture that was read.
    fn see(&mut self, packet: Packet) -> Result<()> {
        if self.end.is_none() {
            let time = self.shown(&packet)?;
            // A key frame is shown behind all that are decoded before it.
            let latest = self.open.iter().map(|(time, _)| *time).chain([self.latest]).max();
            if packet.is_key() && latest.is_some_and(|latest| time <= latest) {
                let reason = "the times of its pictures go back in the middle, as where two recordings are one \
                              file; without --copy it can be cut";
                return Err(refused(&self.at, reason.into()));
            }
            self.latest = time.max(self.latest);
            if time >= self.first {
                self.open.push_back((time, packet));
            }
            return Ok(());
        }
        // The sound of the end comes a little later than its picture, but not much.
        let time = packet.dts().or(packet.pts()).map(|t| t.rescale(self.time_bases.0, MICROS));
        if self.streams.sound.is_none() || time.is_some_and(|time| time > self.end() + 3 * SPREAD) {
            self.finish();
        }
        Ok(())
    }

    /// Takes a packet of sound that was read.
    fn hear(&mut self, time: i64, packet: Packet) {
        let micros = time.rescale(self.time_bases.1, MICROS);
        match self.end {
            Some(end) if micros >= end => self.finish(),
            _ if micros < self.start() => {}
            _ if micros < self.to => self.ready.push_back(Part::Sound(packet, time)),
            _ => self.late.push_back((time, packet)),
        }
    }

    /// Notes that there is sound from `from` to `to`.
    fn listen(&mut self, from: i64, to: i64) {
        let heard = self.heard.max(self.start());
        if from - heard > HOLE {
            self.hole.get_or_insert((heard, from));
        }
        self.heard = heard.max(to);
    }

    /// True if sound was found nowhere near its picture in the file, though the film has some. Known when all is read.
    ///
    /// # Errors
    /// The film cannot be read.
    pub(super) fn lacks_sound(&self) -> Result<bool> {
        let (Some(sound), Some((from, to))) = (self.streams.sound, self.hole) else {
            return Ok(false);
        };
        let mut input = open_probed(&self.at)?;
        let (of_picture, of_sound) = self.time_bases;
        // Where a film cannot be sought it is read from its beginning.
        let _ = seek(&mut input, sound, (from - SPREAD).rescale(MICROS, of_sound));
        let mut packet = Packet::empty();
        while packet.read(&mut input).is_ok() {
            let time = packet.dts().or(packet.pts());
            if packet.stream() == sound {
                match time.map(|time| time.rescale(of_sound, MICROS)) {
                    Some(time) if time >= to => return Ok(false),
                    Some(time) if time > from => return Ok(true),
                    _ => {}
                }
            } else if packet.stream() == self.streams.picture
                && time.is_some_and(|time| time.rescale(of_picture, MICROS) > to + APART)
            {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Decides of pictures that they belong to the piece, until all of those that follow are shown at its end or later, and
    /// later than all before. Of the last `held` it cannot be decided yet.
    fn decide(&mut self, held: usize) {
        let to = self.to.rescale(MICROS, self.time_bases.0);
        while self.end.is_none() && self.open.len() > held {
            let next = self.open.iter().map(|(time, _)| *time).min();
            if next.is_some_and(|next| next > self.last.0 && next >= to) {
                self.close(next);
            } else if let Some((time, packet)) = self.open.pop_front() {
                if time >= self.last.0 {
                    self.last = (time, packet.duration());
                }
                self.ready.push_back(Part::Picture(packet, time));
            }
        }
    }

    /// The picture's end is found, before the one that is shown at `next`.
    fn close(&mut self, next: Option<i64>) {
        let micros = |time: i64| time.rescale(self.time_bases.0, MICROS);
        let (time, duration) = self.last;
        let end = micros(time + if duration > 0 { duration } else { self.step });
        // A picture is shown until the next one comes.
        self.end = Some(next.map_or(end, |next| micros(next).min(end.max(self.to))));
        self.open.clear();
        if self.streams.sound.is_none() {
            self.finish();
        }
    }

    /// All is read that is needed.
    fn finish(&mut self) {
        self.is_read = true;
        self.decide(0);
        let base = self.time_bases.1;
        if self.end.is_none() {
            self.close(None);
            // Sound may go on behind the last picture, which is shown meanwhile.
            let ready = self.ready.iter().filter_map(|part| match part {
                Part::Sound(packet, time) => Some(*time + packet.duration()),
                Part::Picture(..) => None,
            });
            let heard = ready.max().map_or(self.heard, |end| end.rescale(base, MICROS));
            self.end = Some(self.end().max(heard.max(self.heard).min(self.to)));
        }
        let end = self.end();
        let late = self.late.drain(..).filter(|(time, _)| time.rescale(base, MICROS) < end);
        self.ready.extend(late.map(|(time, packet)| Part::Sound(packet, time)));
    }

    /// The next packet of the streams; `None` at the end.
    fn read(&mut self) -> Result<Option<Packet>> {
        loop {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => {}
                Err(AvError::Eof) => return Ok(None),
                Err(e) => return Err(failed_at("read", self.at.clone())(e)),
            }
            let stream = packet.stream();
            let is_wanted = stream == self.streams.picture || Some(stream) == self.streams.sound;
            // Half a packet is what a film that was cut short may end with. In MPEG-TS it may be any that was disturbed.
            if is_wanted && (!packet.is_corrupt() || has_clock(&self.input)) {
                return Ok(Some(packet));
            }
        }
    }

    /// When a picture is shown, in the units of its stream.
    fn shown(&self, packet: &Packet) -> Result<i64> {
        let decoded = packet.dts().filter(|_| self.streams.delay == 0);
        packet.pts().or(decoded).ok_or_else(|| {
            let reason =
                "it does not say when its pictures are shown; without --copy it can be cut";
            refused(&self.at, reason.into())
        })
    }
}
