//! Completing an upload instead of aborting it: look, look again, complete, verify.

mod complete;
mod file;
mod look;
mod record;

pub use complete::{AfterRefusal, RescueOptions, Rescued, rescue};
pub use file::{FileComparison, compare_file};
pub use look::{look, uploads_of};
pub use record::{RescueFile, RescueHeader};
