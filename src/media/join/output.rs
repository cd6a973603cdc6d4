//! The film that pieces are joined to.

use std::fs::File;
use std::path::Path;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::context::{self, Input};
use ffmpeg_next::{Dictionary, Error as AvError, Rational, Rescale};

use super::clock::Clock;
use super::first::First;
use super::form::Form;
use super::head::Head;
use super::nal::Start;
use super::pcm::Pcm;
use super::piece::{Part, Piece};
use super::stream::{add, is_adpcm, is_quicktime_only, unknown_codec};
use super::{CopyContainer, refused, timecode};
use crate::error::Result;
use crate::media::alpha::is_transparent;
use crate::media::assemble::extradata;
use crate::media::files::{create, failed, options};
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_probed, video_stream};

/// A film that is being written.
pub(super) struct Output {
    output: context::Output,
    container: CopyContainer,
    /// The film that the first piece is from, which the others must be like.
    like: Location,
    picture: Track,
    sound: Option<Track>,
    clock: Clock,
    first: First,
}

struct Track {
    form: Form,
    time_base: Rational,
    /// When the last packet is heard, and for how long, in `time_base`.
    last: Option<(i64, i64)>,
    count: u64,
    /// Of sound that is stored without times.
    pcm: Option<Pcm>,
    head: Head,
}

impl Track {
    /// True if a packet is coded as the first ones are.
    fn is_like(&mut self, packet: &Packet) -> bool {
        let announced = packet.side_data().find(|side| side.kind() == Type::NewExtraData);
        let announced = announced.map(|side| side.data().to_vec());
        self.head.is_of(packet.data().unwrap_or_default(), announced.as_deref())
    }
}

impl Output {
    /// Will write into `file`, at `path`, pieces like `piece`, which is the first, of the film at `at`.
    ///
    /// # Errors
    /// The container has no place for them.
    pub(super) fn new(
        file: File,
        path: &Path,
        container: CopyContainer,
        at: &Location,
        piece: &Piece,
    ) -> Result<Self> {
        let (input, streams) = (piece.input(), piece.streams());
        let mut output = create(file, path, container.muxer())?;
        let failed = |reason: String| {
            refused(at, format!("it cannot be copied into .{container}: {reason}"))
        };
        let missing = || failed(AvError::StreamNotFound.to_string());
        let mut unknown = None;
        for (what, index) in [("picture", Some(streams.picture)), ("sound", streams.sound)] {
            let Some(index) = index else { continue };
            let stream = input.stream(index).ok_or_else(missing)?;
            if container == CopyContainer::Mkv && is_quicktime_only(&output, &stream) {
                let codec = stream.parameters().id().name();
                let reason =
                    format!("its {what} is {codec}, which players do not find there; try .mov");
                return Err(failed(reason));
            }
            if !container.has_times() && is_adpcm(&stream) {
                let codec = stream.parameters().id().name();
                let reason =
                    format!("its {what} is {codec}, which stands there without times; try .mkv");
                return Err(failed(reason));
            }
            if !container.has_times() && is_transparent(&stream) {
                let reason = "what is transparent in it has no place there; try .webm or .mkv";
                return Err(failed(reason.into()));
            }
            unknown =
                unknown.or_else(|| unknown_codec(&output, &stream).map(|codec| (what, codec)));
            add(&mut output, &stream).map_err(|e| failed(e.to_string()))?;
        }
        let timecode = timecode::at(input, streams.picture, piece.first());
        if let (Some(code), Some(mut picture)) = (timecode, output.stream_mut(0)) {
            let mut notes = Dictionary::new();
            notes.set(timecode::KEY, &code);
            picture.set_metadata(notes);
        }
        // What FFmpeg calls experimental in a container (FLAC in MP4) was in one already.
        let strict = ("strict", "experimental".to_string());
        let mut settings = vec![("fflags", "+bitexact".to_string()), strict];
        if !container.has_times() {
            settings.push(("movflags", "+faststart".into()));
        }
        output.write_header_with(options(settings)).map_err(|e| match unknown {
            Some((what, codec)) => {
                let others = container.others();
                failed(format!("{codec}, which its {what} is, does not go there; try {others}"))
            }
            None => {
                let name = |index| input.stream(index).map(|s| s.parameters().id().name());
                let codecs =
                    [Some(streams.picture), streams.sound].into_iter().flatten().filter_map(name);
                let codecs = codecs.collect::<Vec<_>>().join(" and ");
                failed(format!(
                    "{codecs} cannot be written there ({e}); try {}",
                    container.others()
                ))
            }
        })?;
        let track = |index: usize, from: usize| {
            let (to, from) = (output.stream(index)?, input.stream(from)?);
            let parameters = from.parameters();
            let pcm = Pcm::of(&parameters).filter(|_| !container.has_times());
            Some(Track {
                head: Head::new(parameters.id(), &extradata(&parameters)),
                form: Form::of(&from),
                time_base: to.time_base(),
                last: None,
                count: 0,
                pcm,
            })
        };
        let picture = track(0, streams.picture).ok_or_else(missing)?;
        let sound = streams.sound.and_then(|sound| track(1, sound));
        let rate = input.stream(streams.picture).map_or(Rational(0, 1), |s| s.avg_frame_rate());
        let step = match rate.numerator() > 0 && rate.denominator() > 0 {
            true => 1.rescale(rate.invert(), picture.time_base),
            false => 1,
        };
        let clock = Clock::new(picture.form.delay, step);
        let parameters = input.stream(streams.picture).map(|stream| stream.parameters());
        let first = First::new(parameters.ok_or_else(missing)?);
        Ok(Self { output, container, like: at.clone(), picture, sound, clock, first })
    }

    /// How many pictures a decoder holds back.
    pub(super) fn delay(&self) -> usize {
        self.picture.form.delay
    }

    /// Frames of the picture so far.
    pub(super) fn frames(&self) -> u64 {
        self.picture.count
    }

    /// Looks whether the streams of `input`, the film at `at`, are coded like those of the first piece.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn check(
        &self,
        at: &Location,
        input: &Input,
        streams: (usize, Option<usize>),
    ) -> Result<()> {
        let like = &self.like;
        let form = |index| input.stream(index).map(|stream| Form::of(&stream));
        let check = |what: &str, index, track: &Track| {
            let form: Option<Form> = form(index);
            match form.and_then(|form| form.difference(&track.form)) {
                Some(in_what) => Err(refused(
                    at,
                    format!(
                        "its {what} differs from that of {like} in {in_what}; without --copy they go together"
                    ),
                )),
                None => Ok(()),
            }
        };
        match (streams.1, &self.sound) {
            (Some(_), None) => {
                return Err(refused(
                    at,
                    format!("it has sound, and {like} has none; try --no-sound"),
                ));
            }
            (None, Some(_)) => {
                return Err(refused(
                    at,
                    format!("it has no sound, and {like} has; try --no-sound"),
                ));
            }
            (Some(index), Some(track)) => check("sound", index, track)?,
            (None, None) => {}
        }
        check("picture", streams.0, &self.picture)
    }

    /// Appends a piece of the film at `at`, `shift` microseconds later than it says.
    ///
    /// # Errors
    /// It cannot be read, cannot follow what is there, or cannot be written.
    pub(super) fn append(
        &mut self,
        mut piece: Piece,
        shift: i64,
        at: &Location,
        path: &Path,
    ) -> Result<Piece> {
        if self.picture.count > 0 {
            let is_joinable =
                piece.key().is_none_or(|key| self.picture.form.start(key) == Start::Anew);
            if !is_joinable {
                let reason = "its pictures lean on others across key frames (open GOP), so that its pieces can only \
                              stand first; without --copy it can be cut";
                return Err(refused(at, reason.into()));
            }
        }
        if !self.first.is_whole(piece.opening(), piece.first()) {
            let reason = "a piece begins with a picture that cannot be shown without those before it, or by the settings of \
                          the film's beginning; without --copy it can be cut";
            return Err(refused(at, reason.into()));
        }
        let (of_picture, of_sound) = piece.time_bases();
        while let Some(part) = piece.next()? {
            let (what, packet, track) = match &part {
                Part::Picture(packet, _) => ("picture", packet, Some(&mut self.picture)),
                Part::Sound(packet, _) => ("sound", packet, self.sound.as_mut()),
            };
            if track.is_some_and(|track| !track.is_like(packet)) {
                let reason = format!(
                    "the form of its {what} changes in the middle; without --copy it can be cut"
                );
                return Err(refused(at, reason));
            }
            match part {
                Part::Picture(packet, time) => {
                    self.picture(packet, time, of_picture, shift, at, path)?
                }
                Part::Sound(packet, time) => self.sound(packet, time, of_sound, shift, path)?,
            }
        }
        if self.sound.is_some() && piece.lacks_sound()? {
            let reason = "its sound stands far from its picture in the file; copy it anew first (ffmpeg -i FILE -c copy \
                          NEW), or cut it without --copy";
            return Err(refused(at, reason.into()));
        }
        Ok(piece)
    }

    fn picture(
        &mut self,
        mut packet: Packet,
        time: i64,
        from: Rational,
        shift: i64,
        at: &Location,
        path: &Path,
    ) -> Result<()> {
        let to = self.picture.time_base;
        let shown = moved(time, from, shift, to);
        let Some(decoded) = self.clock.decoded(shown) else {
            let reason = "its pictures are stored in another order than it says; without --copy it can be cut";
            return Err(refused(at, reason.into()));
        };
        packet.set_duration(packet.duration().rescale(from, to));
        packet.set_dts(Some(decoded));
        self.picture.count += 1;
        write(&mut self.output, packet, 0, shown, path)
    }

    fn sound(
        &mut self,
        mut packet: Packet,
        time: i64,
        from: Rational,
        shift: i64,
        path: &Path,
    ) -> Result<()> {
        let Some(track) = &mut self.sound else { return Ok(()) };
        let heard = moved(time, from, shift, track.time_base);
        let duration = packet.duration().rescale(from, track.time_base);
        if let Some(pcm) = &mut track.pcm {
            for (first, part) in pcm.place(&packet, heard) {
                write(&mut self.output, part, 1, first, path)?;
            }
            return Ok(());
        }
        // What overlaps the last piece by more than half of its length is left out: so the sound is never more than half
        // a packet off its picture, however many pieces there are.
        if track.last.is_some_and(|(last, length)| heard <= last || heard < last + length / 2) {
            return Ok(());
        }
        track.last = Some((heard, duration));
        track.count += 1;
        packet.set_duration(duration);
        packet.set_dts(Some(heard));
        write(&mut self.output, packet, 1, heard, path)
    }

    /// Writes the index, and looks whether the film says of itself what the first piece does.
    ///
    /// # Errors
    /// It cannot be written, or the container cannot say it.
    pub(super) fn finish(mut self, path: &Path) -> Result<()> {
        self.output.write_trailer().map_err(failed("write", path))?;
        let at = Location::from(path);
        let written = open_probed(&at)?;
        let index = video_stream(&written, &at)?;
        let form = written.stream(index).map(|stream| Form::of(&stream));
        match form.and_then(|form| self.picture.form.lost(&form)) {
            None => Ok(()),
            Some(what) => Err(refused(
                &self.like,
                format!(
                    "its {what} would be lost in .{}; try {}, or cut it without --copy",
                    self.container,
                    self.container.others()
                ),
            )),
        }
    }
}

/// A time of a piece in the film that it is joined to: in one step, so that what was exact stays so.
fn moved(time: i64, from: Rational, shift: i64, to: Rational) -> i64 {
    time.rescale(from, to) + shift.rescale(MICROS, to)
}

fn write(
    output: &mut context::Output,
    mut packet: Packet,
    stream: usize,
    time: i64,
    path: &Path,
) -> Result<()> {
    packet.set_pts(Some(time));
    packet.set_stream(stream);
    packet.set_position(-1);
    packet.write_interleaved(output).map_err(failed("write", path))
}
