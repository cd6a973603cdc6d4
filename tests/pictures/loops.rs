//! Films whose last frame leads into the first.

use genmedia::compose::effect::effect_descriptions;
use genmedia::generate::Frame;

use super::draw;

const FRAMES: u64 = 60;

/// The mean difference of two pictures' bytes.
fn difference(a: &Frame, b: &Frame) -> f64 {
    let apart = a.data().iter().zip(b.data()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    apart.sum::<f64>() / a.data().len() as f64
}

/// The greatest step from frame to frame beside the seam and elsewhere, and that over the seam.
fn steps(toml: &str) -> (f64, f64) {
    let step = |from, to| difference(&draw(toml, from), &draw(toml, to));
    let beside = [0, 1, 15, 30, 45, FRAMES - 3, FRAMES - 2];
    let greatest = beside.map(|from| step(from, from + 1)).into_iter().fold(0.0, f64::max);
    (greatest, step(FRAMES - 1, 0))
}

/// A recipe of this table, as a loop or not.
fn film(table: &str, looped: bool) -> String {
    format!("size = '160x120'\nframes = {FRAMES}\nloop = {looped}\n{table}")
}

fn closes(what: &str, table: &str) {
    let (step, seam) = steps(&film(table, true));
    assert!(step > 0.0, "{what}: it stands still");
    assert!(seam <= step * 1.6, "{what}: {seam} where a step is {step}");
    let (_, open) = steps(&film(table, false));
    assert!(open > 1.4 * seam, "{what}: without a loop {open} where the seam is {seam}");
}

#[test]
fn every_generator_that_moves_closes() {
    let noises = ["value", "perlin", "simplex", "worley", "fbm", "turbulence", "ridged", "warp"]
        .map(|kind| format!("[noise]\nkind = '{kind}'\nscale = 40\nspeed = 1.3"));
    let motions = ["morph", "drift", "spin", "bounce", "trail"].map(|motion| {
        format!("[polygon]\nmotion = '{motion}'\ncount = 12\nfill = true\nspeed = 0.9\ncolor-mode = 'random'")
    });
    let meshes = ["morph", "drift", "bounce"].map(|motion| {
        format!("[polygon]\nshape = 'voronoi'\nmotion = '{motion}'\ncount = 12\nspeed = 0.9\nfill = true\n\
             color-mode = 'random'")
    });
    let gradients = ["repeat", "reflect"].map(|spread| {
        format!("[gradient]\nkind = 'conic'\npalette = 'red,blue,gold'\nspread = '{spread}'\nspeed = 0.33")
    });
    let waves = [
        // The sweep that suits the frames' number is not a whole period.
        "[wave]\nview = 'density'",
        "[wave]\nspin = 0.6\nview = 'surface'",
        "[wave]\nview = 'curve'\ntrail = 8",
        "[wave]\nview = 'curve'\nexpr = 'sin(t); cos(t); t/7 - 0.5'\na = '0..0'\nspin = 0.4",
        "[wave]\nview = 'complex'",
    ]
    .map(String::from);
    for table in noises.iter().chain(&motions).chain(&meshes).chain(&gradients).chain(&waves) {
        closes(table, table);
    }
}

#[test]
fn every_effect_that_goes_on_closes() {
    let mut going = 0;
    for effect in effect_descriptions() {
        let rates = effect.parameters.iter().filter(|p| p.unit.ends_with("a second"));
        for rate in rates {
            going += 1;
            // Neither whole turns nor whole pixels.
            let value = if rate.unit.starts_with("pixels") { 12.9 } else { 0.7 };
            let table = format!(
                "[noise]\nkind = 'fbm'\nscale = 60\nspeed = 0\n[[effect]]\nname = '{}'\n{} = {value}",
                effect.name, rate.key
            );
            closes(&table, &table);
        }
    }
    assert!(going >= 6, "only {going} rates");
}

#[test]
fn the_progress_of_a_loop_ends_where_it_begins() {
    let table = "[noise]\nkind = 'fbm'\nspeed = 0\nscale = 40\n\
                 [[effect]]\nname = 'rotate'\nangle = '40*sin(tau*u)'";
    let (step, seam) = steps(&film(table, true));
    assert!(seam > 0.0 && seam <= step, "{seam} where a step is {step}");
    // Without a loop the last frame is the first again.
    assert_eq!(steps(&film(table, false)).1, 0.0);
}

#[test]
fn short_loops_move_and_what_stands_still_stands() {
    let distinct = |table: &str| {
        let toml = film(table, true).replace("frames = 60", "frames = 12\nfps = 10");
        let mut frames: Vec<Vec<u8>> = (0..12).map(|n| draw(&toml, n).data().to_vec()).collect();
        frames.sort();
        frames.dedup();
        frames.len()
    };
    for table in [
        "[noise]\nkind = 'value'\nscale = 40",
        "[polygon]\nmotion = 'morph'\ncount = 9",
        "[polygon]\nmotion = 'drift'\ncount = 9",
    ] {
        assert!(distinct(table) > 5, "{table}: {} pictures", distinct(table));
    }
    for table in [
        "[noise]\nkind = 'value'\nscale = 40\nspeed = 0",
        "[polygon]\nmotion = 'morph'\ncount = 9\nspeed = 0",
        "[polygon]\nmotion = 'drift'\ncount = 9\nspeed = 0",
        "[polygon]\nmotion = 'bounce'\ncount = 9\nspeed = 0",
        "[polygon]\nmotion = 'spin'\ncount = 9\nspeed = 0",
    ] {
        assert_eq!(distinct(table), 1, "{table}");
    }
}

#[test]
fn layers_close_together() {
    let table = "[[layer]]\n[layer.noise]\nkind = 'fbm'\nspeed = 0.8\nscale = 40\n\
                 [[layer]]\nblend = 'screen'\nsize = '90x70'\n\
                 effect = [{ name = 'shift', speed-x = 31 }, { name = 'rotate', spin = 0.3 }]\n\
                 [layer.gradient]\nkind = 'square'\nspread = 'repeat'\nspeed = 0.7\n\
                 [[effect]]\nname = 'ripple'\nspeed = 0.8";
    closes("layers", table);
}

#[test]
fn a_film_in_a_loop_begins_again_if_nothing_is_said() {
    let folder = crate::common::Folder::new();
    folder.render("render noise --size 32x32 --frames 20 --codec ffv1 -o n.mkv");
    let text = format!(
        "frames = 30\nloop = true\n[[layer]]\nfilm = {{ file = '{}' }}\n",
        folder.join("n.mkv").display()
    );
    let recipe = super::recipe(&text);
    assert!(recipe.to_toml().contains("after = \"loop\""), "{}", recipe.to_toml());
}

#[test]
fn every_look_closes() {
    for look in
        ["lissajous", "harmonograph", "rose", "spirograph", "superformula", "newton", "julia"]
    {
        let toml = |looped: bool| {
            format!(
                "size = '80x60'\nframes = 90\nloop = {looped}\n[wave]\nlook = '{look}'\nsamples = 900\n"
            )
        };
        let toml = if matches!(look, "newton" | "julia") {
            toml(true).replace("samples = 900\n", "")
        } else {
            toml(true)
        };
        let step = |from, to| difference(&draw(&toml, from), &draw(&toml, to));
        let beside = (0..89).step_by(11).map(|n| step(n, n + 1)).fold(0.0, f64::max);
        assert!(step(89, 0) <= beside * 1.6, "{look}: {} where a step is {beside}", step(89, 0));
    }
}
