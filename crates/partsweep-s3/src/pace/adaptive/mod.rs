//! The limit that follows what a store can take.

pub(crate) mod limit;
pub(crate) mod rate;
pub(crate) mod window;
