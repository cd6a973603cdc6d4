//! Sound as it is seen: known sounds look as they must.

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

use super::{draw, golden};

const MUSIC: &str = "\n[[sound]]\nformula = '0.8*env(mod(t, 0.5), 0.002, 0.3)*sine(48 + 90*exp(-30*mod(t, 0.5)))'\n\
    [[sound]]\npan = 0.6\nformula = '0.3*saw(110) + 0.2*noise(30000*t)*env(mod(t, 0.25), 0.001, 0.05)'\n\
    [[sound]]\npan = -0.7\nformula = '0.3*sine(660*2^(floor(mod(6*t, 5))*2/12))'\n";

#[test]
fn views_are_what_they_were() {
    for (name, keys) in [
        ("wave", "width = 1.5\nstereo = 'overlay'"),
        ("bars", "view = 'bars'\nbands = 24\npeaks = 0.4"),
        ("curve", "view = 'bars'\nstyle = 'fill'\nmirror = true\ncolormap = 'viridis'"),
        ("spectrum", "view = 'spectrum'\nwindow = 2"),
        ("circle", "view = 'circle'\nbands = 24\nangle = 90"),
        ("xy", "view = 'xy'\nangle = 45\ngain = 6"),
    ] {
        let toml = format!("size = '128x96'\nframes = 90\n[scope]\n{keys}{MUSIC}");
        golden(&format!("scope-{name}"), &toml, 62);
    }
}

/// Whether a pixel is other than what lies behind.
fn is_lit(frame: &Frame, x: usize, y: usize) -> bool {
    frame.row(y as u32)[3 * x..3 * x + 3] != [0, 0, 0]
}

/// The rows of a column that are lit, from the first to the last.
fn lit(frame: &Frame, x: usize) -> Option<(usize, usize)> {
    let mut rows = (0..frame.size().height as usize).filter(|y| is_lit(frame, x, *y));
    let first = rows.next()?;
    Some((first, rows.next_back().unwrap_or(first)))
}

#[test]
fn a_sine_is_as_high_as_it_is_loud_and_stands_still() {
    let toml = |sound: &str, more: &str| {
        format!(
            "size = '200x200'\nframes = 60\n[scope]\nbackground = 'black'\nwidth = 1\nwindow = 0.02\n{more}\n\
             [sound.formula]\n{sound}"
        )
    };
    let sine = toml("left = '0.5*sin(tau*100*t)'\nright = '0.5*sin(tau*100*t)'", "");
    // Two periods, each from where it rises; the top is 50 rows above the axis.
    let drawn = draw(&sine, 20);
    let highest = (0..200).filter_map(|x| lit(&drawn, x)).map(|(top, _)| top).min();
    assert!((48..=51).contains(&highest.expect("a line")), "{highest:?}");
    let (top, bottom) = lit(&drawn, 0).expect("a line");
    assert!(top <= 100 && bottom >= 98 && bottom - top < 8, "{top} {bottom}");
    assert!(lit(&drawn, 25).expect("a line").0 <= 51);
    // The time from frame to frame is no multiple of its period.
    let same = |more: &str| {
        let tone = "left = '0.5*sin(tau*101.3*t)'\nright = '0'\n";
        let (one, other) = (draw(&toml(tone, more), 20), draw(&toml(tone, more), 21));
        let differing = one.data().iter().zip(other.data()).filter(|(a, b)| a.abs_diff(**b) > 60);
        differing.count()
    };
    assert!(
        same("") < 200 && same("trigger = false") > 1000,
        "{} {}",
        same(""),
        same("trigger = false")
    );
    // Left alone, above; right is silent, below.
    let one = toml("left = '0.5*sin(tau*100*t)'\nright = '0'", "stereo = 'split'");
    let drawn = draw(&one, 20);
    assert!((0..200).any(|x| is_lit(&drawn, x, 30)) && is_lit(&drawn, 10, 150));
    assert!((0..200).all(|x| (!is_lit(&drawn, x, 130)) && !is_lit(&drawn, x, 170)));
}

#[test]
fn tones_stand_at_their_frequency_and_as_high_as_their_level() {
    // 20 dB below full scale is two thirds of 60 dB; ten bands from 100 Hz to 10 kHz, of which the sixth begins at 1 kHz.
    for (hertz, at) in [(110.0, 0), (700.0, 4), (1200.0, 5), (9000.0, 9)] {
        let toml = format!(
            "size = '100x120'\nframes = 60\n[scope]\nview = 'bars'\nbands = 10\nlow = 100\nhigh = 10000\ntilt = 0\n\
             gap = 0\nbackground = 'black'\nfft = 8192\n[sound]\nformula = '0.1*sin(tau*{hertz}*t)'"
        );
        let drawn = draw(&toml, 30);
        let height = |band: usize| lit(&drawn, 10 * band + 5).map_or(0, |(top, _)| 120 - top);
        let most = (0..10).max_by_key(|band| height(*band));
        assert_eq!(most, Some(at), "{hertz} Hz");
        assert!((78..=81).contains(&height(at)), "{hertz} Hz: {} of 80 rows", height(at));
    }
    // A tone that rises by a tenth of the height each tenth of the window, in a spectrum whose axis is linear.
    let toml = "size = '200x200'\nframes = 120\n[scope]\nview = 'spectrum'\nwindow = 2\nfrequencies = 'linear'\n\
        low = 100\nhigh = 10100\nfft = 1024\ntilt = 0\nfloor = -40\ncolormap = 'greys'\n\
        [sound]\nformula = '0.5*sine(100 + 10000*(t - 1)/2)'";
    // At frame 89 the middle is 2.98 s, and the tone is at the top.
    let drawn = draw(toml, 89);
    for x in [20usize, 60, 100, 140, 180] {
        let level = |y: &usize| u32::MAX - u32::from(drawn.row(*y as u32)[3 * x]);
        let loudest = (0..200).max_by_key(level).expect("a row");
        let wanted = 200 - x;
        assert!(loudest.abs_diff(wanted) <= 4, "column {x}: row {loudest} for {wanted}");
    }
}

#[test]
fn a_circle_is_drawn_by_left_and_right_and_glows_for_a_while() {
    let toml = "size = '200x200'\nframes = 90\n[scope]\nview = 'xy'\nbackground = 'black'\nwidth = 1\nglow = 0.05\n\
        [sound.formula]\nleft = '0.5*cos(tau*200*t)*(1 - step(1, t)) + 0.9*step(1, t)'\nright = '0.5*sin(tau*200*t)*(1 - step(1, t)) + 0.9*step(1, t)'";
    let drawn = draw(toml, 20);
    // A circle of half of 99 pixels, and nothing elsewhere.
    for (x, y, expected) in [
        (149, 100, true),
        (50, 100, true),
        (100, 50, true),
        (100, 149, true),
        (100, 100, false),
        (170, 100, false),
    ] {
        let near = (x - 1..=x + 1).any(|x| (y - 1..=y + 1).any(|y| is_lit(&drawn, x, y)));
        assert_eq!(near, expected, "{x}, {y}");
    }
    let light = |index: u64| {
        draw(toml, index).row(100)[3 * 145..3 * 155].iter().map(|v| u32::from(*v)).sum()
    };
    let lights: Vec<u32> = (28..40).map(light).collect();
    // It goes out within four times its glow, at 0.2 s, and becomes no brighter.
    assert!(lights[0] > 0 && lights[1] > 0 && lights[4] > 0, "{lights:?}");
    assert!(lights[2..].windows(2).all(|pair| pair[1] <= pair[0]), "{lights:?}");
    assert_eq!(lights[10], 0, "{lights:?}");
}

#[test]
fn bars_fall_and_marks_stay() {
    let toml = "size = '60x100'\nframes = 90\n[scope]\nview = 'bars'\nbands = 3\nfall = 1\npeaks = 1\ntilt = 0\n\
        background = 'black'\ngap = 0\nfft = 1024\nlow = 200\nhigh = 5000\n[sound]\n\
        formula = '0.99*sin(tau*1000*t)*(1 - step(1, t))'";
    // Bars of the middle band, a mark of two rows above them; none of what is lit is between.
    let bar = |index: u64| {
        let drawn = draw(toml, index);
        let height = (0..100).rev().take_while(|y| is_lit(&drawn, 30, *y)).count();
        (height, (0..100).find(|y| is_lit(&drawn, 30, *y)).map_or(0, |y| 100 - y))
    };
    let (full, falling, later) = (bar(20), bar(44), bar(59));
    assert!(full.0 >= 99, "{full:?}");
    // Half a second after the end it has lost half, and its mark is where it was.
    assert!((45..=56).contains(&falling.0) && falling.1 >= 98, "{falling:?}");
    assert!(later.0 <= 5 && later.1 >= 95, "{later:?}");
}

/// What lies above row `y` is dark.
fn is_dark_above(frame: &Frame, y: usize) -> bool {
    (0..y).all(|y| (0..frame.size().width as usize).all(|x| !is_lit(frame, x, y)))
}

#[test]
fn lines_reach_no_further_than_the_sound_does() {
    // A square wave jumps: a quarter of full scale is row 75 of 200, and half of a line two pixels wide is one more.
    for (sound, width) in [("square(100)", 2), ("square(100)", 12), ("sin(tau*6000*t)", 2)] {
        let toml = format!(
            "size = '400x200'\nframes = 60\n[scope]\nbackground = 'black'\nwidth = {width}\nwindow = 0.02\n\
             [sound]\nformula = '0.25*{sound}'"
        );
        let drawn = draw(&toml, 20);
        // Polynomials round the corners of a square, and go a little beyond.
        assert!(is_dark_above(&drawn, 75 - width / 2 - 4), "{sound}, width {width}");
        assert!((0..400).any(|x| is_lit(&drawn, x, 76)), "{sound}, width {width}");
    }
    for view in ["bars", "circle"] {
        let toml = format!(
            "size = '300x300'\nframes = 60\n[scope]\nview = '{view}'\nstyle = 'line'\nwidth = 6\nbackground = 'black'\n\
             tilt = 0\nbands = 32\n[sound]\nformula = '0.1*sin(tau*1100*t)'"
        );
        let drawn = draw(&toml, 30);
        // Of 60 dB 40 are seen: of the height, or of what is outside of the ring.
        let top = if view == "bars" { 100 - 4 } else { 0 };
        assert!(is_dark_above(&drawn, top), "{view}");
        // Nothing is drawn inside of the ring.
        let is_hollow = (100..200).all(|x| !is_lit(&drawn, x, 150));
        assert!(view == "bars" || is_hollow, "{view}");
    }
}

#[test]
fn a_wide_beam_is_whole_and_stands_as_a_spot() {
    let toml = |sides: &str| {
        format!(
            "size = '704x360'\nframes = 9\n[scope]\nview = 'xy'\nwidth = 60\nbackground = 'black'\n[sound.formula]\n{sides}"
        )
    };
    let drawn = draw(&toml("left = '0'\nright = '0.5*sin(tau*200*t)'"), 5);
    assert!((320..384).all(|x| is_lit(&drawn, x, 180)));
    let drawn = draw(&toml("left = '0'\nright = '0'"), 5);
    let across = (0..704).filter(|x| is_lit(&drawn, *x, 180)).count();
    let down = (0..360).filter(|y| is_lit(&drawn, 352, *y)).count();
    assert!(across > 60 && across.abs_diff(down) <= 2, "{across} x {down}");
    // A beam as wide as the picture goes where it should.
    let toml = "size = '100x100'\nframes = 9\n[scope]\nview = 'xy'\nwidth = 100\nbackground = 'black'\nbrightness = 0.3\n\
        [sound]\nformula = '0.9'";
    let drawn = draw(toml, 5);
    let light = |x: u32, y: u32| drawn.row(y)[3 * x as usize + 1];
    assert!(light(70, 30) > light(30, 70), "{} {}", light(70, 30), light(30, 70));
}

#[test]
fn what_is_not_heard_is_not_seen() {
    let bars = |more: &str, sound: &str| {
        let toml = format!(
            "size = '200x100'\nframes = 30\n[scope]\nview = 'bars'\nbackground = 'black'\n{more}\n[sound]\nformula = '{sound}'"
        );
        let drawn = draw(&toml, 20);
        (0..200).filter(|x| lit(&drawn, *x).is_some()).count()
    };
    assert_eq!(bars("low = 1\ntilt = -20\ngain = 60", "0*t"), 0);
    assert_eq!(bars("high = 200000\ntilt = 20\ngain = 60", "0*t"), 0);
    assert_eq!(bars("", "0.5"), 0);
    assert_eq!(bars("fft = 256", "0.5"), 0);
    // And however thin they are, bars are seen.
    assert!(bars("bands = 40\ngap = 0.95", "noise(48000*t)") >= 40);
    // A spectrum in one row, of two channels.
    draw(
        "size = '5x1'\nframes = 3\n[scope]\nview = 'spectrum'\nstereo = 'split'\n[sound]\nnoise = {}",
        2,
    );
}

#[test]
fn every_style_of_every_view_is_drawn_or_refused() {
    let mut drawn = 0;
    for view in ["wave", "bars", "spectrum", "circle", "xy"] {
        for style in ["line", "fill", "bars", "dots"] {
            for stereo in ["mix", "left", "right", "split", "overlay"] {
                let text = format!(
                    "size = '80x60'\nframes = 3\n[scope]\nview = '{view}'\nstyle = '{style}'\nstereo = '{stereo}'\n\
                     [sound]\nformula = '0.7*saw(300)'\n[video]\nenabled = false\n[images]"
                );
                let Ok(recipe) = text.parse::<Recipe>() else { continue };
                let drawing = frame(&recipe, 1).unwrap_or_else(|e| panic!("{text}: {e}"));
                assert!(drawing.data().iter().any(|byte| *byte > 60), "{text}");
                drawn += 1;
            }
        }
    }
    assert!(drawn > 40, "{drawn}");
}
