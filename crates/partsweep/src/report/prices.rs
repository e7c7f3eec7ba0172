//! Prices as a person reads them, and as the file that `--prices` takes.

use std::io::{self, Write};

use partsweep_core::Price;
use partsweep_core::money::price::{Averaging, BillingTime, Confidence, Floor, Rounding};
use partsweep_core::money::table::{ANY_CLASS, StorePrices};
use partsweep_core::provider::profiles::StoreEntry;
use partsweep_core::{Currency, Saving};

use crate::text::fit;

/// Writes what is known of every store: a line a price.
pub(crate) fn overview(width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let titles = ["STORE", "CLASS", "REGION", "PRICE", "AS OF"];
    let mut lines = vec![titles.map(str::to_owned)];
    for StorePrices { store, prices, .. } in StorePrices::all() {
        for price in *prices {
            let regions = match &*price.regions {
                [] => "any region".to_owned(),
                [one] => one.to_string(),
                [first, others @ ..] => format!("{first} and {} more", others.len()),
            };
            let class = match &*price.class {
                ANY_CLASS => "any class",
                class => class,
            };
            lines.push([
                (*store).to_owned(),
                class.to_owned(),
                regions,
                amount(price),
                basis(price),
            ]);
        }
    }
    let column = |at: usize| {
        lines
            .iter()
            .map(|line| fit::width(&line[at]))
            .max()
            .unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(column);
    // How sure a price is may be in a second line, what it is for and how much may not.
    let needed = widths.iter().sum::<usize>() + 3 * "  ".len();
    if width.is_some_and(|width| width <= needed) {
        return stacked(&lines[1..], width, out);
    }
    for line in &lines {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| fit::padded(cell, width));
        let text = cells
            .chain([line[4].clone()])
            .collect::<Vec<_>>()
            .join("  ");
        writeln!(out, "{}", fit::wrapped(&text, width, 4))?;
    }
    Ok(())
}

/// The same where a line has no room for all columns: what it is for, and below it what it costs there.
fn stacked(lines: &[[String; 5]], width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    for [store, class, region, amount, basis] in lines {
        let place = format!("{store} · {class} · {region}");
        writeln!(out, "{}", fit::place(&place, 0, width))?;
        for text in [amount, basis] {
            writeln!(out, "  {}", fit::wrapped(text, width, 2))?;
        }
    }
    Ok(())
}

/// `$0.023 per GiB-month`
fn amount(price: &Price) -> String {
    let first = price
        .tiers
        .first()
        .map(|tier| tier.price)
        .unwrap_or_default();
    let time = match price.time {
        BillingTime::Month => "month",
        BillingTime::Hour720 | BillingTime::Hour730 | BillingTime::Hour744 => "hour",
    };
    let amount = price.currency.put(&first.price());
    format!("{amount} per {}-{time}", price.unit.word())
}

fn basis(price: &Price) -> String {
    let what = match price.confidence {
        Confidence::Own => "yours",
        Confidence::Official => "the vendor's",
        Confidence::Harvested => "a copy",
        Confidence::Old => "may be outdated",
        Confidence::Unknown => "not used: too little is known",
    };
    match &*price.date {
        "" => what.to_owned(),
        date => format!("{date}, {what}"),
    }
}

/// What such a file of a store begins with.
pub(crate) fn heading(store: &str) -> String {
    let name = StoreEntry::named(store).map_or(store, |entry| entry.profile.name);
    format!("# Prices of {name}, as a file for --prices.\n")
}

/// The prices as a file for `--prices`, with what they mean for an abort.
pub(crate) fn toml(store: &str, billed_as: &[(&str, &str)], prices: &[Price]) -> String {
    let mut text = heading(store);
    text.push_str(&format!("store = {}\n", quoted(store)));
    if !billed_as.is_empty() {
        let pairs = billed_as.iter();
        let pairs = pairs.map(|(class, other)| format!("{} = {}", quoted(class), quoted(other)));
        let pairs: Vec<_> = pairs.collect();
        text.push_str(&format!("billed_as = {{ {} }}\n", pairs.join(", ")));
    }
    for price in prices {
        text.push_str(&format!("\n# {}\n", Saving::of(price).words()));
        text.push_str(&row(price));
    }
    text
}

fn row(price: &Price) -> String {
    let mut text = "[[prices]]\n".to_owned();
    let mut field = |name: &str, value: String| text.push_str(&format!("{name} = {value}\n"));
    field("class", quoted(&price.class));
    if !price.regions.is_empty() {
        let regions: Vec<_> = price.regions.iter().map(|region| quoted(region)).collect();
        field("regions", format!("[{}]", regions.join(", ")));
    }
    if let [first, beyond @ ..] = &*price.tiers {
        field("price", quoted(&first.price.price()));
        let beyond = beyond.iter().map(|tier| {
            let price = quoted(&tier.price.price());
            format!("{{ above = {}, price = {price} }}", tier.above)
        });
        let beyond: Vec<_> = beyond.collect();
        if !beyond.is_empty() {
            field("beyond", format!("[{}]", beyond.join(", ")));
        }
    }
    if let Some(units) = price.known_to {
        field("known_to", units.to_string());
    }
    if price.currency != Currency::USD {
        field("currency", quoted(&price.currency.to_string()));
    }
    field("unit", quoted(price.unit.word()));
    if price.time != BillingTime::Month {
        field("time", quoted(price.time.word()));
    }
    if price.averaging != Averaging::Continuous {
        field("averaging", quoted(price.averaging.word()));
    }
    match price.floor {
        Floor::None => {}
        Floor::Free(units) => field("free", units.to_string()),
        Floor::Least(units) => field("least", units.to_string()),
        Floor::LeastBill(bill) => field("least_bill", quoted(&bill.price())),
    }
    if !price.plans.is_empty() {
        let plans = price.plans.iter().map(|plan| {
            let price = quoted(&plan.price.price());
            format!("    {{ holds = {}, price = {price} }},\n", plan.holds)
        });
        field("plans", format!("[\n{}]", plans.collect::<String>()));
    }
    if price.minimum_days > 0 {
        field("minimum_days", price.minimum_days.to_string());
    }
    if price.rounding != Rounding::None {
        field("rounding", quoted(price.rounding.word()));
    }
    field("source", quoted(&price.source));
    if !price.date.is_empty() {
        field("date", quoted(&price.date));
    }
    field("confidence", quoted(price.confidence.word()));
    text
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
