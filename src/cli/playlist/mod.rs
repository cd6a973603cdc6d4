//! `genmedia playlist INPUT...`

mod write;

use std::io::ErrorKind::BrokenPipe;
use std::path::{Path, PathBuf};

use genmedia::Cancel;
use genmedia::error::{Error, Origin};
use genmedia::files;
use genmedia::jobs::Catalog;
use genmedia::playlist::format::{Address, Header, Places};
use genmedia::playlist::{
    Choice, Count, Films, Format, Part, Refused, Snap, Weight, gather, look, time,
};
use genmedia::recipe::Seed;

use super::options::{Dir, flag_error as flag, some_time};
use super::play::Player;
use super::signals::Signals;
use super::{Failure, note, print_path};
use genmedia::values::whole;
use genmedia::words::{count, duration};
use write::{Destination, Sources};

/// Cut random pieces of films into a playlist
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia playlist jobs/*/*.mp4 -o night.m3u
  genmedia playlist ~/films --match '*.mkv' --total 10m --length 2..8 --shuffle --play
  genmedia playlist noise-04aab1f6 --count 50 --between 10%..90% --no-overlap --format xspf
  genmedia playlist films --seed 7 --snap frame -o piece.m3u && genmedia remix piece.m3u -o out.mp4

Without -o the playlist goes to stdout. The same seed and films give the same playlist; the seed is \
written into it. VLC plays m3u and xspf, mpv edl, and ffmpeg -safe 0 -i reads ffconcat.
Times are in seconds (5, 0.5), with units (90s, 10m, 1h30m) or as 1:30.")]
pub struct Args {
    /// Films, folders, jobs by name, or http(s) addresses
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Write it here; .m3u, .xspf, .edl, .ffconcat or .json [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// m3u, xspf, edl (mpv), ffconcat or json [default: what the ending of -o says, else m3u]
    #[arg(long, value_name = "F")]
    format: Option<Format>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Play it, in VLC or mpv
    #[arg(long)]
    play: bool,
    /// Films of folders whose name or path matches, instead of all with a film's ending
    #[arg(long = "match", value_name = "GLOB")]
    pattern: Option<String>,
    /// Fail where a film cannot be used, instead of going on without it
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    chance: Chance,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    dir: Dir,
}

/// Which pieces.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pieces")]
struct Chance {
    /// Number of pieces [default: 20]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    count: Option<u64>,
    /// As many pieces as take this time together; the last is cut to fit
    #[arg(long, value_name = "TIME", value_parser = some_time, conflicts_with = "count")]
    #[arg(allow_negative_numbers = true)]
    total: Option<u64>,
    /// Length of a piece, or A..B for one by chance
    #[arg(long, value_name = "S|A..B", value_parser = lengths, default_value = "5")]
    #[arg(allow_negative_numbers = true)]
    length: (u64, u64),
    /// Only from this part of each film: 10..60, 1:00.., 25%..75%
    #[arg(long, value_name = "A..B", default_value = "0..100%", hide_default_value = true)]
    #[arg(allow_hyphen_values = true)]
    between: Part,
    /// duration: every moment of all films is as likely; equal: every film
    #[arg(long, value_name = "W", default_value = "duration")]
    weight: Weight,
    /// No moment of a film twice
    #[arg(long)]
    no_overlap: bool,
    /// At least so long between two pieces of the same film; implies --no-overlap
    #[arg(long, value_name = "S", value_parser = time::parse, allow_negative_numbers = true)]
    min_gap: Option<u64>,
    /// In random order, and not in that of the inputs and of time
    #[arg(long)]
    shuffle: bool,
    /// Begin at a keyframe, at a frame, or anywhere (none)
    #[arg(long, value_name = "S", default_value = "none")]
    snap: Snap,
    /// What chance starts from: a number, or random [default: random]
    #[arg(long, value_name = "N|random", allow_negative_numbers = true)]
    seed: Option<Seed>,
}

/// How films are named.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Names")]
struct Names {
    /// Paths from the root, instead of from the playlist's folder
    #[arg(long)]
    absolute: bool,
    /// URLs instead of paths: this one stands for the folder of jobs (http://host:8080/jobs/)
    #[arg(long, value_name = "URL", conflicts_with = "absolute")]
    base_url: Option<String>,
}

fn lengths(text: &str) -> Result<(u64, u64), String> {
    let Some((a, b)) = text.split_once("..") else {
        return some_time(text).map(|length| (length, length));
    };
    match (some_time(a)?, some_time(b)?) {
        (a, b) if a > b => Err("the range ends before it begins".into()),
        range => Ok(range),
    }
}

impl Chance {
    fn choice(&self) -> Result<Choice, Error> {
        let seed = match self.seed.unwrap_or(Seed::Random) {
            Seed::Fixed(seed) => seed,
            Seed::Random => {
                u64::from(getrandom::u32().map_err(|e| flag("seed", "random", e.to_string()))?)
            }
        };
        let count = match (self.total, self.count) {
            (Some(total), _) => Count::Total(total),
            (None, Some(0)) => return Err(flag("count", "0", "a playlist has at least one piece")),
            (None, count) => Count::Pieces(count.unwrap_or(20)),
        };
        Ok(Choice {
            count,
            length: self.length,
            part: self.between,
            weight: self.weight,
            snap: self.snap,
            apart: self.min_gap.or(self.no_overlap.then_some(0)),
            shuffle: self.shuffle,
            seed,
        })
    }
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let choice = self.chance.choice()?;
        let format = self.format()?;
        let player = if self.play { Some(Player::find(format)?) } else { None };
        let format = format.or(player.as_ref().map(Player::format)).unwrap_or(Format::M3u);
        let output = match (&self.output, &player) {
            (Some(path), _) => {
                Destination::File(path.clone(), files::check_free(path, self.force)?)
            }
            (None, Some(_)) => Destination::temporary(format)?,
            (None, None) => Destination::Stdout,
        };
        let folder = output.path().and_then(Path::parent).unwrap_or(Path::new(""));
        let address = match &self.names.base_url {
            Some(url) => Address::Base(url.clone()),
            None if self.names.absolute || matches!(output, Destination::Temporary { .. }) => {
                Address::Absolute
            }
            None => Address::Relative,
        };
        let places = Places::new(address, folder, &self.dir.dir).map_err(from_flags)?;

        let films = self.films(&choice)?;
        let mut sources = Sources::default();
        let mut refused = films.refused;
        for film in films.films {
            let at = &film.location;
            let place = match choice.refusal(&film.material()) {
                Some(reason) => Err(reason),
                None => places
                    .place(at)
                    .map_err(|e| e.to_string().trim_start_matches(&format!("{at}: ")).to_string())
                    .and_then(|place| format.place(&place)),
            };
            match place {
                Ok(place) => sources.add(film, place),
                Err(reason) => refused.push(Refused { location: film.location, reason }),
            }
        }
        sift(&refused, sources.films.len(), self.strict)?;

        let header = Header { seed: choice.seed, options: options(&choice) };
        // A reader may keep stdout waiting, and then a signal ends the process at once, as it does by itself.
        let signals = match output {
            Destination::File(..) => Some(Signals::watch()?),
            _ => None,
        };
        let cancel = signals.as_ref().map_or_else(Cancel::new, |signals| signals.cancel().clone());
        let written = output.write(|out| sources.write(&choice, format, &header, out, &cancel));
        let sum = match written {
            // A reader that has gone away has what it wanted.
            Err(Error::Io { source, .. })
                if matches!(output, Destination::Stdout) && source.kind() == BrokenPipe =>
            {
                return Ok(());
            }
            Err(Error::Interrupted) => {
                return Err(Failure::Signal(signals.map_or(1, |signals| signals.exit_code())));
            }
            written => written?,
        };
        note(format_args!(
            "{} of {}, {}, --seed {}",
            count(sum.pieces, "piece"),
            count(sum.films, "film"),
            duration(sum.length as f64 / 1e6),
            choice.seed
        ));
        if let Destination::File(path, _) = &output {
            print_path(path)?;
        }
        match (player, output.path()) {
            (Some(player), Some(path)) => player.play(path),
            _ => Ok(()),
        }
    }

    /// The form that is asked for.
    fn format(&self) -> Result<Option<Format>, Error> {
        let ending = self
            .output
            .as_ref()
            .map(|path| path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_string());
        Ok(match (self.format, &self.output) {
            (Some(format), _) => Some(format),
            (None, Some(path)) => {
                Some(Format::of_ending(&ending.unwrap_or_default()).ok_or_else(|| {
                    let reason = "the ending of its name chooses the form: .m3u, .xspf, .edl, .ffconcat or .json; \
                                  or say it by --format";
                    flag("output", path.display(), reason)
                })?)
            }
            (None, None) => None,
        })
    }

    fn films(&self, choice: &Choice) -> Result<Films, Error> {
        let dir = &self.dir.dir;
        let film_of = |name: &str| Catalog::film(dir, name);
        let gathered = gather(&self.inputs, self.pattern.as_deref(), dir, &film_of);
        let (places, refused) = gathered.map_err(from_flags)?;
        let mut films = look(&places, choice.snap == Snap::Keyframe);
        films.refused.splice(0..0, refused);
        Ok(films)
    }
}

/// Tells of films that are left out.
///
/// # Errors
/// There is no other film, or `strict`.
pub(super) fn sift(refused: &[Refused], used: usize, strict: bool) -> Result<(), Failure> {
    let error = |Refused { location, reason }: &Refused| Error::Film {
        film: location.to_string(),
        reason: reason.clone(),
    };
    match refused {
        [] => Ok(()),
        [first, ..] if strict => Err(error(first).into()),
        [only] if used == 0 => Err(error(only).into()),
        many => {
            for refused in many {
                note(format_args!("warning: {}; left out", error(refused)));
            }
            match used {
                0 => Err(Failure::Told(format!("none of the {} films can be used", many.len()))),
                _ => Ok(()),
            }
        }
    }
}

/// How the pieces were chosen, for the playlist's comment.
fn options(choice: &Choice) -> Vec<(&'static str, String)> {
    let mut options = vec![match choice.count {
        Count::Pieces(count) => ("count", count.to_string()),
        Count::Total(total) => ("total", time::seconds(total)),
    }];
    options.push(match choice.length {
        (a, b) if a == b => ("length", time::seconds(a)),
        (a, b) => ("length", format!("{}..{}", time::seconds(a), time::seconds(b))),
    });
    if choice.part != Part::default() {
        options.push(("between", choice.part.to_string()));
    }
    options.push(("weight", choice.weight.to_string()));
    options.push(("snap", choice.snap.to_string()));
    options.extend(choice.apart.map(|gap| ("min-gap", time::seconds(gap))));
    options.push(("shuffle", choice.shuffle.to_string()));
    options
}

fn from_flags(error: Error) -> Error {
    match error {
        Error::Invalid(invalid) => invalid.from_origin(&Origin::Flags).into(),
        error => error,
    }
}
