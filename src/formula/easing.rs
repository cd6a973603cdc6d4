//! Easings: how a value goes from where it was to where it will be. The formulas are Robert Penner's, by the names
//! that the web knows them by (easings.net, CSS).

use std::f64::consts::{PI, TAU};

/// The shape of an easing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names are those of the language, listed in `SHAPES`.
pub enum Shape {
    Linear,
    Hold,
    Sine,
    Quad,
    Cubic,
    Quart,
    Quint,
    Expo,
    Circ,
    Back,
    Elastic,
    Bounce,
}

/// Where an easing is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // As they are written: `in-`, `out-`, `in-out-`.
pub enum Side {
    In,
    Out,
    InOut,
}

/// An easing: 0 up to 0, 1 from 1 on, and its shape between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Easing {
    shape: Shape,
    side: Side,
}

const SHAPES: &[(&str, Shape)] = &[
    ("sine", Shape::Sine),
    ("quad", Shape::Quad),
    ("cubic", Shape::Cubic),
    ("quart", Shape::Quart),
    ("quint", Shape::Quint),
    ("expo", Shape::Expo),
    ("circ", Shape::Circ),
    ("back", Shape::Back),
    ("elastic", Shape::Elastic),
    ("bounce", Shape::Bounce),
];

const SIDES: &[(&str, Side)] = &[("in-out-", Side::InOut), ("in-", Side::In), ("out-", Side::Out)];

impl Easing {
    /// The straight line.
    pub const LINEAR: Self = Self { shape: Shape::Linear, side: Side::In };

    /// The easing of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "linear" => return Some(Self::LINEAR),
            "hold" => return Some(Self { shape: Shape::Hold, side: Side::In }),
            _ => {}
        }
        let (prefix, side) = SIDES.iter().find(|(prefix, _)| name.starts_with(prefix))?;
        let (_, shape) = SHAPES.iter().find(|(shape, _)| *shape == &name[prefix.len()..])?;
        Some(Self { shape: *shape, side: *side })
    }

    /// The names of all.
    pub fn names() -> Vec<String> {
        let named = SHAPES.iter().flat_map(|(shape, _)| {
            SIDES.iter().rev().map(move |(prefix, _)| format!("{prefix}{shape}"))
        });
        ["linear".to_string(), "hold".to_string()].into_iter().chain(named).collect()
    }

    /// How far the value has come at `x`, of 0 to 1; `back` and `elastic` go beyond on the way.
    pub(super) fn at(self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        if x <= 0.0 {
            return 0.0;
        }
        if x >= 1.0 {
            return 1.0;
        }
        match self.side {
            Side::In => self.shape.rise(x),
            Side::Out => 1.0 - self.shape.rise(1.0 - x),
            Side::InOut if x < 0.5 => self.shape.rise(2.0 * x) / 2.0,
            Side::InOut => 1.0 - self.shape.rise(2.0 - 2.0 * x) / 2.0,
        }
    }
}

impl Shape {
    /// From 0 to 1, slow at first.
    fn rise(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Hold => 0.0,
            Self::Sine => 1.0 - libm::cos(x * PI / 2.0),
            Self::Quad => x * x,
            Self::Cubic => x * x * x,
            Self::Quart => x * x * x * x,
            Self::Quint => x * x * x * x * x,
            // Made to begin at 0, where the power alone would begin at 1/1024.
            Self::Expo => (libm::exp2(10.0 * x - 10.0) - 1.0 / 1024.0) / (1.0 - 1.0 / 1024.0),
            Self::Circ => 1.0 - (1.0 - x * x).sqrt(),
            Self::Back => x * x * (2.701_58 * x - 1.701_58),
            Self::Elastic => {
                -libm::exp2(10.0 * x - 10.0) * libm::sin((10.0 * x - 10.75) * TAU / 3.0)
            }
            Self::Bounce => 1.0 - bounce(1.0 - x),
        }
    }
}

/// A ball that comes to rest.
fn bounce(x: f64) -> f64 {
    let hop = |middle: f64, height: f64| {
        let x = x - middle / 2.75;
        7.5625 * x * x + height
    };
    match x * 2.75 {
        at if at < 1.0 => hop(0.0, 0.0),
        at if at < 2.0 => hop(1.5, 0.75),
        at if at < 2.5 => hop(2.25, 0.9375),
        _ => hop(2.625, 0.984_375),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_easing_has_its_name_and_goes_from_0_to_1_without_a_jump() {
        for name in Easing::names() {
            let easing = Easing::named(&name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((easing.at(-1.0), easing.at(0.0)), (0.0, 0.0), "{name}");
            assert_eq!((easing.at(1.0), easing.at(2.0)), (1.0, 1.0), "{name}");
            assert!(easing.at(f64::NAN).is_nan());
            if name == "hold" {
                continue;
            }
            let steps = (0..=10_000).map(|i| easing.at(f64::from(i) / 10_000.0));
            let (mut last, mut widest) = (0.0, 0.0f64);
            for value in steps {
                widest = widest.max((value - last).abs());
                last = value;
            }
            // The circle alone is vertical at one end.
            assert!(widest < 0.03, "{name}: {widest}");
        }
        assert_eq!(Easing::named("in-out-linear"), None);
        assert_eq!(Easing::named("cubic"), None);
    }

    #[test]
    fn values_are_those_of_easings_net() {
        let at = |name: &str, x| Easing::named(name).expect("a name").at(x);
        assert!((at("in-cubic", 0.5) - 0.125).abs() < 1e-12);
        assert!((at("out-quad", 0.25) - 0.4375).abs() < 1e-12);
        assert!((at("in-out-sine", 0.25) - 0.146_446_609_406_726).abs() < 1e-12);
        assert!((at("out-bounce", 0.5) - 0.765_625).abs() < 1e-12);
        assert!((at("in-back", 0.5) - -0.087_697_5).abs() < 1e-9);
        assert!((at("out-elastic", 0.1) - 1.25).abs() < 1e-9);
    }
}
