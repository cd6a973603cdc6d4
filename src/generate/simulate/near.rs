//! Points by the square in which they lie, so that those around one are found.

/// Squares, and the points in each, in the order of their numbers.
#[derive(Default)]
pub(super) struct Near {
    is_torus: bool,
    counts: [usize; 2],
    /// Cells across and down a square.
    sides: [f32; 2],
    /// Where the points of each square begin in `order`; one more at the end.
    starts: Vec<u32>,
    order: Vec<u32>,
}

impl Near {
    /// Sorts points of a field into squares of at least `side` cells across.
    pub fn sort(&mut self, points: &[[f32; 2]], side: f32, field: [usize; 2], is_torus: bool) {
        self.is_torus = is_torus;
        self.counts = field.map(|cells| ((cells as f32 / side) as usize).max(1));
        self.sides = [0, 1].map(|axis| field[axis] as f32 / self.counts[axis] as f32);
        let squares = self.counts[0] * self.counts[1];
        self.starts.clear();
        self.starts.resize(squares + 1, 0);
        for point in points {
            let square = self.square(*point);
            self.starts[square + 1] += 1;
        }
        for n in 1..self.starts.len() {
            self.starts[n] += self.starts[n - 1];
        }
        self.order.clear();
        self.order.resize(points.len(), 0);
        let mut next = self.starts.clone();
        for (n, point) in (0..).zip(points) {
            let place = &mut next[self.square(*point)];
            self.order[*place as usize] = n;
            *place += 1;
        }
    }

    fn at(&self, point: [f32; 2]) -> [usize; 2] {
        [0, 1].map(|axis| ((point[axis] / self.sides[axis]) as usize).min(self.counts[axis] - 1))
    }

    fn square(&self, point: [f32; 2]) -> usize {
        let [x, y] = self.at(point);
        y * self.counts[0] + x
    }

    /// Calls `visit` with points in the squares around a place, always in the same order: of each square at most `most`,
    /// which stand for all that are there.
    pub fn around(&self, point: [f32; 2], most: usize, mut visit: impl FnMut(usize)) {
        let [x, y] = self.at(point);
        // Of a torus with less than three squares, each once.
        let along = |axis: usize, at: usize| {
            let count = self.counts[axis] as i64;
            let (first, last) = match self.is_torus {
                true if count < 3 => (0, count - 1),
                true => (at as i64 - 1, at as i64 + 1),
                false => ((at as i64 - 1).max(0), (at as i64 + 1).min(count - 1)),
            };
            (first..=last).map(move |n| n.rem_euclid(count) as usize)
        };
        for y in along(1, y) {
            for x in along(0, x) {
                let square = y * self.counts[0] + x;
                let points = self.starts[square] as usize..self.starts[square + 1] as usize;
                let points = &self.order[points];
                let apart = points.len().div_ceil(most).max(1);
                points.iter().step_by(apart).for_each(|n| visit(*n as usize));
            }
        }
    }
}
