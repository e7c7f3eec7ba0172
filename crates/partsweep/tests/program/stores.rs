//! `--store`: a store by its name, typed or asked for.

use partsweep_sim::{ACCESS_KEY, Habits, SECRET_KEY, Setup};

use crate::folder::Folder;
use crate::program::{on, partsweep, run};
use crate::saved::save;
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

/// Its answers show nothing: it is called as it was named, and priced so, and nothing else is believed of it.
#[test]
fn a_store_that_is_not_recognized_is_called_and_priced_as_it_was_named() {
    let habits = Habits {
        server: None,
        ..Habits::aws()
    };
    let store = Store::with(Setup::new(habits));
    store.upload("b", "k", &[100 << 30], 100);
    let place = format!("tigris:{}", store.sim.endpoint());
    let ran = run(&mut on(&store), &["scan", "--store", &place]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let named = format!("Tigris (as named) at {}", store.sim.endpoint());
    assert!(ran.out.starts_with(&named), "{ran:?}");
    assert!(ran.out.contains("Cost: up to $2.00 a month"), "{ran:?}");
    let url = store.sim.endpoint();
    let mut command = on(&store);
    command.env("PARTSWEEP_STORE", &place);
    let ran = run(&mut command, &["scan", "--endpoint-url", &url]);
    assert!(ran.out.starts_with("unknown S3 store at "), "{ran:?}");
    assert!(!ran.out.contains("Cost"), "{ran:?}");
    let ran = run(&mut partsweep(), &["demo", "--store", "wasabi", "scan"]);
    assert!(ran.out.contains("Cost: "), "{ran:?}");
    let ran = run(&mut partsweep(), &["demo", "scan"]);
    assert!(!ran.out.contains("Cost: "), "{ran:?}");
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
            "Storj has one endpoint, so `eu` has no meaning",
            "write `storj`",
        ),
        ("", "--store needs a name", "--store list"),
        ("r2:ACCOUNT_ID", "replace ACCOUNT_ID with your own", ""),
        ("minio:http://HOST:9000", "replace HOST with your own", ""),
        (
            "oracle:NAMESPACE:us-phoenix-1",
            "replace NAMESPACE with your own",
            "",
        ),
        (
            "supabase",
            "Supabase Storage needs your project",
            "supabase:PROJECT",
        ),
        (
            "minio",
            "MinIO needs its host name",
            "without TLS: `minio:http://HOST:9000`",
        ),
        (
            "idrive:e2.example.com",
            "IDrive e2 needs the whole endpoint, with https://",
            "write `idrive:https://e2.example.com`",
        ),
        (
            "s3.example.com",
            "no store is called `s3.example.com`",
            "an address needs `https://` or `http://` in front of it",
        ),
    ] {
        let ran = run(&mut partsweep(), &["scan", "--store", typed]);
        assert_eq!(ran.code, Some(2), "{typed}: {ran:?}");
        assert!(
            ran.err.contains(said) && ran.err.contains(hint),
            "{typed}: {ran:?}"
        );
    }
}

/// A misspelt region leads to a host that is none, or somebody's: it is told before anything is sent.
#[test]
fn a_region_that_is_none_of_the_store_is_told() {
    let store = Store::filled();
    for (typed, warns) in [
        ("b2:nowhere", true),
        ("aws:us-west", true),
        ("wasabi:eu-central-9", true),
        ("b2:us-west-004", false),
        ("aws:eu-west-1", false),
        ("storj", false),
    ] {
        let mut command = on(&store);
        // Nothing listens there.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9");
        let ran = run(&mut command, &["scan", "--store", typed, "--timeout", "2s"]);
        let told = "that partsweep knows";
        assert_eq!(ran.err.contains(told), warns, "{typed}: {ran:?}");
        assert_eq!(store.sim.total(), 0);
    }
}

/// What is taken at the question is taken behind the option.
#[test]
fn a_url_is_taken_as_a_store() {
    let store = Store::filled();
    let mut command = on(&store);
    command.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    let ran = run(&mut command, &["scan", "--store", &store.sim.endpoint()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run(&mut on(&store), &["scan", "--store", "https://"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn the_list_of_stores_fits_80_columns_and_says_what_is_to_be_replaced() {
    let ran = run(&mut partsweep(), &["--store", "list"]);
    assert!(
        ran.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.out
    );
    for line in [
        "aws[:REGION] ",
        "b2:REGION ",
        "dreamobjects[:REGION] ",
        "gcs ",
        "idrive:https://ENDPOINT ",
        "minio:HOST ",
        "oracle:NAMESPACE:REGION ",
        "r2:ACCOUNT_ID ",
        "wasabi[:REGION] ",
        "Replace the words in capitals",
    ] {
        let begins = |listed: &str| listed.starts_with(line);
        assert!(ran.out.lines().any(begins), "{line}: {}", ran.out);
    }
}

#[test]
fn the_list_of_stores_needs_no_store() {
    for args in [&["--store", "list"][..], &["scan", "--store", "list"]] {
        let ran = run(&mut partsweep(), args);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
        let is_listed =
            |line: &&str| line.starts_with("dreamobjects[") && line.contains("DreamObjects");
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
        terminal.wait_for("wasabi[");
        terminal.wait_for("Store: ");
        terminal.press("drimobjects\n");
        terminal.wait_for("did you mean `dreamobjects`?");
        terminal.wait_for("`list` shows all names; any other store: type its URL");
        terminal.wait_for("Store: ");
        terminal.press("127.0.0.1:9\n");
        terminal.wait_for("an address needs `https://` or `http://` in front of it");
        terminal.wait_for("Store: ");
        terminal.press("?\n");
        terminal.wait_for("Press Enter for Amazon S3");
        terminal.wait_for("Store: ");
        terminal.press("https://\n");
        terminal.wait_for("`https://` isn't a URL that requests can go to");
        terminal.wait_for("Store: ");
        terminal.press(&format!("{answer}\n"));
        terminal.wait_for(&format!("Keys for {endpoint} (they"));
        terminal.wait_for("Access key ID: ");
        terminal.press("two words\n");
        terminal.wait_for("that isn't an access key ID");
        terminal.wait_for("Access key ID: ");
        terminal.press(&format!("{ACCESS_KEY}\n"));
        terminal.wait_for("Secret access key (not shown): ");
        terminal.wait_until_hidden();
        terminal.press(&format!("{SECRET_KEY}\n"));
        terminal.wait_for("4 uploads");
        let (code, screen) = terminal.end();
        assert_eq!(code, 0, "{screen}");
        // The next command leads to the same store.
        let option = match answer.starts_with("ceph:") {
            true => "--store",
            false => "--endpoint-url",
        };
        let next = format!("partsweep clean {option} {answer}");
        let screen = screen.replace("\r\n", " ");
        assert!(screen.contains(&next), "{screen}");
    }
    let mut terminal = Terminal::start(&store, "scan --no-progress", &nowhere);
    terminal.wait_for("Store: ");
    terminal.press("\n");
    terminal.wait_for("Keys for Amazon S3 (they aren't saved)");
    terminal.press("\x04");
    assert_eq!(terminal.end().0, 1);
}

/// Who leaves is led nowhere: no key is asked for.
#[test]
fn the_end_of_the_input_and_quit_choose_no_store() {
    let store = Store::filled();
    let nowhere = [("AWS_ENDPOINT_URL_S3", "")];
    for typed in ["\x04", "q\n", "quit\n"] {
        let mut terminal = Terminal::start(&store, "scan --no-progress", &nowhere);
        terminal.wait_for("Store: ");
        terminal.press(typed);
        let (code, screen) = terminal.end();
        assert_eq!(code, 1, "{screen}");
        assert!(screen.contains("no store was given"), "{screen}");
        assert!(!screen.contains("Keys for"), "{screen}");
    }
}

/// Keys that are valid for a time need their token.
#[test]
fn a_session_token_is_asked_for_where_the_key_is_a_temporary_one() {
    let store = Store::filled();
    let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
    terminal.wait_for("Access key ID: ");
    terminal.press("ASIAEXAMPLE\n");
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("secret\n");
    terminal.wait_for("Session token (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("token-of-a-day\n");
    let (_, screen) = terminal.end();
    assert!(!screen.contains("token-of-a-day"), "{screen}");
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
        terminal.wait_for("Access key ID: ");
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
        ("tigris", "tigris", 0),
        // What tells it is its host's name, and this is none: it is taken for a store that isn't known.
        ("r2", "unknown", 0),
    ] {
        let ran = run(
            &mut partsweep(),
            &["demo", "scan", "--store", name, "--json"],
        );
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let scan: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(scan["provider"], provider);
    }
}

#[test]
fn the_demo_warns_of_a_region_that_is_none_and_lists_what_it_imitates() {
    let ran = run(
        &mut partsweep(),
        &["demo", "scan", "--store", "hetzner:moon"],
    );
    assert!(
        ran.err.contains("`moon` isn't a region of Hetzner"),
        "{ran:?}"
    );
    let known = run(
        &mut partsweep(),
        &["demo", "scan", "--store", "hetzner:fsn1"],
    );
    assert!(!known.err.contains("isn't a region"), "{known:?}");
    let ran = run(&mut partsweep(), &["demo", "--store", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("the stores that `partsweep --store list` shows"),
        "{ran:?}"
    );
}

#[test]
fn a_default_that_names_no_store_says_where_it_stands() {
    let ran = run(partsweep().env("PARTSWEEP_STORE", "moonbase"), &["scan"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("PARTSWEEP_STORE: no store is called `moonbase`"),
        "{ran:?}"
    );
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("partsweep")).unwrap();
    let file = folder.path().join("partsweep/config.toml");
    std::fs::write(&file, "store = \"moonbase\"\n").unwrap();
    let ran = run(partsweep().env("XDG_CONFIG_HOME", folder.path()), &["scan"]);
    let told = format!("{}: no store is called `moonbase`", file.display());
    assert!(ran.err.contains(&told), "{ran:?}");
    let typed = run(&mut partsweep(), &["scan", "--store", "moonbase"]);
    assert!(
        typed.err.starts_with("error: no store is called"),
        "{typed:?}"
    );
}

/// Else `q` would be sent as a key.
#[test]
fn quit_at_the_questions_for_keys_gives_none() {
    let store = Store::filled();
    let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
    terminal.wait_for("Access key ID: ");
    terminal.press("q\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("no access key was given"), "{screen}");
    let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
    terminal.wait_for("Access key ID: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("quit\n");
    let (_, screen) = terminal.end();
    assert!(screen.contains("no secret key was given"), "{screen}");
    assert_eq!(store.sim.total(), 0);
}

/// It says itself which store it is of.
#[test]
fn a_plan_is_applied_at_its_own_store_and_only_the_keys_are_asked_for() {
    let store = Store::filled();
    let folder = Folder::new();
    let plan = save(&store, &folder, "plan");
    let nowhere = [("AWS_ENDPOINT_URL_S3", "")];
    let mut terminal = Terminal::start(&store, &format!("apply {plan}"), &nowhere);
    terminal.wait_for(&format!("Keys for {} (they", store.sim.endpoint()));
    terminal.press("q\n");
    let (_, screen) = terminal.end();
    assert!(!screen.contains("Store: "), "{screen}");
}

#[test]
fn a_policy_for_a_profile_that_there_is_not_is_refused() {
    let args = ["doctor", "--policy", "scan", "--profile", "nope"];
    let ran = run(&mut partsweep(), &args);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.is_empty() && ran.err.contains("nope"), "{ran:?}");
}
