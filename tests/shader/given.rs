//! What shaders are given: numbers that move, sound in step, layers, and the last step of a picture.

use std::fs;

use genmedia::render::frame;

use crate::common::{Folder, stderr};
use crate::{pixel, text};

#[test]
fn y_goes_up_and_pixels_are_at_their_middles() {
    let folder = Folder::new();
    let shader =
        "void mainImage(out vec4 c, vec2 p) { c = vec4(p / 255.0, iResolution.x / 255.0, 1.0); }";
    let drawn = frame(&text(&folder, shader, "", ""), 0).expect("a frame");
    // 0.5 is as far from 0 as from 1; the middles of all others are told apart.
    assert_eq!(pixel(&drawn, 31, 0)[1], 20);
    assert_eq!(pixel(&drawn, 3, 18)[0], 4);
    assert_eq!(pixel(&drawn, 3, 19)[2], 32);
}

#[test]
fn uniforms_move_and_follow_the_sound() {
    let folder = Folder::new();
    let shader = "uniform float speed; uniform vec3 tint; uniform ivec2 pair;\n\
                  void mainImage(out vec4 c, vec2 p) { c = vec4(speed, tint.g, float(pair.y) / 10.0, 1.0); }";
    let set =
        "[shader.set]\nspeed = 'u'\ntint = 'mix(black, lime, step(1, t))'\npair = '1, n/10'\n";
    let recipe = text(&folder, shader, "", set);
    let at = |index: u64| pixel(&frame(&recipe, index).expect("a frame"), 5, 5);
    assert_eq!(at(0), [0, 0, 0]);
    assert_eq!(at(89), [255, 255, 204]);
    assert_eq!(at(45)[1], 255);
    // A track that is loud from its first second on.
    let sound = "[[sound]]\nformula = '0.8*step(1, t)*sin(2*pi*220*t)'\nname = 'tone'\n";
    let shader = "uniform float loud; void mainImage(out vec4 c, vec2 p) { c = vec4(loud); }";
    let recipe = text(&folder, shader, "", &format!("[shader.set]\nloud = 'level'\n{sound}"));
    let at = |index: u64| pixel(&frame(&recipe, index).expect("a frame"), 5, 5)[0];
    assert!(at(15) < 5 && at(60) > 100, "{} {}", at(15), at(60));
}

#[test]
fn points_are_mixed_and_steps_are_broken() {
    let folder = Folder::new();
    let edge =
        "void mainImage(out vec4 c, vec2 p) { c = vec4(vec3(step(0.5, fract(p.x / 2.0))), 1.0); }";
    let half = "void mainImage(out vec4 c, vec2 p) { c = vec4(vec3(step(p.x, 8.5)), 1.0); }";
    let of =
        |shader: &str, more: &str| frame(&text(&folder, shader, "", more), 7).expect("a frame");
    assert_eq!(pixel(&of(edge, ""), 4, 4), [0; 3]);
    assert_eq!(pixel(&of(half, "antialias = 2\n"), 8, 4), [128; 3]);
    // Half of the light is 188 of 255.
    assert_eq!(pixel(&of(half, "antialias = 2\nlinear = true\n"), 8, 4), [188; 3]);
    let grey = "void mainImage(out vec4 c, vec2 p) { c = vec4(vec3(100.5 / 255.0), 1.0); }";
    let plain = of(grey, "");
    assert!(plain.data().iter().all(|b| *b == plain.data()[0]));
    let broken = of(grey, "dither = true\n");
    let mean =
        broken.data().iter().map(|b| f64::from(*b)).sum::<f64>() / broken.data().len() as f64;
    assert!((mean - 100.5).abs() < 0.1, "{mean}");
    let clear =
        "void mainImage(out vec4 c, vec2 p) { c = vec4(1.0, 0.5, 0.0, p.x < 16.0 ? 0.0 : 0.5); }";
    let seen = of(clear, "alpha = true\n");
    let alpha = seen.alpha().expect("it is transparent in places");
    assert_eq!((alpha[3], alpha[30]), (0, 128));
    assert!(of(clear, "").alpha().is_none());
}

#[test]
fn macros_files_and_dates_are_given() {
    let folder = Folder::new();
    let shader = "void mainImage(out vec4 c, vec2 p) { c = vec4(LEVEL, iDate.z / 255.0, iDate.w / 86400.0, 1.0); }";
    let more = "date = '2026-03-31 23:59:59'\n[shader.define]\nLEVEL = 0.2\n";
    let recipe = text(&folder, shader, "", more);
    let at = |index: u64| pixel(&frame(&recipe, index).expect("a frame"), 5, 5);
    assert_eq!(at(0), [51, 31, 255]);
    assert_eq!(at(60), [51, 1, 0]);
    let output =
        folder.run("render shader a.frag --define LEVEL=0.4 --size 32x20 --frames 2 --dry-run");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains("LEVEL = \"0.4\""), "{printed} {}", stderr(&output));
}

#[test]
fn what_uniforms_are_at_first_is_read_or_refused() {
    let folder = Folder::new();
    let drawn = |head: &str, value: &str| {
        let shader = format!("{head}\nvoid main() {{ gl_FragColor = vec4({value}, 1.0); }}");
        let recipe = text(&folder, &shader, "", "");
        pixel(&frame(&recipe, 3).expect("a frame"), 5, 5)
    };
    for (head, value, wanted) in [
        ("uniform vec3 c = vec3(0.4);", "c", [102, 102, 102]),
        ("uniform mat3 m = mat3(0.4);", "m[0].x, m[1].x, m[2].z", [102, 0, 102]),
        ("uniform float a = 1.0 / 5.0, b = - 0.2 + 0.6;", "a, b, 0.0", [51, 102, 0]),
        (
            "uniform float time = 0.4; uniform float seed = 0.2; uniform float pass = 0.6;",
            "time, seed, pass",
            [102, 51, 153],
        ),
        (
            "#ifdef NO\nvoid f(float a) {\n#else\nvoid f() {\n#endif\n}\nuniform float a = 0.4;",
            "vec3(a)",
            [102; 3],
        ),
        ("#if 0\nDon't { parse\n#endif\nuniform float a = 0.4;", "vec3(a)", [102; 3]),
        ("layout(location = (1 + 2)) uniform float a = 0.4;", "vec3(a)", [102; 3]),
        ("uniform float iTime = 7.0;", "vec3(iTime * 2.0)", [51; 3]),
    ] {
        assert_eq!(drawn(head, value), wanted, "{head}");
    }
    for head in [
        "#define K 0.4\nuniform float a = K;",
        "uniform vec3 a = vec3(vec2(0.2), 1.0);",
        "#if 0\nuniform float a = 1.0;\n#else\nuniform float a = 0.4;\n#endif",
        "#define U uniform\nU float a;",
    ] {
        fs::write(
            folder.join("b.frag"),
            format!("{head}\nvoid main() {{ gl_FragColor = vec4(a); }}"),
        )
        .expect("written");
        let output = folder.run("render shader b.frag --size 32x20 --frames 1");
        assert!(
            !output.status.success() && stderr(&output).contains("--set"),
            "{head}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn points_and_passes_are_where_they_belong() {
    let folder = Folder::new();
    let place = "void mainImage(out vec4 c, vec2 p) { c = vec4(gl_FragCoord.xy / iResolution.xy, 0.0, 1.0); }";
    let drawn = frame(&text(&folder, place, "", "antialias = 2\n"), 0).expect("a frame");
    let [x, y, _] = pixel(&drawn, 16, 10);
    assert!(x.abs_diff(131) < 3 && y.abs_diff(121) < 3, "{x} {y}");
    let edge = "void mainImage(out vec4 c, vec2 p) { c = p.x < 8.5 ? vec4(1.0, 0.0, 0.0, 1.0) : vec4(0.0); }";
    let drawn =
        frame(&text(&folder, edge, "", "antialias = 2\nalpha = true\n"), 0).expect("a frame");
    // Half of it is there, and that is red.
    assert_eq!(
        (pixel(&drawn, 8, 3), drawn.alpha().expect("transparent")[3 * 32 + 8]),
        ([128, 0, 0], 128)
    );
    let size = "void mainImage(out vec4 c, vec2 p) { c = vec4(iChannelResolution[1].xy / 512.0, 0.0, 1.0); }";
    let channel = "[shader.channel]\n1 = 'white-noise'\n";
    assert_eq!(
        pixel(&frame(&text(&folder, size, "", channel), 0).expect("a frame"), 3, 3),
        [128, 128, 0]
    );
    let isf = r#"/*{ "ISFVSN": "2", "PASSES": [ {}, { "TARGET": "B" }, {} ] }*/
        void main() {
            if (PASSINDEX == 0) gl_FragColor = vec4(1, 0, 0, 1);
            else if (PASSINDEX == 1) gl_FragColor = vec4(0, 1, 0, 1);
            else gl_FragColor = vec4(IMG_THIS_PIXEL(B).rgb * 0.5, 1);
        }"#;
    assert_eq!(pixel(&frame(&text(&folder, isf, "", ""), 0).expect("a frame"), 3, 3), [0, 128, 0]);
    let big = "#define INF (1.0 / 0.0)\nvoid mainImage(out vec4 c, vec2 p) { float d = INF; if (p.x < 9.0) d = 0.5; c = vec4(d < 1e9 ? d : 0.2); }";
    let drawn = frame(&text(&folder, big, "", ""), 0).expect("a frame");
    assert_eq!((pixel(&drawn, 3, 3)[0], pixel(&drawn, 20, 3)[0]), (128, 51));
}

#[test]
fn wgsl_has_uniforms_of_its_own() {
    let folder = Folder::new();
    let file = folder.join("a.wgsl");
    let shader = "// var u: nothing\n@group(0) @binding(1) var<uniform> level: f32;\n@group(0) @binding(2) var<uniform> tint: vec3f;\n\
                  @fragment fn draw(@builtin(position) at: vec4f) -> @location(0) vec4f {\n\
                  return vec4f(level, tint.y, u.resolution.x / 255.0, 1.0); }\n";
    fs::write(&file, shader).expect("written");
    let toml = format!(
        "size = '32x20'\nframes = 9\n[shader]\nfile = '{}'\n[shader.set]\nlevel = 'n/10'\ntint = '0, 0.4, 0'\n",
        file.display()
    );
    let recipe: genmedia::Recipe = toml.parse().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(pixel(&frame(&recipe, 2).expect("a frame"), 5, 5), [51, 102, 32]);
    fs::write(
        &file,
        shader.to_string()
            + &shader[shader.find("@fragment").unwrap_or(0)..].replace("draw", "other"),
    )
    .expect("written");
    let said = stderr(&folder.run("render shader a.wgsl"));
    assert!(said.contains("draw and other are both @fragment"), "{said}");
}
