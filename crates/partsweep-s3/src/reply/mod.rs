//! What an answer means, and what answers have shown of the store so far.

pub(crate) mod body;
pub(crate) mod headers;
pub(crate) mod known;
pub(crate) mod object;
pub(crate) mod refusal;
pub(crate) mod versions;
