//! Which price holds for a class in a region: those of the user first, then those that partsweep knows of the store.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Prices that the user gave: those for every store, and those that may be for one store only.
#[derive(Debug, Clone, Default)]
pub struct OwnPrices {
    everywhere: Arc<[Price]>,
    /// Those for every store, and behind them those for one only.
    at_store: Arc<[Price]>,
    /// The id of that store; none if all are for every store.
    store: Option<String>,
    /// The id of the store that the user named.
    named: Option<&'static str>,
}

impl OwnPrices {
    /// `typed` holds at every store, and before `of_file`, which holds at the store of this id only, if one is given.
    pub fn new(typed: &[Price], of_file: &[Price], store: Option<String>) -> Self {
        Self {
            everywhere: typed.into(),
            at_store: [typed, of_file].concat().into(),
            store,
            named: None,
        }
    }

    /// These, for a store that the user named by this id: its prices are known by that, also where its answers show only
    /// what software it runs, or nothing.
    pub fn meant_for(self, named: Option<&'static str>) -> Self {
        Self { named, ..self }
    }

    /// The id whose prices hold at a store that was recognized by this one.
    fn priced_as<'a>(&'a self, store: &'a str) -> &'a str {
        match self.named {
            Some(named) if StorePrices::of(store).is_none() => named,
            _ => store,
        }
    }

    /// Those that hold at the store of this id.
    pub fn at(&self, store: &str) -> &[Price] {
        match self.of_another_store(store) {
            Some(_) => &self.everywhere,
            None => &self.at_store,
        }
    }

    /// The id of the one store that some of them are for, if that isn't this one.
    pub fn of_another_store(&self, store: &str) -> Option<&str> {
        let here = self.priced_as(store);
        self.store.as_deref().filter(|other| *other != here)
    }

    /// Whether there are any, for whichever store.
    pub fn has_any(&self) -> bool {
        !self.at_store.is_empty()
    }

    /// The prices at the store of this id: these, then those that are known.
    pub fn table(&self, store: &str) -> PriceTable {
        let own = match self.of_another_store(store) {
            Some(_) => &self.everywhere,
            None => &self.at_store,
        };
        PriceTable {
            own: Arc::clone(own),
            store: StorePrices::of(self.priced_as(store)),
            named: self.named,
        }
    }
}

/// The prices at a store.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    /// Those that the user gave.
    own: Arc<[Price]>,
    store: Option<&'static StorePrices>,
    /// The id of the store that the user named.
    named: Option<&'static str>,
}

impl PriceTable {
    /// The prices at the store of this id, behind those that the user gave for it.
    pub fn new(store: &str, own: Vec<Price>) -> Self {
        Self {
            own: own.into(),
            store: StorePrices::of(store),
            named: None,
        }
    }

    /// The id of the store whose prices are known, else of the one that the user named.
    pub fn store(&self) -> Option<&'static str> {
        self.store.map(|known| known.store).or(self.named)
    }

    /// The currencies of the prices that are sure enough to be shown, each once.
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let is_for_all = |price: &Price| price.class == ANY_CLASS && price.regions.is_empty();
        // One for every class and region comes before all that the store has.
        let reached = match self.own.iter().any(is_for_all) {
            true => self.own.len(),
            false => usize::MAX,
        };
        let known = self.prices().take(reached);
        let known = known.filter(|price| price.is_shown());
        known.map(|price| price.currency).collect()
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
            .filter(|price| price.is_shown())
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
