//! `partsweep prices show`: the prices that partsweep knows.

use std::io::Write;

use partsweep_core::Price;
use partsweep_core::money::table::StorePrices;
use partsweep_core::provider::profiles::{ALL, StoreEntry};

use crate::args::similar;
use crate::report::prices;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Show what storage costs, as far as partsweep knows; of one store, as a file for --prices
#[derive(Debug, clap::Args)]
pub(crate) struct ShowPricesArgs {
    /// A store, as for --store; with its region, only the prices there [default: all]
    #[arg(value_name = "STORE")]
    name: Option<String>,
}

/// Prints them.
pub(super) fn run(args: &ShowPricesArgs, console: &Console) -> Result<Exit, Failure> {
    let mut output = console.plain_output();
    let Some(name) = &args.name else {
        prices::overview(console.width(), &mut output)?;
        output.flush()?;
        return Ok(Exit::Done);
    };
    // As --store takes it: with a region or an account, of which only a region says something about prices.
    let (name, value) = name
        .split_once(':')
        .map_or((name.as_str(), None), |(name, value)| (name, Some(value)));
    let Some(store) = StoreEntry::named(name) else {
        let failure = Failure::usage(format!("no store is called `{name}`"));
        let ids = ALL.iter().map(|store| store.profile.id.to_owned());
        return Err(match similar(name, ids) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`--store list` shows all names"),
        });
    };
    let Some(known) = StorePrices::of(store.profile.id) else {
        let line = format!("no prices of {} are known", store.profile.name);
        return Err(Failure::told(Exit::Partial, line)
            .hint("give your own: --price CLASS=PRICE, or a file by --prices"));
    };
    let is_here = |price: &&Price| match value {
        Some(region) => {
            let mut regions = price.regions.iter();
            price.regions.is_empty() || regions.any(|other| other.eq_ignore_ascii_case(region))
        }
        None => true,
    };
    let here: Vec<Price> = known.prices.iter().filter(is_here).cloned().collect();
    if let (true, Some(region)) = (here.is_empty(), value) {
        let line = format!("no prices of {} in {region} are known", store.profile.name);
        return Err(Failure::told(Exit::Partial, line)
            .hint("give your own: --price CLASS=PRICE, or a file by --prices")
            .hint("`partsweep prices import` makes one of a price list of AWS"));
    }
    let text = prices::toml(known.store, known.billed_as, &here);
    output.write_all(text.as_bytes())?;
    output.flush()?;
    Ok(Exit::Done)
}
