//! The elementary functions of a complex number.
//!
//! They rest on `libm` alone, since the system's own functions differ in the last bit from one system
//! to the next, and a formula that is iterated makes much of a bit. The crate num-complex gives numbers
//! and arithmetic only, without the features that would bring its own functions. Formulas are those of
//! the NIST Digital Library of Mathematical Functions, 4.2, 4.21 and 4.35.

use num_complex::Complex64;

/// The modulus.
pub(crate) fn norm(z: Complex64) -> f64 {
    libm::hypot(z.re, z.im)
}

/// The argument, -pi to pi.
pub(crate) fn arg(z: Complex64) -> f64 {
    libm::atan2(z.im, z.re)
}

fn polar(modulus: f64, argument: f64) -> Complex64 {
    Complex64::new(modulus * libm::cos(argument), modulus * libm::sin(argument))
}

pub(super) fn exp(z: Complex64) -> Complex64 {
    match z {
        // Where the angle says nothing, it must not make nothing of the rest.
        Complex64 { re: f64::NEG_INFINITY, .. } => Complex64::ZERO,
        Complex64 { im: 0.0, .. } => Complex64::new(libm::exp(z.re), z.im),
        _ => polar(libm::exp(z.re), z.im),
    }
}

/// The principal value: the imaginary part is -pi to pi.
pub(super) fn ln(z: Complex64) -> Complex64 {
    Complex64::new(libm::log(norm(z)), arg(z))
}

/// The principal value: the real part is not negative.
pub(super) fn sqrt(z: Complex64) -> Complex64 {
    match (z.re, z.im) {
        (re, 0.0) if re >= 0.0 => Complex64::new(re.sqrt(), z.im),
        (re, 0.0) => Complex64::new(0.0, (-re).sqrt().copysign(z.im)),
        (0.0, im) => {
            let side = (im.abs() / 2.0).sqrt();
            Complex64::new(side, side.copysign(im))
        }
        _ => polar(norm(z).sqrt(), arg(z) / 2.0),
    }
}

/// The principal value of `z` to the power `w`; 1 for the power 0.
pub(super) fn pow(z: Complex64, w: Complex64) -> Complex64 {
    if w == Complex64::ZERO { Complex64::ONE } else { exp(w * ln(z)) }
}

pub(super) fn sin(Complex64 { re, im }: Complex64) -> Complex64 {
    Complex64::new(libm::sin(re) * libm::cosh(im), libm::cos(re) * libm::sinh(im))
}

pub(super) fn cos(Complex64 { re, im }: Complex64) -> Complex64 {
    Complex64::new(libm::cos(re) * libm::cosh(im), -libm::sin(re) * libm::sinh(im))
}

pub(super) fn tan(z: Complex64) -> Complex64 {
    let (re, im) = (2.0 * z.re, 2.0 * z.im);
    Complex64::new(libm::sin(re), libm::sinh(im)) / (libm::cos(re) + libm::cosh(im))
}

pub(super) fn sinh(Complex64 { re, im }: Complex64) -> Complex64 {
    Complex64::new(libm::sinh(re) * libm::cos(im), libm::cosh(re) * libm::sin(im))
}

pub(super) fn cosh(Complex64 { re, im }: Complex64) -> Complex64 {
    Complex64::new(libm::cosh(re) * libm::cos(im), libm::sinh(re) * libm::sin(im))
}

pub(super) fn tanh(z: Complex64) -> Complex64 {
    let (re, im) = (2.0 * z.re, 2.0 * z.im);
    Complex64::new(libm::sinh(re), libm::sin(im)) / (libm::cosh(re) + libm::cos(im))
}
