//! Prices that are typed.

use std::path::PathBuf;

use partsweep_core::money::price::PriceUnit;
use partsweep_core::{Currency, Money, Price};

/// The source of a price that was typed.
pub(crate) const TYPED_PRICE: &str = "--price";

/// The options on what parts cost.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Prices")]
pub(crate) struct PriceArgs {
    /// What a class costs a month for each GB (STANDARD=0.02) or another unit (STANDARD=0.02EUR/GiB); * is any class;
    /// repeatable
    #[arg(hide_short_help = true, long, value_name = "CLASS=PRICE", value_parser = price)]
    pub(crate) price: Vec<Price>,
    /// Take prices from FILE (a TOML table) before those that partsweep knows
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

/// Reads `CLASS=PRICE`: `STANDARD=0.02`, `*=$5/TB`, `STANDARD_IA=0.01EUR/GiB`.
fn price(text: &str) -> Result<Price, String> {
    let (class, rest) = text
        .split_once('=')
        .filter(|(class, _)| !class.trim().is_empty())
        .ok_or("CLASS=PRICE is needed, as in STANDARD=0.023/GiB, or *=0.005 for any class")?;
    let (amount, unit) = match rest.split_once('/') {
        None => (rest, PriceUnit::Gb),
        Some((amount, typed)) => {
            let is = |unit: &PriceUnit| unit.word().eq_ignore_ascii_case(typed.trim());
            let unit = PriceUnit::ALL.into_iter().find(is);
            let unit = unit.ok_or_else(|| format!("`{typed}` isn't GB, GiB, TB or TiB"))?;
            (amount, unit)
        }
    };
    let (amount, currency) = amount_of(amount)?;
    let currency = currency.unwrap_or(Currency::USD);
    let mut price = Price::own(class.trim(), amount, TYPED_PRICE);
    (price.unit, price.currency) = (unit, currency);
    Ok(price)
}

/// Reads an amount of money, with its currency if one is typed: `1`, `0.5USD`, `$1`, `2.50 EUR`.
pub(super) fn amount_of(text: &str) -> Result<(Money, Option<Currency>), String> {
    let typed = text.trim();
    let text = typed;
    let of_sign = |sign| match sign {
        '$' => Some("USD"),
        '€' => Some("EUR"),
        '£' => Some("GBP"),
        _ => None,
    };
    let first = text.chars().next();
    let (text, code) = match first.and_then(|sign| Some((sign, of_sign(sign)?))) {
        Some((sign, code)) => (&text[sign.len_utf8()..], Some(code)),
        None => (text, None),
    };
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, behind) = (&text[..end], text[end..].trim());
    if number.is_empty() {
        return Err(match typed {
            "" => "there is no amount".to_owned(),
            typed => format!("`{typed}` isn't an amount, such as 0.023"),
        });
    }
    if behind.starts_with(',') {
        return Err(format!("`{typed}`: write a point, as in 1.50"));
    }
    let signed = behind.parse().ok().and_then(of_sign);
    let code = match (code, behind) {
        (code, "") => code,
        (None, behind) => Some(signed.unwrap_or(behind)),
        (Some(_), _) => return Err(format!("`{text}` has two currencies")),
    };
    let amount = number
        .parse()
        .map_err(|error| format!("`{number}` {error}"))?;
    let read = |code: &str| {
        let code = code.to_ascii_uppercase();
        code.parse().map_err(|error| format!("`{code}` {error}"))
    };
    Ok((amount, code.map(read).transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_a_class_an_amount_and_perhaps_a_currency_and_a_unit() {
        let read = |text: &str| {
            let price = price(text).unwrap();
            let amount = price.tiers[0].price.price();
            format!(
                "{} {amount} {} {}",
                price.class,
                price.currency,
                price.unit.word()
            )
        };
        assert_eq!(read("STANDARD=0.023"), "STANDARD 0.023 USD GB");
        assert_eq!(read("*=$5/tb"), "* 5.00 USD TB");
        assert_eq!(read("STANDARD_IA=0.01EUR/GiB"), "STANDARD_IA 0.01 EUR GiB");
        assert_eq!(read("A=.5 CHF / TiB"), "A 0.50 CHF TiB");
        assert_eq!(read("A=.5 €"), "A 0.50 EUR GB");
        assert_eq!(read("A=£.5/TB"), "A 0.50 GBP TB");
        assert_eq!(read("A=1 usd"), "A 1.00 USD GB");
        assert!(price("A=1,5").unwrap_err().contains("1.50"));
        for text in [
            "",
            "0.02",
            "=1",
            "A=",
            "A=x",
            "A=-1",
            "A=1e3",
            "A=1/MB",
            "A=$1EUR",
            "A=1 dollars",
            "A=1,5",
        ] {
            assert!(price(text).is_err(), "{text}");
        }
    }
}
