//! How many uploads of a bucket a table shows.

use crate::program::{on, run};
use crate::store::Store;
use crate::terminal::Terminal;

/// The larger, the later in the alphabet.
fn store(uploads: u64) -> Store {
    let store = Store::new();
    for n in 0..uploads {
        store.upload("many", &format!("{n:05}"), &[1_000 * (n + 1)], 100);
    }
    store
}

/// The keys that are shown, and the line that stands for the rest.
fn shown(out: &str) -> (Vec<&str>, Option<&str>) {
    let keys = out.lines().filter_map(|line| {
        let line = line.trim_end_matches("  not sized");
        let key = line.rsplit("  ").next()?;
        (key.len() == 5 && key.parse::<u64>().is_ok()).then_some(key)
    });
    let rest = out.lines().find(|line| line.contains("--top all"));
    (keys.collect(), rest.map(str::trim))
}

#[test]
fn a_bucket_of_1000_is_shown_whole_and_of_one_more_the_20_largest() {
    let store = store(1_000);
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(shown(&ran.out).0.len(), 1_000);
    assert_eq!(shown(&ran.out).0.first(), Some(&"00999"), "by size");
    assert_eq!(shown(&ran.out).1, None);
    store.upload("many", "01000", &[1_001_000], 100);
    let ran = run(&mut on(&store), &["scan"]);
    let (keys, rest) = shown(&ran.out);
    assert_eq!(keys.len(), 20);
    assert_eq!((keys[0], keys[19]), ("01000", "00981"), "the largest first");
    assert!(
        ran.out.contains("many · 1,001 uploads, 501.5 MB\n"),
        "{ran:?}"
    );
    // 1 + 2 + … + 981 kB
    let told = "981 more, 481.7 MB (--top all to list them)";
    assert_eq!(rest, Some(told));
    assert!(ran.out.contains("1,001 uploads (501.5 MB) can be aborted."));
    let clean = run(&mut on(&store), &["clean", "--dry-run"]);
    assert_eq!(shown(&clean.out), (keys, rest));
}

#[test]
fn as_many_are_shown_as_are_asked_for() {
    let store = store(1_030);
    for (top, keys, others) in [("all", 1_030, 0), ("1025", 1_025, 5), ("3", 3, 1_027)] {
        let ran = run(&mut on(&store), &["scan", "--top", top]);
        let (shown, rest) = shown(&ran.out);
        assert_eq!(shown.len(), keys, "{top}");
        assert_eq!(rest.is_some(), others > 0, "{top}");
        assert!(shown.contains(&"01029"), "{top}");
    }
    let one = run(&mut on(&store), &["scan", "--top", "1"]);
    let rest = "1,029 more, 529.9 MB (--top all to list them)";
    assert_eq!(shown(&one.out), (vec!["01029"], Some(rest)));
}

#[test]
fn where_no_size_is_asked_for_the_oldest_are_shown() {
    let store = store(1_001);
    store.upload("many", "99999", &[1], 1_000);
    let ran = run(&mut on(&store), &["scan", "--no-size"]);
    let (keys, rest) = shown(&ran.out);
    assert_eq!((keys.len(), keys[0]), (20, "99999"));
    assert!(rest.unwrap().starts_with("982 more, size unknown ("));
}

#[test]
fn every_upload_is_in_the_formats_for_programs_and_top_is_refused_there() {
    let store = store(1_001);
    let ran = run(&mut on(&store), &["scan", "--format", "csv"]);
    assert_eq!(ran.out.lines().count(), 1 + 1_001);
    let ran = run(&mut on(&store), &["scan", "--format", "csv", "--top", "5"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    for top in ["0", "some"] {
        let ran = run(&mut on(&store), &["scan", "--top", top]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
}

#[test]
fn at_a_terminal_a_bucket_takes_20_lines_unless_more_are_asked_for() {
    let store = store(21);
    for (args, keys) in [("scan", 20), ("scan --top all", 21), ("scan --top 21", 21)] {
        let args = format!("{args} --no-progress --color never");
        let (code, screen) = Terminal::on(&store, &args).end();
        assert_eq!(code, 0, "{screen}");
        // The terminal says which it is, and the number of the program, which may look like a key.
        let (_, screen) = screen.split_once("STARTED").unwrap();
        assert_eq!(shown(screen).0.len(), keys, "{screen}");
    }
}
