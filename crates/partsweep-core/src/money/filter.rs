//! Which uploads cost enough.

use crate::model::footprint::Amount;
use crate::money::amount::{Currency, Money};
use crate::money::table::OwnPrices;

/// The least that an upload has to cost a month.
#[derive(Debug, Clone)]
pub struct CostFilter {
    /// How much.
    pub least: Money,
    /// Of which currency; none for that of the price, whichever it is.
    pub currency: Option<Currency>,
    /// The prices that the user gave; those that are known of the store come behind them.
    pub prices: OwnPrices,
}

/// What an upload is billed by.
#[derive(Debug, Clone, Copy)]
pub struct BilledAt<'a> {
    /// The id of the store.
    pub store: &'a str,
    /// The region, if it is known.
    pub region: Option<&'a str>,
    /// The storage class; none if the store names none.
    pub class: Option<&'a str>,
}

/// How what an upload costs stands to a [`CostFilter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostMatch {
    /// It costs as much, or more.
    Enough,
    /// It costs less.
    TooLittle,
    /// Its price isn't known, or is of another currency.
    Unknown,
    /// What is known of its size costs less, and there may be more.
    SizeUnknown,
}

impl CostFilter {
    /// Compares what an upload costs a month: its own bytes at the price of its class and region, as if nothing else
    /// were stored there. What an account has free, or pays in any case, isn't taken off, and nothing is rounded up:
    /// what a store does so, it does for a whole account.
    pub fn compare(&self, bytes: Amount, at: BilledAt<'_>) -> CostMatch {
        let table = self.prices.table(at.store);
        let price = table.price(at.class, at.region);
        let is_comparable = |currency| self.currency.is_none_or(|asked| asked == currency);
        let month = price
            .filter(|price| is_comparable(price.currency))
            .and_then(|price| price.month(bytes.known()));
        match (month, bytes.exact()) {
            (None, _) => CostMatch::Unknown,
            (Some(month), _) if month >= self.least => CostMatch::Enough,
            (Some(_), None) => CostMatch::SizeUnknown,
            (Some(_), Some(_)) => CostMatch::TooLittle,
        }
    }
}
