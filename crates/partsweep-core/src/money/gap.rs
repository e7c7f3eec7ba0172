//! Why parts have no known price: the way out of it differs.

use std::collections::BTreeSet;

use crate::money::cost::{Bill, StoredBytes};
use crate::money::table::{PriceTable, STANDARD};

/// Why what is stored has no known price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceGap {
    /// Nothing is known of the store's prices, or too little.
    Store,
    /// This class has prices by region, and the region isn't known.
    Region(String),
    /// This class has prices in other regions than this one only.
    OtherRegions(String, String),
    /// Other classes have prices, and this one has none.
    Class(String),
    /// The price of this class isn't known for so much.
    Amount(String),
    /// Prices are in these currencies, which nobody can add up.
    Currencies(Vec<String>),
}

impl PriceGap {
    /// That of a class in a region; none if its price is known. `bills`: all that is billed together.
    fn of(
        prices: &PriceTable,
        class: Option<&str>,
        region: Option<&str>,
        bills: &[(Bill<'_>, u128)],
    ) -> Option<Self> {
        let name = class.filter(|class| !class.is_empty()).unwrap_or(STANDARD);
        let name = name.to_owned();
        if let Some(price) = prices.price(class, region) {
            let here = Bill::of(Some(price), region.map(Into::into));
            let bytes = bills.iter().find(|(bill, _)| *bill == here);
            let bytes = bytes.and_then(|(_, bytes)| u64::try_from(*bytes).ok());
            let month = bytes.and_then(|bytes| price.month(bytes));
            return month.is_none().then_some(Self::Amount(name));
        }
        let mut shown = prices.prices().filter(|price| price.is_shown()).peekable();
        if shown.peek().is_none() {
            return Some(Self::Store);
        }
        let is_elsewhere = shown.any(|price| {
            let mut regions = price.regions.iter();
            regions.any(|other| prices.price(class, Some(other)).is_some())
        });
        Some(match (is_elsewhere, region) {
            (false, _) => Self::Class(name),
            (true, None) => Self::Region(name),
            (true, Some(region)) => Self::OtherRegions(name, region.to_owned()),
        })
    }
}

impl StoredBytes {
    /// Why the price of some of it isn't known: each reason once. Empty if all of it has a price.
    pub fn gaps(&self, prices: &PriceTable) -> Vec<PriceGap> {
        let bills = self.by_price(prices);
        let gaps = self.places().filter_map(|((class, region), _)| {
            PriceGap::of(prices, class.as_deref(), region.as_deref(), &bills)
        });
        let mut gaps: Vec<_> = gaps.collect();
        let priced = bills.iter().filter_map(|(bill, _)| bill.price);
        let currencies: BTreeSet<String> = priced.map(|price| price.currency.to_string()).collect();
        if currencies.len() > 1 {
            gaps.push(PriceGap::Currencies(currencies.into_iter().collect()));
        }
        gaps.sort();
        gaps.dedup();
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::footprint::Amount;
    use crate::money::price::{Confidence, Price};

    fn gaps(prices: &PriceTable, class: &str, region: Option<&str>, bytes: u64) -> Vec<PriceGap> {
        let mut stored = StoredBytes::default();
        stored.add(Some(&class.into()), Amount::Exact(bytes));
        stored.in_region(region).gaps(prices)
    }

    #[test]
    fn why_a_price_is_not_known_tells_the_region_from_the_class_and_the_store() {
        let aws = PriceTable::new("aws", Vec::new());
        let class = |name: &str| name.to_owned();
        assert_eq!(gaps(&aws, "STANDARD", Some("us-east-1"), 1), []);
        assert_eq!(gaps(&aws, "STANDARD", None, 0), [], "nothing is stored");
        for name in ["STANDARD", "STANDARD_IA", "GLACIER"] {
            let gap = PriceGap::Region(class(name));
            assert_eq!(gaps(&aws, name, None, 1), [gap], "{name}");
        }
        assert_eq!(
            gaps(&aws, "STANDARD_IA", Some("eu-west-1"), 1),
            [PriceGap::OtherRegions(
                class("STANDARD_IA"),
                class("eu-west-1")
            )]
        );
        for region in [None, Some("us-east-1")] {
            let gap = PriceGap::Class(class("OUTPOSTS"));
            assert_eq!(gaps(&aws, "OUTPOSTS", region, 1), [gap]);
        }
        let much = 51_201 << 30;
        assert_eq!(
            gaps(&aws, "STANDARD", Some("us-west-1"), much),
            [PriceGap::Amount(class("STANDARD"))]
        );
    }

    /// A price for any class is of all of them together: each alone may be below its limit.
    #[test]
    fn what_one_price_is_for_is_compared_with_its_limit_together() {
        let limited = Price {
            known_to: Some(10),
            ..Price::own("*", "1".parse().unwrap(), "test")
        };
        let prices = PriceTable::new("ceph", vec![limited]);
        let mut stored = StoredBytes::default();
        for class in ["A", "B"] {
            stored.add(Some(&class.into()), Amount::Exact(6_000_000_000));
        }
        assert!(stored.month(&prices).is_none());
        let both = ["A", "B"].map(|class| PriceGap::Amount(class.to_owned()));
        assert_eq!(stored.gaps(&prices), both);
    }

    #[test]
    fn prices_in_two_currencies_are_why_there_is_no_sum() {
        let price = |class: &str, currency: &str| Price {
            currency: currency.parse().unwrap(),
            ..Price::own(class, "1".parse().unwrap(), "test")
        };
        let prices = PriceTable::new("ceph", vec![price("A", "EUR"), price("B", "CHF")]);
        let mut stored = StoredBytes::default();
        for class in ["A", "B"] {
            stored.add(Some(&class.into()), Amount::Exact(1));
        }
        assert!(stored.month(&prices).is_none());
        let both = ["CHF", "EUR"].map(str::to_owned).to_vec();
        assert_eq!(stored.gaps(&prices), [PriceGap::Currencies(both)]);
    }

    #[test]
    fn a_price_of_which_too_little_is_known_is_none() {
        let none = PriceTable::new("ceph", Vec::new());
        assert_eq!(gaps(&none, "STANDARD", None, 1), [PriceGap::Store]);
        let unsure = Price {
            confidence: Confidence::Unknown,
            ..Price::own("*", "1".parse().unwrap(), "test")
        };
        let unsure = PriceTable::new("ceph", vec![unsure]);
        assert_eq!(gaps(&unsure, "STANDARD", None, 1), [PriceGap::Store]);
        let own = Price::own("*", "1".parse().unwrap(), "test");
        assert_eq!(gaps(&PriceTable::new("ceph", vec![own]), "A", None, 1), []);
    }
}
