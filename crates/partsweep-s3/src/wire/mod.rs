//! One request: made, checked, signed, sent until there is an answer.

pub(crate) mod attempt;
mod check;
pub(crate) mod client;
mod explain;
mod find_region;
mod observe;
mod prepare;
pub(crate) mod request;
mod send;
pub(crate) mod sign;
