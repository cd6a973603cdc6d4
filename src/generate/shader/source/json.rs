//! What Shadertoy exports: a file of JSON with the code of all passes, and what their channels show.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Part;
use super::code::Code;
use super::library::Library;
use crate::generate::shader::channel::{Channel, Filter, Key, What, Wrap};

#[derive(Debug, Deserialize)]
struct RenderPass {
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<Output>,
    code: String,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Input {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    src: String,
    #[serde(default)]
    filepath: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    ctype: String,
    channel: Value,
    #[serde(default)]
    sampler: Option<Sampler>,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(default)]
    id: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sampler {
    filter: String,
    wrap: String,
    vflip: Value,
}

/// What was read.
#[derive(Debug)]
pub(super) struct Exported {
    /// The passes, and what stands before all of them.
    pub parts: Vec<(Part, Code)>,
    /// What channels show, as far as there is a file for it.
    pub channels: BTreeMap<Key, Channel>,
}

/// Reads an export.
///
/// # Errors
/// It is none, or a channel shows what there is not.
pub(super) fn read(file: &str, library: &mut Library, said: &[Key]) -> Result<Exported, String> {
    let text = library.text(file)?;
    let wrong = |reason: String| format!("{file}: {reason}");
    let all: Value = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    // The site gives one shader, or a list of one, or it within another object.
    let shader = match &all {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    };
    let shader = if shader["Shader"].is_object() { &shader["Shader"] } else { shader };
    if let Some(said) = all["Error"].as_str() {
        return Err(wrong(format!("Shadertoy says: {said}")));
    }
    let passes = Vec::<RenderPass>::deserialize(&shader["renderpass"])
        .map_err(|e| wrong(format!("this is no export of Shadertoy: renderpass: {e}")))?;
    let buffers: Vec<&RenderPass> = passes.iter().filter(|pass| pass.kind == "buffer").collect();
    let part = |pass: &RenderPass| match &*pass.kind {
        "image" => Some(Part::Image),
        "common" => Some(Part::Common),
        "buffer" => {
            let letter = pass.name.trim().chars().last().map(String::from).unwrap_or_default();
            let place = buffers.iter().position(|other| std::ptr::eq(*other, pass));
            super::buffer(&letter).or(place.filter(|place| *place < 4)).map(Part::Buffer)
        }
        _ => None,
    };
    let mut exported = Exported { parts: Vec::new(), channels: BTreeMap::new() };
    for pass in &passes {
        let Some(own) = part(pass) else {
            match &*pass.kind {
                // What is heard is said otherwise.
                "sound" => continue,
                other => {
                    return Err(wrong(format!(
                        "a pass is of the type '{other}', which is not drawn"
                    )));
                }
            }
        };
        if exported.parts.iter().any(|(other, _)| *other == own) {
            return Err(wrong(format!("it has two passes {}", pass.name)));
        }
        let name = if pass.name.is_empty() { &pass.kind } else { &pass.name };
        exported.parts.push((own, Code::of(&pass.code, &format!("{file} ({name})"))));
        let buffer = match own {
            Part::Buffer(number) => Some(number),
            Part::Image => None,
            Part::Common => continue,
        };
        for input in &pass.inputs {
            let name = match &input.channel {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if !super::super::is_channel(&name) {
                return Err(wrong(format!(
                    "pass {}: channel {name} is none; they are 0 to 3",
                    pass.name
                )));
            }
            let key = Key { buffer, name };
            if said.contains(&key) {
                continue;
            }
            // Older exports have other names for these.
            let kind = if input.ctype.is_empty() { &input.kind } else { &input.ctype };
            let src = if input.src.is_empty() { &input.filepath } else { &input.src };
            let of_buffer = || {
                let drawn = passes.iter().find(|other| {
                    other.kind == "buffer"
                        && other.outputs.iter().any(|output| output.id == input.id)
                });
                drawn.and_then(part).and_then(|part| match part {
                    Part::Buffer(number) => Some(What::Buffer(number)),
                    _ => None,
                })
            };
            let what = match &**kind {
                "buffer" => of_buffer().unwrap_or(What::Nothing),
                "music" | "musicstream" | "mic" => What::Sound(None),
                "keyboard" => What::Nothing,
                "texture" => {
                    let name = Path::new(src).file_name().unwrap_or_default();
                    let beside = Path::new(file).parent().unwrap_or(Path::new("")).join(name);
                    let beside = beside.to_string_lossy().into_owned();
                    match What::of_shadertoy(&beside) {
                        _ if library.place(&beside).is_file() => What::Picture(beside),
                        Some(noise) => noise,
                        None => {
                            return Err(wrong(format!(
                                "channel {key} shows {src}, which is not beside it; put it there, or say --channel {key}=FILE"
                            )));
                        }
                    }
                }
                other => {
                    return Err(wrong(format!(
                        "channel {key} shows a {other}, which there is not; say what it is to show: --channel {key}=WHAT"
                    )));
                }
            };
            let mut channel = Channel::from(what);
            if let Some(sampler) = &input.sampler {
                channel.filter = match &*sampler.filter {
                    "nearest" => Filter::Nearest,
                    "linear" => Filter::Linear,
                    "mipmap" => Filter::Mipmap,
                    _ => channel.filter,
                };
                channel.wrap = match &*sampler.wrap {
                    "clamp" => Wrap::Clamp,
                    "repeat" => Wrap::Repeat,
                    _ => channel.wrap,
                };
                if matches!(channel.what, What::Picture(_) | What::Noise(..)) {
                    channel.flip = sampler.vflip != Value::Bool(false) && sampler.vflip != "false";
                }
            }
            exported.channels.insert(key, channel);
        }
    }
    match exported.parts.iter().any(|(part, _)| *part == Part::Image) {
        true => Ok(exported),
        false => Err(wrong("no pass draws the image".into())),
    }
}
