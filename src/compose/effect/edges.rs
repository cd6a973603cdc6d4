//! Outlines.

use pulp::{Arch, Simd, WithSimd};

use super::{Change, Moment};
use crate::compose::warp::rounded;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Shows where colours change: the magnitude of Sobel's operator, for each channel.
    Edges, EdgesDraft as "edges";

    /// How bright the outlines are
    amount: f64 = 1.0, placeholder("X"), within(0.0, 16.0, "times");
}

impl Change for Edges {
    const ABOUT: &'static str = "Outlines (Sobel's operator)";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let source = scratch.exchange(canvas);
        Arch::new().dispatch(Sobel { source, target: canvas, amount: self.amount as f32 });
    }
}

/// Channels that are taken together.
const LANES: usize = 64;

/// How steep some channels are, from the sums down the columns: those of a channel stand four apart.
#[inline(always)]
fn magnitudes(smooth: &[i16], slope: &[i16], amount: f32) -> [u8; LANES] {
    let mut levels = [0; LANES];
    let (smooth, slope) = (&smooth[..LANES + 8], &slope[..LANES + 8]);
    for i in 0..LANES {
        let across = f32::from(smooth[i + 8] - smooth[i]);
        let down = f32::from(slope[i] + 2 * slope[i + 4] + slope[i + 8]);
        let steep = ((across * across + down * down).sqrt() * amount).min(255.0);
        levels[i] = rounded(steep) as u8;
    }
    levels
}

struct Sobel<'a> {
    source: &'a Canvas,
    target: &'a mut Canvas,
    amount: f32,
}

impl WithSimd for Sobel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { source, target, amount } = self;
        let stride = source.stride();
        let height = source.size().height as usize;
        let row = |y: usize| &source.data()[y.min(height - 1) * stride..][..stride];
        // Sums down the columns, with the pixels of the edges once more on each side.
        let length = stride.next_multiple_of(LANES) + 8;
        let (mut smooth, mut slope) = (vec![0i16; length], vec![0i16; length]);
        let mut alphas = vec![0u8; length];
        for (y, out) in target.data_mut().chunks_exact_mut(stride).enumerate() {
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row(y + 1));
            for i in 0..stride {
                let (a, b, c) = (i16::from(above[i]), i16::from(here[i]), i16::from(below[i]));
                smooth[i + 4] = a + 2 * b + c;
                slope[i + 4] = c - a;
            }
            for sums in [&mut smooth, &mut slope] {
                sums.copy_within(4..8, 0);
                sums.copy_within(stride..stride + 4, stride + 4);
            }
            // Each alpha beside each channel.
            for (alphas, here) in alphas.chunks_exact_mut(4).zip(here.chunks_exact(4)) {
                alphas.fill(here[3]);
            }
            for (n, out) in out.chunks_mut(LANES).enumerate() {
                let at = n * LANES;
                let alphas = &alphas[at..at + LANES];
                let mut levels = magnitudes(&smooth[at..], &slope[at..], amount);
                for i in 0..LANES {
                    levels[i] = levels[i].min(alphas[i]);
                }
                for (level, alpha) in levels.chunks_exact_mut(4).zip(alphas.chunks_exact(4)) {
                    level[3] = alpha[3];
                }
                out.copy_from_slice(&levels[..out.len()]);
            }
        }
    }
}
