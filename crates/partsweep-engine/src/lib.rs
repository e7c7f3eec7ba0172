//! The work of partsweep: list, size, choose, sweep, verify, over two narrow ports.
