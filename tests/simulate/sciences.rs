//! What is known of simulations that are no automata, seen in their frames.

use std::collections::VecDeque;

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

/// A recipe of a cell a pixel.
fn recipe(size: &str, frames: u64, keys: &str) -> Recipe {
    let cell = if keys.contains("cell =") { "" } else { "cell = 1\n" };
    let toml = format!(
        "size = '{size}'\nframes = {frames}\nseed = 4\n[simulate]\n{cell}{keys}\n[video]\nenabled = false\n[images]"
    );
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn drawn(recipe: &Recipe, index: u64) -> Frame {
    frame(recipe, index).unwrap_or_else(|e| panic!("{}: {e}", recipe.to_toml()))
}

/// The red of each pixel, row by row.
fn reds(frame: &Frame) -> Vec<u8> {
    frame.data().iter().step_by(3).copied().collect()
}

/// Levels of red that tell grains from each other.
const GRAINS: &str = "palette = ['#000000', '#280000', '#500000', '#780000', '#a00000']";

fn grains(recipe: &Recipe, index: u64) -> Vec<u8> {
    reds(&drawn(recipe, index)).iter().map(|red| red / 40).collect()
}

/// Topples grains one cell after the other until none does; grains fall off at the edges.
fn settle(cells: &mut [u32], columns: usize) {
    let rows = cells.len() / columns;
    while let Some(n) = cells.iter().position(|cell| *cell > 3) {
        cells[n] -= 4;
        let (x, y) = (n % columns, n / columns);
        for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
            if x < columns && y < rows {
                cells[y * columns + x] += 1;
            }
        }
    }
}

#[test]
fn the_identity_of_sandpiles_is_as_published() {
    let identity = |side: usize| {
        let keys = format!("kind = 'sandpile'\npattern = 'identity'\nsteps = 2000\n{GRAINS}");
        grains(&recipe(&format!("{side}x{side}"), 3, &keys), 2)
    };
    assert_eq!(identity(2), [2; 4]);
    assert_eq!(identity(3), [2, 1, 2, 1, 0, 1, 2, 1, 2]);
    assert_eq!(identity(4), [2, 3, 3, 2, 3, 2, 2, 3, 3, 2, 2, 3, 2, 3, 3, 2]);
    // Added to itself it is itself.
    let found = identity(13);
    let mut twice: Vec<u32> = found.iter().map(|cell| u32::from(*cell) * 2).collect();
    settle(&mut twice, 13);
    assert!(twice.iter().zip(&found).all(|(twice, once)| *twice == u32::from(*once)));
}

#[test]
fn a_pile_becomes_what_it_becomes_in_any_order() {
    let keys = format!("kind = 'sandpile'\ngrains = 700\nsteps = 1000\n{GRAINS}");
    let found = grains(&recipe("41x33", 3, &keys), 2);
    let mut cells = vec![0; 41 * 33];
    cells[16 * 41 + 20] = 700;
    settle(&mut cells, 41);
    assert!(cells.iter().zip(&found).all(|(cell, found)| *cell == u32::from(*found)));
    // No grain is lost that has not come to an edge.
    assert_eq!(found.iter().map(|cell| u32::from(*cell)).sum::<u32>(), 700);
}

/// The mean direction of magnets, from -1 to 1.
fn magnetization(keys: &str, index: u64) -> f64 {
    let colors = "palette = ['white', 'white']\nfade = 0\nbackground = 'black'";
    let recipe = recipe("200x200", index + 1, &format!("kind = 'ising'\n{keys}\n{colors}"));
    let ups = reds(&drawn(&recipe, index)).iter().filter(|red| **red > 127).count();
    2.0 * ups as f64 / 40_000.0 - 1.0
}

#[test]
fn magnets_are_ordered_below_the_critical_temperature_and_not_above() {
    // L. Onsager's and C. N. Yang's exact result.
    for temperature in [1.5f64, 2.0] {
        let exact = (1.0 - (2.0 / temperature).sinh().powi(-4)).powf(0.125);
        let keys = format!("temperature = {temperature}\ndensity = 1\nsteps = 100");
        let found = magnetization(&keys, 4);
        assert!((found - exact).abs() < 0.02, "{temperature}: {found}, not {exact}");
    }
    let found = magnetization("temperature = 4\ndensity = 1\nsteps = 100", 4);
    assert!(found.abs() < 0.05, "{found}");
    let found = magnetization("temperature = 4\nexternal-field = 40\ndensity = 0", 9);
    assert!(found > 0.99, "{found}");
}

#[test]
fn fire_goes_from_tree_to_tree_and_leaves_nothing() {
    let colors =
        "palette = ['#00ff00', '#00ff00']\nbackground = 'black'\nfade = 1\ntrace = '#ff0000'";
    let keys =
        |more: &str| format!("kind = 'forest-fire'\nwarm-up = 0\nsprout = 0\n{more}\n{colors}");
    let count = |frame: &Frame, color: [u8; 3]| {
        frame.data().chunks_exact(3).filter(|pixel| **pixel == color).count()
    };
    // One lightning burns a wood.
    let burning = recipe("65x65", 300, &keys("density = 1\nlightning = 0.00002\nedges = 'dead'"));
    let fires: Vec<usize> = (0..300).map(|n| count(&drawn(&burning, n), [255, 0, 0])).collect();
    let first = fires.iter().position(|fires| *fires > 0).expect("lightning strikes");
    assert_eq!(fires[first], 1);
    let next = &fires[first + 1];
    assert!((2..=4).contains(next), "{next}");
    assert_eq!(count(&drawn(&burning, 299), [0, 255, 0]), 0);
}

/// The model of Gray and Scott, in f64, cell by cell on a torus.
fn gray_scott(u: &mut Vec<f64>, v: &mut Vec<f64>, columns: usize, [feed, kill]: [f64; 2]) {
    let rows = u.len() / columns;
    let around = |cells: &[f64], n: usize| {
        let (x, y) = (n % columns, n / columns);
        let at = |x: usize, y: usize| cells[y % rows * columns + x % columns];
        at(x + columns - 1, y) + at(x + 1, y) + at(x, y + rows - 1) + at(x, y + 1) - 4.0 * cells[n]
    };
    let next = (0..u.len()).map(|n| {
        let made = u[n] * v[n] * v[n];
        (
            u[n] + 0.2097 * around(u, n) - made + feed * (1.0 - u[n]),
            v[n] + 0.105 * around(v, n) + made - (feed + kill) * v[n],
        )
    });
    let (next_u, next_v) = next.collect();
    (*u, *v) = (next_u, next_v);
}

#[test]
fn a_reaction_goes_as_it_does_cell_by_cell() {
    // What is seen of V at first says where it was sown.
    let keys = "kind = 'reaction-diffusion'\nregime = 'spots'\ndensity = 0.05\nsteps = 1\ncolormap = 'greys'\n";
    let keys = keys.replace("colormap = 'greys'", "palette = ['black', 'white']");
    let recipe = recipe("70x45", 200, &keys);
    let first = reds(&drawn(&recipe, 0));
    let mut u: Vec<f64> = first.iter().map(|red| if *red > 0 { 0.5 } else { 1.0 }).collect();
    let mut v: Vec<f64> = first.iter().map(|red| if *red > 0 { 0.25 } else { 0.0 }).collect();
    assert!(first.iter().any(|red| *red > 0));
    for index in 1..=150 {
        gray_scott(&mut u, &mut v, 70, [0.03, 0.062]);
        if index % 30 == 0 {
            let found = reds(&drawn(&recipe, index));
            let far = found
                .iter()
                .zip(&v)
                .map(|(red, v)| (f64::from(*red) - (v / 0.4 * 255.0).min(255.0)).abs());
            let far = far.fold(0.0, f64::max);
            assert!(far < 1.5, "{index}: {far}");
        }
    }
    let empty = self::recipe(
        "40x30",
        9,
        "kind = 'reaction-diffusion'\ndensity = 0\npalette = ['black', 'white']",
    );
    assert!(reds(&drawn(&empty, 8)).iter().all(|red| *red == 0));
}

#[test]
fn what_is_fed_differs_over_the_plane() {
    let keys =
        |more: &str| format!("kind = 'reaction-diffusion'\ndensity = 0.05\nsteps = 20\n{more}");
    let plain = recipe("80x60", 40, &keys("regime = 'maze'"));
    let same = recipe("80x60", 40, &keys("regime = 'maze'\nfeed-over = 'v + 0*x'"));
    assert_eq!(drawn(&plain, 30), drawn(&same, 30));
    // To the left so much is taken away that nothing is left.
    let half = keys(
        "regime = 'maze'\nedges = 'dead'\nkill-over = 'mix(0.2, v, step(0.5, x))'\npalette = ['black', 'white']",
    );
    let seen = reds(&drawn(&recipe("80x60", 40, &half), 39));
    let sum = |from: usize, to: usize| -> u64 {
        seen.chunks_exact(80).flat_map(|row| &row[from..to]).map(|red| u64::from(*red)).sum()
    };
    assert_eq!(sum(0, 30), 0);
    assert!(sum(50, 80) > 10_000);
}

#[test]
fn a_particle_goes_where_the_formulas_say() {
    let keys = "kind = 'particles'\nwarm-up = 0\nedges = 'torus'\nflow = 'formula'\nvx = '1'\nvy = '0.5'\nagents = 1\nlife = 1000000\ndecay = 0\n\
                speed = 2\npalette = ['white', 'white']\nbackground = 'black'\nexposure = 100";
    let recipe = recipe("200x100", 60, keys);
    let place = |index: u64| {
        let seen = reds(&drawn(&recipe, index));
        let lit = seen.iter().enumerate().filter(|(_, red)| **red > 0);
        let (mut x, mut y, mut all) = (0.0, 0.0, 0.0);
        for (n, red) in lit {
            // Brightness is much / (much + 0.016).
            let part = f64::from(*red) / 255.0;
            let much = 0.016 * part / (1.0 - part + 0.002);
            (x, y, all) = (x + (n % 200) as f64 * much, y + (n / 200) as f64 * much, all + much);
        }
        (x / all, y / all)
    };
    let (first, then) = (place(1), place(6));
    let (x, y) = ((then.0 - first.0).rem_euclid(200.0), (then.1 - first.1).rem_euclid(100.0));
    assert!((x - 10.0).abs() < 1.2 && (y - 95.0).abs() < 1.2, "{first:?} {then:?}");
}

#[test]
fn particles_are_born_where_a_formula_says() {
    let keys = "kind = 'particles'\nwarm-up = 0\nflow = 'formula'\nvx = '0'\nvy = '0'\nagents = 4000\nlife = 4\ndecay = 0\n\
                palette = ['white', 'white']\nbackground = 'black'\nexposure = 100\n";
    let lit = |spawn: &str, index: u64| {
        let recipe = recipe("200x100", 60, &format!("{keys}spawn = '{spawn}'"));
        let seen = reds(&drawn(&recipe, index));
        let in_band = |from: usize, to: usize| {
            let lit = |row: &[u8]| row[from..to].iter().filter(|red| **red > 0).count();
            seen.chunks_exact(200).map(lit).sum::<usize>()
        };
        [in_band(0, 98), in_band(102, 150), in_band(150, 200)]
    };
    // To the right of the middle, and the farther the likelier.
    let [left, near, far] = lit("max(0, x)", 20);
    assert_eq!(left, 0);
    assert!(near > 300 && far > near * 3 / 2, "{near} {far}");
    // Nothing before a second has passed, and then anywhere.
    assert_eq!(lit("step(1, t)", 28), [0, 0, 0]);
    assert!(lit("step(1, t)", 40).iter().all(|count| *count > 300));
    assert_eq!(lit("sqrt(x) - t*0", 20)[0], 0);
    // By a number of one's own.
    assert_eq!(lit("max(0, v*x)'\ndrive = 't - 2", 20)[2], 0);
    assert_eq!(lit("max(0, v*x)'\ndrive = '2 - t", 20)[0], 0);
    // Likelihoods count against each other, however large they are.
    assert_eq!(lit("exp(6*x)", 20), lit("1e200*exp(6*x)", 20));
}

#[test]
fn particles_are_born_in_cells_where_the_formula_is_not_0() {
    let keys = "kind = 'particles'\nflow = 'formula'\nvx = '0'\nvy = '0'\nspeed = 0\nagents = 3000\nlife = 5\nedges = 'torus'\n\
                palette = ['white', 'white']\nbackground = 'black'\nexposure = 100\n";
    // Sides that no power of two divides; the particles leave light in the cells beside theirs.
    let recipe = recipe("101x99", 30, &format!("{keys}spawn = 'step(0.5, x)*step(x, 0.6)'"));
    let seen = reds(&drawn(&recipe, 20));
    for (n, red) in seen.iter().enumerate() {
        let x = ((n % 101) as f64 + 0.5 - 50.5) / 49.5;
        assert!(*red == 0 || (0.47..0.63).contains(&x), "column {}", n % 101);
    }
    let lit = seen.iter().filter(|red| **red > 0).count();
    assert!(lit > 99 * 3, "{lit}");
}

#[test]
fn some_particles_are_born_in_each_step_from_the_first_on() {
    let keys = "kind = 'particles'\nwarm-up = 0\nflow = 'formula'\nvx = '0'\nvy = '0'\nspeed = 0\nagents = 4000\nlife = 100\ndecay = 0\n\
                palette = ['white', 'white']\nbackground = 'black'\nexposure = 100\nspawn = 'step(0, x*(0.25 - t))'\n";
    // Those of the first frames are on the right, and those that are born later on the left.
    let recipe = recipe("200x100", 90, keys);
    let left = |index: u64| {
        let seen = reds(&drawn(&recipe, index));
        seen.chunks_exact(200).flat_map(|row| &row[..98]).filter(|red| **red > 0).count()
    };
    let counts = [4, 15, 30, 60].map(left);
    assert_eq!(counts[0], 0);
    assert!(counts.is_sorted() && counts[1] > 50 && counts[3] > 2 * counts[1], "{counts:?}");
}

#[test]
fn a_few_points_of_the_lorenz_attractor_are_a_butterfly() {
    let keys = "kind = 'attractor'\nshape = 'lorenz'\npoints = 20000\nspin = 0\ntilt = 0\npalette = ['white', 'white']\nbackground = 'black'";
    let seen = reds(&drawn(&recipe("160x160", 1, keys), 0));
    // As seen from the side, the ways of points fill much of both wings, and go over the middle.
    let lit = |columns: std::ops::Range<usize>| {
        seen.chunks_exact(160).flat_map(|row| &row[columns.clone()]).filter(|red| **red > 0).count()
    };
    let (left, middle, right) = (lit(0..70), lit(70..90), lit(90..160));
    assert!(left > 700 && right > 700 && middle > 200, "{left}, {middle}, {right}");
}

#[test]
fn an_attractor_is_where_its_map_leads_and_turns_as_it_is_told() {
    let keys = "kind = 'attractor'\npoints = 400000\npalette = ['black', 'white']\nbackground = 'black'\nspin = 90";
    let recipe = recipe("120x120", 60, keys);
    let seen = |index: u64| reds(&drawn(&recipe, index));
    // Of P. de Jong's map, in f64.
    let (mut x, mut y) = (0.1f64, 0.1f64);
    let mut counts = vec![0u32; 120 * 120];
    for n in 0..400_000 {
        let next = (1.4 * y).sin() - (-2.3 * x).cos();
        (x, y) = (next, (2.4 * x).sin() - (-2.1 * y).cos());
        if n > 100 {
            let scale = 0.47 * 120.0 / 2.0;
            let (column, row) = ((60.0 + x * scale) as usize, (60.0 - y * scale) as usize);
            counts[row * 120 + column] += 1;
        }
    }
    let now = seen(0);
    // Where many points are it is bright, and where none are it is dark.
    let bright =
        counts.iter().zip(&now).filter(|(count, _)| **count > 120).all(|(_, red)| *red > 40);
    assert!(bright, "a place with many points is dark");
    let lit = now.iter().zip(&counts).filter(|(red, count)| **red > 90 && **count == 0).count();
    assert_eq!(lit, 0);
    // After two seconds, at 30 frames a second, it stands on its head.
    let turned: Vec<u8> = seen(59).into_iter().rev().collect();
    let far = turned.iter().zip(&now).filter(|(a, b)| a.abs_diff(**b) > 60).count();
    assert!(far < 900, "{far} pixels differ");
}

#[test]
fn what_sticks_is_one_piece_and_branches() {
    let keys = "kind = 'dla'\nsteps = 1000\npalette = ['white', 'white']\nbackground = 'black'";
    let recipe = recipe("400x400", 6, keys);
    let cells = |index: u64| -> Vec<bool> {
        reds(&drawn(&recipe, index)).iter().map(|red| *red > 127).collect()
    };
    let last = cells(5);
    assert_eq!(last.iter().filter(|cell| **cell).count(), 5001);
    // All are reached from the middle.
    let mut seen = vec![false; last.len()];
    let mut waiting = VecDeque::from([200 * 400 + 200]);
    // The middle of a square around what is seen is a cell off, or not.
    waiting.extend(
        (199..=201).flat_map(|y| (199..=201).map(move |x| y * 400 + x)).filter(|n| last[*n]),
    );
    let mut reached = 0;
    while let Some(n) = waiting.pop_front() {
        if !last[n] || std::mem::replace(&mut seen[n], true) {
            continue;
        }
        reached += 1;
        for dy in [-1i64, 0, 1] {
            waiting.extend([-1i64, 0, 1].map(|dx| (n as i64 + dy * 400 + dx) as usize));
        }
    }
    assert_eq!(reached, 5001);
    // Its dimension is about 1.71 (Witten and Sander): cells grow so with the radius.
    let radius = |cells: &[bool]| {
        let squares = cells.iter().enumerate().filter(|(_, cell)| **cell).map(|(n, _)| {
            let (x, y) = ((n % 400) as f64 - 200.0, (n / 400) as f64 - 200.0);
            x * x + y * y
        });
        let squares: Vec<f64> = squares.collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    };
    let dimension = 5f64.ln() / (radius(&last) / radius(&cells(1))).ln();
    assert!((1.55..1.9).contains(&dimension), "{dimension}");
}

#[test]
fn a_curve_grows_and_stays_in_the_field() {
    let keys = "kind = 'growth'\npalette = ['white', 'white']\nbackground = 'black'";
    let recipe = recipe("160x120", 400, keys);
    let count = |index: u64| reds(&drawn(&recipe, index)).iter().filter(|red| **red > 127).count();
    let counts = [0, 100, 200].map(count);
    assert!(
        counts[0] > 50 && counts[1] > 2 * counts[0] && counts[2] > 3 * counts[1] / 2,
        "{counts:?}"
    );
}

#[test]
fn birds_come_to_fly_in_one_direction() {
    // A bird is long along its way: of a flock whose members fly as one, the picture moves as one.
    let keys = "kind = 'boids'\nagents = 120\nalign = 3\nsight = 60\npalette = ['white', 'white']\nbackground = 'black'";
    let recipe = recipe("240x160", 600, keys);
    let moved_as_one = |index: u64| {
        let (first, then) = (reds(&drawn(&recipe, index)), reds(&drawn(&recipe, index + 3)));
        let likeness = |dx: usize, dy: usize| {
            let lit = (0..first.len()).filter(|n| first[*n] > 127);
            lit.filter(|n| then[(n / 240 + dy) % 160 * 240 + (n % 240 + dx) % 240] > 127).count()
        };
        let all = first.iter().filter(|red| **red > 127).count();
        let shifts = (-10i64..=10).flat_map(|dy| (-10i64..=10).map(move |dx| (dx, dy)));
        let best = shifts
            .map(|(dx, dy)| likeness(dx.rem_euclid(240) as usize, dy.rem_euclid(160) as usize));
        best.max().unwrap_or(0) as f64 / all as f64
    };
    let (first, last) = (moved_as_one(0), moved_as_one(590));
    assert!(first < 0.45 && last > 0.6, "{first} {last}");
}
