//! A saved scan: what was seen and decided, in a file that a sweep can be made from.
//!
//! NDJSON in constant memory at any size: a header, a line per upload and one per bucket when it is
//! done, and a closing line with counts and a digest of all that comes before. Each line carries a
//! check of its own, bound to the header, so that lines that were removed by hand can be told from
//! lines that were changed, added or brought from elsewhere.
//!
//! | part | what it does |
//! |---|---|
//! | [`InventoryWriter`] | writes a scan as it comes |
//! | [`check()`] | reads a file once: whole or not, and the plan that it makes |
//! | [`Uploads`] | reads it again for the sweep |
//! | [`mod@file`] | the same as files, compressed or not |

mod check;
mod error;
pub mod file;
mod line;
mod read;
mod write;

pub use check::{Checked, Removed, Uploads, check};
pub use error::InventoryError;
pub use line::{Header, SCHEMA, SavedBucket, SavedCost, SavedError, SavedIndex, SavedSelection};
pub use read::{Entry, InventoryReader, SavedUpload};
pub use write::{InventoryWriter, Saved};
