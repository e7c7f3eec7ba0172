//! One request: made, checked, signed, sent until there is an answer.

pub(crate) mod attempt;
pub(crate) mod caller;
mod check;
pub(crate) mod client;
mod explain;
mod find_region;
mod observe;
mod prepare;
pub(crate) mod request;
mod send;
pub(crate) mod session;
pub(crate) mod sign;
