//! Polygons and their kin: where they are, how they move, how their colours meet.

use genmedia::generate::Frame;

use super::{draw, golden, recipe};

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
        let generator = recipe.generator(None).expect("it is drawn");
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
fn corners_of_polygons_are_spread_evenly() {
    let toml = "size = '64x64'\n[polygon]\ncount = 1\npoints = 3\nfill = true\nopacity = 1.0";
    let mut sums = [[0u64; 2]; 2];
    let recipe = recipe(&format!("frames = 4000\n{toml}"));
    let generator = recipe.generator(None).expect("it is drawn");
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
