//! Holds the arrows of `ARCHITECTURE.md`: which crate may depend on which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The only arrows there are: crate → crates it may use, dev-dependencies left out.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "partsweep",
        &[
            "partsweep-core",
            "partsweep-engine",
            "partsweep-s3",
            "partsweep-sim",
        ],
    ),
    ("partsweep-core", &[]),
    ("partsweep-engine", &["partsweep-core"]),
    ("partsweep-s3", &["partsweep-core"]),
    ("partsweep-sim", &["partsweep-core"]),
];

/// What the pure crate may use: nothing that does I/O, keeps time or runs tasks.
const CORE_USES: &[&str] = &["globset", "jiff", "md-5", "sha2", "thiserror"];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let uses = |package: &serde_json::Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        dependencies
            .iter()
            .filter(|d| d["kind"] != "dev")
            .map(|d| text(&d["name"]))
            .collect()
    };
    packages
        .iter()
        .map(|package| (text(&package["name"]), uses(package)))
        .collect()
}

#[test]
fn the_crates_point_only_where_the_design_says() {
    let dependencies = dependencies();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(
        found, known,
        "a new crate needs its arrows here and in ARCHITECTURE.md"
    );
    for (name, allowed) in ARROWS {
        let inside = dependencies[*name]
            .iter()
            .map(String::as_str)
            .filter(|d| known.contains(d));
        for used in inside {
            assert!(allowed.contains(&used), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn the_pure_crate_stays_pure() {
    for used in &dependencies()["partsweep-core"] {
        assert!(
            CORE_USES.contains(&used.as_str()),
            "partsweep-core must not depend on {used}"
        );
    }
}
