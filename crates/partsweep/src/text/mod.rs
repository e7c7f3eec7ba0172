//! How things are put: sizes and times, failures and what to do about them, exit codes.

pub(crate) mod again;
pub(crate) mod ceph_admin;
pub(crate) mod connect_failure;
pub(crate) mod error;
pub(crate) mod exit;
pub(crate) mod figures;
pub(crate) mod fit;
pub(crate) mod hints;
pub(crate) mod keys_asked;
mod refused;
pub(crate) mod request;
pub(crate) mod sum;
