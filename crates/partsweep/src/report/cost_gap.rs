//! Why no cost is shown, or not all of it, and what to do about it.

use std::mem;

use partsweep_core::money::table::ANY_CLASS;
use partsweep_core::provider::profile::Provider;
use partsweep_core::provider::profiles::{AWS, Kind, StoreEntry};
use partsweep_core::{PriceGap, PriceTable, StoredBytes, escape};

/// Classes, or classes in regions, that are named.
const PLACES_SHOWN: usize = 3;

/// A sentence for each reason, and behind the last what to do. Empty where all has a price, and at a server that one runs:
/// it has no list price, and whoever runs it knows that.
pub(crate) fn words(stored: &StoredBytes, prices: &PriceTable, store: &Provider) -> Vec<String> {
    let mut gaps = stored.gaps(prices);
    // Whose prices they are is no matter.
    let currencies = match gaps.last() {
        Some(PriceGap::Currencies(currencies)) => Some(format!(
            "The cost of all together isn't known: prices are in {}.",
            currencies.join(" and ")
        )),
        _ => None,
    };
    gaps.retain(|gap| !matches!(gap, PriceGap::Currencies(_)));
    let entry = StoreEntry::named(prices.store().unwrap_or(store.id));
    let Some(entry) = entry.filter(|entry| entry.kind == Kind::Service) else {
        return currencies.into_iter().collect();
    };
    let kinds = gaps.chunk_by(|one, other| mem::discriminant(one) == mem::discriminant(other));
    let mut lines: Vec<String> = kinds.map(|gaps| reason(gaps, entry)).collect();
    if let Some(last) = lines.last_mut() {
        last.push_str(&way_out(&gaps, entry));
    }
    lines.extend(currencies);
    lines
}

/// What has no price for the same reason: in one sentence, however many classes and regions there are.
fn reason(gaps: &[PriceGap], store: &StoreEntry) -> String {
    let name = store.profile.name;
    let place = |gap: &PriceGap| match gap {
        PriceGap::Store | PriceGap::Currencies(_) => String::new(),
        PriceGap::Region(class) | PriceGap::Class(class) | PriceGap::Amount(class) => class.clone(),
        PriceGap::OtherRegions(class, region) => format!("{class} in {region}"),
    };
    let shown: Vec<String> = gaps.iter().take(PLACES_SHOWN).map(place).collect();
    let mut places = shown.join(", ");
    if gaps.len() > shown.len() {
        places.push_str(&format!(" and {} more", gaps.len() - shown.len()));
    }
    let why = match gaps.first() {
        Some(PriceGap::Region(_)) => format!(
            "prices of {name} depend on the region, and nothing shows that of these buckets"
        ),
        Some(PriceGap::OtherRegions(..)) => {
            format!("partsweep has its price only in other regions of {name}")
        }
        Some(PriceGap::Class(_)) => {
            format!("partsweep has prices of {name} only for other storage classes")
        }
        Some(PriceGap::Amount(_)) => {
            format!("partsweep has its price at {name} only for less than is stored")
        }
        Some(PriceGap::Store | PriceGap::Currencies(_)) | None => {
            return format!("partsweep doesn't know what {name} charges for storage.");
        }
    };
    let places = escape::for_terminal(&places);
    format!("The cost of {places} isn't known: {why}.")
}

/// What to type, with a space before it.
fn way_out(gaps: &[PriceGap], store: &StoreEntry) -> String {
    let class = gaps.iter().find_map(|gap| match gap {
        PriceGap::Store | PriceGap::Currencies(_) => None,
        PriceGap::Region(class)
        | PriceGap::OtherRegions(class, _)
        | PriceGap::Class(class)
        | PriceGap::Amount(class) => Some(class.as_str()),
    });
    let class = class.unwrap_or(ANY_CLASS);
    let typed = format!("{class}=PRICE/GB");
    let typed = match escape::for_shell(class) == class {
        true => typed,
        false => escape::for_shell(&typed).into_owned(),
    };
    let mut text = format!(" Give the price with --price {typed} or --prices FILE");
    if store.profile.id == AWS.id {
        if gaps.iter().any(|gap| matches!(gap, PriceGap::Region(_))) {
            text.push_str(", or the region with --region");
        }
        text.push_str("; `partsweep prices import` makes such a file from AWS's price list");
    }
    text + "."
}
