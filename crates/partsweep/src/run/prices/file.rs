//! A file of prices of the form that `partsweep prices show` prints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use partsweep_core::money::price::{
    Averaging, BillingTime, Confidence, Floor, PrepaidPlan, PriceTier, PriceUnit, Rounding,
};
use partsweep_core::provider::profiles::{ALL, AWS, StoreEntry};
use partsweep_core::{Money, Price};
use serde::Deserialize;
use toml::Spanned;

use crate::args::similar;
use crate::report;
use crate::text::error::Failure;

/// Characters that are shown of a number that is none.
const LONGEST_SHOWN: usize = 24;

/// A file of prices is read whole: more is none, but for example a price list of AWS that wasn't imported.
pub(crate) const LARGEST: u64 = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    store: Option<String>,
    #[serde(default)]
    billed_as: BTreeMap<String, String>,
    prices: Vec<Spanned<PriceRow>>,
}

/// As in `crates/partsweep-core/build/prices.rs`, but that only class and price are needed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceRow {
    class: String,
    #[serde(default)]
    regions: Vec<String>,
    price: toml::Value,
    #[serde(default)]
    beyond: Vec<TierRow>,
    known_to: Option<u64>,
    currency: Option<String>,
    unit: Option<String>,
    time: Option<String>,
    averaging: Option<String>,
    free: Option<u64>,
    least: Option<u64>,
    least_bill: Option<toml::Value>,
    #[serde(default)]
    plans: Vec<PlanRow>,
    #[serde(default)]
    minimum_days: u16,
    rounding: Option<String>,
    source: Option<String>,
    #[serde(default)]
    date: String,
    confidence: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierRow {
    above: u64,
    price: toml::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRow {
    holds: u64,
    price: toml::Value,
}

/// Reads it: the id of the only store that it is for, if it names one, and its prices.
pub(super) fn read(path: &Path) -> Result<(Option<String>, Vec<Price>), Failure> {
    let failed = |why: String| {
        Failure::usage(format!("--prices {}: {why}", path.display()))
            .hint("`partsweep prices show aws` prints a file of this form, and `partsweep prices import` makes one")
    };
    let text = read_text(path, LARGEST).map_err(failed)?;
    let (store, prices) = parse(&text).map_err(failed)?;
    if !prices.iter().any(Price::is_shown) {
        return Err(failed(match prices.is_empty() {
            true => "it has no prices".to_owned(),
            false => "no price in it counts: all have the confidence `unknown`".to_owned(),
        }));
    }
    Ok((store, prices))
}

/// Reads a text file of at most so many bytes.
///
/// # Errors
///
/// What is wrong with it, in words. A device without end is too large, whatever size it says.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    if file.metadata().is_ok_and(|file| file.is_dir()) {
        return Err("it is a directory".to_owned());
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most {
        return Err("it is too large for such a file".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it isn't text".to_owned())
}

/// Whether a text is a file of prices that `partsweep prices import` wrote, or one like it.
pub(crate) fn is_of_import(text: &str) -> bool {
    text.starts_with(&report::prices::heading(AWS.id)) && parse(text).is_ok()
}

/// Reads the text of a file.
fn parse(text: &str) -> Result<(Option<String>, Vec<Price>), String> {
    let file: PriceFile = toml::from_str(text).map_err(|error| of_toml(&error, text))?;
    let store = file.store.as_deref().map(known_store).transpose()?;
    let twice = twice(&file.prices, text);
    let twice =
        twice.map(|(row, line)| format!("line {line}: class `{}` has two prices", row.class));
    let mut prices = Vec::new();
    for row in file.prices {
        let line = line_of(row.span().start, text);
        let row = row.into_inner();
        let class = row.class.clone();
        let price = price(row).map_err(|why| format!("line {line}: class `{class}`: {why}"))?;
        for (other, _) in file
            .billed_as
            .iter()
            .filter(|(_, billed)| **billed == class)
        {
            prices.push(Price {
                class: Cow::Owned(other.clone()),
                ..price.clone()
            });
        }
        prices.push(price);
    }
    match twice {
        Some(why) => Err(why),
        None => Ok((store, prices)),
    }
}

/// A price for the same class and region as one before it, and its line: nobody knows which is meant.
fn twice<'a>(rows: &'a [Spanned<PriceRow>], text: &str) -> Option<(&'a PriceRow, usize)> {
    let is_same = |one: &PriceRow, other: &PriceRow| {
        let mut regions = one.regions.iter();
        let has = |region: &String| {
            other
                .regions
                .iter()
                .any(|it| it.eq_ignore_ascii_case(region))
        };
        one.class.eq_ignore_ascii_case(&other.class)
            && (one.regions.is_empty() && other.regions.is_empty() || regions.any(has))
    };
    let found = rows.iter().enumerate().find(|(at, row)| {
        let mut before = rows[..*at].iter();
        before.any(|other| is_same(row.get_ref(), other.get_ref()))
    });
    found.map(|(_, row)| (row.get_ref(), line_of(row.span().start, text)))
}

/// In one line, with the number of the one that it is about.
fn of_toml(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or_else(String::new, |span| {
        format!("line {}: ", line_of(span.start, text))
    });
    format!("{line}{}", error.message().replace('\n', ", "))
}

/// The number of the line that a byte is in.
fn line_of(at: usize, text: &str) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The id of a store, by its name or another that it has.
fn known_store(name: &str) -> Result<String, String> {
    if let Some(store) = StoreEntry::named(name) {
        return Ok(store.profile.id.to_owned());
    }
    let ids = ALL.iter().map(|store| store.profile.id.to_owned());
    Err(match similar(name, ids) {
        Some(near) => format!("no store is called `{name}`; did you mean `{near}`?"),
        None => format!("no store is called `{name}`; `--store list` shows all names"),
    })
}

/// A date as prices have it: of a day, a month or a year; empty if it isn't known.
pub(crate) fn known_date(date: String) -> Result<String, String> {
    let is_digits = date
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day = match date.len() {
        0 => return Ok(date),
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.clone(),
    };
    let day = day.parse().ok().filter(|_| is_digits && day.len() == 10);
    let Some(day): Option<jiff::civil::Date> = day else {
        return Err(format!(
            "date `{date}` isn't a date, such as 2026-11-29, 2026-11 or 2026"
        ));
    };
    // Somewhere it is tomorrow already.
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    match day.to_string() > tomorrow.strftime("%F").to_string() {
        true => Err(format!("date `{date}` is in the future")),
        false => Ok(date),
    }
}

fn price(row: PriceRow) -> Result<Price, String> {
    let own = Price::own(&row.class, money(&row.price)?, "");
    let mut tiers = own.tiers.into_owned();
    for tier in &row.beyond {
        let price = money(&tier.price)?;
        if tiers.last().is_some_and(|last| last.above >= tier.above) {
            return Err("`beyond` isn't in ascending order".to_owned());
        }
        tiers.push(PriceTier {
            above: tier.above,
            price,
        });
    }
    let mut plans = Vec::new();
    for plan in &row.plans {
        plans.push(PrepaidPlan {
            holds: plan.holds,
            price: money(&plan.price)?,
        });
    }
    let floor = match (row.free, row.least, &row.least_bill) {
        (None, None, None) => Floor::None,
        (Some(free), None, None) => Floor::Free(free),
        (None, Some(least), None) => Floor::Least(least),
        (None, None, Some(bill)) => Floor::LeastBill(money(bill)?),
        _ => return Err("only one of `free`, `least` and `least_bill`".to_owned()),
    };
    let currency = match &row.currency {
        None => own.currency,
        Some(code) => code.parse().map_err(|error| format!("`{code}` {error}"))?,
    };
    Ok(Price {
        class: own.class,
        regions: row.regions.into_iter().map(Cow::Owned).collect(),
        tiers: Cow::Owned(tiers),
        known_to: row.known_to,
        currency,
        unit: word("unit", row.unit, &PriceUnit::ALL, PriceUnit::word, own.unit)?,
        time: word(
            "time",
            row.time,
            &BillingTime::ALL,
            BillingTime::word,
            own.time,
        )?,
        averaging: word(
            "averaging",
            row.averaging,
            &Averaging::ALL,
            Averaging::word,
            own.averaging,
        )?,
        floor,
        plans: Cow::Owned(plans),
        minimum_days: row.minimum_days,
        rounding: word(
            "rounding",
            row.rounding,
            &Rounding::ALL,
            Rounding::word,
            own.rounding,
        )?,
        source: Cow::Owned(row.source.unwrap_or_else(|| "your prices".to_owned())),
        date: Cow::Owned(known_date(row.date)?),
        confidence: as_given(word(
            "confidence",
            row.confidence,
            &Confidence::ALL,
            Confidence::word,
            own.confidence,
        )?),
    })
}

/// What a person gives is as sure as that person is, unless they say that it is old, or not known.
fn as_given(said: Confidence) -> Confidence {
    match said {
        Confidence::Unknown | Confidence::Old => said,
        Confidence::Own | Confidence::Official | Confidence::Harvested => Confidence::Own,
    }
}

/// A decimal number, in quotes or without.
fn money(value: &toml::Value) -> Result<Money, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        // The shortest decimal number that is read as this one: the one that was typed.
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Integer(number) => number.to_string(),
        _ => return Err("a price is a number, such as 0.023".to_owned()),
    };
    text.parse().map_err(|error| {
        let mut shown: String = text.chars().take(LONGEST_SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        format!("`{shown}` {error}")
    })
}

fn word<T: Copy>(
    field: &str,
    typed: Option<String>,
    all: &[T],
    word: fn(T) -> &'static str,
    usual: T,
) -> Result<T, String> {
    let Some(typed) = typed else {
        return Ok(usual);
    };
    let words = || all.iter().map(|one| word(*one)).collect::<Vec<_>>();
    let found = all.iter().find(|one| word(**one) == typed);
    found
        .copied()
        .ok_or_else(|| format!("{field} `{typed}` isn't one of {}", words().join(", ")))
}

#[cfg(test)]
mod tests {
    use partsweep_core::money::table::StorePrices;

    use super::*;

    #[test]
    fn a_file_needs_class_and_price_only_and_a_number_is_what_was_typed() {
        let text = "[[prices]]\nclass = \"*\"\nprice = 0.023\n";
        let (store, prices) = parse(text).unwrap();
        assert_eq!(store, None);
        assert_eq!(prices.len(), 1);
        assert_eq!(prices[0].tiers[0].price, "0.023".parse().unwrap());
        assert_eq!(prices[0].confidence, Confidence::Own);
    }

    /// What `partsweep prices show STORE` prints can be given to `--prices`, and means the same.
    #[test]
    fn what_is_shown_of_a_store_is_a_file_of_prices() {
        for known in StorePrices::all() {
            let text = report::prices::toml(known.store, &[], known.prices);
            let (store, prices) = parse(&text).unwrap();
            assert_eq!(store.as_deref(), Some(known.store));
            let same: Vec<Price> = known.prices.iter().map(as_own).collect();
            assert_eq!(prices, same, "{text}");
            let text = report::prices::toml(known.store, known.billed_as, known.prices);
            let (_, prices) = parse(&text).unwrap();
            for (class, _) in known.billed_as {
                assert!(prices.iter().any(|price| price.class == *class), "{text}");
            }
        }
    }

    fn as_own(price: &Price) -> Price {
        Price {
            confidence: as_given(price.confidence),
            ..price.clone()
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        let row = |more: &str| format!("[[prices]]\nclass = \"A\"\n{more}\n");
        for (text, said) in [
            (row("price = -1"), "line 1: class `A`: `-1` is negative"),
            (row("price = -0.5"), "`-0.5` is negative"),
            (row("price = nan"), "`NaN` isn't a decimal number"),
            (row("price = inf"), "`inf` isn't a decimal number"),
            (row("price = 1e300"), "is too large"),
            (row("price = \"100000000001\""), "is too large"),
            (row("price = 1e-13"), "has more than 12 decimal places"),
            (
                row("price = 1") + &row("price = 1\nleast_bill = -1"),
                "line 4: class `A`: `-1` is negative",
            ),
            (row("price = \"x\""), "isn't a decimal number"),
            (
                row("price = 1\nunit = \"MB\""),
                "isn't one of GB, GiB, TB, TiB",
            ),
            (row("price = 1\naveraging = \"often\""), "monthly_peak"),
            (
                row("price = 1\ncurrency = \"usd\""),
                "isn't the code of a currency",
            ),
            (row("price = 1\nfree = 1\nleast = 1"), "only one of"),
            (
                row("price = 1\nbeyond = [{ above = 0, price = 1 }]"),
                "ascending",
            ),
            (row("price = 1\npirce = 1"), "unknown field `pirce`"),
            (row(""), "line 1: missing field `price`"),
            (
                row("price = 1\nunti = \"GB\""),
                "line 4: unknown field `unti`",
            ),
            (row("price = 1\ndate = \"2026-13\""), "date `2026-13` isn't"),
            (
                row("price = 1\ndate = \"9999\""),
                "date `9999` is in the future",
            ),
            (
                row("price = 1\ndate = \"yesterday\""),
                "date `yesterday` isn't",
            ),
            (
                format!("store = \"wassabi\"\n{}", row("price = 1")),
                "did you mean `wasabi`?",
            ),
        ] {
            let why = parse(&text).unwrap_err();
            assert!(why.contains(said) && why.len() < 300, "{text}: {why}");
            assert!(!why.contains('\n'), "{text}: {why}");
        }
    }
}
