//! Numbers that move: a formula over time gives each frame what the number alone would have given it.

use genmedia::compose::effect::effect_descriptions;
use genmedia::generate::{Frame, descriptions};
use genmedia::parameters::Parameter;
use genmedia::render::frame;
use genmedia::values::Form;

use super::common::{Folder, stderr};
use super::{draw, recipe};

/// The largest difference of two frames' bytes.
fn apart(one: &Frame, other: &Frame) -> u8 {
    let pairs = one.data().iter().zip(other.data());
    pairs.map(|(a, b)| a.abs_diff(*b)).max().expect("pixels")
}

/// Tables in which parameters say something, beside the plain ones.
const LOOKS: [&str; 7] = [
    "[noise]\nkind = 'fbm'\n",
    "[polygon]\nmotion = 'drift'\ncount = 9\n",
    "[wave]\nview = 'density'\n",
    "[wave]\nview = 'surface'\nmesh = 6\n",
    "[wave]\nview = 'contour'\n",
    "[wave]\nview = 'curve'\n",
    "[wave]\nlook = 'julia'\n",
];

/// Two values in range, the second where a film ends.
fn values(parameter: &Parameter) -> Option<(String, String)> {
    match (parameter.form, parameter.range) {
        _ if !parameter.moves => None,
        (Form::Color, _) => Some(("navy".into(), "gold".into())),
        (_, Some((least, most))) => {
            let whole = (parameter.check)(&["0.5*t".into()]).is_ok();
            assert!(whole, "{} takes a formula", parameter.key);
            let start = least.max(2.0).min(most);
            Some((start.to_string(), (start + 3.0).min(most).to_string()))
        }
        _ => None,
    }
}

/// Draws the last of 21 frames, with `key` at `value`.
fn last(look: &str, key: &str, value: &str) -> Frame {
    let value = match value.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("\"{value}\""),
    };
    draw(&format!("size = '40x30'\nframes = 21\n{look}{key} = {value}\n"), 20)
}

/// Checks that a parameter that goes from one value to another has the second at the end, and that one that goes up
/// and down and up as a rate has come as far as its mean.
fn check(look: &str, parameter: &Parameter, is_rate: bool) {
    let Some((from, to)) = values(parameter) else { return };
    // A scale that moves is a zoom into the middle, and has a test of its own.
    if look.starts_with("[noise]") && parameter.key == "scale" {
        return;
    }
    let moving = match parameter.form {
        Form::Color => format!("mix({from}, {to}, u)"),
        _ if is_rate => format!("{from} + ({to} - {from})*(1 - cos(tau*u))"),
        _ => format!("{from} + ({to} - {from})*u"),
    };
    let still = to;
    let (moved, stood) = (last(look, &parameter.key, &moving), last(look, &parameter.key, &still));
    let apart = apart(&moved, &stood);
    // The mean of a rate is a sum, whose last bit may differ: enough to move an edge by a shade.
    assert!(apart <= u8::from(is_rate) * 8, "{look}{} = {moving}: {apart}", parameter.key);
}

const RATES: [&str; 4] = ["speed", "spin", "speed-x", "speed-y"];

#[test]
fn every_parameter_of_a_generator_moves_to_where_it_should_be() {
    let mut count = 0;
    for look in LOOKS {
        let name = look[1..].split(']').next().expect("a name");
        let generator = descriptions().into_iter().find(|g| g.name == name).expect("a generator");
        for parameter in &generator.parameters {
            // Only those that say something with this look.
            let Some((value, _)) = values(parameter) else { continue };
            let text = format!("{look}{} = \"{value} + 0*t\"\n", parameter.key);
            let text = match parameter.form {
                Form::Color => text.replace("navy + 0*t", "mix(navy, gold, u)"),
                _ => text,
            };
            if look.contains(&format!("\n{} =", parameter.key)) {
                continue;
            }
            if let Err(e) = text.parse::<genmedia::Recipe>() {
                assert!(e.to_string().contains("only with"), "{text}: {e}");
                continue;
            }
            check(look, parameter, RATES.contains(&&*parameter.key));
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_parameter_of_an_effect_moves_to_where_it_should_be() {
    // One of them needs a layer.
    for effect in effect_descriptions().into_iter().filter(|effect| effect.name != "displace") {
        let look =
            format!("[polygon]\ncount = 5\nfill = true\n[[effect]]\nname = '{}'\n", effect.name);
        for parameter in &effect.parameters {
            check(&look, parameter, RATES.contains(&&*parameter.key));
        }
    }
}

#[test]
fn a_formula_that_stands_still_is_a_number() {
    let number = recipe("[noise]\nkind = 'fbm'\nscale = 60");
    assert_eq!(recipe("[noise]\nkind = 'fbm'\nscale = '30*2'").identity(), number.identity());
    assert_eq!(recipe("[noise]\nkind = 'fbm'\nscale = '60'").identity(), number.identity());
    let moving = recipe("[noise]\nkind = 'fbm'\nscale = ' 60 + t '");
    assert_ne!(moving.identity(), number.identity());
    assert!(moving.to_toml().contains("scale = \"60 + t\""));
    assert_eq!(recipe(&moving.to_toml()), moving);
}

#[test]
fn a_film_too_long_to_look_at_each_frame_fails_where_a_value_leaves_its_range() {
    let recipe = recipe(
        "size = '16x16'\nframes = 3_000_000\n[noise]\n[[effect]]\nname = 'blur'\n\
        radius = '1000 - n/2000'\n",
    );
    assert!(frame(&recipe, 1_999_999).is_ok());
    let error = frame(&recipe, 2_000_001).expect_err("below 0").to_string();
    assert!(
        error.contains("frame 2000001: effect blur: radius = 1000 - n/2000: it is -0.000"),
        "{error}"
    );
}

#[test]
fn what_a_rate_drives_never_goes_back() {
    // A turn that slows down to nothing: by the rate alone it would go back.
    let moving = recipe(
        "size = '64x64'\nframes = 90\n[polygon]\nmotion = 'drift'\ncount = 1\nfill = true\n\
        [[effect]]\nname = 'shift'\nspeed-x = 'max(0, 20 - 10*t)'\nborder = 'wrap'\n",
    );
    let still =
        "size = '64x64'\nframes = 90\n[polygon]\nmotion = 'drift'\ncount = 1\nfill = true\n";
    // 20 pixels from the second second on.
    let after = format!("{still}[[effect]]\nname = 'shift'\nx = 20\nborder = 'wrap'\n");
    for index in [60, 75, 89] {
        let (one, other) = (frame(&moving, index).expect("a frame"), draw(&after, index));
        assert!(apart(&one, &other) <= 2, "frame {index}: {}", apart(&one, &other));
    }
}

#[test]
fn moving_films_are_the_same_on_any_processor_and_in_any_segments() {
    let folder = Folder::new();
    let text = "name = 'm'\nsize = '64x48'\nframes = 12\n[noise]\nkind = 'fbm'\nscale = '20 + 8*sin(3*t)'\n\
        speed = '1 + noise(5*t)'\n[[effect]]\nname = 'rotate'\nspin = 'keys(0: 0, 0.2: 3, \"out-cubic\")'\n\
        [[effect]]\nname = 'duotone'\nlight = 'mix(gold, tomato, u)'\n[video]\ncodec = 'ffv1'\n";
    std::fs::write(folder.join("m.toml"), text).expect("written");
    assert!(folder.run("run m.toml --dir here --threads 2").status.success());
    let short = text.replace("name = 'm'", "name = 's'\nsegment-frames = 1");
    std::fs::write(folder.join("s.toml"), short).expect("written");
    assert!(folder.run("run s.toml --dir here").status.success());
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(["-cpu", "Nehalem", env!("CARGO_BIN_EXE_genmedia")])
        .args(["run", "m.toml", "--dir", "there"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a film");
    assert!(read("here/m/m.mkv") == read("there/m/m.mkv"));
    let pixels = |name: &str| {
        let output = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-i", name, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"])
            .current_dir(folder.path())
            .output()
            .expect("ffmpeg");
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    assert!(pixels("here/m/m.mkv") == pixels("here/s/s.mkv"));
}

#[test]
fn noise_whose_scale_moves_is_zoomed_in_its_middle() {
    for kind in ["perlin", "simplex", "worley", "fbm", "warp"] {
        let toml = format!(
            "size = '200x100'\nframes = 60\n[noise]\nkind = '{kind}'\nspeed = 0\nscale = '40 + n'"
        );
        let at = |frame: &genmedia::generate::Frame, x: u32, y: u32| {
            i32::from(frame.row(y)[x as usize * 3])
        };
        let (first, last) = (draw(&toml, 0), draw(&toml, 40));
        let apart =
            |(x, y): (u32, u32), (u, v): (u32, u32)| (at(&first, x, y) - at(&last, u, v)).abs();
        assert!(apart((100, 50), (100, 50)) <= 12, "{kind}: the middle");
        // Twice as large, all is twice as far from there.
        for (x, y) in [(110u32, 60u32), (80, 40), (130, 45), (100, 70)] {
            let there = (2 * x - 100, 2 * y - 50);
            assert!(apart((x, y), there) <= 16, "{kind}: {x}, {y}");
        }
    }
}

#[test]
fn formulas_know_the_sides_of_the_frame() {
    for (toml, key) in [
        ("size = '640x300'\n[text]\ncontent = 'a'\nfont-size = 'h/15'", "font-size = 20"),
        // Of a generator that has a size of its own.
        ("[polygon]\nwidth = 'w/480'", "width = 4"),
        ("[noise]\nkind = 'fbm'\nscale = 'w/8'", "scale = 128"),
        ("[[layer]]\ncolor = { color = 'red' }\nscale = 'w/512'", "scale = 2"),
        ("[[layer]]\npolygon = { width = 'w/480' }", "width = 4"),
        ("size = '200x100'\n[noise]\n[[effect]]\nname = 'blur'\nradius = 'h/10'", "radius = 10"),
        ("size = '200x100'\n[noise]\n[[effect]]\nname = 'blur'\nradius = 'h/10 + t'", "h/10 + t"),
    ] {
        assert!(recipe(toml).to_toml().contains(key), "{toml}\n{}", recipe(toml).to_toml());
    }
}
