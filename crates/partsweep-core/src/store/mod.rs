//! What a store answers, and why it did not do what it was asked.

pub mod error;
pub mod spare;
