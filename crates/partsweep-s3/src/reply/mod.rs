//! What an answer means.

pub(crate) mod body;
pub(crate) mod collect;
pub(crate) mod headers;
pub(crate) mod known;
pub(crate) mod refusal;
