//! What is known of cellular automata, seen in their frames.

use std::fs;

use genmedia::Recipe;
use genmedia::render::frame;
use proptest::prelude::*;

use crate::common::Folder;

/// Which pixels of a frame are white, row by row.
fn cells(recipe: &Recipe, index: u64) -> Vec<Vec<bool>> {
    let frame = frame(recipe, index).expect("a frame");
    let width = recipe.size.width as usize;
    frame
        .data()
        .chunks_exact(3 * width)
        .map(|row| row.chunks_exact(3).map(|p| p[0] > 127).collect())
        .collect()
}

/// A recipe whose living cells are white pixels, all else black.
fn black_and_white(size: &str, frames: u64, simulate: &str) -> Recipe {
    let colors = "cell = 1\npalette = ['white', 'white']\nbackground = 'black'";
    let fade = if simulate.contains("elementary") { "" } else { "\nfade = 0" };
    let toml = format!(
        "size = '{size}'\nframes = {frames}\n[simulate]\n{simulate}\n{colors}{fade}\n[video]\nenabled = false\n[images]"
    );
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn count(cells: &[Vec<bool>]) -> usize {
    cells.iter().flatten().filter(|lives| **lives).count()
}

#[test]
fn a_glider_goes_by_one_in_four_steps_and_around_a_torus() {
    let recipe = black_and_white("11x9", 400, "pattern = 'glider'");
    let first = cells(&recipe, 0);
    assert_eq!(count(&first), 5);
    for turns in [1, 2, 9, 99] {
        let then = cells(&recipe, 4 * turns as u64);
        for y in 0..9 {
            for x in 0..11 {
                assert_eq!(
                    then[(y + turns) % 9][(x + turns) % 11],
                    first[y][x],
                    "{turns}: {x}, {y}"
                );
            }
        }
    }
}

#[test]
fn an_r_pentomino_has_116_cells_at_generation_1103() {
    let recipe =
        black_and_white("900x900", 2, "pattern = 'r-pentomino'\nedges = 'dead'\nsteps = 1103");
    assert_eq!(count(&cells(&recipe, 1)), 116);
}

#[test]
fn a_gun_sends_a_glider_every_thirty_steps() {
    let recipe =
        black_and_white("400x300", 10, "pattern = 'gosper-gun'\nedges = 'dead'\nsteps = 30");
    let counts: Vec<usize> = (0..6).map(|n| count(&cells(&recipe, n))).collect();
    assert_eq!(counts, [36, 41, 46, 51, 56, 61]);
}

#[test]
fn traces_of_the_dead_fade_when_they_are_to() {
    let colored = |fade: u32| -> Recipe {
        let simulate = format!("rule = 'B/S'\ndensity = 0.5\ncell = 1\nfade = {fade}");
        let colors = "palette = ['white', 'white']\ntrace = 'red'\nbackground = 'black'";
        let toml = format!(
            "size = '16x16'\nframes = 9\n[simulate]\n{simulate}\n{colors}\n[video]\nenabled = false\n[images]"
        );
        toml.parse().expect("a recipe")
    };
    // All die in the first step.
    let red = |fade: u32, index: u64| {
        let frame = frame(&colored(fade), index).expect("a frame");
        frame.data().chunks_exact(3).map(|pixel| pixel[0]).max()
    };
    assert_eq!([red(0, 1), red(1, 1), red(1, 2)], [Some(0), Some(255), Some(0)]);
    assert_eq!([red(4, 1), red(4, 3), red(4, 5)], [Some(255), Some(128), Some(0)]);
}

#[test]
fn rule_30_and_rule_90_are_as_published() {
    // OEIS A051023: the middle column of rule 30.
    let recipe = black_and_white("201x64", 64, "kind = 'elementary'\nrule = 30");
    let last = cells(&recipe, 63);
    let column: String = last.iter().map(|row| if row[100] { '1' } else { '0' }).collect();
    assert!(column.starts_with("1101110011000101100100111010111001110101"), "{column}");
    // Row n of Sierpinski's triangle has as many cells as 2 to the number of ones in n.
    let recipe = black_and_white("201x64", 64, "kind = 'elementary'\nrule = 90");
    for (n, row) in cells(&recipe, 63).iter().enumerate() {
        assert_eq!(row.iter().filter(|lives| **lives).count(), 1 << n.count_ones(), "row {n}");
    }
    // OEIS A117999, begun: rule 110 grows to the left alone.
    let recipe = black_and_white("201x8", 8, "kind = 'elementary'\nrule = 110");
    let rows = cells(&recipe, 7);
    let row = |n: usize| -> String {
        rows[n][90..=100].iter().map(|lives| if *lives { '1' } else { '0' }).collect()
    };
    assert_eq!(
        [row(1), row(4), row(7)],
        ["00000000011", "00000011111", "00011010111"].map(String::from)
    );
}

#[test]
fn a_pattern_is_read_as_golly_writes_it() {
    let folder = Folder::new();
    let rle = "#N Gosper glider gun\n#C from a file\nx = 36, y = 9, rule = B3/S23\n24bo$22bobo$12b2o6b2o12b2o$\n\
               11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo$12b2o!\nbehind it is a comment";
    let plain = "!Name: glider\n.O\n..O\nOOO\n";
    let high = "x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!";
    for (file, text, lives, rule) in [
        ("gun.rle", rle, 36, "B3/S23"),
        ("glider.cells", plain, 5, "B3/S23"),
        ("high.rle", high, 5, "B36/S23"),
    ] {
        let path = folder.join(file);
        fs::write(&path, text).expect("written");
        let simulate = format!("pattern = '{}'", path.display());
        let recipe = black_and_white("60x40", 2, &simulate);
        assert_eq!(count(&cells(&recipe, 0)), lives, "{file}");
        assert!(recipe.to_toml().contains(&format!("rule = \"{rule}\"")), "{}", recipe.to_toml());
        // Its content is part of the recipe.
        let identity = recipe.identity();
        fs::write(&path, format!("{text}\n{}", if file.ends_with("cells") { "!" } else { "#" }))
            .expect("written");
        assert_ne!(black_and_white("60x40", 2, &simulate).identity(), identity);
        assert!(frame(&recipe, 1).is_err(), "a pattern that has changed is not drawn");
    }
}

/// The next generation, cell by cell.
fn next(
    cells: &[Vec<u16>],
    born: &[usize],
    survive: &[usize],
    states: u16,
    is_torus: bool,
) -> Vec<Vec<u16>> {
    let (rows, columns) = (cells.len() as i64, cells[0].len() as i64);
    let at = |x: i64, y: i64| match is_torus {
        true => cells[y.rem_euclid(rows) as usize][x.rem_euclid(columns) as usize],
        false if (0..columns).contains(&x) && (0..rows).contains(&y) => {
            cells[y as usize][x as usize]
        }
        false => 0,
    };
    let cell = |x: i64, y: i64| {
        let around =
            (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))).filter(|d| *d != (0, 0));
        let neighbours = around.filter(|(dx, dy)| at(x + dx, y + dy) == 1).count();
        match at(x, y) {
            0 => u16::from(born.contains(&neighbours)),
            1 if survive.contains(&neighbours) => 1,
            state => (state + 1) % states,
        }
    };
    (0..rows).map(|y| (0..columns).map(|x| cell(x, y)).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Sixty-four cells at once are sixty-four cells.
    #[test]
    fn any_rule_goes_as_it_does_cell_by_cell(
        (w, h) in (1u32..200, 1u32..40),
        born in proptest::sample::subsequence((1usize..9).collect::<Vec<_>>(), 0..9),
        survive in proptest::sample::subsequence((0usize..9).collect::<Vec<_>>(), 0..10),
        states in prop_oneof![Just(2u16), 3u16..6], is_torus: bool, seed in 0u64..99,
    ) {
        let digits = |counts: &[usize]| counts.iter().map(usize::to_string).collect::<String>();
        let rule = format!("B{}/S{}/C{states}", digits(&born), digits(&survive));
        let edges = if is_torus { "torus" } else { "dead" };
        let simulate = format!("rule = '{rule}'\nedges = '{edges}'\ndensity = 0.4");
        let mut recipe = black_and_white(&format!("{w}x{h}"), 6, &simulate);
        recipe.seed = seed;
        let mut expected: Vec<Vec<u16>> =
            cells(&recipe, 0).iter().map(|row| row.iter().map(|lives| u16::from(*lives)).collect()).collect();
        for index in 1..6 {
            expected = next(&expected, &born, &survive, states, is_torus);
            let lives: Vec<Vec<bool>> =
                expected.iter().map(|row| row.iter().map(|state| *state == 1).collect()).collect();
            prop_assert!(cells(&recipe, index) == lives, "{rule} {edges} {w}x{h} at {index}");
        }
    }
}
