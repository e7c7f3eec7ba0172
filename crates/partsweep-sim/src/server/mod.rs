//! Connections, and one request from its first byte to its answer.

pub(crate) mod admission;
pub(crate) mod connection;
mod express;
#[cfg(feature = "front")]
pub(crate) mod front;
pub(crate) mod serve;
pub(crate) mod sim;
