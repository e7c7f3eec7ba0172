//! The requests that change something: abort, complete, send a part, the copies that save an object, and lifecycles. No other folder may send them; a test holds it.

mod abort;
mod complete;
mod lifecycle;
pub(crate) mod mutator;
mod own;
mod part;
mod repair;
