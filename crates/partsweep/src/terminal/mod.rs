//! What a person sees and types: the two streams, questions, progress, signals.

pub(crate) mod ask_keys;
pub(crate) mod console;
pub(crate) mod interrupt;
pub(crate) mod keyboard;
pub(crate) mod progress;
pub(crate) mod question;
