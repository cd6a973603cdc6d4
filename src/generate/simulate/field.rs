//! Fields of cells with a border, a cell wide, which holds what lies beyond the edges.

use super::choices::Edges;
use super::simulation::{Saved, Stored, put_all};

/// A field of cells, row by row, with its border.
#[derive(Clone)]
pub(super) struct Field<T> {
    pub columns: usize,
    pub rows: usize,
    cells: Vec<T>,
}

impl<T: Stored> Field<T> {
    /// A field that is `value` everywhere, beyond the edges too.
    pub fn new((columns, rows): (usize, usize), value: T) -> Self {
        Self { columns, rows, cells: vec![value; (columns + 2) * (rows + 2)] }
    }

    /// Cells from a row to the next, border and all.
    pub fn stride(&self) -> usize {
        self.columns + 2
    }

    /// All cells, those of the border too, row by row.
    pub fn all(&self) -> &[T] {
        &self.cells
    }

    /// As [`Field::all`], to be changed.
    pub fn all_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }

    /// Where cell n stands in [`Field::all`], counted row by row without the border.
    pub fn place(&self, n: usize) -> usize {
        (n / self.columns + 1) * self.stride() + n % self.columns + 1
    }

    /// The rows, without the border.
    pub fn rows(&self) -> impl Iterator<Item = &[T]> {
        let columns = self.columns;
        let rows = self.cells.chunks_exact(columns + 2).skip(1).take(self.rows);
        rows.map(move |row| &row[1..=columns])
    }

    /// As [`Field::rows`], to be changed.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        let columns = self.columns;
        let rows = self.cells.chunks_exact_mut(columns + 2).skip(1).take(self.rows);
        rows.map(move |row| &mut row[1..=columns])
    }

    /// Has the border hold what lies at the other end of a torus, else `beyond`.
    pub fn surround(&mut self, edges: Edges, beyond: T) {
        match edges {
            Edges::Torus => self.border(|count| (count, 1)),
            Edges::Dead => {
                let (stride, rows) = (self.stride(), self.rows);
                self.cells[..stride].fill(beyond);
                self.cells[(rows + 1) * stride..].fill(beyond);
                for row in self.cells.chunks_exact_mut(stride) {
                    (row[0], row[stride - 1]) = (beyond, beyond);
                }
            }
        }
    }

    /// Has the border hold what lies at the other end of a torus, else what lies beside it.
    pub fn surround_alike(&mut self, edges: Edges) {
        match edges {
            Edges::Torus => self.border(|count| (count, 1)),
            Edges::Dead => self.border(|count| (1, count)),
        }
    }

    /// Copies into the first and the last row and column those that `of` tells of so many.
    fn border(&mut self, of: impl Fn(usize) -> (usize, usize)) {
        let (stride, rows) = (self.stride(), self.rows);
        let (first, last) = of(self.columns);
        for row in self.cells.chunks_exact_mut(stride) {
            (row[0], row[stride - 1]) = (row[first], row[last]);
        }
        let (first, last) = of(rows);
        self.cells.copy_within(first * stride..(first + 1) * stride, 0);
        self.cells.copy_within(last * stride..(last + 1) * stride, (rows + 1) * stride);
    }

    /// Adds the cells to a saved state.
    pub fn put(&self, bytes: &mut Vec<u8>) {
        self.rows().for_each(|row| put_all(bytes, row));
    }

    /// Takes up cells that were saved; false if there are fewer.
    pub fn take(&mut self, saved: &mut Saved) -> bool {
        self.rows_mut().all(|row| saved.fill(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_what_lies_beyond_the_edges() {
        let mut field = Field::new((3, 2), 0u8);
        let mut saved = Saved(&[1, 2, 3, 4, 5, 6]);
        assert!(field.take(&mut saved) && saved.is_empty());
        assert_eq!(field.all()[field.place(4)], 5);
        field.surround(Edges::Torus, 9);
        assert_eq!(field.all(), [6, 4, 5, 6, 4, 3, 1, 2, 3, 1, 6, 4, 5, 6, 4, 3, 1, 2, 3, 1]);
        field.surround(Edges::Dead, 9);
        assert_eq!(field.all(), [9, 9, 9, 9, 9, 9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9]);
        field.surround_alike(Edges::Dead);
        assert_eq!(field.all(), [1, 1, 2, 3, 3, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 4, 4, 5, 6, 6]);
        let mut bytes = Vec::new();
        field.put(&mut bytes);
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6]);
    }
}
