//! Exit codes and usage.

use std::io::Read;
use std::process::Stdio;

use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};

use crate::folder::Folder;
use crate::program::{on, partsweep, run, told};
use crate::store::Store;

#[test]
fn a_command_line_that_makes_no_sense_exits_2() {
    let store = Store::filled();
    let cases: [(&[&str], &str); 32] = [
        (&["--older-than", "1M"], "could mean minutes or months"),
        (&["--older-than", "-1d"], "an age can't be negative"),
        (&["--older-than=-1d", "scan"], "an age can't be negative"),
        (&["--min-size", "many"], "isn't a size"),
        (&["scan", "--endpoint-url", "ftp://h"], "cannot be used"),
        (&["scan", "--endpoint-url", "h:9000"], "cannot be used"),
        (&["scan", "--endpoint-url", ""], "cannot be used"),
        (&["scan", "--region", "a b"], "a region has letters"),
        (&["scan", "s3:/old"], "did you mean s3://old?"),
        (&["scna"], "did you mean `partsweep scan`?"),
        (&["--older-than", "1d", "s3://"], "s3://BUCKET"),
        (&["--yes", "scan"], "`partsweep clean --yes` does"),
        (
            &["scan", "-y"],
            "`scan` never aborts anything; `partsweep clean -y`",
        ),
        (
            &["scan", "-n"],
            "`scan` never aborts anything: leave out -n",
        ),
        (
            &["demo", "scan", "--yes"],
            "`partsweep demo clean --yes` does",
        ),
        (&["scan", "--settle=1s"], "it is one of `clean` and `apply`"),
        (&["clean", "--no-size"], "it is one of `scan`"),
        (
            &["apply", "--sort", "age"],
            "it is one of `scan` and `clean`",
        ),
        (&["--summary", "apply"], "it is one of `scan` and `clean`"),
        (
            &["clean", "--summary"],
            "`scan` with the same options changes",
        ),
        (
            &["scan", "s3://bkt?x=1"],
            "`bkt?x=1` can't be the name of a bucket",
        ),
        (&["scan", "s3://log*"], "--bucket for a pattern"),
        (
            &["--older-than", "2026-01-01T00:00:00+25:00"],
            "isn't a duration",
        ),
        (&["old"], "`partsweep clean old`"),
        (&["apply"], "apply needs a PLAN"),
        (
            &["scan", "--profile", "nope"],
            "there is no profile `nope` in the AWS configuration",
        ),
        (&["--concurrency", "0"], "1..=1024"),
        (&["--rps", "0"], "1..=1000000"),
        (&["--timeout", "0s"], "give it 1s to 1h"),
        (&["--timeout", "2h"], "give it 1s to 1h"),
        (&["scan", "s3://old", "--bucket", "x"], "leave them out"),
        (&["scan", "--include", "[a"], "isn't a valid pattern"),
    ];
    for (args, words) in cases {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains(words), "{args:?} {ran:?}");
        assert!(!ran.err.contains("as a value"), "{args:?} {ran:?}");
        assert_eq!(ran.out, "");
    }
    let unknown = run(&mut on(&store), &["scan", "--frobnicate"]);
    assert!(unknown.err.contains("unexpected argument"), "{unknown:?}");
    assert!(!unknown.err.contains("as a value"), "{unknown:?}");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn help_and_version_exit_0() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["scan", "--help"],
    ] {
        let ran = run(&mut partsweep(), args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        assert!(ran.out.contains("partsweep"), "{args:?}");
    }
}

#[test]
fn options_may_stand_before_the_command() {
    let store = Store::filled();
    let endpoint = store.sim.endpoint();
    let args = [
        "--endpoint-url",
        &endpoint,
        "--older-than",
        "60h",
        "scan",
        "--format",
        "csv",
    ];
    let ran = run(on(&store).env_remove("AWS_ENDPOINT_URL_S3"), &args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out.matches(",sweep,").count(), 3, "{ran:?}");
}

#[test]
fn check_exits_4_while_there_is_something_to_sweep() {
    let store = Store::filled();
    for args in [&["scan", "--check"][..], &["scan", "--check", "--no-size"]] {
        assert_eq!(run(&mut on(&store), args).code, Some(4), "{args:?}");
    }
    // Whether the one that is live is large changes nothing.
    assert_eq!(store.sim.count(Operation::ListParts), 4);
    run(&mut on(&store), &["--yes"]);
    // What is left is live.
    for args in [&["scan", "--check"][..], &["scan", "--check", "--no-size"]] {
        assert_eq!(run(&mut on(&store), args).code, Some(0), "{args:?}");
    }
}

#[test]
fn check_without_sizes_counts_what_matches_as_far_as_that_is_known() {
    let store = Store::filled();
    let args = ["scan", "--check", "--no-size", "--include", "young"];
    assert_eq!(run(&mut on(&store), &args).code, Some(0));
    let args = ["scan", "--check", "--no-size", "--include", "stale"];
    assert_eq!(run(&mut on(&store), &args).code, Some(4));
    let help = run(&mut partsweep(), &["scan", "--help"]).out;
    assert!(!help.contains("ages count"), "{help}");
    assert!(help.contains("when they were started"), "{help}");
}

#[test]
fn an_endpoint_of_the_environment_is_no_usage() {
    let store = Store::filled();
    let mut command = on(&store);
    command.env("AWS_ENDPOINT_URL_S3", "ftp://h");
    assert_eq!(run(&mut command, &["scan"]).code, Some(1));
}

#[test]
fn patterns_that_leave_no_bucket_exit_2() {
    let store = Store::filled();
    for args in [
        &["scan", "--bucket", "odl"][..],
        &["scan", "--exclude-bucket", "*", "--format", "json"],
        &["clean", "--yes", "--bucket", "odl"],
        &["scan", "--check", "--bucket", "odl"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(
            ran.err.contains("error: no bucket matches --bucket"),
            "{ran:?}"
        );
        assert_eq!(ran.out, "", "{args:?}");
    }
    let ran = run(&mut on(&Store::new()), &["scan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let last = ran.out.lines().last();
    assert_eq!(last, Some("The store lists no buckets for this key."));
}

#[test]
fn uploads_that_do_not_match_are_not_called_none() {
    let store = Store::filled();
    store.sim.create_bucket("empty");
    let ran = run(&mut on(&store), &["scan", "--include", "nothing"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for words in [
        "\nold                           0          –          –  2 excluded\n",
        "\nempty                         0          –          –\n",
        "\nTotal                         0          –          –  5 excluded\n",
        "\nNothing can be aborted: 5 excluded.\n",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(!ran.out.contains("No incomplete"), "{}", ran.out);
}

#[test]
fn a_denied_bucket_is_told_and_the_others_are_done() {
    let store = Store::filled();
    store
        .sim
        .deny(ACCESS_KEY, Some("mixed"), Operation::ListMultipartUploads);
    let ran = run(&mut on(&store), &["scan", "--check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    for words in [
        "denied:",
        "AccessDenied",
        "s3:ListBucketMultipartUploads",
        "b second",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let ran = run(&mut on(&store), &["--yes", "--format", "json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err
            .contains("warning: could not list uploads in bucket `mixed`")
    );
    assert!(store.left("old").is_empty());
    assert_eq!(store.left("mixed").len(), 3);
}

#[test]
fn buckets_that_cannot_be_listed_at_all_exit_1_with_the_way_round() {
    let store = Store::filled();
    store.sim.deny(ACCESS_KEY, None, Operation::ListBuckets);
    let ran = run(&mut on(&store), &["scan", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "");
    for words in [
        "could not list buckets",
        "s3:ListAllMyBuckets",
        "s3://BUCKET",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(run(&mut on(&store), &["scan", "s3://old"]).code, Some(0));
}

#[test]
fn a_listing_that_proves_nothing_exits_3_unless_accepted() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[5], 100);
    store.sim.create_bucket("nothing");
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("MinIO may omit some uploads"), "{ran:?}");
    assert!(!ran.out.contains("No incomplete uploads"), "{ran:?}");
    let ran = run(&mut on(&store), &["scan", "--accept", "unproven"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_ends_a_scan_quietly() {
    let store = Store::new();
    for i in 0..2_000 {
        store.upload("many", &format!("{i:0>100}"), &[], 100);
    }
    store.upload("many", "with a part", &[1], 100);
    for format in ["table", "json", "ndjson", "csv"] {
        let mut child = on(&store)
            .args(["scan", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_hears_on_standard_error_what_a_sweep_did() {
    let store = Store::filled();
    let mut child = on(&store)
        .args(["clean", "--yes", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A document is written at its end only.
    drop(child.stdout.take());
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let words = "all was done, but standard output was closed before all was told: freed 7.0 MB";
    assert!(ran.err.contains(words), "{ran:?}");
    assert_eq!(store.left("mixed"), ["young"]);
    assert!(store.left("old").is_empty());
}

#[test]
fn quiet_and_verbose_hold() {
    let store = Store::filled();
    let quiet = run(&mut on(&store), &["--dry-run", "-q"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
    let verbose = run(&mut on(&store), &["scan", "-v"]);
    assert!(verbose.err.contains("simulated store, "), "{verbose:?}");
    assert!(verbose.err.contains(" requests in "), "{verbose:?}");
    assert!(!verbose.err.contains("GET /"), "{verbose:?}");
}

#[test]
fn verbose_twice_shows_every_request_on_standard_error() {
    let store = Store::filled();
    let scan = ["scan", "s3://old", "--format", "csv"];
    let (once, twice) = (
        run(on(&store).arg("-v"), &scan),
        run(on(&store).arg("-vv"), &scan),
    );
    assert_eq!((twice.code, &twice.out), (once.code, &once.out));
    let lines: Vec<_> = twice
        .err
        .lines()
        .filter(|line| line.starts_with("GET /"))
        .collect();
    let told = format!(" {} requests in ", lines.len());
    assert!(twice.err.contains(&told), "{twice:?}");
    for asked in [
        "GET /old?uploads&max-uploads=1000 200 ",
        "GET /old/a/first?uploadId=",
        "GET /old/b%20second?uploadId=",
    ] {
        let line = lines.iter().find(|line| line.starts_with(asked));
        let line = line.unwrap_or_else(|| panic!("{asked} in {twice:?}"));
        let words: Vec<_> = line.split(' ').collect();
        let [_, _, "200", size, "B" | "kB", time, "ms"] = words[..] else {
            panic!("{line}")
        };
        assert!(size.parse::<f64>().is_ok(), "{line}");
        assert!(time.parse::<u64>().is_ok(), "{line}");
    }
    let json = run(&mut on(&store), &["scan", "-v", "-v", "--format", "json"]);
    assert!(json.err.contains("GET / 200 "), "{json:?}");
    serde_json::from_str::<serde_json::Value>(&json.out).unwrap();
}

#[test]
fn quiet_wins_over_verbose_from_a_setting() {
    let store = Store::filled();
    for set in ["2", "true"] {
        let scan = |quiet: &[&str]| {
            let mut command = on(&store);
            command.env("PARTSWEEP_VERBOSE", set);
            run(
                &mut command,
                &[&["scan", "--format", "csv"], quiet].concat(),
            )
        };
        let verbose = scan(&[]).err;
        assert!(verbose.contains(" requests in "), "{verbose}");
        assert_eq!(verbose.contains("GET /"), set == "2", "{verbose}");
        assert_eq!(scan(&["-q"]).err, "");
    }
}

#[test]
fn colours_are_used_only_when_asked_for() {
    let store = Store::filled();
    let plain = run(&mut on(&store), &["scan"]);
    assert!(!plain.out.contains('\x1b'), "{plain:?}");
    let always = run(&mut on(&store), &["scan", "--color", "always"]);
    assert!(always.out.contains("\x1b[1m"), "{always:?}");
    let json = run(
        &mut on(&store),
        &["scan", "--color", "always", "--format", "json"],
    );
    assert!(!json.out.contains('\x1b'), "{json:?}");
}

/// Report 5. No store has parts of 60 TB.
#[test]
fn an_unknown_size_of_what_can_be_aborted_exits_3() {
    const TOO_LARGE: u64 = 60_000_000_000_000;
    for parts in [
        &[TOO_LARGE][..],
        &[5, TOO_LARGE],
        &[TOO_LARGE, TOO_LARGE, 5],
    ] {
        for (args, code) in [
            (&["scan"][..], 3),
            (&["scan", "--json"], 3),
            (&["scan", "--check"], 3),
            (&["scan", "--older-than", "300h"], 0),
            (&["scan", "--no-size"], 0),
            (&["clean", "--yes", "--max-bytes", "1EB"], 5),
            (&["clean", "--yes"], 3),
        ] {
            let store = Store::new();
            store.upload("b", "k", parts, 100);
            let ran = run(&mut on(&store), args);
            assert_eq!(ran.code, Some(code), "{parts:?} {args:?} {ran:?}");
        }
    }
}

#[test]
fn what_stands_where_the_state_directory_should_be_is_named() {
    let (store, folder) = (Store::filled(), Folder::new());
    let state = folder.file("state");
    let wrong = |words: &str| {
        let ran = run(
            on(&store).env("XDG_STATE_HOME", &state),
            &["clean", "--yes"],
        );
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(words), "{words}: {ran:?}");
        assert!(!ran.err.contains("exists already"), "{ran:?}");
        assert_eq!(store.changes(), 0);
    };
    std::fs::write(&state, "").unwrap();
    wrong(&format!("{state} is a file, and a folder is needed there"));
    std::fs::remove_file(&state).unwrap();
    // The folder of this program itself is taken: by a file, a link to one, a device.
    std::fs::create_dir(&state).unwrap();
    let own = format!("{state}/partsweep");
    let needed = format!("{own} is a file, and a folder is needed there");
    std::fs::write(&own, "").unwrap();
    wrong(&needed);
    std::fs::rename(&own, folder.file("file")).unwrap();
    for target in [folder.file("file").as_str(), "/dev/null"] {
        std::os::unix::fs::symlink(target, &own).unwrap();
        wrong(&needed);
        std::fs::remove_file(&own).unwrap();
    }
    std::fs::remove_dir(&state).unwrap();
    std::os::unix::fs::symlink("nowhere", &state).unwrap();
    wrong(&format!("{state} is a link to something that is not there"));
    std::fs::remove_file(&state).unwrap();
    std::fs::create_dir(&state).unwrap();
    std::os::unix::fs::symlink("nowhere", format!("{state}/partsweep")).unwrap();
    wrong(&format!(
        "{state}/partsweep is a link to something that is not there"
    ));
    let journal = folder.file("journal");
    std::os::unix::fs::symlink("nowhere", &journal).unwrap();
    let ran = run(&mut on(&store), &["clean", "--yes", "--journal", &journal]);
    assert!(
        ran.err.contains("journal is a link to something"),
        "{ran:?}"
    );
}
