//! Looks: formulas worth beginning with, by name.

use super::{View, Wave};
use crate::generate::Colormap;
use crate::values::{Span, named};

named! {
    /// A formula by name, with what suits it.
    Look as "look" {
        /// A curve of two oscillations at right angles.
        Lissajous = "lissajous",
        /// Two pendulums that die away.
        Harmonograph = "harmonograph",
        /// A rhodonea curve.
        Rose = "rose",
        /// A pen in a wheel in a ring.
        Spirograph = "spirograph",
        /// Gielis's formula, between star and flower.
        Superformula = "superformula",
        /// Two sources of circular waves.
        Interference = "interference",
        /// Newton's method on the cube roots of one.
        Newton = "newton",
        /// A Julia set, its constant going round.
        Julia = "julia",
        /// The Mandelbrot set.
        Mandelbrot = "mandelbrot",
    }
}

impl Look {
    /// The view that suits it.
    pub(super) fn view(self) -> View {
        match self {
            Self::Interference => View::Density,
            Self::Newton | Self::Julia | Self::Mandelbrot => View::Complex,
            _ => View::Curve,
        }
    }

    /// Sets what makes `wave` look so.
    pub(super) fn apply(self, wave: &mut Wave) {
        let tau = std::f64::consts::TAU;
        let (expr, x, y, t, colormap) = match self {
            Self::Lissajous => ("sin(3*t + a); sin(4*t)", 1.2, 1.2, tau, Colormap::TURBO),
            Self::Harmonograph => (
                "exp(-t/60)*sin(2.01*t + a/3) + exp(-t/50)*sin(3*t); \
                 exp(-t/55)*sin(2.99*t + 1.6) + exp(-t/50)*sin(2*t + a/5)",
                2.0,
                2.0,
                40.0 * tau,
                Colormap::PLASMA,
            ),
            Self::Rose => {
                let expr = "cos(7/4*t + a/4)*cos(t); cos(7/4*t + a/4)*sin(t)";
                (expr, 1.1, 1.1, 4.0 * tau, Colormap::MAGMA)
            }
            Self::Spirograph => (
                "2*cos(t) + (4 + sin(a/3))*cos(2*t/3); 2*sin(t) - (4 + sin(a/3))*sin(2*t/3)",
                7.2,
                7.2,
                3.0 * tau,
                Colormap::COOL,
            ),
            Self::Superformula => (
                "cos(t)*(abs(cos(7*t/4))^(4 + 2*sin(a/4)) + abs(sin(7*t/4))^(4 + 2*sin(a/4)))^-0.5; \
                 sin(t)*(abs(cos(7*t/4))^(4 + 2*sin(a/4)) + abs(sin(7*t/4))^(4 + 2*sin(a/4)))^-0.5",
                2.4,
                2.4,
                2.0 * tau,
                Colormap::VIRIDIS,
            ),
            Self::Interference => {
                let expr = "sin(5*hypot(x - 1.5, y) - a) + sin(5*hypot(x + 1.5, y) - a)";
                (expr, 4.0, 3.0, 1.0, Colormap::CUBEHELIX)
            }
            Self::Newton => {
                let expr = "z - (1 + 0.5*sin(a/4))*(z^3 - 1)/(3*z^2)";
                (expr, 2.0, 1.5, 1.0, Colormap::SINEBOW)
            }
            Self::Julia => ("z^2 + 0.7885*exp(i*a/5)", 1.8, 1.35, 1.0, Colormap::INFERNO),
            Self::Mandelbrot => ("z^2 + c", 1.8, 1.35, 1.0, Colormap::INFERNO),
        };
        // The Mandelbrot set lies to the left.
        let shift = if self == Self::Mandelbrot { -0.6 } else { 0.0 };
        wave.expr = expr.into();
        wave.x = Span::new(shift - x, shift + x);
        wave.y = Span::new(-y, y);
        wave.t = Span::new(0.0, t);
        wave.trail = if self == Self::Lissajous { 24 } else { 0 };
        wave.iterations = match self {
            Self::Newton => 32,
            Self::Julia | Self::Mandelbrot => 96,
            _ => 1,
        };
        wave.colormap = colormap;
    }
}
