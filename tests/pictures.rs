//! The pictures: golden images for what is drawn, statistics for what is drawn by chance.

mod common;

use genmedia::Recipe;
use genmedia::generate::{Frame, generator};
use genmedia::render::frame;
use proptest::prelude::*;

fn recipe(toml: &str) -> Recipe {
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn draw(toml: &str, index: u64) -> Frame {
    frame(&recipe(toml), index).expect("a frame")
}

/// Compares with `tests/golden/NAME.png`, bit for bit: frames are the same on every machine.
/// `GENMEDIA_BLESS=1` writes the images, which are then to be looked at.
fn golden(name: &str, toml: &str, index: u64) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let path = path.with_extension("png");
    let drawn = draw(toml, index);
    let size = drawn.size();
    if std::env::var_os("GENMEDIA_BLESS").is_some() {
        let images = genmedia::recipe::Images {
            format: genmedia::recipe::ImageFormat::Png,
            png_level: Some(9),
            jpg_quality: None,
        };
        genmedia::render::write_image(&path, &drawn, &images).expect("written");
    }
    let image = image::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).to_rgb8();
    assert_eq!(image.dimensions(), (size.width, size.height), "{name}");
    let differing = image.as_raw().iter().zip(drawn.data()).filter(|(a, b)| a != b).count();
    assert_eq!(differing, 0, "{name}: {differing} bytes differ from {}", path.display());
}

#[test]
fn polygons_look_as_they_did() {
    golden("polygon-lines", "size = '160x120'\n[polygon]\ncount = 12", 3);
    golden("polygon-wide", "size = '160x120'\n[polygon]\ncount = 5\nwidth = 7\ncolor = 'gold'", 1);
    let filled = "[polygon]\ncount = 6\npoints = 5\nfill = true\nbackground = 'navy'";
    golden("polygon-filled", &format!("size = '160x120'\n{filled}"), 0);
    golden("polygon-hard", "size = '160x120'\n[polygon]\ncount = 6\nantialias = false", 0);
}

#[test]
fn shapes_look_as_they_did() {
    for (name, look, index) in [
        ("shape-star", "shape = 'star'\npoints = 5\ncount = 9\nfill = true\ncolor = 'gold'", 0),
        (
            "shape-circle",
            "shape = 'circle'\ncount = 20\nfill = true\nblend = 'screen'\ncolor-mode = 'random'",
            0,
        ),
        (
            "shape-bezier",
            "shape = 'bezier'\npoints = 6\ncount = 3\nwidth = 3\ncolor-mode = 'random'",
            0,
        ),
        (
            "shape-delaunay",
            "shape = 'delaunay'\ncount = 25\nfill = true\ncolor-mode = 'random'\nopacity = 1.0",
            0,
        ),
        (
            "shape-voronoi",
            "shape = 'voronoi'\ncount = 25\nfill = true\ncolor-mode = 'palette'\n\
          palette = ['navy', 'teal', 'gold']\nopacity = 1.0\nmotion = 'bounce'",
            40,
        ),
        (
            "motion-trail",
            "motion = 'trail'\npoints = 3\ncount = 25\nsymmetry = 5\ncolor-mode = 'gradient'\n\
          palette = ['gold', 'tomato']\nopacity = 0.9",
            50,
        ),
        (
            "motion-drift",
            "motion = 'drift'\npoints = 3\ncount = 5\nfill = true\nblend = 'multiply'\n\
          background = 'white'\ncolor = 'teal'",
            70,
        ),
    ] {
        golden(name, &format!("size = '160x120'\n[polygon]\n{look}"), index);
    }
}

#[test]
fn moving_shapes_move_a_little_and_come_far() {
    let difference = |a: &Frame, b: &Frame| {
        let pairs = a.data().iter().zip(b.data());
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() as f64 / a.data().len() as f64
    };
    for (motion, shape) in [
        ("drift", "polygon"),
        ("spin", "star"),
        ("morph", "bezier"),
        ("bounce", "polygon"),
        ("trail", "polygon"),
        ("morph", "voronoi"),
        ("drift", "delaunay"),
    ] {
        let toml = format!(
            "size = '320x240'\n[polygon]\nmotion = '{motion}'\nshape = '{shape}'\ncount = 12\n\
             fill = true\nopacity = 0.8\ncolor-mode = 'random'"
        );
        let (step, far) = (
            difference(&draw(&toml, 100), &draw(&toml, 101)),
            difference(&draw(&toml, 100), &draw(&toml, 190)),
        );
        assert!(step > 0.01 && far > 4.0 * step, "{motion} of {shape}: {far} after {step}");
    }
}

#[test]
fn a_mesh_fills_the_frame_and_symmetry_is_exact() {
    for shape in ["delaunay", "voronoi"] {
        for count in [4, 40] {
            let toml = format!(
                "size = '200x150'\n[polygon]\nshape = '{shape}'\ncount = {count}\nfill = true\n\
                 opacity = 1.0\ncolor = 'white'\nbackground = 'black'"
            );
            let drawn = draw(&toml, 1);
            let dark = drawn.data().iter().filter(|v| **v < 250).count();
            assert!(dark < drawn.data().len() / 500, "{shape} of {count}: {dark} bytes are dark");
        }
    }
    let toml = "size = '101x101'\n[polygon]\ncount = 3\nsymmetry = 2\nblend = 'add'";
    let drawn = draw(toml, 0);
    let turned: Vec<u8> = drawn.data().chunks_exact(3).rev().flatten().copied().collect();
    let off = drawn.data().iter().zip(&turned).filter(|(a, b)| a.abs_diff(**b) > 2).count();
    assert!(off < 30, "{off} bytes differ when the frame is turned by half");
}

#[test]
fn colours_meet_as_the_blend_mode_says() {
    // A shape that covers the frame, once: a star whose tips are far outside.
    for (mode, wanted) in [
        ("normal", [200, 100, 50]),
        ("add", [255, 200, 150]),
        ("screen", [222, 161, 130]),
        ("multiply", [78, 39, 20]),
    ] {
        let toml = format!(
            "size = '64x64'\n[polygon]\nshape = 'voronoi'\ncount = 1\nfill = true\nopacity = 1.0\n\
             color = '#c86432'\nbackground = '#646464'\nblend = '{mode}'"
        );
        let drawn = draw(&toml, 0);
        let middle = &drawn.row(32)[32 * 3..][..3];
        assert!(middle.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1), "{mode}: {middle:?}");
    }
}

#[test]
fn colours_by_chance_are_spread_evenly() {
    // One cell that fills the frame, so a frame is one colour.
    let one = |mode: &str| {
        let toml = format!(
            "size = '64x64'\nframes = 3000\n[polygon]\nshape = 'voronoi'\ncount = 1\nfill = true\n\
             opacity = 1.0\n{mode}"
        );
        let recipe = recipe(&toml);
        let generator = generator(&recipe).expect("it is drawn");
        let (mut painter, mut frame) = (generator.painter(), Frame::new(recipe.size));
        let mut color = |index| {
            painter.paint(index, &mut frame).expect("a frame");
            <[u8; 3]>::try_from(&frame.row(32)[96..99]).expect("a pixel")
        };
        (0..3000).map(&mut color).collect::<Vec<_>>()
    };
    let random = one("color-mode = 'random'");
    for channel in 0..3 {
        let mean = random.iter().map(|c| f64::from(c[channel])).sum::<f64>() / 3000.0;
        // Five deviations of the mean of 3000 uniform bytes.
        assert!((mean - 127.5).abs() < 6.8, "channel {channel}: {mean}");
    }
    let picked = one("color-mode = 'palette'\npalette = ['red', 'lime', 'blue']");
    for color in [[255, 0, 0], [0, 255, 0], [0, 0, 255]] {
        let share = picked.iter().filter(|c| **c == color).count() as f64 / 3000.0;
        assert!((share - 1.0 / 3.0).abs() < 0.045, "{color:?}: {share}");
    }
}

#[test]
fn waves_look_as_they_did() {
    golden("surface", "size = '200x150'\n[wave]\nsamples = 80", 40);
    let mesh = "[wave]\nexpr = 'exp(-(x^2+y^2)/3)*cos(3*x-a)'\nmesh = 12\nbackground = 'white'";
    golden("surface-mesh", &format!("size = '200x150'\n{mesh}\ncolormap = 'spectral'"), 10);
    golden("density", "size = '160x120'\n[wave]\nview = 'density'\nantialias = 3", 7);
    let gaps = "[wave]\nexpr = 'sqrt(x*y)+a*0'\nnan-color = 'red'";
    golden("surface-gaps", &format!("size = '200x150'\n{gaps}\nsamples = 60"), 0);
    golden("density-gaps", &format!("size = '80x60'\n{gaps}\nview = 'density'"), 0);
}

#[test]
fn views_look_as_they_did() {
    for (name, look, index) in [
        ("contour", "view = 'contour'\nexpr = 'sin(x)*cos(y) + a*0'\nlevels = 8", 0),
        ("curve", "look = 'lissajous'\nt = '0..6.2831853'\ntrail = 12", 30),
        (
            "curve-space",
            "view = 'curve'\nexpr = 'cos(t); sin(t); t/10 - 1'\nt = '0..20'\nwidth = 3.0",
            0,
        ),
        (
            "complex",
            "view = 'complex'\nexpr = '(z^2 - 1)/(z^2 + 1)'\nx = '-2..2'\ny = '-1.5..1.5'",
            0,
        ),
        ("complex-newton", "look = 'newton'", 20),
        ("complex-mandelbrot", "look = 'mandelbrot'\nantialias = 2", 0),
    ] {
        golden(name, &format!("size = '160x120'\n[wave]\n{look}"), index);
    }
}

#[test]
fn a_curve_goes_where_its_formulas_say() {
    // A circle of radius 40 around the middle of 100x100 pixels, 2 wide.
    let toml = "size = '100x100'\n[wave]\nview = 'curve'\nexpr = 'cos(t); sin(t)'\nx = '-1.25..1.25'\n\
                y = '-1.25..1.25'\nbackground = 'black'\ncolormap = 'greys'";
    let greys = toml.replace("greys", "viridis");
    let drawn = draw(&greys, 0);
    for y in 0..100 {
        for x in 0..100 {
            let (dx, dy) = (x as f64 + 0.5 - 50.0, y as f64 + 0.5 - 50.0);
            let distance = ((dx * dx + dy * dy).sqrt() - 40.0).abs();
            let lit = drawn.data()[(y * 100 + x) * 3 + 1] > 60;
            assert!(lit || distance > 0.9, "pixel {x},{y} at {distance} is dark");
            assert!(!lit || distance < 1.9, "pixel {x},{y} at {distance} is lit");
        }
    }
}

#[test]
fn the_argument_is_the_colour_and_the_modulus_the_shade() {
    // Of z itself: opposite points have opposite colours, and along a ray only the shade changes.
    let toml = "size = '64x64'\n[wave]\nview = 'complex'\nexpr = 'z'\ncolormap = 'sinebow'";
    let drawn = draw(toml, 0);
    let at = |x: usize, y: usize| -> [f64; 3] {
        let pixel = &drawn.data()[(y * 64 + x) * 3..][..3];
        let most = f64::from(*pixel.iter().max().expect("three")).max(1.0);
        [0, 1, 2].map(|i| f64::from(pixel[i]) / most)
    };
    let alike = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.08);
    assert!(alike(at(48, 15), at(62, 1)), "one ray, one colour");
    assert!(!alike(at(62, 1), at(1, 62)), "opposite points differ");
    // The set of points that the iteration keeps is symmetric about the real axis.
    let drawn = draw("size = '80x60'\n[wave]\nlook = 'mandelbrot'\ncolormap = 'greys'", 0);
    let (upper, lower) = (drawn.row(10), drawn.row(49));
    let off = upper.iter().zip(lower).filter(|(a, b)| a.abs_diff(**b) > 2).count();
    assert!(off < 12, "{off} of 240 differ");
}

#[test]
fn noise_looks_as_it_did() {
    for kind in
        ["blue", "value", "perlin", "simplex", "worley", "fbm", "turbulence", "ridged", "warp"]
    {
        let coherent = if kind == "blue" { "" } else { "scale = 24" };
        golden(
            &format!("noise-{kind}"),
            &format!("size = '80x60'\n[noise]\nkind = '{kind}'\n{coherent}"),
            9,
        );
    }
}

#[test]
fn the_first_noise_is_the_first_noise() {
    // White noise stays as it is, byte for byte: ChaCha8 of seed 1, stream 0.
    let hash = blake3::hash(draw("[noise]", 0).data()).to_hex();
    assert_eq!(&hash[..16], NOISE, "the noise of seed 1 has changed");
}

const NOISE: &str = "091d19dc44c4c42d";

/// Chi-squared of 256 equally likely values; its mean is 255 and its deviation 22.6.
fn chi_squared(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0u64; 256];
    let mut total = 0;
    for byte in bytes {
        counts[usize::from(byte)] += 1;
        total += 1;
    }
    let expected = total as f64 / 256.0;
    counts.iter().map(|c| (*c as f64 - expected).powi(2) / expected).sum()
}

/// Pearson's correlation; for n independent pairs its deviation is 1 / sqrt(n).
fn correlation(a: &[u8], b: &[u8]) -> f64 {
    let mean = |v: &[u8]| v.iter().map(|x| f64::from(*x)).sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f64::from(*x) - ma, f64::from(*y) - mb);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn noise_is_uniform_in_every_channel_and_independent_everywhere() {
    let toml = |seed: u32| format!("seed = {seed}\nsize = '640x480'\n[noise]");
    let (one, next, last) = (draw(&toml(1), 0), draw(&toml(1), 1), draw(&toml(1), 299));
    let other = draw(&toml(2), 0);
    for frame in [&one, &next, &last, &other] {
        for channel in 0..3 {
            let chi = chi_squared(frame.data().iter().copied().skip(channel).step_by(3));
            assert!((150.0..400.0).contains(&chi), "channel {channel}: {chi}");
        }
    }
    // Five deviations for 921 600 pairs.
    let limit = 5.0 / (one.data().len() as f64).sqrt();
    let (a, stride) = (one.data(), one.stride());
    for (what, r) in [
        ("the next frame", correlation(a, next.data())),
        ("the last frame", correlation(a, last.data())),
        ("another seed", correlation(a, other.data())),
        ("the next channel", correlation(&a[1..], a)),
        ("the next pixel", correlation(&a[3..], a)),
        ("the next row", correlation(&a[stride..], a)),
    ] {
        assert!(r.abs() < limit, "{what}: {r}");
    }
}

#[test]
fn corners_of_polygons_are_spread_evenly() {
    let toml = "size = '64x64'\n[polygon]\ncount = 1\npoints = 3\nfill = true\nopacity = 1.0";
    let mut sums = [[0u64; 2]; 2];
    let recipe = recipe(&format!("frames = 4000\n{toml}"));
    let generator = generator(&recipe).expect("it is drawn");
    let (mut painter, mut frame) = (generator.painter(), Frame::new(recipe.size));
    for index in 0..4000 {
        painter.paint(index, &mut frame).expect("a frame");
        for (y, row) in frame.data().chunks_exact(frame.stride()).enumerate() {
            for (x, pixel) in row.chunks_exact(3).enumerate() {
                sums[y / 32][x / 32] += u64::from(pixel[0]);
            }
        }
    }
    let all: Vec<f64> = sums.iter().flatten().map(|s| *s as f64).collect();
    let mean = all.iter().sum::<f64>() / 4.0;
    assert!(all.iter().all(|s| (s / mean - 1.0).abs() < 0.06), "{all:?}");
    // A random triangle in a square covers 11/144 of it (Sylvester's problem).
    let share = mean * 4.0 / (4000.0 * 64.0 * 64.0 * 255.0);
    assert!((share - 11.0 / 144.0).abs() < 0.003, "{share}");
}

#[test]
fn a_line_covers_what_its_length_and_width_say() {
    // Coverage sums to length times width, whatever the slope; 60 random sides are within 20 %
    // of their expected length.
    for width in [0.5, 1.0, 2.5] {
        let toml = format!(
            "size = '600x600'\nframes = 20\n[polygon]\ncount = 1\npoints = 3\nopacity = 1.0\nwidth = {width}"
        );
        let (mut covered, mut wanted) = (0.0, 0.0);
        for index in 0..20 {
            let frame = draw(&toml, index);
            covered += frame.data().iter().step_by(3).map(|v| f64::from(*v) / 255.0).sum::<f64>();
            // Two random points of a unit square are 0.5214 apart in the mean.
            wanted += 3.0 * 0.521_405 * 600.0 * width;
        }
        assert!((covered / wanted - 1.0).abs() < 0.2, "width {width}: {covered} for {wanted}");
    }
}

fn any_look() -> impl Strategy<Value = String> {
    let polygon = (1u32..30, 3u32..9, 0.0f64..=1.0, 0.1f64..50.0, any::<bool>(), any::<bool>())
        .prop_map(|(count, points, opacity, width, fill, antialias)| {
            format!(
                "[polygon]\ncount = {count}\npoints = {points}\nopacity = {opacity:?}\n\
                 width = {width:?}\nfill = {fill}\nantialias = {antialias}"
            )
        });
    let shapes = (
        prop::sample::select(vec!["polygon", "star", "circle", "bezier", "delaunay", "voronoi"]),
        prop::sample::select(vec!["none", "drift", "morph", "bounce"]),
        prop::sample::select(vec!["normal", "add", "screen", "multiply"]),
        1u32..12,
        1u32..7,
        any::<bool>(),
    )
        .prop_map(|(shape, motion, blend, count, symmetry, fill)| {
            format!(
                "[polygon]\nshape = '{shape}'\nmotion = '{motion}'\nblend = '{blend}'\ncount = {count}\n\
                 symmetry = {symmetry}\nfill = {fill}\ncolor-mode = 'random'"
            )
        });
    let expr = prop::sample::select(vec![
        "sin(x*y+a)",
        "1/(x*y)",
        "sqrt(x)",
        "ln(y)-a",
        "1e300*exp(x*a)",
        "floor(x)+y",
        "7",
        "x",
        "tan(x*y)",
        "mod(x, 2)*a",
    ]);
    let angles = (-400.0f64..400.0, -89.0f64..=89.0, -3.0f64..3.0);
    let wave = (
        expr,
        any::<bool>(),
        2u32..40,
        1u32..4,
        angles,
        0u32..6,
        -1e3f64..1e3,
        any::<bool>(),
    )
        .prop_map(
            |(expr, surface, samples, antialias, (azimuth, elevation, spin), mesh, x, boxed)| {
                let view = if surface { "surface" } else { "density" };
                format!(
                    "[wave]\nexpr = '{expr}'\nview = '{view}'\nsamples = {samples}\nbox = {boxed}\n\
                 antialias = {antialias}\nazimuth = {azimuth:?}\nelevation = {elevation:?}\n\
                 spin = {spin:?}\nmesh = {mesh}\nx = '{x}..1.5'"
                )
            },
        );
    let kinds = genmedia::generate::noise::Kind::ALL.iter().map(|kind| kind.name());
    let noise = (
        prop::sample::select(kinds.collect::<Vec<_>>()),
        1.0f64..300.0,
        0.0f64..9.0,
        any::<bool>(),
    )
        .prop_map(|(kind, scale, speed, looped)| {
            let coherent = format!("scale = {scale:?}\nspeed = {speed:?}\nloop = {looped}");
            match kind {
                "white" | "gaussian" | "gray" | "salt-pepper" | "blue" => {
                    format!("[noise]\nkind = '{kind}'")
                }
                kind => format!("[noise]\nkind = '{kind}'\n{coherent}"),
            }
        });
    let views = (
        prop::sample::select(vec![
            "look = 'lissajous'",
            "look = 'superformula'\ntrail = 5",
            "look = 'newton'\niterations = 5",
            "look = 'julia'\niterations = 9",
            "view = 'contour'",
            "view = 'contour'\nexpr = '1/x'",
            "view = 'complex'\nexpr = 'ln(z)/sin(z*a)'",
            "view = 'curve'\nexpr = 'tan(t); 1/t; ln(t)'",
        ]),
        prop::sample::select(vec!["", "width = 9.5", "antialias = 2"]),
    )
        .prop_filter_map("only lines have a width", |(look, more)| {
            let lines =
                !look.contains("complex") && !look.contains("newton") && !look.contains("julia");
            (more != "width = 9.5" || lines).then(|| format!("[wave]\n{look}\n{more}"))
        });
    prop_oneof![polygon, shapes, wave, views, noise]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// A painter that has drawn other frames draws this one as a fresh one does, at any size.
    #[test]
    fn a_frame_alone_is_the_frame_in_the_run(look in any_look(), w in 2u32..150, h in 2u32..100,
        seed in 0u64..1000, index in 0u64..20) {
        let toml = format!("size = '{w}x{h}'\nframes = 20\nseed = {seed}\n{look}\n\
            [video]\nenabled = false\n[images]");
        let recipe = recipe(&toml);
        let generator = generator(&recipe).expect("it is drawn");
        let (mut painter, mut drawn) = (generator.painter(), Frame::new(recipe.size));
        for before in [19, 0, (index + 7) % 20, index] {
            painter.paint(before, &mut drawn).expect("a frame");
        }
        prop_assert!(drawn == frame(&recipe, index).expect("a frame"), "{}", toml);
    }
}

#[test]
fn a_is_swept_with_both_ends_included() {
    let pixel = |index| {
        let toml = "frames = 11\nsize = '64x64'\n[wave]\nexpr = 'a'\na = '0..1'\nz = '0..1'\n\
                    view = 'density'\ncolormap = 'greys'";
        draw(toml, index).data()[0]
    };
    // Greys run from white to black.
    assert_eq!((pixel(0), pixel(10)), (255, 0));
    assert!((0..10).all(|i| pixel(i) > pixel(i + 1)));
}

#[test]
fn y_points_upwards_and_x_to_the_right() {
    let at = |expr: &str, x: usize, y: usize| {
        let toml = format!(
            "size = '64x64'\n[wave]\nexpr = '{expr}'\nview = 'density'\ncolormap = 'greys'\nz = '-4..4'"
        );
        draw(&toml, 0).data()[(y * 64 + x) * 3]
    };
    assert!(at("x", 0, 5) > at("x", 63, 5), "greys darken with the value");
    assert!(at("y", 5, 63) > at("y", 5, 0));
}
