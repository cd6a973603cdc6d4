//! Echoes: earlier frames that are still seen.

use genmedia::compose::{Single, Stack};
use genmedia::generate::Frame;
use genmedia::recipe::{Layer, Source};
use genmedia::values::Clip;

use super::{draw, recipe};

const SHAPES: &str = "size = '96x64'\nframes = 60\n[polygon]\nmotion = 'bounce'\ncount = 2\nfill = true\n\
                      opacity = 1\nspeed = 1\ncolor-mode = 'random'\n";

/// Draws frames of a recipe with the memory of one worker; returns them, and which frames the sources of layers drew.
fn drawn(toml: &str, indices: impl IntoIterator<Item = u64>) -> (Vec<Frame>, Vec<(usize, u64)>) {
    let recipe = recipe(toml);
    let clip = recipe.clip();
    let clips: Vec<Clip> = match &recipe.source {
        Source::Stack(stack) => {
            let of = |layer: &Layer| {
                let (size, seed) = (layer.place.size, layer.place.seed);
                Clip { size: size.unwrap_or(clip.size), seed: seed.unwrap_or(clip.seed), ..clip }
            };
            stack.layers.iter().map(of).collect()
        }
        _ => vec![clip],
    };
    let leaves = recipe.source.leaves();
    let generators: Vec<_> = leaves
        .iter()
        .zip(clips)
        .map(|(source, clip)| source.generator(&clip.into()).expect("it is drawn"))
        .collect();
    let mut painters: Vec<_> = generators.iter().map(|generator| generator.painter()).collect();
    let mut calls = Vec::new();
    let mut paint = |n: usize, index: u64, frame: &mut Frame| {
        calls.push((n, index));
        frame.set_opaque();
        painters[n].paint(index, frame).expect("drawn");
        Ok(())
    };
    let mut frame = Frame::new(recipe.size);
    let mut frames = Vec::new();
    match &recipe.source {
        Source::Stack(layers) => {
            let ground = layers.background;
            let mut stack =
                Stack::new(layers.sheaves(), ground, layers.linear, &recipe.effects, clip);
            for index in indices {
                stack.draw(index, &mut frame, &mut paint).expect("drawn");
                frames.push(frame.clone());
            }
        }
        _ => {
            let mut single = Single::new(&recipe.effects, clip);
            for index in indices {
                let mut paint = |index: u64, frame: &mut Frame| paint(0, index, frame);
                single.draw(index, &mut frame, &mut paint).expect("drawn");
                frames.push(frame.clone());
            }
        }
    }
    (frames, calls)
}

/// Recipes that look back in all the ways that there are.
fn recipes() -> Vec<String> {
    let on = |effects: &str| format!("{SHAPES}effect = [{effects}]").replace("[polygon]", "%");
    let on = |effects: &str| {
        let text = on(effects);
        let (head, table) = text.split_once('%').expect("a table");
        let (table, effect) = table.rsplit_once("effect").expect("effects");
        format!("{head}effect{effect}\n[polygon]{table}")
    };
    let layers = "size = '96x64'\nframes = 60\n\
        [[layer]]\nnoise = { kind = 'fbm', speed = 4, scale = 20 }\n\
        [[layer]]\nname = 'shapes'\nblend = 'screen'\nsize = '40x40'\nrotate = 'n'\n\
        effect = [{ name = 'blur', radius = '1 + sin(n)' }, { name = 'echo', count = 5, scale = 1.2, rotate = 7 }]\n\
        [layer.polygon]\nmotion = 'spin'\ncount = 2\nspeed = 3\nbackground = 'none'\n\
        [[layer]]\nmask = 'shapes'\ncolor = { color = 'tomato' }\n";
    vec![
        on("{ name = 'echo' }"),
        on("{ name = 'echo', count = 3, every = 7, blend = 'add', decay = 0.5 }"),
        on(
            "{ name = 'echo', count = 4, scale = 0.9, rotate = 10, x = 3, y = -2, blend = 'normal' }",
        ),
        on(
            "{ name = 'echo', count = 3 }, { name = 'blur', radius = 'n/20' }, { name = 'echo', count = 2, every = 4 }",
        ),
        layers.into(),
        format!("{layers}[[effect]]\nname = 'echo'\ncount = 3\nevery = 2\n"),
        format!("loop = true\n{layers}[[effect]]\nname = 'echo'\ncount = 3\nevery = 25\n"),
    ]
}

#[test]
fn a_frame_with_echoes_is_the_same_alone_and_in_any_order() {
    for toml in recipes() {
        let order = [0, 1, 2, 3, 4, 5, 20, 21, 22, 21, 6, 7, 59, 58, 0, 40];
        let (frames, _) = drawn(&toml, order);
        for (index, frame) in order.into_iter().zip(&frames) {
            assert!(*frame == draw(&toml, index), "{toml}: frame {index}");
        }
        let (all, _) = drawn(&toml, 0..30);
        assert!(all[20] == frames[6] && all[6] == frames[10], "{toml}");
    }
}

#[test]
fn echoes_that_go_round_a_loop_more_than_once_are_the_same_in_any_order() {
    for effects in [
        "{ name = 'echo', count = 6 }, { name = 'echo', count = 8 }",
        "{ name = 'echo', count = 4 }, { name = 'echo', count = 30, decay = 0.95 }",
        "{ name = 'echo', count = 4 }, { name = 'echo', count = 4 }, { name = 'echo', count = 3, every = 5 }",
    ] {
        let toml = format!("loop = true\neffect = [{effects}]\n{}", SHAPES.replace("60", "12"));
        let (up, _) = drawn(&toml, 0..12);
        let (down, _) = drawn(&toml, (0..12).rev());
        for (index, frame) in up.iter().enumerate() {
            assert!(*frame == down[11 - index], "{effects}: frame {index}");
            assert!(*frame == draw(&toml, index as u64), "{effects}: frame {index} alone");
        }
    }
}

#[test]
fn earlier_frames_are_seen_as_far_back_as_they_are_asked_for() {
    let echo = |keys: &str| format!("{SHAPES}[[effect]]\nname = 'echo'\n{keys}");
    // By the lighter of both, nothing is lost of the present frame, and something of the last five is there.
    let (plain, with) = (|n| draw(SHAPES, n), |n| draw(&echo("count = 5\ndecay = 0.8"), n));
    assert!(plain(0) == with(0), "there is nothing before the first frame");
    let now = with(30);
    for (past, part) in (0..=7).map(|past| (past, 0.8f64.powi(past as i32))) {
        let earlier = plain(30 - past);
        let lit = |(a, b): (&u8, &u8)| f64::from(*a) >= f64::from(*b) * part - 3.0;
        let seen = now.data().iter().zip(earlier.data()).filter(|pair| lit(*pair)).count();
        let share = seen as f64 / now.data().len() as f64;
        match past {
            0..=5 => assert!(share > 0.999, "{past} before: {share}"),
            _ => assert!(share < 0.995, "{past} before: {share}"),
        }
    }
    // What stands still has no trail.
    let still = "size = '64x48'\n[noise]\nkind = 'fbm'\nspeed = 0\n";
    let echoed = format!("{still}[[effect]]\nname = 'echo'\nblend = 'lighten'");
    let apart = |(a, b): (&u8, &u8)| a.abs_diff(*b);
    let (a, b) = (draw(still, 20), draw(&echoed, 20));
    assert!(a.data().iter().zip(b.data()).map(apart).max() <= Some(2));
    // In a loop the last frames come before the first.
    let looped = format!("loop = true\n{}", echo("count = 5"));
    assert!(draw(&looped, 0) != draw(&format!("loop = true\n{SHAPES}"), 0));
}

#[test]
fn each_frame_is_drawn_once_when_they_come_in_order() {
    for toml in [&recipes()[0], &recipes()[1], &recipes()[3], &recipes()[5]] {
        let (_, calls) = drawn(toml, 30..60);
        let mut counts = std::collections::BTreeMap::new();
        for call in &calls {
            *counts.entry(*call).or_insert(0) += 1;
        }
        let lead = recipe(toml).lead();
        let before = calls.iter().filter(|(_, index)| *index < 30).count() as u64;
        let layers = calls.iter().map(|call| call.0).max().expect("a call") as u64 + 1;
        assert!(before <= (lead + 1) * layers * 2, "{toml}: {before} frames before, {lead} back");
        assert!(
            counts
                .iter()
                .all(|((n, index), count)| *count <= 1 + 2 * i32::from(*n > 0) || *index < 30),
            "{toml}: {counts:?}"
        );
        assert!(calls.iter().all(|(_, index)| index + lead >= 30), "{toml}: {calls:?}");
    }
    // Oldest first, for programs that draw one after the other.
    let (_, calls) = drawn(&recipes()[0], 30..33);
    let order: Vec<u64> = calls.iter().map(|call| call.1).collect();
    assert_eq!(order, (22..33).collect::<Vec<u64>>());
}
