//! Saving, checking and reading again takes the same memory for any number of uploads. A program of
//! its own: the peak is that of the whole process.

// `cfg(test)` tells clippy that `unwrap` is at home here.
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
