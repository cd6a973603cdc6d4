//! A value from a table, by another.

/// Points in the order of their first coordinates, joined by straight lines. Beyond both ends it stays what it is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// Nothing, if they are counted from 0.
    xs: Vec<f64>,
    ys: Vec<f64>,
}

impl Column {
    /// The points, if there are some and each lies behind the one before.
    pub fn new(points: &[(f64, f64)]) -> Option<Self> {
        let rises = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let (xs, ys) = points.iter().copied().unzip();
        (rises && !points.is_empty()).then_some(Self { xs, ys })
    }

    /// Points at 0, 1, 2 and so on, at least one.
    pub fn counted(ys: Vec<f64>) -> Option<Self> {
        (!ys.is_empty()).then_some(Self { xs: Vec::new(), ys })
    }

    /// The value at `x`; of what is no number none.
    pub fn at(&self, x: f64) -> f64 {
        let Self { xs, ys } = self;
        if x.is_nan() {
            return x;
        }
        if xs.is_empty() {
            let last = ys.len() - 1;
            let at = x.clamp(0.0, last as f64);
            let before = at as usize;
            let after = ys[(before + 1).min(last)];
            return ys[before] + (after - ys[before]) * (at - before as f64);
        }
        let next = xs.partition_point(|known| *known <= x);
        if next == 0 {
            return ys[0];
        }
        let (from, before) = (xs[next - 1], ys[next - 1]);
        match (xs.get(next), ys.get(next)) {
            (Some(to), Some(after)) => before + (after - before) * ((x - from) / (to - from)),
            _ => before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_joined_by_straight_lines() {
        let column = Column::new(&[(0.0, 1.0), (2.0, 5.0), (3.0, -1.0)]).expect("it rises");
        let at = |x| column.at(x);
        assert_eq!([at(-9.0), at(0.0), at(0.5), at(2.0)], [1.0, 1.0, 2.0, 5.0]);
        assert_eq!([at(2.5), at(3.0), at(1e300)], [2.0, -1.0, -1.0]);
        assert!(at(f64::NAN).is_nan());
        assert_eq!(Column::new(&[(0.0, 1.0), (0.0, 2.0)]), None);
        assert_eq!(Column::new(&[]), None);
        let counted = Column::counted(vec![1.0, 5.0, -1.0]).expect("three");
        assert_eq!([-1.0, 0.5, 1.0, 1.5, 9.0].map(|x| counted.at(x)), [1.0, 3.0, 5.0, 2.0, -1.0]);
        assert_eq!(Column::new(&[(7.0, 3.0)]).map(|one| one.at(0.0)), Some(3.0));
    }
}
