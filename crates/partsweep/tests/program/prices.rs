//! What parts cost: in a scan, after a sweep, and for programs.

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation, Setup};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::program::{Run, on, partsweep, run};
use crate::saved::apply;
use crate::store::Store;
use crate::terminal::Terminal;

const GIB: u64 = 1 << 30;

/// A store that is recognized as Tigris, whose prices are known; 100 GiB that can be aborted, and 50 that can't yet.
fn tigris() -> Store {
    let habits = Habits {
        server: Some("Tigris OS"),
        ..Habits::aws()
    };
    let store = Store::with(Setup::new(habits));
    store.upload("old", "k", &[60 * GIB, 40 * GIB], 100);
    store.upload("young", "k", &[50 * GIB], 0);
    store
}

fn scan(store: &Store, args: &[&str]) -> Run {
    let ran = run(&mut on(store), &[&["scan"][..], args].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

fn document(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_scan_says_what_a_month_costs_and_when_an_abort_saves_it() {
    let out = scan(&tigris(), &[]).out;
    let cost = "\nCost: up to $3.00 a month (estimate, prices of 2026-06-20); $2.00 of it for uploads that can be aborted.\n\
                An abort saves up to $2.00 a month at once. The first 5 GiB of an account are free: below that, nothing is saved.\n";
    assert!(out.contains(cost), "{out}");
}

#[test]
fn where_no_price_is_known_no_money_is_shown() {
    let store = Store::filled();
    for args in [&[][..], &["--price", "SOMETHING=1"]] {
        let out = scan(&store, args).out;
        assert!(!out.contains("Cost") && !out.contains('$'), "{out}");
    }
    let ran = scan(&store, &["--json"]);
    assert_eq!(document(&ran)["cost"], Value::Null, "and no 0");
    assert_eq!(document(&ran)["buckets"][0]["cost"], Value::Null);
}

#[test]
fn prices_that_fit_nothing_are_told() {
    let store = Store::filled();
    let fits = |args: &[&str]| scan(&store, args).err;
    let told = "no price that was given fits: the uploads are STANDARD";
    assert!(fits(&["--price", "STANDART=1"]).contains(told));
    assert!(!fits(&["--price", "STANDART=1", "--price", "*=1"]).contains("no price"));
    assert!(!fits(&[]).contains("no price"));
    let folder = Folder::new();
    let file = folder.file("prices.toml");
    let elsewhere = "[[prices]]\nclass = \"*\"\nregions = [\"mars-1\"]\nprice = 1\n";
    std::fs::write(&file, elsewhere).unwrap();
    assert!(fits(&["--prices", &file]).contains(told));
    let ran = run(&mut on(&store), &["scan", "--price", "STANDARD=cheap"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("`cheap` isn't an amount"), "{ran:?}");
}

#[test]
fn programs_get_exact_amounts_that_fit_the_schema() {
    let store = tigris();
    let ran = scan(&store, &["--json"]);
    assert_valid(&schema("scan"), &document(&ran));
    let cost = &document(&ran)["cost"];
    assert_eq!(
        (&cost["month"], &cost["sweepable_month"]),
        (&"3.00".into(), &"2.00".into())
    );
    assert_eq!(
        (&cost["at_most"], &cost["at_least"]),
        (&true.into(), &false.into())
    );
    let buckets = document(&ran)["buckets"].clone();
    assert_eq!(buckets[0]["cost"]["month"], "2.00");
    assert_eq!(buckets[1]["cost"]["sweepable_month"], "0.00");
    let ran = scan(&store, &["--format", "ndjson"]);
    let lines = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let costs = lines
        .inspect(|line| assert_valid(&schema("ndjson"), line))
        .filter(|line| line["type"] != "upload")
        .map(|line| {
            line["cost"]["month"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
    let mut costs: Vec<String> = costs.collect();
    costs.sort();
    assert_eq!(costs, ["1.00", "2.00", "3.00"]);
}

#[test]
fn what_is_not_sized_makes_it_a_lower_bound() {
    let store = tigris();
    let broken = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::ListParts, Nth::Every, broken).in_bucket("young");
    store.sim.faults().push(fault);
    let args = ["scan", "--price", "*=0.02/GiB"];
    let ran = run(&mut on(&store), &args);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.out
            .contains("Cost: at least $2.00 a month (estimate, your prices)"),
        "{ran:?}"
    );
}

#[test]
fn a_sweep_says_what_is_no_longer_paid_for() {
    let store = tigris();
    let folder = Folder::new();
    let plan = folder.file("plan");
    scan(&store, &["--save", &plan]);
    let price = ["--price", "*=0.02/GiB"];
    let ran = apply(&store, &folder, &[&["-n", &plan][..], &price].concat());
    let line = "Would be aborted: ≈ $2.00 a month (estimate, your prices).\nAn abort saves this at once.\n";
    assert!(ran.out.ends_with(line), "{ran:?}");
    let ran = apply(
        &store,
        &folder,
        &[&["--yes", "--json", "--settle", "100ms", &plan][..], &price].concat(),
    );
    assert_valid(&schema("sweep"), &document(&ran));
    assert_eq!(document(&ran)["cost"]["month"], "2.00", "{ran:?}");
    let buckets = document(&ran)["buckets"].clone();
    let young = buckets
        .as_array()
        .unwrap()
        .iter()
        .find(|bucket| bucket["name"] == "young");
    assert_eq!(young.unwrap()["cost"], Value::Null, "nothing was freed");
    let store = tigris();
    let ran = run(&mut on(&store), &["clean", "--yes", "--settle", "100ms"]);
    let line = "Aborted: up to $2.00 a month (estimate, prices of 2026-06-20).\n\
                This is no longer billed. The first 5 GiB";
    assert!(ran.out.contains(line), "{ran:?}");
}

#[test]
fn a_file_of_prices_has_all_terms_and_what_is_typed_wins_over_it() {
    let store = Store::new();
    store.upload("old", "large", &[100_000_000_000], 100);
    let folder = Folder::new();
    let file = folder.file("prices.toml");
    let text = "[[prices]]\nclass = \"*\"\nprice = 0.05\naveraging = \"monthly_peak\"\nleast = 1\nunit = \"GB\"\n\
                date = \"2026-11\"\n";
    std::fs::write(&file, text).unwrap();
    let out = scan(&store, &["--prices", &file]).out;
    let said = "Cost: up to $5.00 a month (estimate, your prices of 2026-11); all of it";
    assert!(out.contains(said), "{out}");
    let said = "An abort saves this from the next billing period on. An account is billed for at least 1 GB: below that, \
                nothing is saved.\n";
    assert!(out.contains(said), "{out}");
    let out = scan(&store, &["--prices", &file, "--price", "STANDARD=1EUR"]).out;
    assert!(out.contains("Cost: ≈ €100.00 a month"), "{out}");
    std::fs::write(&file, format!("store = \"r2\"\n{text}")).unwrap();
    let ran = scan(&store, &["--prices", &file]);
    assert!(!ran.out.contains("Cost"), "{ran:?}");
    assert!(ran.err.contains("they are for `r2`"), "{ran:?}");
    std::fs::write(&file, format!("store = \"r3\"\n{text}")).unwrap();
    let ran = run(&mut on(&store), &["scan", "--prices", &file]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no store is called `r3`"), "{ran:?}");
    std::fs::write(&file, "[[prices]]\nclass = \"*\"\n").unwrap();
    let ran = run(&mut on(&store), &["scan", "--prices", &file]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("missing field `price`"), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn what_is_known_is_shown_with_its_date_and_needs_no_store() {
    let ran = run(&mut partsweep(), &["prices", "show"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let line = ran
        .out
        .lines()
        .find(|line| line.starts_with("aws ") && line.contains(" STANDARD "));
    let line = line.unwrap_or_else(|| panic!("{ran:?}"));
    let words: Vec<&str> = line.split_whitespace().collect();
    let told = "aws STANDARD us-east-1 $0.023 per GiB-month 2025-10-28, the vendor's";
    assert_eq!(words.join(" "), told);
    assert!(ran.out.contains("not used: too little is known"), "{ran:?}");
    for named in ["aws:us-east-1", "r2:0123456789abcdef0123456789abcdef"] {
        let ran = run(&mut partsweep(), &["prices", "show", named]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("[[prices]]"), "{ran:?}");
    }
    for (args, code, said) in [
        (
            &["prices", "show", "wassabi"][..],
            2,
            "did you mean `wasabi`?",
        ),
        (
            &["prices", "show", "minio"],
            3,
            "no prices of MinIO are known",
        ),
        (
            &["prices", "show", "aws", "--json"],
            2,
            "--json has no effect",
        ),
        (
            &["prices", "show", "aws:mars-1"],
            3,
            "no prices of Amazon S3 in mars-1 are known",
        ),
        (&["prices"], 2, "Usage"),
    ] {
        let ran = run(&mut partsweep(), args);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{ran:?}");
    }
}

#[test]
fn the_prices_of_a_store_are_a_file_that_can_be_changed_and_used() {
    let folder = Folder::new();
    let file = folder.file("prices.toml");
    let ran = run(&mut partsweep(), &["prices", "show", "tigris"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::write(&file, ran.out.replace("\"0.02\"", "\"0.04\"")).unwrap();
    let out = scan(&tigris(), &["--prices", &file]).out;
    assert!(
        out.contains("Cost: up to $6.00 a month (estimate, your prices of 2026-06-20)"),
        "{out}"
    );
}

#[test]
fn a_price_list_of_aws_is_imported_and_used() {
    let folder = Folder::new();
    let (list, file) = (folder.file("index.json"), folder.file("prices.toml"));
    let text = r#"{"formatVersion": "v1.0", "offerCode": "AmazonS3", "publicationDate": "2026-11-20T18:24:08Z",
        "products": {"A": {"sku": "A", "productFamily": "Storage",
            "attributes": {"usagetype": "TimedStorage-ByteHrs", "regionCode": "us-east-1"}}},
        "terms": {"OnDemand": {"A": {"A.J": {"priceDimensions": {"A.J.1":
            {"unit": "GB-Mo", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": "0.0240000000"}}}}}}}}"#;
    std::fs::write(&list, text).unwrap();
    let printed = run(&mut partsweep(), &["prices", "import", &list]);
    assert_eq!(
        (printed.code, printed.err.as_str()),
        (Some(0), ""),
        "{printed:?}"
    );
    assert!(printed.out.contains("price = \"0.024\"\n"), "{printed:?}");
    let saved = run(
        &mut partsweep(),
        &["prices", "import", &list, "--save", &file],
    );
    assert_eq!((saved.code, saved.out.as_str()), (Some(0), ""), "{saved:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed.out);
    let store = tigris();
    let usable = printed.out.replace("\"aws\"", "\"tigris\"");
    std::fs::write(&file, usable).unwrap();
    let out = scan(&store, &["--prices", &file]).out;
    assert!(!out.contains("your prices"), "of another region: {out}");
    let named = scan(&store, &["--prices", &file, "--json"]);
    assert_eq!(document(&named)["cost"]["confidence"], "harvested");
    for (path, said) in [
        (folder.file("none"), "No such file"),
        (file, "no line begins with SKU"),
    ] {
        let ran = run(&mut partsweep(), &["prices", "import", &path]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{ran:?}");
    }
}

/// 100 GiB for $2, 50 for $1, and 10 in a class without a price; all can be aborted.
fn costly() -> Store {
    let habits = Habits {
        server: Some("Tigris OS"),
        ..Habits::aws()
    };
    let store = Store::with(Setup::new(habits));
    store.upload("a", "two dollars", &[100 * GIB], 100);
    store.upload("a", "one dollar", &[50 * GIB], 100);
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(100);
    let made = store
        .sim
        .create_upload_of_class_at("a", "unknown", "NEW", time);
    store
        .sim
        .put_part_at("a", "unknown", &made.unwrap(), 1, 10 * GIB, time)
        .unwrap();
    store
}

#[test]
fn only_uploads_that_cost_enough_are_aborted_and_unknown_ones_are_kept() {
    let store = costly();
    let args = [
        "clean",
        "--yes",
        "--json",
        "--settle",
        "100ms",
        "--min-cost",
    ];
    let ran = run(on(&store).args(args), &["1.50USD"]);
    assert_eq!(ran.code, Some(3), "a cost isn't known: {ran:?}");
    let swept = document(&ran);
    assert_valid(&schema("sweep"), &swept);
    let because = |key: &str| {
        let uploads = swept["buckets"][0]["uploads"].as_array().unwrap();
        let upload = uploads.iter().find(|upload| upload["key"] == key).unwrap();
        upload["because"].clone()
    };
    assert_eq!(because("one dollar"), "too_cheap");
    assert_eq!(because("unknown"), "cost_unknown");
    assert_eq!(store.left("a"), ["one dollar", "unknown"]);
    let ran = run(on(&store).args(args), &["0.10", "--price", "NEW=0.01"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("a"), [""; 0], "in the currency of the prices");
}

#[test]
fn what_costs_too_little_is_counted_and_not_listed() {
    let store = costly();
    let args = ["scan", "--min-cost", "1.50USD"];
    let ran = run(on(&store).args(args), &["--json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let scanned = document(&ran);
    assert_valid(&schema("scan"), &scanned);
    let asked = serde_json::json!({"amount": "1.50", "currency": "USD"});
    assert_eq!(scanned["selection"]["min_cost"], asked);
    let skipped = serde_json::json!({"too_cheap": 1, "cost_unknown": 1});
    assert_eq!(scanned["totals"]["skipped"], skipped);
    assert_eq!(scanned["totals"]["filtered"], 1);
    assert_eq!(scanned["totals"]["sweepable"]["uploads"], 1);
    let table = run(on(&store).args(args), &[]).out;
    assert!(!table.contains("one dollar"), "{table}");
    assert!(table.contains("unknown  cost unknown"), "{table}");
    assert!(table.contains("1 low cost, 1 cost unknown"), "{table}");
    assert!(table.contains("costing $1.50 a month or more"), "{table}");
    assert!(table.contains("clean --min-cost 1.50USD"), "{table}");
    let table = run(on(&store).args(args), &["--show-skipped"]).out;
    assert!(table.contains("one dollar  low cost"), "{table}");
    // A plan has what was chosen; an amount of 0 chooses all.
    let planned = |least: &str| {
        let args = ["scan", "--save", "-", "--quiet", "--min-cost", least];
        let plan = run(&mut on(&store), &args).out;
        plan.matches("\"verdict\":\"sweep\"").count()
    };
    assert_eq!((planned("1.50"), planned("$0.50"), planned("0")), (1, 2, 3));
}

#[test]
fn a_least_cost_without_a_price_to_compare_it_with_is_refused() {
    let refused = |store: &Store, args: &[&str], said: &str| {
        for command in ["scan", "clean"] {
            let ran = run(on(store).args([command, "--dry-run"]).args(args), &[]);
            let ran = match command {
                "scan" => run(on(store).arg(command).args(args), &[]),
                _ => ran,
            };
            assert_eq!(ran.code, Some(2), "{ran:?}");
            assert!(ran.err.contains(said), "{said}: {ran:?}");
        }
        assert_eq!(store.changes(), 0);
    };
    let euro = ["--min-cost", "1 EUR"];
    refused(&costly(), &euro, "--min-cost 1.00USD");
    refused(
        &costly(),
        &["--min-cost", "cheap"],
        "`cheap` isn't an amount",
    );
    // A price of one's own for everything leaves none of the store's.
    let only = ["--price", "*=1EUR", "--min-cost", "1USD"];
    refused(&costly(), &only, "--min-cost 1.00EUR");
    let unpriced = Store::filled();
    refused(&unpriced, &euro, "none are known of this store");
    let both = ["--price", "*=1EUR", "--price", "NEW=1", "--min-cost"];
    let mixed = [&both[..], &["1"]].concat();
    refused(&unpriced, &mixed, "prices here");
    let args = [&["scan", "--min-cost", "1EUR", "--price", "*=1000EUR"][..]].concat();
    let ran = run(&mut on(&unpriced), &args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_spreadsheet_has_the_cost_of_each_upload_and_bucket_where_it_is_known() {
    let store = costly();
    let costs = |args: &[&str], key: usize, columns: [&str; 3]| {
        let ran = run(&mut on(&store), args);
        let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let at = |name| headers.iter().position(|header| header == name).unwrap();
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            let cells = columns.map(|column| row[at(column)].to_owned());
            (row[key].to_owned(), cells.join(" "))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        rows
    };
    let row = |name: &str, cells: &str| (name.to_owned(), cells.to_owned());
    let scan = ["scan", "-o", "csv"];
    assert_eq!(
        costs(&scan, 1, ["because", "cost_month", "currency"]),
        [
            row("one dollar", "inactive 1.00 USD"),
            row("two dollars", "inactive 2.00 USD"),
            row("unknown", "inactive  "),
        ]
    );
    let columns = ["cost_month", "cost_at_least", "currency"];
    let check = ["lifecycle", "check", "-o", "csv"];
    assert_eq!(costs(&check, 0, columns), [row("a", " 3.00 USD")]);
    let check = [&check[..], &["--price", "NEW=0.1/GiB"]].concat();
    // It has some free.
    let columns = ["cost_month", "cost_at_most", "currency"];
    assert_eq!(costs(&check, 0, columns), [row("a", " 4.00 USD")]);
    // What may be less is no amount to add up, and each has the date of its price.
    let demo = ["demo", "lifecycle", "check", "--store", "r2", "-o", "csv"];
    let columns = ["cost_month", "cost_at_most", "prices_of"];
    let [first, ..] = &costs(&demo, 0, columns)[..] else {
        panic!("no rows")
    };
    assert_eq!(first.1, " 0.03 2026-10-10");
    for (store, days) in [("r2", json!(7)), ("aws", Value::Null)] {
        let ran = run(
            &mut partsweep(),
            &["demo", "scan", "--json", "--store", store],
        );
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(document["own_cleanup_days"], days, "{store}: {document:#}");
    }
    let demo = ["demo", "scan", "--store", "aws", "-o", "csv"];
    let dates = costs(&demo, 1, ["verdict", "currency", "prices_of"]);
    assert!(
        dates
            .iter()
            .all(|(_, cells)| cells.ends_with("USD 2025-10-28")),
        "{dates:?}"
    );
}

/// A device has no size, and no end.
#[test]
fn a_file_of_prices_without_end_is_refused() {
    let store = Store::new();
    for args in [
        &["scan", "--prices", "/dev/zero"][..],
        &["prices", "import", "/dev/zero"],
    ] {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("too large"), "{ran:?}");
    }
}

#[test]
fn apply_tells_prices_that_fit_nothing_too() {
    let (store, folder) = (costly(), Folder::new());
    let plan = folder.file("plan");
    let save = ["scan", "--save", &plan];
    assert_eq!(run(&mut on(&store), &save).code, Some(0));
    let typed = ["--price", "GLACIR=1", "--price", "STANDARD=1"];
    let told = "the price of --price GLACIR fits nothing: the uploads are NEW, STANDARD";
    for args in [&["-n", &plan][..], &["--yes", "--settle", "100ms", &plan]] {
        let ran = apply(&store, &folder, &[args, &typed].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(told), "{ran:?}");
        assert!(!text.contains("STANDARD fits"), "{ran:?}");
    }
}

#[test]
fn what_is_no_price_list_is_told_in_one_line() {
    let folder = Folder::new();
    let import = |list: &str| {
        let ran = run(&mut partsweep(), &["prices", "import", list]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let hint = "give the price list of AmazonS3 that AWS publishes, index.json or index.csv";
        let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(hint), "{ran:?}");
        assert_eq!(ran.err.matches("error:").count(), 1, "{ran:?}");
        text
    };
    let directory = folder.path().to_str().unwrap();
    assert!(import(directory).contains("it is a directory"));
    let list = folder.file("list");
    for (text, told) in [
        (&b" \n"[..], "it is empty"),
        (b"\xff\xfe\x00", "it isn't text"),
        (b"{\"a\": x}", "it isn't JSON"),
        (b"[1, 2]", "it is JSON, but not a price list of AWS"),
        (
            b"{\"a\": 1}",
            "it is JSON, but not a price list of AWS: missing field",
        ),
        (b"{\"offerCode\": \"AmazonS3\", \"pro", "it isn't whole"),
        (b"hello", "neither JSON nor CSV"),
    ] {
        std::fs::write(&list, text).unwrap();
        let ran = import(&list);
        assert!(ran.contains(told), "{told}: {ran}");
    }
}

#[test]
fn the_prices_fit_a_narrow_terminal() {
    let store = Store::new();
    for columns in [40, 80, 200] {
        let terminal = crate::terminal::Terminal::sized(&store, "prices show", columns);
        let (code, screen) = terminal.end();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("b2"), "{screen}");
        let is_stacked = !screen.contains("REGION");
        assert_eq!(is_stacked, columns == 40, "{columns}: {screen}");
    }
}

#[test]
fn why_no_cost_is_shown_is_said_once_with_the_way_out() {
    let at = |(habits, region): (&str, &str), args: &[&str]| {
        let entry = StoreEntry::named(habits).unwrap();
        let mut setup = Setup::new(Habits::of(entry));
        setup.region = region.to_owned();
        let store = Store::with(setup);
        for bucket in ["old", "older"] {
            store.upload(bucket, "k", &[GIB], 100);
        }
        let named = format!("{}:{}", entry.profile.id, store.sim.endpoint());
        let ran = run(
            &mut on(&store),
            &[&["scan", "--store", &named][..], args].concat(),
        );
        let out = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(out.matches("Give the price").count() <= 1, "{out}");
        out
    };
    let out = at(("aws", "us-east-1"), &[]);
    let why = "The cost of STANDARD isn't known: prices of Amazon S3 depend on the region, and nothing shows that of these \
               buckets. Give the price with --price STANDARD=PRICE/GB or --prices FILE, or the region with --region; \
               `partsweep prices import` makes such a file from AWS's price list.";
    assert!(out.contains(why), "{out}");
    let out = at(("aws", "us-east-1"), &["--region", "us-east-1"]);
    assert!(
        out.contains("Cost: ≈ $0.05 a month") && !out.contains("isn't known"),
        "{out}"
    );
    let out = at(("aws", "me-central-1"), &["--region", "me-central-1"]);
    let why = "The cost of STANDARD in me-central-1 isn't known: partsweep has its price only in other regions of Amazon S3. \
               Give the price with --price STANDARD=PRICE/GB or --prices FILE; `partsweep prices import`";
    assert!(out.contains(why), "{out}");
    let out = at(("contabo", "us-east-1"), &[]);
    let why = "partsweep doesn't know what Contabo Object Storage charges for storage. \
               Give the price with --price '*=PRICE/GB' or --prices FILE.";
    assert!(out.contains(why), "{out}");
    let out = at(("contabo", "us-east-1"), &["--summary"]);
    assert!(out.contains(why), "{out}");
    let out = at(("contabo", "us-east-1"), &["--price", "*=0.01"]);
    assert!(!out.contains("Give the price"), "{out}");
    let out = at(("ceph", "us-east-1"), &[]);
    assert!(
        !out.contains("Give the price"),
        "a server that one runs: {out}"
    );
}

/// Each bucket has its cost where a person looks at it: in the table, before it is agreed to, in a dry run.
#[test]
fn every_bucket_has_its_cost_in_what_is_shown_of_it() {
    let store = Store::new();
    for (bucket, bytes) in [("large", 100 * GIB), ("small", GIB)] {
        store.upload(bucket, "k", &[bytes], 100);
    }
    let price = ["--price", "*=1/GiB"];
    let ran = scan(&store, &price);
    for line in [
        "UPLOADS       SIZE  COST/MONTH  CAN ABORT",
        "large                         1   107.4 GB     $100.00   107.4 GB",
        "small                         1     1.1 GB       $1.00     1.1 GB",
        "Total                         2   108.4 GB     $101.00   108.4 GB",
    ] {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
    assert!(!scan(&store, &[]).out.contains("COST"), "none is known");
    let folder = Folder::new();
    let plan = folder.file("plan");
    scan(&store, &["--save", &plan]);
    let args = [&["apply", "-n", &plan][..], &price].concat();
    let ran = run(&mut on(&store), &args);
    let line = "large: would abort 1 upload, 107.4 GB, ≈ $100.00 a month";
    assert!(ran.out.contains(line), "{ran:?}");
    let command = format!("clean {} '{}'", price[0], price[1]);
    let mut terminal = Terminal::on(&store, &command);
    terminal.wait_for("[1/2] large");
    terminal.wait_for("≈ $100.00 a month");
    terminal.wait_for("[y/N/list/all/quit/?] ");
    terminal.press("q\n");
    terminal.end();
    let args = [&["clean", "--yes", "--settle", "0s"][..], &price].concat();
    let ran = run(&mut on(&store), &args);
    let line = "small · 1 upload, 1.1 GB · idle 4 days · ≈ $1.00 a month";
    assert!(ran.out.contains(line), "{ran:?}");
}

/// What the store does by itself bounds the waste: R2 counts from the last part, others from the start.
#[test]
fn when_the_store_will_have_removed_them_itself_is_told() {
    for (name, hours, told) in [
        (
            "r2",
            4 * 24,
            Some("Cloudflare R2 removes the last of them itself in 3 d"),
        ),
        (
            "r2",
            40 * 24,
            Some(
                "Cloudflare R2 is to remove incomplete uploads itself after 7 days, and didn't remove these.",
            ),
        ),
        (
            "digitalocean",
            9 * 24,
            Some("DigitalOcean Spaces removes the last of them itself in 21 d"),
        ),
        ("aws", 4 * 24, None),
        // Billed for 90 days at least, of which these are past.
        (
            "wasabi",
            4 * 24,
            Some("An abort saves this once the data is 90 days old"),
        ),
        ("wasabi", 100 * 24, Some("An abort saves this at once.")),
    ] {
        let entry = StoreEntry::named(name).unwrap();
        let store = Store::with(Setup::new(Habits::of(entry)));
        store.upload("b", "k", &[100 * GIB], hours);
        store.upload("b", "older", &[100 * GIB], hours + 24);
        let named = format!("{name}:{}", store.sim.endpoint());
        let ran = scan(&store, &["--store", &named, "--region", "us-east-1"]);
        let text = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        match told {
            Some(told) => assert!(text.contains(told), "{name}: {ran:?}"),
            None => assert!(!text.contains(" itself "), "{name}: {ran:?}"),
        }
    }
}

/// An account may have buckets in every region.
#[test]
fn many_places_without_a_price_are_one_sentence() {
    let aws = StoreEntry::named("aws").unwrap();
    let store = Store::with(Setup::new(Habits::of(aws)));
    store.sim.create_bucket("b");
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(100);
    for class in ["A", "B", "C", "D", "E"] {
        let made = store.sim.create_upload_of_class_at("b", class, class, time);
        let put = store
            .sim
            .put_part_at("b", class, &made.unwrap(), 1, GIB, time);
        put.unwrap();
    }
    let named = format!("aws:{}", store.sim.endpoint());
    let ran = scan(&store, &["--store", &named]);
    let why = "The cost of A, B, C and 2 more isn't known: partsweep has prices of Amazon S3 only for other storage classes.";
    assert_eq!(ran.out.matches("isn't known").count(), 1, "{ran:?}");
    assert!(ran.out.contains(why), "{ran:?}");
}

#[test]
fn a_sweep_without_questions_says_why_no_cost_is_shown_too() {
    for (asked, said) in [("-n", 1), ("--yes", 1), ("--price", 0)] {
        let store = Store::with(Setup::new(Habits::of(
            StoreEntry::named("contabo").unwrap(),
        )));
        let folder = Folder::new();
        store.upload("old", "k", &[GIB], 100);
        let named = format!("contabo:{}", store.sim.endpoint());
        let mode = match asked {
            "--price" => &["-n", "--price", "*=1"][..],
            mode => &[mode][..],
        };
        let args = [&["clean", "--settle", "0s", "--store", &named], mode].concat();
        let ran = run(on(&store).env("XDG_STATE_HOME", folder.path()), &args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.out.matches("Give the price").count(), said, "{ran:?}");
    }
}

#[test]
fn the_demo_of_a_store_whose_prices_depend_on_the_region_plays_one() {
    for store in ["aws", "aws:us-west-2", "gcs"] {
        let ran = run(&mut partsweep(), &["demo", "scan", "--store", store]);
        assert!(ran.out.contains("\nCost: ≈ $"), "{store}: {ran:?}");
        assert!(!ran.out.contains("Give the price"), "{store}: {ran:?}");
    }
    let ran = run(
        &mut partsweep(),
        &["demo", "scan", "--store", "aws:me-central-1"],
    );
    assert!(ran.out.contains("STANDARD in me-central-1"), "{ran:?}");
}

#[test]
fn a_file_of_prices_without_a_price_that_counts_is_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let file = folder.file("prices.toml");
    let row = "[[prices]]\nclass = \"*\"\nprice = 1\n";
    for (text, said) in [
        ("prices = []\n".to_owned(), "it has no prices"),
        (String::new(), "missing field `prices`"),
        (
            format!("{row}confidence = \"unknown\"\n"),
            "no price in it counts",
        ),
        (
            row.replace('1', "-1"),
            "line 1: class `*`: `-1` is negative",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = run(&mut on(&store), &["scan", "--prices", &file]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let first = ran.err.lines().next().unwrap();
        assert!(first.contains(said) && first.contains(&file), "{ran:?}");
    }
    std::fs::write(&file, row.replace('1', "0")).unwrap();
    let ran = run(&mut on(&store), &["scan", "--prices", &file]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("Cost: ≈ $0.00 a month"), "{ran:?}");
}

/// A name that was mistyped, or that the shell completed, is no reason to lose a file.
#[test]
fn an_import_writes_over_its_own_files_only() {
    let folder = Folder::new();
    let (list, file) = (folder.file("index.json"), folder.file("prices.toml"));
    let text = |price: &str| {
        format!(
            r#"{{"offerCode": "AmazonS3", "products": {{"A": {{"attributes": {{"usagetype": "TimedStorage-ByteHrs", "regionCode":
            "us-east-1"}}}}}}, "terms": {{"OnDemand": {{"A": {{"A.J": {{"priceDimensions": {{"A.J.1": {{"unit": "GB-Mo",
            "beginRange": "0", "endRange": "Inf", "pricePerUnit": {{"USD": "{price}"}}}}}}}}}}}}}}}}"#
        )
    };
    let import = || {
        run(
            &mut partsweep(),
            &["prices", "import", &list, "--save", &file],
        )
    };
    let read = || std::fs::read_to_string(&file).unwrap();
    std::fs::write(&list, text("0.024")).unwrap();
    let ran = import();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.err.contains("in place of"), "{ran:?}");
    std::fs::write(&list, text("0.025")).unwrap();
    let ran = import();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("in place of those that were there"),
        "{ran:?}"
    );
    assert!(read().contains("0.025"));
    let wasabi = run(&mut partsweep(), &["prices", "show", "wasabi"]).out;
    for other in [
        "",
        "my notes\n",
        "[[prices]]\nclass = \"*\"\nprice = 1\n",
        &wasabi,
    ] {
        std::fs::write(&file, other).unwrap();
        let ran = import();
        assert_eq!(ran.code, Some(5), "{ran:?}");
        assert!(ran.err.contains("exists already"), "{ran:?}");
        assert_eq!(read(), other);
    }
    let ran = run(
        &mut partsweep(),
        &["prices", "import", &list, "--save", "/dev/null"],
    );
    assert_eq!(ran.code, Some(5), "{ran:?}");
}
