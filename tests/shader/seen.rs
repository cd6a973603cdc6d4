//! What channels show: sound in step, layers, films, noise, and what is told of those that show nothing.

use std::fs;

use genmedia::Recipe;
use genmedia::render::frame;

use crate::common::{Folder, stderr};
use crate::{pixel, text};

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
    let said = stderr(&folder.run(
        "render shader waves.frag --size 32x20 --frames 2 --channel 1=none --channel B0=none",
    ));
    assert!(said.contains("looks at channel 1") && said.contains("looks at channel B0"), "{said}");
}

#[test]
fn layers_films_and_tracks_are_seen_side_by_side() {
    let folder = Folder::new();
    let film = |name: &str, color: &str| {
        let source = format!("color={color}:s=64x36:r=30:d=1,format=gbrp");
        let args = ["-v", "error", "-f", "lavfi", "-i", &source, "-c:v", "ffv1", name];
        let made =
            std::process::Command::new("ffmpeg").args(args).current_dir(folder.path()).status();
        assert!(made.expect("ffmpeg is needed").success());
    };
    film("one.mkv", "0xff0000");
    film("other.mkv", "0x00ff00");
    let shader = "uniform sampler2D tone; void mainImage(out vec4 c, vec2 p) { vec2 uv = p / iResolution.xy;\n\
                  float wave = abs(texelFetch(iChannel3, ivec2(256, 0), 0).r - texelFetch(tone, ivec2(256, 0), 0).r);\n\
                  c = vec4(texture(iChannel0, uv).r - texture(iChannel1, uv).r, texture(iChannel1, uv).g, texture(iChannel2, uv).b, 1.0);\n\
                  if (p.x < 1.0) c = vec4(wave); }";
    fs::write(folder.join("a.frag"), shader).expect("written");
    fs::write(
        folder.join("b.frag"),
        "void mainImage(out vec4 c, vec2 p) { c = texture(iChannel0, p / iResolution.xy).ggga; }",
    )
    .expect("written");
    let at = |name: &str| folder.join(name).display().to_string();
    let toml = format!(
        "size = '32x20'\nframes = 30\nfps = 30\n\
         [[layer]]\nname = 'under'\nshow = false\n[layer.shader]\nfile = '{}'\n[layer.shader.channel]\n0 = '{}'\n\
         [[layer]]\n[layer.shader]\nfile = '{}'\n[layer.shader.channel]\n0 = '{}'\n1 = '{}'\n2 = 'layer:under'\n\
         3 = 'waveform:low'\ntone = 'waveform:high'\n\
         [[sound]]\nformula = '0.5'\nname = 'low'\n[[sound]]\nformula = '-0.5'\nname = 'high'\n",
        at("b.frag"),
        at("other.mkv"),
        at("a.frag"),
        at("one.mkv"),
        at("other.mkv"),
    );
    let recipe: Recipe = toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"));
    let drawn = frame(&recipe, 9).expect("a frame");
    let [r, g, b] = pixel(&drawn, 9, 9);
    assert!(r > 250 && g > 250 && b > 250, "{r} {g} {b}");
    // Half of full scale, and half of it below: 192 and 64 of 255.
    assert_eq!(pixel(&drawn, 0, 9)[0], 128);
}

#[test]
fn pictures_and_films_have_their_own_pixels() {
    let folder = Folder::new();
    // What is nearly transparent has its colour, and alpha is a number as any other.
    let mut data = image::RgbaImage::new(13, 3);
    data.enumerate_pixels_mut().for_each(|(x, _, pixel)| pixel.0 = [200, 100, 50, x as u8]);
    data.save(folder.join("data.png")).expect("written");
    image::RgbImage::new(20_000, 2).save(folder.join("wide.png")).expect("written");
    let film = "color=black:s=50x34:r=30:d=1,format=gbrp,geq=r='mod(X,2)*255':g=0:b=0";
    let args = ["-v", "error", "-f", "lavfi", "-i", film, "-c:v", "ffv1", "f.mkv"];
    let made = std::process::Command::new("ffmpeg").args(args).current_dir(folder.path()).status();
    assert!(made.expect("ffmpeg is needed").success());
    let shader = "void mainImage(out vec4 c, vec2 p) { ivec2 at = ivec2(p) % ivec2(13, 3);\n\
                  bool is = ivec4(texelFetch(iChannel0, at, 0) * 255.0 + 0.5) == ivec4(200, 100, 50, at.x);\n\
                  c = vec4(is, texelFetch(iChannel1, ivec2(p), 0).r, vec2(textureSize(iChannel1, 0)).y / 255.0, 1.0);\n\
                  if (p.y < 1.0) c = vec4(iChannelResolution[1].x / 255.0, iSampleRate / 1e6, 0.0, 1.0); }";
    let at = |name: &str| folder.join(name).display().to_string();
    let channels = format!("[shader.channel]\n0 = '{}'\n1 = '{}'\n", at("data.png"), at("f.mkv"));
    let drawn = frame(&text(&folder, shader, "", &channels), 3).expect("a frame");
    for x in 0..32 {
        assert_eq!(pixel(&drawn, x, 7), [255, if x % 2 == 1 { 255 } else { 0 }, 34]);
    }
    assert_eq!(pixel(&drawn, 7, 19), [50, 11, 0]);
    // What the frames are made of is not written over, and pictures have no numbers below nought.
    for output in ["--still data.png", "-o f.mkv"] {
        let args =
            format!("render shader a.frag --channel 0=data.png --channel 1=f.mkv {output} --force");
        let said = stderr(&folder.run(&args));
        assert!(said.contains("is what the frames are made of"), "{said}");
    }
    assert!(image::open(folder.join("data.png")).expect("a picture").width() == 13);
    fs::write(
        folder.join("i.frag"),
        "uniform isampler2D q; void main() { gl_FragColor = vec4(texelFetch(q, ivec2(0), 0)); }",
    )
    .expect("written");
    let said = stderr(&folder.run("render shader i.frag --channel q=white-noise"));
    assert!(said.contains("say usampler2D"), "{said}");
    let said =
        stderr(&folder.run("render shader a.frag --channel 1=data.png --channel 0=wide.png"));
    assert!(said.contains("20000x2 pixels"), "{said}");
}

#[test]
fn noise_is_that_of_shadertoy() {
    let folder = Folder::new();
    // The same value is 37 pixels to the right and 17 on in the second number: noise in space is made of that.
    let shader = "void mainImage(out vec4 c, vec2 p) { ivec2 at = ivec2(p) * 7;\n\
                  float here = texelFetch(iChannel0, at, 0).r, there = texelFetch(iChannel0, (at + ivec2(37, 17)) & 255, 0).g;\n\
                  c = vec4(here == there, float(textureSize(iChannel1, 0).x) / 255.0,\n\
                  texelFetch(iChannel1, ivec2(5, 9), 0).r == texelFetch(iChannel1, ivec2(5, 9), 0).b, 1.0); }";
    let channels =
        "[shader.channel]\n0 = 'white-noise,flip=false'\n1 = 'gray-noise,size=64,wrap=clamp'\n";
    let drawn = frame(&text(&folder, shader, "", channels), 0).expect("a frame");
    for (x, y) in [(0, 0), (9, 9), (31, 19)] {
        assert_eq!(pixel(&drawn, x, y), [255, 64, 255]);
    }
    // Its own pictures are known by the names that they have there.
    let name = "f735bee5b64ef98879dc618b016ecf7939a5756040c2cde21ccb15e69a6e1cfb.png";
    let export = format!(
        r#"{{ "renderpass": [ {{ "type": "image", "name": "Image", "code": "void mainImage(out vec4 c, vec2 p) {{ c = vec4(textureSize(iChannel0, 0), 0, 0) / 1020.0; }}",
        "inputs": [ {{ "src": "/media/a/{name}", "ctype": "texture", "channel": 0,
        "sampler": {{ "filter": "mipmap", "wrap": "repeat", "vflip": "false" }} }} ] }} ] }}"#
    );
    fs::write(folder.join("toy.json"), export).expect("written");
    folder.render(
        "render shader toy.json --size 32x20 --frames 1 --images png --no-video --name toy",
    );
    let drawn = image::open(folder.join("jobs/toy/frames/000000.png")).expect("a frame").to_rgb8();
    assert_eq!(drawn.get_pixel(7, 7).0, [64, 64, 0]);
    for (channel, reason) in [
        ("0=white-noise,size=100", "2048"),
        ("0=a.png,size=64", "only noise"),
        ("0=song.flac", "--sound song.flac"),
        ("9=white-noise", "9=white-noise: NAME=WHAT is expected"),
        ("a.png", "--channel a.png: NAME=WHAT is expected"),
        ("0=a.png,after=loop", "after is nothing that is said of a channel"),
        ("0=buffer-b", "--buffer B=FILE"),
    ] {
        let said = stderr(&folder.run(&format!("render shader a.frag --channel {channel}")));
        assert!(said.contains(reason) && said.contains("--channel"), "{channel}: {said}");
    }
}
