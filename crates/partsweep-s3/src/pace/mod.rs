//! How fast a store is asked: how many requests are in flight, whose turn it is, what is tried again, and when the store is given up.

pub(crate) mod adaptive;
pub(crate) mod breaker;
pub(crate) mod fair_queue;
pub(crate) mod fixed_rate;
pub(crate) mod limiter;
pub(crate) mod retry;
