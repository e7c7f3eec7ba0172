//! Reads the description of each store in `stores/`, and its prices in `prices/`, and writes them as constants: adding a
//! store is adding a file. What is wrong in one is an error of the build that names the file.

#![expect(clippy::unwrap_used, reason = "an error here is one of the build")]

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

#[path = "src/money/decimal.rs"]
mod decimal;
#[path = "build/prices.rs"]
mod prices;
#[path = "build/simulate.rs"]
mod simulate;

/// A file of `stores/`. What each field means: `src/provider/profiles.rs`, which has the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    name: String,
    kind: Kind,
    /// The id of the store whose `behaviour` this one has, but for what it says itself.
    like: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    expect: [String; 3],
    #[serde(default)]
    recognise: Recognise,
    #[serde(default)]
    endpoint: Endpoint,
    #[serde(default)]
    behaviour: toml::Table,
    #[serde(default)]
    clean_up: CleanUp,
    /// In bytes.
    minimum_part: Option<u64>,
    /// All parts but the last must have the same size.
    #[serde(default)]
    equal_parts: bool,
    #[serde(default)]
    lifecycle: Lifecycle,
    #[serde(default)]
    simulate: simulate::Simulate,
    #[serde(default)]
    claims: Vec<Claim>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Service,
    Server,
    Emulator,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Recognise {
    hosts: Vec<String>,
    server: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Endpoint {
    url: Option<String>,
    urls: BTreeMap<String, String>,
    regions: Vec<String>,
    default: Option<String>,
    signing_region: Option<String>,
    addressing: Addressing,
    port: Option<u16>,
    ask: Option<String>,
    account: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
enum Addressing {
    #[default]
    Either,
    Path,
    Virtual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Behaviour {
    listing_gaps: Option<String>,
    prefix: Meaning,
    order: Order,
    key_marker_is_enough: bool,
    abort: Abort,
    times: Times,
    tells_gone: bool,
    hides_buckets: bool,
    etag_counts_parts: bool,
    if_match_on_copy: bool,
    if_match_on_complete: bool,
    checks_object_size: bool,
    decodes_source_twice: bool,
    list_price: Option<ListPrice>,
}

/// A store of which nothing is known: the careful reading of each.
impl Default for Behaviour {
    fn default() -> Self {
        Self {
            listing_gaps: None,
            prefix: Meaning::Prefix,
            order: Order::Unknown,
            key_marker_is_enough: false,
            abort: Abort::Unproven,
            times: Times::MayBeLocal,
            tells_gone: false,
            hides_buckets: false,
            etag_counts_parts: false,
            if_match_on_copy: false,
            if_match_on_complete: false,
            checks_object_size: false,
            decodes_source_twice: true,
            list_price: None,
        }
    }
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Meaning {
    Prefix,
    ExactKey,
    KeyOrFolder,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Order {
    Unknown,
    Key,
    KeyByPage,
    EntryName,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Abort {
    None,
    Repairable,
    Unproven,
    Unrepairable,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Times {
    Utc,
    MayBeLocal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListPrice {
    cents_per_million: u32,
    #[serde(default)]
    holds_for: String,
    source: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CleanUp {
    after_days: Option<u16>,
    is_rule: bool,
    note: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Lifecycle {
    abort_rule: AbortRule,
    counts_from_last_part: bool,
    spares_older: bool,
    note: String,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
enum AbortRule {
    #[default]
    Unknown,
    Works,
    Sooner,
    FilterOnly,
    Google,
    Oss,
    OwnDialect,
    Dropped,
    Refused,
    Unsupported,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    about: About,
    says: String,
    evidence: Evidence,
    source: String,
    /// The test in `tests/servers/conformance/claims/` that asks a running server.
    probe: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum About {
    Recognition,
    Endpoint,
    Buckets,
    Listing,
    Encoding,
    Dates,
    Parts,
    Headers,
    Abort,
    CleanUp,
    Lifecycle,
    Price,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Evidence {
    Measured,
    Documented,
    Reported,
    Assumed,
}

fn main() {
    println!("cargo::rerun-if-changed=stores");
    let mut files: BTreeMap<String, Store> = BTreeMap::new();
    for entry in fs::read_dir("stores").unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let store = toml::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        files.insert(id, store);
    }
    let mut out = String::new();
    for (id, store) in &files {
        let mut behaviour = behaviour(&files, id);
        let source = store
            .claims
            .first()
            .map_or("nothing is known", |claim| &claim.source);
        let read = Behaviour::deserialize(std::mem::take(&mut behaviour));
        let read = read.unwrap_or_else(|error| panic!("stores/{id}.toml: behaviour: {error}"));
        write_profile(&mut out, id, &store.name, source, &read);
    }
    writeln!(
        out,
        "/// Every store, by its id.\npub const ALL: &[StoreEntry] = &["
    )
    .unwrap();
    for (id, store) in &files {
        write_entry(&mut out, id, store);
    }
    writeln!(out, "];").unwrap();
    let hosts = |store: &Store| store.recognise.hosts.clone();
    write_signs(&mut out, "BY_HOST", "Ends of host names", &files, hosts);
    let servers = |store: &Store| store.recognise.server.clone();
    write_signs(
        &mut out,
        "BY_SERVER",
        "Beginnings of `Server` headers",
        &files,
        servers,
    );
    let folder = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&folder).join("stores.rs"), out).unwrap();
    let prices = prices::constants(|id| files.contains_key(id));
    fs::write(Path::new(&folder).join("prices.rs"), prices).unwrap();
}

/// A store's behaviour: its own words over those of the store that it is like.
fn behaviour(files: &BTreeMap<String, Store>, id: &str) -> toml::Table {
    let store = &files[id];
    let mut all = match &store.like {
        Some(like) if files.get(like).is_some_and(|like| like.like.is_none()) => {
            behaviour(files, like)
        }
        Some(like) => {
            panic!("stores/{id}.toml: `like` needs a store that is like no other, not {like}")
        }
        None => toml::Table::new(),
    };
    all.extend(store.behaviour.clone());
    all
}

/// What tells the stores apart, the longest first: of two that fit, the longer one counts.
fn write_signs(
    out: &mut String,
    name: &str,
    what: &str,
    files: &BTreeMap<String, Store>,
    signs_of: impl Fn(&Store) -> Vec<String>,
) {
    let mut signs = BTreeMap::new();
    for (id, store) in files {
        for sign in signs_of(store) {
            let length = usize::MAX - sign.len();
            if let Some(other) = signs.insert((length, sign.clone()), id) {
                panic!("{sign:?} stands for {other} and for {id}");
            }
        }
    }
    writeln!(
        out,
        "/// {what}, the longest first.\npub(super) const {name}: &[(&str, &Provider)] = &["
    )
    .unwrap();
    for ((_, sign), id) in signs {
        writeln!(out, "({sign:?}, &{}),", constant(id)).unwrap();
    }
    writeln!(out, "];").unwrap();
}

fn constant(id: &str) -> String {
    id.to_uppercase().replace('-', "_")
}

fn write_profile(out: &mut String, id: &str, name: &str, source: &str, read: &Behaviour) {
    let listing = match &read.listing_gaps {
        Some(why) => format!("ListingTrust::Gaps({why:?})"),
        None => "ListingTrust::Whole".to_owned(),
    };
    let price = read.list_price.as_ref().map(|price| {
        let ListPrice { cents_per_million, holds_for, source } = price;
        format!("RequestPrice {{ cents_per_million: {cents_per_million}, holds_for: {holds_for:?}, source: {source:?} }}")
    });
    let Behaviour {
        prefix,
        order,
        key_marker_is_enough,
        abort,
        times,
        tells_gone,
        hides_buckets,
        etag_counts_parts,
        if_match_on_copy,
        if_match_on_complete,
        checks_object_size,
        decodes_source_twice,
        ..
    } = read;
    writeln!(
        out,
        "/// {name}.\npub const {}: Provider = Provider {{ id: {id:?}, name: {name:?}, listing: {listing}, \
         prefix: PrefixMeaning::{prefix:?}, order: ListingOrder::{order:?}, \
         key_marker_is_enough: {key_marker_is_enough}, abort: AbortRisk::{abort:?}, \
         times: DocumentTime::{times:?}, tells_gone: {tells_gone}, hides_buckets: {hides_buckets}, etag_counts_parts: {etag_counts_parts}, \
         if_match_on_copy: {if_match_on_copy}, if_match_on_complete: {if_match_on_complete}, \
         checks_object_size: {checks_object_size}, decodes_source_twice: {decodes_source_twice}, \
         list_price: {}, source: {source:?} }};",
        constant(id),
        price.map_or("None".to_owned(), |price| format!("Some({price})")),
    )
    .unwrap();
}

fn write_entry(out: &mut String, id: &str, store: &Store) {
    let Store {
        kind,
        like,
        aliases,
        expect,
        recognise,
        endpoint,
        clean_up,
        lifecycle,
        ..
    } = store;
    let urls: Vec<(&String, &String)> = endpoint.urls.iter().collect();
    let claims: Vec<String> = store
        .claims
        .iter()
        .map(|Claim { about, says, evidence, source, probe }| {
            format!(
                "Claim {{ about: About::{about:?}, says: {says:?}, evidence: Evidence::{evidence:?}, source: {source:?}, probe: {probe:?} }}"
            )
        })
        .collect();
    let account_word = endpoint.account.as_deref().unwrap_or("ACCOUNT_ID");
    let fields: [(&str, &dyn Debug); 19] = [
        ("like", like),
        ("aliases: &", aliases),
        ("expect", expect),
        ("hosts: &", &recognise.hosts),
        ("servers: &", &recognise.server),
        ("url", &endpoint.url),
        ("urls: &", &urls),
        ("regions: &", &endpoint.regions),
        ("default_region", &endpoint.default),
        ("signing_region", &endpoint.signing_region),
        ("port", &endpoint.port),
        ("ask", &endpoint.ask),
        ("account_word", &account_word),
        ("cleans_up_after_days", &clean_up.after_days),
        ("clean_up_is_rule", &clean_up.is_rule),
        (
            "rule_counts_from_last_part",
            &lifecycle.counts_from_last_part,
        ),
        ("rule_spares_older", &lifecycle.spares_older),
        ("minimum_part", &store.minimum_part),
        ("equal_parts", &store.equal_parts),
    ];
    write!(
        out,
        "StoreEntry {{ profile: &{}, kind: Kind::{kind:?}, ",
        constant(id)
    )
    .unwrap();
    for (name, value) in fields {
        let (name, reference) = name
            .strip_suffix(": &")
            .map_or((name, ""), |name| (name, "&"));
        write!(out, "{name}: {reference}{value:?}, ").unwrap();
    }
    writeln!(
        out,
        "addressing: StoreAddressing::{:?}, clean_up_note: {:?}, abort_rule: AbortRule::{:?}, lifecycle_note: {:?}, simulated: {}, claims: &[{}] }},",
        endpoint.addressing,
        clean_up.note,
        lifecycle.abort_rule,
        lifecycle.note,
        store.simulate.constant(),
        claims.join(", "),
    )
    .unwrap();
}
