//! ISF: GLSL with a header of JSON that says what it is given and in which passes it draws.
//! (Interactive Shader Format, version 2: <https://docs.isf.video/ref_json.html>)

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::code::Code;
use super::library::Library;
use crate::formula::Formula;
use crate::generate::shader::channel::{Channel, Key, What};
use crate::values::Pairs;

/// What a header says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "UPPERCASE")]
struct Header {
    inputs: Vec<Input>,
    passes: Vec<PassHeader>,
    imported: Value,
    #[serde(rename = "PERSISTENT_BUFFERS")]
    persistent_buffers: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "UPPERCASE")]
struct Input {
    name: String,
    #[serde(rename = "TYPE")]
    kind: String,
    default: Value,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "UPPERCASE")]
struct PassHeader {
    target: Option<String>,
    width: Value,
    height: Value,
}

/// A shader of this form.
#[derive(Debug)]
pub(super) struct Isf {
    /// What stands before its text.
    pub head: String,
    /// What uniforms are where nothing is said.
    pub defaults: BTreeMap<String, Vec<f64>>,
    /// What its samplers show, as far as it says.
    pub channels: BTreeMap<Key, Channel>,
    /// Its passes: the buffer that each draws into, and how large that is.
    pub passes: Vec<(Option<usize>, Option<[String; 2]>)>,
    /// True if the last of them only shows what the one before has drawn.
    pub shows_last: bool,
    targets: Vec<String>,
}

impl Isf {
    /// The name of a buffer.
    pub fn target(&self, number: usize) -> Option<&str> {
        self.targets.get(number).map(String::as_str)
    }
}

/// The functions of the format, and its names for what is given.
const FUNCTIONS: &str = "\
vec4 IMG_NORM_PIXEL(sampler2D s,vec2 p){return texture(s,p);}
vec4 IMG_NORM_PIXEL(sampler2D s,vec2 p,float bias){return texture(s,p,bias);}
vec4 IMG_PIXEL(sampler2D s,vec2 p){return texture(s,p/vec2(textureSize(s,0)));}
vec4 IMG_PIXEL(sampler2D s,vec2 p,float bias){return texture(s,p/vec2(textureSize(s,0)),bias);}
#define IMG_THIS_PIXEL(s) texture(s,isf_FragNormCoord)
#define IMG_THIS_NORM_PIXEL(s) texture(s,isf_FragNormCoord)
#define IMG_SIZE(s) vec2(textureSize(s,0))
#define isf_FragNormCoord (gl_FragCoord.xy/RENDERSIZE)
#define vv_FragNormCoord isf_FragNormCoord
uniform vec2 RENDERSIZE;
uniform float TIME;
uniform float TIMEDELTA;
uniform vec4 DATE;
uniform int FRAMEINDEX;
uniform int PASSINDEX;
";

/// The declaration of a picture, with what hosts say of its size.
fn picture(name: &str) -> String {
    format!(
        "uniform sampler2D {name};\n\
         #define _{name}_imgSize vec2(textureSize({name},0))\n\
         #define _{name}_imgRect vec4(vec2(0.),_{name}_imgSize)\n\
         #define _{name}_flip false\n"
    )
}

/// The header of a text, if it begins with one.
pub(super) fn header(text: &str) -> Option<&str> {
    let inner = text.trim_start().strip_prefix("/*")?.split("*/").next()?.trim();
    (inner.starts_with('{') && inner.ends_with('}')).then_some(inner)
}

/// Reads the header of `code`, which stands in `file`.
///
/// # Errors
/// It is no such header, or says what there is not.
pub(super) fn read(
    code: &Code,
    file: &str,
    set: &Pairs,
    library: &Library,
) -> Result<Option<Isf>, String> {
    let text = code.text();
    let Some(header) = header(&text) else { return Ok(None) };
    let said = |reason: String| format!("{file}: the header of ISF: {reason}");
    let header: Header = serde_json::from_str(header).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        let reason = e.to_string();
        let reason = reason.split(" at line").next().unwrap_or_default();
        format!("{file}:{line}:{column}: the header of ISF: {reason}")
    })?;
    let is_shader = header.inputs.iter().any(|i| !i.kind.is_empty())
        || !header.passes.is_empty()
        || text.contains("ISF");
    if !is_shader {
        return Ok(None);
    }
    let mut isf = Isf {
        head: FUNCTIONS.into(),
        defaults: BTreeMap::new(),
        channels: BTreeMap::new(),
        passes: Vec::new(),
        shows_last: false,
        targets: Vec::new(),
    };
    let key = |name: &str| Key { buffer: None, name: name.into() };
    for Input { name, kind, default } in &header.inputs {
        if !super::super::is_name(name) {
            return Err(said(format!("an input has the name '{name}', which is none")));
        }
        let of = match &**kind {
            "float" => "float",
            "bool" | "event" => "bool",
            "long" => "int",
            "point2D" => "vec2",
            "color" => "vec4",
            "image" => "sampler2D",
            "audio" => {
                isf.channels.insert(key(name), What::Waveform(None).into());
                "sampler2D"
            }
            "audioFFT" => {
                isf.channels.insert(key(name), What::Spectrum(None).into());
                "sampler2D"
            }
            other => {
                return Err(said(format!("{name} is of the type '{other}', which there is not")));
            }
        };
        isf.head += &match of {
            "sampler2D" => picture(name),
            of => format!("uniform {of} {name};\n"),
        };
        isf.defaults.insert(name.clone(), numbers(default));
    }
    let imported: Vec<(String, String)> = match &header.imported {
        Value::Object(all) => {
            let path = |value: &Value| value["PATH"].as_str().unwrap_or_default().to_string();
            all.iter().map(|(name, value)| (name.clone(), path(value))).collect()
        }
        Value::Array(all) => {
            let text =
                |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_string();
            all.iter().map(|value| (text(value, "NAME"), text(value, "PATH"))).collect()
        }
        _ => Vec::new(),
    };
    for (name, path) in imported {
        if !super::super::is_name(&name) || path.is_empty() {
            return Err(said("what is imported has a name and a PATH".into()));
        }
        let beside = Path::new(file).parent().unwrap_or(Path::new(""));
        let path = beside.join(path).to_string_lossy().into_owned();
        isf.head += &picture(&name);
        let noise = What::of_shadertoy(&path).filter(|_| !library.place(&path).exists());
        isf.channels.insert(key(&name), noise.unwrap_or(What::Picture(path)).into());
    }
    let mut passes = header.passes;
    if passes.is_empty() {
        passes.push(PassHeader::default());
    }
    let mut targets: Vec<String> = Vec::new();
    for pass in &passes {
        if let Some(target) = pass.target.as_ref().filter(|target| !target.is_empty())
            && !targets.contains(target)
        {
            if !super::super::is_name(target) {
                return Err(said(format!("a pass has the target '{target}', which is no name")));
            }
            isf.head += &picture(target);
            isf.channels.insert(key(target), What::Buffer(targets.len()).into());
            targets.push(target.clone());
        }
    }
    if !header.persistent_buffers.is_null() && targets.is_empty() {
        return Err(said(
            "PERSISTENT_BUFFERS is of version 1; say PERSISTENT in the passes".into(),
        ));
    }
    const MOST: usize = 32;
    if passes.len() > MOST {
        return Err(said(format!("it has {} passes, and {MOST} are the most", passes.len())));
    }
    for PassHeader { target, width, height } in &passes {
        let number =
            target.as_ref().and_then(|target| targets.iter().position(|own| own == target));
        let side = |value: &Value, whole: &str| match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) if !text.trim().is_empty() => plain(text, &isf.defaults, set),
            _ => whole.to_string(),
        };
        let size = [side(width, "w"), side(height, "h")];
        isf.passes.push((number, number.map(|_| size)));
    }
    // What the last pass draws is seen, though it is kept as well.
    if let Some((Some(_), _)) = isf.passes.last() {
        isf.passes.push((None, None));
        isf.shows_last = true;
    }
    isf.targets = targets;
    Ok(Some(isf))
}

/// A size as our formulas have it: `$WIDTH/2` is `(w)/2`; inputs are what they are set to at first.
fn plain(text: &str, defaults: &BTreeMap<String, Vec<f64>>, set: &Pairs) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        plain.push_str(before);
        let end =
            behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        let name = &behind[..end];
        match name {
            "WIDTH" => plain.push_str("(w)"),
            "HEIGHT" => plain.push_str("(h)"),
            name => {
                // What it is set to, as it stands: a size that moves is none.
                match set.get(name) {
                    Some(text) => plain += &format!("({text})"),
                    None => {
                        let number = defaults.get(name).and_then(|all| all.first());
                        plain += &format!("({})", number.unwrap_or(&1.0));
                    }
                }
            }
        }
        rest = &behind[end..];
    }
    plain.push_str(rest);
    plain
}

/// A side in pixels, of what [`Isf::passes`] say, in a frame of `size`.
///
/// # Errors
/// It is no formula, or no size.
pub fn side(text: &str, (width, height): (u32, u32)) -> Result<u32, String> {
    let formula = Formula::parse(text, &["w", "h"])
        .map_err(|e| format!("the size '{text}' of a pass: {e}"))?;
    match formula.value(&[f64::from(width), f64::from(height)]) {
        // Of a small frame a part may be less than a pixel.
        side if side > 0.0 && side < 32769.0 => Ok((side as u32).max(1)),
        side => Err(format!("the size '{text}' of a pass is {side} pixels")),
    }
}

/// The numbers of a default.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Bool(is) => vec![f64::from(u8::from(*is))],
        Value::Number(number) => vec![number.as_f64().unwrap_or(0.0)],
        Value::Array(all) => all.iter().filter_map(Value::as_f64).take(4).collect(),
        _ => Vec::new(),
    }
}
