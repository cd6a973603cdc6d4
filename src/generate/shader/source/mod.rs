//! What a shader is read from: files, their dialects, and what they say of their channels.

mod code;
mod comments;
mod glsl;
mod isf;
mod json;
mod library;
mod own;
mod scan;
mod vertex;
mod wgsl;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use code::Code;
#[cfg(feature = "gpu")]
pub use code::Fault;
#[cfg(feature = "gpu")]
pub use glsl::MATRIX;
#[cfg(feature = "gpu")]
pub use isf::side;
pub use library::{Library, is_text};

use super::Shader;
use super::channel::{Channel, Key};

/// What a shader is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// GLSL, made ready.
    Glsl,
    /// WGSL.
    Wgsl,
}

/// A pass: what one shader draws.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The buffer that it draws into, 0 for A; `None` for the picture.
    pub buffer: Option<usize>,
    /// How large that is, as formulas in `w` and `h`; as large as the frame where nothing is said.
    pub size: Option<[String; 2]>,
    /// Which pass of its text it is, from 0.
    pub index: usize,
    /// What it is written in.
    pub language: Language,
    /// The text.
    pub code: Code,
    /// What uniforms are where nothing is said.
    pub defaults: BTreeMap<String, Vec<f64>>,
    /// The names of what it looks at.
    pub samplers: Vec<String>,
    /// The uniforms that it declares in words; `None` of what needs no reading.
    pub declared: Option<BTreeSet<String>>,
}

/// All passes of a shader, in the order in which they are drawn, the picture last.
#[derive(Debug, Clone)]
pub struct Project {
    /// The passes.
    pub passes: Vec<Pass>,
    /// What channels show.
    pub channels: BTreeMap<Key, Channel>,
    /// True if it is an export of Shadertoy.
    pub is_export: bool,
}

/// The pass that a file is by its name, without its ending.
pub fn pass_of(stem: &str) -> Option<Part> {
    let plain: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    match &*plain {
        "image" | "main" => Some(Part::Image),
        "common" => Some(Part::Common),
        name => {
            let letter = name.strip_prefix("buffer").or_else(|| name.strip_prefix("buf"))?;
            Some(Part::Buffer(buffer(letter)?))
        }
    }
}

/// The number of a buffer: 0 for `a`.
pub fn buffer(letter: &str) -> Option<usize> {
    LETTERS.iter().position(|own| own.eq_ignore_ascii_case(letter))
}

/// A part of a shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What draws the picture.
    Image,
    /// What stands before all passes.
    Common,
    /// What draws into a buffer, 0 for A.
    Buffer(usize),
}

/// The names of buffers.
pub const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

impl Project {
    /// Reads a shader.
    ///
    /// # Errors
    /// A file cannot be read, or says nothing that could be drawn.
    pub fn read(shader: &Shader, library: &mut Library) -> Result<Self, String> {
        let mut files = vec![(Part::Image, shader.file.clone())];
        files.extend(shader.common.iter().map(|file| (Part::Common, file.clone())));
        for (letter, file) in &shader.buffer.0 {
            let number = buffer(letter)
                .ok_or_else(|| format!("buffer {letter}: buffers are A, B, C and D"))?;
            files.push((Part::Buffer(number), file.clone()));
        }
        let mut said: Vec<(Key, Channel)> = Vec::new();
        for (key, text) in &shader.channel.0 {
            let key: Key = key.parse().map_err(|e| format!("channel {key}: {e}"))?;
            let channel = text.parse().map_err(|e| format!("channel {key}: {e}"))?;
            said.push((key, channel));
        }
        let mut channels = BTreeMap::new();
        let mut parts: Vec<(Part, Code)> = Vec::new();
        let is_export = has_ending(&shader.file, "json");
        for (part, file) in files {
            if part == Part::Image && is_export {
                let keys: Vec<Key> = said.iter().map(|(key, _)| key.clone()).collect();
                let exported = json::read(&file, library, &keys)?;
                channels.extend(exported.channels);
                parts.extend(exported.parts);
                continue;
            }
            // What is named stands instead of what was exported.
            parts.retain(|(other, _)| *other != part);
            parts.push((part, Code::read(&file, library)?));
        }
        parts.sort_by_key(|(part, _)| match part {
            Part::Common => 0,
            Part::Buffer(number) => 1 + number,
            Part::Image => usize::MAX,
        });
        let mut common = Code::default();
        let mut passes = Vec::new();
        for (part, code) in parts {
            let buffer = match part {
                Part::Common => {
                    common = code;
                    continue;
                }
                Part::Buffer(number) => Some(number),
                Part::Image => None,
            };
            let file = code.name().to_string();
            channels.extend(Channel::of_comments(&code, &file, buffer, &shader.buffer)?);
            if buffer.is_none()
                && let Some(isf) = isf::read(&code, &file, &shader.set, library)?
            {
                channels.extend(isf.channels.clone());
                let vertex = vertex_of(shader, &file, library)?;
                passes.extend(Pass::of_isf(&isf, (&code, vertex.as_ref()), shader)?);
                continue;
            }
            passes.push(Pass::new(buffer, &file, common.clone().then(code), shader)?);
        }
        channels.extend(said);
        Ok(Self { passes, channels, is_export })
    }
}

/// The vertex shader beside a shader, if there is one; of a recipe that knows its files, if it was there then.
fn vertex_of(shader: &Shader, file: &str, library: &mut Library) -> Result<Option<Code>, String> {
    let beside = Path::new(file).with_extension("vs").to_string_lossy().into_owned();
    let is_there = match shader.files.is_empty() {
        true => !is_text(&shader.file) && library.place(&beside).is_file(),
        false => shader.files.contains_key(&beside),
    };
    is_there.then(|| Code::read(&beside, library)).transpose()
}

/// The passes in a folder; none of what is no folder.
///
/// # Errors
/// It cannot be read, or has none of the picture.
pub fn folder(name: &str) -> Result<Vec<(Part, String)>, String> {
    if is_text(name) || !Path::new(name).is_dir() {
        return Ok(Vec::new());
    }
    let said = |e: std::io::Error| format!("{name} cannot be read: {e}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(name).map_err(said)? {
        let path = Path::new(name).join(entry.map_err(said)?.file_name());
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let is_text = ["frag", "glsl", "fs", "fsh", "txt", "wgsl"].contains(&&*ending);
        if let Some(part) = pass_of(&stem).filter(|_| is_text) {
            found.push((part, path.to_string_lossy().into_owned()));
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    for (n, (part, file)) in found.iter().enumerate() {
        if let Some((_, other)) = found[..n].iter().find(|(other, _)| other == part) {
            return Err(format!("{other} and {file} are the same pass"));
        }
    }
    match found.iter().any(|(part, _)| *part == Part::Image) {
        true => Ok(found),
        false => Err(format!(
            "{name}: a folder of passes has one that is named image, such as image.frag"
        )),
    }
}

/// True for a file, or a text, of GLSL.
pub fn is_glsl(file: &str) -> bool {
    !has_ending(file, "json") && !has_ending(file, "wgsl")
}

fn has_ending(file: &str, ending: &str) -> bool {
    !is_text(file)
        && Path::new(file).extension().is_some_and(|own| own.eq_ignore_ascii_case(ending))
}

impl Pass {
    fn new(buffer: Option<usize>, file: &str, code: Code, shader: &Shader) -> Result<Self, String> {
        let (size, index) = (None, 0);
        if has_ending(file, "wgsl") && buffer.is_none() && shader.antialias > 1 {
            return Err(format!(
                "{file}: --antialias is for GLSL; in WGSL, positions would be those of the larger picture"
            ));
        }
        if has_ending(file, "wgsl") {
            let (code, defaults) = (wgsl::ready(code), BTreeMap::new());
            let samplers = Vec::new();
            return Ok(Self {
                buffer,
                size,
                index,
                language: Language::Wgsl,
                code,
                defaults,
                samplers,
                declared: None,
            });
        }
        // A buffer is as large as the frame.
        let antialias = if buffer.is_some() { 1 } else { shader.antialias };
        let glsl::Ready { code, defaults, samplers, declared } =
            glsl::ready(&code, ("", None), (&shader.define, &shader.set), antialias)?;
        Ok(Self {
            buffer,
            size,
            index,
            language: Language::Glsl,
            code,
            defaults,
            samplers,
            declared: Some(declared),
        })
    }

    /// The passes of a shader of ISF, each with the same text, and the same vertex shader.
    fn of_isf(
        isf: &isf::Isf,
        (code, vertex): (&Code, Option<&Code>),
        shader: &Shader,
    ) -> Result<Vec<Self>, String> {
        let given = (&shader.define, &shader.set);
        let mut passes = Vec::new();
        for (index, (buffer, size)) in isf.passes.iter().enumerate() {
            let shown = match (buffer, index.checked_sub(1).map(|before| &isf.passes[before])) {
                (None, Some((Some(number), _))) if index + 1 == isf.passes.len() => Some(*number),
                _ => None,
            };
            let target = shown.filter(|_| isf.shows_last).and_then(|number| isf.target(number));
            let antialias = if buffer.is_some() { 1 } else { shader.antialias };
            let ready = match target {
                // What was drawn last is the picture.
                Some(target) => {
                    let show = format!("void main(){{gl_FragColor=IMG_THIS_PIXEL({target});}}");
                    glsl::ready(&Code::ours(&show), (&isf.head, None), given, antialias)?
                }
                None => glsl::ready(code, (&isf.head, vertex), given, antialias)?,
            };
            passes.push(Self {
                buffer: *buffer,
                size: size.clone(),
                index,
                language: Language::Glsl,
                code: ready.code,
                defaults: isf.defaults.clone(),
                samplers: ready.samplers,
                declared: Some(ready.declared),
            });
        }
        Ok(passes)
    }
}

/// The number of a channel whose sampler has this name.
pub fn number(name: &str) -> Option<usize> {
    let number =
        ["iChannel", "u_tex", "channel"].iter().find_map(|before| name.strip_prefix(before))?;
    super::is_channel(number).then(|| number.parse().ok()).flatten()
}

/// What a pass sees in a sampler.
pub fn find<'p>(project: &'p Project, pass: &Pass, name: &str) -> Option<(&'p Key, &'p Channel)> {
    let named = project.channels.get_key_value(&Key { buffer: None, name: name.into() });
    let numbered = || {
        let number = number(name)?.to_string();
        project.channels.get_key_value(&Key { buffer: pass.buffer, name: number })
    };
    named.or_else(numbered)
}
