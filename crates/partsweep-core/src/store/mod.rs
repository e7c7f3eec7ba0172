//! What a store answers, and why it did not do what it was asked.

pub mod answers;
pub mod bucket_list;
pub mod error;
pub mod part_data;
pub mod spare;
