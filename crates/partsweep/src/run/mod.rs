//! One run: the store that was connected to, a scan or a sweep of it, its journals, and what is said while it lasts.

pub(crate) mod ask_store;
pub(crate) mod belongs;
mod codes;
pub(crate) mod cost_notice;
pub(crate) mod exposed;
pub(crate) mod file_limit;
pub(crate) mod journals;
pub(crate) mod keys;
mod origin;
pub(crate) mod outage;
pub(crate) mod prices;
pub(crate) mod save;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod sole;
pub(crate) mod stall;
pub(crate) mod sweep;
pub(crate) mod unsettled;
