//! When an abort saves what parts cost, and what limits that.

use crate::money::amount::Currency;
use crate::money::price::{Averaging, Floor, Price, PriceUnit, Rounding};

/// What limits a saving: an account pays this in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavingLimit {
    /// A floor, of this unit and currency.
    Floor(Floor, PriceUnit, Currency),
    /// A plan that was paid for.
    Plan,
    /// The amount of an account is rounded up to a whole one of these.
    WholeUnits(PriceUnit),
}

/// When an abort saves what parts cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    /// What is billed of an amount that changes: it decides when the saving begins.
    pub averaging: Averaging,
    /// For how many days each byte is billed at least, from its upload on.
    pub minimum_days: u16,
    /// What the account pays in any case.
    pub limits: Vec<SavingLimit>,
}

impl Saving {
    /// That of one price.
    pub fn of(price: &Price) -> Self {
        let mut limits = Vec::new();
        if price.floor != Floor::None {
            limits.push(SavingLimit::Floor(price.floor, price.unit, price.currency));
        }
        if !price.plans.is_empty() || price.averaging == Averaging::Prepaid {
            limits.push(SavingLimit::Plan);
        }
        if price.rounding == Rounding::UnitUp {
            limits.push(SavingLimit::WholeUnits(price.unit));
        }
        Self {
            averaging: price.averaging,
            minimum_days: price.minimum_days,
            limits,
        }
    }

    /// That of both: the later one, with the limits of each.
    pub(super) fn join(&mut self, other: &Self) {
        self.averaging = self.averaging.max(other.averaging);
        self.minimum_days = self.minimum_days.max(other.minimum_days);
        for limit in &other.limits {
            if !self.limits.contains(limit) {
                self.limits.push(*limit);
            }
        }
    }

    /// Leaves out the minimum duration if all of the data is older.
    pub fn forget_minimum(&mut self, is_older_than: impl FnOnce(u16) -> bool) {
        if self.minimum_days > 0 && is_older_than(self.minimum_days) {
            self.minimum_days = 0;
        }
    }

    /// The code of when it arrives, in machine formats.
    pub fn code(&self) -> &'static str {
        match (self.minimum_days, self.averaging) {
            (1.., _) => "after_minimum_duration",
            (0, Averaging::Continuous) => "at_once",
            (0, Averaging::DailyPeak) => "tomorrow",
            (0, Averaging::MonthlyPeak) => "next_period",
            (0, Averaging::Prepaid) => "above_the_plan",
        }
    }

    /// In words: `An abort saves this from tomorrow on. The first 10 GB of an account are free: below that, nothing is
    /// saved.`
    pub fn words(&self) -> String {
        self.words_of("this")
    }

    /// The same of a sum that is named.
    pub fn words_of(&self, what: &str) -> String {
        let text = match (self.minimum_days, self.averaging) {
            (0, Averaging::Continuous) => format!("An abort saves {what} at once."),
            (0, Averaging::DailyPeak) => format!("An abort saves {what} from tomorrow on."),
            (0, Averaging::MonthlyPeak) => {
                format!("An abort saves {what} from the next billing period on.")
            }
            (0, Averaging::Prepaid) => {
                "An abort saves only what exceeds the plan that is paid for.".to_owned()
            }
            (days, _) => format!(
                "An abort saves {what} once the data is {days} days old: until then it is billed, deleted or not."
            ),
        };
        self.with_limits(text)
    }

    /// The same after the abort.
    pub fn words_afterwards(&self) -> String {
        let text = match (self.minimum_days, self.averaging) {
            (0, Averaging::Continuous) => "This is no longer billed.".to_owned(),
            (0, Averaging::DailyPeak) => "This is no longer billed from tomorrow on.".to_owned(),
            (0, Averaging::MonthlyPeak) => {
                "This is no longer billed from the next billing period on.".to_owned()
            }
            (0, Averaging::Prepaid) => {
                "Of this, only what exceeded the plan that is paid for is saved.".to_owned()
            }
            (days, _) => {
                format!("This is billed until the data is {days} days old, although it is deleted.")
            }
        };
        self.with_limits(text)
    }

    fn with_limits(&self, mut text: String) -> String {
        for limit in &self.limits {
            let limit = match limit {
                SavingLimit::WholeUnits(unit) => {
                    let unit = unit.word();
                    text.push_str(&format!(
                        " An account is billed for whole {unit}: less than one may save nothing."
                    ));
                    continue;
                }
                SavingLimit::Floor(Floor::None, ..) => continue,
                SavingLimit::Floor(Floor::Free(units), unit, _) => {
                    format!("The first {units} {} of an account are free", unit.word())
                }
                SavingLimit::Floor(Floor::Least(units), unit, _) => {
                    format!("An account is billed for at least {units} {}", unit.word())
                }
                SavingLimit::Floor(Floor::LeastBill(bill), _, currency) => {
                    format!(
                        "An account is billed at least {} a month",
                        bill.words(*currency)
                    )
                }
                SavingLimit::Plan if self.averaging == Averaging::Prepaid => continue,
                SavingLimit::Plan => "Only what exceeds the plan is billed by use".to_owned(),
            };
            text.push_str(&format!(" {limit}: below that, nothing is saved."));
        }
        text
    }
}
