//! The words of partsweep and every decision that is pure: no I/O, no clock.
