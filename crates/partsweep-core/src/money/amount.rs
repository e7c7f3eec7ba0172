//! Money and currencies.

use std::fmt;
use std::str::FromStr;

use crate::money::decimal::{self, NoDecimal};

/// Units of [`Money`] in one unit of a currency.
const ONE: u128 = 1_000_000_000_000;

/// An amount of a currency, in 10^-12 of its unit: sums and products of prices are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(u128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many 10^-12 of the unit.
    pub const fn from_pico(pico: u128) -> Self {
        Self(pico)
    }

    /// The same as a number.
    pub const fn pico(self) -> u128 {
        self.0
    }

    /// The sum, if it is one.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// What is left of it; none if that is less than nothing.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// For programs: to the millionth, with two places at least (`2.05`, `0.000023`).
    pub fn decimal(self) -> String {
        let micro = rounded(self.0, ONE / 1_000_000);
        let places = format!("{:06}", micro % 1_000_000);
        let (cents, rest) = places.split_at(2);
        let rest = rest.trim_end_matches('0');
        format!("{}.{cents}{rest}", micro / 1_000_000)
    }

    /// A price as it stands in a list: every place that isn't 0, and two at least.
    pub fn price(self) -> String {
        let places = format!("{:012}", self.0 % ONE);
        let (cents, rest) = places.split_at(2);
        let rest = rest.trim_end_matches('0');
        format!("{}.{cents}{rest}", self.0 / ONE)
    }

    /// For people: `$2.05`, `€1,234.50`, `less than $0.01`.
    pub fn words(self, currency: Currency) -> String {
        let cents = rounded(self.0, ONE / 100);
        if cents == 0 && self.0 > 0 {
            return format!("less than {}", currency.put("0.01"));
        }
        let whole = (cents / 100).to_string();
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        currency.put(&format!("{text}.{:02}", cents % 100))
    }
}

/// To the nearest, half of it up.
fn rounded(amount: u128, unit: u128) -> u128 {
    let up = u128::from(amount % unit >= unit.div_ceil(2));
    amount / unit + up
}

/// Text that is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMoney {
    /// It is no plain decimal number.
    #[error("isn't a decimal number such as 0.023")]
    Other,
    /// It is less than nothing.
    #[error("is negative")]
    Negative,
    /// It has too many places behind the point.
    #[error("has more than 12 decimal places")]
    TooFine,
    /// It is more than 100 billion.
    #[error("is too large")]
    TooLarge,
}

impl FromStr for Money {
    type Err = NoMoney;

    fn from_str(text: &str) -> Result<Self, NoMoney> {
        decimal::pico(text).map(Self).map_err(|why| match why {
            NoDecimal::Other => NoMoney::Other,
            NoDecimal::Negative => NoMoney::Negative,
            NoDecimal::TooFine => NoMoney::TooFine,
            NoDecimal::TooLarge => NoMoney::TooLarge,
        })
    }
}

/// A currency by its code: `USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub(super) [u8; 3]);

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// With an amount: a sign in front of it if it has one, else its code.
    pub fn put(self, amount: &str) -> String {
        match &self.0 {
            b"USD" => format!("${amount}"),
            b"EUR" => format!("€{amount}"),
            b"GBP" => format!("£{amount}"),
            _ => format!("{self} {amount}"),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

/// Text that is no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("isn't the code of a currency such as USD")]
pub struct NoCurrency;

impl FromStr for Currency {
    type Err = NoCurrency;

    fn from_str(text: &str) -> Result<Self, NoCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| NoCurrency)?;
        match code.iter().all(u8::is_ascii_uppercase) {
            true => Ok(Self(code)),
            false => Err(NoCurrency),
        }
    }
}
