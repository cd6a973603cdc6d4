//! Noise as a texture that shaders look at: four values a pixel, each by itself, on a torus.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::blue::Blue;
use crate::values::Size;

/// The kind of a texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texture {
    /// Every value by itself; the second value is the first of the pixel [`SHIFT`] before, and the fourth the third.
    White,
    /// One value a pixel for the first three, and the fourth full.
    Gray,
    /// The same without low frequencies.
    Blue,
    /// Values at every eighth pixel, smoothly joined.
    Value,
}

/// Pixels from one value to the next.
const CELL: usize = 8;
/// Pixels across and down from a first value to the second that is the same. Shaders that make noise in space of a flat texture
/// take plane after plane so far apart, and both values of two planes at once. (I. Quilez; measured in Shadertoy's own.)
const SHIFT: (usize, usize) = (37, 17);

/// A texture of `side` by `side` pixels of four bytes.
pub(crate) fn texture(kind: Texture, side: u32, seed: u64) -> Vec<u8> {
    let (side, pixels) = (side as usize, (side * side) as usize);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut texture = vec![0; pixels * 4];
    if kind == Texture::White {
        rng.fill_bytes(&mut texture);
        for n in 0..pixels {
            let (x, y) = ((n % side + SHIFT.0) % side, (n / side + SHIFT.1) % side);
            let other = (y * side + x) * 4;
            (texture[other + 1], texture[other + 3]) = (texture[n * 4], texture[n * 4 + 2]);
        }
        return texture;
    }
    if kind == Texture::Gray {
        let mut plane = vec![0; pixels];
        rng.fill_bytes(&mut plane);
        return plane.into_iter().flat_map(|value| [value, value, value, 255]).collect();
    }
    let mut plane = vec![0; pixels];
    for channel in 0..4 {
        rng.fill_bytes(&mut plane);
        let values = match kind {
            Texture::Value => soft(&plane, side),
            _ => {
                Blue::default().tint(&mut plane, Size::new(side as u32, side as u32));
                plane.clone()
            }
        };
        for (pixel, value) in texture.chunks_exact_mut(4).zip(values) {
            pixel[channel] = value;
        }
    }
    texture
}

/// The first values of a plane, one for each cell, smoothly joined.
fn soft(values: &[u8], side: usize) -> Vec<u8> {
    let cells = (side / CELL).max(1);
    let at = |x: usize, y: usize| f32::from(values[y % cells * cells + x % cells]);
    let ease = |n: usize| {
        let t = (n % CELL) as f32 / CELL as f32;
        t * t * (3.0 - 2.0 * t)
    };
    let pixel = |n: usize| {
        let (x, y) = (n % side, n / side);
        let (left, top, u, v) = (x / CELL, y / CELL, ease(x), ease(y));
        let row = |y: usize| at(left, y) + (at(left + 1, y) - at(left, y)) * u;
        (row(top) + (row(top + 1) - row(top)) * v + 0.5) as u8
    };
    (0..side * side).map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textures_are_even_and_of_their_kind() {
        let (side, pixels) = (256usize, 65536.0);
        let step = |texture: &[u8]| {
            let at = |x: usize, y: usize| i32::from(texture[(y % side * side + x % side) * 4]);
            let steps = (0..side * side)
                .map(|n| (at(n % side + 1, n / side) - at(n % side, n / side)).abs());
            f64::from(steps.sum::<i32>()) / pixels
        };
        let mean =
            |texture: &[u8]| texture.iter().map(|b| f64::from(*b)).sum::<f64>() / pixels / 4.0;
        let [white, blue, value] =
            [Texture::White, Texture::Blue, Texture::Value].map(|kind| texture(kind, 256, 1));
        for texture in [&white, &blue, &value] {
            assert!((mean(texture) - 127.5).abs() < 8.0, "{}", mean(texture));
        }
        // Of two random bytes the mean distance is 85. The seam counts as any other place.
        assert!((step(&white) - 85.3).abs() < 2.0, "{}", step(&white));
        assert!(step(&blue) > 88.0, "{}", step(&blue));
        assert!(step(&value) < 15.0, "{}", step(&value));
        assert!(texture(Texture::White, 256, 2) != white);
    }
}
