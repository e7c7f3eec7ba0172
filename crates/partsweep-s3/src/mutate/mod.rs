//! The requests that change something: abort, the copies that save an object, and lifecycles. No other folder may send them; a test holds it.

mod abort;
mod lifecycle;
pub(crate) mod mutator;
mod own;
mod repair;
