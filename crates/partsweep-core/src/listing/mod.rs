//! Listings: walking them on stores that page oddly, side by side, and how far they can be believed.

pub mod completeness;
pub mod pager;
pub mod ranges;
