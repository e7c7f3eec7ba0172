//! The engine over a store without a wire: what it finds, what it touches, what it leaves alone.

mod fake;
mod scan;
mod sweep;
