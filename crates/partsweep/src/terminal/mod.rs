//! What a person sees and types: the two streams, questions, progress, signals.

pub(crate) mod ask_keys;
pub(crate) mod confirm;
pub(crate) mod console;
mod hush;
pub(crate) mod interrupt;
pub(crate) mod keyboard;
mod narrow;
pub(crate) mod progress;
pub(crate) mod question;
