//! What the simulated store holds.

pub(crate) mod acl;
pub(crate) mod completing;
pub(crate) mod data;
pub(crate) mod ids;
pub(crate) mod keys;
pub(crate) mod lifecycle;
pub(crate) mod object;
pub(crate) mod series;
pub(crate) mod state;
pub(crate) mod upload;
pub(crate) mod uploads;
pub(crate) mod versions;
