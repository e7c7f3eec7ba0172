//! Reads what storage costs at each store, in `prices/`, and writes it as constants.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::fs;

use serde::Deserialize;

use crate::decimal;

/// A file of `prices/`; its name is the id of the store. What each field means: `src/money/price.rs`, which has the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    /// Classes whose parts are billed as those of another.
    #[serde(default)]
    billed_as: BTreeMap<String, String>,
    prices: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    class: String,
    #[serde(default)]
    regions: Vec<String>,
    price: String,
    #[serde(default)]
    beyond: Vec<Tier>,
    known_to: Option<u64>,
    #[serde(default)]
    currency: Option<String>,
    unit: Unit,
    #[serde(default)]
    time: Time,
    #[serde(default)]
    averaging: Averaging,
    free: Option<u64>,
    least: Option<u64>,
    least_bill: Option<String>,
    #[serde(default)]
    plans: Vec<Plan>,
    #[serde(default)]
    minimum_days: u16,
    #[serde(default)]
    rounding: Rounding,
    source: String,
    #[serde(default)]
    date: String,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tier {
    above: u64,
    price: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    holds: u64,
    price: String,
}

#[derive(Deserialize, Debug)]
enum Unit {
    #[serde(rename = "GB")]
    Gb,
    #[serde(rename = "GiB")]
    Gib,
    #[serde(rename = "TB")]
    Tb,
    #[serde(rename = "TiB")]
    Tib,
}

#[derive(Deserialize, Default, Debug)]
enum Time {
    #[default]
    #[serde(rename = "month")]
    Month,
    #[serde(rename = "hour_720")]
    Hour720,
    #[serde(rename = "hour_730")]
    Hour730,
    #[serde(rename = "hour_744")]
    Hour744,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
enum Averaging {
    #[default]
    Continuous,
    DailyPeak,
    MonthlyPeak,
    Prepaid,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
enum Rounding {
    #[default]
    None,
    UnitUp,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Confidence {
    Official,
    Harvested,
    Old,
    Unknown,
}

/// The constants; `is_store` says whether an id is one of a store.
pub(crate) fn constants(is_store: impl Fn(&str) -> bool) -> String {
    println!("cargo::rerun-if-changed=prices");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir("prices").unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(is_store(&id), "{path:?}: no store has this id");
        let text = fs::read_to_string(&path).unwrap();
        let read: PriceFile =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        files.insert(id, read);
    }
    let mut out = "/// What storage costs, by the id of the store.\n\
                   pub(super) const ALL: &[StorePrices] = &[\n"
        .to_owned();
    for (id, PriceFile { billed_as, prices }) in &files {
        let billed_as: Vec<_> = billed_as.iter().collect();
        writeln!(
            out,
            "StorePrices {{ store: {id:?}, billed_as: &{billed_as:?}, prices: &["
        )
        .unwrap();
        for row in prices {
            write_row(&mut out, id, row);
        }
        out.push_str("] },\n");
    }
    out.push_str("];\n");
    out
}

fn money(id: &str, text: &str) -> String {
    let pico = decimal::pico(text);
    let pico = pico.unwrap_or_else(|why| panic!("prices/{id}.toml: {text:?}: {why:?}"));
    format!("Money::from_pico({pico})")
}

fn write_row(out: &mut String, id: &str, row: &Row) {
    let text = |text: &str| format!("Cow::Borrowed({text:?})");
    let tiers = std::iter::once((0, &row.price));
    let beyond = row.beyond.iter().map(|tier| (tier.above, &tier.price));
    let tiers: String = tiers
        .chain(beyond)
        .map(|(above, price)| {
            format!(
                "PriceTier {{ above: {above}, price: {} }},",
                money(id, price)
            )
        })
        .collect();
    let plans = row.plans.iter().map(|plan| {
        let price = money(id, &plan.price);
        format!("PrepaidPlan {{ holds: {}, price: {price} }},", plan.holds)
    });
    let plans: String = plans.collect();
    let regions: String = row
        .regions
        .iter()
        .map(|region| text(region) + ",")
        .collect();
    let floor = match (row.free, row.least, &row.least_bill) {
        (None, None, None) => "Floor::None".to_owned(),
        (Some(free), None, None) => format!("Floor::Free({free})"),
        (None, Some(least), None) => format!("Floor::Least({least})"),
        (None, None, Some(bill)) => format!("Floor::LeastBill({})", money(id, bill)),
        _ => panic!("prices/{id}.toml: one of `free`, `least` and `least_bill`"),
    };
    let currency = row.currency.as_deref().unwrap_or("USD");
    assert_eq!(currency.len(), 3, "prices/{id}.toml: {currency}");
    let fields: [(&str, &dyn Debug); 7] = [
        ("known_to", &row.known_to),
        ("unit: PriceUnit::", &row.unit),
        ("time: BillingTime::", &row.time),
        ("averaging: Averaging::", &row.averaging),
        ("minimum_days", &row.minimum_days),
        ("rounding: Rounding::", &row.rounding),
        ("confidence: Confidence::", &row.confidence),
    ];
    write!(out, "Price {{ ").unwrap();
    for (name, value) in fields {
        let gap = if name.ends_with("::") { "" } else { ": " };
        write!(out, "{name}{gap}{value:?}, ").unwrap();
    }
    writeln!(
        out,
        "class: {}, regions: Cow::Borrowed(&[{regions}]), tiers: Cow::Borrowed(&[{tiers}]), \
         plans: Cow::Borrowed(&[{plans}]), currency: Currency(*b{currency:?}), floor: {floor}, source: {}, date: {} }},",
        text(&row.class),
        text(&row.source),
        text(&row.date),
    )
    .unwrap();
}
