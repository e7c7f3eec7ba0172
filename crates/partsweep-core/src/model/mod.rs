//! What is looked at: an incomplete upload, its parts, its age.

pub mod activity;
pub mod believe;
pub mod checksum;
pub mod footprint;
pub mod name;
pub mod random;
pub mod upload;
