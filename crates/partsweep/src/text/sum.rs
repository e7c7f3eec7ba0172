//! Sizes added up.

use partsweep_core::Amount;

use crate::text::figures::rounded_sum;

/// Sizes added up, some of which may not be known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// The known ones.
    pub(crate) known: u64,
    /// Whether there are others, or the sum is too large to be one (law 13).
    pub(crate) has_unknown: bool,
}

impl Sum {
    /// Adds a size.
    pub(crate) fn add(&mut self, bytes: Amount) {
        let sum = self.known.checked_add(bytes.known());
        self.has_unknown |= bytes.exact().is_none() || sum.is_none();
        self.known = sum.unwrap_or(self.known);
    }

    /// What is left without a part of it.
    pub(crate) fn without(self, bytes: u64) -> Self {
        let known = self.known.saturating_sub(bytes);
        Self { known, ..self }
    }

    /// As it is shown.
    pub(crate) fn words(self) -> String {
        rounded_sum(self.known, self.has_unknown)
    }
}

impl From<Amount> for Sum {
    fn from(bytes: Amount) -> Self {
        let mut sum = Self::default();
        sum.add(bytes);
        sum
    }
}
