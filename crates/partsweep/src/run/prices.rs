//! Prices that the user gave: typed, and those of a file. Reads them, and says which of them apply to nothing.

pub(crate) mod file;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use partsweep_core::money::table::{ANY_CLASS, STANDARD};
use partsweep_core::provider::profile::Provider;
use partsweep_core::{CostFilter, Currency, OwnPrices, PlannedUpload, Price, PriceTable};
use partsweep_engine::inventory::SavedBucket;

use crate::args::{PriceArgs, SharedArgs, TYPED_PRICE};
use crate::text::error::Failure;

/// Places that are named where no price fits.
const PLACES_SHOWN: usize = 5;

/// A storage class and a region.
pub(crate) type PricedPlace = (Option<Arc<str>>, Option<String>);

/// Where uploads are that have parts.
pub(crate) type PricedPlaces = BTreeSet<PricedPlace>;

/// Where the uploads of a saved plan are, with the regions that its buckets have there.
#[derive(Default)]
pub(crate) struct PlanPlaces {
    regions: HashMap<String, String>,
    pub(crate) places: PricedPlaces,
}

impl PlanPlaces {
    /// Of these buckets.
    pub(crate) fn of(buckets: &[SavedBucket]) -> Self {
        let regions = buckets
            .iter()
            .filter_map(|bucket| Some((bucket.name.clone(), bucket.region.clone()?)));
        Self {
            regions: regions.collect(),
            places: PricedPlaces::new(),
        }
    }

    /// Adds an upload, if it has anything that is billed.
    pub(crate) fn add(&mut self, planned: &PlannedUpload) {
        if planned.footprint.bytes.known() > 0 {
            let upload = &planned.upload;
            let region = self.regions.get(upload.address.bucket.as_str());
            let place = (upload.storage_class.clone(), region.cloned());
            self.places.insert(place);
        }
    }
}

/// The prices that were typed, and those of the file that was named, for a store that was named or is recognized.
pub(crate) fn read(args: &PriceArgs, shared: &SharedArgs) -> Result<OwnPrices, Failure> {
    let (store, of_file) = match &args.prices {
        None => (None, Vec::new()),
        Some(path) => file::read(path)?,
    };
    let mut classes = BTreeSet::new();
    if let Some(twice) = args
        .price
        .iter()
        .find(|price| !classes.insert(&price.class))
    {
        return Err(Failure::usage(format!(
            "--price gives class `{}` two prices",
            twice.class
        )));
    }
    let named = shared.connection.meant_store(&shared.given);
    Ok(OwnPrices::new(&args.price, &of_file, store).meant_for(named))
}

/// What to say if the file is for another store than this one.
pub(crate) fn unused(own: &OwnPrices, store: &Provider) -> Option<String> {
    let other = own.of_another_store(store.id)?;
    let name = store.name;
    Some(format!(
        "the prices in the file of --prices weren't used: they are for `{other}`, and this is {name}"
    ))
}

/// What to say of prices that fit none of these places with uploads: a class is misspelt, or they are for other
/// regions. Prices for another store are told by [`unused`].
///
/// Of those that were typed each is told, but not one for any class: it is there for what has no other. A file may
/// have more than is needed: it is told if nothing of it fits.
pub(crate) fn misfits(own: &OwnPrices, store: &Provider, places: &PricedPlaces) -> Vec<String> {
    let (table, given) = (own.table(store.id), own.at(store.id));
    if given.is_empty() || places.is_empty() {
        return Vec::new();
    }
    let used = places
        .iter()
        .filter_map(|(class, region)| table.price(class.as_deref(), region.as_deref()));
    let used: Vec<&Price> = used.collect();
    let fits = |price: &Price| used.iter().any(|used| std::ptr::eq(*used, price));
    if !given.iter().any(fits) {
        return vec![format!(
            "no price that was given fits: the uploads are {}",
            shown(places)
        )];
    }
    let (typed, of_file): (Vec<&Price>, Vec<&Price>) =
        given.iter().partition(|price| price.source == TYPED_PRICE);
    let is_used = |class: &str| {
        let mut used = typed.iter().filter(|price| fits(price));
        used.any(|price| price.class.eq_ignore_ascii_case(class))
    };
    let unused = typed.iter().map(|price| &*price.class);
    let unused: BTreeSet<&str> = unused
        .filter(|class| *class != ANY_CLASS && !is_used(class))
        .collect();
    let mut lines: Vec<String> = unused
        .into_iter()
        .map(|class| {
            let places = shown(places);
            format!("the price of --price {class} fits nothing: the uploads are {places}")
        })
        .collect();
    if !of_file.is_empty() && !of_file.into_iter().any(fits) {
        let places = shown(places);
        lines.push(format!(
            "no price in the file of --prices fits: the uploads are {places}"
        ));
    }
    lines
}

/// Classes and regions in words: `STANDARD in eu-central-1, GLACIER`.
fn shown(places: &PricedPlaces) -> String {
    let here = |(class, region): &PricedPlace| {
        let class = class.as_deref().filter(|class| !class.is_empty());
        let class = class.unwrap_or(STANDARD);
        match region {
            Some(region) => format!("{class} in {region}"),
            None => class.to_owned(),
        }
    };
    let shown: Vec<String> = places.iter().take(PLACES_SHOWN).map(here).collect();
    let more = match places.len() > PLACES_SHOWN {
        true => " and others",
        false => "",
    };
    format!("{}{more}", shown.join(", "))
}

/// Refuses a least cost that nothing can be compared with at this store.
pub(crate) fn check_least_cost(least: &CostFilter, store: &Provider) -> Result<(), Failure> {
    let table: PriceTable = least.prices.table(store.id);
    let currencies = table.currencies();
    let name = store.name;
    let Some(first) = currencies.first() else {
        return Err(Failure::usage(format!(
            "--min-cost needs prices, and none are known of this store ({name})"
        ))
        .hint("give them with --price CLASS=PRICE (for example --price '*=0.02/GiB') or --prices FILE, or choose by --min-size"));
    };
    let again = |currency: &Currency| format!("--min-cost {}{currency}", least.least.price());
    let known = currencies.iter().map(Currency::to_string);
    let known = known.collect::<Vec<_>>().join(" and ");
    match least.currency {
        Some(asked) if !currencies.contains(&asked) => Err(Failure::usage(format!(
            "--min-cost is in {asked}, and prices here ({name}) are in {known}"
        ))
        .hint(format!(
            "give the amount in {known}, for example {}",
            again(first)
        ))),
        None if currencies.len() > 1 => Err(Failure::usage(format!(
            "--min-cost has no currency, and prices here ({name}) are in {known}"
        ))
        .hint(format!("name one of them, for example {}", again(first)))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::provider::profiles::{AWS, CEPH, R2};

    use super::*;

    fn own(classes: &[&str], source: &str) -> Vec<Price> {
        let price = |class: &&str| Price::own(class, "1".parse().unwrap(), source);
        classes.iter().map(price).collect()
    }

    #[test]
    fn a_file_for_another_store_is_not_used_and_that_is_told() {
        let own = OwnPrices::new(&[], &own(&["NEW"], "file"), Some("aws".to_owned()));
        assert!(own.table(AWS.id).price(Some("NEW"), None).is_some());
        assert_eq!(unused(&own, &AWS), None);
        assert!(own.table(R2.id).price(Some("NEW"), None).is_none());
        assert!(unused(&own, &R2).unwrap().contains("Cloudflare R2"));
    }

    #[test]
    fn each_typed_price_that_fits_nothing_is_told_and_a_file_if_nothing_of_it_fits() {
        let places = PricedPlaces::from([(Some("STANDARD".into()), None)]);
        let told = |typed: &[&str], of_file: &[&str]| {
            let (typed, of_file) = (own(typed, TYPED_PRICE), own(of_file, "file"));
            misfits(&OwnPrices::new(&typed, &of_file, None), &CEPH, &places)
        };
        assert!(told(&[], &[]).is_empty());
        assert!(told(&["standard", "*"], &[]).is_empty());
        assert!(told(&[], &["STANDARD", "GLACIER"]).is_empty());
        let line = "no price that was given fits: the uploads are STANDARD";
        assert_eq!(told(&["STANDART"], &["GLACIER"]), [line]);
        let line = "the price of --price STANDART fits nothing: the uploads are STANDARD";
        assert_eq!(told(&["STANDART"], &["*"]), [line]);
        let line = "no price in the file of --prices fits: the uploads are STANDARD";
        assert_eq!(told(&["*"], &["GLACIER"]), [line]);
    }

    #[test]
    fn a_least_cost_is_of_a_currency_that_prices_are_in() {
        let check = |currency: Option<&str>, store| {
            let least = CostFilter {
                least: "1.5".parse().unwrap(),
                currency: currency.map(|code| code.parse().unwrap()),
                prices: OwnPrices::default(),
            };
            check_least_cost(&least, store)
        };
        assert!(check(None, &AWS).is_ok() && check(Some("USD"), &AWS).is_ok());
        let text = |result: Result<(), Failure>| match result {
            Err(Failure::Told(told)) => format!("{} {}", told.line, told.hints.join(" ")),
            other => panic!("{other:?}"),
        };
        let refused = text(check(Some("EUR"), &AWS));
        assert!(
            refused.contains("in EUR") && refused.contains("--min-cost 1.50USD"),
            "{refused}"
        );
        assert!(text(check(None, &CEPH)).contains("none are known"));
    }
}
