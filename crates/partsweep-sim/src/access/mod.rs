//! Whether a request may be: its signature, and what its keys are allowed.

pub(crate) mod rights;
pub(crate) mod sessions;
pub(crate) mod signature;
