//! Holds the arrows of `ARCHITECTURE.md`: which crate may depend on which, and within a crate which
//! module on which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
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
const CORE_USES: &[&str] = &[
    "crc-fast",
    "globset",
    "hashbrown",
    "jiff",
    "md-5",
    "quick-xml",
    "sha1",
    "sha2",
    "thiserror",
];

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
            // What runs when partsweep is built or tested does nothing when it runs.
            .filter(|d| d["kind"] != "dev" && d["kind"] != "build")
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

/// Modules directly in `src` at most: more cannot be learned.
const MOST_MODULES: usize = 16;

/// Lines of a source file at most: a longer one holds two things.
const LONGEST_FILE: usize = 450;

/// A module directly in `src`, and those that it may import.
type Row = (String, BTreeSet<String>);

/// The list of a crate's modules in `ARCHITECTURE.md`, top floor first.
fn listed(architecture: &str, name: &str) -> Option<Vec<Row>> {
    let (_, section) = architecture.split_once(&format!("\n### {name}\n"))?;
    let (_, block) = section.split_once("```text\n")?;
    let (block, _) = block.split_once("```")?;
    let row = |line: &str| {
        let (module, imports) = line.split_once(':').expect("`module: imports`");
        let imports = imports.split_whitespace().map(str::to_owned).collect();
        (module.trim().to_owned(), imports)
    };
    Some(block.lines().map(row).collect())
}

/// The sources in a folder with their module paths, tests apart.
fn sources(folder: &Path, module: &[String], found: &mut Vec<(Vec<String>, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let below = [module, std::slice::from_ref(&stem)].concat();
        if stem == "tests" || (module.is_empty() && (stem == "lib" || stem == "main")) {
            continue;
        }
        match stem.as_str() {
            _ if path.is_dir() => sources(&path, &below, found),
            "mod" => found.push((module.to_vec(), path)),
            _ => found.push((below, path)),
        }
    }
}

/// Words and signs of a source; comments, and what is in quotes, are left out.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let starts = |at: usize, text: &str| {
        text.chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        if starts(at, "//") {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
        } else if *char == '"' {
            at += 1;
            while chars.get(at).is_some_and(|c| *c != '"') {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if *char == '\'' {
            // A character, or a lifetime.
            at += match (chars.get(at + 1), chars.get(at + 2)) {
                (Some('\\'), _) => {
                    3 + chars[at + 3..].iter().take_while(|c| **c != '\'').count() + 1
                }
                (Some(_), Some('\'')) => 3,
                _ => 1,
            };
        } else if is_word(char) {
            let word: String = chars[at..].iter().take_while(|c| is_word(c)).collect();
            at += word.chars().count();
            let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
            if matches!(word.as_str(), "r" | "br") && chars.get(at + hashes) == Some(&'"') {
                let end = format!("\"{}", "#".repeat(hashes));
                at += hashes + 1;
                while at < chars.len() && !starts(at, &end) {
                    at += 1;
                }
                at += end.len();
            } else {
                tokens.push(word);
            }
        } else if starts(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !char.is_whitespace() {
                tokens.push(char.to_string());
            }
            at += 1;
        }
    }
    tokens
}

/// The tokens without what is compiled for tests only.
fn without_tests(tokens: &[String]) -> Vec<&str> {
    const FOR_TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&FOR_TESTS) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        // To the end of the item: a semicolon, or the brace that closes its first one.
        let mut depth = 0;
        at += FOR_TESTS.len();
        while at < tokens.len() {
            depth += i32::from(tokens[at] == "{") - i32::from(tokens[at] == "}");
            let is_end = depth == 0 && matches!(tokens[at], ";" | "}");
            at += 1;
            if is_end {
                break;
            }
        }
    }
    kept
}

/// What a source imports from the root of its crate: `crate::x`, and `super::x` as far up.
fn imports(tokens: &[&str], module: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let path = match *token {
            "crate" if tokens.get(at + 1) == Some(&"::") => &tokens[at + 2..],
            "super" if at == 0 || tokens[at - 1] != "::" => {
                let supers = tokens[at..]
                    .chunks(2)
                    .take_while(|two| *two == ["super", "::"]);
                match supers.count() {
                    up if up == module.len() => &tokens[at + 2 * up..],
                    _ => continue,
                }
            }
            _ => continue,
        };
        let mut depth = 0;
        for (i, token) in path.iter().enumerate() {
            depth += i32::from(*token == "{") - i32::from(*token == "}");
            let is_first = i == 0 || (depth == 1 && matches!(path[i - 1], "{" | ","));
            if is_first && !matches!(*token, "{" | "}" | "self") {
                found.insert((*token).to_owned());
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// What the modules of a crate import from each other; complains of files that are too long.
fn imported(folder: &Path, complaints: &mut Vec<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = Vec::new();
    sources(folder, &[], &mut found);
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, path) in found {
        let source = fs::read_to_string(&path).expect("a source");
        let lines = source.lines().count();
        if lines > LONGEST_FILE {
            complaints.push(format!(
                "{}: {lines} lines, and {LONGEST_FILE} at most: split it",
                path.display()
            ));
        }
        let of_room = all.entry(module[0].clone()).or_default();
        of_room.extend(imports(&without_tests(&tokens(&source)), &module));
        of_room.remove(&module[0]);
    }
    all
}

#[test]
fn each_module_imports_what_the_architecture_lists_and_nothing_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut complaints = Vec::new();
    for (name, _) in ARROWS {
        let rows = listed(&architecture, name)
            .unwrap_or_else(|| panic!("{name} has no list in ARCHITECTURE.md"));
        let found = imported(&root.join("crates").join(name).join("src"), &mut complaints);
        if found.len() > MOST_MODULES {
            complaints.push(format!("{name}: {} modules directly in src", found.len()));
        }
        let modules: BTreeSet<&String> = rows.iter().map(|(module, _)| module).collect();
        for module in found.keys().filter(|module| !modules.contains(module)) {
            complaints.push(format!("{name}: {module} is not listed"));
        }
        for (place, (module, allowed)) in rows.iter().enumerate() {
            let Some(used) = found.get(module) else {
                complaints.push(format!("{name}: there is no {module}"));
                continue;
            };
            for import in used.difference(allowed) {
                complaints.push(format!(
                    "{name}: {module} imports {import}, which is not listed"
                ));
            }
            for import in allowed.difference(used) {
                complaints.push(format!("{name}: {module} does not import {import}"));
            }
            let below: BTreeSet<&String> =
                rows[place + 1..].iter().map(|(below, _)| below).collect();
            for import in allowed.iter().filter(|import| !below.contains(import)) {
                complaints.push(format!(
                    "{name}: {module} may not import {import}, which is not below it"
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The types that a source defines, at any depth. `type` within an `impl` or a `trait` defines none: it is
/// named by the trait.
fn types(tokens: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // For each open brace: whether it is of an `impl` or a `trait`.
    let mut open = Vec::new();
    let mut is_of_trait = false;
    for (at, token) in tokens.iter().enumerate() {
        let starts_item = at == 0
            || matches!(
                tokens[at - 1],
                "}" | ";" | "]" | ")" | "{" | "pub" | "unsafe"
            );
        match *token {
            "{" => open.push(std::mem::take(&mut is_of_trait)),
            "}" => drop(open.pop()),
            "impl" | "trait" if starts_item => is_of_trait = true,
            _ => {}
        }
        let defines = match *token {
            "struct" | "enum" | "union" | "trait" => starts_item,
            "type" => starts_item && open.last() != Some(&true),
            _ => false,
        };
        if let (true, Some(name)) = (defines, tokens.get(at + 1)) {
            found.insert((*name).to_owned());
        }
    }
    found
}

#[test]
fn each_name_of_a_type_means_one_thing_in_its_crate() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut complaints = Vec::new();
    for (name, _) in ARROWS {
        let (folder, mut found) = (crates.join(name).join("src"), Vec::new());
        sources(&folder, &[], &mut found);
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (module, path) in found {
            let source = fs::read_to_string(&path).expect("a source");
            for defined in types(&without_tests(&tokens(&source))) {
                files.entry(defined).or_default().push(module.join("::"));
            }
        }
        let twice = files.iter().filter(|(_, modules)| modules.len() > 1);
        complaints.extend(
            twice.map(|(defined, modules)| format!("{name}: {defined} in {}", modules.join(", "))),
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn types_are_found_wherever_they_are_defined() {
    let source = r"
        pub(crate) struct One<'a>(&'a str);
        #[derive(Debug)]
        enum Two { A }
        trait Three { type NotThis; }
        impl Three for Two { type NotThis = u8; }
        type Four = u8;
        fn f(x: impl Three) { struct Five; let type_ = x; }
        #[cfg(test)]
        mod tests { struct NotThisEither; }
        pub unsafe trait Six {}
    ";
    let expected = ["Five", "Four", "One", "Six", "Three", "Two"];
    let found = types(&without_tests(&tokens(source)));
    assert_eq!(found, expected.map(str::to_owned).into());
}

#[test]
fn imports_are_found_however_they_are_written() {
    let source = r##"
        //! [`crate::comment`]
        use crate::one::Item;
        use crate::{two, self, three::{A, B}};
        use super::super::{four::C, five};
        use super::inside;
        pub(crate) fn f<'a>(_: &'a crate::six::D) -> char { '"' }
        const TEXT: &str = "crate::quoted \" crate::quoted";
        const RAW: &str = r#"crate::raw"#;
        #[cfg(test)]
        impl crate::tested::E {}
        #[cfg(test)]
        mod tests { use crate::tested::F; }
        fn last() { crate::seven::g() }
    "##;
    let module = ["room".to_owned(), "file".to_owned()];
    let found = imports(&without_tests(&tokens(source)), &module);
    let expected = ["five", "four", "one", "seven", "six", "three", "two"];
    assert_eq!(found, expected.map(str::to_owned).into());
}
