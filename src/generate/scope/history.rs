//! What was found for frames, and is looked at again for later ones.

use std::collections::VecDeque;

/// Values of successive indices.
pub(super) struct History<T> {
    /// The index of the first.
    first: i64,
    values: VecDeque<T>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { first: 0, values: VecDeque::new() }
    }
}

impl<T> History<T> {
    /// Has the `count` values up to that of index `last` be there: those that are missing are found by `find`. Gives
    /// them, from the earliest on.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn up_to<E>(
        &mut self,
        last: i64,
        count: usize,
        mut find: impl FnMut(i64) -> Result<T, E>,
    ) -> Result<impl DoubleEndedIterator<Item = &T>, E> {
        let first = last + 1 - count as i64;
        let end = self.first + self.values.len() as i64;
        if first < self.first || first > end {
            self.values.clear();
            self.first = first;
        }
        while self.first < first {
            self.values.pop_front();
            self.first += 1;
        }
        while self.first + (self.values.len() as i64) <= last {
            let value = find(self.first + self.values.len() as i64)?;
            self.values.push_back(value);
        }
        Ok(self.values.iter().take(count))
    }
}
