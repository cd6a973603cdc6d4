//! What a frame costs, on one core: drawing and colour conversion.

use divan::Bencher;
use divan::counter::ItemsCount;
use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::media::{Picture, PixFmt};

fn main() {
    divan::main();
}

fn frames(bencher: Bencher, toml: &str) {
    let recipe: Recipe = toml.parse().expect("a valid recipe");
    let generator = recipe.generator(None).expect("it is drawn");
    let mut painter = generator.painter();
    let mut frame = Frame::new(recipe.size);
    let mut index = 0;
    bencher.counter(ItemsCount::new(recipe.size.pixels())).bench_local(|| {
        index = (index + 1) % recipe.frames;
        painter.paint(index, &mut frame)
    });
}

#[divan::bench]
fn noise_1024x768(bencher: Bencher) {
    frames(bencher, "[noise]");
}

/// Every kind of noise, by default parameters.
#[divan::bench(args = ["gaussian", "gray", "salt-pepper", "blue", "value", "perlin", "simplex", "worley", "fbm", "turbulence", "ridged", "warp"])]
fn noise_kind_1024x768(bencher: Bencher, kind: &str) {
    frames(bencher, &format!("[noise]\nkind = '{kind}'"));
}

/// The crate fastnoise-lite, at the same scale: the peer of perlin, worley and fbm.
#[divan::bench(args = ["perlin", "worley", "fbm"])]
fn fastnoise_lite_1024x768(bencher: Bencher, kind: &str) {
    use fastnoise_lite::{FastNoiseLite, FractalType, NoiseType};
    let mut noise = FastNoiseLite::new();
    noise.set_noise_type(Some(match kind {
        "worley" => NoiseType::Cellular,
        _ => NoiseType::Perlin,
    }));
    noise.set_frequency(Some(1.0 / 96.0));
    if kind == "fbm" {
        noise.set_fractal_type(Some(FractalType::FBm));
        noise.set_fractal_octaves(Some(5));
    }
    let mut frame = Frame::new(genmedia::recipe::Size::new(1024, 768));
    let mut z = 0.0;
    bencher.counter(ItemsCount::new(1024u32 * 768)).bench_local(|| {
        z += 0.1;
        for y in 0..768 {
            for (x, pixel) in frame.row_mut(y).chunks_exact_mut(3).enumerate() {
                let value = noise.get_noise_3d(x as f32, y as f32, z);
                pixel.fill((value * 127.0 + 128.0) as u8);
            }
        }
    });
}

#[divan::bench]
fn polygon_1920x1080(bencher: Bencher) {
    frames(bencher, "[polygon]");
}

#[divan::bench]
fn polygon_filled_1920x1080(bencher: Bencher) {
    frames(bencher, "[polygon]\nfill = true\ncount = 50");
}

#[divan::bench]
fn density_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]\nview = 'density'");
}

#[divan::bench]
fn density_wide_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]\nview = 'density'\nx = '-200..200'\ny = '-200..200'");
}

#[divan::bench]
fn surface_400_1280x720(bencher: Bencher) {
    frames(bencher, "size = '1280x720'\n[wave]\nsamples = 400");
}

#[divan::bench]
fn surface_default_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]");
}

#[divan::bench]
fn curve_1280x720(bencher: Bencher) {
    frames(bencher, "size = '1280x720'\n[wave]\nlook = 'lissajous'\ntrail = 0");
}

#[divan::bench]
fn mandelbrot_640x480(bencher: Bencher) {
    frames(bencher, "size = '640x480'\n[wave]\nlook = 'mandelbrot'");
}

#[divan::bench]
fn newton_640x480(bencher: Bencher) {
    frames(bencher, "size = '640x480'\n[wave]\nlook = 'newton'");
}

#[divan::bench]
fn contour_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]\nview = 'contour'");
}

#[divan::bench(args = [PixFmt::Yuv420p, PixFmt::Yuv444p, PixFmt::Yuv420p10])]
fn convert_1024x768(bencher: Bencher, pix_fmt: PixFmt) {
    let recipe: Recipe = "[noise]".parse().expect("a valid recipe");
    let frame = genmedia::render::frame(&recipe, 0).expect("noise never fails");
    let mut picture = Picture::new(recipe.size, pix_fmt);
    bencher.counter(ItemsCount::new(recipe.size.pixels())).bench_local(|| picture.set(&frame));
}

/// The effects that need no layers.
fn alone() -> impl Iterator<Item = &'static &'static str> {
    genmedia::compose::Effect::NAMES.iter().filter(|name| **name != "displace")
}

/// Effects at their defaults, on noise in 1920x1080.
#[divan::bench(args = alone())]
fn effect_1920x1080(bencher: Bencher, name: &str) {
    let recipe: Recipe =
        format!("size = '1920x1080'\n[noise]\nkind = 'fbm'\n[[effect]]\nname = '{name}'")
            .parse()
            .expect("valid");
    let generator = recipe.generator(None).expect("it is drawn");
    let mut frame = Frame::new(recipe.size);
    generator.painter().paint(0, &mut frame).expect("drawn");
    let mut single = genmedia::compose::Single::new(&recipe.effects, recipe.clip());
    let mut index = 0;
    // The source's pixels stay what they are.
    bencher.bench_local(|| {
        index += 1;
        single.draw(index, &mut frame, &mut |_, _| Ok(()))
    });
}

/// A picture of opaque layers at half opacity, which are drawn already: `one`, or two by a blend mode. What the second
/// takes is the difference.
#[divan::bench(args = ["one", "normal", "screen", "overlay", "soft-light"])]
fn layers_1920x1080(bencher: Bencher, second: &str) {
    let layer =
        |mode| format!("[[layer]]\nblend = '{mode}'\nopacity = 0.5\n[layer.noise]\nkind = 'fbm'\n");
    let layers = match second {
        "one" => layer("normal"),
        mode => layer("normal") + &layer(mode),
    };
    let recipe: Recipe = format!("size = '1920x1080'\n{layers}").parse().expect("valid");
    let genmedia::recipe::Source::Stack(layers) = &recipe.source else { panic!("layers") };
    let (ground, clip) = (layers.background, recipe.clip());
    let mut stack = genmedia::compose::Stack::new(layers.sheaves(), ground, false, &[], clip);
    let mut frame = Frame::new(recipe.size);
    // The sources' pixels stay what they are.
    bencher.bench_local(|| stack.draw(0, &mut frame, &mut |_, _, _| Ok(())));
}

/// A whole picture of layers: noise, a curve with its trail, the frame's number, and a glow over all. The layers are
/// `drawn` anew for each frame, or `ready`.
#[divan::bench(args = ["drawn", "ready"])]
fn stack_1280x720(bencher: Bencher, sources_are: &str) {
    let text = "size = '1280x720'
        [[layer]]
        noise = { kind = 'fbm', scale = 160, colormap = 'magma' }
        [[layer]]
        blend = 'screen'
        wave = { view = 'curve', look = 'lissajous', trail = 8, background = 'none' }
        [[layer]]
        text = { content = '{frame:06}', anchor = 'bottom-left' }
        [[effect]]
        name = 'glow'";
    let recipe: Recipe = text.parse().expect("valid");
    let genmedia::recipe::Source::Stack(layers) = &recipe.source else { panic!("layers") };
    let (ground, clip) = (layers.background, recipe.clip());
    let sources: Vec<_> = recipe.source.leaves().into_iter().cloned().collect();
    let drawn = sources.iter().map(|source| source.generator(&clip.into()).expect("it is drawn"));
    let generators: Vec<_> = drawn.collect();
    let mut painters: Vec<_> = generators.iter().map(|generator| generator.painter()).collect();
    let sheaves = layers.sheaves();
    let mut stack = genmedia::compose::Stack::new(sheaves, ground, false, &recipe.effects, clip);
    let (mut frame, mut index) = (Frame::new(recipe.size), 0);
    let mut ready = vec![frame.clone(); painters.len()];
    for (painter, frame) in painters.iter_mut().zip(&mut ready) {
        painter.paint(0, frame).expect("drawn");
    }
    bencher.bench_local(|| {
        index = (index + 1) % clip.frames;
        let mut paint = |n: usize, index: u64, frame: &mut Frame| {
            frame.set_opaque();
            match sources_are {
                "ready" => frame.clone_from(&ready[n]),
                _ => painters[n].paint(index, frame).expect("drawn"),
            }
            Ok(())
        };
        stack.draw(index, &mut frame, &mut paint)
    });
}

/// Music-like sound of a minute, as a file: what is decoded is part of what a frame costs, here and for the peers.
fn sounding() -> std::path::PathBuf {
    // Under this name compare.sh has its peers decode it.
    let path = std::env::temp_dir().join("genmedia-bench-music.wav");
    if !path.exists() {
        let text = "frames = 1800\n[noise]\n[sound.formula]
            left = '0.9*env(mod(t, 0.5), 0.002, 0.28)*sine(48 + 90*exp(-30*mod(t, 0.5))) + 0.3*saw(55*2^(floor(mod(t/4, 4))*3/12)) + 0.2*sine(880*2^(floor(mod(4*t, 7))*2/12)) + 0.05*noise(40000*t)'
            right = '0.9*env(mod(t, 0.5), 0.002, 0.28)*sine(48 + 90*exp(-30*mod(t, 0.5))) + 0.3*saw(55.3*2^(floor(mod(t/4, 4))*3/12)) + 0.2*triangle(220*2^(floor(mod(t*2, 5))*2/12)) + 0.05*noise(40000*t + 0.5)'";
        let recipe: Recipe = text.parse().expect("valid");
        let (kind, over) = (genmedia::media::SoundFile::Wav, genmedia::files::Over::Nothing);
        let cancel = genmedia::Cancel::new();
        genmedia::render::sound(&recipe, &path, kind, over, &cancel, &mut |_| {}).expect("heard");
    }
    path
}

/// The views of scope, frame after frame.
#[divan::bench(args = ["wave", "filled", "bars", "curve", "spectrum", "circle", "xy"])]
fn scope_1280x720(bencher: Bencher, view: &str) {
    let keys = match view {
        "filled" => "view = 'wave'\nstyle = 'fill'".to_string(),
        "curve" => "view = 'bars'\nstyle = 'line'".to_string(),
        view => format!("view = '{view}'"),
    };
    frames(bencher, &format!("[scope]\n{keys}\n[sound]\nfile = '{}'", sounding().display()));
}

/// Simulations, a cell a pixel, frame after frame: a step, and its drawing.
#[divan::bench(args = ["life", "hundred", "elementary", "cyclic"])]
fn simulate_1024x768(bencher: Bencher, kind: &str) {
    let keys = match kind {
        "life" => "density = 0.35",
        // Nearly nothing but steps.
        "hundred" => "density = 0.35\nsteps = 100",
        "elementary" => "kind = 'elementary'\nrule = 110\ndensity = 0.5",
        _ => "kind = 'cyclic'",
    };
    frames(bencher, &format!("size = '1024x768'\nframes = 1000000\n[simulate]\ncell = 1\n{keys}"));
}

/// Simulations of other kinds, frame after frame.
#[divan::bench(args = ["reaction", "physarum", "de-jong", "lorenz", "particles"], sample_count = 20)]
fn simulated(bencher: Bencher, kind: &str) {
    let (size, keys) = match kind {
        // Sixteen steps.
        "reaction" => ("512x512", "kind = 'reaction-diffusion'\nsteps = 16"),
        "physarum" => ("1280x720", "kind = 'physarum'\nagents = 1000000"),
        // Ten million points.
        "de-jong" => ("1280x720", "kind = 'attractor'\npoints = 10000000"),
        "lorenz" => ("1280x720", "kind = 'attractor'\nshape = 'lorenz'\npoints = 10000000"),
        _ => ("1280x720", "kind = 'particles'\nagents = 100000"),
    };
    frames(bencher, &format!("size = '{size}'\nframes = 1000000\n[simulate]\ncell = 1\n{keys}"));
}
