//! Completing an upload instead of aborting it: what has to be seen, the gate, and the consent.

mod digest;
mod gate;
pub mod layout;
pub mod obstacle;
pub mod own;
pub mod part_md5;
pub mod plan;
pub mod resume;
pub mod seen;
