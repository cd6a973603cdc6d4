use super::*;
use proptest::prelude::*;

fn eval(text: &str) -> f64 {
    constant(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn error(text: &str) -> (usize, String) {
    let e = Formula::parse(text, &["x", "y", "a"]).expect_err(text);
    (e.column, e.message)
}

#[test]
fn precedence_and_associativity_are_those_of_mathematics() {
    assert_eq!(eval("1 + 2*3"), 7.0);
    assert_eq!(eval("2^3^2"), 512.0);
    assert_eq!(eval("-2^2"), -4.0);
    assert_eq!(eval("2^-1"), 0.5);
    assert_eq!(eval("8/4/2"), 1.0);
    assert_eq!(eval("1-2-3"), -4.0);
    assert_eq!(eval("2*-3"), -6.0);
    assert_eq!(eval("--3"), 3.0);
    assert_eq!(eval("-3*2"), -6.0);
    assert_eq!(eval("1.5e2 + .5 + 2."), 152.5);
    assert_eq!(eval("(1+2)*(3)"), 9.0);
}

#[test]
fn constants_and_functions_have_their_values() {
    assert_eq!(eval("pi"), std::f64::consts::PI);
    assert_eq!(eval("tau/pi"), 2.0);
    assert_eq!(eval("ln(e)"), 1.0);
    assert!((eval("phi^2 - phi - 1")).abs() < 1e-15);
    assert_eq!(eval("mod(-1, 3)"), 2.0);
    assert_eq!(eval("mod(1, -3)"), -2.0);
    assert_eq!(eval("round(-2.5)"), -3.0);
    assert_eq!(eval("fract(-0.25)"), 0.75);
    assert_eq!(eval("clamp(5, 0, 1)"), 1.0);
    assert_eq!(eval("step(1, 1)"), 1.0);
    assert_eq!(eval("smoothstep(0, 2, 1)"), 0.5);
    assert_eq!(eval("mix(1, 3, 0.25) + mix(0.1, 0.7, 1)"), 1.5 + 0.7);
    assert_eq!(eval("atan2(1, -1)"), 3.0 * std::f64::consts::FRAC_PI_4);
    assert_eq!(eval("sign(-3) + sign(0) + sign(9)"), 0.0);
    assert_eq!(eval("max(1,2) - min(1,2)"), 1.0);
    assert_eq!(eval("hypot(3,4)"), 5.0);
    assert_eq!(eval("cbrt(27) + log2(8) + log10(100)"), 8.0);
}

/// A formula over time, at seconds of a film of 301 frames at 30 a second.
fn at(text: &str, seconds: f64) -> f64 {
    let formula = Formula::over_time(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    formula.in_frames((30, 1), 300, 7, [0; 2]).value(&[seconds * 30.0])
}

#[test]
fn formulas_over_time_know_frames_seconds_and_the_part_of_the_film() {
    assert_eq!(at("n", 2.0), 60.0);
    assert_eq!(at("t", 2.5), 2.5);
    assert_eq!((at("u", 0.0), at("u", 5.0), at("u", 10.0)), (0.0, 0.5, 1.0));
    let one = Formula::over_time("u").expect("valid").in_frames((30, 1), 0, 7, [0; 2]);
    assert_eq!(one.value(&[0.0]), 0.0);
    assert!(!Formula::over_time("2*pi").expect("valid").is_moving());
}

#[test]
fn keys_are_met_at_their_times_and_joined_by_lines_or_easings() {
    let keys = "keys(0: 1, 2.5: 7, 4: 3)";
    assert_eq!((at(keys, 0.0), at(keys, 2.5), at(keys, 4.0), at(keys, 9.0)), (1.0, 7.0, 3.0, 3.0));
    assert_eq!((at(keys, 1.25), at(keys, 3.25)), (4.0, 5.0));
    assert_eq!(at("keys(1: 0, 2: 1, 'in-cubic')", 1.5), 0.125);
    assert_eq!(at("keys(1: 0, 2: 1, \"hold\")", 1.96), 0.0);
    assert_eq!(at("keys(1: 5)", 0.0), 5.0);
    // Each key is met exactly, whatever the steps between.
    let tenths = "keys(0: 1, 2: 0.1, 4: 0, 5: 0.7, 6: 0.3)";
    for (t, value) in [(0.0, 1.0), (2.0, 0.1), (4.0, 0.0), (5.0, 0.7), (6.0, 0.3), (9.0, 0.3)] {
        assert_eq!(at(tenths, t), value, "{t}");
    }
    // Keys in keys take no more memory than their text.
    let nested = format!("{}t{}", "keys(0: ".repeat(24), ", 1: 1)".repeat(24));
    assert_eq!(at(&nested, 2.0), 1.0);
    assert_eq!(at("keys(0: t, 2: 2*t)", 1.0), 1.5);
    assert_eq!(at("ease(t/2, 'out-quad')", 1.0), 0.75);
}

#[test]
fn noise_over_time_is_smooth_and_hangs_on_the_seed() {
    let of = |seed: u64, n: f64| {
        Formula::over_time("noise(t)")
            .expect("valid")
            .in_frames((1000, 1), 1, seed, [0; 2])
            .value(&[n])
    };
    let values: Vec<f64> = (0..50_000).map(|n| of(1, f64::from(n))).collect();
    assert!(values.iter().all(|v| (-1.0..=1.0).contains(v)));
    assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.005));
    let spread = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    assert!((0.1..0.4).contains(&spread), "{spread}");
    assert_ne!(of(1, 500.0), of(2, 500.0));
    assert_ne!(of(1 << 53, 500.0), of((1 << 53) + (1 << 60), 500.0));
    assert!(of(1, 1e300).is_finite());
    let other = |text: &str| at(text, 3.4);
    assert_eq!(other("noise(t)"), other("noise(t, 0)"));
    assert_ne!(other("noise(t, 1)"), other("noise(t, 2)"));
}

#[test]
fn mistakes_over_time_are_pointed_at() {
    let error = |text: &str| {
        let e = Formula::over_time(text).expect_err(text);
        (e.column, e.message)
    };
    assert_eq!(error("keys(2: 1, 1: 3)").0, 12);
    assert_eq!(error("keys(t: 1)").0, 6);
    assert_eq!(error("keys()").0, 6);
    assert_eq!(error("keys(1, 2)").0, 7);
    assert!(error("keys(1: 2, 2: 3, 'in-qubic')").1.contains("did you mean 'in-cubic'"));
    assert!(error("ease(t, in-cubic)").1.contains("in quotes"));
    assert!(error("ease(t, 'in-cubic)").1.contains("missing '"));
    assert!(error("2**n").1.contains("a power is a^b"));
    assert!(error("t % 2").1.contains("mod(a, b)"));
    assert!(error("t > 1 ? 2 : 3").1.contains("step(edge, x)"));
    assert!(error("frame/30").1.contains("the frame is n"));
    assert!(error("wiggle(t)").1.contains("(known: sin, "));
    assert!(error("seed").1.contains("unknown name"));
    assert!(error("nois(t)").1.contains("did you mean 'noise'"));
    assert!(Formula::parse("noise(x)", &["x"]).is_err());
}

#[test]
fn mistakes_are_pointed_at() {
    assert_eq!(error("sin(x").0, 6);
    assert!(error("sin(x").1.contains("missing ')' for the '(' at column 4"));
    let (column, message) = error("x + sinn(y)");
    assert_eq!(column, 5);
    assert!(message.contains("did you mean 'sin'"), "{message}");
    assert_eq!(error("x + z*2").0, 5);
    assert_eq!(error("x y").0, 3);
    assert_eq!(error("x +").0, 4);
    assert_eq!(error("").0, 1);
    assert_eq!(error("x)").0, 2);
    assert_eq!(error("min(x)").0, 1);
    assert_eq!(error("1 + x/0").0, 6);
    assert_eq!(error("x/(1-1)").0, 2);
    assert_eq!(error("2(x)").0, 2);
    assert_eq!(error("sin").0, 1);
    assert!(error(&"(".repeat(100_000)).1.contains("at most"));
    assert!(error(&"(".repeat(5000)).1.contains("nested"));
    assert!(error(&"-".repeat(5000)).1.contains("nested"));
}

#[test]
fn the_default_formula_is_within_a_thousandth_far_from_the_origin() {
    let f = Formula::parse("sin(x*y + a)", &["x", "y", "a"]).unwrap();
    let mut program = f.program();
    let xs: Vec<f64> = (0..4001).map(|i| -200.0 + 0.1 * f64::from(i)).collect();
    let mut out = vec![0.0; xs.len()];
    for j in 0..400 {
        let (y, a) = (-200.0 + f64::from(j), 1.25 * f64::from(j));
        program.row(&[0.0, y, a], &xs, &mut out);
        for (x, v) in xs.iter().zip(&out) {
            assert!((v - (x * y + a).sin()).abs() < 1e-7, "x={x} y={y} a={a}: {v}");
        }
    }
}

/// Formulas in x, y and a, of every operator and function.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_string()),
        Just("y".to_string()),
        Just("a".to_string()),
        Just("pi".to_string()),
        (-50i32..50).prop_map(|n| format!("({n})")),
        (1u32..9).prop_map(|n| format!("0.{n}")),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let named = (0..functions::NAMED.len(), prop::collection::vec(inner.clone(), 3));
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*", "^", "/"]), inner.clone())
                .prop_map(|(l, op, r)| format!("({l}{op}{r})")),
            inner.clone().prop_map(|e| format!("-{e}")),
            named.prop_map(|(i, args)| {
                let (name, _, count) = functions::NAMED[i];
                format!("{name}({})", args[..count].join(","))
            }),
        ]
    })
}

/// A function that jumps or has a pole magnifies the last bit of its argument to anything.
fn is_smooth(text: &str) -> bool {
    ![
        "tan", "mod", "fract", "floor", "ceil", "round", "step", "sign", "/", "^", "pow", "ln",
        "log", "sqrt", "acos", "asin", "cbrt", "exp", "cosh", "sinh",
    ]
    .iter()
    .any(|f| text.contains(f))
}

proptest! {
    #[test]
    fn a_row_agrees_with_the_tree(text in formula(), y in -200.0f64..200.0, a in 0.0f64..500.0) {
        let Ok(f) = Formula::parse(&text, &["x", "y", "a"]) else { return Ok(()) };
        let xs: Vec<f64> = (0..300).map(|i| -200.0 + f64::from(i) * 1.37).collect();
        let mut out = vec![0.0; xs.len()];
        f.program().row(&[0.0, y, a], &xs, &mut out);
        for (x, v) in xs.iter().zip(&out) {
            let exact = f.value(&[*x, y, a]);
            if is_smooth(&text) && exact.abs() < 1e5 {
                prop_assert!((v - exact).abs() <= 1e-3 * exact.abs().max(1.0),
                    "{} at x={} y={} a={}: {} for {}", text, x, y, a, v, exact);
            }
        }
    }

    #[test]
    fn a_lane_does_not_depend_on_its_neighbours(text in formula(), y in -5.0f64..5.0, at in 0usize..300) {
        let Ok(f) = Formula::parse(&text, &["x", "y", "a"]) else { return Ok(()) };
        let xs: Vec<f64> = (0..300).map(|i| -3.0 + f64::from(i) * 0.02).collect();
        let (mut all, mut one) = (vec![0.0; 300], [0.0]);
        let mut program = f.program();
        program.row(&[0.0, y, 1.0], &xs, &mut all);
        program.row(&[0.0, y, 1.0], &xs[at..=at], &mut one);
        prop_assert!(all[at].to_bits() == one[0].to_bits() || (all[at].is_nan() && one[0].is_nan()));
    }

    #[test]
    fn no_text_panics(text in "[-+*/^(),.a-z0-9 ]{0,40}") {
        let _ = Formula::parse(&text, &["x", "y", "a"]);
    }
}
