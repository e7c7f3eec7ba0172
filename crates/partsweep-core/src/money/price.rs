//! One price, with everything that decides what an abort saves.

use std::borrow::Cow;

use crate::money::amount::{Currency, Money};

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceUnit {
    /// 10^9 bytes.
    Gb,
    /// 2^30 bytes. AWS and Google bill by these, and call them GB.
    Gib,
    /// 10^12 bytes.
    Tb,
    /// 2^40 bytes.
    Tib,
}

impl PriceUnit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gb, Self::Gib, Self::Tb, Self::Tib];

    /// How many bytes it is.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Gb => 1_000_000_000,
            Self::Gib => 1 << 30,
            Self::Tb => 1_000_000_000_000,
            Self::Tib => 1 << 40,
        }
    }

    /// Its sign.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gb => "GB",
            Self::Gib => "GiB",
            Self::Tb => "TB",
            Self::Tib => "TiB",
        }
    }
}

/// For how long a price is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillingTime {
    /// A month.
    Month,
    /// An hour, of which a month has 720.
    Hour720,
    /// An hour, of which a month has 730.
    Hour730,
    /// An hour, of which a month has 744.
    Hour744,
}

impl BillingTime {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Month, Self::Hour720, Self::Hour730, Self::Hour744];

    /// How often it is in a month.
    pub const fn in_a_month(self) -> u64 {
        match self {
            Self::Month => 1,
            Self::Hour720 => 720,
            Self::Hour730 => 730,
            Self::Hour744 => 744,
        }
    }

    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Hour720 => "hour_720",
            Self::Hour730 => "hour_730",
            Self::Hour744 => "hour_744",
        }
    }
}

/// What a store bills of an amount that changes: it decides when an abort saves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Averaging {
    /// What is stored, as long as it is.
    Continuous,
    /// The most of each day.
    DailyPeak,
    /// The most of the billing period.
    MonthlyPeak,
    /// What was paid for beforehand; only more than that is billed.
    Prepaid,
}

impl Averaging {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Continuous,
        Self::DailyPeak,
        Self::MonthlyPeak,
        Self::Prepaid,
    ];

    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::DailyPeak => "daily_peak",
            Self::MonthlyPeak => "monthly_peak",
            Self::Prepaid => "prepaid",
        }
    }
}

/// What an account pays in any case: below it, an abort saves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Nothing.
    None,
    /// So many units are free.
    Free(u64),
    /// So many units are billed at least.
    Least(u64),
    /// So much is billed at least.
    LeastBill(Money),
}

/// How an amount is rounded before it is billed: of a whole account, so that it isn't done for each upload
/// ([`Price::month`]), and decides what an abort saves at most ([`Price::month_above`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Not at all, or that isn't known.
    None,
    /// Up to a whole unit.
    UnitUp,
}

impl Rounding {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::UnitUp];

    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::UnitUp => "unit_up",
        }
    }
}

/// How sure a price is, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// The user gave it.
    Own,
    /// The vendor's own words, with a date.
    Official,
    /// A dated copy of the vendor's words.
    Harvested,
    /// The vendor's words, old or without a date: shown as such.
    Old,
    /// Too little is known: no money is shown.
    Unknown,
}

impl Confidence {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Official,
        Self::Harvested,
        Self::Old,
        Self::Unknown,
    ];

    /// Its word in files and in machine formats.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Official => "official",
            Self::Harvested => "harvested",
            Self::Old => "old",
            Self::Unknown => "unknown",
        }
    }
}

/// The price of what is above a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceTier {
    /// The limit in units; 0 for the first tier.
    pub above: u64,
    /// For a unit and a time.
    pub price: Money,
}

/// An amount that is paid for beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrepaidPlan {
    /// How many units it holds.
    pub holds: u64,
    /// What it costs a month.
    pub price: Money,
}

/// What it costs to store parts of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The storage class as the store spells it; `*` for all.
    pub class: Cow<'static, str>,
    /// Where it holds; empty for everywhere.
    pub regions: Cow<'static, [Cow<'static, str>]>,
    /// The prices of a unit, by how much there is; the first is for what is above 0.
    pub tiers: Cow<'static, [PriceTier]>,
    /// Up to how many units they are known.
    pub known_to: Option<u64>,
    /// Of all prices here.
    pub currency: Currency,
    /// What a price is for.
    pub unit: PriceUnit,
    /// For how long it is.
    pub time: BillingTime,
    /// What is billed of an amount that changes.
    pub averaging: Averaging,
    /// What is paid in any case.
    pub floor: Floor,
    /// Plans that hold an amount; the price is for what is above. Empty if there are none.
    pub plans: Cow<'static, [PrepaidPlan]>,
    /// For how many days each byte is billed at least.
    pub minimum_days: u16,
    /// How an account's amount is rounded.
    pub rounding: Rounding,
    /// Where it comes from.
    pub source: Cow<'static, str>,
    /// When it was so: `2026-09-20`, `2026-09` or `2026`; empty if that isn't known.
    pub date: Cow<'static, str>,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Price {
    /// A price of which nothing else is said: that of a GB and month, billed as long as it is stored.
    pub fn own(class: &str, price: Money, source: &str) -> Self {
        Self {
            class: Cow::Owned(class.to_owned()),
            regions: Cow::Borrowed(&[]),
            tiers: Cow::Owned(vec![PriceTier { above: 0, price }]),
            known_to: None,
            currency: Currency::USD,
            unit: PriceUnit::Gb,
            time: BillingTime::Month,
            averaging: Averaging::Continuous,
            floor: Floor::None,
            plans: Cow::Borrowed(&[]),
            minimum_days: 0,
            rounding: Rounding::None,
            source: Cow::Owned(source.to_owned()),
            date: Cow::Borrowed(""),
            confidence: Confidence::Own,
        }
    }

    /// Whether it is sure enough to be shown, and to decide anything by.
    pub fn is_shown(&self) -> bool {
        self.confidence != Confidence::Unknown
    }

    /// What so many bytes cost a month, as if there were nothing else in the account and without what is free:
    /// whatever else there is only moves them to a cheaper tier. None where it isn't known for so many, or is no number.
    pub fn month(&self, bytes: u64) -> Option<Money> {
        let unit = u128::from(self.unit.bytes());
        let bytes = u128::from(bytes);
        let limit = |units: u64| u128::from(units).checked_mul(unit);
        if let Some(known_to) = self.known_to
            && bytes > limit(known_to)?
        {
            return None;
        }
        // Whole units apart from the rest, which is divided: so the highest price of the most bytes is a number.
        let (mut sum, mut rest): (u128, u128) = (0, 0);
        for (at, tier) in self.tiers.iter().enumerate() {
            let from = limit(tier.above)?.min(bytes);
            let to = match self.tiers.get(at + 1) {
                Some(next) => limit(next.above)?.min(bytes),
                None => bytes,
            };
            let of_tier = to.checked_sub(from)?;
            let price = tier.price.pico();
            sum = sum.checked_add((of_tier / unit).checked_mul(price)?)?;
            rest = rest.checked_add((of_tier % unit).checked_mul(price)?)?;
        }
        let times = u128::from(self.time.in_a_month());
        let (sum, rest) = (sum.checked_mul(times)?, rest.checked_mul(times)?);
        // Divided once, to the nearest.
        let rest = rest.checked_add(unit / 2)? / unit;
        Some(Money::from_pico(sum.checked_add(rest)?))
    }

    /// What so many bytes cost a month at most that come on top of `rest`: where the price falls with the amount, less than
    /// alone; where an account is rounded up, as many whole units as they may add.
    pub fn month_above(&self, rest: u64, bytes: u64) -> Option<Money> {
        let bytes = match self.rounding {
            Rounding::None => bytes,
            Rounding::UnitUp => bytes.checked_next_multiple_of(self.unit.bytes())?,
        };
        self.month(rest.checked_add(bytes)?)?
            .checked_sub(self.month(rest)?)
    }

    /// Whether the price falls with the amount.
    pub fn falls(&self) -> bool {
        self.tiers.len() > 1
    }

    /// Whether an account may pay less for these bytes than their price: it has a floor, or a plan, or is rounded up.
    pub fn may_save_nothing(&self) -> bool {
        self.floor != Floor::None
            || !self.plans.is_empty()
            || self.averaging == Averaging::Prepaid
            || self.rounding != Rounding::None
    }

    /// What the cheapest way costs for so many bytes in an account: a plan, and by use what it doesn't hold. None
    /// where there are no plans.
    pub fn with_cheapest_plan(&self, bytes: u64) -> Option<(PrepaidPlan, Money)> {
        let of_plan = |plan: &PrepaidPlan| {
            let held = plan.holds.checked_mul(self.unit.bytes())?;
            let above = self.month(bytes.saturating_sub(held))?;
            Some((*plan, plan.price.checked_add(above)?))
        };
        let plans = self.plans.iter().filter_map(of_plan);
        plans.min_by_key(|(_, cost)| *cost)
    }
}
