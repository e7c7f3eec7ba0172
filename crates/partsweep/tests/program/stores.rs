//! `--store`: a store by its name, typed or asked for.

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::program::{on, partsweep, run};
use crate::store::Store;
use crate::terminal::Terminal;

/// What was typed wins over what was found (law 14).
#[test]
fn a_store_that_was_named_wins_over_the_environment_and_over_defaults() {
    let (store, other) = (Store::filled(), Store::filled());
    let place = format!("ceph:{}", store.sim.endpoint());
    let asked = |env: &[(&str, &str)], args: &[&str]| {
        let before = (store.sim.total(), other.sim.total());
        let mut command = on(&other);
        command.envs(env.iter().copied());
        let ran = run(&mut command, &[&["scan"][..], args].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let after = (store.sim.total(), other.sim.total());
        (after.0 > before.0, after.1 > before.1)
    };
    assert_eq!(asked(&[], &["--store", &place]), (true, false));
    assert_eq!(asked(&[("PARTSWEEP_STORE", &place)], &[]), (true, false));
    let there = other.sim.endpoint();
    let typed_url = ["--endpoint-url", &*there];
    assert_eq!(
        asked(&[("PARTSWEEP_STORE", &place)], &typed_url),
        (false, true)
    );
    let default_url = [("PARTSWEEP_ENDPOINT_URL", &*there)];
    assert_eq!(asked(&default_url, &["--store", &place]), (true, false));
    let both = ["scan", "--store", &place, "--endpoint-url", &there];
    let ran = run(&mut on(&other), &both);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

/// Amazon S3 is a store that can be named, too: requests and signatures go to no endpoint that is configured.
#[test]
fn amazon_s3_by_its_name_is_no_configured_endpoint() {
    let store = Store::filled();
    let mut command = on(&store);
    // Nothing listens there.
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ran = run(
        &mut command,
        &["scan", "--store", "aws:eu-west-1", "--timeout", "2s"],
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("127.0.0.1:9"), "{ran:?}");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn a_name_that_leads_nowhere_says_what_to_type() {
    for (typed, said, hint) in [
        (
            "drimobjects",
            "no store is called `drimobjects`",
            "did you mean `dreamobjects`?",
        ),
        (
            "r2",
            "Cloudflare R2 needs your account id",
            "for example `r2:ACCOUNT_ID`",
        ),
        ("b2", "Backblaze B2 needs a region", "us-west-004"),
        (
            "garage",
            "Garage needs its host name",
            "for example `garage:HOST`",
        ),
        (
            "r2:a/b",
            "`a/b` can't be part of a host name",
            "--endpoint-url URL",
        ),
        (
            "storj:eu",
            "Storj takes nothing more, but `eu` was given",
            "write `storj`",
        ),
        ("", "no store is called ``", "--store list"),
    ] {
        let ran = run(&mut partsweep(), &["scan", "--store", typed]);
        assert_eq!(ran.code, Some(2), "{typed}: {ran:?}");
        assert!(
            ran.err.contains(said) && ran.err.contains(hint),
            "{typed}: {ran:?}"
        );
    }
}

#[test]
fn the_list_of_stores_needs_no_store() {
    for args in [&["--store", "list"][..], &["scan", "--store", "list"]] {
        let ran = run(&mut partsweep(), args);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
        let is_listed =
            |line: &&str| line.starts_with("dreamobjects ") && line.contains("DreamObjects");
        assert!(ran.out.lines().any(|line| is_listed(&line)), "{ran:?}");
    }
}

/// What leads to the next command leads to the same store.
#[test]
fn the_next_command_names_the_store_as_it_was_named() {
    let store = Store::filled();
    let place = format!("minio:{}", store.sim.endpoint());
    let ran = run(&mut on(&store), &["scan", "--store", &place]);
    let told = ran.out + &ran.err;
    assert!(
        told.contains(&format!("partsweep clean --store {place}")),
        "{told}"
    );
}

/// Without keys and without an endpoint the store is asked for first: nobody types keys of one for another.
#[test]
fn the_store_is_asked_for_before_the_keys() {
    let store = Store::filled();
    let nowhere = [("AWS_ENDPOINT_URL_S3", "")];
    let endpoint = store.sim.endpoint();
    for answer in [endpoint.clone(), format!("ceph:{endpoint}")] {
        let mut terminal = Terminal::start(&store, "scan --no-progress", &nowhere);
        terminal.wait_for("no store is configured");
        terminal.wait_for("Store: ");
        terminal.press("list\n");
        terminal.wait_for("wasabi ");
        terminal.wait_for("Store: ");
        terminal.press("drimobjects\n");
        terminal.wait_for("did you mean `dreamobjects`?");
        terminal.wait_for("Store: ");
        terminal.press("https://\n");
        terminal.wait_for("`https://` isn't a URL that requests can go to");
        terminal.wait_for("Store: ");
        terminal.press(&format!("{answer}\n"));
        terminal.wait_for(&format!("Requests to {endpoint} are signed with:"));
        terminal.wait_for("Access key: ");
        terminal.press(&format!("{ACCESS_KEY}\n"));
        terminal.wait_for("Secret key (not shown): ");
        terminal.wait_until_hidden();
        terminal.press(&format!("{SECRET_KEY}\n"));
        terminal.wait_for("4 uploads");
        assert_eq!(terminal.end().0, 0);
    }
    let mut terminal = Terminal::start(&store, "scan --no-progress", &nowhere);
    terminal.wait_for("Store: ");
    terminal.press("\n");
    terminal.wait_for("Requests to Amazon S3 are signed with:");
    terminal.press("\x04");
    assert_eq!(terminal.end().0, 1);
}

/// A store that is configured isn't asked about.
#[test]
fn a_store_that_is_known_is_not_asked_for() {
    let store = Store::filled();
    let place = format!("scan --store ceph:{}", store.sim.endpoint());
    for (args, variables) in [
        ("scan", &[][..]),
        (&*place, &[("AWS_ENDPOINT_URL_S3", "")][..]),
    ] {
        let mut terminal = Terminal::start(&store, args, variables);
        terminal.wait_for("Access key: ");
        terminal.press("\n");
        let (_, screen) = terminal.end();
        assert!(!screen.contains("Store: "), "{screen}");
    }
}

#[test]
fn the_demo_plays_a_store_by_its_name() {
    for (name, provider, code) in [
        ("ceph", "ceph", 0),
        ("dreamobjects", "ceph", 0),
        ("minio", "minio", 3),
    ] {
        let ran = run(
            &mut partsweep(),
            &["demo", "scan", "--store", name, "--json"],
        );
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let scan: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(scan["provider"], provider);
    }
    let ran = run(&mut partsweep(), &["demo", "scan", "--store", "r2"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("the demo can't imitate `r2`"), "{ran:?}");
}
