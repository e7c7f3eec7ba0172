//! What people type out of habit, and settings that they make once.

use std::fs;

use partsweep_sim::Operation;

use crate::folder::Folder;
use crate::program::{on, run};
use crate::store::Store;
use crate::terminal::Terminal;

#[test]
fn what_other_tools_taught_is_understood() {
    let store = Store::filled();
    let found = run(&mut on(&store), &["scan", "--format", "json"]).out;
    assert!(found.contains("partsweep.scan/1"), "{found}");
    let same = |out: &str| out.contains("partsweep.scan/1");
    for args in [
        &["scan", "--json"][..],
        &["scan", "-o", "json"],
        &["scan", "--output", "JSON"],
        &["--json", "scan", "old"],
        &["scan", "S3://old", "--json"],
        &["scan", "arn:aws:s3:::old", "--json"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(0), "{args:?} {ran:?}");
        assert!(same(&ran.out), "{args:?} {ran:?}");
    }
    for age in ["2days", "48H", "48 hours", "2D", "2880min", "1d 24h"] {
        let ran = run(&mut on(&store), &["scan", "--older-than", age, "-o", "csv"]);
        assert_eq!(ran.code, Some(0), "{age} {ran:?}");
    }
    let help = run(&mut on(&store), &["help", "scan"]);
    assert_eq!(help.code, Some(0), "{help:?}");
    assert!(help.out.contains("--save"), "{help:?}");
    assert!(
        help.out.contains("Usage: partsweep scan [OPTIONS]"),
        "{help:?}"
    );
    for (word, hint) in [
        ("ls", "did you mean `partsweep scan`?"),
        ("scna", "did you mean `partsweep scan`?"),
        ("aply", "did you mean `partsweep apply`?"),
        ("rm", "did you mean `partsweep clean`?"),
        ("photos", "`partsweep clean photos`"),
    ] {
        store.sim.clear_log();
        let ran = run(&mut on(&store), &[word]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(hint), "{word} {ran:?}");
        assert_eq!(store.sim.total(), 0);
    }
}

#[test]
fn a_dry_run_beside_yes_changes_nothing() {
    let store = Store::filled();
    for args in [
        &["-y", "-n"][..],
        &["clean", "--dry-run", "--yes"],
        &["-n", "-y", "clean"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(0), "{args:?} {ran:?}");
        assert!(ran.err.contains("dry run"), "{args:?} {ran:?}");
    }
    assert_eq!(store.sim.count(Operation::AbortMultipartUpload), 0);
}

#[test]
fn a_plan_goes_to_standard_output_and_nothing_else_does() {
    let (store, folder) = (Store::filled(), Folder::new());
    let ran = run(&mut on(&store), &["scan", "--save", "-"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let file = folder.file("plan.ndjson");
    fs::write(&file, &ran.out).unwrap();
    let applied = run(&mut on(&store), &["apply", "--yes", &file]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert!(store.sim.count(Operation::AbortMultipartUpload) >= 3);
    let both = run(&mut on(&store), &["scan", "--save", "-", "--json"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn a_prefix_that_nothing_starts_with_does_not_look_like_a_clean_bucket() {
    let store = Store::filled();
    for (target, words) in [
        (
            "s3://old/nothing/",
            "no incomplete upload in `old` has a key that starts with `nothing/`",
        ),
        ("s3://old/*.mov", "--include '*.mov'"),
    ] {
        let ran = run(&mut on(&store), &["scan", target]);
        assert!(ran.err.contains(words), "{ran:?}");
    }
    let ran = run(&mut on(&store), &["scan", "s3://old"]);
    assert!(!ran.err.contains("starts with"), "{ran:?}");
}

#[test]
fn options_come_from_the_environment_and_from_a_file_and_what_is_typed_wins() {
    let (store, folder) = (Store::filled(), Folder::new());
    let config = folder.file("partsweep");
    fs::create_dir(&config).unwrap();
    let config = format!("{config}/config.toml");
    let home = folder.path().to_str().unwrap();
    let with = |text: &str, variables: &[(&str, &str)], args: &[&str]| {
        fs::write(&config, text).unwrap();
        let mut command = on(&store);
        command
            .env("XDG_CONFIG_HOME", home)
            .envs(variables.iter().copied());
        run(&mut command, args)
    };
    let is_json = |out: &str| out.contains("partsweep.scan/1");
    let from_file = with(
        "format = \"json\"\nexclude-bucket = [\"o*\", \"x\"]\n",
        &[],
        &["scan"],
    );
    assert!(is_json(&from_file.out), "{from_file:?}");
    assert!(!from_file.out.contains("\"old\""), "{from_file:?}");
    let over = [("PARTSWEEP_FORMAT", "csv")];
    let from_environment = with("format = \"json\"\n", &over, &["scan"]);
    assert!(
        from_environment.out.starts_with("bucket,"),
        "{from_environment:?}"
    );
    let empty = with(
        "format = \"json\"\n",
        &[("PARTSWEEP_FORMAT", "")],
        &["scan"],
    );
    assert!(is_json(&empty.out), "{empty:?}");
    let typed = with("format = \"csv\"\n", &over, &["scan", "--json"]);
    assert!(is_json(&typed.out), "{typed:?}");
    // What only another command has is no error.
    let plan = folder.file("plan.ndjson");
    let saved = with(
        "min-size = \"1kB\"\n",
        &[("PARTSWEEP_TOP", "3")],
        &["scan", "--save", &plan],
    );
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let applied = with(
        "min-size = \"1kB\"\n",
        &[("PARTSWEEP_TOP", "3")],
        &["apply", "-n", &plan],
    );
    assert_eq!(applied.code, Some(0), "{applied:?}");
    store.sim.clear_log();
    for (text, variable, words) in [
        (
            "yes = true\n",
            None,
            "--yes can only be given on the command line",
        ),
        (
            "",
            Some(("PARTSWEEP_YES", "1")),
            "--yes can only be given on the command line",
        ),
        (
            "",
            Some(("PARTSWEEP_RISK_LIVE", "true")),
            "--risk-live can only be given",
        ),
        (
            "",
            Some(("PARTSWEEP_ACCEPT", "unproven")),
            "--accept can only be given",
        ),
        ("oldr-than = \"7d\"\n", None, "did you mean `older-than`?"),
        (
            "older-than = \"1M\"\n",
            None,
            "`older-than` can't be `1M`: `1M` could mean minutes",
        ),
        ("older-than \"7d\"\n", None, "config.toml, line 1"),
        ("top = { a = 1 }\n", None, "isn't a text, a number"),
        (
            "",
            Some(("PARTSWEEP_FORMAT", "yaml")),
            "PARTSWEEP_FORMAT can't be `yaml`",
        ),
        (
            "",
            Some(("PARTSWEEP_QUIET", "maybe")),
            "PARTSWEEP_QUIET can't be `maybe`",
        ),
        (
            "",
            Some(("PARTSWEEP_RPS", "-1")),
            "PARTSWEEP_RPS can't be `-1`",
        ),
    ] {
        let ran = with(text, &Vec::from_iter(variable), &["scan"]);
        assert_eq!(ran.code, Some(2), "{text} {variable:?} {ran:?}");
        assert!(ran.err.contains(words), "{text} {variable:?} {ran:?}");
    }
    assert_eq!(store.sim.total(), 0);
}

/// clap's messages go to the edge of the terminal, and over it.
#[test]
fn what_was_typed_wrong_is_told_in_whole_words_on_a_narrow_terminal() {
    let store = Store::new();
    let (code, screen) = Terminal::sized(&store, "scan --older-tan 3d", 40).end();
    assert_eq!(code, 2, "{screen}");
    let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
    assert!(
        lines.iter().all(|line| line.chars().count() <= 40),
        "{screen}"
    );
    let tip = lines
        .iter()
        .position(|line| line.starts_with("  tip: a similar"));
    let tip = tip.unwrap_or_else(|| panic!("{screen}"));
    assert_eq!(
        lines[tip..tip + 2].join(" ").split_whitespace().last(),
        Some("'--older-than'"),
        "{screen}"
    );
}
