//! Bytes by storage class, and what they cost a month.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::footprint::Amount;
use crate::money::amount::{Currency, Money};
use crate::money::price::{Confidence, Price};
use crate::money::saving::Saving;
use crate::money::table::PriceTable;

/// What has one price: a class, and where it is stored.
pub(super) type ClassPlace = (Option<Arc<str>>, Option<Arc<str>>);

/// What is billed together.
pub(super) struct Bill<'a> {
    pub(super) price: Option<&'a Price>,
    region: Option<Arc<str>>,
}

impl<'a> Bill<'a> {
    /// Of what is stored in a region: a price for all regions is of all of them together.
    pub(super) fn of(price: Option<&'a Price>, region: Option<Arc<str>>) -> Self {
        let is_of_region = price.is_none_or(|price| !price.regions.is_empty());
        let region = region.filter(|_| is_of_region);
        Self { price, region }
    }
}

impl PartialEq for Bill<'_> {
    /// Two prices may say the same and be of different classes: the same one is meant.
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (self.price, other.price) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            (None, None) => true,
            _ => false,
        };
        is_same && self.region == other.region
    }
}

/// Bytes by storage class and region, added up.
#[derive(Debug, Clone, Default)]
pub struct StoredBytes {
    by_place: BTreeMap<ClassPlace, u128>,
    /// Uploads whose size isn't known exactly: what they hold is a lower bound.
    has_unsized: bool,
}

impl StoredBytes {
    /// Adds what an upload holds.
    pub fn add(&mut self, class: Option<&Arc<str>>, bytes: Amount) {
        self.has_unsized |= bytes.exact().is_none();
        if bytes.known() > 0 {
            let place = (class.cloned(), None);
            *self.by_place.entry(place).or_default() += u128::from(bytes.known());
        }
    }

    /// All of it in this region, where it was not known yet.
    pub fn in_region(self, region: Option<&str>) -> Self {
        let region: Option<Arc<str>> = region.map(Into::into);
        let by_place = self.by_place.into_iter();
        let by_place = by_place
            .map(|((class, known), bytes)| ((class, known.or_else(|| region.clone())), bytes));
        Self {
            by_place: by_place.collect(),
            ..self
        }
    }

    /// How much there is of each class and region.
    pub(super) fn places(&self) -> impl Iterator<Item = (&ClassPlace, &u128)> {
        self.by_place.iter()
    }

    /// Whether it is known that there is nothing.
    pub fn is_nothing(&self) -> bool {
        self.by_place.is_empty() && !self.has_unsized
    }

    /// Adds others.
    pub fn join(&mut self, other: &Self) {
        self.has_unsized |= other.has_unsized;
        for (place, bytes) in &other.by_place {
            *self.by_place.entry(place.clone()).or_default() += bytes;
        }
    }

    /// The same of what is only a part of what is stored, the rest of which isn't known: at most as much, where the price
    /// falls with the amount.
    pub fn month_of_a_part(&self, prices: &PriceTable) -> Option<MonthCost> {
        let cost = self.month(prices)?;
        let falls = self.by_place.keys().any(|(class, region)| {
            let price = prices.price(class.as_deref(), region.as_deref());
            price.is_some_and(Price::falls)
        });
        Some(MonthCost {
            is_at_most: cost.is_at_most || falls,
            ..cost
        })
    }

    /// These without a part of them.
    pub fn without(&self, part: &Self) -> Self {
        let mut rest = self.clone();
        for (place, bytes) in &part.by_place {
            if let Some(left) = rest.by_place.get_mut(place) {
                *left = left.saturating_sub(*bytes);
            }
        }
        rest.by_place.retain(|_, left| *left > 0);
        rest
    }

    /// Whether it holds no bytes that are known of.
    pub fn has_no_bytes(&self) -> bool {
        self.by_place.is_empty()
    }

    /// How much there is under each price. What a price says of amounts (tiers, rounding, how far it is known) holds of
    /// all classes that it is for together; of several regions only if it is for all there are.
    pub(super) fn by_price<'a>(&self, prices: &'a PriceTable) -> Vec<(Bill<'a>, u128)> {
        let mut bills: Vec<(Bill<'_>, u128)> = Vec::new();
        for ((class, region), bytes) in &self.by_place {
            let price = prices.price(class.as_deref(), region.as_deref());
            let bill = Bill::of(price, region.clone());
            match bills.iter_mut().find(|(known, _)| *known == bill) {
                Some((_, all)) => *all += bytes,
                None => bills.push((bill, *bytes)),
            }
        }
        bills
    }

    /// What it costs a month. None if nothing of it has a known price, or the sum is no number: never a 0 that
    /// only means that nothing is known (law 13).
    pub fn month(&self, prices: &PriceTable) -> Option<MonthCost> {
        self.month_above(&Self::default(), prices)
    }

    /// The same on top of `rest`: what is saved where only that is left.
    pub fn month_above(&self, rest: &Self, prices: &PriceTable) -> Option<MonthCost> {
        let mut cost: Option<MonthCost> = None;
        let mut unpriced_bytes: u128 = 0;
        let rests = rest.by_price(prices);
        for (bill, bytes) in self.by_price(prices) {
            let of_bill = bill.price.and_then(|price| {
                let rest = rests.iter().find(|(other, _)| *other == bill);
                let rest = u64::try_from(rest.map_or(0, |(_, rest)| *rest)).ok()?;
                Some((price, price.month_above(rest, u64::try_from(bytes).ok()?)?))
            });
            match of_bill {
                None => unpriced_bytes += bytes,
                Some((price, amount)) => match &mut cost {
                    None => cost = Some(MonthCost::of(price, amount)),
                    Some(cost) => cost.add(price, amount)?,
                },
            }
        }
        let cost = cost?;
        Some(MonthCost {
            unpriced_bytes: u64::try_from(unpriced_bytes).unwrap_or(u64::MAX),
            is_at_least: self.has_unsized || unpriced_bytes > 0,
            ..cost
        })
    }
}

/// What stored parts cost a month: an estimate, from a table of some date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthCost {
    /// How much.
    pub amount: Money,
    /// Of which currency.
    pub currency: Currency,
    /// Whether there is more, whose size or price isn't known.
    pub is_at_least: bool,
    /// Whether it may be less, or nothing: what an account pays in any case isn't known to be exceeded.
    pub is_at_most: bool,
    /// Known bytes whose price isn't.
    pub unpriced_bytes: u64,
    /// The date of the oldest price in it; empty if one has none.
    pub date: String,
    /// How sure the least sure price in it is.
    pub confidence: Confidence,
    /// Whether a price in it is the user's.
    pub has_own: bool,
    /// When an abort saves it.
    pub saving: Saving,
}

impl MonthCost {
    fn of(price: &Price, amount: Money) -> Self {
        Self {
            amount,
            currency: price.currency,
            is_at_least: false,
            is_at_most: price.may_save_nothing(),
            unpriced_bytes: 0,
            date: price.date.clone().into_owned(),
            confidence: price.confidence,
            has_own: price.confidence == Confidence::Own,
            saving: Saving::of(price),
        }
    }

    /// None if they can't be added: another currency, or too much.
    fn add(&mut self, price: &Price, amount: Money) -> Option<()> {
        let other = Self::of(price, amount);
        if other.currency != self.currency {
            return None;
        }
        self.amount = self.amount.checked_add(other.amount)?;
        self.is_at_most |= other.is_at_most;
        // Prices that the user typed are of today.
        let is_typed = |cost: &Self| cost.confidence == Confidence::Own && cost.date.is_empty();
        self.date = match (is_typed(self), is_typed(&other)) {
            (true, _) => other.date,
            (false, true) => std::mem::take(&mut self.date),
            (false, false) => std::mem::take(&mut self.date).min(other.date),
        };
        self.has_own |= other.has_own;
        self.confidence = self.confidence.max(other.confidence);
        self.saving.join(&other.saving);
        Some(())
    }

    /// `≈ $2.05 a month`, `up to $2.05 a month`, `at least $2.05 a month`.
    pub fn words(&self) -> String {
        let amount = self.amount.words(self.currency);
        let is_small = amount.starts_with("less");
        match (self.is_at_least, self.is_at_most) {
            (true, true) => format!("about {amount} a month"),
            (true, false) if !is_small => format!("at least {amount} a month"),
            (false, true) if !is_small => format!("up to {amount} a month"),
            (_, _) if is_small => format!("{amount} a month"),
            (_, _) => format!("≈ {amount} a month"),
        }
    }

    /// For a column: `$2.05`, `≤ $2.05`, `≥ $2.05`, `<$0.01`.
    pub fn brief(&self) -> String {
        let amount = self.amount.words(self.currency);
        if let Some(least) = amount.strip_prefix("less than ") {
            return format!("<{least}");
        }
        match (self.is_at_least, self.is_at_most) {
            (true, true) => format!("~ {amount}"),
            (true, false) => format!("≥ {amount}"),
            (false, true) => format!("≤ {amount}"),
            (false, false) => amount,
        }
    }

    /// What it rests on: `estimate, prices of 2025-10-28`.
    pub fn basis(&self) -> String {
        let (own, date) = (self.has_own, self.date.as_str());
        if own && self.confidence != Confidence::Own {
            let old = match self.confidence {
                Confidence::Old => " that may be outdated",
                _ => "",
            };
            return match date {
                "" => format!("estimate, your prices and undated ones{old}"),
                date => format!("estimate, your prices and those of {date}{old}"),
            };
        }
        match (self.confidence, date) {
            (Confidence::Own, "") => "estimate, your prices".to_owned(),
            (Confidence::Own, date) => format!("estimate, your prices of {date}"),
            (Confidence::Old, "") => "estimate, undated prices that may be outdated".to_owned(),
            (Confidence::Old, date) => {
                format!("estimate, prices of {date} that may be outdated")
            }
            (_, "") => "estimate, undated prices".to_owned(),
            (_, date) => format!("estimate, prices of {date}"),
        }
    }
}
