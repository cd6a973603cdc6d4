//! Shaders: programs that say the colour of each pixel, run by a GPU, or by the processor in its place.

#[cfg(feature = "gpu")]
mod asked;
mod channel;
mod device;
#[cfg(feature = "gpu")]
mod generator;
#[cfg(feature = "gpu")]
mod given;
#[cfg(feature = "gpu")]
pub mod gpu;
mod passes;
#[cfg(feature = "gpu")]
mod scene;
#[cfg(feature = "gpu")]
mod seen;
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "nothing draws what is read"))]
mod settings;
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "nothing draws what is read"))]
mod source;
mod table;

pub use self::device::Device;
pub use self::table::{Shader, ShaderDraft};

use std::path::Path;

use self::channel::{Channel, What};
use self::settings::Settings;
use self::source::{Language, Library, Project};
use super::{Clip, Content, Files, Generator, Parameters, Seen, Stage, strand};
use crate::error::Invalid;
use crate::values::Size;

impl Parameters for Shader {
    fn about() -> &'static str {
        "Shaders: GLSL of Shadertoy, The Book of Shaders and ISF, and WGSL, on a GPU or the processor"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render shader waves.frag --duration 20s
  genmedia render shader toy/ --channel A0=self --channel 0=buffer-a
  genmedia render shader rings.frag --set 'speed=1+2*u' --set tint=gold --antialias 2
  genmedia render shader plasma.wgsl --device cpu

A folder holds the passes of a Shadertoy: image.frag, buffer-a.frag to buffer-d.frag, and common.glsl. A GPU \
draws, or where there is none the processor: see genmedia devices. The files' content is \
part of the recipe: when it changes, the job is a new one."
    }

    fn resolve(draft: ShaderDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut shader = draft.over(Self::default(), clip)?;
        if shader.file.trim().is_empty() {
            let reason = "a shader is needed: genmedia render shader waves.frag";
            return Err(Invalid::new("shader.file", &shader.file, reason));
        }
        if let Err(reason) = date(&shader.date) {
            return Err(Invalid::new("shader.date", &shader.date, reason));
        }
        if let Some(name) = shader.define.0.keys().find(|name| !is_name(name)) {
            let reason = "a name is letters, digits and _, and begins with no digit";
            return Err(Invalid::new("shader.define", name, reason));
        }
        let mut moves = std::mem::take(&mut shader.moves);
        Settings::resolve(&mut shader.set, clip, &mut moves)?;
        shader.moves = moves;
        // Of a recipe that knows its files, these are what it was made with, whatever became of them.
        let is_known = match shader.texts() {
            Some(hash) => shader.files.get(TEXT) == Some(&hash),
            None => !shader.files.is_empty(),
        };
        if !is_known {
            shader.read(clip)?;
        }
        Ok(shader)
    }

    fn size(&self) -> Size {
        Size::new(1280, 720)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        #[cfg(feature = "gpu")]
        return Box::new(generator::ShaderGenerator::new(self, stage));
        #[cfg(not(feature = "gpu"))]
        return Box::new(Without(stage.clip));
    }

    fn is_moved_by_itself() -> bool {
        true
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    /// What is in flight and held, and on the processor what the device holds.
    fn memory(&self, size: Size) -> u64 {
        let pixels = size.pixels() as u64;
        let points = u64::from(self.antialias).pow(2);
        let buffers = if self.buffer.0.is_empty() { 0 } else { strand::HELD as u64 };
        pixels * (4 * 6 + 4 * points + if self.dither { 16 } else { 0 }) + buffers
    }

    fn is_transparent(&self) -> bool {
        self.alpha
    }

    fn seen(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        for text in self.channel.0.values() {
            let channel: Option<Channel> = text.parse().ok();
            let seen = channel.and_then(|channel| channel.what.seen(&self.places));
            all.extend(seen.filter(|seen| !all.contains(seen)));
        }
        all
    }

    /// Channels that a shader looks at and that show nothing, and those that no pass looks at: most often they were forgotten.
    fn remarks(&self) -> Vec<String> {
        let mut library = Library::new(&self.places);
        let Ok(project) = Project::read(self, &mut library) else { return Vec::new() };
        let mut remarks = Vec::new();
        for pass in &project.passes {
            for name in &pass.samplers {
                if source::find(&project, pass, name).is_some() {
                    continue;
                }
                let number = source::number(name).map(|number| number.to_string());
                let is_numbered = number.is_some();
                let buffer = pass.buffer.filter(|_| is_numbered);
                let key = channel::Key { buffer, name: number.unwrap_or_else(|| name.clone()) };
                let of = pass
                    .buffer
                    .map_or_else(String::new, |n| format!(" of buffer {}", source::LETTERS[n % 4]));
                let remark = format!(
                    "{name}{of} shows nothing, and is black; --channel {key}=WHAT says what it shows"
                );
                if !remarks.contains(&remark) {
                    remarks.push(remark);
                }
            }
        }
        // An export names more than its passes look at, and of WGSL it is not known here.
        if project.is_export || project.passes.iter().any(|pass| pass.language == Language::Wgsl) {
            return remarks;
        }
        for key in project.channels.keys().filter(|key| is_channel(&key.name)) {
            let sees = |pass: &source::Pass| {
                let is_it = |name: &String| {
                    source::number(name).is_some_and(|number| number.to_string() == key.name)
                };
                pass.buffer == key.buffer && pass.samplers.iter().any(is_it)
            };
            if !project.passes.iter().any(sees) {
                remarks.push(format!("no pass looks at channel {key}"));
            }
        }
        remarks
    }

    /// The name of its file, or of the folder that it stands in if it is called as any other.
    fn title(&self) -> Option<String> {
        if source::is_text(&self.file) {
            // A picture that sees itself is a buffer, the last. Of a text, its first line may say how it is called.
            let said = self.file.lines().next()?.strip_prefix("//").map(str::trim);
            let file = self.buffer.0.values().next_back().filter(|file| !source::is_text(file));
            let stem = file.and_then(|file| Path::new(file).file_stem()?.to_str());
            return plain(&said.or(stem)?.to_lowercase());
        }
        let path = Path::new(&self.file);
        let stem = |path: &Path| path.file_stem()?.to_str().map(str::to_string);
        let name = match stem(path)? {
            own if ["image", "main"].iter().any(|usual| own.eq_ignore_ascii_case(usual)) => {
                stem(path.parent()?)?
            }
            own => own,
        };
        plain(&name)
    }

    fn runs_on_devices(&self) -> bool {
        true
    }
}

/// A name as jobs may have it.
fn plain(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).take(40).collect();
    plain.starts_with(|c: char| c.is_ascii_alphanumeric()).then_some(plain)
}

/// What stands for a text that is in no file, among files.
const TEXT: &str = "(text)";

impl Shader {
    /// The files, by where they are, each with the hash of its content.
    #[cfg(feature = "gpu")]
    fn checked(&self) -> Files {
        let at = |name: &String| self.places.get(name).unwrap_or(name).clone();
        self.inputs().into_iter().map(|(name, hash)| (at(&name), hash)).collect()
    }

    /// The channel in which something is seen, as it is typed.
    pub(crate) fn channel_of(&self, seen: &Seen) -> Option<String> {
        self.channel.0.iter().find_map(|(key, text)| {
            let channel: Channel = text.parse().ok()?;
            (channel.what.seen(&self.places).as_ref() == Some(seen))
                .then(|| format!("{key}={text}"))
        })
    }

    /// The files that it is read from.
    pub(crate) fn inputs(&self) -> Files {
        let files = self.files.iter().filter(|(name, _)| *name != TEXT);
        files.map(|(name, hash)| (name.clone(), hash.clone())).collect()
    }

    /// The hash of its texts, if it has some that stand in no file.
    fn texts(&self) -> Option<String> {
        let named = [Some(&self.file), self.common.as_ref()].into_iter().flatten();
        let all: Vec<&String> = named.chain(self.buffer.0.values()).collect();
        let is_text = all.iter().any(|text| source::is_text(text));
        let hash =
            || blake3::hash(all.into_iter().cloned().collect::<Vec<_>>().join("\0").as_bytes());
        is_text.then(|| hash().to_hex()[..16].to_string())
    }

    /// Reads the shader, and sees that it can be drawn.
    fn read(&mut self, clip: Clip) -> Result<(), Invalid> {
        let file = self.named();
        let invalid = |reason: String| Invalid::new("shader.file", &file, reason);
        for (key, text) in &self.channel.0 {
            let read = key.parse().and_then(|_: channel::Key| text.parse());
            let typed = if text.is_empty() { key.clone() } else { format!("{key}={text}") };
            let invalid = |e| Invalid::new("shader.channel", typed.clone(), e);
            let _: Channel = read.map_err(invalid)?;
        }
        let places = self.places.clone();
        let mut library = Library::new(&places);
        self.name_passes(&mut library).map_err(invalid)?;
        let project = Project::read(self, &mut library).map_err(invalid)?;
        for (key, channel) in &project.channels {
            if let What::Picture(name) | What::Film(name) = &channel.what {
                let invalid = |e| Invalid::new("shader.channel", format!("{key}={channel}"), e);
                library.note(name).map_err(invalid)?;
            }
        }
        #[cfg(feature = "gpu")]
        scene::check(self, &project, &library, clip)?;
        #[cfg(not(feature = "gpu"))]
        let _ = clip;
        self.files = library.read;
        if let Some(hash) = self.texts() {
            self.files.insert(TEXT.into(), hash);
        }
        // What the shader says itself is part of the recipe; its own buffers are found again.
        for (key, channel) in &project.channels {
            let is_own = matches!(channel.what, What::Buffer(_)) && !is_channel(&key.name);
            if !is_own {
                self.channel.0.insert(key.to_string(), channel.to_string());
            }
        }
        Ok(())
    }

    /// The file's name, as it is shown.
    fn named(&self) -> String {
        if source::is_text(&self.file) { TEXT.into() } else { self.file.clone() }
    }
}

/// True for the number of a channel.
fn is_channel(name: &str) -> bool {
    matches!(name, "0" | "1" | "2" | "3")
}

/// True for what may be the name of a macro.
fn is_name(text: &str) -> bool {
    let is_first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_first && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The time at which a film begins.
fn date(text: &str) -> Result<std::time::SystemTime, String> {
    let text = text.trim();
    let whole = match text.len() {
        10 => format!("{text} 00:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_string(),
    };
    humantime::parse_rfc3339_weak(&whole)
        .map_err(|_| "a day is YYYY-MM-DD, with a time YYYY-MM-DD HH:MM".into())
}

/// What stands for shaders where none can be drawn.
#[cfg(not(feature = "gpu"))]
struct Without(#[expect(dead_code, reason = "a painter would need it")] Clip);

#[cfg(not(feature = "gpu"))]
impl Generator for Without {
    fn painter(&self) -> Box<dyn super::Painter + '_> {
        Box::new(|_: u64, _: &mut super::Frame| Err(super::PaintError::from(WITHOUT)))
    }

    fn ready(&self) -> Result<(), String> {
        Err(WITHOUT.into())
    }
}

#[cfg(not(feature = "gpu"))]
const WITHOUT: &str = "this genmedia was built without shaders (its feature gpu)";
