//! Outlines.

use pulp::{Arch, Simd, WithSimd};

use super::{Change, Moment};
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
        let (mut smooth, mut slope) = (vec![0i16; stride + 8], vec![0i16; stride + 8]);
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
            for i in 0..stride {
                let across = f32::from(smooth[i + 8] - smooth[i]);
                let down = f32::from(slope[i] + 2 * slope[i + 4] + slope[i + 8]);
                out[i] = ((across * across + down * down).sqrt() * amount).min(255.0) as u8;
            }
            for (out, here) in out.chunks_exact_mut(4).zip(here.chunks_exact(4)) {
                let alpha = here[3];
                (0..3).for_each(|c| out[c] = out[c].min(alpha));
                out[3] = alpha;
            }
        }
    }
}
