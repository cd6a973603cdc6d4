//! One suite for all effects: what each keeps, whatever its parameters and the picture.

use genmedia::compose::effect::{EffectDescription, Moment, effect_descriptions};
use genmedia::compose::{Canvas, Effect, EffectDraft, Scratch};
use genmedia::parameters::Parameter;
use genmedia::recipe::Size;
use genmedia::render::frame;
use genmedia::values::{Clip, Form, FrameRate};
use proptest::prelude::*;

use super::common::{Folder, stderr};
use super::{draw, golden, recipe};

/// Effects that look at colours only: what is transparent stays so.
const KEEP_ALPHA: [&str; 15] = [
    "colormap",
    "distance",
    "dither",
    "duotone",
    "edges",
    "emboss",
    "grade",
    "grain",
    "halftone",
    "invert",
    "posterize",
    "scanlines",
    "sharpen",
    "threshold",
    "vignette",
];

/// A value of a parameter, by a number from 0 to 1.
fn value(parameter: &Parameter, part: f64) -> String {
    let takes = |text: &str| (parameter.check)(&[text.to_string()]).is_ok();
    match (parameter.form, parameter.range) {
        (Form::Switch, _) => (part < 0.5).to_string(),
        (Form::Choice, _) => {
            let last = parameter.choices.len() - 1;
            parameter.choices[(part * last as f64).round() as usize].to_string()
        }
        (Form::Color, _) => format!("#{:06x}", (part * 16_777_215.0) as u32),
        (_, Some((least, most))) => {
            // Small values are those that are used.
            let number = least + (most - least) * part * part;
            match takes("0.5") {
                true => number.to_string(),
                false => (number.round() as u64).to_string(),
            }
        }
        (Form::Text, _) => "map".into(),
        _ => parameter.default.clone().expect("a default"),
    }
}

/// An effect, with some of its parameters set.
fn any_effect() -> impl Strategy<Value = String> {
    let described: Vec<EffectDescription> = effect_descriptions();
    (prop::sample::select(described), prop::collection::vec(prop::option::of(0.0..=1.0f64), 6))
        .prop_map(|(effect, parts)| {
            let set = effect.parameters.iter().zip(parts).filter_map(|(parameter, part)| {
                Some(format!(",{}={}", parameter.key, value(parameter, part?)))
            });
            effect.name.to_string() + &set.collect::<String>()
        })
}

fn read(text: &str) -> Effect {
    let draft: EffectDraft = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    let clip = Clip {
        fps: FrameRate::DEFAULT,
        frames: 300,
        seed: 1,
        size: Size::new(64, 48),
        looped: false,
    };
    draft.resolve(clip).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// True if an effect looks further back than it may.
fn looks_too_far(text: &str) -> bool {
    let number = |key: &str| {
        let value = text.split(',').find_map(|part| part.strip_prefix(key));
        value.map(|value| value.parse::<f64>().expect("a number").round())
    };
    let is_echo = text.starts_with("echo");
    is_echo && (240.0 / number("count=").unwrap_or(8.0)).floor() < number("every=").unwrap_or(1.0)
}

/// A picture of chance, part of it transparent.
fn picture(size: Size, seed: u64) -> Canvas {
    let mut canvas = Canvas::new(size);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for pixel in canvas.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [r, g, b, a, ..] = state.to_le_bytes();
        let alpha = if a < 100 {
            255
        } else if a < 150 {
            0
        } else {
            a
        };
        *pixel = [r.min(alpha), g.min(alpha), b.min(alpha), alpha];
    }
    canvas
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_effect_is_a_function_of_picture_and_frame(text in any_effect(), w in 1u32..70, h in 1u32..50,
        seed in 0u64..1000, index in 0u64..100) {
        prop_assume!(!looks_too_far(&text));
        let effect = read(&text);
        let size = Size::new(w, h);
        let mut clip = recipe("[noise]").clip();
        clip.size = size;
        let before = picture(size, seed);
        let mut fresh = before.clone();
        effect.apply(&mut fresh, &mut Scratch::default(), Moment { clip, margin: 0, index });
        // With memory in which other pictures stand, of other sizes and other frames.
        let mut scratch = Scratch::default();
        let mut other = picture(Size::new(h, w), seed + 1);
        let turned = Moment { clip: genmedia::generate::Clip { size: other.size(), ..clip }, margin: 0, index: index + 7 };
        read("glow").apply(&mut other, &mut scratch, turned);
        effect.apply(&mut other, &mut scratch, turned);
        let mut used = before.clone();
        effect.apply(&mut used, &mut scratch, Moment { clip, margin: 0, index });
        prop_assert_eq!(&fresh, &used);
        prop_assert_eq!(fresh.size(), size);
        for (pixel, old) in fresh.pixels().iter().zip(before.pixels()) {
            prop_assert!(pixel[..3].iter().all(|c| *c <= pixel[3]), "{}: {:?} is above its alpha", text, pixel);
            if KEEP_ALPHA.contains(&effect.name()) {
                prop_assert_eq!(pixel[3], old[3]);
            }
        }
    }

    #[test]
    fn an_effect_is_written_as_it_is_read(text in any_effect()) {
        let effects = |table: &str| recipe(&format!("[noise]\n{table}")).to_toml();
        prop_assume!(!text.starts_with("displace") && !looks_too_far(&text));
        let effect = read(&text);
        let table = toml::to_string(&effect).expect("a table");
        let once = effects(&format!("[[effect]]\n{table}"));
        prop_assert_eq!(recipe(&once).to_toml(), once.clone());
        prop_assert_eq!(&recipe(&once).effects, &vec![effect]);
    }
}

/// What shows them all: hard and soft edges, saturated and pale colours, light and dark.
const SHOWN: &str = "size = '96x72'\nframes = 60\n[polygon]\nshape = 'star'\ncount = 7\npoints = 5\n\
    color-mode = 'random'\nfill = true\nopacity = 0.85\nbackground = '#203040'\nmotion = 'drift'\n";

/// The effects that need no layers.
fn alone() -> impl Iterator<Item = &'static str> {
    Effect::NAMES.iter().copied().filter(|name| *name != "displace")
}

#[test]
fn every_effect_is_what_it_was() {
    for name in alone() {
        // Those that do nothing by default.
        let keys = match name {
            "grade" => "contrast = 1.5\nhue = 90\nsaturation = 0.7\ntemperature = 0.5",
            "shift" => "x = 20\ny = -7.5",
            _ => "",
        };
        let effect = format!("[[effect]]\nname = '{name}'\n{keys}");
        golden(&format!("effect-{name}"), &format!("{SHOWN}{effect}"), 11);
    }
}

#[test]
fn effects_come_in_order() {
    let both = |first: &str, second: &str| {
        draw(&format!("{SHOWN}[[effect]]\nname = '{first}'\n[[effect]]\nname = '{second}'"), 3)
    };
    assert_ne!(both("invert", "threshold"), both("threshold", "duotone"));
    assert_ne!(both("pixelate", "rotate"), both("rotate", "pixelate"));
    assert_eq!(both("invert", "invert"), draw(SHOWN, 3));
    assert_eq!(both("mirror", "mirror"), draw(&format!("{SHOWN}[[effect]]\nname = 'mirror'"), 3));
}

#[test]
fn effects_in_recipes_may_be_written_as_on_the_command_line() {
    let text = recipe("effect = ['blur=8', 'grade,contrast=1.2,hue=30']\n[noise]");
    let tables = "[[effect]]\nname = 'blur'\nradius = 8\n[[effect]]\nname = 'grade'\ncontrast = 1.2\nhue = 30\n";
    assert_eq!(text, recipe(&format!("[noise]\n{tables}")));
    let layers = recipe("[[layer]]\neffect = ['invert']\ncolor = { color = 'red' }");
    assert!(layers.to_toml().contains("name = \"invert\""));
}

#[test]
fn a_recipe_without_effects_is_the_one_that_it_was() {
    assert_eq!(recipe("[noise]").identity(), recipe("effect = []\n[noise]").identity());
    assert!(!recipe("[noise]").to_toml().contains("effect"));
    let with = recipe("[noise]\n[[effect]]\nname = 'blur'");
    assert_eq!(with.effects.len(), 1);
    assert_ne!(with.identity(), recipe("[noise]").identity());
    assert_eq!(frame(&with, 2).expect("a frame"), frame(&with, 2).expect("a frame"));
}

/// Every effect, by a sweep, on this processor and on one of 2008 without AVX.
#[test]
fn effects_are_the_same_on_any_processor() {
    let folder = Folder::new();
    let names: Vec<String> = alone().map(|name| format!("'{name}'")).collect();
    let shown = SHOWN.replace("frames = 60", "frames = 2");
    let effect = format!("[[effect]]\nname = [{}]\n", names.join(", "));
    let images = "[video]\nenabled = false\n[images]\nformat = 'png'\n";
    std::fs::write(folder.join("all.toml"), format!("name = 'all'\n{shown}{effect}{images}"))
        .expect("written");
    folder.run("run all.toml --dir here");
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(["-cpu", "Nehalem", env!("CARGO_BIN_EXE_genmedia")])
        .args(["run", "all.toml", "--dir", "there"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    for name in alone() {
        let images = |dir: &str| -> Vec<Vec<u8>> {
            let folder = folder.join(&format!("{dir}/all-{name}/frames"));
            let mut all: Vec<_> =
                std::fs::read_dir(folder).expect("images").flatten().map(|e| e.path()).collect();
            all.sort();
            all.iter().map(|path| std::fs::read(path).expect("an image")).collect()
        };
        assert_eq!(images("here").len(), 2, "{name}");
        assert!(images("here") == images("there"), "{name}");
    }
}
