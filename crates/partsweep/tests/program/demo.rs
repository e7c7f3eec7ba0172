//! `partsweep demo`, with no account and no network.

use crate::program::{partsweep, run};

#[test]
fn without_a_terminal_it_scans_and_says_what_to_type_next() {
    let ran = run(&mut partsweep(), &["demo"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for words in [
        "homemovies · 6 uploads, 5.5 GB",
        "operatingsystemimages · 4 uploads, 8.6 GB",
        "workbackup",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(ran.err.contains("nothing real is touched"), "{ran:?}");
    assert!(
        ran.out.ends_with("abort them: partsweep demo clean\n"),
        "{ran:?}"
    );
    let last = "\nThat was the demo. On a real account: `partsweep scan`.\n";
    assert!(
        ran.err.ends_with(last) && !ran.err.contains("\n\n"),
        "{ran:?}"
    );
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

/// A line without what is another each time: dates, and how long a scan took.
fn timeless(line: &str) -> String {
    if let Some(rest) = line.strip_prefix("Scanned 7 buckets in ") {
        return rest.split_once(" s. ").unwrap().1.to_owned();
    }
    match line.get(28..38) {
        Some(date) if date.starts_with("20") => line.replace(date, "DATE"),
        _ => line.to_owned(),
    }
}

#[test]
fn the_picture_in_the_readme_is_what_it_prints() {
    let readme = include_str!("../../../../README.md");
    let picture = readme.split("```text\n$ partsweep demo scan\n").nth(1);
    let picture = picture.unwrap().split("```").next().unwrap();
    let out = run(&mut partsweep(), &["demo", "scan"]).out;
    let mut printed = out.lines().map(timeless);
    let mut is_gap = false;
    assert!(picture.lines().count() > 10);
    for line in picture.lines() {
        if line == "…" {
            is_gap = true;
            continue;
        }
        let line = timeless(line);
        let found = match std::mem::take(&mut is_gap) {
            true => printed.any(|printed| printed == line),
            false => printed.next().is_some_and(|printed| printed == line),
        };
        assert!(found, "{line}\n{out}");
    }
    assert_eq!(printed.next(), None);
}

#[test]
fn a_plan_of_the_demo_is_not_saved_since_it_could_not_be_applied() {
    let plan = concat!(env!("CARGO_TARGET_TMPDIR"), "/demo-plan.ndjson");
    let ran = run(&mut partsweep(), &["demo", "scan", "--save", plan]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("couldn't be applied"), "{ran:?}");
    assert!(!std::path::Path::new(plan).exists());
}

#[test]
fn its_help_has_no_option_that_it_refuses() {
    for args in [
        &["demo", "--help"][..],
        &["demo", "scan", "--help"],
        &["demo", "clean", "--help"],
    ] {
        let help = run(&mut partsweep(), args).out;
        for refused in [
            "--profile",
            "--from",
            "--endpoint-url",
            "--region",
            "--addressing",
            "--journal",
            "--save",
        ] {
            assert!(!help.contains(refused), "{args:?} {refused}: {help}");
        }
        assert!(help.contains("Imitate a store by its name"), "{help}");
    }
    let help = run(&mut partsweep(), &["scan", "--help"]).out;
    assert!(
        help.contains("--endpoint-url") && help.contains("--save"),
        "{help}"
    );
}

#[test]
fn its_store_is_called_what_it_was_asked_for() {
    for (store, called) in [
        ("garage", "simulated Garage at http://127.0.0.1:"),
        (
            "hetzner:fsn1",
            "simulated Hetzner Object Storage at http://127.0.0.1:",
        ),
    ] {
        let ran = run(&mut partsweep(), &["demo", "scan", "--store", store]);
        assert!(ran.out.starts_with(called), "{ran:?}");
        let next = format!("partsweep demo clean --store {store}\n");
        assert!(ran.out.ends_with(&next), "{ran:?}");
    }
    for other in ["moonbase", "ceph:s3.example.com", "ceph:http://127.0.0.1:1"] {
        let ran = run(&mut partsweep(), &["demo", "scan", "--store", other]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let line = format!("the demo can't imitate `{other}`");
        assert!(ran.err.contains(&line), "{ran:?}");
        let hint = "hint: it goes to no address: write `--store ceph`\n";
        assert_eq!(ran.err.contains(hint), other.starts_with("ceph"), "{ran:?}");
    }
}

#[test]
fn a_store_that_may_omit_uploads_is_given_as_the_reason_for_exit_code_3_at_the_end() {
    let args = ["demo", "clean", "--yes", "--store", "minio", "camera-roll"];
    let ran = run(&mut partsweep(), &args);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let why = "Exit code 3: the store may hold more uploads than it lists (--accept unproven accepts that).\n";
    assert!(ran.err.ends_with(why), "{ran:?}");
    let accepted = run(
        &mut partsweep(),
        &[&args[..], &["--accept", "unproven"]].concat(),
    );
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    assert!(!accepted.err.contains("Exit code"), "{accepted:?}");
}

/// Whoever tries the demo is not led to a real store.
#[test]
fn hints_of_the_demo_lead_to_the_demo() {
    for (args, hint) in [
        (
            &["scan", "s3://homemovies/*.mov"][..],
            "for a pattern: partsweep demo scan s3://homemovies --include",
        ),
        (
            &["clean", "--yes", "s3://homemovies/*.mov"],
            "for a pattern: partsweep demo scan s3://homemovies --include",
        ),
        (
            &["clean"],
            "without changing anything: `partsweep demo scan`",
        ),
        (
            &["clean", "--yes", "--max-bytes", "1kB"],
            "`partsweep demo scan` shows",
        ),
        (
            &["clean", "--summary"],
            "`scan` with the same options changes nothing",
        ),
        (
            &["scan", "--bucket", "nosuch"],
            "leave them out to see which buckets there are",
        ),
        (&["apply", "plan"], "`partsweep demo clean apply`"),
        (
            &["scan", "--older-than", "30d", "s3://homemovies/20"],
            "partsweep demo clean --older-than 30d s3://homemovies/20",
        ),
    ] {
        let ran = run(partsweep().arg("demo"), args);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains(hint), "{args:?}: {ran:?}");
        for real in ["partsweep scan", "partsweep clean", "partsweep apply"] {
            assert!(!said.contains(real), "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn the_demo_shows_what_protects_its_buckets_and_what_could_be_completed() {
    let ran = run(&mut partsweep(), &["demo", "lifecycle", "check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("homemovies"), "{ran:?}");
    assert!(ran.err.contains("This is a simulation"), "{ran:?}");
    let json = run(&mut partsweep(), &["demo", "lifecycle", "check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(
        value["totals"]["buckets"].as_u64().unwrap() > 1,
        "{value:#}"
    );
    let ran = run(&mut partsweep(), &["demo", "rescue", "--list"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let uploads =
        ran.out.contains("partsweep demo rescue") || ran.err.contains("can't be completed");
    assert!(uploads, "{ran:?}");
    for refused in [
        &["demo", "lifecycle", "set", "--yes"][..],
        &["demo", "lifecycle", "undo", "--yes", "no/such/file"],
        &[
            "demo",
            "rescue",
            "s3://homemovies/k",
            "--yes",
            "--upload-id",
            "x",
        ],
    ] {
        let ran = run(&mut partsweep(), refused);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.err.contains("its store is gone with the program"),
            "{ran:?}"
        );
        assert!(ran.err.contains("--dry-run"), "{ran:?}");
    }
    let dry = ["demo", "lifecycle", "set", "--dry-run", "homemovies"];
    let ran = run(&mut partsweep(), &dry);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// What can be trusted at a store that nobody here has an account at.
#[test]
fn the_demo_has_a_doctor() {
    let doctor = |args: &str| {
        let args: Vec<_> = ["demo", "doctor"]
            .into_iter()
            .chain(args.split_whitespace())
            .collect();
        run(&mut partsweep(), &args)
    };
    let ran = doctor("--store minio");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("MinIO, recognized by its Server header"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("! listings      may leave uploads out"),
        "{ran:?}"
    );
    assert!(ran.out.contains("of the demo\n"), "{ran:?}");
    let next = "Next: partsweep demo scan --store minio\n";
    assert!(ran.out.ends_with(next), "{ran:?}");
    // It can't be recognized here: what is not known is not claimed, and nobody is told to name what they named.
    let ran = doctor("--store r2");
    assert!(ran.out.contains("Cloudflare R2, as named; "), "{ran:?}");
    assert!(!ran.out.contains("name it: --store"), "{ran:?}");
    for args in ["--settings", "--policy"] {
        let ran = doctor(args);
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{ran:?}");
    }
    let help = doctor("--help").out;
    assert!(
        !help.contains("--settings") && !help.contains("--policy"),
        "{help}"
    );
}
