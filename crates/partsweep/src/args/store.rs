//! A store by its name: `--store NAME[:VALUE]`.

use partsweep_core::provider::profiles::{
    ALL, BadStore, StoreAddress, StoreAddressing, StoreEntry,
};
use partsweep_s3::{Addressing, Settings};

use super::similar;
use crate::text::error::Failure;

/// The word that shows all names.
pub(crate) const LIST: &str = "list";

/// A store that was named, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct NamedStore {
    /// As it was typed; none for a URL.
    text: Option<String>,
    address: StoreAddress,
}

impl NamedStore {
    /// Finds it. `region`: the one that was typed apart.
    ///
    /// # Errors
    ///
    /// If there is no such store, or its endpoint needs something that wasn't given.
    pub(crate) fn find(text: &str, region: Option<&str>) -> Result<Self, Failure> {
        let (_, address) = StoreEntry::find(text, region).map_err(|bad| explained(&bad))?;
        Ok(Self {
            text: Some(text.to_owned()),
            address,
        })
    }

    /// A store by its URL.
    pub(crate) fn at_url(url: &str) -> Self {
        let address = StoreAddress {
            endpoint_url: Some(url.to_owned()),
            region: None,
            addressing: StoreAddressing::Either,
        };
        Self {
            text: None,
            address,
        }
    }

    /// These settings with this store in them. What was typed for itself stays.
    pub(crate) fn put_into(&self, settings: &mut Settings) {
        let StoreAddress {
            endpoint_url,
            region,
            addressing,
        } = self.address.clone();
        settings.store_name.clone_from(&self.text);
        settings.amazon_s3 = endpoint_url.is_none();
        settings.endpoint_url = endpoint_url;
        settings.region = settings.region.take().or(region);
        settings.addressing = settings.addressing.or(match addressing {
            StoreAddressing::Either => None,
            StoreAddressing::Path => Some(Addressing::Path),
            StoreAddressing::Virtual => Some(Addressing::Virtual),
        });
    }
}

/// What is wrong, and what to type.
fn explained(bad: &BadStore) -> Failure {
    match bad {
        BadStore::Unknown(name) => {
            let names = ALL.iter().flat_map(|store| {
                [store.profile.id]
                    .into_iter()
                    .chain(store.aliases.iter().copied())
            });
            let failure = Failure::usage(format!("no store is called `{name}`"));
            let failure = match similar(name, names.map(str::to_owned)) {
                Some(close) => failure.hint(format!("did you mean `{close}`?")),
                None => failure,
            };
            failure.hint("`--store list` shows all names; any other store: `--endpoint-url URL`")
        }
        BadStore::Missing(store, what) => {
            let name = store.profile.name;
            let (line, known) = match *what {
                "region" => (format!("{name} needs a region"), store.regions.join(", ")),
                "account" => (format!("{name} needs your account id"), String::new()),
                "host" => (format!("{name} needs its host name"), String::new()),
                _ => (
                    format!("{name} has an endpoint for each account"),
                    String::new(),
                ),
            };
            let failure = Failure::usage(line).hint(format!("for example `{}`", store.example()));
            let failure = match known.is_empty() {
                true => failure,
                false => failure.hint(format!("its regions: {known}")),
            };
            match store.ask {
                Some(ask) => failure.hint(format!("look up {ask}")),
                None => failure,
            }
        }
        BadStore::TooMuch(store, rest) => {
            let name = store.profile.name;
            Failure::usage(format!("{name} takes nothing more, but `{rest}` was given"))
                .hint(format!("write `{}`", store.example()))
        }
        BadStore::NotAHost(text) => {
            Failure::usage(format!("`{text}` can't be part of a host name"))
                .hint("a whole endpoint can be given as a URL: `--endpoint-url URL`")
        }
    }
}

/// All names, a store a line, with what to type.
pub(crate) fn list() -> String {
    let lengths = ALL.iter().map(|store| store.example().len());
    let widest = lengths.max().unwrap_or_default();
    let mut stores: Vec<_> = ALL.iter().collect();
    stores.sort_by_key(|store| store.profile.id);
    let mut lines = format!("{:widest$}  STORE\n", "--store");
    for store in stores {
        let aliases = match store.aliases {
            [] => String::new(),
            aliases => format!(" (or {})", aliases.join(", ")),
        };
        lines.push_str(&format!(
            "{:widest$}  {}{aliases}\n",
            store.example(),
            store.profile.name
        ));
    }
    lines
}
