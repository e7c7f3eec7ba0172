//! Texts that one entry of a listing after the other has.

use std::sync::Arc;

use crate::secrets::Secrets;

/// Bytes of what is only shown: owners, storage classes. What is longer is none.
pub(super) const LONGEST_NOTE: usize = 1 << 10;

/// A text that one entry after the other has: kept once.
pub(super) struct Interner(Option<Arc<str>>);

impl Interner {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// The text, or none if it holds a secret or is too long to be shown.
    pub(super) fn or_new(&mut self, secrets: &Secrets, text: Option<&str>) -> Option<Arc<str>> {
        let is_note = |text: &&str| text.len() <= LONGEST_NOTE && !secrets.are_in_name(text);
        if self.0.as_deref() == text {
            return self.0.clone();
        }
        let text = text.filter(is_note);
        if self.0.as_deref() != text {
            self.0 = text.map(Arc::from);
        }
        self.0.clone()
    }
}
