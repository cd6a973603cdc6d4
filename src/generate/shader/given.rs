//! What uniforms are at a frame.

use std::time::{Duration, SystemTime};

use super::gpu::Given;
use super::scene::ScenePass;
use super::{Settings, Shader, date};
use crate::parameters::Described;
use crate::values::Clip;

/// Gives uniforms their numbers.
pub(super) struct Giver {
    shader: Shader,
    settings: Settings,
    clip: Clip,
    date: SystemTime,
    rate: f64,
}

/// The uniform that a name stands for: in GLSL as its dialects have it, in WGSL as it is.
fn plain(name: &str, is_wgsl: bool) -> &str {
    match name {
        "iResolution" | "u_resolution" => "resolution",
        "iTime" | "iGlobalTime" | "u_time" => "time",
        "iTimeDelta" | "u_delta" => "time_delta",
        "iFrame" | "u_frame" => "frame",
        "iFrameRate" | "u_fps" => "fps",
        "iMouse" => "mouse",
        "iDate" | "u_date" => "date",
        "iSampleRate" => "sample_rate",
        "u_progress" => "progress",
        "u_frames" => "frames",
        "u_seed" => "seed",
        "RENDERSIZE" => "resolution",
        "TIME" => "time",
        "TIMEDELTA" => "time_delta",
        "DATE" => "date",
        "FRAMEINDEX" => "frame",
        "PASSINDEX" => "pass",
        // As in the GLSL Sandbox.
        "time" | "resolution" => name,
        name if is_wgsl => name,
        _ => "",
    }
}

/// True for uniforms that are given without being set.
pub(super) fn is_given(name: &str, is_wgsl: bool) -> bool {
    name.starts_with("gm_")
        || name.starts_with("iChannel")
        || name.starts_with("u_tex") && name.ends_with("Resolution")
        || name == "u_mouse"
        || matches!(
            plain(name, is_wgsl),
            "resolution"
                | "time"
                | "time_delta"
                | "frame"
                | "fps"
                | "mouse"
                | "date"
                | "sample_rate"
                | "progress"
                | "frames"
                | "seed"
                | "pass"
        )
}

/// True for what a shader names without declaring it.
pub(super) fn is_known(name: &str) -> bool {
    name.starts_with("gm_") || name == "u_mouse" || is_given(name, false)
}

impl Giver {
    /// `rate` are the samples a second of the sound that is seen.
    pub fn new(shader: &Shader, clip: Clip, rate: u32) -> Self {
        let settings = Settings::of(&shader.set, clip);
        let date = date(&shader.date).unwrap_or(SystemTime::UNIX_EPOCH);
        Self { shader: shader.clone(), settings, clip, date, rate: rate.into() }
    }

    /// Pixels of a frame.
    pub fn pixels(&self) -> usize {
        self.clip.size.pixels()
    }

    /// What all passes are given at a frame.
    pub fn at(&self, frame: u64, passes: &[ScenePass]) -> Given {
        let pass = |pass: &ScenePass| {
            let blocks = pass.layout.blocks.iter();
            blocks
                .map(|block| {
                    block.fill(&|uniform| {
                        let mut numbers = self.numbers(&uniform.name, frame, pass);
                        // A colour without its alpha is opaque.
                        if numbers.len() == 3 && uniform.count == 4 {
                            numbers.push(1.0);
                        }
                        numbers
                    })
                })
                .collect()
        };
        Given { passes: passes.iter().map(pass).collect(), sheets: Vec::new() }
    }

    fn mouse(&self, frame: u64) -> Vec<f64> {
        let moves = self.shader.moves();
        let set = self
            .settings
            .at("iMouse", frame, moves)
            .or_else(|| self.settings.at("u_mouse", frame, moves));
        let four = |mut numbers: Vec<f64>| {
            numbers.resize(4, 0.0);
            numbers
        };
        match set.as_deref() {
            // The button is down where it is.
            Some([x, y]) => vec![*x, *y, *x, *y],
            Some(numbers) => four(numbers.to_vec()),
            None => vec![0.0; 4],
        }
    }

    fn numbers(&self, name: &str, frame: u64, pass: &ScenePass) -> Vec<f64> {
        let Clip { fps, frames, seed, .. } = self.clip;
        let (width, height) = (f64::from(pass.size.0), f64::from(pass.size.1));
        let time = fps.seconds(frame);
        if name == "iMouse" {
            return self.mouse(frame);
        }
        if let Some(numbers) = self.settings.at(name, frame, self.shader.moves()) {
            return numbers;
        }
        // An input of ISF and what has a value of its own are no others', whatever they are called.
        let is_own = pass.defaults.contains_key(name) && matches!(name, "time" | "resolution");
        match if is_own { "" } else { plain(name, pass.is_wgsl) } {
            "resolution" => vec![width, height, 1.0],
            "time" => vec![time],
            "time_delta" => vec![1.0 / fps.as_f64()],
            "frame" => vec![frame as f64],
            "pass" => vec![pass.index as f64],
            "frames" => vec![frames as f64],
            "fps" => vec![fps.as_f64()],
            "progress" => vec![self.clip.progress(frame)],
            "mouse" => self.mouse(frame),
            // Months of ISF are counted from 1.
            "date" if name == "DATE" => {
                let mut date = self.date(time);
                date[1] += 1.0;
                date
            }
            "date" => self.date(time),
            "sample_rate" => vec![self.rate],
            // From 0 to 1, by the high bits.
            "seed" => {
                vec![(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1u64 << 24) as f64]
            }
            _ => self.others(name, frame, pass),
        }
    }

    /// What has a name in one dialect alone, or a value of its own.
    fn others(&self, name: &str, frame: u64, pass: &ScenePass) -> Vec<f64> {
        match name {
            _ if pass.defaults.contains_key(name) => pass.defaults[name].clone(),
            "u_mouse" => self.mouse(frame)[..2].to_vec(),
            "gm_scale" if pass.buffer.is_none() => vec![1.0 / f64::from(self.shader.antialias)],
            "gm_scale" => vec![1.0],
            "iChannelTime" => vec![self.clip.fps.seconds(frame); 4],
            "iChannelResolution" => {
                pass.sizes.iter().flat_map(|(w, h)| [f64::from(*w), f64::from(*h), 1.0]).collect()
            }
            name => {
                let channel =
                    name.strip_prefix("u_tex").and_then(|rest| rest.strip_suffix("Resolution"));
                match channel.and_then(|number| pass.sizes.get(number.parse::<usize>().ok()?)) {
                    Some((w, h)) => vec![f64::from(*w), f64::from(*h)],
                    None => Vec::new(),
                }
            }
        }
    }

    /// Year, month from 0, day, and seconds since midnight.
    fn date(&self, time: f64) -> Vec<f64> {
        let now = self.date + Duration::from_secs_f64(time.max(0.0));
        let text = humantime::format_rfc3339_millis(now).to_string();
        let part = |range: std::ops::Range<usize>| {
            text.get(range).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0)
        };
        let seconds = part(11..13) * 3600.0 + part(14..16) * 60.0 + part(17..23);
        vec![part(0..4), part(5..7) - 1.0, part(8..10), seconds]
    }
}
