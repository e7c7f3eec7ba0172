//! Every store that partsweep knows: a file each in `stores/`, which `build.rs` writes as constants.
//!
//! What a file says of behaviour is a [`Provider`], which changes what we do. The rest is for people: where the
//! store is, what to expect of it, and what each statement rests on (`docs/stores.md` is made of it).

use super::profile::{AbortRisk, ListingTrust, PrefixMeaning, Provider, RequestPrice};
use super::simulated::{Simulated, SimulatedEncoding};
use crate::listing::ranges::ListingOrder;
use crate::model::believe::DocumentTime;

/// What runs behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A service that one rents.
    Service,
    /// A server that one runs.
    Server,
    /// A server for tests.
    Emulator,
}

/// How a store takes the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreAddressing {
    /// Both ways, as far as known.
    Either,
    /// In the path only, or there more surely.
    Path,
    /// In the host name only.
    Virtual,
}

/// What a store makes of a lifecycle rule with AbortIncompleteMultipartUpload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortRule {
    /// Not known.
    Unknown,
    /// It takes the rule and follows it.
    Works,
    /// It does so only if the rule has fewer days than its own clean-up.
    Sooner,
    /// It does so only if the prefix stands in a `Filter`.
    FilterOnly,
    /// It has rules of this kind in the words of Google Cloud Storage's XML API.
    Google,
    /// It has rules of this kind in the words of Alibaba OSS.
    Oss,
    /// It has rules of this kind, but not in this API.
    OwnDialect,
    /// It takes the rule, and forgets that part of it.
    Dropped,
    /// It refuses the rule.
    Refused,
    /// It has no lifecycle rules, or none of this kind.
    Unsupported,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// How the store is told from others.
    Recognition,
    /// Endpoints, regions, addressing.
    Endpoint,
    /// Listing buckets.
    Buckets,
    /// Listing uploads: order, markers, prefixes, what is left out.
    Listing,
    /// How keys are encoded.
    Encoding,
    /// Dates, and the clock.
    Dates,
    /// Listing parts, sizes, ETags.
    Parts,
    /// Headers that it refuses.
    Headers,
    /// Aborts, and what one does to a finished object.
    Abort,
    /// What the store removes by itself.
    CleanUp,
    /// Lifecycle rules.
    Lifecycle,
    /// What requests and storage cost.
    Price,
}

/// What a statement rests on, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// We ran the store and looked.
    Measured,
    /// Its vendor's documentation, or its source, says so.
    Documented,
    /// Someone else reports it.
    Reported,
    /// Nobody said so: it follows from what the store is like.
    Assumed,
}

/// A statement, and what it rests on.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Its subject.
    pub about: About,
    /// The statement: a sentence.
    pub says: &'static str,
    /// How sure it is.
    pub evidence: Evidence,
    /// A page, a repository, an issue, or our own measurement with its version and date.
    pub source: &'static str,
    /// The test that asks a running server, where `tests/servers/run` starts one.
    pub probe: Option<&'static str>,
}

/// A store, as its file describes it.
#[derive(Debug, Clone, Copy)]
pub struct StoreEntry {
    /// What changes what we do; its id is the file's name.
    pub profile: &'static Provider,
    /// What runs behind the name.
    pub kind: Kind,
    /// The id of the store whose behaviour this one has, but for what its own file says.
    pub like: Option<&'static str>,
    /// Other names for `--store`.
    pub aliases: &'static [&'static str],
    /// What its user can expect, in three sentences.
    pub expect: [&'static str; 3],
    /// Ends of its hosts' names, by whole labels.
    pub hosts: &'static [&'static str],
    /// Beginnings of its `Server` header.
    pub servers: &'static [&'static str],
    /// Its endpoint; in braces what stands for a `region`, an `account` or a `host`. None where each account has
    /// an endpoint of its own that only the vendor's console shows, and for Amazon S3.
    pub url: Option<&'static str>,
    /// Regions whose endpoint has another form, with that endpoint.
    pub urls: &'static [(&'static str, &'static str)],
    /// Its regions, as far as known: new ones come, so that others are taken too.
    pub regions: &'static [&'static str],
    /// The value to take where none is given.
    pub default_region: Option<&'static str>,
    /// The region to sign with, where it isn't the one in the endpoint.
    pub signing_region: Option<&'static str>,
    /// How it takes the bucket.
    pub addressing: StoreAddressing,
    /// The port that a server listens on unless it is told otherwise.
    pub port: Option<u16>,
    /// What to look up in order to know the endpoint.
    pub ask: Option<&'static str>,
    /// What its vendor calls the account in its endpoint, in capitals.
    pub account_word: &'static str,
    /// After how many days it removes incomplete uploads by itself, by default.
    pub cleans_up_after_days: Option<u16>,
    /// Whether that is a rule of each bucket, which another rule replaces.
    pub clean_up_is_rule: bool,
    /// How that is set or switched off.
    pub clean_up_note: &'static str,
    /// The least size of a part but the last, in bytes.
    pub minimum_part: Option<u64>,
    /// Whether all parts but the last must have the same size.
    pub equal_parts: bool,
    /// What it makes of a rule that aborts incomplete uploads.
    pub abort_rule: AbortRule,
    /// What else is to be known of its lifecycle rules.
    pub lifecycle_note: &'static str,
    /// Whether such a rule counts from the last part of an upload, and not from its start.
    pub rule_counts_from_last_part: bool,
    /// Whether a new rule leaves uploads that were started before it.
    pub rule_spares_older: bool,
    /// What the simulated store does like it.
    pub simulated: Simulated,
    /// What is known, and what it rests on.
    pub claims: &'static [Claim],
}

include!(concat!(env!("OUT_DIR"), "/stores.rs"));

/// A store that has not been recognised.
pub const UNKNOWN: Provider = Provider {
    id: "unknown",
    name: "unknown S3 store",
    listing: ListingTrust::Whole,
    prefix: PrefixMeaning::Prefix,
    order: ListingOrder::Unknown,
    key_marker_is_enough: false,
    // It may be one where nothing can be repaired.
    abort: AbortRisk::Unproven,
    times: DocumentTime::MayBeLocal,
    tells_gone: false,
    hides_buckets: false,
    etag_counts_parts: false,
    if_match_on_copy: false,
    if_match_on_complete: false,
    checks_object_size: false,
    decodes_source_twice: true,
    list_price: None,
    source: "S3 API reference",
};

/// The simulated store behind `partsweep demo`.
pub const SIM: Provider = Provider {
    id: "sim",
    name: "partsweep's simulated store",
    list_price: None,
    source: "crates/partsweep-sim",
    ..AWS
};

/// Why a name doesn't lead to a store.
#[derive(Debug, Clone)]
pub enum BadStore {
    /// No store has that name.
    Unknown(String),
    /// The store's endpoint needs this, which wasn't given: `account`, `region`, `host`, or the whole `url`.
    Missing(&'static StoreEntry, &'static str),
    /// More was given than the endpoint has room for.
    TooMuch(&'static StoreEntry, String),
    /// The store has no such region.
    NoRegion(&'static StoreEntry, String),
    /// This can't be part of a host name.
    NotAHost(String),
    /// This word of the documentation stands for what only its user knows.
    Placeholder(String),
}

/// Where a store is, as `--store` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreAddress {
    /// None for Amazon S3, whose endpoints follow from the region.
    pub endpoint_url: Option<String>,
    /// The region to sign with, if the store has one.
    pub region: Option<String>,
    /// How it takes the bucket.
    pub addressing: StoreAddressing,
    /// The region that was named, if it is none of those that are known of this store.
    pub unknown_region: Option<String>,
}

impl StoreEntry {
    /// The store with this id or alias.
    pub fn named(name: &str) -> Option<&'static Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let mut all = ALL.iter();
        all.find(|store| is(store.profile.id) || store.aliases.iter().any(|alias| is(alias)))
    }

    /// What stands in braces in its endpoint, in that order.
    pub fn takes(&self) -> impl Iterator<Item = &'static str> {
        let rest = self.url.unwrap_or("").split('{').skip(1);
        rest.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }

    /// What to type behind `--store`, with upper-case words for what only its user knows.
    pub fn example(&self) -> String {
        let value = |name| match (name, self.default_region, self.regions.first()) {
            ("region", Some(_), _) => None,
            ("region", None, Some(region)) => Some(region.to_string()),
            ("account", ..) => Some(self.account_word.to_owned()),
            (name, ..) => Some(name.to_uppercase()),
        };
        let mut example = self.profile.id.to_owned();
        if self.url.is_none() && self.ask.is_some() {
            example.push_str(":https://ENDPOINT");
        }
        for value in self.takes().filter_map(value) {
            example.push(':');
            example.push_str(&value);
        }
        example
    }

    /// What can be typed behind `--store`: as the example, with REGION for any of its regions, in brackets where
    /// it may be left out.
    pub fn pattern(&self) -> String {
        let example = self.example();
        let takes_region = self.takes().any(|name| name == "region");
        if !takes_region && self.regions.is_empty() {
            return example;
        }
        match (
            takes_region && self.default_region.is_none(),
            self.regions.first(),
        ) {
            (true, Some(first)) => example.replace(&format!(":{first}"), ":REGION"),
            (true, None) => example,
            (false, _) => format!("{example}[:REGION]"),
        }
    }

    /// The store and the place that `NAME[:VALUE]…` stands for. `region`: the one that was named apart, which
    /// wins where the name says none.
    ///
    /// The values are those that the endpoint [takes](Self::takes), in that order, or a whole URL.
    pub fn find(
        text: &str,
        region: Option<&str>,
    ) -> Result<(&'static Self, StoreAddress), BadStore> {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (name, Some(rest.trim())),
            None => (text, None),
        };
        let store =
            Self::named(name.trim()).ok_or_else(|| BadStore::Unknown(name.trim().to_owned()))?;
        let rest = rest.filter(|rest| !rest.is_empty());
        Ok((store, store.address(rest, region)?))
    }

    fn address(
        &'static self,
        rest: Option<&str>,
        named: Option<&str>,
    ) -> Result<StoreAddress, BadStore> {
        let mut address = StoreAddress {
            endpoint_url: None,
            region: named.or(self.signing_region).map(str::to_owned),
            addressing: self.addressing,
            unknown_region: None,
        };
        if let Some(word) = rest.and_then(|rest| self.placeholder_in(rest)) {
            return Err(BadStore::Placeholder(word));
        }
        let values = rest.and_then(|rest| self.values_of_endpoint(rest));
        let rest = match &values {
            Some(values) => Some(&**values).filter(|values| !values.is_empty()),
            None => rest,
        };
        if let Some(url) = rest.filter(|rest| rest.contains("://")) {
            address.endpoint_url = Some(url.to_owned());
            address.region = address
                .region
                .or_else(|| self.default_region.map(str::to_owned));
            return Ok(address);
        }
        if let Some(whole) = rest.filter(|rest| self.has_its_domain(rest)) {
            return Err(BadStore::NotAHost(whole.to_owned()));
        }
        let is_aws = self.url.is_none() && self.ask.is_none();
        let mut takes: Vec<&str> = self.takes().collect();
        // Its regions have endpoints of their own, or its endpoints follow from the region.
        if is_aws || !self.urls.is_empty() && !takes.contains(&"region") {
            takes.push("region");
        }
        let mut rest = rest;
        let mut url = self.url.map(str::to_owned);
        for (place, name) in takes.iter().enumerate() {
            let is_last = place + 1 == takes.len();
            let (given, others) = match rest {
                // A host may have a port.
                Some(rest) if is_last => (Some(rest), None),
                Some(rest) => match rest.split_once(':') {
                    Some((first, others)) => (Some(first), Some(others)),
                    None => (Some(rest), None),
                },
                None => (None, None),
            };
            rest = others;
            let fallback = (*name == "region")
                .then_some(named.or(self.default_region))
                .flatten();
            let value = given.or(fallback);
            let value = match value {
                Some(port) if *name == "host" && is_port(port) => {
                    return Err(BadStore::Missing(self, name));
                }
                Some(value) if is_host(value, *name == "host") => value,
                Some(value) => return Err(BadStore::NotAHost(value.to_owned())),
                // Amazon S3: the configuration may name one.
                None if is_aws => break,
                None => return Err(BadStore::Missing(self, name)),
            };
            let same = |region: &&str| region.eq_ignore_ascii_case(value);
            let known = self.regions.iter().find(|region| same(region));
            // A signature is made for the name as the store writes it.
            let value = match (*name, known) {
                ("region", Some(known)) => known,
                _ => value,
            };
            if *name == "region" {
                let own = self.urls.iter().find(|(region, _)| *region == value);
                // Another cluster than the one that was named is another store (law 14).
                let takes_any = url.as_deref().is_none_or(|url| url.contains("{region}"));
                if own.is_none() && !takes_any {
                    return Err(BadStore::NoRegion(self, value.to_owned()));
                }
                url = own.map(|(_, url)| (*url).to_owned()).or(url);
                let is_known = self.regions.is_empty() || known.is_some();
                address.unknown_region = (!is_known).then(|| value.to_owned());
                if self.signing_region.is_none() {
                    address.region = Some(value.to_owned());
                }
            }
            url = url.map(|url| url.replace(&format!("{{{name}}}"), value));
        }
        match (rest, self.ask) {
            (Some(rest), _) => return Err(BadStore::TooMuch(self, rest.to_owned())),
            (None, Some(_)) if url.is_none() => return Err(BadStore::Missing(self, "url")),
            _ => {}
        }
        address.endpoint_url = url;
        Ok(address)
    }
}

impl StoreEntry {
    /// The word in it that the documentation means to be replaced.
    fn placeholder_in(&self, rest: &str) -> Option<String> {
        let mut words = rest.split([':', '/']);
        let stands_for_another = |word: &&str| {
            *word == self.account_word
                || ["HOST", "REGION", "ENDPOINT", "ACCOUNT_ID"].contains(word)
        };
        words.find(stands_for_another).map(str::to_owned)
    }
}

/// Whether a text is a port without a host.
fn is_port(text: &str) -> bool {
    let text = text.trim_start_matches(':');
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Whether a text can be part of a host's name; a whole one may have a port, or be an IPv6 address.
fn is_host(text: &str, is_whole: bool) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let fits = |c| is_part(c) || is_whole && matches!(c, ':' | '[' | ']');
    !text.is_empty()
        && text.chars().all(fits)
        && !text.starts_with(['.', '-'])
        && !text.ends_with('.')
}

#[cfg(test)]
mod tests;
