//! What shaders are given: numbers that move, sound in step, layers, and the last step of a picture.

use std::fs;

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

use crate::common::{Folder, stderr};

/// The recipe of a shader whose text is given, in a folder.
fn text(folder: &Folder, shader: &str, top: &str, more: &str) -> Recipe {
    let file = folder.join("a.frag");
    fs::write(&file, shader).expect("written");
    let toml = format!(
        "size = '32x20'\nframes = 90\nfps = 30\n{top}\n[shader]\nfile = '{}'\n{more}",
        file.display()
    );
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn pixel(frame: &Frame, x: usize, y: u32) -> [u8; 3] {
    let row = frame.row(y);
    [row[3 * x], row[3 * x + 1], row[3 * x + 2]]
}

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
fn sound_is_seen_in_step_to_the_frame() {
    let folder = Folder::new();
    let shader = "void mainImage(out vec4 c, vec2 p) {\n\
                  float wave = texelFetch(iChannel0, ivec2(256, 1), 0).r;\n\
                  float tone = texelFetch(iChannel0, ivec2(int(p.x) * 2, 0), 0).r;\n\
                  c = vec4(tone, abs(wave - 0.5) * 2.0, float(textureSize(iChannel0, 0).x) / 512.0, 1.0); }";
    // Full scale for the second second; a tone of bin 20 of a window of 2048 samples.
    let sound = "[[sound]]\nformula = '0.9*step(1, t)*cos(2*pi*t*20*48000/2048)'\n";
    let recipe = text(&folder, shader, "", &format!("[shader.channel]\n0 = 'sound'\n{sound}"));
    let drawn = |index: u64| frame(&recipe, index).expect("a frame");
    let before = drawn(20);
    // At rest a sample is 128 of 255.
    assert_eq!(pixel(&before, 10, 5), [0, 1, 255]);
    let after = drawn(60);
    let tones: Vec<u8> = (0..32).map(|x| pixel(&after, x, 5)[0]).collect();
    let loudest = (0..32).max_by_key(|x| tones[*x]).expect("some");
    assert_eq!(loudest, 10, "{tones:?}");
    assert!(tones[10] > 200 && tones[20] < 100, "{tones:?}");
    // The sample in the middle is that at the frame: it begins within a frame of its time.
    let loud = |index: u64| pixel(&drawn(index), 0, 0)[1];
    assert_eq!(loud(29), 1);
    assert!((30..33).any(|index| loud(index) > 100), "{} {}", loud(30), loud(31));
}

#[test]
fn layers_are_seen_and_shaders_are_layers() {
    let folder = Folder::new();
    fs::write(
        folder.join("a.frag"),
        "void mainImage(out vec4 c, vec2 p) { c = vec4(texture(iChannel0, p / iResolution.xy).bgr, 1.0); }",
    )
    .expect("written");
    let toml = format!(
        "size = '32x20'\nframes = 3\n\
         [[layer]]\nname = 'below'\n[layer.gradient]\npalette = 'red,blue'\n\
         [[layer]]\nopacity = 0.5\n[layer.shader]\nfile = '{}'\n[layer.shader.channel]\n0 = 'layer:below'\n",
        folder.join("a.frag").display()
    );
    let recipe: Recipe = toml.parse().unwrap_or_else(|e| panic!("{e}"));
    let drawn = frame(&recipe, 1).expect("a frame");
    for x in [2, 16, 29] {
        let [r, _, b] = pixel(&drawn, x, 10);
        assert!(r.abs_diff(b) < 4, "{x}: {r} {b}");
    }
    let gone = toml.replace("layer:below", "layer:nothing").parse::<Recipe>();
    let said = gone.expect_err("no such layer").to_string();
    assert!(said.contains("nothing"), "{said}");
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
fn passes_of_isf_are_drawn() {
    let folder = Folder::new();
    let shader = r#"/*{
        "ISFVSN": "2",
        "INPUTS": [
            { "NAME": "level", "TYPE": "float", "DEFAULT": 0.25, "MIN": 0, "MAX": 1 },
            { "NAME": "tint", "TYPE": "color", "DEFAULT": [0, 1, 0, 1] },
            { "NAME": "invert", "TYPE": "bool", "DEFAULT": false }
        ],
        "PASSES": [
            { "TARGET": "grown", "PERSISTENT": true, "FLOAT": true, "WIDTH": "$WIDTH/2", "HEIGHT": "floor($HEIGHT*0.5)" },
            {}
        ]
    }*/
    void main() {
        if (PASSINDEX == 0) {
            float before = FRAMEINDEX == 0 ? 0.0 : IMG_THIS_PIXEL(grown).r;
            gl_FragColor = vec4(before + 0.1, RENDERSIZE.x / 255.0, 0.0, 1.0);
        } else {
            vec4 c = IMG_NORM_PIXEL(grown, isf_FragNormCoord);
            gl_FragColor = vec4(invert ? 1.0 - c.r : c.r, c.g, level * tint.g, 1.0);
        }
    }"#;
    let file = folder.join("a.fs");
    fs::write(&file, shader).expect("written");
    let toml = |more: &str| {
        let text =
            format!("size = '32x20'\nframes = 9\n[shader]\nfile = '{}'\n{more}", file.display());
        text.parse::<Recipe>().unwrap_or_else(|e| panic!("{e}"))
    };
    let at = |more: &str, index: u64| pixel(&frame(&toml(more), index).expect("a frame"), 5, 5);
    assert_eq!(at("", 0), [26, 16, 64]);
    assert_eq!(at("", 4), [128, 16, 64]);
    let set = "[shader.set]\nlevel = 'u'\ninvert = true\ntint = 'white'\n";
    assert_eq!(at(set, 4), [128, 16, 128]);
    assert_eq!(at(set, 0), [230, 16, 0]);
    fs::write(
        &file,
        "/*{ \"INPUTS\": [ { \"NAME\": \"x\" \"TYPE\": \"float\" } ] }*/\nvoid main() {}",
    )
    .expect("written");
    let said = stderr(&folder.run("render shader a.fs"));
    assert!(said.contains("a.fs:1:") && said.contains("the header of ISF"), "{said}");
}

#[test]
fn what_shadertoy_exports_is_drawn() {
    let folder = Folder::new();
    let export = r##"{ "Shader": { "ver": "0.1", "info": { "name": "Trail" }, "renderpass": [
        { "inputs": [ { "id": "4dXGR8", "src": "/media/previz/buffer00.png", "ctype": "buffer", "channel": 2,
            "sampler": { "filter": "nearest", "wrap": "clamp", "vflip": "true" } } ],
          "outputs": [ { "id": "4dfGRr", "channel": 0 } ], "name": "Image", "type": "image",
          "code": "void mainImage(out vec4 c, vec2 p) { c = vec4(texelFetch(iChannel2, ivec2(p), 0).r, LIGHT, 0.0, 1.0); }" },
        { "inputs": [], "outputs": [], "code": "#define LIGHT 0.4", "name": "Common", "type": "common" },
        { "inputs": [ { "id": "4dXGR8", "src": "/media/previz/buffer00.png", "ctype": "buffer", "channel": 0 } ],
          "outputs": [ { "id": "4dXGR8", "channel": 0 } ], "name": "Buffer A", "type": "buffer",
          "code": "void mainImage(out vec4 c, vec2 p) { c = texelFetch(iChannel0, ivec2(p), 0) + 0.1; }" }
    ] } }"##
        .to_string();
    fs::write(folder.join("toy.json"), &export).expect("written");
    folder.render(
        "render shader toy.json --size 32x20 --frames 6 --images png --no-video --name toy",
    );
    let drawn = image::open(folder.join("jobs/toy/frames/000004.png")).expect("a frame").to_rgb8();
    assert_eq!(drawn.get_pixel(7, 7).0, [128, 102, 0]);
    let texture = export
        .replace("\"ctype\": \"buffer\", \"channel\": 2", "\"ctype\": \"texture\", \"channel\": 2");
    fs::write(folder.join("other.json"), texture).expect("written");
    let said = stderr(&folder.run("render shader other.json"));
    assert!(said.contains("say --channel 2=FILE"), "{said}");
    let output =
        folder.run("render shader other.json --channel 2=white-noise --size 32x20 --frames 2");
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(folder.join("none.json"), "{ \"a\": 1 }").expect("written");
    let said = stderr(&folder.run("render shader none.json"));
    assert!(said.contains("no export of Shadertoy"), "{said}");
}

#[test]
fn a_film_is_seen_at_its_time() {
    let folder = Folder::new();
    let args = [
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "color=black:s=64x36:r=30:d=1,format=gbrp,geq=r='N*8':g=0:b=0",
        "-c:v",
        "ffv1",
        "f.mkv",
    ];
    let made = std::process::Command::new("ffmpeg").args(args).current_dir(folder.path()).status();
    assert!(made.expect("ffmpeg is needed").success());
    let shader = "void mainImage(out vec4 c, vec2 p) { c = vec4(texture(iChannel0, p / iResolution.xy).rgb, 1.0); }";
    let channel = format!("[shader.channel]\n0 = '{}'\n", folder.join("f.mkv").display());
    let recipe = text(&folder, shader, "", &channel);
    for index in [0, 7, 22] {
        let [r, ..] = pixel(&frame(&recipe, index).expect("a frame"), 9, 9);
        assert!(r.abs_diff(index as u8 * 8) < 8, "{index}: {r}");
    }
    let film = folder.join("f.mkv");
    let text = std::fs::read(&film).expect("a film");
    std::fs::write(&film, &text[..text.len() / 2]).expect("written");
    assert!(frame(&recipe, 7).is_err());
}

#[test]
fn remainders_have_the_sign_of_the_divisor() {
    let folder = Folder::new();
    let shader = "void mainImage(out vec4 c, vec2 p) { int x = int(p.x) - 16; ivec3 v = ivec3(x, x, -x) % ivec3(5, -5, 5);\n\
                  c = vec4(float(x % 5 + 10), float(v.y + 10), float(v.x * 10 + v.z), 255.0) / 255.0; }";
    let drawn = frame(&text(&folder, shader, "", ""), 0).expect("a frame");
    for x in 0..32 {
        let n = x as i32 - 16;
        let [one, two, both] = pixel(&drawn, x, 3).map(i32::from);
        let of = |n: i32, by: i32| n - by * (f64::from(n) / f64::from(by)).floor() as i32;
        assert_eq!(
            (one - 10, two - 10, both),
            (of(n, 5), of(n, -5), of(n, 5) * 10 + of(-n, 5)),
            "{n}"
        );
    }
}

#[test]
fn channels_that_show_nothing_are_told() {
    let folder = Folder::new();
    let shader =
        "void mainImage(out vec4 c, vec2 p) { c = texture(iChannel0, p) + texture(iChannel2, p); }";
    fs::write(folder.join("waves.frag"), shader).expect("written");
    let output =
        folder.run("render shader waves.frag --size 32x20 --frames 2 --channel 2=white-noise");
    let said = stderr(&output);
    assert!(output.status.success() && said.contains("iChannel0 shows nothing"), "{said}");
    assert!(!said.contains("iChannel2"), "{said}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("waves-"),
        "the job has the shader's name"
    );
    let said =
        stderr(&folder.run(
            "render shader waves.frag --size 32x20 --frames 2 --channel 0=none --channel 2=none",
        ));
    assert!(!said.contains("shows nothing"), "{said}");
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
fn switches_are_what_they_are() {
    let folder = Folder::new();
    let of = |body: &str| {
        let shader = format!(
            "float f(int x) {{ float r = 9.0; {body} return r; }}\n\
             void mainImage(out vec4 c, vec2 p) {{ c = vec4(f(int(p.x)) / 255.0); }}"
        );
        let drawn = frame(&text(&folder, &shader, "", ""), 0).expect("a frame");
        (0..7).map(|x| pixel(&drawn, x, 3)[0]).collect::<Vec<u8>>()
    };
    let none = "switch (x) { case 0: r = 1.0; break; case 1: r = 2.0; break; case 3: r = 3.0; }";
    assert_eq!(of(none), [1, 2, 9, 3, 9, 9, 9]);
    let falls = "switch (x) { case 0: case 1: r += 1.0; case 2: r += 2.0; break; case 4: case 5: return 7.0; case 6: r = 0.0; default: r += 4.0; }";
    assert_eq!(of(falls), [12, 12, 11, 13, 7, 7, 4]);
    let nested = "for (int i = 0; i < 3; i++) { switch (x) { case 1: continue; case 2: switch (i) { case 1: r += 5.0; default: r += 1.0; } case 3: r += 1.0; break; } r += 10.0; }";
    assert_eq!(of(nested), [39, 9, 50, 42, 39, 39, 39]);
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
