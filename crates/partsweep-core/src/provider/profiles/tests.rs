//! What holds of every store's file, and the page that is made of them.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use super::*;

/// A host name is typed by someone or resolved by anyone: by itself it makes nothing bolder. Amazon S3 is
/// recognised apart, and not by its name alone.
#[test]
fn no_host_name_says_that_an_abort_is_harmless() {
    for store in ALL.iter().filter(|store| !store.hosts.is_empty()) {
        assert!(store.profile.abort_can_hurt(), "{}", store.profile.id);
        assert_ne!(store.profile.id, "aws");
    }
}

/// What is bolder than an unknown store rests on more than an assumption.
#[test]
fn nothing_bold_rests_on_an_assumption() {
    for store in ALL {
        let rests = |about| {
            let own = store.claims.iter();
            let like = store.like.and_then(StoreEntry::named);
            let inherited = like.into_iter().flat_map(|like| like.claims);
            own.chain(inherited)
                .any(|claim| claim.about == about && claim.evidence < Evidence::Reported)
        };
        let Provider {
            id,
            abort,
            tells_gone,
            order,
            ..
        } = store.profile;
        let is_bold = matches!(abort, AbortRisk::None | AbortRisk::Repairable);
        if is_bold || *tells_gone {
            assert!(rests(About::Abort), "{id}: abort");
        }
        if *order != ListingOrder::Unknown {
            assert!(rests(About::Listing), "{id}: order");
        }
    }
}

#[test]
fn no_name_stands_for_two_stores() {
    let mut names = HashSet::new();
    for store in ALL {
        for name in [store.profile.id].iter().chain(store.aliases) {
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(is_word), "{name}");
            assert!(names.insert(*name), "{name} stands for two stores");
            assert_eq!(
                StoreEntry::named(name).map(|store| store.profile.id),
                Some(store.profile.id)
            );
        }
    }
}

#[test]
fn every_store_says_what_to_expect_and_what_that_rests_on() {
    for store in ALL {
        let id = store.profile.id;
        assert!(!store.claims.is_empty(), "{id}");
        for text in store
            .expect
            .iter()
            .copied()
            .chain(store.claims.iter().map(|claim| claim.says))
        {
            assert!(text.ends_with('.'), "{id}: {text}");
        }
        assert!(
            store.claims.iter().all(|claim| !claim.source.is_empty()),
            "{id}"
        );
        assert!(
            store.url.is_some() || store.ask.is_some() || id == "aws",
            "{id}: where is it?"
        );
        let fits = |region: &&str| store.regions.is_empty() || store.regions.contains(region);
        assert!(
            store.default_region.as_ref().is_none_or(fits),
            "{id}: its default region is none of its own"
        );
    }
}

/// The stores that `tests/servers/run` starts.
const RUN_HERE: [&str; 4] = ["ceph", "garage", "minio", "seaweedfs"];

/// `tests/servers/run` runs the tests, and looks at the same.
#[test]
fn whatever_was_measured_on_a_server_that_runs_here_is_held_by_a_test_that_asks_it() {
    for store in ALL {
        let id = store.profile.id;
        let named: BTreeSet<&str> = store
            .claims
            .iter()
            .filter_map(|claim| claim.probe)
            .collect();
        if !RUN_HERE.contains(&id) {
            assert!(named.is_empty(), "{id}: no server runs here for {named:?}");
            continue;
        }
        for claim in store.claims {
            let is_measured = claim.evidence == Evidence::Measured;
            assert_eq!(
                claim.probe.is_some(),
                is_measured,
                "{id}: what is measured, and nothing else, names its probe: {}",
                claim.says
            );
        }
        let path = format!(
            "{}/../../tests/servers/conformance/claims/{id}.py",
            env!("CARGO_MANIFEST_DIR")
        );
        let tests = std::fs::read_to_string(path).unwrap();
        let there: BTreeSet<&str> = tests
            .lines()
            .filter_map(|line| line.strip_prefix("def ")?.strip_suffix("(bench):"))
            .filter(|name| !name.starts_with('_'))
            .collect();
        assert_eq!(
            named, there,
            "{id}: what its claims name, and what is there"
        );
    }
}

/// `docs/stores.md` is written from the files; `PARTSWEEP_WRITE_DOCS=1` writes it anew.
#[test]
fn the_page_of_stores_is_made_of_their_files() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/stores.md");
    let page = page();
    if std::env::var_os("PARTSWEEP_WRITE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let is = std::fs::read_to_string(path).unwrap();
    assert!(
        is == page,
        "docs/stores.md isn't what the stores' files say: run this test with PARTSWEEP_WRITE_DOCS=1"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Stores\n\n\
        <!-- Written from crates/partsweep-core/stores/ by a test: change the files there. -->\n\n\
        What to expect of each store, the command to type, and what each statement rests on: *measured* by running the store, \
        *documented* by its vendor or its source, *reported* by others, or *assumed*. What was measured on Ceph, Garage, MinIO and \
        SeaweedFS is measured again by the tests that run these servers. A store that isn't recognized is treated \
        with the most caution, whatever its name says: [how stores are recognized](providers.md).\n\n\
        `--store NAME` fills in the endpoint, the region and the addressing. Replace the upper-case words by your own.\n\n\
        | store | name | aborting can damage an object | its listing is | cleans up by itself |\n\
        |---|---|---|---|---|\n",
    );
    let mut stores: Vec<_> = ALL.iter().collect();
    stores.sort_by_key(|store| store.profile.name.to_lowercase());
    for store in &stores {
        let Provider {
            id,
            name,
            abort,
            listing,
            ..
        } = store.profile;
        let abort = match abort {
            AbortRisk::None => "no",
            AbortRisk::Repairable => "yes; repaired",
            AbortRisk::Unproven => "not known, so yes",
            AbortRisk::Unrepairable => "**yes, for good**",
        };
        let listing = match listing {
            ListingTrust::Whole => "complete",
            ListingTrust::Gaps(_) => "unproven",
        };
        let cleans = store
            .cleans_up_after_days
            .map_or(String::new(), |days| format!("after {days} d"));
        writeln!(
            page,
            "| [{name}](#{}) | `{id}` | {abort} | {listing} | {cleans} |",
            anchor(name)
        )
        .unwrap();
    }
    for store in stores {
        write_store(&mut page, store);
    }
    page
}

fn anchor(name: &str) -> String {
    let kept = name.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

fn write_store(page: &mut String, store: &StoreEntry) {
    let name = store.profile.name;
    writeln!(page, "\n## {name}\n").unwrap();
    for line in store.expect {
        writeln!(page, "- {line}").unwrap();
    }
    writeln!(
        page,
        "\n```sh\npartsweep scan --store {}\n```\n",
        store.example()
    )
    .unwrap();
    let mut also: Vec<String> = Vec::new();
    if !store.aliases.is_empty() {
        let names: Vec<_> = store
            .aliases
            .iter()
            .map(|alias| format!("`{alias}`"))
            .collect();
        also.push(format!("Also called {}.", names.join(", ")));
    }
    if let Some(ask) = store.ask {
        also.push(format!("Look up {ask}."));
    }
    if !store.regions.is_empty() {
        also.push(format!("Regions: {}.", store.regions.join(", ")));
    }
    if let Some(like) = store.like.and_then(StoreEntry::named) {
        let like = like.profile.name;
        also.push(format!(
            "What isn't said here is as for [{like}](#{}).",
            anchor(like)
        ));
    }
    if !also.is_empty() {
        writeln!(page, "{}\n", also.join(" ")).unwrap();
    }
    if let Some(days) = store.cleans_up_after_days {
        let note = match store.clean_up_note {
            "" => String::new(),
            note => format!(" ({note})"),
        };
        writeln!(
            page,
            "Removes incomplete uploads by itself after {days} {}{note}.\n",
            if days == 1 { "day" } else { "days" }
        )
        .unwrap();
    }
    let rule = match store.abort_rule {
        AbortRule::Unknown => "not known",
        AbortRule::Works | AbortRule::Sooner => "works",
        AbortRule::FilterOnly => "works, with the prefix inside a `Filter`",
        AbortRule::Google | AbortRule::Oss => "works, in words of its own",
        AbortRule::OwnDialect => "exists, but not in this API",
        AbortRule::Dropped => "is taken and forgotten",
        AbortRule::Refused => "is refused",
        AbortRule::Unsupported => "isn't supported",
    };
    let note = if store.lifecycle_note.is_empty() {
        ""
    } else {
        " "
    };
    writeln!(
        page,
        "A lifecycle rule that aborts incomplete uploads: {rule}.{note}{}\n",
        store.lifecycle_note
    )
    .unwrap();
    let mut claims: Vec<_> = store.claims.iter().collect();
    claims.sort_by_key(|claim| (claim.evidence, claim.about));
    for Claim {
        says,
        evidence,
        source,
        ..
    } in claims
    {
        let evidence = match evidence {
            Evidence::Measured => "measured",
            Evidence::Documented => "documented",
            Evidence::Reported => "reported",
            Evidence::Assumed => "assumed",
        };
        writeln!(page, "- *{evidence}*: {says} ({source})").unwrap();
    }
}

fn found(text: &str) -> String {
    match StoreEntry::find(text, None) {
        Ok((store, at)) => format!(
            "{} {} {}",
            store.profile.id,
            at.endpoint_url.as_deref().unwrap_or("-"),
            at.region.as_deref().unwrap_or("-")
        ),
        Err(BadStore::Unknown(name)) => format!("no {name}"),
        Err(BadStore::Missing(store, what)) => format!("{} needs {what}", store.profile.id),
        Err(BadStore::TooMuch(store, what)) => format!("{} takes no {what}", store.profile.id),
        Err(BadStore::NotAHost(text)) => format!("not a host: {text}"),
        Err(BadStore::NoRegion(store, region)) => format!("{} has no {region}", store.profile.id),
        Err(BadStore::Placeholder(word)) => format!("placeholder: {word}"),
    }
}

#[test]
fn a_name_leads_to_a_store() {
    for (text, expected) in [
        ("aws", "aws - us-east-1"),
        ("aws:eu-west-1", "aws - eu-west-1"),
        ("AWS", "aws - us-east-1"),
        (
            "dreamobjects",
            "dreamobjects https://objects-us-east-1.dream.io us-east-1",
        ),
        (
            "dreamhost:us-east-005",
            "dreamobjects https://s3.us-east-005.dream.io us-east-005",
        ),
        ("dreamobjects:us-east-5", "dreamobjects has no us-east-5"),
        (
            "r2:0123abcd",
            "r2 https://0123abcd.r2.cloudflarestorage.com auto",
        ),
        (
            "r2:0123abcd.eu",
            "r2 https://0123abcd.eu.r2.cloudflarestorage.com auto",
        ),
        ("r2", "r2 needs account"),
        (
            "b2:us-west-004",
            "b2 https://s3.us-west-004.backblazeb2.com us-west-004",
        ),
        ("b2", "b2 needs region"),
        (
            "wasabi:eu-central-1",
            "wasabi https://s3.eu-central-1.wasabisys.com eu-central-1",
        ),
        (
            "wasabi",
            "wasabi https://s3.us-east-1.wasabisys.com us-east-1",
        ),
        ("b2:us-west-004:x", "not a host: us-west-004:x"),
        ("storj:eu", "storj takes no eu"),
        (
            "ceph:rgw.example.com:7480",
            "ceph https://rgw.example.com:7480 -",
        ),
        ("ceph:http://10.0.0.5:7480", "ceph http://10.0.0.5:7480 -"),
        ("garage:[::1]:3900", "garage https://[::1]:3900 garage"),
        ("ceph", "ceph needs host"),
        ("idrive", "idrive needs url"),
        (
            "idrive:https://x.la.idrivee2-1.com",
            "idrive https://x.la.idrivee2-1.com -",
        ),
        ("nosuch:x", "no nosuch"),
        ("r2:a/b", "not a host: a/b"),
        ("r2:evil.example.com?", "not a host: evil.example.com?"),
        ("r2:a@b", "not a host: a@b"),
        ("r2:", "r2 needs account"),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
    let (_, at) = StoreEntry::find("b2", Some("us-west-004")).unwrap();
    assert_eq!(
        at.endpoint_url.as_deref(),
        Some("https://s3.us-west-004.backblazeb2.com")
    );
}

/// The vendors' consoles show the whole endpoint, and its host was put into itself.
#[test]
fn the_endpoint_that_a_console_shows_leads_to_its_store() {
    let b2 = "b2 https://s3.us-west-004.backblazeb2.com us-west-004";
    let wasabi = "wasabi https://s3.eu-central-1.wasabisys.com eu-central-1";
    let alibaba = "alibaba https://oss-cn-hangzhou.aliyuncs.com cn-hangzhou";
    let r2 = "r2 https://0123abcd.eu.r2.cloudflarestorage.com auto";
    for (text, expected) in [
        ("b2:s3.us-west-004.backblazeb2.com", b2),
        ("b2:https://s3.us-west-004.backblazeb2.com/", b2),
        ("b2:S3.US-West-004.BackblazeB2.com", b2),
        ("b2:s3.us-west-004", b2),
        ("wasabi:s3.eu-central-1.wasabisys.com", wasabi),
        ("wasabi:https://s3.eu-central-1.wasabisys.com", wasabi),
        ("alibaba:oss-cn-hangzhou", alibaba),
        ("alibaba:oss-cn-hangzhou.aliyuncs.com", alibaba),
        ("r2:https://0123abcd.eu.r2.cloudflarestorage.com", r2),
        (
            "storj:gateway.storjshare.io",
            "storj https://gateway.storjshare.io us-1",
        ),
        (
            "dreamobjects:s3.us-east-005.dream.io",
            "dreamobjects https://s3.us-east-005.dream.io us-east-005",
        ),
        ("aws:s3.eu-west-1.amazonaws.com", "aws - eu-west-1"),
        (
            "b2:bkt.s3.us-west-004.backblazeb2.com",
            "not a host: bkt.s3.us-west-004.backblazeb2.com",
        ),
        (
            "wasabi:http://s3.eu-central-1.wasabisys.com",
            "wasabi http://s3.eu-central-1.wasabisys.com us-east-1",
        ),
        ("minio:9000", "minio needs host"),
        ("minio:h:9000", "minio https://h:9000 -"),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

/// What a page tells its reader to type leads to the store.
/// A signature for `US-WEST-004` would be for no region.
#[test]
fn a_region_is_spelt_as_its_store_spells_it() {
    for (typed, region) in [
        ("b2:US-WEST-004", "us-west-004"),
        ("wasabi:EU-Central-1", "eu-central-1"),
        ("b2:us-WEST-999", "us-WEST-999"),
    ] {
        let (_, at) = StoreEntry::find(typed, None).unwrap();
        assert_eq!(at.region.as_deref(), Some(region), "{typed}");
        assert!(at.endpoint_url.unwrap().contains(region), "{typed}");
    }
}

#[test]
fn every_example_leads_to_its_store() {
    for store in ALL {
        let own = |text: String| {
            let words = [store.account_word, "ENDPOINT", "HOST"];
            words
                .iter()
                .fold(text, |text, word| text.replace(word, "mine"))
        };
        let example = own(store.example());
        let is_word_left = example != store.example();
        assert_eq!(
            StoreEntry::find(&store.example(), None).is_err(),
            is_word_left
        );
        let (found, at) = StoreEntry::find(&example, None).unwrap();
        assert_eq!(at.unknown_region, None);
        assert_eq!(found.profile.id, store.profile.id);
        let url = at.endpoint_url.unwrap_or_default();
        assert!(!url.contains(['{', '}']), "{url}");
        for region in store.regions {
            let text = example.replace(store.regions[0], region);
            assert!(StoreEntry::find(&text, None).is_ok(), "{text}");
        }
    }
}
