//! Segments as fragments of one MP4, to be streamed while the rest is being rendered (ISO/IEC
//! 14496-12, 8.8). Packets are copied; what is added is where they stand in the film.

use std::fs::File;
use std::io::{self, Seek};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::ptr;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Error as AvError, Rational, Rescale, ffi};

use super::aac::{PACKET, packets as sound_packets};
use super::codec::FilmFormat;
use super::files::{create, failed, open_file, options};
use super::track::seek;
use crate::error::{Error, Result};

/// Bytes of packets that FFmpeg holds before they are written as a fragment of their own.
const HELD: usize = 2 << 20;

/// The head that all fragments of a film share, and one segment's, in a file without a name.
#[derive(Debug)]
pub struct Fragment {
    /// The head, and what follows it.
    pub file: File,
    /// Bytes of the head: what is in the film, without a single frame.
    pub head: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Makes a fragment of segment `index`, which holds these `frames` of a film: from the segment's own `file`,
/// or, with `is_film`, from the finished film. `path` is named in errors. However long the segment is, little of it is in memory at
/// once: a long one becomes several fragments, one after the other.
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
    let refuse = |reason: &str| Error::Media {
        what: format!("cannot stream {}", path.display()),
        reason: reason.into(),
    };
    let (fps, rate) = (format.fps, format.sound);
    let sound = rate.map(|rate| sound_packets(rate, fps, frames.clone(), format.frames));
    let frame_time = Rational::new(fps.den as i32, fps.num as i32);
    let mut input = open_file(file, path)?;
    let time_base = |input: &Input, n| input.stream(n).map(|stream| stream.time_base());
    let picture_base = time_base(&input, 0).ok_or_else(|| refuse("it holds no video"))?;
    let fragment =
        tempfile::tempfile().map_err(Error::io("create a file in", std::env::temp_dir()))?;
    let copy = fragment.try_clone().map_err(Error::io("write", path))?;
    let mut output = Written::create(copy, path, &input, sound.is_some(), frame_time)?;
    let bases = (
        output.time_base(0).unwrap_or(frame_time),
        output.time_base(1).unwrap_or(Rational::new(1, rate.unwrap_or(1) as i32)),
    );
    if is_film {
        let target = (frames.start as i64).rescale(frame_time, picture_base);
        seek(&mut input, 0, target).map_err(failed("read", path))?;
    }
    // Where the packets of sound in the file begin to count.
    let first_sound = sound.as_ref().map_or(0, |sound| sound.start);
    let (mut pictures, mut sounds) = (0i64, if is_film { 0 } else { first_sound });
    let wanted = frames.end - frames.start;
    // By how much decoding is ahead of showing, in frames.
    let mut delay = None;
    loop {
        let mut packet = Packet::empty();
        match packet.read(&mut input) {
            Ok(()) => {}
            Err(AvError::Eof) => break,
            Err(e) => return Err(failed("read", path)(e)),
        }
        if packet.stream() == 0 {
            let own = packet.pts().ok_or_else(|| refuse("a packet has no time"))?;
            let frame = own.rescale(picture_base, frame_time)
                - if is_film { frames.start as i64 } else { 0 };
            // Segments are closed: what is not of this one comes before its key frame or after its
            // last packet.
            if pictures == 0 && frame < 0 {
                continue;
            }
            if pictures as u64 >= wanted {
                if sound.as_ref().is_none_or(|sound| sounds >= sound.end) {
                    break;
                }
                continue;
            }
            let ahead = *delay.get_or_insert_with(|| {
                let dts = packet.dts().map_or(frame, |dts| {
                    dts.rescale(picture_base, frame_time)
                        - if is_film { frames.start as i64 } else { 0 }
                });
                (frame - dts).max(0)
            });
            output.write(packet, 0, (frame + ahead, pictures, 1), frame_time, bases.0)?;
            pictures += 1;
        } else if let (Some(sound), Some(rate)) = (&sound, rate) {
            let sample = Rational::new(1, rate as i32);
            let number = match is_film {
                true => {
                    let base = time_base(&input, packet.stream()).unwrap_or(sample);
                    let time = packet.pts().unwrap_or(0).rescale(base, sample);
                    (time.div_euclid(PACKET as i64) + 1) as u64
                }
                false => sounds,
            };
            sounds = number + 1;
            // The first packet is but a lead-in, before the beginning.
            if !sound.contains(&number) || number == 0 {
                continue;
            }
            let time = (number - first_sound.max(1)) as i64 * PACKET as i64;
            output.write(packet, 1, (time, time, PACKET as i64), sample, bases.1)?;
        }
    }
    if pictures as u64 != wanted {
        return Err(refuse(&format!("it has {pictures} of {wanted} frames")));
    }
    output.finish().map_err(failed("write a fragment of", path))?;
    let begin = [
        (frames.start as i64).rescale(frame_time, bases.0),
        (first_sound.max(1) as i64 - 1) * PACKET as i64,
    ];
    let placed = place(&fragment, index, begin).map_err(Error::io("write a fragment of", path))?;
    let (head, bytes) = placed;
    Ok(Fragment { file: fragment, head, bytes })
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
        let refused = failed("write a fragment of", path);
        let header = |output: &mut Output| -> Result<(), AvError> {
            for stream in input.streams().take(if with_sound { 2 } else { 1 }) {
                let mut copy = output.add_stream(stream.parameters().id())?;
                copy.set_parameters(stream.parameters());
                if stream.index() == 0 {
                    copy.set_time_base(frame_time);
                    copy.set_avg_frame_rate(frame_time.invert());
                }
            }
            let settings = [
                ("fflags", "+bitexact".to_string()),
                ("movflags", "+empty_moov+default_base_moof+frag_custom+skip_trailer".into()),
            ];
            output.write_header_with(options(settings)).map(drop)
        };
        header(&mut output).map_err(refused)?;
        Ok(Self { output, held: 0 })
    }

    fn time_base(&self, index: usize) -> Option<Rational> {
        self.output.stream(index).map(|stream| stream.time_base())
    }

    /// Writes a packet with times (shown, decoded, how long) in `from`.
    fn write(
        &mut self,
        mut packet: Packet,
        stream: usize,
        (pts, dts, duration): (i64, i64, i64),
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

/// A box's kind and content within `bytes`, from `at`; `None` at the end.
fn next_box(bytes: &[u8], at: usize) -> Option<([u8; 4], std::ops::Range<usize>)> {
    let head = bytes.get(at..at + 8)?;
    let size = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
    let kind = head[4..8].try_into().ok()?;
    let end = at.checked_add(size.max(8)).filter(|end| *end <= bytes.len())?;
    Some((kind, at + 8..end))
}

/// Says in each `moof` of the file its number, and from when on its tracks run, beyond what is said already.
/// Returns the bytes before the first of them, and of all.
fn place(file: &File, number: u64, begin: [i64; 2]) -> io::Result<(u64, u64)> {
    let bytes = (&mut &*file).seek(io::SeekFrom::End(0))?;
    let (mut at, mut head, mut moofs) = (0, bytes, 0);
    while at + 8 <= bytes {
        let mut start = [0; 16];
        let known = start.len().min((bytes - at) as usize);
        file.read_exact_at(&mut start[..known], at)?;
        let short = u32::from_be_bytes([start[0], start[1], start[2], start[3]]);
        let size = match short {
            0 => bytes - at,
            1 => u64::from_be_bytes(start[8..].try_into().unwrap_or_default()),
            size => size.into(),
        };
        if &start[4..8] == b"moof" {
            head = head.min(at);
            let mut moof = vec![0; size.min(bytes - at) as usize];
            file.read_exact_at(&mut moof, at)?;
            place_moof(&mut moof, number + moofs, begin);
            file.write_all_at(&moof, at)?;
            moofs += 1;
        }
        at += size.max(8);
    }
    Ok((head, bytes))
}

fn place_moof(moof: &mut [u8], number: u64, begin: [i64; 2]) {
    let mut inner = 8;
    while let Some((kind, content)) = next_box(moof, inner) {
        inner = content.end;
        match &kind {
            b"mfhd" => {
                let at = content.start + 4;
                moof[at..at + 4].copy_from_slice(&(number as u32 + 1).to_be_bytes());
            }
            b"traf" => place_track(moof, content, begin),
            _ => {}
        }
    }
}

fn place_track(body: &mut [u8], traf: std::ops::Range<usize>, begin: [i64; 2]) {
    let (mut at, mut track) = (traf.start, 1u32);
    while let Some((kind, content)) = next_box(&body[..traf.end], at) {
        at = content.end;
        let field = content.start + 4;
        match &kind {
            b"tfhd" => {
                track = body[field..field + 4].try_into().map_or(1, u32::from_be_bytes);
            }
            b"tfdt" => {
                let by = begin[usize::from(track > 1)];
                // Version 1 has eight bytes, version 0 four.
                if body[content.start] == 1 {
                    let old = body[field..field + 8].try_into().map_or(0, i64::from_be_bytes);
                    body[field..field + 8].copy_from_slice(&(old + by).to_be_bytes());
                } else {
                    let old = body[field..field + 4].try_into().map_or(0, u32::from_be_bytes);
                    let new = (i64::from(old) + by) as u32;
                    body[field..field + 4].copy_from_slice(&new.to_be_bytes());
                }
            }
            _ => {}
        }
    }
}
