//! The journal: what it holds after a crash at any byte, what it costs, and what breaks it.

// `cfg(test)` tells clippy that `unwrap` is at home here.
#[cfg(test)]
mod act;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod sinks;
#[cfg(test)]
mod told;
