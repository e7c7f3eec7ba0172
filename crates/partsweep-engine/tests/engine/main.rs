//! The engine over a store without a wire: what it finds, what it touches, what it leaves alone.

// `cfg(test)` tells clippy that `unwrap` is at home here.
#[cfg(test)]
mod crowded;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod keys;
mod lies;
#[cfg(test)]
mod paced;
#[cfg(test)]
mod resumed;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod side_by_side;
#[cfg(test)]
mod sizing;
#[cfg(test)]
mod sweep;
