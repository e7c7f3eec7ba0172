//! The requests that change something: abort, and the copies that save an object. No other folder may send them; a test holds it.

mod abort;
pub(crate) mod mutator;
mod own;
mod repair;
