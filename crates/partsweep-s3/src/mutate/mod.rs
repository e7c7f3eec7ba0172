//! The requests that change something: abort, and the copies that save an object. No other folder may send them; a test holds it.

pub(crate) mod abort;
pub(crate) mod mend;
pub(crate) mod own;
pub(crate) mod port;
