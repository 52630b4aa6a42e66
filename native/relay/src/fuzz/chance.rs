//! Where choices come from: a seed, or the bytes of an input.

pub(super) trait Chance {
    /// Below `bound`, which is at least 1.
    fn below(&mut self, bound: usize) -> usize;

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The bytes of an input, read as choices and as data. Nothing is left: zeros.
pub(super) struct Script<'a>(pub(super) &'a [u8]);

impl<'a> Script<'a> {
    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

impl Chance for Script<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let bytes = self.take(if bound > 256 { 4 } else { 1 });
        let number = bytes
            .iter()
            .fold(0, |number, &byte| number << 8 | usize::from(byte));
        number % bound.max(1)
    }
}
