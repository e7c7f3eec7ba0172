//! Completing an upload instead of aborting it: what has to be seen, the gate, and the consent.

mod gate;
pub mod obstacle;
pub mod part_md5;
pub mod plan;
pub mod seen;
