//! `lifecycle check`: what protects each bucket, and what mends it.

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::habits::Initiated;
use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};

use crate::formats::{assert_valid, schema};
use crate::lifecycle::{lifecycle, with_rule, writes};
use crate::program::{partsweep, run};
use crate::sources::Recorder;
use crate::store::Store;
use crate::terminal::Terminal;

/// A bucket for each thing that can be the matter.
fn audited() -> Store {
    let store = Store::new();
    let day = 24;
    for (bucket, rule, age) in [
        ("a-none", None, Some(40 * day)),
        (
            "b-protected",
            Some(with_rule(7, "<Filter/>", "Enabled")),
            Some(3 * day),
        ),
        (
            "c-ineffective",
            Some(with_rule(7, "<Filter/>", "Enabled")),
            Some(20 * day),
        ),
        (
            "d-late",
            Some(with_rule(30, "<Filter/>", "Enabled")),
            Some(10 * day),
        ),
        (
            "e-partly",
            Some(with_rule(7, "<Prefix>tmp/</Prefix>", "Enabled")),
            Some(10 * day),
        ),
        (
            "f-disabled",
            Some(with_rule(7, "<Filter/>", "Disabled")),
            Some(day),
        ),
        ("g-empty", None, None),
        ("h-denied", None, Some(40 * day)),
    ] {
        store.sim.create_bucket(bucket);
        store.sim.set_lifecycle(bucket, rule.as_deref()).unwrap();
        if let Some(hours) = age {
            store.upload(bucket, "k", &[1_000_000], hours);
        }
    }
    store
        .sim
        .deny(ACCESS_KEY, Some("h-denied"), Operation::GetBucketLifecycle);
    store
}

#[test]
fn check_says_what_protects_each_bucket_and_what_mends_it() {
    let store = audited();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(3), "one may not be read: {ran:?}");
    for line in [
        "a-none         no",
        "b-protected    yes: rule `r7` after 7 days",
        "c-ineffective  no: rule `r7` after 7 days leaves older uploads",
        "d-late         late: rule `r30` after 30 days",
        "e-partly       partly: only keys that start with `tmp/`",
        "f-disabled     no: rule `r7` is disabled",
        "h-denied       not known: the key needs s3:GetLifecycleConfiguration",
        "1 bucket without a rule and without incomplete uploads (--all lists it)",
        "4 incomplete uploads older than 7 days in 4 buckets, which nothing removes in time; at risk: at least 4.0 MB",
        "Next: partsweep lifecycle set a-none e-partly f-disabled",
        "Next: partsweep lifecycle set --shorten d-late",
        "Next: partsweep clean --older-than 7d c-ineffective",
    ] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
    assert!(!ran.out.contains("g-empty"), "{ran:?}");
    assert!(
        lifecycle(&store, &["check", "--all"])
            .out
            .contains("g-empty")
    );
    assert_eq!((writes(&store), store.changes()), (0, 0), "law 1");
}

/// 0 would be a number, and nothing can be said of what could not be seen (law 8).
#[test]
fn of_uploads_that_can_not_be_listed_no_number_is_told() {
    let store = Store::new();
    store.upload("b", "k", &[1_000_000], 900);
    store
        .sim
        .deny(ACCESS_KEY, Some("b"), Operation::ListMultipartUploads);
    let ran = lifecycle(&store, &["check", "--check", "--json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    let bucket = &value["buckets"][0];
    for field in [
        "uploads",
        "uploads_over_limit",
        "bytes",
        "bytes_at_least",
        "cost",
        "oldest_started",
    ] {
        assert_eq!(bucket[field], serde_json::Value::Null, "{field}: {value:#}");
    }
    let csv = lifecycle(&store, &["check", "--format", "csv"]);
    let row = csv.out.lines().nth(1).unwrap();
    assert!(row.starts_with("b,none,false,,,,,,,,,false,"), "{csv:?}");
    let narrow = lifecycle(&store, &["check"]);
    assert!(narrow.out.contains("?"), "{narrow:?}");
}

/// A command that its store refuses mends nothing. Three of these answer NoSuchLifecycleConfiguration.
#[test]
fn a_rule_is_advised_only_where_the_store_takes_one() {
    for (name, state) in [
        ("swift", "no: the store has no lifecycle rules"),
        ("supabase", "no: the store has no lifecycle rules"),
        ("versitygw", "no: the store has no lifecycle rules"),
        (
            "oracle",
            "not known: the store has such rules in its own API only",
        ),
    ] {
        let ran = run(
            &mut partsweep(),
            &["demo", "lifecycle", "check", "--store", name],
        );
        assert!(!ran.out.contains("lifecycle set"), "{name}: {ran:?}");
        assert!(ran.out.contains(state), "{name}: {ran:?}");
    }
}

/// S3 takes 1,000 rules, of which each may have a long name and many conditions.
#[test]
fn the_largest_lifecycle_that_s3_takes_is_read() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 900);
    let rule = |n: u32| {
        format!(
            "<Rule><ID>{}{n}</ID><Filter><Prefix>p{n}/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>",
            "x".repeat(800)
        )
    };
    let rules: String = (0..999).map(rule).collect();
    let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    assert!(text.len() > 900_000);
    store.sim.set_lifecycle("b", Some(&text)).unwrap();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("partsweep lifecycle set b"), "{ran:?}");
    store
        .sim
        .set_lifecycle("b", Some("<!DOCTYPE x><LifecycleConfiguration/>"))
        .unwrap();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

/// Its rule has fewer days than were asked for, and these are older.
#[test]
fn a_rule_that_leaves_older_uploads_is_mended_also_below_the_limit() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 6 * 24);
    let rule = with_rule(3, "<Filter/>", "Enabled");
    store.sim.set_lifecycle("b", Some(&rule)).unwrap();
    let ran = lifecycle(&store, &["check"]);
    let told = "no: rule `r3` after 3 days leaves older uploads";
    assert!(ran.out.contains(told), "{ran:?}");
    let next = "Next: partsweep clean --older-than 3d b";
    assert!(ran.out.contains(next), "{ran:?}");
}

#[test]
fn a_rule_without_a_clear_number_of_days_is_named() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 900);
    for days in ["0", "-1", "7.5", "x"] {
        let rule = with_rule(7, "<Filter/>", "Enabled").replace(">7<", &format!(">{days}<"));
        store.sim.set_lifecycle("b", Some(&rule)).unwrap();
        let ran = lifecycle(&store, &["check", "--check"]);
        assert_eq!(ran.code, Some(4), "{ran:?}");
        let told = "no: rule `r7` doesn't say clearly after how many days";
        assert!(ran.out.contains(told), "{ran:?}");
        let json = lifecycle(&store, &["check", "--json"]);
        let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_valid(&schema("lifecycle"), &value);
        assert_eq!(value["buckets"][0]["state"], "unclear", "{value:#}");
    }
}

/// moto gives every upload the same date: whether one is too old isn't known, and nobody is told that none is.
#[test]
fn uploads_whose_start_is_not_known_are_not_called_young() {
    let moto = StoreEntry::named("moto").unwrap();
    let store = Store::with(Setup::new(Habits::of(moto)));
    store.upload("b", "k", &[1_000_000], 100);
    let ran = lifecycle(&store, &["check", "--check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = "b: the start of 1 upload isn't known, so whether it is too old isn't";
    assert!(ran.err.contains(told), "{ran:?}");
    let value: serde_json::Value =
        serde_json::from_str(&lifecycle(&store, &["check", "--json"]).out).unwrap();
    assert_eq!(
        value["buckets"][0]["oldest_started"],
        serde_json::Value::Null,
        "{value:#}"
    );
}

/// A date from before S3 is none, for `set` as for `check`.
#[test]
fn an_upload_without_a_believable_date_is_old_neither_for_check_nor_for_set() {
    let mut habits = Habits::aws();
    habits.listing.initiated = Initiated::Constant("1970-01-02T00:00:00.000Z");
    let store = Store::with(Setup::new(habits));
    store.upload("b", "k", &[1_000_000], 1);
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["buckets"][0]["uploads_over_limit"], 0, "{value:#}");
    let ran = lifecycle(&store, &["set", "-n", "b"]);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!told.contains("older than 7 days"), "{ran:?}");
    let says = "The start of 1 upload isn't known: it may go as well.";
    assert!(told.contains(says), "{ran:?}");
}

/// One upload dated in the future made those of every bucket older.
#[test]
fn a_date_in_the_future_changes_the_age_of_nothing_else() {
    let store = Store::new();
    store.upload("b", "k", &[1_000_000], 100);
    store.upload("c", "k", &[1_000_000], -960);
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for bucket in value["buckets"].as_array().unwrap() {
        assert_eq!(bucket["uploads_over_limit"], 0, "{value:#}");
    }
    let ran = lifecycle(&store, &["check"]);
    assert!(
        ran.out.contains(" 4 d ") && !ran.out.contains("44 d"),
        "{ran:?}"
    );
}

/// What was counted is no more than what was seen, and why isn't left out.
#[test]
fn a_listing_that_breaks_off_is_told_and_counts_at_least() {
    let page = "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><Upload><Key>k</Key><UploadId>1</UploadId>\
        <Initiated>2020-01-01T00:00:00Z</Initiated></Upload></ListMultipartUploadsResult>";
    let store = Recorder::answering("200 OK", move |head| match () {
        () if head.contains("?lifecycle") => "<LifecycleConfiguration/>",
        () if head.contains("?uploads") => page,
        () => "<ListPartsResult/>",
    });
    let mut command = partsweep();
    command
        .env("AWS_ACCESS_KEY_ID", "A")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_ENDPOINT_URL_S3", &store.url);
    let ran = run(&mut command, &["lifecycle", "check", "s3://b"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let said = "could not list all uploads in bucket `b`: the store repeats itself";
    assert!(ran.err.contains(said), "{ran:?}");
    let counted = "at least 1 incomplete upload older than 7 days";
    assert!(ran.out.contains(counted), "{ran:?}");
}

#[test]
fn check_exits_with_4_where_old_uploads_have_nothing_that_removes_them() {
    let store = audited();
    let check = |args: &[&str]| lifecycle(&store, &[&["check", "--check"][..], args].concat()).code;
    for (bucket, code) in [
        ("a-none", 4),
        ("b-protected", 0),
        ("c-ineffective", 4),
        ("d-late", 4),
        ("e-partly", 4),
        // Its upload is a day old.
        ("f-disabled", 0),
        ("g-empty", 0),
        ("h-denied", 3),
    ] {
        assert_eq!(check(&[bucket]), Some(code), "{bucket}");
    }
    assert_eq!(check(&["--days", "60", "a-none", "d-late"]), Some(0));
    assert_eq!(check(&["--days", "30", "d-late"]), Some(0));
}

#[test]
fn check_is_written_in_every_format() {
    let store = audited();
    let document: serde_json::Value =
        serde_json::from_str(&lifecycle(&store, &["check", "--json"]).out).unwrap();
    let schema = include_str!("../../../../docs/schemas/partsweep.lifecycle-1.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(
        validator.is_valid(&document),
        "{:?}",
        validator.iter_errors(&document).next()
    );
    let states = |records: &[serde_json::Value]| -> Vec<String> {
        let mut states: Vec<_> = records
            .iter()
            .map(|record| {
                format!(
                    "{} {}",
                    record["bucket"].as_str().unwrap(),
                    record["state"].as_str().unwrap()
                )
            })
            .collect();
        states.sort();
        states
    };
    let expected = [
        "a-none none",
        "b-protected protected",
        "c-ineffective ineffective",
        "d-late too_long",
        "e-partly partly",
        "f-disabled disabled",
        "g-empty none",
        "h-denied denied",
    ];
    assert_eq!(states(document["buckets"].as_array().unwrap()), expected);
    assert_eq!(document["totals"]["exposed"], 4);
    let lines = lifecycle(&store, &["check", "-o", "ndjson"]).out;
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines.iter().all(|line| validator.is_valid(line)),
        "each line has its form"
    );
    assert_eq!(states(&lines[1..lines.len() - 1]), expected);
    let csv = lifecycle(&store, &["check", "-o", "csv"]).out;
    assert_eq!(csv.lines().count(), 9, "{csv}");
    assert!(
        csv.contains("c-ineffective,ineffective,false,r7,7,"),
        "{csv}"
    );
}

#[test]
fn the_table_fits_a_narrow_terminal() {
    let store = audited();
    let mut terminal = Terminal::sized(&store, "lifecycle check", 40);
    terminal.wait_for("Next:");
    let (_, screen) = terminal.end();
    for line in crate::glass::lines(&screen, 200) {
        let is_command = line.starts_with("  partsweep ") || line.contains("hint");
        assert!(line.chars().count() <= 40 || is_command, "{line}");
    }
}

#[test]
fn what_nothing_removes_has_its_cost_where_prices_are_known() {
    let store = audited();
    let ran = lifecycle(&store, &["check", "--price", "*=$2000/TB"]);
    // A bucket of those whose rules may not be read may be at risk, too.
    for line in [
        "They cost at least $0.01 a month (estimate, your prices).",
        "An abort saves this at once.",
        "SIZE  COST/MONTH  UPLOADS",
        "1.0 MB      <$0.01        1",
    ] {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
    let ran = lifecycle(&store, &["check", "--price", "*=$2000/TB", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    assert_eq!(value["buckets"][0]["cost"]["currency"], "USD", "{value:#}");
    let at_risk = &value["totals"]["cost_at_risk"];
    assert_eq!(at_risk["month"], "0.008", "{value:#}");
    assert_eq!(at_risk["at_least"], true, "{value:#}");
    let unknown = Store::with(Setup::new(Habits::ceph()));
    unknown.upload("b", "k", &[1_000_000_000], 900);
    let ran = lifecycle(&unknown, &["check", "b"]);
    assert!(!ran.out.contains("cost"), "{ran:?}");
}

#[test]
fn the_stores_own_clean_up_counts() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[1_000], 2);
    let ran = lifecycle(&store, &["check", "b"]);
    assert!(ran.out.contains("yes: by the store after 1 day"), "{ran:?}");
    let swift = Store::with(Setup::new(Habits::swift()));
    swift.upload("b", "k", &[1_000], 900);
    let ran = lifecycle(&swift, &["check", "--check", "b"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.out.contains("no: the store has no lifecycle rules"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("Next: partsweep clean --older-than 7d b"),
        "{ran:?}"
    );
}

#[test]
fn what_is_at_risk_is_what_is_old() {
    let store = Store::new();
    store.upload("b", "old", &[1_000_000], 900);
    store.upload("b", "young", &[5_000_000], 2);
    let ran = lifecycle(&store, &["check", "b"]);
    assert!(ran.out.contains("at risk: 1.0 MB"), "{ran:?}");
    assert!(ran.out.contains("6.0 MB"), "the row has them all: {ran:?}");
}

#[test]
fn the_next_command_is_for_the_buckets_that_need_it_and_for_no_other() {
    let store = Store::new();
    let names: Vec<_> = (0..9).map(|number| format!("bucket-{number}")).collect();
    for name in &names {
        store.upload(name, "old", &[1_000], 900);
        let rule = with_rule(7, "<Filter/>", "Enabled");
        store.sim.set_lifecycle(name, Some(&rule)).unwrap();
    }
    store.upload("another", "old", &[1_000], 900);
    let asked: Vec<_> = names.iter().map(String::as_str).collect();
    let ran = lifecycle(&store, &[&["check"][..], &asked].concat());
    let next = format!(
        "Next: partsweep clean --older-than 7d {}\n",
        names.join(" ")
    );
    assert!(ran.out.contains(&next), "{ran:?}");
}

#[test]
fn a_store_that_refuses_such_rules_is_told_with_one_hint() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[1_000], 2);
    let ran = lifecycle(&store, &["set", "-y", "b"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert_eq!(ran.err.matches("hint:").count(), 1, "{ran:?}");
    let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("hint: it aborts incomplete uploads by itself after 1 day"),
        "{ran:?}"
    );
    assert!(
        text.contains("; a rule with nothing else is refused"),
        "{ran:?}"
    );
    assert!(
        text.contains("; `partsweep clean --yes` in cron"),
        "{ran:?}"
    );
}

/// Whoever mends a bucket by its JSON needs the days of a rule that doesn't protect it, too.
#[test]
fn a_rule_that_does_not_protect_has_its_days_in_the_document() {
    let store = Store::new();
    let rule = |scope: &str, status: &str, days: u32| {
        format!(
            "<LifecycleConfiguration><Rule><ID>r</ID><Filter>{scope}</Filter><Status>{status}</Status>\
             <AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation>\
             </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"
        )
    };
    let of = [
        ("partly", rule("<Prefix>tmp/</Prefix>", "Enabled", 3), 3),
        ("disabled", rule("", "Disabled", 5), 5),
        ("too_long", rule("", "Enabled", 90), 90),
        ("ineffective", rule("", "Enabled", 2), 2),
    ];
    for (state, document, _) in &of {
        let bucket = state.replace('_', "-");
        store.upload(&bucket, "k", &[1_000], 24 * 10);
        store.sim.set_lifecycle(&bucket, Some(document)).unwrap();
    }
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    for (state, _, days) in of {
        let mut buckets = value["buckets"].as_array().unwrap().iter();
        let bucket = buckets.find(|bucket| bucket["state"] == state);
        let bucket = bucket.unwrap_or_else(|| panic!("{state}: {value:#}"));
        assert_eq!(bucket["rule_days"], days, "{bucket:#}");
        assert_eq!(bucket["works"], false);
    }
    let csv = lifecycle(&store, &["check", "--format", "csv"]).out;
    assert!(csv.contains("partly,partly,false,r,3,"), "{csv}");
}
