//! The same shaders in Chromium, whose WebGL 2 is what Shadertoy draws with.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use base64::Engine as _;
use image::RgbImage;

use super::corpus::{apart, picture};
use super::draw;
use crate::common::Folder;

/// Those that are GLSL of WebGL 2, and look at no texture.
const NAMES: [&str; 20] = [
    "bits",
    "choices",
    "early",
    "effects",
    "julia",
    "lattice",
    "loops",
    "march",
    "matrices",
    "overloads",
    "palette",
    "parameters",
    "polar",
    "precision",
    "shadows",
    "short",
    "structs",
    "swizzles",
    "text",
    "voronoi",
];

const PAGE: &str = r"<!doctype html><pre id=out></pre><script>
const canvas = document.createElement('canvas');
canvas.width = 96; canvas.height = 64;
const gl = canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true, alpha: false });
const shader = (kind, text) => {
  const made = gl.createShader(kind);
  gl.shaderSource(made, text);
  gl.compileShader(made);
  if (!gl.getShaderParameter(made, gl.COMPILE_STATUS)) throw gl.getShaderInfoLog(made);
  return made;
};
const head = `#version 300 es
precision highp float; precision highp int;
uniform vec3 iResolution; uniform float iTime; uniform int iFrame; out vec4 drawn;
`;
const tail = `
void main() { vec4 c = vec4(0, 0, 0, 1); mainImage(c, gl_FragCoord.xy); drawn = vec4(c.rgb, 1); }`;
let out = '';
for (const [name, text] of Object.entries(SHADERS)) {
  try {
    const program = gl.createProgram();
    gl.attachShader(program, shader(gl.VERTEX_SHADER,
      '#version 300 es\nvoid main() { gl_Position = vec4(float(gl_VertexID & 1) * 4. - 1., float(gl_VertexID >> 1) * 4. - 1., 0, 1); }'));
    gl.attachShader(program, shader(gl.FRAGMENT_SHADER, head + text + tail));
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.uniform3f(gl.getUniformLocation(program, 'iResolution'), 96, 64, 1);
    gl.uniform1f(gl.getUniformLocation(program, 'iTime'), 1);
    gl.uniform1i(gl.getUniformLocation(program, 'iFrame'), 30);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const pixels = new Uint8Array(96 * 64 * 4);
    gl.readPixels(0, 0, 96, 64, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    out += name + ' ' + btoa(String.fromCharCode(...pixels)) + '\n';
  } catch (e) { out += name + ' !' + String(e).replace(/\s+/g, ' ') + '\n'; }
}
document.getElementById('out').textContent = out;
</script>";

#[test]
fn pictures_are_those_of_a_browser() {
    let folder = Folder::new();
    let shaders: serde_json::Map<String, serde_json::Value> = NAMES
        .iter()
        .map(|name| {
            let path = format!("{}/tests/shaders/{name}.frag", env!("CARGO_MANIFEST_DIR"));
            (name.to_string(), fs::read_to_string(path).expect("a shader").into())
        })
        .collect();
    let shaders = serde_json::Value::from(shaders).to_string();
    let page = PAGE.replace("SHADERS", &shaders);
    fs::write(folder.join("page.html"), page).expect("written");
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let url = format!("file://{}", folder.join("page.html").display());
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"])
        .args([
            "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist",
            &profile,
            "--dump-dom",
            &url,
        ])
        .output()
        .expect("chromium is needed");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let out = dom.split("<pre id=\"out\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let mut wrong = String::new();
    for name in NAMES {
        let lines = out.unwrap_or_default().lines();
        let line = lines.filter_map(|line| line.split_once(' ')).find(|(own, _)| *own == name);
        let Some((_, text)) = line else { panic!("{name} was not drawn: {dom:.500}") };
        let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text) else {
            panic!("{name}: {text}");
        };
        // The first row is the lowest.
        let rows = bytes.chunks_exact(96 * 4).rev().flatten().copied().collect::<Vec<u8>>();
        let rgb: Vec<u8> = rows.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let theirs = RgbImage::from_raw(96, 64, rgb).expect("a picture");
        let ours = picture(&draw(&format!("{name}.frag"), "", 30));
        let (mean, far) = apart(&ours, &theirs);
        // Rounding; at edges a pixel may be on either side.
        if mean > 0.5 || far > 0.01 {
            let _ = writeln!(wrong, "{name}: {mean} apart, {far} of it far");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
