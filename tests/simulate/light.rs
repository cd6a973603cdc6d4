//! Light that drives simulations: of pictures, letters and layers.

use std::fs;

use genmedia::Recipe;
use genmedia::render::frame;

use crate::common::{Folder, stderr};

fn reds(recipe: &Recipe, index: u64) -> Vec<u8> {
    let frame = frame(recipe, index).unwrap_or_else(|e| panic!("{}: {e}", recipe.to_toml()));
    frame.data().iter().step_by(3).copied().collect()
}

const KINDS: &[(&str, &str)] = &[
    ("life", "rule = 'B/S012345678'\nfade = 0\npalette = ['white', 'white']\nbackground = 'black'"),
    ("ising", "fade = 0\npalette = ['white', 'white']\nbackground = 'black'"),
    ("forest-fire", "warm-up = 0\nfade = 0\npalette = ['white', 'white']\nbackground = 'black'"),
    ("reaction-diffusion", "palette = ['black', 'white']"),
    ("dla", "palette = ['white', 'white']\nbackground = 'black'"),
    ("particles", "palette = ['white', 'white']\nbackground = 'black'\nagents = 3000"),
    ("sandpile", "palette = ['black', 'white']"),
    ("physarum", "palette = ['black', 'white']\nbackground = 'black'\nagents = 3000"),
];

/// A recipe over a layer that is white on its left half, in cells of two pixels.
fn driven(kind: &str, role: &str, keys: &str) -> Recipe {
    let toml = format!(
        "size = '160x96'\nframes = 60\nseed = 3\n[[layer]]\nname = 'half'\nshow = false\n\
         [layer.gradient]\npalette = ['white', 'white', 'white', 'black', 'black', 'black']\n\
         [[layer]]\n[layer.simulate]\nkind = '{kind}'\nlayer = 'half'\nrole = '{role}'\ncell = 2\n{keys}\n"
    );
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

/// How bright the outer parts of both halves are.
fn halves(seen: &[u8]) -> [u64; 2] {
    [0..56, 104..160].map(|columns| {
        seen.chunks_exact(160)
            .flat_map(|row| &row[columns.clone()])
            .map(|red| u64::from(*red))
            .sum()
    })
}

#[test]
fn each_kind_begins_where_it_is_light_and_keeps_away_from_walls() {
    for (kind, keys) in KINDS {
        let [left, right] = halves(&reds(&driven(kind, "start", keys), 1));
        assert!(left > 4 * right && left > 0, "{kind} begins: {left}, {right}");
        let more = match *kind {
            "forest-fire" => "sprout = 0.1\n",
            "reaction-diffusion" => "density = 0.3\n",
            "sandpile" => "grains = 20000\n",
            "dla" => "steps = 200\n",
            _ => "",
        };
        let walled = driven(kind, "wall", &format!("{more}{keys}"));
        let [left, right] = halves(&reds(&walled, 40));
        assert!(left < right / 20 && right > 0, "{kind} has walls: {left}, {right}");
    }
}

#[test]
fn each_kind_is_fed_by_light() {
    for (kind, keys) in KINDS {
        let more = match *kind {
            "life" => "density = 0\n",
            "forest-fire" => "density = 0\nsprout = 0.1\nlightning = 0\n",
            "reaction-diffusion" => "density = 0\nsteps = 2\n",
            "sandpile" => "grains = 0\nfalling = 2\n",
            "dla" => "steps = 30\n",
            "ising" => "temperature = 1\n",
            _ => "",
        };
        let [left, right] = halves(&reds(&driven(kind, "food", &format!("{more}{keys}")), 50));
        assert!(2 * left > 3 * right, "{kind}: {left}, {right}");
    }
}

#[test]
fn a_layer_that_moves_drives_in_each_frame_and_in_any_order() {
    // A bar that goes to the right feeds what is alive only where it is.
    let toml = "size = '160x96'\nframes = 60\nseed = 3\n[[layer]]\nname = 'bar'\nshow = false\n\
                [layer.wave]\nview = 'density'\nexpr = '1 - step(0.2, abs(x - a))'\nx = '-1..1'\na = '-1..1'\nz = '0..1'\n\
                palette = ['black', 'white']\n\
                [[layer]]\n[layer.simulate]\nrule = 'B/S012345678'\ndensity = 0\nlayer = 'bar'\nrole = 'food'\ncell = 2\nfade = 0\n\
                palette = ['white', 'white']\nbackground = 'black'\n";
    let recipe: Recipe = toml.parse().unwrap_or_else(|e| panic!("{e}"));
    let width = |index: u64| {
        let seen = reds(&recipe, index);
        seen[48 * 160..][..160].iter().filter(|red| **red > 127).count()
    };
    // What it has passed stays alive.
    let widths = [5, 20, 40, 59].map(width);
    assert!(widths.is_sorted() && widths[3] > 2 * widths[0] && widths[0] > 5, "{widths:?}");
    let folder = Folder::new();
    fs::write(
        folder.join("bar.toml"),
        toml.replace("[[layer]]\nname", "segment-frames = 7\n[[layer]]\nname"),
    )
    .expect("written");
    let film = |threads: u32| {
        fs::read(folder.render(&format!("run bar.toml --dir jobs-{threads} --threads {threads}")))
            .expect("a film")
    };
    assert!(film(1) == film(3));
}

#[test]
fn formulas_look_at_a_layer_in_each_frame() {
    // A bar that goes to the right, of which nothing is said but by m.
    let bar = "size = '160x96'\nframes = 60\nseed = 3\n[[layer]]\nname = 'bar'\nshow = false\n\
               [layer.wave]\nview = 'density'\nexpr = '1 - step(0.3, abs(x - a))'\nx = '-1..1'\na = '-1..1'\nz = '0..1'\n\
               palette = ['black', 'white']\n[[layer]]\n[layer.simulate]\nlayer = 'bar'\n";
    for keys in [
        "kind = 'particles'\nspawn = 'm'\nlife = 4\ndecay = 0.5\nagents = 4000",
        "kind = 'particles'\nspawn = 'm'\nrole = 'map'\nlife = 4\ndecay = 0.5\nagents = 4000",
        "kind = 'particles'\nflow = 'formula'\nvx = '0'\nvy = 'm'\ndecay = 0\nlife = 4\nrole = 'map'\nagents = 4000\nspawn = 'm'",
    ] {
        let toml = format!("{bar}{keys}\npalette = ['black', 'white', 'white']\n");
        let recipe: Recipe = toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"));
        let [left, right] = [12, 48].map(|index| halves(&reds(&recipe, index)));
        assert!(left[0] > left[1] && right[1] > right[0], "{keys}: {left:?}, {right:?}");
    }
    // It takes V away wherever it comes.
    let keys = "kind = 'reaction-diffusion'\nrole = 'map'\ncell = 2\ndensity = 0.2\nkill-over = 'v + 0.05*m'\npalette = ['black', 'white']";
    let recipe: Recipe = format!("{bar}{keys}\n").parse().unwrap_or_else(|e| panic!("{e}"));
    let [first, last] = [20, 59].map(|index| halves(&reds(&recipe, index)));
    assert!(first[0] < first[1] / 2 && last[1] < first[1] / 2, "{first:?}, {last:?}");
}

#[test]
fn what_light_feeds_and_begins_goes_on() {
    // Grains fall where it is light, without a pile beside it.
    let fed = driven("sandpile", "food", "palette = ['black', 'white']\nbackground = 'black'");
    let [left, right] = halves(&reds(&fed, 5));
    assert!(left > 1000 && right < left / 4, "{left}, {right}");
    // A cyclic automaton is by chance in the dark, and does not stand still.
    let cyclic = driven("cyclic", "start", "");
    assert!(reds(&cyclic, 58) != reds(&cyclic, 59));
    // Where it is equally light all over, eddies move what is there.
    let flow = driven("particles", "map", "flow = 'light'\nbackground = 'black'");
    let [left, right] = halves(&reds(&flow, 50));
    assert!(left > 0 && right > 0, "{left}, {right}");
}

#[test]
fn a_film_drives() {
    let folder = Folder::new();
    let film =
        folder.render("render polygon --size 160x96 --frames 30 --fill --color white --name film");
    let recipe = format!(
        "size = '160x96'\nframes = 30\nsegment-frames = 8\n[[layer]]\nname = 'film'\nshow = false\n[layer.film]\nfile = '{}'\n\
         [[layer]]\n[layer.simulate]\nlayer = 'film'\nrole = 'food'\ndensity = 0\ncell = 2\n",
        film.display()
    );
    fs::write(folder.join("driven.toml"), recipe).expect("written");
    let made = |threads: u32| {
        fs::read(
            folder.render(&format!("run driven.toml --dir jobs-{threads} --threads {threads}")),
        )
        .expect("a film")
    };
    assert!(made(1) == made(2));
    folder.render("frame driven.toml --index 20 -o frame.png");
    let image = image::open(folder.join("frame.png")).expect("an image").to_rgb8();
    assert!(image.pixels().any(|pixel| pixel.0[0] > 127), "nothing lives");
}

#[test]
fn letters_and_pictures_drive() {
    let folder = Folder::new();
    image::GrayImage::from_fn(64, 32, |x, _| image::Luma([if x < 32 { 255 } else { 0 }]))
        .save(folder.join("half.png"))
        .expect("saved");
    let lit = |args: &str, name: &str| {
        let output = folder.run(&format!(
            "render simulate {args} --size 128x64 --cell 1 --frames 2 --name {name} --palette white,white --background black --fade 0"
        ));
        assert!(output.status.success(), "{args}: {}", stderr(&output));
        folder.render(&format!("frame {name} --index 0 -o {name}-0.png"));
        image::open(folder.join(&format!("{name}-0.png"))).expect("an image").to_luma8()
    };
    let half = lit("--picture half.png", "half");
    let count = |columns: std::ops::Range<u32>| {
        columns
            .flat_map(|x| (0..64).map(move |y| (x, y)))
            .filter(|(x, y)| half.get_pixel(*x, *y).0[0] > 127)
            .count()
    };
    assert_eq!([count(0..60), count(68..128)], [60 * 64, 0]);
    // Letters are in the middle, and as large as the field takes them.
    let letters = lit("--letters genmedia", "letters");
    let lit: Vec<(u32, u32)> = letters
        .enumerate_pixels()
        .filter(|(_, _, p)| p.0[0] > 127)
        .map(|(x, y, _)| (x, y))
        .collect();
    let (left, right) =
        (lit.iter().map(|p| p.0).min().unwrap_or(0), lit.iter().map(|p| p.0).max().unwrap_or(0));
    assert!(left > 2 && left < 16 && right > 112 && right < 126, "{left} {right}");
}
