//! Which price holds for a class in a region: those of the user first, then those that partsweep knows of the store.

use std::borrow::Cow;

use crate::money::amount::{Currency, Money};
use crate::money::price::{
    Averaging, BillingTime, Confidence, Floor, PrepaidPlan, Price, PriceTier, PriceUnit, Rounding,
};

/// What partsweep knows of a store's prices: its file in `prices/`.
#[derive(Debug, Clone, Copy)]
pub struct StorePrices {
    /// The id of the store.
    pub store: &'static str,
    /// Classes whose parts are billed as those of another: where they wait until the upload is completed.
    pub billed_as: &'static [(&'static str, &'static str)],
    /// The prices.
    pub prices: &'static [Price],
}

include!(concat!(env!("OUT_DIR"), "/prices.rs"));

impl StorePrices {
    /// Those of every store that has any.
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// Those of a store, if anything is known.
    pub fn of(store: &str) -> Option<&'static Self> {
        ALL.iter().find(|prices| prices.store == store)
    }
}

/// The class of parts of which the store names none.
pub const STANDARD: &str = "STANDARD";

/// The price of every class that has no other.
pub const ANY_CLASS: &str = "*";

/// The prices at a store.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    /// Those that the user gave.
    own: Vec<Price>,
    store: Option<&'static StorePrices>,
}

impl PriceTable {
    /// The prices at the store of this id, behind those that the user gave for it.
    pub fn new(store: &str, own: Vec<Price>) -> Self {
        Self {
            own,
            store: StorePrices::of(store),
        }
    }

    /// All of them, those of the user first.
    pub fn prices(&self) -> impl Iterator<Item = &Price> {
        let known = self.store.map_or(&[][..], |store| store.prices);
        self.own.iter().chain(known)
    }

    /// Classes whose parts are billed as those of another.
    pub fn billed_as(&self) -> &'static [(&'static str, &'static str)] {
        self.store.map_or(&[], |store| store.billed_as)
    }

    /// The price of parts of this class in this region, if it is known and sure enough to be shown.
    pub fn price(&self, class: Option<&str>, region: Option<&str>) -> Option<&Price> {
        let class = class.filter(|class| !class.is_empty()).unwrap_or(STANDARD);
        let is_class = |name: &str| name.eq_ignore_ascii_case(class);
        let billed = self.billed_as().iter().find(|(name, _)| is_class(name));
        let billed = billed.map(|(_, billed)| *billed);
        let known = self.store.map_or(&[][..], |store| store.prices);
        let own = |class| find(&self.own, class, region);
        own(class)
            .or_else(|| own(billed?))
            .or_else(|| own(ANY_CLASS))
            .or_else(|| find(known, billed.unwrap_or(class), region))
            .or_else(|| find(known, ANY_CLASS, region))
            .filter(|price| price.confidence != Confidence::Unknown)
    }
}

/// The first price of exactly this class that holds in the region. Without a region, only what holds everywhere.
fn find<'a>(prices: &'a [Price], class: &str, region: Option<&str>) -> Option<&'a Price> {
    let holds = |price: &&Price| {
        let is_here = |other: &Cow<'static, str>| {
            region.is_some_and(|region| other.eq_ignore_ascii_case(region))
        };
        price.class.eq_ignore_ascii_case(class)
            && (price.regions.is_empty() || price.regions.iter().any(is_here))
    };
    prices.iter().find(holds)
}
