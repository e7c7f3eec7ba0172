//! What is known of each store, as data, and how a store is recognised.

pub mod profile;
pub mod profiles;
pub mod recognise;
pub mod simulated;
mod typed_endpoint;
