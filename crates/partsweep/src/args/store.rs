//! A store by its name: `--store NAME[:VALUE]`.

use partsweep_core::Provider;
use partsweep_core::escape;
use partsweep_core::provider::profiles::{
    ALL, AWS, BadStore, StoreAddress, StoreAddressing, StoreEntry, UNKNOWN,
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
    entry: Option<&'static StoreEntry>,
    address: StoreAddress,
}

impl NamedStore {
    /// Finds it. `region`: the one that was typed apart.
    ///
    /// # Errors
    ///
    /// If there is no such store, or its endpoint needs something that wasn't given.
    pub(crate) fn find(text: &str, region: Option<&str>, at: TypedAt) -> Result<Self, Failure> {
        if ["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            return Ok(Self::at_url(text));
        }
        let (entry, address) = StoreEntry::find(text, region).map_err(|bad| explained(&bad, at))?;
        Ok(Self {
            text: Some(text.to_owned()),
            entry: Some(entry),
            address,
        })
    }

    /// What is known of it, if it was named and not only its URL.
    pub(crate) fn profile(&self) -> Option<Provider> {
        self.entry.map(|entry| *entry.profile)
    }

    /// What is doubtful about it: a region that may be misspelt leads to a host that is none.
    pub(crate) fn doubt(&self) -> Option<(String, String)> {
        let (store, region) = (self.entry?, self.address.unknown_region.as_ref()?);
        Some((
            format!(
                "`{region}` isn't a region of {} that partsweep knows",
                store.profile.name
            ),
            format!("it knows {}", store.regions.join(", ")),
        ))
    }

    /// A store by its URL.
    pub(crate) fn at_url(url: &str) -> Self {
        let address = StoreAddress {
            endpoint_url: Some(url.to_owned()),
            region: None,
            addressing: StoreAddressing::Either,
            unknown_region: None,
        };
        Self {
            text: None,
            entry: None,
            address,
        }
    }

    /// The option that leads there, with a space before it.
    pub(crate) fn option(&self) -> String {
        let (option, value) = match (&self.text, &self.address.endpoint_url) {
            (Some(name), _) => ("--store", name),
            (None, Some(url)) => ("--endpoint-url", url),
            (None, None) => return String::new(),
        };
        format!(" {option} {}", escape::for_shell(value))
    }

    /// These settings with this store in them. What was typed for itself stays.
    pub(crate) fn put_into(&self, settings: &mut Settings) {
        let StoreAddress {
            endpoint_url,
            region,
            addressing,
            ..
        } = self.address.clone();
        settings.store_name.clone_from(&self.text);
        settings.amazon_s3 = endpoint_url.is_none();
        let is_aws = self.entry.is_some_and(|entry| entry.profile.id == AWS.id);
        // A default is no word of anyone.
        settings.trusts_region = is_aws && endpoint_url.is_some() && settings.region.is_some();
        settings.endpoint_url = endpoint_url;
        settings.region = settings.region.take().or(region);
        settings.addressing = settings.addressing.or(match addressing {
            StoreAddressing::Either => None,
            StoreAddressing::Path => Some(Addressing::Path),
            StoreAddressing::Virtual => Some(Addressing::Virtual),
        });
    }
}

/// What is known of a store by what `--store` has: `hetzner`, `hetzner:fsn1`, `moto:http://localhost:5000`.
pub(crate) fn named_entry(text: &str) -> Option<&'static StoreEntry> {
    let (name, _) = text.split_once(':').unwrap_or((text, ""));
    StoreEntry::named(name)
}

/// What a store is called: as it was recognized, else as it was named; the demo's is only played.
pub(crate) fn called(
    named: Option<&StoreEntry>,
    is_simulated: bool,
    recognized: &Provider,
) -> String {
    match named.map(|entry| entry.profile.name) {
        Some(name) if is_simulated => format!("simulated {name}"),
        None if is_simulated => "partsweep's simulated store".to_owned(),
        Some(name) if recognized.id == UNKNOWN.id => format!("{name} (as named)"),
        _ => recognized.name.to_owned(),
    }
}

/// Where a name was typed: what to type instead depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypedAt {
    /// Behind `--store`, or its variable or setting.
    Option,
    /// At the question.
    Question,
}

/// What is wrong, and what to type.
fn explained(bad: &BadStore, at: TypedAt) -> Failure {
    let elsewhere = match at {
        TypedAt::Option => "`--store list` shows all names; any other store: `--endpoint-url URL`",
        TypedAt::Question => "`list` shows all names; any other store: type its URL",
    };
    match bad {
        BadStore::Unknown(name) if name.is_empty() => {
            Failure::usage("--store needs a name").hint(elsewhere)
        }
        BadStore::Unknown(name) if looks_like_a_host(name) => {
            Failure::usage(format!("no store is called `{name}`"))
                .hint("an address needs `https://` or `http://` in front of it")
        }
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
            failure.hint(elsewhere)
        }
        BadStore::Missing(store, what) => missing(store, what),
        BadStore::TooMuch(store, rest) if store.url.is_none() => {
            let name = store.profile.name;
            Failure::usage(format!("{name} needs the whole endpoint, with https://"))
                .hint(format!("write `{}:https://{rest}`", store.profile.id))
        }
        BadStore::TooMuch(store, rest) => {
            let name = store.profile.name;
            Failure::usage(format!(
                "{name} has one endpoint, so `{rest}` has no meaning"
            ))
            .hint(format!("write `{}`", store.example()))
        }
        BadStore::NoRegion(store, region) => {
            let name = store.profile.name;
            Failure::usage(format!("`{region}` isn't a region of {name}"))
                .hint(format!("its regions: {}", store.regions.join(", ")))
        }
        BadStore::NotAHost(text) => {
            let failure = Failure::usage(format!("`{text}` can't be part of a host name"));
            failure.hint(match at {
                TypedAt::Option => "a whole endpoint can be given as a URL: `--endpoint-url URL`",
                TypedAt::Question => "a whole endpoint can be given as a URL",
            })
        }
        BadStore::Placeholder(word) => Failure::usage(format!("replace {word} with your own")),
    }
}

fn missing(store: &StoreEntry, what: &str) -> Failure {
    let name = store.profile.name;
    let (line, known) = match what {
        "region" => (format!("{name} needs a region"), store.regions.join(", ")),
        "account" => {
            let word = store.account_word.to_lowercase().replace('_', " ");
            (format!("{name} needs your {word}"), String::new())
        }
        "host" => (format!("{name} needs its host name"), String::new()),
        _ => (
            format!("{name} has an endpoint for each account"),
            String::new(),
        ),
    };
    let failure = Failure::usage(line).hint(format!("for example `{}`", store.example()));
    let failure = match (known.is_empty(), what) {
        (false, _) => failure.hint(format!("its regions: {known}")),
        (true, "host") => {
            let port = store.port.map_or(String::new(), |port| format!(":{port}"));
            failure.hint(format!(
                "without TLS: `{}:http://HOST{port}`",
                store.profile.id
            ))
        }
        (true, _) => failure,
    };
    match store.ask {
        Some(ask) => failure.hint(format!("look up {ask}")),
        None => failure,
    }
}

/// Whether someone meant an address: it has a dot or a port.
fn looks_like_a_host(name: &str) -> bool {
    name.contains('.') || name == "localhost"
}

/// Columns that a line of the list takes at most.
const LIST_COLUMNS: usize = 80;

/// All names, a store a line, with what to type. Other names stand below where there is no room for them; in
/// fewer columns than that the store's name does as well.
pub(crate) fn list(columns: Option<usize>) -> String {
    let room = columns.unwrap_or(LIST_COLUMNS).min(LIST_COLUMNS);
    let lengths = ALL.iter().map(|store| store.pattern().len());
    let widest = lengths.max().unwrap_or_default();
    let mut stores: Vec<_> = ALL.iter().collect();
    stores.sort_by_key(|store| store.profile.id);
    let mut lines = format!("{:widest$}  STORE\n", "NAME");
    for store in stores {
        let (pattern, name) = (store.pattern(), store.profile.name);
        let also = match store.aliases {
            [] => String::new(),
            aliases => format!(" (also {})", aliases.join(", ")),
        };
        let line = format!("{pattern:widest$}  {name}{also}");
        let short = format!("{pattern:widest$}  {name}");
        if line.chars().count() <= room {
            lines.push_str(&line);
        } else if short.chars().count() <= room {
            let indent = widest + 2;
            lines.push_str(&format!("{short}\n{:indent$}{}", "", also.trim_start()));
        } else {
            lines.push_str(&format!("{pattern}\n  {name}"));
        }
        lines.push('\n');
    }
    lines.push_str(
        "\nReplace the words in capitals, without brackets.\nA name without its region, such as `b2`, shows the regions.\n",
    );
    lines
}
