//! The screen of a scan: what fits on it, in which order, and what it leads to.

use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::program::{Run, on, partsweep, run};
use crate::store::Store;
use crate::terminal::Terminal;

/// What a scan shows at a terminal of so many columns, without colours.
fn at(store: &Store, columns: u16, args: &str) -> Vec<String> {
    let args = format!("scan --no-progress --color never {args}");
    let (_, text) = Terminal::sized(store, &args, columns).end();
    // The terminal names itself and the program first.
    let lines = text.lines().skip(2);
    lines
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}

/// What follows the last column of the lines of uploads: keys, and behind them why they are skipped.
fn keys(out: &str) -> Vec<&str> {
    let lines = out.lines().skip_while(|line| !line.contains("STARTED"));
    let lines = lines
        .skip(1)
        .take_while(|line| !line.starts_with("Scanned"));
    let rows = lines.filter(|line| line.starts_with("  ") && line.contains("  20"));
    rows.map(|line| &line[line.find("  20").unwrap() + 14..])
        .collect()
}

fn json(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// A store with everything that makes lines long.
fn unwieldy() -> Store {
    let store = Store::new();
    let bucket = "a-bucket-with-a-name-as-long-as-the-names-of-buckets-may-ever-be";
    store.upload(bucket, &"long/".repeat(193), &[5_000_000_000], 100);
    store.upload(bucket, &"誕生日/".repeat(40), &[1_000], 100);
    store.upload(bucket, &"\u{1b}[2J\u{202e}".repeat(30), &[999_949], 0);
    store.upload(
        bucket,
        &format!("e{}", "\u{301}".repeat(300)),
        &[1],
        1_000_000,
    );
    store.upload("denied", "k", &[1], 100);
    store
        .sim
        .deny(ACCESS_KEY, Some("denied"), Operation::ListMultipartUploads);
    store.upload("unsized", "k", &[1], 100);
    store
        .sim
        .deny(ACCESS_KEY, Some("unsized"), Operation::ListParts);
    store
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let store = unwieldy();
    for columns in [40, 41, 51, 52, 63, 64, 66, 80, 120, 200] {
        for args in ["", "--summary", "--top all", "--top 1", "s3://unsized/k"] {
            for line in at(&store, columns, args) {
                let width = line.width();
                assert!(!line.contains(char::is_control), "{line:?}");
                assert!(
                    width <= usize::from(columns),
                    "{columns} {args}: {width} {line}"
                );
            }
        }
    }
}

#[test]
fn a_key_takes_one_line_at_a_terminal_and_is_whole_in_a_pipe() {
    let store = Store::new();
    let key = format!("{}/the end.tar", "x".repeat(954));
    assert_eq!(key.len(), 966);
    store.upload("b", &key, &[5], 100);
    store.upload("b", "short", &[4], 100);
    for columns in [40, 80, 120] {
        let lines = at(&store, columns, "");
        let first = lines.iter().position(|line| line.ends_with("e end.tar"));
        let first = first.unwrap_or_else(|| panic!("{lines:#?}"));
        assert!(lines[first].contains("xxx…"), "{lines:#?}");
        assert!(lines[first - 1].starts_with("b · 2 uploads"), "{lines:#?}");
        assert!(lines[first + 1].ends_with("short"), "{lines:#?}");
        let wide = at(&store, columns, "--wide").join("\n");
        assert!(wide.contains(&key), "{wide}");
    }
    let piped = run(&mut on(&store), &["scan"]);
    assert!(piped.out.contains(&key), "{piped:?}");
}

#[test]
fn uploads_are_sorted_as_asked_for_whether_some_or_all_are_shown() {
    let store = Store::new();
    store.upload("b", "c", &[5, 5, 5], 50);
    store.upload("b", "a", &[100], 40);
    store.upload("b", "d", &[1, 1], 90);
    store.upload("b", "b", &[], 60);
    let orders = [
        ("size", ["a", "c", "d", "b"]),
        ("age", ["d", "b", "c", "a"]),
        ("key", ["a", "b", "c", "d"]),
        ("count", ["c", "d", "a", "b"]),
    ];
    let default = run(&mut on(&store), &["scan"]);
    assert_eq!(keys(&default.out), orders[0].1);
    for (sort, order) in orders {
        for top in ["all", "4", "2"] {
            let ran = run(&mut on(&store), &["scan", "--sort", sort, "--top", top]);
            let shown = top.parse().unwrap_or(4);
            assert_eq!(keys(&ran.out), order[..shown], "{sort} {top}: {ran:?}");
        }
    }
}

#[test]
fn titles_stand_once_above_the_first_upload_and_nowhere_without_any() {
    let store = Store::filled();
    store.upload("a-denied", "k", &[1], 100);
    let list = Operation::ListMultipartUploads;
    store.sim.deny(ACCESS_KEY, Some("a-denied"), list);
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(ran.out.matches("STARTED").count(), 1, "{ran:?}");
    let place = |text: &str| ran.out.find(text).unwrap();
    assert!(place("STARTED") < place("mixed · 3 uploads, 11.0 MB"));
    assert!(place("mixed · 3 uploads, 11.0 MB") < place("a-denied · not listed"));
    for args in [
        &["scan", "--include", "nothing"][..],
        &["scan", "--summary"],
    ] {
        let ran = run(&mut on(&store), args);
        assert!(!ran.out.contains("STARTED"), "{ran:?}");
        assert!(ran.out.contains("CAN ABORT"), "{ran:?}");
    }
}

#[test]
fn the_first_line_says_where_this_is() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["scan"]);
    let first = ran.out.lines().next().unwrap();
    assert!(first.contains(&store.sim.endpoint()), "{ran:?}");
    assert!(first.contains("account "), "{ran:?}");
    for args in [&["scan", "--save", "-"][..], &["scan", "--format", "csv"]] {
        let ran = run(&mut on(&store), args);
        assert!(!ran.out.contains("account "), "{ran:?}");
    }
}

#[test]
fn many_buckets_are_summed_up_in_a_line_each() {
    let store = Store::new();
    for n in 0..400 {
        store.upload(&format!("bucket-{n:03}"), "k", &[1_000 + n], 100);
    }
    for n in 0..41 {
        store.sim.create_bucket(&format!("empty-{n:02}"));
    }
    let ran = run(&mut on(&store), &["scan", "--summary"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines = ran.out.lines().count();
    assert!((400..420).contains(&lines), "{lines}");
    assert!(
        ran.out
            .contains("\n41 buckets have no incomplete uploads\n")
    );
    let rows: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.starts_with("bucket-"))
        .collect();
    assert_eq!(rows.len(), 400);
    assert!(rows[0].starts_with("bucket-399 "), "the largest first");
    assert!(rows[399].starts_with("bucket-000 "));
}

#[test]
fn one_bucket_has_one_line_and_no_total() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["scan", "old"]);
    let table = ran.out.split("BUCKET").nth(1).unwrap();
    assert!(table.contains("\nold "), "{ran:?}");
    assert!(!table.contains("Total"), "{ran:?}");
}

#[test]
fn a_scan_by_prefix_names_the_prefix_everywhere() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["scan", "s3://old/a/"]);
    for line in [
        "s3://old/a/ · 1 upload, 1.0 MB\n",
        "Scanned s3://old/a/ in ",
        "\ns3://old/a/                   1     1.0 MB     1.0 MB\n",
        "To review and abort them: partsweep clean s3://old/a/\n",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    let two = ["scan", "s3://old/a/", "s3://old/b", "mixed"];
    let ran = run(&mut on(&store), &two);
    for line in [
        "s3://old/a/ s3://old/b · 2 uploads, 3.0 MB\n",
        "mixed · 3 uploads",
        "Scanned 2 buckets (1 by prefix) in ",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
}

#[test]
fn the_next_step_leads_to_the_same_uploads() {
    let store = Store::filled();
    let endpoint = store.sim.endpoint();
    let args = [
        "scan",
        "old",
        "s3://mixed/st ale",
        "--endpoint-url",
        &endpoint,
        "--older-than",
        "36h",
        "--min-size=1kB",
        "--exclude",
        "*.tmp",
        "--color",
        "never",
    ];
    let ran = run(on(&store).env_remove("AWS_ENDPOINT_URL_S3"), &args);
    let command = format!(
        "partsweep clean --endpoint-url {endpoint} --exclude '*.tmp' --older-than 36h \
         --min-size 1kB s3://old 's3://mixed/st ale'"
    );
    let line =
        format!("\n2 uploads (3.0 MB) can be aborted. To review and abort them: {command}\n");
    assert!(ran.out.ends_with(&line), "{ran:?}");
    // At a terminal it has a line of its own, where it can be copied from.
    let lines = at(
        &store,
        80,
        &args[1..10]
            .join(" ")
            .replace("*.tmp", "'*.tmp'")
            .replace("s3://mixed/st ale", "mixed"),
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("  partsweep clean")),
        "{lines:#?}"
    );
    let quiet = run(&mut on(&store), &["scan", "--quiet"]);
    assert!(!quiet.out.contains("can be aborted"), "{quiet:?}");
    let demo = run(&mut partsweep(), &["demo", "scan", "s3://homemovies"]);
    assert!(
        demo.out
            .ends_with(": partsweep demo clean s3://homemovies\n"),
        "{demo:?}"
    );
}

#[test]
fn a_summary_says_why_a_bucket_is_not_in_it_and_does_not_lead_there() {
    let args = ["demo", "scan", "homemovies", "nosuch", "--summary"];
    let ran = run(&mut partsweep(), &args);
    let why = "could not list uploads in bucket `nosuch`: NoSuchBucket: ";
    let at = ran.out.find(why).unwrap_or_else(|| panic!("{ran:?}"));
    assert!(
        ran.out[at..].contains("\nhint: check the spelling"),
        "{ran:?}"
    );
    let next = ": partsweep demo clean s3://homemovies\n";
    assert!(ran.out.ends_with(next), "{ran:?}");
    let ran = run(&mut partsweep(), &["demo", "scan", "nosuch"]);
    let nothing = "\nNo incomplete uploads were found: 1 bucket couldn't be listed completely.\n";
    assert!(ran.out.ends_with(nothing), "{ran:?}");
}

/// Also where nothing is known to do about it, and once for each kind of failure.
#[test]
fn a_summary_says_every_kind_of_failure_once() {
    let store = Store::new();
    for name in ["odd", "odder", "shut", "torn"] {
        store.upload(name, "k", &[1_000], 100);
    }
    let refused = |code, bucket| {
        let kind = FaultKind::Refused(400, code);
        Fault::new(Operation::ListMultipartUploads, Nth::Every, kind).in_bucket(bucket)
    };
    for fault in [
        refused("OddThing", "odd"),
        refused("OddThing", "odder"),
        refused("AccessDenied", "shut"),
    ] {
        store.sim.faults().push(fault);
    }
    let ran = run(&mut on(&store), &["scan", "--summary"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = ran
        .out
        .matches("could not list uploads in bucket `")
        .count();
    assert_eq!(told, 2, "{ran:?}");
    assert!(
        ran.out.contains("OddThing") && ran.out.contains("in bucket `shut`"),
        "{ran:?}"
    );
}

#[test]
fn a_date_is_said_as_it_was_typed() {
    let store = Store::filled();
    for (age, said) in [
        (
            "2020-11-01",
            "Can be aborted: idle since before 2020-11-01.",
        ),
        ("0s", "Can be aborted: any age."),
        ("36h", "Can be aborted: idle for 36 h or more."),
    ] {
        let ran = run(&mut on(&store), &["scan", "--older-than", age]);
        assert!(ran.out.contains(said), "{ran:?}");
    }
}

#[test]
fn why_nothing_can_be_aborted_is_said() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["scan", "--older-than", "30d"]);
    assert!(
        ran.out
            .ends_with("\nNothing can be aborted: 1 active, 4 recent.\n"),
        "{ran:?}"
    );
    let ran = run(&mut on(&store), &["scan", "--no-size"]);
    let words = "\nWithout sizes, nothing can be aborted: leave out --no-size.\n";
    assert!(ran.out.ends_with(words), "{ran:?}");
    let ran = run(&mut on(&Store::new()), &["scan"]);
    assert!(!ran.out.contains("can be aborted."), "{ran:?}");
}

#[test]
fn what_a_filter_skips_is_counted_and_not_listed_in_any_format() {
    let store = Store::filled();
    // Of `mixed`: 4 MB of 240 hours, 0 bytes of 240 hours, and 7 MB that are live; of `old`: 1 MB of
    // 72 hours, 2 MB of 48.
    for (filter, listed, skipped) in [
        (
            &["--min-size", "2MB"][..],
            3,
            [
                ("active_recently", 1),
                ("idle_too_short", 0),
                ("too_small", 2),
            ],
        ),
        (
            &["--min-size", "8MB"],
            0,
            [
                ("active_recently", 0),
                ("idle_too_short", 0),
                ("too_small", 5),
            ],
        ),
        (
            &["--older-than", "60h"],
            3,
            [
                ("active_recently", 1),
                ("idle_too_short", 1),
                ("too_small", 0),
            ],
        ),
        (
            &["--older-than", "60h", "--min-size", "2MB"],
            1,
            [
                ("active_recently", 1),
                ("idle_too_short", 1),
                ("too_small", 2),
            ],
        ),
    ] {
        let scan = |more: &[&str]| {
            let mut command = on(&store);
            run(command.arg("scan").args(filter), more)
        };
        let rows = |ran: &Run| keys(&ran.out).len();
        assert_eq!(rows(&scan(&[])), listed, "{filter:?}");
        assert_eq!(rows(&scan(&["--show-skipped"])), 5);
        let dry_run = |more: &[&str]| {
            let mut command = on(&store);
            run(command.args(["clean", "-n"]).args(filter), more)
        };
        assert_eq!(rows(&dry_run(&[])), listed, "{filter:?}");
        assert_eq!(rows(&dry_run(&["--show-skipped"])), 5);
        let lines = |ran: &Run| ran.out.lines().count() - 1;
        assert_eq!(lines(&scan(&["--format", "csv"])), listed);
        assert_eq!(lines(&scan(&["--format", "csv", "--show-skipped"])), 5);
        let uploads = |ran: &Run| ran.out.matches("\"type\":\"upload\"").count();
        assert_eq!(uploads(&scan(&["--format", "ndjson"])), listed);
        assert_eq!(uploads(&scan(&["--format", "ndjson", "--show-skipped"])), 5);
        for (more, listed) in [
            (&["--json"][..], listed),
            (&["--json", "--show-skipped"], 5),
        ] {
            let document = json(&scan(more));
            let buckets = document["buckets"].as_array().unwrap().iter();
            let in_it: usize = buckets
                .map(|bucket| bucket["uploads"].as_array().unwrap().len())
                .sum();
            assert_eq!(in_it, listed, "{more:?}");
            let totals = &document["totals"];
            assert_eq!(totals["uploads"], 5);
            assert_eq!(totals["filtered"], 5 - listed);
            for (reason, uploads) in skipped {
                let told = totals["skipped"][reason].as_u64().unwrap_or(0);
                assert_eq!(told, uploads, "{filter:?} {reason}");
            }
        }
    }
    // The default is no filter: what is live is listed, and says so.
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(
        keys(&ran.out),
        ["young  active", "stale", "empty", "b second", "a/first"]
    );
    let set = run(on(&store).env("PARTSWEEP_OLDER_THAN", "60h"), &["scan"]);
    assert_eq!(keys(&set.out).len(), 3, "{set:?}");
}

#[test]
fn what_is_not_known_is_no_mismatch_of_a_filter() {
    let store = Store::new();
    store.upload("b", "no-parts-seen", &[1], 100);
    store.sim.deny(ACCESS_KEY, None, Operation::ListParts);
    for format in ["table", "json", "ndjson", "csv"] {
        let args = [
            "scan",
            "--older-than",
            "30d",
            "--min-size",
            "1GB",
            "--format",
            format,
        ];
        let ran = run(&mut on(&store), &args);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(ran.out.contains("no-parts-seen"), "{format}: {ran:?}");
    }
}

#[test]
fn a_filter_changes_no_verdict_no_plan_and_no_exit_code() {
    let store = Store::filled();
    let filtered = ["scan", "--min-size", "2MB", "--check"];
    assert_eq!(run(&mut on(&store), &filtered).code, Some(4));
    let plan = |more: &[&str]| {
        let mut command = on(&store);
        command.args(["scan", "--min-size", "2MB", "--save", "-", "--quiet"]);
        let plan = run(&mut command, more).out;
        plan.lines()
            .filter(|line| line.contains("\"upload\""))
            .count()
    };
    assert_eq!(plan(&[]), 5);
}

#[test]
fn what_a_store_may_omit_is_said_in_one_line_for_all_buckets() {
    let store = Store::with(Setup::new(Habits::minio()));
    for n in 0..8 {
        store.upload(&format!("b{n}"), "k", &[5], 100);
        store.sim.create_bucket(&format!("empty{n}"));
    }
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.out.matches("MinIO may omit").count(), 1, "{ran:?}");
    assert!(
        ran.out.contains(
            "MinIO may omit some uploads (16 buckets). To accept that: --accept unproven\n"
        )
    );
    let accepted = run(&mut on(&store), &["scan", "--accept", "unproven"]);
    assert_eq!(accepted.code, Some(0));
    assert!(
        accepted
            .out
            .contains("MinIO may omit some uploads (16 buckets)\n"),
        "{accepted:?}"
    );
    assert!(
        accepted
            .out
            .ends_with("partsweep clean --accept unproven\n"),
        "{accepted:?}"
    );
}

#[test]
fn colours_change_no_letter_and_are_left_out_where_they_are_not_wanted() {
    // Nothing that gets a second older in between.
    let store = Store::new();
    store.upload("a", "old", &[5], 100);
    store.upload("denied", "k", &[1], 100);
    let list = Operation::ListMultipartUploads;
    store.sim.deny(ACCESS_KEY, Some("denied"), list);
    let plain = |text: String| anstream::adapter::strip_str(&text).to_string();
    let timeless = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("Scanned"));
        let lines = lines.map(|line| line.split(", request ").next().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    let without = run(&mut on(&store), &["scan", "--color", "never"]).out;
    let with = run(&mut on(&store), &["scan", "--color", "always"]).out;
    assert!(
        with.contains("\x1b[1m") && with.contains("\x1b[2m"),
        "{with:?}"
    );
    assert_eq!(timeless(&plain(with)), timeless(&without));
    let terminal = |variables: &[(&str, &str)]| {
        let mut all = vec![
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", partsweep_sim::SECRET_KEY),
        ];
        all.extend(variables);
        Terminal::start(&store, "scan --no-progress", &all).end().1
    };
    assert!(terminal(&[]).contains("\x1b[1m"));
    assert!(!terminal(&[("NO_COLOR", "1")]).contains('\x1b'));
}

#[test]
fn options_on_the_screen_are_refused_where_they_have_no_effect() {
    let store = Store::filled();
    for args in [
        &["scan", "--summary", "--json"][..],
        &["scan", "--sort", "age", "--format", "csv"],
        &["scan", "--wide", "--format", "ndjson"],
        &["scan", "--summary", "--top", "3"],
        &["scan", "--summary", "--show-skipped"],
        &["scan", "--save", "-", "--sort", "key"],
        &["scan", "--sort", "name"],
        &["clean", "--summary"],
        &["clean", "--yes", "--show-skipped"],
        &["clean", "--yes", "--sort", "age", "--top", "all"],
        &["clean", "-n", "--summary", "--sort", "age"],
        &["clean", "--summary"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{args:?} {ran:?}"
        );
    }
    assert_eq!(store.sim.total(), 0);
}

/// The names in the headings of buckets, in order.
fn headings(out: &str) -> Vec<&str> {
    let lines = out.lines().filter(|line| line.contains(" upload"));
    let names = lines.filter_map(|line| line.split_once(" · "));
    let names = names.filter(|(name, _)| name.starts_with("size-"));
    names.map(|(name, _)| name).collect()
}

#[test]
fn the_bucket_of_which_most_can_be_aborted_comes_first() {
    let store = Store::new();
    store.upload("size-a", "k", &[1_000], 100);
    store.upload("size-b", "k", &[3_000], 100);
    store.upload("size-c", "k", &[9_000], 0);
    store.upload("size-d", "k", &[2_000], 100);
    store.sim.create_bucket("size-e");
    let order = ["size-b", "size-d", "size-a", "size-c"];
    for args in [
        &["scan"][..],
        &["clean", "-n"],
        &["scan", "--top", "all"],
        &["scan", "--concurrency", "1"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(headings(&ran.out), order, "{args:?}: {ran:?}");
        let titles = ran.out.find("STARTED").unwrap();
        assert!(titles < ran.out.find("size-b").unwrap(), "{ran:?}");
    }
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(headings(&ran.out), order[..3], "{ran:?}");
}

#[test]
fn many_lines_are_not_held_back_to_be_sorted() {
    let store = Store::new();
    for bucket in ["size-a", "size-b"] {
        for n in 0..600 {
            let size = if bucket == "size-a" { 1 } else { 2 };
            store.upload(bucket, &format!("key-{n:0>40}"), &[size], 100);
        }
    }
    store.upload("size-c", "k", &[5_000], 100);
    let ran = run(&mut on(&store), &["scan", "--top", "all"]);
    assert_eq!(headings(&ran.out), ["size-a", "size-b", "size-c"]);
    assert_eq!(ran.out.matches("key-").count(), 1_200);
    assert_eq!(ran.out.matches("STARTED").count(), 1);
    let few = run(&mut on(&store), &["scan", "--top", "3"]);
    assert_eq!(headings(&few.out), ["size-c", "size-b", "size-a"]);
}

#[test]
fn what_rows_are_sorted_by_is_a_column_at_any_width() {
    let store = Store::new();
    store.upload("b", "three parts", &[1, 1, 1], 100);
    for (columns, args, titles) in [
        (40, "--sort count", "      SIZE  PARTS  KEY"),
        (40, "--sort age", "      SIZE   IDLE  KEY"),
        (40, "", "      SIZE   IDLE  KEY"),
        (52, "--sort count", "        SIZE  PARTS   IDLE  KEY"),
    ] {
        let lines = at(&store, columns, args);
        assert!(lines.iter().any(|line| line == titles), "{lines:#?}");
    }
    let lines = at(&store, 40, "--sort count");
    assert!(
        lines
            .iter()
            .any(|line| line == "       3 B      3  three parts")
    );
}

#[test]
fn scan_and_clean_say_the_same_of_how_long_an_upload_was_idle() {
    let store = Store::new();
    // The store counts whole seconds: of 47 days, one may be missing.
    let second = jiff::Timestamp::now().as_second();
    let time = jiff::Timestamp::from_second(second - 47 * 86_400 + 1).unwrap();
    store.sim.create_bucket("b");
    store.sim.create_upload_at("b", "k", time).unwrap();
    let idle = |args: &[&str]| {
        let out = run(&mut on(&store), args).out;
        let line = out.lines().find(|line| line.ends_with("  k")).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        let unit = words.iter().position(|word| *word == "d").unwrap();
        words[unit - 1].to_owned()
    };
    assert_eq!(idle(&["scan"]), "47");
    assert_eq!(idle(&["clean", "--yes"]), "47");
}
