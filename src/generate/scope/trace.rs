//! Curves over the columns of a picture.

use super::Style;
use super::sheet::Sheet;

/// A curve in a column of pixels, in pixels from the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Where it enters.
    pub enter: f32,
    /// Where it leaves.
    pub leave: f32,
    /// How far up it reaches.
    pub top: f32,
    /// How far down it reaches.
    pub bottom: f32,
}

/// How a curve is drawn.
pub(super) struct Pen<'a> {
    pub style: Style,
    /// Half of the width of its line.
    pub half: f32,
    /// Where the axis is, in pixels from the top.
    pub axis: f32,
    /// A colour for each row.
    pub colors: &'a [[u8; 3]],
}

/// The edge of an area in a column: it goes from one height to the other, and the area lies below it.
#[derive(Clone, Copy)]
struct Edge {
    upper: f32,
    lower: f32,
    /// From row to row, how much more of the row lies below.
    rise: f32,
}

impl Edge {
    fn new(a: f32, b: f32) -> Self {
        let (upper, lower) = (a.min(b), a.max(b));
        Self { upper, lower, rise: 1.0 / (lower - upper + 1.0) }
    }

    /// The edge, nowhere above `least` or below `most`.
    #[inline(always)]
    fn within(self, least: f32, most: f32) -> Self {
        Self::new(self.upper.max(least).min(most), self.lower.max(least).min(most))
    }

    /// How much of a row lies below.
    #[inline(always)]
    fn covers(self, row: f32) -> f32 {
        ((row + 1.0 - self.upper) * self.rise).clamp(0.0, 1.0)
    }
}

impl Pen<'_> {
    /// Draws a curve, column by column.
    pub fn draw(&self, sheet: &mut Sheet, columns: impl Iterator<Item = Column>) {
        let columns: Vec<Column> = columns.take(sheet.width).collect();
        let near = self.half.ceil() as usize;
        for (x, column) in columns.iter().enumerate() {
            let (top, bottom) = self.edges(*column);
            let (top, bottom) = match self.style {
                Style::Line => {
                    // A steep line must not reach beyond the curve by more than half of its width.
                    let near = &columns[x.saturating_sub(near)..(x + near + 1).min(columns.len())];
                    let highest = near.iter().fold(f32::MAX, |least, c| least.min(c.top));
                    let lowest = near.iter().fold(f32::MIN, |most, c| most.max(c.bottom));
                    (
                        top.within(highest - self.half, f32::MAX),
                        bottom.within(f32::MIN, lowest + self.half),
                    )
                }
                _ => (top, bottom),
            };
            let first = top.upper.floor().clamp(0.0, sheet.height as f32) as usize;
            let end = (bottom.lower + 1.0).ceil().clamp(0.0, sheet.height as f32) as usize;
            // Rows that are covered as a whole.
            let from = (top.lower.ceil().max(0.0) as usize).clamp(first, end);
            let until = (bottom.upper.floor().max(0.0) as usize).clamp(from, end);
            for row in (first..from).chain(until..end) {
                let cover = top.covers(row as f32) - bottom.covers(row as f32);
                if cover > 0.0 {
                    sheet.put(x, row, self.colors[row], (cover * 255.0 + 0.5) as u32);
                }
            }
            if from < until {
                sheet.column(x, from, &self.colors[from..until]);
            }
        }
    }

    /// The edges of what is covered in a column.
    fn edges(&self, column: Column) -> (Edge, Edge) {
        let Column { enter, leave, top, bottom } = column;
        let is_straight = top >= enter.min(leave) && bottom <= enter.max(leave);
        match self.style {
            Style::Dots => {
                let middle = (top + bottom) / 2.0;
                (
                    Edge::new(middle - self.half, middle - self.half),
                    Edge::new(middle + self.half, middle + self.half),
                )
            }
            Style::Fill | Style::Bars => {
                let (above, below) = match is_straight {
                    true => (Edge::new(enter, leave), Edge::new(enter, leave)),
                    false => (Edge::new(top, top), Edge::new(bottom, bottom)),
                };
                // There is a line on the axis where it is silent.
                let (up, down) = (self.axis - 0.5, self.axis + 0.5);
                (
                    Edge::new(above.upper.min(up), above.lower.min(up)),
                    Edge::new(below.upper.max(down), below.lower.max(down)),
                )
            }
            // Across a slope a line is as wide as elsewhere.
            Style::Line if is_straight => {
                let slope = leave - enter;
                let half = self.half * (1.0 + slope * slope).sqrt();
                (Edge::new(enter - half, leave - half), Edge::new(enter + half, leave + half))
            }
            Style::Line => {
                let (up, down) = (top - self.half, bottom + self.half);
                (Edge::new(up, up), Edge::new(down, down))
            }
        }
    }
}

/// A cubic through four values in even steps, between the second and the third (Catmull and Rom, A class of local
/// interpolating splines, 1974).
#[inline(always)]
pub(super) fn cubic([a, b, c, d]: [f32; 4], part: f32) -> f32 {
    let (slope, other) = ((c - a) * 0.5, (d - b) * 0.5);
    let (square, cube) = (part * part, part * part * part);
    b * (2.0 * cube - 3.0 * square + 1.0)
        + slope * (cube - 2.0 * square + part)
        + c * (3.0 * square - 2.0 * cube)
        + other * (cube - square)
}
