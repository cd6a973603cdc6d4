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
    assert_eq!(eval("atan2(1, -1)"), 3.0 * std::f64::consts::FRAC_PI_4);
    assert_eq!(eval("sign(-3) + sign(0) + sign(9)"), 0.0);
    assert_eq!(eval("max(1,2) - min(1,2)"), 1.0);
    assert_eq!(eval("hypot(3,4)"), 5.0);
    assert_eq!(eval("cbrt(27) + log2(8) + log10(100)"), 8.0);
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
