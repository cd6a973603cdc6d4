//! What is read: the forms of several sites and tools, and GLSL as it is written.

use std::fs;

use genmedia::Recipe;
use genmedia::render::frame;

use crate::common::{Folder, stderr};
use crate::{pixel, text};

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
    let text = shader.replace("$WIDTH/2", "$WIDTH/100");
    fs::write(&file, text).expect("written");
    assert_eq!(at("", 0), [26, 1, 64]);
    fs::write(&file, shader).expect("written");
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
fn vertex_shaders_of_isf_are_heard() {
    let folder = Folder::new();
    let header = "/*{ \"ISFVSN\": \"2\", \"INPUTS\": [ { \"NAME\": \"turn\", \"TYPE\": \"bool\", \"DEFAULT\": false },\n\
                  { \"NAME\": \"shown\", \"TYPE\": \"image\" } ] }*/\n";
    let shader = "#if __VERSION__ <= 120\nvarying vec2 right; varying float steps[2];\n#else\nin vec2 right; in float steps[2];\n#endif\n\
                  const float HALF = 0.5; float of(float x) { return x * HALF; }\n\
                  void main() { gl_FragColor = vec4(right.x, steps[1], of(1.0), 1.0) + 0.0 * _shown_imgRect.zwzw;\n\
                  if (turn) gl_FragColor = vec4(isf_FragNormCoord, IMG_NORM_PIXEL(shown, vec2(0.5), -100.0).r, 1.0); }";
    let vertex = "#if __VERSION__ <= 120\nvarying vec2 right; varying float steps[2];\n#else\nout vec2 right; out float steps[2];\n#endif\n\
                  const float HALF = 0.25; float of(vec2 x) { return x.y * HALF; }\n\
                  void main() { isf_vertShaderInit(); right = isf_FragNormCoord + vec2(1.0 / RENDERSIZE.x, 0.0);\n\
                  steps[0] = 0.0; steps[1] = of(isf_FragNormCoord); }";
    fs::write(folder.join("a.fs"), format!("{header}{shader}")).expect("written");
    fs::write(folder.join("a.vs"), vertex).expect("written");
    let recipe = |more: &str| -> Recipe {
        let at = folder.join("a.fs").display().to_string();
        let toml = format!("size = '32x20'\nframes = 9\n[shader]\nfile = '{at}'\n{more}");
        toml.parse().unwrap_or_else(|e| panic!("{e}"))
    };
    let drawn = frame(&recipe(""), 0).expect("a frame");
    let near = |is: [u8; 3], to: [f64; 3]| {
        let far = is.iter().zip(to).map(|(is, to)| (f64::from(*is) - 255.0 * to).abs());
        assert!(far.fold(0.0, f64::max) < 1.0, "{is:?} {to:?}");
    };
    for (x, y) in [(0usize, 19u32), (10, 10), (30, 0)] {
        let (u, v) = ((x as f64 + 0.5) / 32.0, (19.5 - f64::from(y)) / 20.0);
        near(pixel(&drawn, x, y), [u + 1.0 / 32.0, v / 4.0, 0.5]);
    }
    // A square that is moved: half as large, and in the lower left.
    let moved = vertex.replace(
        "isf_vertShaderInit();",
        "isf_vertShaderInit(); gl_Position.xy = gl_Position.xy * 0.5 - 0.5;",
    );
    fs::write(folder.join("a.vs"), moved).expect("written");
    let drawn = frame(&recipe("[shader.set]\nturn = true\n"), 0).expect("a frame");
    assert_eq!(pixel(&drawn, 20, 15), [0, 0, 0]);
    assert_eq!(pixel(&drawn, 5, 5), [0, 0, 0]);
    near(pixel(&drawn, 4, 14), [4.5 / 16.0, 5.5 / 10.0, 0.0]);
    // Names of the two are not each other's, and a variable is at each corner what it is at first.
    let shader = "varying vec2 right; varying float steps[2];\nstruct S { float x; }; const S own = S(0.2);\n#ifdef LEVEL\n#error it is the other's\n#endif\n\
                  #define LEVEL own.x\nvoid main() { gl_FragColor = vec4(LEVEL, right.x, steps[1], 1.0); }";
    let vertex = "varying vec2 right; varying float steps[2];\nstruct S { vec2 y; }; S own;\n#define LEVEL 0.1\nfloat sum = 0.3, other = 0.5;\n\
                  void main() { isf_vertShaderInit(); sum += LEVEL; other += LEVEL; own.y = vec2(sum); right = own.y; steps[1] = other; }";
    fs::write(folder.join("a.fs"), format!("{header}{shader}")).expect("written");
    fs::write(folder.join("a.vs"), vertex).expect("written");
    near(pixel(&frame(&recipe(""), 0).expect("a frame"), 20, 15), [0.2, 0.4, 0.6]);
    fs::write(folder.join("a.vs"), "void main() { isf_vertShaderInit() }").expect("written");
    let said = stderr(&folder.run("render shader a.fs"));
    assert!(said.contains("a.vs:1:"), "{said}");
    fs::write(folder.join("a.vs"), "float x;\n").expect("written");
    let said = stderr(&folder.run("render shader a.fs"));
    assert!(said.contains("a.vs: there is no main"), "{said}");
    fs::remove_file(folder.join("a.vs")).expect("removed");
    let said = stderr(&folder.run("render shader a.fs"));
    assert!(said.contains("a.fs: right comes from a vertex shader"), "{said}");
}

#[test]
fn older_glsl_is_taken_as_it_is() {
    let folder = Folder::new();
    let at =
        |shader: &str| pixel(&frame(&text(&folder, shader, "", ""), 30).expect("a frame"), 9, 9);
    // Functions that the language has got since, beside those of other parameters.
    assert_eq!(
        at(
            "float distance(vec2 a, vec2 b) { return 0.2; } float round(float x) { return floor(x + 0.5); }\n\
            void main() { gl_FragColor = vec4(distance(vec2(0.0), vec2(1.0)), distance(0.0, 0.4), round(0.6) * round(vec2(1.2)).x, 1.0); }"
        ),
        [51, 102, 255]
    );
    // A function that ends without a value, and a number that is none.
    assert_eq!(
        at(
            "float f(int n) { if (n == 0) return 0.2; else if (n == 1) return 0.4; else if (n == 2) return abs(-0.6); }\n\
            float unused() { return sqrt(-1.0); }\n\
            void main() { int n = int(gl_FragCoord.x); gl_FragColor = vec4(f(n - 9), f(n - 8), f(n - 7), 1.0); }"
        ),
        [51, 102, 153]
    );
    assert_eq!(
        at(
            "float max3(float a, float b, float c) { return max(a, max(b, c)); } vec4 texture(sampler2D s, vec2 p) { return texture2D(s, p); }\n\
            mat2 outerProduct(vec2 a, vec2 b) { return mat2(0.2); } void main() { gl_FragColor = vec4(outerProduct(vec2(1.0), vec2(1.0))[0].x,\n\
            max3(0.1, 0.4, 0.3), 0.6 + texture(u_tex0, vec2(0.5)).r, 1.0); }"
        ),
        [51, 102, 153]
    );
    // Those of other parameters are beside the language's, and it is still there for all that are not written anew.
    assert_eq!(
        at(
            "vec2 mod(vec2 a, vec2 b) { return vec2(0.2); } float max(float a, float b) { return 0.4; } float sign(float x) { return 9.0; }\n\
            vec4 texture2D(sampler2D s, vec2 a, vec2 b) { return texture2D(s, a + b) + 0.6; }\n\
            void main() { vec3 r = mod(vec3(5.0), 2.0) - 1.0; int n = abs(-3) + sign(-3);\n\
            gl_FragColor = vec4(mod(vec2(9.0), vec2(2.0)).x + r.x, max(1.0, 2.0) * max(vec2(0.5), 1.0).x, texture2D(u_tex0, vec2(0.1), vec2(0.2)).r + float(n - 2), 1.0); }"
        ),
        [51, 102, 153]
    );
    let names = "sin cos tan asin acos sinh cosh tanh asinh acosh atanh radians degrees exp log exp2 log2 sqrt inversesqrt floor \
                 trunc round roundEven ceil fract normalize dFdx dFdy fwidth abs sign atan";
    let (mut all, mut sum) = (String::new(), String::new());
    for name in names.split_whitespace() {
        all += &format!("vec2 {name}(vec2 x) {{ return vec2(0.0); }} ");
        sum += &format!("+ {name}(vec2(0.5)).x + 0.0 * length({name}(vec3(0.5))) ");
    }
    for name in "pow reflect distance dot mod min max step".split_whitespace() {
        all += &format!("float {name}(float x, float y) {{ return 0.0; }} ");
        sum += &format!("+ {name}(0.5, 0.5) + 0.0 * length(vec2({name}(vec3(0.5), vec3(0.5)))) ");
    }
    for name in "clamp mix smoothstep fma faceforward refract".split_whitespace() {
        let last = if name == "refract" { "float" } else { "vec3" };
        all += &format!("vec3 {name}(vec3 x, vec3 y, {last} z) {{ return vec3(0.0); }} ");
        sum += &format!("+ {name}(vec3(0.5), vec3(0.5), {last}(0.5)).x ");
    }
    assert_eq!(
        at(&format!("{all}\nvoid main() {{ gl_FragColor = vec4(0.2 {sum}, 0.4, 0.6, 1.0); }}")),
        [51, 102, 153]
    );
    // What is there for another GLSL is skipped.
    assert_eq!(
        at(
            "#if __VERSION__ < 300\nvec4 texture(sampler2D s, vec2 p) { return texture2D(s, p); }\n#endif\n\
            #ifdef OTHER\nuniform float iTime;\nfloat round(float x) { return 9.0; }\nvec4 texture2D(sampler2D s, vec2 p) { return vec4(9.0); }\n\
            const float u_fps = 9.0;\n#endif\nuniform vec3 iResolution;\n\
            void mainImage(out vec4 c, vec2 p) { c = vec4(0.2 * round(iTime + 0.1), 0.4 + texture(iChannel0, p).r, texture2D(iChannel0, p).r + u_fps / 50.0, 1.0); }"
        ),
        [51, 102, 153]
    );
    // Names that newer GLSL has taken, and a product that is no square.
    assert_eq!(
        at(
            "int bitCount(uint x) { return 51; } vec4 texture2D(float s) { return vec4(s); } float fma = 0.4, sampler = 0.0;\n\
            void mainImage(out vec4 c, vec2 p) { float texture3D = 0.6; c = vec4(float(bitCount(1u)) / 255.0, fma + sampler,\n\
            outerProduct(vec2(0.1, 0.2), vec3(1.0, 2.0, 3.0))[2][1] + 0.0 * texture2D(texture3D).x, gl_FragCoord.z); }"
        ),
        [51, 102, 153]
    );
    assert_eq!(at("void main() { gl_FragData[0] = vec4(0.2, 0.4, 0.6, 1.0); }"), [51, 102, 153]);
    // What is given elsewhere may be a name of the shader's own.
    assert_eq!(
        at("const float u_seed = 0.2, iTime = 0.4; float u_fps[2] = float[2](0.0, 0.6);\n\
            void main() { gl_FragColor = vec4(u_seed, iTime, u_fps[1], 1.0); }"),
        [51, 102, 153]
    );
    assert_eq!(
        at(
            "#define IMAGE void mainImage(out vec4 c, vec2 p)\nIMAGE { c = vec4(0.2, 0.4, 0.6, 1.0); }"
        ),
        [51, 102, 153]
    );
    let wide = "void main() { uint h, l, c, d; int ih, il; umulExtended(0xfedcba98u, 0x87654321u, h, l);\n\
                imulExtended(-7, 0x40000000, ih, il); uint s = uaddCarry(0xffffffffu, 2u, c), t = usubBorrow(1u, 2u, d);\n\
                gl_FragColor = vec4(h == 0x86e3e1bcu && l == 0x6e2ed398u, ih == -2 && il == 0x40000000, c == 1u && s == 1u && d == 1u && t == 0xffffffffu, 1.0); }";
    let (wide_product, product) = (0xfedc_ba98u64 * 0x8765_4321, -7i64 * 0x4000_0000);
    assert_eq!(product as u64 >> 32 & 0xffff_ffff, 0xffff_fffe);
    let wide = wide
        .replace("0x86e3e1bcu", &format!("{:#x}u", wide_product >> 32))
        .replace("0x6e2ed398u", &format!("{:#x}u", wide_product & 0xffff_ffff));
    assert_eq!(at(&wide), [255, 255, 255]);
}

#[test]
fn passes_name_each_other_as_in_editors() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    let draw = |text: &str| format!("void mainImage(out vec4 c, vec2 p) {{ {text} }}");
    write(
        "flow.glsl",
        &format!("#iChannel0 \"self\"\n{}", draw("c = texelFetch(iChannel0, ivec2(p), 0) + 0.1;")),
    );
    write(
        "light.glsl",
        &format!(
            "#iChannel1 \"file://flow.glsl\"\n{}",
            draw("c = texelFetch(iChannel1, ivec2(p), 0) * 2.0;")
        ),
    );
    write(
        "toy.glsl",
        &format!(
            "#iChannel0 \"file://./light.glsl\"\n#iChannel2 \"file://flow.glsl\"\n#iUniform float level = 0.2 in {{ 0.0, 1.0 }} step 0.1\n\
             #StrictCompatibility\n{}",
            draw(
                "ivec2 at = ivec2(p); c = vec4(texelFetch(iChannel0, at, 0).r, texelFetch(iChannel2, at, 0).r, level, 1.0);"
            )
        ),
    );
    folder.render(
        "render shader toy.glsl --size 32x20 --frames 4 --images png --no-video --name toy",
    );
    let at =
        |name: &str| image::open(folder.join(name)).expect("a frame").to_rgb8().get_pixel(7, 7).0;
    // What is within is drawn before it.
    assert_eq!(at("jobs/toy/frames/000003.png"), [204, 102, 51]);
    // How a pass is looked at is said as of any other channel.
    write("wide.glsl", &draw("c = vec4(p.x / iResolution.x);"));
    write(
        "edge.glsl",
        &format!(
            "# iChannel0::WrapMode 'Repeat'\n#iChannel0 'file://wide.glsl'\n#iChannel1 \"file://wide.glsl,filter=nearest\"\n{}",
            draw(
                "c = vec4(texture(iChannel0, vec2(1.25, 0.5)).x, texture(iChannel1, vec2(0.25 + 0.01, 0.5)).x, 0.0, 1.0);"
            )
        ),
    );
    folder.render(
        "render shader edge.glsl --size 32x20 --frames 1 --images png --no-video --name edge",
    );
    assert_eq!(at("jobs/edge/frames/000000.png"), [64, 68, 0]);
    // A picture that sees itself.
    write(
        "own.glsl",
        &format!("#iChannel0 \"self\"\n{}", draw("c = texelFetch(iChannel0, ivec2(p), 0) + 0.1;")),
    );
    folder.render(
        "render shader own.glsl --size 32x20 --frames 4 --images png --no-video --name own",
    );
    assert_eq!(at("jobs/own/frames/000003.png"), [102, 102, 102]);
    let output = folder.run("render shader own.glsl --size 32x20 --frames 4");
    assert!(String::from_utf8_lossy(&output.stdout).contains("own-"), "{}", stderr(&output));
    write(
        "loud.glsl",
        &format!("#iChannel0 \"file://song.mp3\"\n{}", draw("c = texture(iChannel0, p);")),
    );
    let said = stderr(&folder.run("render shader loud.glsl"));
    assert!(
        said.contains("--channel 0=sound: nothing is heard") && said.contains("0=none"),
        "{said}"
    );
    write(
        "far.glsl",
        &format!("#iChannel0 \"https://a.example/b.png\"\n{}", draw("c = texture(iChannel0, p);")),
    );
    let said = stderr(&folder.run("render shader far.glsl"));
    assert!(said.contains("is an address; fetch it"), "{said}");
}

#[test]
fn files_include_each_other_as_libraries_do() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write(
        "a.glsl",
        "#ifndef A\n#define A\n#include \"b.glsl\"\nfloat a() { return 0.2; }\n#endif\n",
    );
    write(
        "b.glsl",
        "#ifndef B\n#define B\n#include \"a.glsl\"\nfloat b() { return 0.4; }\n#endif\n",
    );
    write("once.glsl", "#pragma once\nfloat once() { return 0.6; }\n");
    let shader = "#include \"a.glsl\"\n#include \"b.glsl\"\n#include \"once.glsl\"\n#include \"once.glsl\"\n\
                  #ifdef OTHER\n#include \"none.glsl\"\n#endif\n/*\n#include \"none.glsl\"\n#iChannel0 \"none.png\"\n*/\n\
                  void main() { gl_FragColor = vec4(a(), b(), once(), 1.0); }";
    let drawn = frame(&text(&folder, shader, "", ""), 0).expect("a frame");
    assert_eq!(pixel(&drawn, 9, 9), [51, 102, 153]);
    write("c.frag", "float x;\n#include \"none.glsl\"\nvoid main() { gl_FragColor = vec4(x); }");
    let said = stderr(&folder.run("render shader c.frag"));
    assert!(
        said.starts_with("genmedia: error: c.frag:2:1: none.glsl is not there\n 2 | #include"),
        "{said}"
    );
    write("d.glsl", "#include \"e.glsl\"\n");
    write("e.glsl", "#include \"d.glsl\"\n");
    write("d.frag", "#include \"d.glsl\"\nvoid main() { gl_FragColor = vec4(1.0); }");
    let said = stderr(&folder.run("render shader d.frag"));
    assert!(said.contains("d.glsl includes itself"), "{said}");
}
