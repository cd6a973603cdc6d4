//! A frame alone: whatever its generator, it is the one in the run.

use genmedia::Stopped;
use genmedia::generate::Frame;
use genmedia::render::frame;
use proptest::prelude::*;

use super::recipe;

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
    let clear = prop::sample::select(vec![
        "[polygon]\nbackground = 'none'\ncount = 9",
        "[polygon]\nbackground = 'none'\nfill = true\nblend = 'screen'\ncount = 9",
        "[wave]\nbackground = 'none'\nmesh = 3",
        "[wave]\nbackground = 'none'\nview = 'curve'",
        "[color]\ncolor = 'mix(red, lime, u)'",
    ]);
    let gradient = (
        prop::sample::select(vec!["linear", "radial", "conic", "spiral", "square"]),
        prop::sample::select(vec!["pad", "repeat", "reflect"]),
        -999.0f64..999.0,
        0.001f64..9.0,
    )
        .prop_map(|(kind, spread, angle, length)| {
            format!(
                "[gradient]\nkind = '{kind}'\nspread = '{spread}'\nangle = {angle:?}\nlength = {length:?}\n\
                 speed = {angle:?}"
            )
        });
    let scope = (
        prop::sample::select(vec![
            "view = 'wave'\ntrigger = false\nstyle = 'dots'",
            "view = 'wave'\nwindow = 0.01\nstereo = 'overlay'\nwidth = 5.5",
            "view = 'wave'\nwindow = 0.7\nstyle = 'fill'\nlevels = 'log'",
            "view = 'bars'\npeaks = 0.2\nfall = 0.1\nbands = 12\nfft = 1024",
            "view = 'bars'\nstyle = 'line'\nstereo = 'split'\nlevels = 'linear'",
            "view = 'spectrum'\nwindow = 0.3\nfft = 512",
            "view = 'spectrum'\nwindow = 0.5\nstereo = 'split'\nfft = 256",
            "view = 'circle'\nstyle = 'line'\nangle = '90*t'",
            "view = 'circle'\nbackground = 'none'\nstereo = 'left'",
            "view = 'xy'\nangle = 45",
            "view = 'xy'\nangle = '40*t'\nglow = 0.3\nbackground = 'none'",
        ]),
        prop::sample::select(vec!["", "\ngain = '20*sin(9*t)'", "\npalette = ['navy', 'gold']"]),
    )
        .prop_map(|(view, more)| {
            format!(
                "[scope]\n{view}{more}\n[sound.formula]\nleft = '0.8*sin(tau*330*t)'\n\
                 right = '0.5*noise(9000*t) + 0.4*saw(220*t)'"
            )
        });
    let clear = clear.prop_map(str::to_string);
    prop_oneof![polygon, shapes, wave, views, noise, clear, gradient, scope]
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
        let generator = recipe.generator(None).expect("it is drawn");
        let (mut painter, mut drawn) = (generator.painter(), Frame::new(recipe.size));
        for before in [19, 0, (index + 7) % 20, index] {
            painter.paint(before, &mut drawn).expect("a frame");
        }
        prop_assert!(drawn == frame(&recipe, index).expect("a frame"), "{}", toml);
    }
}

#[test]
fn a_painter_that_is_told_to_stop_does() {
    for look in [
        "[noise]\nkind = 'fbm'",
        "[noise]\nkind = 'warp'",
        "[polygon]",
        "[wave]",
        "[wave]\nview = 'density'",
        "[wave]\nview = 'contour'",
        "[wave]\nlook = 'lissajous'",
        "[wave]\nlook = 'mandelbrot'",
        "[scope]\n[sound]\nformula = 'sine(440)'",
    ] {
        let recipe = recipe(&format!("size = '64x48'\n{look}"));
        let generator = recipe.generator(None).expect("it is drawn");
        let (mut painter, mut frame) = (generator.painter(), Frame::new(recipe.size));
        assert_eq!(painter.paint(0, &mut frame), Ok(()), "{look}");
        generator.stop();
        assert_eq!(painter.paint(0, &mut frame), Err(Stopped.into()), "{look}");
    }
}
