//! Whole screens of `clean`, as a person sees them at a terminal of a given width.

use jiff::{SignedDuration, Timestamp};
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Nth, Operation};

use crate::glass;
use crate::program::{on, run};
use crate::store::Store;
use crate::terminal::Terminal;

const DAY: i64 = 24;

/// Like the screen of the design: six buckets, one upload in the first that is active.
fn store() -> Store {
    let store = Store::new();
    for (bucket, key, megabytes, days) in [
        (
            "workbackup",
            "laptop/2026-02-14T020000.tar.zst",
            18_300,
            269,
        ),
        ("workbackup", "laptop/2026-06-01T020000.tar.zst", 9_700, 174),
        ("workbackup", "laptop/2026-08-01T020000.tar.zst", 2_500, 100),
        ("workbackup", "phone/2026-08-01.tar", 50, 60),
        ("workbackup", "phone/2026-09-01.tar", 50, 30),
        ("workbackup", "nas/full backup 2026-11.img", 41_900, 0),
        ("camera-roll", "2025/IMG_0001.CR3", 200, 40),
        ("camera-roll", "2025/IMG_0002.CR3", 46, 40),
        (
            "homemovies",
            "2025/Ferien in der Bretagne/Überfahrt mit der Fähre.mp4",
            1_700,
            119,
        ),
        ("homemovies", "2024/Christmas.mov", 800, 329),
        ("analytics-exports", "daily/2026-01-01.parquet", 5_000, 300),
        ("empty-parts", "x", 5, 8),
    ] {
        store.sim.create_bucket(bucket);
        let time = Timestamp::now()
            - SignedDuration::from_hours(days * DAY)
            - SignedDuration::from_mins(30);
        let id = store.sim.create_upload_at(bucket, key, time).unwrap();
        let mut left = megabytes * 1_000_000_u64;
        let mut number = 1;
        while left > 0 {
            let size = left.min(5_000_000_000);
            store
                .sim
                .put_part_at(bucket, key, &id, number, size, time)
                .unwrap();
            left -= size;
            number += 1;
        }
    }
    store
}

/// What is seen, without what differs from run to run.
pub(crate) fn seen(store: &Store, screen: &str, columns: usize) -> String {
    let (_, screen) = screen.split_once("\r\n").unwrap();
    let (_, screen) = screen.split_once("\r\n").unwrap();
    let endpoint = store.sim.endpoint();
    let port = endpoint.rsplit(':').next().unwrap();
    let screen = screen.replace(port, "PORT");
    let lines = glass::lines(&screen, columns);
    for line in &lines {
        assert!(line.chars().count() <= columns);
    }
    // The path of the journal may be broken.
    let mut in_path = false;
    let mut kept = Vec::new();
    for line in lines {
        match line.strip_prefix("Journal: ") {
            Some(path) => {
                kept.push("Journal: STATE/TIME.ndjson".to_owned());
                in_path = !path.ends_with(".ndjson");
            }
            None if in_path => in_path = !line.ends_with(".ndjson"),
            None => kept.push(line),
        }
    }
    let kept: Vec<_> = kept.iter().map(|line| without_days(line)).collect();
    without_request_ids(&kept.join("\n"))
}

/// Days that stand in a column of their own: when an upload was started. Those in keys are always the same.
fn without_days(line: &str) -> String {
    let is_day = |field: &str| {
        let digits = field.split('-').map(str::len);
        digits.eq([4, 2, 2])
            && field
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_digit())
    };
    let columns = line.split("  ");
    let columns = columns.map(|field| if is_day(field) { "YYYY-MM-DD" } else { field });
    columns.collect::<Vec<_>>().join("  ")
}

/// Of 16 digits.
fn without_request_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let words = text.split_inclusive(|c: char| !is_word(c));
    words
        .map(|word| match word.trim_end_matches(|c: char| !is_word(c)) {
            id if id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()) => {
                word.replace(id, "ID")
            }
            _ => word.to_owned(),
        })
        .collect()
}

fn answered(columns: u16, answers: &[(&str, &str)]) -> (i32, String, Store) {
    let store = store();
    let mut terminal = Terminal::sized(&store, "clean --no-progress", columns);
    for (question, answer) in answers {
        terminal.wait_for(question);
        terminal.press(answer);
    }
    let (code, screen) = terminal.end();
    let seen = seen(&store, &screen, columns.into());
    (code, seen, store)
}

const QUESTION: &str = "[y/N/list/all/quit/?] ";

#[test]
fn the_whole_screen_of_clean_at_80_columns() {
    let (code, seen, _store) = answered(
        80,
        &[
            (QUESTION, "n\n"),
            (QUESTION, "y\n"),
            (QUESTION, "all\n"),
            ("to confirm: ", "5\n"),
        ],
    );
    assert_eq!(code, 0, "{seen}");
    insta::assert_snapshot!(seen);
}

#[test]
fn the_screen_of_clean_at_40_and_at_120_columns() {
    for columns in [40, 120] {
        let last_line = if columns == 40 {
            QUESTION
        } else {
            "? [y/N/list/all/quit/?] "
        };
        let (code, seen, _store) = answered(
            columns,
            &[
                (last_line, "?\n"),
                (last_line, "list\n"),
                (last_line, "n\n"),
                (last_line, "all\n"),
                ("to confirm: ", "\n"),
                (last_line, "n\n"),
                (last_line, "y\n"),
                (last_line, "q\n"),
            ],
        );
        assert_eq!(code, 0, "{seen}");
        insta::assert_snapshot!(format!("clean_at_{columns}_columns"), seen);
    }
}

#[test]
fn the_screen_of_clean_yes_says_what_became_of_all_that_was_scanned() {
    let store = store();
    store.sim.create_bucket("locked");
    let list = Operation::ListMultipartUploads;
    store.sim.deny(ACCESS_KEY, Some("locked"), list);
    store.sim.deny(
        ACCESS_KEY,
        Some("homemovies"),
        Operation::AbortMultipartUpload,
    );
    let (code, screen) =
        Terminal::sized(&store, "clean --yes --no-progress --concurrency 1", 80).end();
    assert_eq!(code, 3, "{screen}");
    let seen = seen(&store, &screen, 80);
    insta::assert_snapshot!(seen);
}

#[test]
fn a_session_that_began_outside_of_the_container_is_no_trouble() {
    let store = slow_scan(std::time::Duration::from_millis(200));
    let Some(mut terminal) = Terminal::contained(&store, "clean --concurrency 1") else {
        // In such a place itself, every other test at a terminal tries it.
        return;
    };
    terminal.wait_for("/s, ");
    terminal.wait_for("[y/N/list/all/quit/?] ");
    terminal.press("q\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("bug"), "{screen}");
}

#[test]
fn nothing_to_abort_says_so_and_asks_nothing() {
    let store = Store::new();
    store.upload("b", "young", &[5_000_000], 1);
    let (code, screen) = Terminal::sized(&store, "clean --no-progress", 80).end();
    assert_eq!(code, 0, "{screen}");
    insta::assert_snapshot!(seen(&store, &screen, 80));
}

/// Twenty buckets of one upload, each of which takes 200 ms to be listed, two at a time.
fn slow_scan(answer: std::time::Duration) -> Store {
    let store = Store::new();
    for n in 0..20 {
        store.upload(&format!("b{n:02}"), "k", &[1_000], 100);
    }
    let slow = FaultKind::Slow(answer);
    store
        .sim
        .faults()
        .push(Fault::new(Operation::ListParts, Nth::Every, slow));
    store
}

#[test]
fn a_bar_is_shown_of_what_takes_long_and_is_gone_at_the_end_also_in_a_pipe_and_after_control_c() {
    let store = slow_scan(std::time::Duration::from_millis(200));
    for args in [
        "scan --concurrency 2",
        "clean --concurrency 2",
        "scan --concurrency 2 | cat",
    ] {
        let mut terminal = Terminal::sized(&store, args, 80);
        if args.starts_with("clean") {
            terminal.wait_for(QUESTION);
            terminal.press("q\n");
        }
        let (_, screen) = terminal.end();
        let is_seen = screen.contains("/20 uploads, ") || screen.contains("Listing: ");
        assert!(is_seen || args.ends_with("cat"), "{args}: {screen}");
        assert!(!screen.contains(" 0/0 "), "a full bar at nothing: {screen}");
        let seen = glass::lines(&screen, 80).join("\n");
        assert!(
            !seen.contains(" left\n")
                && !seen.contains("/20 uploads, ")
                && !seen.contains("Listing: "),
            "{args}: {seen}"
        );
    }
    let mut terminal = Terminal::sized(&store, "scan --concurrency 1", 80);
    terminal.wait_for("/s, ");
    terminal.press("\x03");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    let seen = glass::lines(&screen, 80).join("\n");
    assert!(
        seen.ends_with("warning: interrupted: nothing was changed\n"),
        "{seen}"
    );
    assert!(
        !seen.contains("/s, "),
        "{seen}\n{:?}",
        &screen[screen.len() - 700..]
    );
}

/// What is seen of a bar.
fn has_bar(seen: &str) -> bool {
    ["/s, ", " left", "uploads, ", "Listing: ", "░"]
        .iter()
        .any(|piece| seen.contains(piece))
}

#[test]
fn what_is_typed_while_a_bar_is_drawn_leaves_none_behind() {
    let store = slow_scan(std::time::Duration::from_millis(200));
    for typed in ["y\nyes\n", "\n\n\n", "no"] {
        let mut terminal = Terminal::job(&store, "scan --summary --concurrency 2");
        terminal.wait_for("/s, ");
        terminal.press(typed);
        terminal.wait_for("can be aborted");
        let (_, screen) = terminal.end();
        let (shown, settings) = screen.split_once("@code 0@").unwrap();
        let seen = glass::lines(shown, 80).join("\n");
        assert!(!has_bar(&seen), "{seen}");
        assert!(!seen.lines().any(|line| line == "yes"), "{seen}");
        assert!(settings.contains(" echo "), "{settings}");
    }
    // A signal shows it again as well.
    for keys in ["\x03", "\x1c"] {
        let mut terminal = Terminal::job(&store, "scan --concurrency 1");
        terminal.wait_for("/s, ");
        terminal.press(keys);
        let (_, screen) = terminal.end();
        let (_, settings) = screen.split_once("@code 130@").unwrap();
        assert!(settings.contains(" echo "), "{settings}");
    }
}

#[test]
fn a_bar_that_was_stopped_by_control_z_is_drawn_again_and_leaves_none_behind() {
    let store = slow_scan(std::time::Duration::from_millis(200));
    let mut terminal = Terminal::job(&store, "scan --summary --concurrency 1");
    terminal.wait_for("/s, ");
    terminal.press("\x1a");
    terminal.wait_for("@code 14");
    terminal.wait_for("/s, ");
    terminal.wait_for("can be aborted");
    let (_, screen) = terminal.end();
    let (shown, settings) = screen.rsplit_once("speed").unwrap();
    let seen = glass::lines(shown, 80).join("\n");
    assert!(!has_bar(&seen), "{seen}");
    assert!(settings.contains(" echo "), "{settings}");
}

#[test]
fn a_short_scan_shows_no_bar() {
    let store = store();
    let (_, screen) = Terminal::sized(&store, "scan", 80).end();
    assert!(
        !screen.contains("uploads, ") || !screen.contains("/s, "),
        "{screen}"
    );
}

#[test]
fn a_store_that_is_silent_at_the_start_is_named() {
    let store = Store::filled();
    let slow = FaultKind::Slow(std::time::Duration::from_secs(3));
    store
        .sim
        .faults()
        .push(Fault::new(Operation::ListBuckets, Nth::Every, slow));
    let ran = run(&mut on(&store), &["scan"]);
    let endpoint = store.sim.endpoint();
    let host = endpoint.trim_start_matches("http://");
    assert!(
        ran.err.starts_with(&format!("Connecting to {host}…\n")),
        "{ran:?}"
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    store.sim.faults().clear();
    let ran = run(&mut on(&store), &["scan"]);
    assert!(!ran.err.contains("Connecting"), "{ran:?}");
}

#[test]
fn clean_yes_shows_ten_of_a_bucket_or_as_many_as_are_asked_for() {
    for (args, shown) in [("", 10), ("--top 3", 3), ("--top all", 12)] {
        let store = Store::new();
        for n in 0..12 {
            store.upload("b", &format!("key-{n:02}"), &[1_000 * (n + 1)], 100);
        }
        let arguments = ["clean", "--yes"]
            .into_iter()
            .chain(args.split_whitespace());
        let ran = run(&mut on(&store), &arguments.collect::<Vec<_>>());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.out.matches("  key-").count(), shown, "{ran:?}");
        assert_eq!(ran.out.contains(" more, "), shown < 12, "{ran:?}");
        assert!(ran.out.contains("Aborted  12 uploads  78.0 kB"), "{ran:?}");
    }
}

/// Messages are on standard error, and broken as the tables are: but not what is copied from them.
#[test]
fn messages_are_broken_between_words_at_a_terminal_and_one_line_in_a_pipe() {
    let store = Store::filled();
    for args in [
        "clean --no-progress --max-bytes 1MB",
        "scan --save - --sort age",
        "clean --journal /dev/null/x",
        "scan --bucket nothing-has-this-name --no-progress",
        "scan -n",
    ] {
        let mut piped = on(&store);
        let piped = run(piped.arg("--quiet"), &Vec::from_iter(args.split(' ')));
        let sentences: Vec<_> = piped.err.lines().map(ToOwned::to_owned).collect();
        assert!(sentences.len() >= 2, "{piped:?}");
        for columns in [40_u16, 80] {
            let (_, text) = Terminal::sized(&store, &format!("-q {args}"), columns).end();
            let seen = text
                .split_once("\r\n")
                .unwrap()
                .1
                .split_once("\r\n")
                .unwrap()
                .1;
            for line in glass::lines(seen, 1_000) {
                let whole = line.chars().count() <= usize::from(columns);
                assert!(whole || line.contains('`'), "{columns} {args}: {line}");
            }
        }
    }
}
