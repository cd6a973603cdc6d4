//! WGSL, with what it is given.

use super::code::Code;

/// What a shader may name without declaring it. It stands behind the shader, so that its lines keep their numbers.
const GIVEN: [(&str, &str); 3] = [
    (
        "u",
        "struct Given { resolution: vec2f, time: f32, time_delta: f32, mouse: vec4f, date: vec4f, frame: i32, frames: i32, \
         fps: f32, progress: f32, seed: f32, sample_rate: f32 }\n@group(0) @binding(0) var<uniform> u: Given;",
    ),
    ("channel", "@group(1) @binding({2n}) var channel{n}: texture_2d<f32>;"),
    ("sampler", "@group(1) @binding({2n+1}) var sampler{n}: sampler;"),
];

/// A line without a comment at its end.
fn plain(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Adds what a shader names and does not declare.
pub(super) fn ready(code: Code) -> Code {
    let text: String = code.text().lines().map(|line| plain(line).to_string() + "\n").collect();
    let words: std::collections::BTreeSet<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let is_declared = |name: &str| {
        let mut rest = text.split("var").skip(1);
        rest.any(|rest| {
            let rest = rest.trim_start();
            let rest =
                rest.strip_prefix('<').and_then(|r| r.split_once('>')).map_or(rest, |(_, r)| r);
            rest.trim_start().strip_prefix(name).is_some_and(|r| r.trim_start().starts_with(':'))
        })
    };
    let is_missing = |name: &str| words.contains(name) && !is_declared(name);
    let mut given = String::new();
    for (name, declared) in GIVEN {
        if name == "u" {
            if is_missing(name) && text.contains("u.") {
                given += declared;
                given.push('\n');
            }
            continue;
        }
        for n in 0..4 {
            if is_missing(&format!("{name}{n}")) {
                let declared = declared.replace("{2n}", &(2 * n).to_string());
                let declared = declared.replace("{2n+1}", &(2 * n + 1).to_string());
                given += &declared.replace("{n}", &n.to_string());
                given.push('\n');
            }
        }
    }
    code.then(Code::ours(&given))
}
