//! Films: FFmpeg's tools as witnesses, and films whose frames are known.

use std::path::Path;
use std::process::Command;

use super::{stderr, tool};

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// One field of the video stream, by ffprobe.
pub fn probe(path: &Path, field: &str) -> String {
    let entries = format!("stream={field}");
    let args =
        ["-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", &entries];
    tool("ffprobe", &[&args[..], &["-of", "csv=p=0", text(path)]].concat()).trim().to_string()
}

/// The duration in seconds, of the stream or else of the file.
pub fn duration(path: &Path) -> f64 {
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(path)];
    tool("ffprobe", &args).trim().parse().expect("a duration")
}

/// Presentation time, decoding time and duration of all packets, in the order of the file.
/// Matroska does not store decoding times.
pub fn packets(path: &Path) -> Vec<(i64, Option<i64>, i64)> {
    let args = ["-v", "error", "-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0"];
    let listed = tool("ffprobe", &[&args[..], &[text(path)]].concat());
    let packet = |line: &str| {
        let fields: Vec<Option<i64>> = line.split(',').map(|f| f.parse().ok()).collect();
        (fields[0].expect("a presentation time"), fields[1], fields[2].expect("a duration"))
    };
    listed.lines().map(packet).collect()
}

/// Decodes everything; FFmpeg must not say a word.
pub fn decodes_silently(path: &Path) {
    tool("ffmpeg", &["-nostdin", "-v", "warning", "-xerror", "-i", text(path), "-f", "null", "-"]);
}

/// The MD5 of each decoded frame of the picture, as rgb24.
pub fn frame_hashes(path: &Path) -> Vec<String> {
    let args = ["-nostdin", "-v", "error", "-i", text(path), "-an", "-pix_fmt", "rgb24"];
    tool("ffmpeg", &[&args[..], &["-f", "framemd5", "-"]].concat())
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit(',').next().unwrap_or_default().trim().to_string())
        .collect()
}

/// Asserts all that a finished video promises: number of frames, rate, duration, and times.
pub fn is_exact(path: &Path, frames: u64, rate: &str) {
    let (num, den) = rate.split_once('/').expect("a ratio");
    let (num, den): (f64, f64) = (num.parse().expect("a number"), den.parse().expect("a number"));
    assert_eq!(probe(path, "nb_read_frames"), frames.to_string(), "{}", path.display());
    assert_eq!(probe(path, "avg_frame_rate"), rate);
    let seconds = frames as f64 * den / num;
    let millis = path.extension().is_none_or(|e| e != "mp4");
    let tolerance = if millis { 1e-3 } else { 2e-6 };
    assert!((duration(path) - seconds).abs() <= tolerance, "{} for {seconds}", duration(path));

    let packets = packets(path);
    assert_eq!(packets.len() as u64, frames);
    let mut shown: Vec<i64> = packets.iter().map(|p| p.0).collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len() as u64, frames, "no two frames at one time");
    if !millis {
        assert_eq!(probe(path, "r_frame_rate"), rate);
        let decoded: Vec<i64> = packets.iter().map(|p| p.1.expect("a decoding time")).collect();
        assert!(decoded.windows(2).all(|w| w[0] < w[1]), "decoding times rise strictly");
        assert!(packets.iter().zip(decoded).all(|(p, dts)| dts <= p.0));
        let step = packets[0].2;
        assert!(packets.iter().all(|p| p.2 == step), "every frame lasts as long");
        assert!(shown.windows(2).all(|w| w[1] - w[0] == step), "evenly");
        assert_eq!(shown[0], 0, "from the first instant");
    }
    decodes_silently(path);
}

/// A film whose frames carry their number, to be read back by [`numbers`]: eight by two squares,
/// each a bit.
pub struct Numbered<'a> {
    pub frames: u16,
    /// The number of the first frame.
    pub first: u16,
    pub size: (usize, usize),
    /// As FFmpeg takes it.
    pub rate: &'a str,
    /// The pitch of its sound in Hz, and samples a second.
    pub tone: Option<(u32, u32)>,
    /// Options of the encoder of a sound that clicks each quarter of a second.
    pub clicks: Option<&'a str>,
    /// Options of the encoder.
    pub options: &'a str,
}

impl Default for Numbered<'_> {
    fn default() -> Self {
        Self {
            frames: 90,
            first: 0,
            size: (160, 120),
            rate: "30",
            tone: None,
            clicks: None,
            options: "-c:v libx264 -preset veryfast -g 40",
        }
    }
}

impl Numbered<'_> {
    /// Writes the film to `path`.
    pub fn write(&self, path: &Path) {
        use std::io::Write;
        use std::process::Stdio;
        let (width, height) = self.size;
        let size = format!("{width}x{height}");
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", &size]);
        command.args(["-r", self.rate, "-i", "-"]);
        if let Some((pitch, rate)) = self.tone {
            let source = format!("sine=frequency={pitch}:sample_rate={rate}");
            command.args(["-f", "lavfi", "-i", &source, "-shortest", "-c:a", "aac"]);
        }
        if let Some(options) = self.clicks {
            let source = "aevalsrc=if(lt(mod(t\\,0.25)\\,0.01)\\,0.8*sin(6283*t)\\,0):s=48000";
            command
                .args(["-f", "lavfi", "-i", source, "-shortest"])
                .args(options.split_whitespace());
        }
        command.args(["-pix_fmt", "yuv420p"]).args(self.options.split_whitespace()).arg(path);
        let mut ffmpeg = command.stdin(Stdio::piped()).spawn().expect("ffmpeg is needed");
        let mut pipe = ffmpeg.stdin.take().expect("a pipe");
        for number in self.first..self.first + self.frames {
            let pixel = |n: usize| {
                let bit = n % width * 8 / width + n / width * 2 / height * 8;
                if number >> bit & 1 == 1 { 255 } else { 0 }
            };
            let frame: Vec<u8> = (0..width * height).map(pixel).collect();
            pipe.write_all(&frame).expect("ffmpeg reads");
        }
        drop(pipe);
        assert!(ffmpeg.wait().expect("ffmpeg ends").success(), "{}", path.display());
    }
}

/// The numbers that the frames of `film` carry, whatever its size, as they are stored.
pub fn numbers(film: &Path) -> Vec<u16> {
    let args = ["-nostdin", "-v", "error", "-noautorotate", "-i", text(film)];
    let scale = [
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-vf",
        "scale=8:2:flags=area",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ];
    let output = Command::new("ffmpeg").args(args).args(scale).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let bits = |frame: &[u8]| {
        frame.iter().enumerate().map(|(bit, grey)| u16::from(*grey > 127) << bit).sum()
    };
    output.stdout.chunks_exact(16).map(bits).collect()
}

/// The sound of `film`, mixed to one channel at 48 000 samples a second.
pub fn samples(film: &Path) -> Vec<f32> {
    let args = ["-nostdin", "-v", "error", "-i", text(film), "-vn"];
    let form = ["-f", "f32le", "-ac", "1", "-ar", "48000", "-"];
    let output = Command::new("ffmpeg").args(args).args(form).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let sample = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    output.stdout.chunks_exact(4).map(sample).collect()
}

/// How loud one pitch is in `samples` (Goertzel's algorithm).
pub fn loudness(samples: &[f32], pitch: f32) -> f32 {
    let turn = 2.0 * std::f32::consts::PI * pitch / 48_000.0;
    let (sine, cosine) = samples.iter().enumerate().fold((0.0, 0.0), |(s, c), (n, sample)| {
        let angle = (turn * n as f32) % (2.0 * std::f32::consts::PI);
        (s + sample * angle.sin(), c + sample * angle.cos())
    });
    2.0 * f32::hypot(sine, cosine) / samples.len() as f32
}

/// Moves the sound of an FLV so many milliseconds back in the file. Its times stay.
pub fn apart(film: &[u8], by: u32) -> Vec<u8> {
    let mut tags = Vec::new();
    let mut rest = &film[13..];
    while let [kind, a, b, c, d, e, f, g, ..] = *rest {
        let bytes = 15 + u32::from_be_bytes([0, a, b, c]) as usize;
        let is_sound = kind == 8 && rest[12] != 0;
        let time = u32::from_be_bytes([g, d, e, f]) + if is_sound { by } else { 0 };
        tags.push((time, &rest[..bytes]));
        rest = &rest[bytes..];
    }
    tags.sort_by_key(|(time, _)| *time);
    [&film[..13]]
        .into_iter()
        .chain(tags.into_iter().map(|(_, tag)| tag))
        .flatten()
        .copied()
        .collect()
}
