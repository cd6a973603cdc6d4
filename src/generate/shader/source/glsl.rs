//! GLSL in its dialects, as one that the compiler takes.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Code;
use super::own;
use super::scan::{Declared, Scan, Storage, scan};
use super::vertex::Vertex;
use super::words::{KNOWN, is_known, macros};
use crate::formula::constant;
use crate::values::Pairs;

/// GLSL that is ready to be compiled.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The text.
    pub code: Code,
    /// What uniforms are where nothing is said.
    pub defaults: BTreeMap<String, Vec<f64>>,
    /// The names of samplers.
    pub samplers: Vec<String>,
    /// What is declared in words: what only a macro declares is not among it.
    pub declared: BTreeSet<String>,
}

/// What stands before the name of a matrix of two by two, which is given as four numbers.
pub const MATRIX: &str = "gm_matrix_";

/// Makes `code` ready: a Shadertoy's function `mainImage`, or a whole shader with `main`. What stands in `given` is declared
/// before it, and `vertex` is the vertex shader before it.
///
/// # Errors
/// There is neither.
pub fn ready(
    code: &Code,
    (given, vertex): (&str, Option<&Code>),
    (defines, set): (&Pairs, &Pairs),
    antialias: u32,
) -> Result<Ready, String> {
    let text = code.text();
    let mut found = scan(&text);
    let (before, has_given) = (scan(given), !given.is_empty());
    let is_whole_picture = has_given && vertex.is_none();
    let vertex = vertex.map(|code| Vertex::new(code, &before)).transpose()?;
    let comes_in = found.declared.iter().find(|d| d.storage == Storage::In);
    if let Some((name, ..)) =
        comes_in.filter(|_| is_whole_picture).and_then(|declared| declared.names.first())
    {
        return Err(format!(
            "{}: {name} comes from a vertex shader, and there is none beside it, which ends in .vs",
            code.name()
        ));
    }
    let is_whole = found.functions.contains_key("main");
    // A macro may stand for the function.
    if !is_whole && !found.words.contains("mainImage") {
        let reason = match found.functions.contains_key("mainSound") {
            true => "mainSound is heard, and nothing is seen; a picture needs mainImage",
            false => "there is neither mainImage, as in a Shadertoy, nor main",
        };
        return Err(format!("{}: {reason}", code.name()));
    }
    let mut defaults = BTreeMap::new();
    let mut edits = Vec::new();
    let mut places = Places::default();
    for declared in &found.declared {
        for (name, _, first) in &declared.names {
            // Which of two holds, only the compiler knows.
            let others =
                found.declared.iter().flat_map(|d| &d.names).filter(|(own, ..)| own == name);
            if others.clone().any(|(_, _, other)| other != first) {
                let reason = "is declared twice, with other values at first; set it by --set";
                if !set.0.contains_key(name) {
                    return Err(format!("{}: the uniform {name} {reason}", code.name()));
                }
                continue;
            }
            let Some(text) = first else { continue };
            match numbers(&declared.kind, text) {
                Some(numbers) => drop(defaults.insert(name.clone(), numbers)),
                None if set.0.contains_key(name) => {}
                None => {
                    return Err(format!(
                        "{}: what the uniform {name} is at first, {text}, is not understood; write it in numbers, or set it by \
                         --set",
                        code.name()
                    ));
                }
            }
        }
        // What comes in is declared where it comes from.
        let is_known = vertex.is_some() && declared.storage == Storage::In;
        let written = if is_known { String::new() } else { places.write(declared) };
        edits.push((declared.range.clone(), written));
    }
    let outs: BTreeSet<&String> = found
        .declared
        .iter()
        .filter(|declared| declared.storage == Storage::Out)
        .flat_map(|declared| declared.names.iter().map(|(name, ..)| name))
        .collect();
    if outs.len() > 1 {
        return Err(format!(
            "{}: a pass has one result, and this declares several with out",
            code.name()
        ));
    }
    let mut known: BTreeSet<String> =
        found.declared.iter().flat_map(|d| d.names.iter().map(|(name, ..)| name.clone())).collect();
    known
        .extend(before.declared.iter().flat_map(|d| d.names.iter().map(|(name, ..)| name.clone())));
    let mut declared_before = String::new();
    if has_given {
        let edits = before.declared.iter().map(|d| (d.range.clone(), places.write(d))).collect();
        declared_before = edited(given, edits);
        found.words.extend(before.words);
        found.declared.extend(before.declared);
    }
    edits.extend(found.directives.iter().map(|range| (range.clone(), String::new())));
    let renamed = own::renamed(&found);
    let rewritten = code.rewritten(&edited(&text, edits)).with_lines(renamed.lines);
    if let Some(vertex) = &vertex {
        found.words.extend(vertex.found.words.iter().cloned());
    }
    let has_data = found.spoken.contains("gl_FragData");
    let is_wrapped = is_whole && (vertex.is_some() || has_data);
    let head = head(&found, &mut places, &renamed.before, antialias);
    let head = head + &macros(&found, defines) + &declared_before;
    let mixed = vertex.as_ref().map(Vertex::mixed).unwrap_or_default();
    let tail = match (is_whole, has_data) {
        (true, _) if !is_wrapped => String::new(),
        (true, has_data) => {
            let data = if has_data { "gm_color=gm_data[0];" } else { "" };
            format!("#undef main\nvoid main(){{{mixed}gm_main();{data}}}\n")
        }
        (false, _) => "layout(location=0) out vec4 gm_color;\n\
             void main(){vec4 gm_c=vec4(0.,0.,0.,1.);mainImage(gm_c,gl_FragCoord.xy);gm_color=gm_c;}\n"
            .into(),
    };
    let between = if is_wrapped { "#define main gm_main\n" } else { "" };
    let vertex = vertex.map(|vertex| vertex.code).unwrap_or_default();
    let code = Code::ours(&head).then(vertex).then(Code::ours(between));
    let code = code.then(rewritten).then(Code::ours(&tail));
    Ok(Ready { code, defaults, samplers: places.samplers, declared: known })
}

/// What stands before a shader.
fn head(found: &Scan, places: &mut Places, own: &str, antialias: u32) -> String {
    let mut head = String::from("#version 450\n");
    let is_named = |name: &str| found.words.contains(name);
    let is_own = |declared: &Declared, name: &str, sizes: &str| {
        declared.storage != Storage::Uniform || !is_known(&declared.kind, name, sizes)
    };
    let is_declared = |name: &str| {
        found
            .declared
            .iter()
            .any(|d| d.names.iter().any(|(own, sizes, _)| own == name && is_own(d, own, sizes)))
    };
    // What only a macro names may be there for another GLSL.
    let has_out = found.declared.iter().any(|declared| declared.storage == Storage::Out);
    if is_named("gl_FragColor") && (found.spoken.contains("gl_FragColor") || !has_out) {
        head += "layout(location=0) out vec4 gm_color;\n";
    } else if found.spoken.contains("gl_FragData") {
        head += "layout(location=0) out vec4 gm_color;\nvec4 gm_data[4];\n";
    }
    head += own;
    for (name, kind) in KNOWN {
        let is_scale = name == "gm_scale" && antialias > 1;
        let is_own = is_declared(name)
            || found.functions.contains_key(name)
            || found.globals.contains_key(name);
        if !is_scale && (!is_named(name) || is_own) {
            continue;
        }
        head += &match (name, kind) {
            (_, "sampler2D") => places.sampler("sampler2D", name),
            ("iChannelTime" | "iChannelResolution", kind) => format!("uniform {kind} {name}[4];"),
            (name, kind) => format!("uniform {kind} {name};"),
        };
        head.push('\n');
    }
    if is_named("v_texcoord") && !is_declared("v_texcoord") {
        head += "layout(location=0) in vec2 v_texcoord;\n";
    }
    if antialias > 1 {
        head += "vec4 gm_at=vec4(gl_FragCoord.xy*gm_scale,gl_FragCoord.zw);\n#define gl_FragCoord gm_at\n";
    }
    head
}

/// Where what is declared outside of blocks is put.
#[derive(Default)]
struct Places {
    samplers: Vec<String>,
    inputs: u32,
    outputs: u32,
}

impl Places {
    /// The declaration of a sampler; of the same name it is at the same place.
    fn sampler(&mut self, kind: &str, name: &str) -> String {
        let known = self.samplers.iter().position(|other| other == name);
        let binding = known.unwrap_or_else(|| {
            self.samplers.push(name.to_string());
            self.samplers.len() - 1
        });
        format!("layout(set=1,binding={binding}) uniform {kind} {name};")
    }

    /// A declaration as it is to be written.
    fn write(&mut self, declared: &Declared) -> String {
        let Declared { storage, kind, names, .. } = declared;
        let mut written = String::new();
        for (name, sizes, _) in names {
            written += &match storage {
                // It is declared before.
                Storage::Uniform if is_known(kind, name, sizes) => continue,
                Storage::Uniform if kind.contains("sampler") => self.sampler(kind, name),
                // In a block its columns would lie in a way that is not taken.
                Storage::Uniform
                    if (kind.ends_with("mat2") || kind.ends_with("mat2x2")) && sizes.is_empty() =>
                {
                    format!(
                        "uniform vec4 {MATRIX}{name};mat2 {name}=mat2({MATRIX}{name}.xy,{MATRIX}{name}.zw);"
                    )
                }
                Storage::Uniform => format!("uniform {kind} {name}{sizes};"),
                Storage::In => {
                    self.inputs += 1;
                    format!("layout(location={}) in {kind} {name}{sizes};", self.inputs - 1)
                }
                Storage::Out => {
                    self.outputs += 1;
                    format!("layout(location={}) out {kind} {name}{sizes};", self.outputs - 1)
                }
            };
        }
        written
    }
}

/// The text with other texts in the places of some, and as many lines.
pub(super) fn edited(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (range, other) in edits {
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&other);
        out.extend(text[range.clone()].matches('\n'));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The numbers of what a uniform of a type is at first: `1.5`, `vec3(1.)`, `mat2(1.)`, `true`; `None` of what only a compiler
/// understands.
fn numbers(kind: &str, text: &str) -> Option<Vec<f64>> {
    let number = |text: &str| match text.trim() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        text => {
            let plain = text.trim_end_matches(['f', 'F', 'u', 'U']);
            // Whole numbers are divided otherwise.
            let is_plain = plain.chars().all(|c| "0123456789.+-*/() ".contains(c))
                && (plain.contains('.') || !plain.contains('/'));
            plain.parse().ok().or_else(|| constant(plain).ok().filter(|_| is_plain))
        }
    };
    let kind = kind.split_whitespace().last()?;
    let (count, diagonal) = match kind {
        "vec2" | "ivec2" | "uvec2" | "bvec2" => (2, 0),
        "vec3" | "ivec3" | "uvec3" | "bvec3" => (3, 0),
        "vec4" | "ivec4" | "uvec4" | "bvec4" => (4, 0),
        "mat2" | "mat2x2" => (4, 2),
        "mat3" | "mat3x3" => (9, 3),
        "mat4" | "mat4x4" => (16, 4),
        "float" | "int" | "uint" | "bool" => return number(text).map(|number| vec![number]),
        _ => return None,
    };
    let inner =
        text.trim().strip_prefix(kind)?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    let all: Vec<f64> = inner.split(',').map(number).collect::<Option<_>>()?;
    match (all.as_slice(), diagonal) {
        ([one], 0) => Some(vec![*one; count]),
        ([one], side) => {
            let place = |n: usize| if n / side == n % side { *one } else { 0.0 };
            Some((0..count).map(place).collect())
        }
        (all, _) if all.len() == count => Some(all.to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shader_keeps_its_lines() {
        let text = "uniform float a,\n  b = 2.;\nuniform sampler2D s, t;\nvoid main() { gl_FragColor = vec4(a + b); }\n";
        let none = (&Pairs::default(), &Pairs::default());
        let ready = ready(&Code::of(text, "x.frag"), ("", None), none, 1).expect("ready");
        let written = ready.code.text();
        let lines: Vec<&str> =
            written.lines().skip_while(|l| !l.starts_with("uniform float a")).collect();
        assert_eq!(lines[0], "uniform float a;uniform float b;");
        assert_eq!(lines[1], "");
        assert!(lines[2].contains(
            "binding=0) uniform sampler2D s;layout(set=1,binding=1) uniform sampler2D t;"
        ));
        assert!(lines[3].starts_with("void main()"));
        assert_eq!(ready.defaults["b"], [2.0]);
    }

    #[test]
    fn what_has_no_function_is_refused() {
        let code = Code::of("float f() { return 1.; }", "x.frag");
        let none = (&Pairs::default(), &Pairs::default());
        let e = ready(&code, ("", None), none, 1).expect_err("nothing to draw");
        assert!(e.contains("x.frag: there is neither mainImage"), "{e}");
    }
}
