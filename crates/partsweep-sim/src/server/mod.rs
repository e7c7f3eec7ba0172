//! Connections, and one request from its first byte to its answer.

pub(crate) mod admission;
pub(crate) mod connection;
pub(crate) mod serve;
pub(crate) mod sim;
