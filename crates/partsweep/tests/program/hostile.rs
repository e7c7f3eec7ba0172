//! Names that want to be more than names (law 9).

use partsweep_core::escape;

use crate::program::{on, run};
use crate::store::Store;

const KEYS: [&str; 6] = [
    "\x1b[2J\x1b[31mred",
    "two\nlines: freed 9 TB",
    "bidi\u{202e}fdp.exe",
    "=HYPERLINK(\"http://x\",\"y\")",
    "@cell",
    "a,\"b\"\r\n",
];

fn store() -> Store {
    let store = Store::new();
    for key in KEYS {
        store.upload("bucket", key, &[1], 100);
    }
    store
}

#[test]
fn no_output_holds_a_character_that_a_terminal_could_obey() {
    let store = store();
    for format in ["table", "json", "ndjson", "csv"] {
        for args in [
            &["scan", "--format", format][..],
            &["--yes", "--format", format],
        ] {
            let store = if args[0] == "scan" {
                &store
            } else {
                &self::store()
            };
            let ran = run(&mut on(store), args);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            for text in [&ran.out, &ran.err] {
                let bad = text
                    .chars()
                    .find(|c| *c != '\n' && escape::is_dangerous(*c));
                assert_eq!(bad, None, "{args:?}: {text}");
            }
            if format == "table" && args[0] == "scan" {
                assert!(ran.out.contains("two\\nlines: freed 9 TB\n"), "{}", ran.out);
            }
        }
    }
}

#[test]
fn json_holds_the_exact_keys() {
    let store = store();
    let mut exact = KEYS.to_vec();
    exact.sort_unstable();
    let ran = run(&mut on(&store), &["scan", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let uploads = document["buckets"][0]["uploads"].as_array().unwrap();
    let mut keys: Vec<&str> = uploads.iter().map(|u| u["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, exact);
}

#[test]
fn no_cell_starts_a_formula() {
    let store = store();
    let ran = run(&mut on(&store), &["scan", "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(ran.out.as_bytes());
    let mut keys = Vec::new();
    for row in rows.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), 14);
        for cell in &row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
        keys.push(row[1].to_owned());
    }
    assert_eq!(keys.len(), KEYS.len());
    assert!(keys.contains(&"'@cell".to_owned()), "{keys:?}");
}

#[test]
fn a_hostile_target_is_escaped_in_an_error() {
    let ran = run(&mut on(&store()), &["scan", "s3://\u{1b}[2Jb\u{202e}"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let bad = ran
        .out
        .chars()
        .find(|c| *c != '\n' && escape::is_dangerous(*c));
    assert_eq!(bad, None, "{ran:?}");
}
