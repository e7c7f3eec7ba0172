//! One request: made, checked, signed, sent until there is an answer.

pub(crate) mod check;
pub(crate) mod find_region;
pub(crate) mod prepare;
pub(crate) mod request;
pub(crate) mod send;
pub(crate) mod sign;
