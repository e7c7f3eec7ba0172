//! `partsweep demo`, with no account and no network.

use crate::program::{partsweep, run};

#[test]
fn without_a_terminal_it_scans_and_says_what_to_type_next() {
    let ran = run(&mut partsweep(), &["demo"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for words in [
        "homemovies",
        "5.54 GB in",
        "operatingsystemimages",
        "8.62 GB in",
        "workbackup",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(ran.err.contains("nothing real is touched"), "{ran:?}");
    assert!(ran.err.contains("partsweep demo clean --yes"), "{ran:?}");
}

#[test]
fn scan_and_clean_run_on_the_made_up_data() {
    let ran = run(&mut partsweep(), &["demo", "scan", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let scan: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(scan["provider"], "sim");
    let ran = run(
        &mut partsweep(),
        &["demo", "clean", "--yes", "s3://homemovies"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("homemovies · 6 uploads, 5.5 GB"),
        "{ran:?}"
    );
    let ran = run(&mut partsweep(), &["demo", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Aborted  20 uploads  47.0 GB"), "{ran:?}");
}

#[test]
fn it_keeps_no_journal_and_says_so() {
    for args in [
        &["demo", "--journal", "no/such/file", "--yes"][..],
        &["demo", "clean", "--yes", "--journal", "no/such/file"],
    ] {
        let ran = run(&mut partsweep(), args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("--journal makes no sense"), "{ran:?}");
    }
}

#[test]
fn it_cannot_be_pointed_at_a_real_store() {
    for args in [
        ["demo", "--endpoint-url", "http://127.0.0.1:1"],
        ["--profile", "work", "demo"],
    ] {
        let ran = run(&mut partsweep(), &args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("inside the program"), "{ran:?}");
    }
    // Neither by the environment, even one that makes no sense.
    let mut command = partsweep();
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_PROFILE", "nobody")
        .env("HTTP_PROXY", "http://127.0.0.1:1");
    assert_eq!(run(&mut command, &["demo"]).code, Some(0));
}

#[test]
fn a_plan_of_the_demo_is_not_saved_since_it_could_not_be_applied() {
    let plan = concat!(env!("CARGO_TARGET_TMPDIR"), "/demo-plan.ndjson");
    let ran = run(&mut partsweep(), &["demo", "scan", "--save", plan]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("couldn't be applied"), "{ran:?}");
    assert!(!std::path::Path::new(plan).exists());
}
