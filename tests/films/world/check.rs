//! What is right: the frames of the pieces in their order, each at its time, and the sound with them.

use std::path::Path;
use std::process::Command;

use super::films::Film;
use crate::common::{Folder, mpv, numbers, stderr, tool};

/// What became of a film.
pub enum Outcome {
    Right,
    /// In one line, and nothing was written.
    Refused(String),
    Wrong(String),
}

/// The pieces that are cut, in seconds.
const PIECES: [(f64, f64); 4] = [(0.8, 1.4), (0.0, 0.4), (1.52, 2.08), (0.4, 0.8)];
/// How far a time may be off: rounded to milliseconds, twice.
const ROUNDED: f64 = 0.0025;
/// A piece may go on so many frames after its end, until none that is left is shown earlier.
const HELD: usize = 17;
/// Clicks of the sound are so far from each other, in seconds.
const BEAT: f64 = 0.25;

/// The frames of a film: when each is shown, in seconds from its beginning, and its number.
struct Truth {
    frames: Vec<(f64, u16)>,
    keys: Vec<f64>,
}

impl Truth {
    /// The pieces, as far as the film goes.
    fn pieces(&self) -> impl Iterator<Item = (f64, f64)> {
        let end = self.frames.last().map_or(0.0, |(time, _)| time + 0.04);
        let pieces = PIECES.into_iter().filter(move |(start, _)| *start < end);
        pieces.map(move |(start, stop)| (start, stop.min(end)))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The frames of `film` as FFmpeg decodes them. What it complains of counts if it `is_ours`.
fn truth(film: &Path, is_ours: bool) -> Result<Truth, String> {
    let args = ["-v", "error", "-select_streams", "v:0", "-show_entries"];
    let entries = "frame=best_effort_timestamp_time,key_frame:format=start_time";
    let output = Command::new("ffprobe")
        .args(args)
        .args([entries, "-of", "csv=p=1:nk=1", text(film)])
        .output()
        .expect("ffprobe is needed");
    if is_ours && (!output.status.success() || !output.stderr.is_empty()) {
        return Err(format!("ffprobe says {}", stderr(&output)));
    }
    let (mut times, mut start) = (Vec::new(), 0.0);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let fields: Vec<&str> = line.split(',').collect();
        match fields[..] {
            ["frame", is_key, time, ..] => {
                times.push((time.parse().unwrap_or(f64::NAN), is_key == "1"));
            }
            // What lies before 0 is a lead-in, but of a clock.
            ["format", time, ..] if film.extension().is_some_and(|e| e == "ts") => {
                start = time.parse().unwrap_or(0.0);
            }
            ["format", time, ..] => start = time.parse().unwrap_or(0.0f64).max(0.0),
            _ => {}
        }
    }
    let numbers = numbers(film);
    if numbers.len() != times.len() {
        return Err(format!("{} frames, of which {} have times", numbers.len(), times.len()));
    }
    // Of a frame without a time it is known that it follows the last.
    let times = times.into_iter().scan(-0.04, |last, (time, is_key): (f64, bool)| {
        *last = if time.is_nan() { *last + 0.04 } else { time - start };
        Some((*last, is_key))
    });
    let frames: Vec<_> = times.zip(numbers).collect();
    Ok(Truth {
        keys: frames
            .iter()
            .filter(|((_, is_key), _)| *is_key)
            .map(|((time, _), _)| *time)
            .collect(),
        frames: frames.into_iter().map(|((time, _), number)| (time, number)).collect(),
    })
}

/// Writes the list of pieces.
fn list(folder: &Folder, film: &Film) {
    let mut list = "#EXTM3U\n".to_string();
    for (from, to) in PIECES {
        list +=
            &format!("#EXTVLCOPT:start-time={from}\n#EXTVLCOPT:stop-time={to}\n{}\n", film.name);
    }
    std::fs::write(folder.join("list.m3u"), list).expect("written");
}

/// Runs genmedia; in what it gives besides a film.
fn run(folder: &Folder, args: &str, film: &str) -> Option<Outcome> {
    let output = folder.run(args);
    let told = stderr(&output);
    let errors: Vec<&str> = told.lines().filter(|line| line.contains("error")).collect();
    match output.status.code() {
        Some(0) => None,
        Some(1) if errors.len() == 1 && !folder.join(film).exists() => {
            let reason = errors[0].trim_start_matches("genmedia: error: ");
            Some(Outcome::Refused(reason.to_string()))
        }
        code => Some(Outcome::Wrong(format!("{args}: exit {code:?}, {told}"))),
    }
}

/// A remix of the pieces, encoded.
pub fn remixed(folder: &Folder, film: &Film) -> Outcome {
    list(folder, film);
    let args = "remix list.m3u -o out.mp4 --fps 25 --crf 20 --preset fast";
    if let Some(outcome) = run(folder, args, "out.mp4") {
        return outcome;
    }
    let check = || -> Result<(), String> {
        let from = truth(&folder.join(film.name), false)?;
        let made = truth(&folder.join("out.mp4"), true)?;
        let mut expected = Vec::new();
        for (start, stop) in from.pieces() {
            let count = ((stop - start) * 25.0).round() as usize;
            expected.extend((0..count).map(|n| {
                let time = start + n as f64 / 25.0 + ROUNDED;
                let shown = from.frames.iter().rev().find(|(at, _)| *at <= time);
                shown.or(from.frames.first()).map_or(0, |(_, number)| *number)
            }));
        }
        let mut found: Vec<u16> = made.frames.iter().map(|(_, number)| *number).collect();
        // By half a frame the end of a film is where it says.
        if found.len() == expected.len() + 1 {
            found.dedup();
            expected.dedup();
        }
        if !film.is_turned && found != expected {
            return Err(format!("remix: frames {found:?} for {expected:?}"));
        }
        let starts = from.pieces().scan(0.0, |end, (start, stop)| {
            let at = *end;
            *end += stop - start;
            Some((at, start, stop - start))
        });
        heard(folder, "out.mp4", film, &from, starts.collect()).map_err(|e| format!("remix: {e}"))
    };
    check().map_or_else(Outcome::Wrong, |()| Outcome::Right)
}

/// A copy of the pieces.
pub fn copied(folder: &Folder, film: &Film) -> Outcome {
    list(folder, film);
    let name = format!("copy.{}", film.copy);
    if let Some(outcome) = run(folder, &format!("remix list.m3u --copy -o {name}"), &name) {
        return outcome;
    }
    let check = || -> Result<(), String> {
        let path = folder.join(&name);
        let mut from = truth(&folder.join(film.name), false)?;
        // What an edit list hides is copied with the GOP that it is part of.
        let (first, number) = from.frames[0];
        let hidden = (1..=film.hidden).rev().map(|n| (first - f64::from(n) / 25.0, number - n));
        from.frames.splice(0..0, hidden);
        let made = truth(&path, true)?;
        rises(&path)?;
        mpv(&path)?;
        let mut left = &made.frames[..];
        let mut pieces = Vec::new();
        for (start, stop) in from.pieces() {
            let Some(begin) = left.first() else { return Err(format!("no piece from {start}")) };
            let first = from.frames.iter().position(|frame| frame.1 == begin.1);
            let first = first.ok_or(format!("the piece from {start} begins with {}", begin.1))?;
            // From a key frame at or before its beginning, or from where the film begins.
            let at = from.frames[first].0;
            if first > 0 && (at > start + ROUNDED || !from.keys.contains(&at)) {
                return Err(format!("the piece from {start} begins at {at}"));
            }
            let follows = |(made, from): &(&(f64, u16), &(f64, u16))| {
                made.1 == from.1 && (made.0 - begin.0 - (from.0 - at)).abs() < ROUNDED
            };
            let run = left.iter().zip(&from.frames[first..]).take_while(follows).count();
            let needed = from.frames[first..].iter().filter(|(at, _)| *at < stop - ROUNDED).count();
            if run < needed || run > needed + HELD {
                let (left, from) =
                    (&left[..left.len().min(needed + 3)], &from.frames[first..first + needed]);
                return Err(format!(
                    "of the piece from {start} {run} frames follow: {left:?} for {from:?}"
                ));
            }
            let length = left.get(run).map_or(stop - at, |next| next.0 - begin.0);
            pieces.push((begin.0, at, length.min(stop - at)));
            left = &left[run..];
        }
        if !left.is_empty() {
            return Err(format!("{} frames too many: {left:?}", left.len()));
        }
        heard(folder, &name, film, &from, pieces)
    };
    check().map_or_else(|e| Outcome::Wrong(format!("copy: {e}")), |()| Outcome::Right)
}

/// Looks whether decoding times rise, and none is later than its picture.
fn rises(path: &Path) -> Result<(), String> {
    let args = ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts,dts"];
    let printed = tool("ffprobe", &[&args[..], &["-of", "csv=p=0", text(path)]].concat());
    let time = |field: Option<&str>| field.and_then(|field| field.parse::<i64>().ok());
    let packets = printed.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut fields = line.split(',');
        (time(fields.next()), time(fields.next()))
    });
    let packets: Vec<_> = packets.collect();
    if packets.iter().any(|(shown, _)| shown.is_none()) {
        return Err("a packet does not say when it is shown".into());
    }
    // Matroska does not store when packets are decoded.
    let decoded: Vec<i64> = packets.iter().filter_map(|(_, decoded)| *decoded).collect();
    if path.extension().is_some_and(|e| e == "mp4") && decoded.len() != packets.len() {
        return Err("a packet does not say when it is decoded".into());
    }
    if !decoded.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(format!("decoding times do not rise: {decoded:?}"));
    }
    match packets.iter().find(|(shown, decoded)| decoded > shown) {
        Some(packet) => Err(format!("decoded after it is shown: {packet:?}")),
        None => Ok(()),
    }
}

/// The sound of `film` at 48 000 samples a second, each where its time says.
fn sound(film: &Path) -> Vec<f32> {
    let form = ["-f", "f32le", "-ac", "1", "-ar", "48000", "-"];
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i", text(film), "-vn"])
        .args(["-af", "aresample=async=1:min_hard_comp=0.001:first_pts=0"])
        .args(form)
        .output()
        .expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let sample = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    output.stdout.chunks_exact(4).map(sample).collect()
}

/// Looks whether the clicks of the sound are heard when they should be: with the frame whose number is a beat. Of each
/// piece: when it begins in the film that was made, when in the film that it is `from`, and how long it is.
fn heard(
    folder: &Folder,
    name: &str,
    film: &Film,
    from: &Truth,
    pieces: Vec<(f64, f64, f64)>,
) -> Result<(), String> {
    if film.sound.is_empty() {
        return Ok(());
    }
    let (first, number) = from.frames[0];
    let zero = match film.name.ends_with(".avi") {
        // FFmpeg has pictures of AVI later than their sound, by as many as the decoder holds back.
        true => 0.0,
        false => first - f64::from(number) / 25.0,
    };
    let (samples, slack) = (sound(&folder.join(name)), film.slack);
    // Of a film that was cut short the sound may end before the picture, and between two parts there may be none.
    let own = if film.is_cut || film.second.is_some() {
        Some(sound(&folder.join(film.name)))
    } else {
        None
    };
    let loud = |samples: &[f32], from: f64, to: f64| {
        let index = |time: f64| ((time.max(0.0) * 48_000.0) as usize).min(samples.len());
        let part = &samples[index(from)..index(to).max(index(from))];
        part.iter().fold(0.0f32, |max, sample| max.max(sample.abs()))
    };
    for (at, start, length) in pieces {
        let mut beat = zero + ((start - zero) / BEAT).ceil() * BEAT;
        while beat + 0.05 < start + length {
            let time = at + beat - start;
            if beat - start > film.lead {
                let there = loud(&samples, time - slack, time + slack + 0.02);
                let before = loud(&samples, time - 0.1, time - slack - 0.01);
                let is_there = |own: &Vec<f32>| loud(own, beat - slack, beat + slack) > 0.2;
                let is_due = own.as_ref().is_none_or(is_there);
                if is_due && (there < 0.2 || before > there / 2.0) {
                    return Err(format!(
                        "no click at {time:.3}: {there:.2} there, {before:.2} before"
                    ));
                }
            }
            beat += BEAT;
        }
    }
    Ok(())
}
