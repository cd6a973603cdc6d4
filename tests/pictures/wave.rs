//! Waves: what the formula says, where it says it.

use super::{draw, golden};

#[test]
fn waves_look_as_they_did() {
    golden("surface", "size = '200x150'\n[wave]\nsamples = 80", 40);
    let mesh = "[wave]\nexpr = 'exp(-(x^2+y^2)/3)*cos(3*x-a)'\nmesh = 12\nbackground = 'white'";
    golden("surface-mesh", &format!("size = '200x150'\n{mesh}\ncolormap = 'spectral'"), 10);
    golden("density", "size = '160x120'\n[wave]\nview = 'density'\nantialias = 3", 7);
    let gaps = "[wave]\nexpr = 'sqrt(x*y)+a*0'\nnan-color = 'red'";
    golden("surface-gaps", &format!("size = '200x150'\n{gaps}\nsamples = 60"), 0);
    golden("density-gaps", &format!("size = '80x60'\n{gaps}\nview = 'density'"), 0);
}

#[test]
fn views_look_as_they_did() {
    for (name, look, index) in [
        ("contour", "view = 'contour'\nexpr = 'sin(x)*cos(y) + a*0'\nlevels = 8", 0),
        ("curve", "look = 'lissajous'\nt = '0..6.2831853'\ntrail = 12", 30),
        (
            "curve-space",
            "view = 'curve'\nexpr = 'cos(t); sin(t); t/10 - 1'\nt = '0..20'\nwidth = 3.0",
            0,
        ),
        (
            "complex",
            "view = 'complex'\nexpr = '(z^2 - 1)/(z^2 + 1)'\nx = '-2..2'\ny = '-1.5..1.5'",
            0,
        ),
        ("complex-newton", "look = 'newton'", 20),
        ("complex-mandelbrot", "look = 'mandelbrot'\nantialias = 2", 0),
    ] {
        golden(name, &format!("size = '160x120'\n[wave]\n{look}"), index);
    }
}

#[test]
fn a_curve_goes_where_its_formulas_say() {
    // A circle of radius 40 around the middle of 100x100 pixels, 2 wide.
    let toml = "size = '100x100'\n[wave]\nview = 'curve'\nexpr = 'cos(t); sin(t)'\nx = '-1.25..1.25'\n\
                y = '-1.25..1.25'\nbackground = 'black'\ncolormap = 'greys'";
    let greys = toml.replace("greys", "viridis");
    let drawn = draw(&greys, 0);
    for y in 0..100 {
        for x in 0..100 {
            let (dx, dy) = (x as f64 + 0.5 - 50.0, y as f64 + 0.5 - 50.0);
            let distance = ((dx * dx + dy * dy).sqrt() - 40.0).abs();
            let lit = drawn.data()[(y * 100 + x) * 3 + 1] > 60;
            assert!(lit || distance > 0.9, "pixel {x},{y} at {distance} is dark");
            assert!(!lit || distance < 1.9, "pixel {x},{y} at {distance} is lit");
        }
    }
}

#[test]
fn the_argument_is_the_colour_and_the_modulus_the_shade() {
    // Of z itself: opposite points have opposite colours, and along a ray only the shade changes.
    let toml = "size = '64x64'\n[wave]\nview = 'complex'\nexpr = 'z'\ncolormap = 'sinebow'";
    let drawn = draw(toml, 0);
    let at = |x: usize, y: usize| -> [f64; 3] {
        let pixel = &drawn.data()[(y * 64 + x) * 3..][..3];
        let most = f64::from(*pixel.iter().max().expect("three")).max(1.0);
        [0, 1, 2].map(|i| f64::from(pixel[i]) / most)
    };
    let alike = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.08);
    assert!(alike(at(48, 15), at(62, 1)), "one ray, one colour");
    assert!(!alike(at(62, 1), at(1, 62)), "opposite points differ");
    // The set of points that the iteration keeps is symmetric about the real axis.
    let drawn = draw("size = '80x60'\n[wave]\nlook = 'mandelbrot'\ncolormap = 'greys'", 0);
    let (upper, lower) = (drawn.row(10), drawn.row(49));
    let off = upper.iter().zip(lower).filter(|(a, b)| a.abs_diff(**b) > 2).count();
    assert!(off < 12, "{off} of 240 differ");
}

#[test]
fn a_is_swept_with_both_ends_included() {
    let pixel = |index| {
        let toml = "frames = 11\nsize = '64x64'\n[wave]\nexpr = 'a'\na = '0..1'\nz = '0..1'\n\
                    view = 'density'\ncolormap = 'greys'";
        draw(toml, index).data()[0]
    };
    // Greys run from white to black.
    assert_eq!((pixel(0), pixel(10)), (255, 0));
    assert!((0..10).all(|i| pixel(i) > pixel(i + 1)));
}

#[test]
fn y_points_upwards_and_x_to_the_right() {
    let at = |expr: &str, x: usize, y: usize| {
        let toml = format!(
            "size = '64x64'\n[wave]\nexpr = '{expr}'\nview = 'density'\ncolormap = 'greys'\nz = '-4..4'"
        );
        draw(&toml, 0).data()[(y * 64 + x) * 3]
    };
    assert!(at("x", 0, 5) > at("x", 63, 5), "greys darken with the value");
    assert!(at("y", 5, 63) > at("y", 5, 0));
}
