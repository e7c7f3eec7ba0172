//! The price list of Amazon S3, as AWS publishes it: an offer file, in JSON or CSV.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use partsweep_core::money::price::{PriceTier, PriceUnit};
use partsweep_core::{Currency, Money, Price};
use serde::Deserialize;

/// How the list names the storage of each class, behind a prefix for the region (AWS User Guide, billing and usage reports).
/// Parts for the archive classes are in staging until the upload is completed.
const USAGE_TYPES: [(&str, &str); 8] = [
    ("TimedStorage-ByteHrs", "STANDARD"),
    ("TimedStorage-SIA-ByteHrs", "STANDARD_IA"),
    ("TimedStorage-ZIA-ByteHrs", "ONEZONE_IA"),
    ("TimedStorage-GIR-ByteHrs", "GLACIER_IR"),
    ("TimedStorage-RRS-ByteHrs", "REDUCED_REDUNDANCY"),
    ("TimedStorage-XZ-ByteHrs", "EXPRESS_ONEZONE"),
    ("TimedStorage-GlacierStaging", "GLACIER"),
    ("TimedStorage-GDA-Staging", "DEEP_ARCHIVE"),
];

/// Characters that are shown of what can't be read.
const LONGEST_SHOWN: usize = 24;

/// What such a list says of storage.
pub(super) struct AwsPrices {
    pub(super) prices: Vec<Price>,
    /// Why a class in a region has no price: a line each.
    pub(super) unclear: Vec<String>,
}

/// A class, a region and a currency.
type PriceKey = (&'static str, String, Currency);

/// What regions have in common that are one row: class, currency and tiers.
type RowKey = (&'static str, Currency, Vec<(u64, Money)>);

/// The tiers of a product: from which unit on, the price, and up to which unit; none for the last.
type ProductTiers = BTreeMap<u64, (Money, Option<u64>)>;

/// The prices of a list as they are found: the tiers of each product.
#[derive(Default)]
struct Collected {
    date: String,
    /// By class, region and currency, then by product.
    tiers: BTreeMap<PriceKey, BTreeMap<String, ProductTiers>>,
    /// Those of which a product has two prices for the same amount.
    twice: BTreeSet<PriceKey>,
}

impl Collected {
    /// Adds a tier of a product, if it is storage in one of the classes.
    fn add(
        &mut self,
        product: &str,
        usage_type: &str,
        region: &str,
        tier: RawTier<'_>,
        place: &dyn Fn() -> String,
    ) -> Result<(), String> {
        let Some(class) = class(usage_type) else {
            return Ok(());
        };
        if tier.unit != "GB-Mo" || region.is_empty() {
            return Ok(());
        }
        let wrong = |what: &str, text: &str| {
            let text: String = text.chars().take(LONGEST_SHOWN).collect();
            format!("{}: the {what} `{text}` of {usage_type}", place())
        };
        let unreadable = |what: &str, text: &str| format!("{} can't be read", wrong(what, text));
        let above = whole(tier.from).ok_or_else(|| unreadable("range", tier.from))?;
        let below = match tier.to {
            "Inf" | "" => None,
            to => Some(whole(to).ok_or_else(|| unreadable("range", to))?),
        };
        let price = tier.price.parse();
        let price = price.map_err(|why| format!("{} {why}", wrong("price", tier.price)))?;
        let currency = tier
            .currency
            .parse()
            .map_err(|_| unreadable("currency", tier.currency))?;
        let key = (class, region.to_owned(), currency);
        let of_class = self.tiers.entry(key.clone());
        let of_product = of_class.or_default().entry(product.to_owned());
        if of_product
            .or_default()
            .insert(above, (price, below))
            .is_some_and(|known| known != (price, below))
        {
            self.twice.insert(key);
        }
        Ok(())
    }

    fn finish(self) -> Result<AwsPrices, String> {
        let mut unclear = Vec::new();
        // Regions with the same prices are one row.
        let mut rows: BTreeMap<RowKey, Vec<String>> = BTreeMap::new();
        for ((class, region, currency), products) in self.tiers {
            if self.twice.contains(&(class, region.clone(), currency)) {
                let line = format!("{class} in {region} has more than one price in this list");
                unclear.push(line);
                continue;
            }
            if let Some(flaw) = products.values().find_map(flaw) {
                unclear.push(format!("{class} in {region} has {flaw} in this list"));
                continue;
            }
            let lists: BTreeSet<Vec<(u64, Money)>> = products
                .into_values()
                .map(|tiers| tiers.into_iter().map(|(above, (price, _))| (above, price)))
                .map(Iterator::collect)
                .collect();
            let mut lists = lists.into_iter();
            match (lists.next(), lists.next()) {
                (Some(tiers), None) => {
                    rows.entry((class, currency, tiers))
                        .or_default()
                        .push(region);
                }
                _ => {
                    unclear.push(format!(
                        "{class} in {region} has more than one price in this list"
                    ));
                }
            }
        }
        if rows.is_empty() {
            return Err(match unclear.first() {
                None => "it has no prices of storage in Amazon S3".to_owned(),
                Some(first) => format!("{first}, and nothing else has any"),
            });
        }
        let price = |((class, currency, tiers), regions): (RowKey, Vec<String>)| {
            let tiers = tiers.into_iter();
            let tiers = tiers.map(|(above, price)| PriceTier { above, price });
            Price {
                regions: regions.into_iter().map(Cow::Owned).collect(),
                tiers: tiers.collect(),
                currency,
                unit: PriceUnit::Gib,
                date: Cow::Owned(self.date.clone()),
                ..Price::own(class, Money::ZERO, "AWS price list")
            }
        };
        Ok(AwsPrices {
            prices: rows.into_iter().map(price).collect(),
            unclear,
        })
    }
}

/// What is wrong with the tiers of a product: they must begin at 0, and each where the one before ends.
fn flaw(tiers: &ProductTiers) -> Option<&'static str> {
    let mut next = Some(0);
    for (above, (_, below)) in tiers {
        match next {
            Some(next) if next < *above => return Some(GAP),
            Some(next) if next == *above => {}
            _ => return Some("two prices for some amounts"),
        }
        next = *below;
    }
    next.map(|_| GAP)
}

const GAP: &str = "no price for some amounts";

/// A price for what is above a number of units, up to another.
#[derive(Clone, Copy)]
struct RawTier<'a> {
    from: &'a str,
    /// `Inf` for the last.
    to: &'a str,
    unit: &'a str,
    price: &'a str,
    currency: &'a str,
}

fn class(usage_type: &str) -> Option<&'static str> {
    // `USW2-`, `EU-`, or none for us-east-1. Others are other products: `USE1-Tables-TimedStorage-ByteHrs`.
    let is_region = |prefix: &str| match prefix.strip_suffix('-') {
        None => prefix.is_empty(),
        Some(code) => code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
    };
    let is = |name: &str| usage_type.strip_suffix(name).is_some_and(is_region);
    let found = USAGE_TYPES.iter().find(|(name, _)| is(name));
    found.map(|(_, class)| *class)
}

/// `51200` or `51200.0000000000`.
fn whole(text: &str) -> Option<u64> {
    let (number, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_whole = fraction.bytes().all(|byte| byte == b'0');
    number.parse().ok().filter(|_| is_whole)
}

/// Reads a list, in either form.
pub(super) fn read(text: &str) -> Result<AwsPrices, String> {
    match text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '['])
    {
        true => of_json(text.trim_start_matches('\u{feff}')),
        false => of_csv(text.trim_start_matches('\u{feff}')),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    offer_code: String,
    #[serde(default)]
    publication_date: String,
    products: HashMap<String, OfferProduct>,
    terms: OfferTerms,
}

#[derive(Deserialize)]
struct OfferProduct {
    #[serde(default)]
    attributes: OfferAttributes,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OfferAttributes {
    usagetype: String,
    region_code: String,
}

#[derive(Deserialize)]
struct OfferTerms {
    #[serde(rename = "OnDemand")]
    on_demand: HashMap<String, HashMap<String, OfferTerm>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfferTerm {
    price_dimensions: HashMap<String, OfferDimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfferDimension {
    unit: String,
    #[serde(default = "zero")]
    begin_range: String,
    #[serde(default)]
    end_range: String,
    price_per_unit: HashMap<String, String>,
}

fn zero() -> String {
    "0".to_owned()
}

fn of_json(text: &str) -> Result<AwsPrices, String> {
    let offer: Offer = serde_json::from_str(text).map_err(|error| not_a_list(&error))?;
    check_offer(&offer.offer_code)?;
    let mut collected = Collected {
        date: day(&offer.publication_date),
        ..Collected::default()
    };
    for (sku, product) in &offer.products {
        let OfferAttributes {
            usagetype,
            region_code,
        } = &product.attributes;
        let terms = offer
            .terms
            .on_demand
            .get(sku)
            .into_iter()
            .flat_map(HashMap::values);
        for dimension in terms.flat_map(|term| term.price_dimensions.values()) {
            for (currency, price) in &dimension.price_per_unit {
                let tier = RawTier {
                    from: &dimension.begin_range,
                    to: &dimension.end_range,
                    unit: &dimension.unit,
                    price,
                    currency,
                };
                let place = || format!("product `{sku}`");
                collected.add(sku, usagetype, region_code, tier, &place)?;
            }
        }
    }
    collected.finish()
}

/// Why JSON is no price list, in one line: it isn't JSON, or it is that of something else.
fn not_a_list(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "it isn't whole: the JSON in it has no end".to_owned(),
        Category::Syntax | Category::Io => format!("it isn't JSON: {error}"),
        Category::Data => format!("it is JSON, but not a price list of AWS: {error}"),
    }
}

fn check_offer(code: &str) -> Result<(), String> {
    match code {
        "AmazonS3" => Ok(()),
        other => Err(format!(
            "it is the price list of `{other}`, not of AmazonS3"
        )),
    }
}

/// The day of a time: `2025-10-28`; nothing if it is none.
fn day(time: &str) -> String {
    let day = time.get(..10).unwrap_or_default();
    match day.parse::<jiff::civil::Date>() {
        Ok(_) => day.to_owned(),
        Err(_) => String::new(),
    }
}

fn of_csv(text: &str) -> Result<AwsPrices, String> {
    let unreadable = |error: csv::Error| format!("it is no price list of AWS: {error}");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut collected = Collected::default();
    let mut header: Option<CsvColumns> = None;
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let Some(columns) = &header else {
            match cell(0) {
                "OfferCode" => check_offer(cell(1))?,
                "Publication Date" => collected.date = day(cell(1)),
                "SKU" => header = Some(CsvColumns::of(&record)?),
                _ => {}
            }
            continue;
        };
        if cell(columns.term) != "OnDemand" {
            continue;
        }
        let tier = RawTier {
            from: cell(columns.from),
            to: cell(columns.to),
            unit: cell(columns.unit),
            price: cell(columns.price),
            currency: cell(columns.currency),
        };
        let line = || record.position().map_or(0, csv::Position::line);
        collected.add(
            cell(0),
            cell(columns.usage_type),
            cell(columns.region),
            tier,
            &|| format!("line {}", line()),
        )?;
    }
    match header {
        Some(_) => collected.finish(),
        None => Err(
            "it is neither JSON nor CSV of a price list of AWS: no line begins with SKU".to_owned(),
        ),
    }
}

/// Where the cells stand.
struct CsvColumns {
    term: usize,
    from: usize,
    to: usize,
    unit: usize,
    price: usize,
    currency: usize,
    usage_type: usize,
    region: usize,
}

impl CsvColumns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let at = |name: &str| {
            let found = header
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name));
            found.ok_or_else(|| format!("it has no column `{name}`"))
        };
        Ok(Self {
            term: at("TermType")?,
            from: at("StartingRange")?,
            to: at("EndingRange")?,
            unit: at("Unit")?,
            price: at("PricePerUnit")?,
            currency: at("Currency")?,
            usage_type: at("usageType")?,
            region: at("Region Code")?,
        })
    }
}

#[cfg(test)]
mod tests;
