//! The machine formats of `docs/formats.md`: their own types, so that a change in the engine cannot
//! change what other programs read.
//!
//! | module | what it holds |
//! |---|---|
//! | [`json`] | writing values, with everything escaped that a terminal could obey |
//! | [`cost`] | what parts cost a month |
//! | [`upload`] | an upload, and an error |
//! | [`scan`] | `partsweep.scan/1` |
//! | [`sweep`] | `partsweep.sweep/1` |

pub(crate) mod cost;
pub(crate) mod json;
pub(crate) mod scan;
pub(crate) mod sweep;
pub(crate) mod upload;
