//! Completing an upload instead of aborting it: look, look again, send what is missing, complete, verify.

mod complete;
mod file;
mod look;
mod record;
mod resume;
mod source;

pub use complete::{AfterRefusal, RescueOptions, Rescued, rescue};
pub use file::{FileComparison, compare_file};
pub use look::{look, uploads_of};
pub use record::{RescueFile, RescueHeader, SendingNow, own_parts, recorded_etag};
pub use resume::{SendStop, SentParts, see_file, send_parts};
pub use source::{SentSoFar, SourceFile};
