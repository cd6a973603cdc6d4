//! `genmedia remix PLAYLIST -o FILE`

use std::path::{Path, PathBuf};

use genmedia::media::{Codec, Container, DynamicRange, Fit, Location, SoundCodec};
use genmedia::playlist::{Choice, Count, Listed, Part, Snap, Weight, look, read, read_from};
use genmedia::recipe::{Draft, Seed};
use genmedia::remix::{Cut, Remix, copy};
use genmedia::values::whole_in;
use genmedia::words::{count, duration};
use genmedia::{Error, Recipe};

use super::options::{LookOptions, VideoOptions, flag_error};
use super::signals::Signals;
use super::tracks::SoundOptions;
use super::work::{Anew, RenderOptions, Task, Turn, dry_run, named_by_flags};
use super::{Failure, note, print_path};

/// Join the pieces of a playlist into one film
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia playlist films --seed 7 -o piece.m3u && genmedia remix piece.m3u -o piece.mp4
  genmedia remix night.xspf --size 1920x1080 --fps 30 --fit crop -o night.mp4
  genmedia remix piece.m3u --recurse 3 -o third.mp4
  genmedia remix list.ffconcat --copy -o joined.mp4

A remix is a job like any other: it goes on where it was cut short, and genmedia jobs shows it.
PLAYLIST is m3u, xspf, edl, ffconcat, json, pls, wpl, or a plain list of files; - reads it from \
standard input.")]
pub struct Args {
    /// The playlist
    #[arg(value_name = "PLAYLIST")]
    playlist: PathBuf,
    #[command(flatten)]
    remix: RemixOptions,
    #[command(flatten)]
    video: VideoOptions,
    #[command(flatten)]
    look: LookOptions,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    anew: Anew,
    #[command(flatten)]
    work: RenderOptions,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Remix")]
struct RemixOptions {
    /// How pictures of another aspect ratio go into the frame: pad, crop or stretch [default: pad]
    #[arg(long, value_name = "HOW")]
    fit: Option<Fit>,
    /// Leave the films' own sound out
    #[arg(long)]
    no_sound: bool,
    /// Copy into -o FILE (.mov too) without encoding: each piece begins at the key frame before it, and all must
    /// be coded alike
    #[arg(long, requires = "output", conflicts_with_all = COPY_CONFLICTS)]
    copy: bool,
    /// Remix N times: cut the result into random pieces, as long as those of the playlist, and join
    /// them again
    #[arg(long, value_name = "N", default_value = "1")]
    #[arg(value_parser = whole_in(1..=1000u32), allow_negative_numbers = true)]
    recurse: u32,
    /// The seed of --recurse: a number, or random [default: 1]
    #[arg(long, value_name = "N|random", allow_negative_numbers = true)]
    seed: Option<Seed>,
    /// Fail where a piece cannot be used, instead of going on without it
    #[arg(long)]
    strict: bool,
}

/// The options that need encoding, or a job, and so mean nothing with `--copy`.
const COPY_CONFLICTS: [&str; 32] = [
    "fit",
    "effects",
    "text",
    "recurse",
    "seed",
    "size",
    "fps",
    "name",
    "segment_frames",
    "codec",
    "preset",
    "crf",
    "gop",
    "pix_fmt",
    "tracks",
    "sound_start",
    "sound_gain",
    "sound_fade_in",
    "sound_fade_out",
    "sample_rate",
    "channels",
    "sound_codec",
    "sound_bitrate",
    "images",
    "png_level",
    "jpg_quality",
    "no_video",
    "threads",
    "retries",
    "timeout",
    "keep_segments",
    "dry_run",
];

/// Says which films will look otherwise than they are stored.
fn tell_hdr(cut: &Cut) {
    let mut films = cut.films.iter().filter(|(_, facts)| facts.range != DynamicRange::Sdr);
    let Some((first, facts)) = films.next() else { return };
    let others = match films.count() {
        0 => String::new(),
        n => format!("; {} of HDR more", count(n as u64, "film")),
    };
    note(format_args!(
        "{first} is HDR ({}), mapped to SDR for an ordinary screen{others}",
        facts.range
    ));
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let listed = match self.playlist.as_os_str() == "-" {
            true => read_from(std::io::stdin(), Path::new(""))?,
            false => read(&self.playlist)?,
        };
        let cut = self.cut(&listed)?;
        self.check_output(&cut)?;
        if self.remix.copy {
            return self.copy(&cut);
        }
        let seed = match self.remix.seed.unwrap_or(Seed::Fixed(1)) {
            Seed::Fixed(seed) => seed,
            Seed::Random => {
                let drawn =
                    getrandom::u32().map_err(|e| flag_error("seed", "random", e.to_string()))?;
                note(format_args!("--seed {drawn}"));
                u64::from(drawn)
            }
        };
        let mut recipe = self.recipe(&cut)?;
        tell_hdr(&cut);
        let mut name = self.name(&recipe, 1);
        if self.anew.dry_run {
            return dry_run(&recipe, &name);
        }
        let signals = Signals::watch()?;
        for generation in 1..=self.remix.recurse {
            let is_last = generation == self.remix.recurse;
            let output = self.video.output.as_deref().filter(|_| is_last);
            let task = Task {
                recipe: &recipe,
                name: &name,
                output,
                force: self.anew.force,
                beside_workers: false,
            };
            let turn = Turn { number: generation as usize, of: self.remix.recurse as usize };
            let film = self.work.film(&task, turn, &signals).map_err(named_by_flags)?;
            if is_last {
                print_path(&film)?;
                break;
            }
            let next = self.next_cut(&cut, &film, seed.wrapping_add(generation.into()))?;
            recipe = self.recipe(&next)?;
            name = self.name(&recipe, generation + 1);
        }
        Ok(())
    }

    /// The pieces that can be used. Warns of the others, or fails with `--strict`.
    fn cut(&self, listed: &[Listed]) -> Result<Cut, Failure> {
        let cut = Cut::new(listed);
        match cut.refused.as_slice() {
            [] => {}
            [first, ..] if self.remix.strict || cut.pieces.is_empty() => {
                return Err(Failure::Told(first.clone()));
            }
            refused => {
                for line in refused {
                    note(format_args!("warning: {line}; left out"));
                }
                let (left, all) = (listed.len() - cut.pieces.len(), listed.len());
                note(format_args!("warning: left out: {left} of {all} pieces; --strict refuses"));
            }
        }
        Ok(cut)
    }

    /// Refuses an output that is one of the films that pieces are cut from, whatever `--force` says.
    fn check_output(&self, cut: &Cut) -> Result<(), Error> {
        let Some(output) = &self.video.output else { return Ok(()) };
        let real = |path: &Path| path.canonicalize().ok();
        let is_source =
            |at: &Location| at.file().and_then(real).is_some_and(|film| Some(film) == real(output));
        if cut.films.iter().any(|(at, _)| is_source(at)) {
            let reason = "pieces are cut from this film; choose another output";
            return Err(flag_error("output", output.display(), reason));
        }
        Ok(())
    }

    /// The recipe of a generation.
    fn recipe(&self, cut: &Cut) -> Result<Recipe, Error> {
        let draft = self.video.draft()?;
        let codec = draft.video.as_ref().and_then(|v| v.codec).unwrap_or(Codec::H264);
        let pix_fmt = draft.video.as_ref().and_then(|v| v.pix_fmt).unwrap_or(codec.pix_fmts()[0]);
        let fps = match draft.fps.or_else(|| cut.fps()) {
            Some(fps) => fps,
            None => {
                return Err(flag_error("fps", "", "the first piece has no frame rate; give one"));
            }
        };
        let remix = cut.remix(fps, !self.remix.no_sound)?;
        // Opus has one rate only, and is what goes into WebM.
        let is_opus = draft.video.as_ref().is_some_and(|video| {
            video.container == Some(Container::Webm) || video.sound_codec == Some(SoundCodec::Opus)
        });
        let rate = |own: u32| if is_opus { 48_000 } else { own };
        let sound = remix.sound.map(|own| self.sound.rate().unwrap_or(rate(own)));
        let remix = Some(Remix { fit: self.remix.fit.unwrap_or_default(), sound, ..remix });
        let size = draft.size.or_else(|| cut.size(pix_fmt.chroma_shift() != (0, 0)));
        let mut draft = Draft { remix, size, fps: Some(fps), ..draft };
        self.sound.add(&mut draft)?;
        self.look.lay(&mut draft);
        draft.resolve()
    }

    /// The name of a generation's job. `--name` is that of the last; those before it get `NAME-1`, `NAME-2` and so on.
    fn name(&self, recipe: &Recipe, generation: u32) -> String {
        match &self.video.name {
            Some(name) if generation == self.remix.recurse => name.clone(),
            Some(name) => format!("{name}-{generation}"),
            None => recipe.default_name(),
        }
    }

    /// The pieces of the next generation, cut from `film` at random. Their total, their shortest and their longest
    /// length are those of `playlist`.
    fn next_cut(&self, playlist: &Cut, film: &Path, seed: u64) -> Result<Cut, Error> {
        let (shortest, longest, total) = playlist.lengths()?;
        let at = Location::from(film);
        let films = look(std::slice::from_ref(&at), false);
        let Some(last) = films.films.first() else {
            let reason = films.refused.first().map_or(String::new(), |r| r.reason.clone());
            return Err(Error::Film { film: at.to_string(), reason });
        };
        let choice = Choice {
            count: Count::Total(total.min(last.facts.duration)),
            length: (shortest, longest.min(last.facts.duration).max(shortest)),
            part: Part::default(),
            weight: Weight::Duration,
            snap: Snap::Frame,
            apart: None,
            shuffle: true,
            seed,
        };
        let mut pieces = Vec::new();
        choice.choose::<Error>(&[last.material()], |pick| {
            pieces.push((0, pick.start, pick.start + pick.length));
            Ok(())
        })?;
        Ok(Cut { pieces, films: vec![(at, last.facts)], refused: Vec::new() })
    }

    fn copy(&self, cut: &Cut) -> Result<(), Failure> {
        let Some(output) = &self.video.output else { return Ok(()) };
        let film = copy(cut, output, !self.remix.no_sound, self.anew.force)?;
        let listed =
            cut.pieces.iter().map(|(_, start, stop)| stop - start).sum::<u64>() as f64 / 1e6;
        let longer = match film.seconds > 1.1 * listed + 0.5 {
            true => format!(
                "; the list is {} long, but a copy begins at key frames (playlist --snap keyframe cuts there)",
                duration(listed)
            ),
            false => String::new(),
        };
        note(format_args!("{}, {}{longer}", count(film.frames, "frame"), duration(film.seconds)));
        Ok(print_path(output)?)
    }
}
