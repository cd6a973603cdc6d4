//! Cellular noise: the distance to the nearest of points, one in each cell of a lattice
//! (S. Worley, "A Cellular Texture Basis Function", SIGGRAPH 1996), a row at a time.

use super::lattice::{Lattice, hash, unit};

/// A cell's point as a row sees it: where along the row, and how far from it, squared.
type Seen = (f32, f32);

/// Points further from the row than this are never the nearest: somewhere in the cells around a
/// pixel there is always one within.
const FAR: f32 = 3.0;

impl Lattice {
    /// The distance to the nearest point, in cells, for each pixel of row `y`.
    pub(super) fn nearest_row(&self, y: f64, z: f64, out: &mut [f32]) {
        let y = y * self.frequency + self.offset(1);
        let start = self.offset(0) + 0.5 * self.frequency;
        let mut column = start.floor();
        let (mut before, mut here) = (self.column(column - 1.0, y, z), self.column(column, y, z));
        let mut x = 0;
        while x < out.len() {
            let after = self.column(column + 1.0, y, z);
            let end = (((column + 1.0 - start) / self.frequency).ceil() as usize).min(out.len());
            let count = end.saturating_sub(x);
            let run = &mut out[x..x + count];
            run.fill(FAR);
            let first = (start + x as f64 * self.frequency - column) as f32;
            let step = self.frequency as f32;
            for (points, shift) in [(&before, -1.0), (&here, 0.0), (&after, 1.0)] {
                for (along, away) in points {
                    let from = along + shift;
                    for (i, nearest) in run.iter_mut().enumerate() {
                        let dx = first + i as f32 * step - from;
                        let distance = dx * dx + away;
                        *nearest = if distance < *nearest { distance } else { *nearest };
                    }
                }
            }
            run.iter_mut().for_each(|d| *d = d.sqrt());
            x += count;
            column += 1.0;
            (before, here) = (here, after);
        }
    }

    /// The points of the nine cells around the row in one column.
    fn column(&self, column: f64, y: f64, z: f64) -> Vec<Seen> {
        let (row, slice) = (y.floor(), z.floor());
        let mut points = Vec::with_capacity(9);
        for dy in -1..=1 {
            for dz in -1..=1 {
                let slice_at = slice as i64 + dz;
                let wrapped =
                    self.period.map_or(slice_at, |p| slice_at.rem_euclid(p.max(1) as i64));
                let random =
                    hash(self.salt, column as i64 as u64, (row as i64 + dy) as u64, wrapped as u64);
                let py = row + dy as f64 + unit(random >> 16) - y;
                let pz = slice_at as f64 + unit(random >> 32) - z;
                let away = (py * py + pz * pz) as f32;
                if away < FAR {
                    points.push((unit(random) as f32, away));
                }
            }
        }
        points
    }
}
