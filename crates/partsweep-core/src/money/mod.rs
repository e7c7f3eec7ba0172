//! What stored parts cost: prices as data, the cost of a month, and when an abort saves it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`amount`] | money and currencies, exactly |
//! | [`price`] | one price with all its terms |
//! | [`table`] | which price holds for a class and a region |
//! | [`cost`] | bytes by class, and what they cost a month |
//! | [`gap`] | why there is no price |
//! | [`filter`] | which uploads cost enough |
//! | [`saving`] | when an abort saves that, and what limits it |

pub mod amount;
pub mod cost;
mod decimal;
pub mod filter;
pub mod gap;
pub mod price;
pub mod saving;
pub mod table;
#[cfg(test)]
mod tests;
