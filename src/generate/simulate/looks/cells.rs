//! Cells of a colour each.

use super::super::Simulate;
use super::super::ages::BORN;
use super::super::choices::Kind;
use super::{Shade, Shades, ground};
use crate::generate::{Frame, premultiplied};
use crate::values::Ground;

/// Draws cells, by their tones row by row.
pub(super) fn draw(now: &Simulate, tones: &[u8], frame: &mut Frame) {
    let (table, is_opaque) = (table(now), now.is_opaque());
    match is_opaque {
        true => frame.set_opaque(),
        false => frame.clear(),
    }
    let (size, cell) = (frame.size(), now.cell as usize);
    let (columns, _) = now.field(size);
    let (width, stride) = (size.width as usize, frame.stride());
    let (data, alpha) = frame.planes_mut();
    for (y, tones) in tones.chunks_exact(columns).enumerate() {
        let first = y * cell;
        let lines = cell.min((size.height as usize).saturating_sub(first));
        if lines == 0 {
            break;
        }
        let row = &mut data[first * stride..][..stride];
        line(&table, tones, cell, row);
        for line in 1..lines {
            data.copy_within(first * stride..(first + 1) * stride, (first + line) * stride);
        }
        if !is_opaque {
            let row = &mut alpha[first * width..][..width];
            for (pixels, tone) in row.chunks_mut(cell).zip(tones) {
                pixels.fill(table[usize::from(*tone)][3]);
            }
            for line in 1..lines {
                alpha.copy_within(first * width..(first + 1) * width, (first + line) * width);
            }
        }
    }
}

/// Draws a row of pixels.
fn line(table: &[Shade; 256], tones: &[u8], cell: usize, row: &mut [u8]) {
    if cell == 1 {
        let (pixels, _) = row.as_chunks_mut::<3>();
        for (pixel, tone) in pixels.iter_mut().zip(tones) {
            let [r, g, b, _] = table[usize::from(*tone)];
            *pixel = [r, g, b];
        }
        return;
    }
    for (cells, tone) in row.chunks_mut(3 * cell).zip(tones) {
        let [r, g, b, _] = table[usize::from(*tone)];
        let (pixels, _) = cells.as_chunks_mut::<3>();
        pixels.fill([r, g, b]);
    }
}

/// The colour of each tone.
pub(super) fn table(now: &Simulate) -> [Shade; 256] {
    let (shades, ground) = (Shades::of(now), ground(now));
    match now.kind {
        Kind::Cyclic => {
            let last = f64::from(now.states - 1);
            std::array::from_fn(|state| shades.at(state as f64 / last))
        }
        Kind::Elementary if now.has_code() => {
            let last = f64::from((now.states - 2).max(1));
            std::array::from_fn(|state| match state {
                0 => ground,
                state => shades.at((state - 1) as f64 / last),
            })
        }
        // Up to three grains, and cells that topple.
        Kind::Sandpile => std::array::from_fn(|grains| match grains {
            0 if now.background == Ground::None => ground,
            grains => shades.at(grains as f64 / 4.0),
        }),
        Kind::Dla => std::array::from_fn(|tone| match (tone as u8).checked_sub(BORN) {
            Some(age) => shades.at(f64::from(age) / 127.0),
            None => ground,
        }),
        _ => ages(now, &shades, ground),
    }
}

/// The colour of each age, and of each time since a cell died.
fn ages(now: &Simulate, shades: &Shades, ground: Shade) -> [Shade; 256] {
    let [r, g, b] = now.trace.0;
    std::array::from_fn(|tone| match (tone as u8).checked_sub(BORN) {
        Some(age) => shades.at(f64::from(age) / now.age.max(1.0)),
        // Dead since so many steps.
        None => {
            let since = f64::from(BORN - 1 - tone as u8);
            if tone == 0 || since >= now.fade {
                return ground;
            }
            let left = 1.0 - since / now.fade;
            let mix = |from: u8, to: u8| {
                (f64::from(from) + (f64::from(to) - f64::from(from)) * left).round() as u8
            };
            match now.background {
                Ground::Color(_) => [mix(ground[0], r), mix(ground[1], g), mix(ground[2], b), 255],
                Ground::None => premultiplied([r, g, b, mix(0, 255)]),
            }
        }
    })
}
