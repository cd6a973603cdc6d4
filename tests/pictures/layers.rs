//! Layers: a stack is what its sheets are, wherever they lie and however they meet.

use genmedia::compose::BlendMode;
use genmedia::generate::Frame;
use genmedia::recipe::Size;
use genmedia::render::frame;
use proptest::prelude::*;

use super::common::{Folder, stderr};
use super::{draw, golden, recipe};

/// The pixel at a place.
fn pixel(frame: &Frame, x: u32, y: u32) -> [u8; 3] {
    let row = frame.row(y);
    [0, 1, 2].map(|c| row[x as usize * 3 + c])
}

fn apart(one: &Frame, other: &Frame) -> u8 {
    let pairs = one.data().iter().zip(other.data());
    pairs.map(|(a, b)| a.abs_diff(*b)).max().expect("pixels")
}

/// Generators, each with something to see.
const LOOKS: [(&str, &str); 8] = [
    ("noise", ""),
    ("noise", "kind = 'fbm'\nspeed = '1 + t'\n"),
    ("polygon", "count = 20\nmotion = 'drift'\n"),
    ("wave", ""),
    ("wave", "view = 'curve'\ntrail = 5\n"),
    ("wave", "look = 'julia'\n"),
    ("color", "color = 'mix(teal, gold, u)'\n"),
    ("gradient", "kind = 'spiral'\npalette = ['navy', 'gold']\nspread = 'reflect'\nspeed = 1\n"),
];

#[test]
fn a_stack_of_one_is_its_layer() {
    for (name, keys) in LOOKS {
        let head = "size = '90x60'\nframes = 12\nseed = 9\n";
        let plain = draw(&format!("{head}[{name}]\n{keys}"), 7);
        let layer = draw(&format!("{head}[[layer]]\n[layer.{name}]\n{keys}"), 7);
        assert!(plain == layer, "{name} {keys}");
    }
}

#[test]
fn a_stack_is_written_as_it_is_read() {
    let text = "size = '90x60'\nbackground = 'none'\nlinear = true\n[[layer]]\nname = 'a'\nat = 'w*u, h/3'\n\
        opacity = 'u'\nshow = false\n[layer.noise]\n[[layer]]\nmask = 'a'\nmask-by = 'alpha'\nblend = 'overlay'\n\
        rotate = '9*t'\nscale = 2\nfrom = 1\nuntil = 3\nfade-out = 1\n[layer.polygon]\nbackground = 'none'\n\
        palette = ['red', 'lime']\n[[layer.effect]]\nname = 'blur'\nradius = '3*u'\n[[effect]]\nname = 'invert'\n";
    let once = recipe(text);
    assert_eq!(recipe(&once.to_toml()), once);
    assert_eq!(recipe(&once.to_toml()).to_toml(), once.to_toml());
    assert!(once.default_name().starts_with("noise-"));
}

/// What shows the most of it: blended, turned, masked, faded, with effects on a layer and on the whole.
const STACK: &str = "size = '120x80'\nframes = 60\n\
    [[layer]]\n[layer.noise]\nkind = 'fbm'\nscale = 40\ncolormap = 'magma'\n\
    [[layer]]\nblend = 'screen'\nopacity = '0.5 + 0.5*u'\n[layer.wave]\nview = 'curve'\ntrail = 6\n\
    background = 'none'\n[[layer.effect]]\nname = 'glow'\nradius = 4\n\
    [[layer]]\nsize = '70x70'\nscale = 0.8\nrotate = '40*t'\nat = 'w*u, h/2'\n[layer.polygon]\ncount = 5\n\
    fill = true\ncolor-mode = 'random'\nbackground = 'none'\nmotion = 'drift'\n\
    [[layer]]\nname = 'm'\nshow = false\n[layer.gradient]\nkind = 'radial'\npalette = ['white', 'black']\n\
    [[layer]]\nmask = 'm'\nblend = 'difference'\nfade-in = 1\n[layer.color]\ncolor = 'white'\n\
    [[layer]]\nrotate = '5*sin(t)'\nopacity = 0.9\n[layer.text]\ncontent = '{frame:03} Ωg'\nfont-size = 22\n\
    anchor = 'bottom-right'\nmargin = 6\n\
    [[effect]]\nname = 'vignette'\n";

#[test]
fn a_stack_is_what_it_was() {
    golden("stack", STACK, 40);
    golden("stack-linear", &format!("linear = true\n{STACK}"), 40);
}

#[test]
fn gradients_are_what_they_were() {
    for kind in ["linear", "radial", "conic", "spiral", "square"] {
        let keys = format!(
            "kind = '{kind}'\nangle = 30\npalette = ['navy', 'teal', 'gold']\nspread = 'repeat'\n"
        );
        golden(
            &format!("gradient-{kind}"),
            &format!("size = '64x48'\n[gradient]\n{keys}length = 0.7"),
            0,
        );
    }
}

#[test]
fn a_frame_of_a_stack_is_the_same_alone_and_in_the_run_and_on_any_processor() {
    let folder = Folder::new();
    let images = "[video]\nenabled = false\n[images]\nformat = 'png'\n";
    let head = "name = 's'\nsegment-frames = 20\n";
    std::fs::write(folder.join("s.toml"), format!("{head}{STACK}{images}")).expect("written");
    assert!(folder.run("run s.toml --dir here --threads 1").status.success());
    let image = |dir: &str, index: u64| {
        let path = folder.join(&format!("{dir}/s/frames"));
        let mut all: Vec<_> =
            std::fs::read_dir(path).expect("images").flatten().map(|e| e.path()).collect();
        all.sort();
        image::open(&all[index as usize]).expect("an image").to_rgb8()
    };
    for index in [0, 1, 19, 20, 31, 59] {
        assert!(image("here", index).as_raw() == draw(STACK, index).data(), "frame {index}");
    }
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(["-cpu", "Nehalem", env!("CARGO_BIN_EXE_genmedia")])
        .args(["run", "s.toml", "--dir", "there"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    for index in 0..60 {
        assert!(image("here", index) == image("there", index), "frame {index}");
    }
}

#[test]
fn what_has_no_background_lies_on_any_as_if_it_were_its_own() {
    for keys in [
        "[polygon]\ncount = 9\nfill = true\ncolor-mode = 'random'\n",
        "[polygon]\ncount = 40\nwidth = 3\nblend = 'screen'\ncolor = 'tomato'\n",
        "[polygon]\ncount = 40\nblend = 'multiply'\ncolor = 'tomato'\nopacity = 1\n",
        "[wave]\nview = 'curve'\ntrail = 9\n",
        "[wave]\nmesh = 5\nbox = false\n",
    ] {
        for ground in ["black", "#305070"] {
            let head = "size = '80x60'\nframes = 9\n";
            let own = draw(&format!("{head}{keys}background = '{ground}'\n"), 4);
            let table = keys.replace('[', "[layer.");
            let laid =
                format!("{head}background = '{ground}'\n[[layer]]\n{table}background = 'none'\n");
            // What is multiplied with nothing stays what it is, and meets what lies below as a colour.
            if !keys.contains("multiply") && !keys.contains("screen") {
                let apart = apart(&own, &draw(&laid, 4));
                assert!(apart <= 4, "{keys} on {ground}: {apart}");
            }
            let alone = draw(&format!("{head}{keys}background = 'none'\n"), 4);
            let alpha = alone.alpha().expect("transparent");
            assert!(alpha.contains(&0) && alpha.iter().any(|a| *a > 60), "{keys}");
            let pixels = alone.data().chunks_exact(3).zip(alpha);
            assert!(pixels.into_iter().all(|(p, a)| p.iter().all(|c| c <= a)), "{keys}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A layer that is as large as the frame, in any mode, is a function of both; and where it is turned a whole turn
    /// it is what it was.
    #[test]
    fn layers_are_laid_alike_however_it_is_said(mode in prop::sample::select(BlendMode::ALL), opacity in 0.0f64..=1.0,
        x in -90i32..150, y in -70i32..110, turns in -3i32..3, w in 1u32..80, h in 1u32..60) {
        let head = "size = '70x50'\nframes = 4\n[[layer]]\n[layer.noise]\nkind = 'perlin'\nscale = 20\n";
        let layer = |place: &str| format!("{head}[[layer]]\nblend = '{mode}'\nopacity = {opacity}\nsize = '{w}x{h}'\n\
            {place}\n[layer.polygon]\nfill = true\ncount = 5\ncolor-mode = 'random'\nbackground = 'none'\n");
        let corner = draw(&layer(&format!("anchor = 'top-left'\nat = '{x}, {y}'")), 2);
        let (right, low) = (i64::from(x) + i64::from(w), i64::from(y) + i64::from(h));
        let other = draw(&layer(&format!("anchor = 'bottom-right'\nat = '{right}, {low}'\nrotate = {}", turns * 360)), 2);
        prop_assert!(corner == other);
        // A hair's breadth away it is drawn anew, and looks the same.
        let hair = draw(&layer(&format!("anchor = 'top-left'\nat = '{x} + 0.002, {y}'")), 2);
        prop_assert!(apart(&corner, &hair) <= 6, "{}", apart(&corner, &hair));
    }

    #[test]
    fn any_place_and_size_is_drawn(scale in 0.0f64..20.0, rotate in -800.0f64..800.0, x in -500.0f64..900.0,
        y in -500.0f64..900.0, w in 1u32..99, h in 1u32..99, fw in 2u32..60, fh in 2u32..60) {
        let text = format!("size = '{fw}x{fh}'\n[video]\nenabled = false\n[images]\n[[layer]]\nsize = '{w}x{h}'\n\
            scale = {scale}\nrotate = {rotate}\nat = '{x}, {y}'\n[layer.color]\ncolor = 'white'\n");
        draw(&text, 0);
    }
}

#[test]
fn a_layer_lies_at_its_anchor_scaled_and_turned() {
    let white = |keys: &str| {
        draw(&format!("size = '100x60'\n[[layer]]\n{keys}\n[layer.color]\ncolor = 'white'\n"), 0)
    };
    let is_white = |frame: &Frame, x: u32, y: u32| pixel(frame, x, y) == [255; 3];
    let corner = white("size = '10x10'\nanchor = 'bottom-right'");
    assert!(is_white(&corner, 99, 59) && is_white(&corner, 90, 50) && !is_white(&corner, 89, 59));
    let large = white("size = '10x10'\nscale = 2\nat = '50, 30'");
    assert!(is_white(&large, 42, 22) && is_white(&large, 57, 37) && !is_white(&large, 38, 30));
    let turned = white("size = '40x4'\nrotate = 90\nat = '50, 30'");
    assert!(is_white(&turned, 50, 14) && is_white(&turned, 50, 45) && !is_white(&turned, 60, 30));
    // Counter-clockwise: what pointed to the right points upwards.
    let pointing = white("size = '40x4'\nanchor = 'left'\nrotate = 90\nat = '50, 50'");
    assert!(is_white(&pointing, 50, 15) && !is_white(&pointing, 50, 55));
    // A hundredth of a large picture is as bright as it was.
    let small = white("size = '1000x1000'\nscale = 0.01\nat = '50, 30'");
    assert!(is_white(&small, 50, 30) && is_white(&small, 47, 27) && !is_white(&small, 56, 30));
    let sum: u64 = small.data().iter().map(|c| u64::from(*c)).sum();
    assert!((sum as f64 / 765.0 - 100.0).abs() < 6.0, "{sum}");
}

#[test]
fn what_an_effect_spreads_is_not_cut_off_at_the_layer() {
    let at = |keys: &str, x: u32| {
        let text = format!(
            "size = '200x100'\n[[layer]]\nsize = '20x20'\n{keys}[layer.color]\ncolor = 'white'\n\
            [[layer.effect]]\nname = 'blur'\nradius = 8\n"
        );
        pixel(&draw(&text, 0), x, 50)[0]
    };
    // Half of it at the edge, and something beyond; the same where it is drawn anew.
    for keys in ["", "at = '100.002, 50'\n", "rotate = 90\n"] {
        assert!(at(keys, 90).abs_diff(112) < 12 && at(keys, 84) > 40 && at(keys, 70) < 5, "{keys}");
    }
}

#[test]
fn the_points_of_effects_are_those_of_their_layer_whatever_lies_around_it() {
    // Twice as large from the layer's upper left corner, which stays where it is.
    let text = "size = '80x60'\n[[layer]]\nsize = '20x20'\nat = '10, 10'\nanchor = 'top-left'\n\
                [layer.color]\ncolor = 'red'\n[[layer.effect]]\nname = 'zoom'\nfactor = 2\nx = 0\ny = 0\n";
    let drawn = draw(text, 0);
    let red = [(12, 12), (48, 48)].map(|(x, y)| pixel(&drawn, x, y));
    assert_eq!(red, [[255, 0, 0]; 2]);
    assert_eq!([(7, 30), (30, 7), (53, 30)].map(|(x, y)| pixel(&drawn, x, y)), [[0; 3]; 3]);
}

#[test]
fn patterns_of_effects_begin_in_the_corner_of_their_layer_whatever_lies_around_it() {
    let drawn = |effects: &str| {
        let text = format!(
            "size = '120x90'\n[[layer]]\n[layer.noise]\nkind = 'fbm'\nscale = 20\n[[layer]]\nname = 'map'\nshow = false\n\
             [layer.gradient]\nkind = 'linear'\nangle = 30\n[[layer]]\nsize = '51x41'\nat = '30, 20'\n\
             anchor = 'top-left'\neffect = [{effects}]\n[layer.noise]\nkind = 'value'\nscale = 9\n"
        );
        draw(&text, 0)
    };
    for effect in [
        "pixelate=7",
        "tile=2",
        "tile=3,mirror=true",
        "halftone=6",
        "dither,size=3",
        "scanlines,period=5",
        "vignette",
        "mirror=left",
        "displace,by=map,x=9,y=5",
    ] {
        // A glow that is not seen has room around the layer.
        let (alone, room) =
            (drawn(&format!("'{effect}'")), drawn(&format!("'{effect}', 'glow=13,amount=0'")));
        let inner = (22..58).flat_map(|y| (32..78).map(move |x| (x, y)));
        let apart = inner
            .map(|(x, y)| {
                let (one, other) = (pixel(&alone, x, y), pixel(&room, x, y));
                (0..3).map(|c| one[c].abs_diff(other[c])).max().unwrap_or(0)
            })
            .filter(|apart| *apart > 2)
            .count();
        // Where tiles meet, and at the edge, what lies beyond is another pixel.
        assert!(apart < 120, "{effect}: {apart} of 1656 pixels differ");
    }
}

#[test]
fn the_chance_of_effects_is_that_of_their_layer() {
    let grain = |seeds: [u32; 2]| {
        let layer = |n: usize| {
            format!(
                "[[layer]]\nsize = '40x30'\nanchor = 'left'\nat = '{}, 15'\nseed = {}\n\
                 [layer.color]\ncolor = 'gray'\n[[layer.effect]]\nname = 'grain'\n",
                n * 40,
                seeds[n]
            )
        };
        let drawn = draw(&format!("size = '80x30'\n{}{}", layer(0), layer(1)), 0);
        (0..30).all(|y| (0..40).all(|x| pixel(&drawn, x, y) == pixel(&drawn, x + 40, y)))
    };
    assert!(grain([3, 3]) && !grain([3, 4]));
}

#[test]
fn layers_come_and_go_and_fade() {
    let at = |index: u64| {
        let text = "size = '8x8'\nfps = 10\nframes = 60\n[[layer]]\nfrom = 1\nuntil = 5\nfade-in = 2\nfade-out = 1\n\
            [layer.color]\ncolor = 'white'\n";
        pixel(&draw(text, index), 3, 3)[0]
    };
    assert_eq!((at(9), at(10), at(20), at(30), at(39)), (0, 0, 128, 255, 255));
    assert_eq!((at(45), at(49), at(50), at(59)), (128, 25, 0, 0));
}

#[test]
fn masks_show_where_they_are_light_or_there() {
    let text = |by: &str| {
        format!(
            "size = '40x20'\n[[layer]]\nname = 'm'\nshow = false\nsize = '20x20'\nanchor = 'left'\n\
        [layer.color]\ncolor = '#404040'\n[[layer]]\nmask = 'm'\n{by}\n[layer.color]\ncolor = 'white'\n"
        )
    };
    let at = |by: &str| {
        let frame = draw(&text(by), 0);
        (pixel(&frame, 5, 10)[0], pixel(&frame, 35, 10)[0])
    };
    assert_eq!(at(""), (0x40, 0));
    assert_eq!(at("mask-invert = true"), (255 - 0x40, 255));
    assert_eq!(at("mask-by = 'alpha'"), (255, 0));
    assert_eq!(at("mask-by = 'alpha'\nmask-invert = true"), (0, 255));
}

#[test]
fn a_layer_displaces_another_and_the_whole() {
    let text = |map: &str, layer: &str, whole: &str| {
        format!(
            "size = '60x40'\n[[layer]]\nname = 'map'\nshow = false\n[layer.color]\ncolor = '{map}'\n\
             [[layer]]\nsize = '10x40'\n[layer.color]\ncolor = 'white'\n{layer}{whole}"
        )
    };
    let effect =
        |table: &str| format!("[[{table}]]\nname = 'displace'\nby = 'map'\nx = 12.7\ny = 0\n");
    let left = |map: &str, layer: &str, whole: &str| {
        let frame = draw(&text(map, layer, whole), 0);
        (0..60).find(|x| pixel(&frame, *x, 20)[0] > 128)
    };
    assert_eq!(left("#808080", "", ""), Some(25));
    for (layer, whole) in [
        ("", effect("effect")),
        ("", effect("effect")),
        (&effect("layer.effect")[..], String::new()),
    ] {
        assert_eq!(left("#808080", layer, &whole), Some(25));
        // Lighter red takes pixels from the right: what is there moves to the left.
        assert_eq!(left("#e48080", layer, &whole), Some(15));
        assert_eq!(left("#1c8080", layer, &whole), Some(35));
    }
}

/// Writes a picture whose left half is red, whose right half is half transparent blue.
fn picture(folder: &Folder, name: &str, (w, h): (u32, u32)) {
    let color = |x: u32| if x < w / 2 { [255, 0, 0, 255] } else { [0, 0, 255, 128] };
    let image = image::RgbaImage::from_fn(w, h, |x, _| image::Rgba(color(x)));
    image.save(folder.join(name)).expect("written");
}

#[test]
fn a_picture_of_a_file_is_seen_as_it_is_and_fitted() {
    let folder = Folder::new();
    picture(&folder, "p.png", (40, 20));
    let file = folder.join("p.png").display().to_string();
    let own = recipe(&format!("[image]\nfile = '{file}'\n"));
    assert_eq!(own.size, Size::new(40, 20));
    let drawn = frame(&own, 5).expect("a frame");
    assert_eq!((pixel(&drawn, 0, 0), pixel(&drawn, 39, 19)), ([255, 0, 0], [0, 0, 128]));
    assert_eq!(drawn.alpha().map(|alpha| (alpha[0], alpha[39])), Some((255, 128)));
    let fitted =
        |fit: &str| draw(&format!("size = '40x40'\n[image]\nfile = '{file}'\nfit = '{fit}'\n"), 0);
    let pad = fitted("pad");
    assert_eq!((pixel(&pad, 1, 5), pixel(&pad, 1, 20)), ([0, 0, 0], [255, 0, 0]));
    image::RgbaImage::new(1, 2000).save(folder.join("line.png")).expect("written");
    let line = folder.join("line.png").display().to_string();
    let line = recipe(&format!("size = '1920x1080'\n[image]\nfile = '{line}'\nfit = 'crop'\n"));
    let error = frame(&line, 0).expect_err("too long").to_string();
    assert!(error.contains("1x2000 pixels would be 1920x3840000"), "{error}");
    let crop = fitted("crop");
    assert_eq!((pixel(&crop, 1, 1), pixel(&crop, 38, 38)), ([255, 0, 0], [0, 0, 128]));
    assert_eq!(pixel(&fitted("stretch"), 1, 1), [255, 0, 0]);
    // On a layer it has its own size, and lies on what is below by its alpha.
    let laid = draw(
        &format!(
            "size = '80x40'\nbackground = 'lime'\n[[layer]]\n[layer.image]\nfile = '{file}'\n"
        ),
        0,
    );
    assert_eq!(
        (pixel(&laid, 25, 20), pixel(&laid, 55, 20), pixel(&laid, 5, 20)),
        ([255, 0, 0], [0, 127, 128], [0, 255, 0])
    );
}

#[test]
fn a_picture_that_changes_is_another_recipe_and_is_never_mixed() {
    let folder = Folder::new();
    picture(&folder, "p.png", (32, 16));
    std::fs::write(
        folder.join("r.toml"),
        "name = 'r'\nframes = 5\n[[layer]]\n[layer.image]\nfile = 'p.png'\n",
    )
    .expect("written");
    assert!(folder.run("run r.toml").status.success());
    let again = folder.run("run r.toml");
    assert!(again.status.success(), "{}", stderr(&again));
    picture(&folder, "p.png", (32, 20));
    let other = folder.run("run r.toml");
    assert_eq!(other.status.code(), Some(1), "{}", stderr(&other));
    let stale = folder.run("frame r --index 1 -o x.png");
    assert!(
        stderr(&stale).contains("p.png has changed since this recipe was made"),
        "{}",
        stderr(&stale)
    );
    std::fs::write(folder.join("p.png"), "no picture").expect("written");
    let error = stderr(&folder.run("run r.toml --force"));
    assert!(
        error.contains("layer.1.image.file = p.png: it is no picture that is known"),
        "{error}"
    );
    std::fs::remove_file(folder.join("p.png")).expect("removed");
    let error = stderr(&folder.run("run r.toml --force"));
    assert!(error.contains("layer.1.image.file = p.png: "), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
}

#[test]
fn the_files_of_layers_are_inputs() {
    let folder = Folder::new();
    picture(&folder, "p.png", (32, 16));
    let file = folder.join("p.png").display().to_string();
    let recipe = recipe(&format!(
        "[[layer]]\n[layer.image]\nfile = '{file}'\n[[layer]]\n[layer.image]\nfile = '{file}'\n"
    ));
    let inputs = recipe.inputs();
    assert_eq!(
        inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&file)
    );
    let copy = folder.join("copy.png");
    std::fs::rename(&file, &copy).expect("moved");
    let moved = recipe.with_copies(&[(file, copy)].into());
    assert_eq!(pixel(&frame(&moved, 0).expect("a frame"), 0, 0), [255, 0, 0]);
    assert!(frame(&recipe, 0).is_err());
}
