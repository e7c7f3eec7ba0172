//! Connections: addresses, proxies, certificates, how many are open, what comes over them, and why
//! there is none.

pub(crate) mod body;
mod bundle;
pub(crate) mod collect;
pub(crate) mod connector;
pub(crate) mod dns;
pub(crate) mod error;
pub(crate) mod failure;
pub(crate) mod idle;
pub(crate) mod limits;
pub(crate) mod look_age;
pub(crate) mod proxy;
pub(crate) mod smithy;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod transport;
