//! Every option of every command, alone and in pairs, at a terminal: none ends in a panic, none hangs.
//!
//! The options are read from the help that clap writes, so that a new one is walked by itself; a test in
//! `cli.rs` sees that the help hides none.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::folder::Folder;
use crate::program::{on, partsweep, run};
use crate::saved::save;
use crate::store::Store;
use crate::terminal::Terminal;

/// Terminals side by side: each spends most of its time waiting for `script`.
const TERMINALS: usize = 8;

/// Commands, and whether their options are walked in pairs too. `clean` is the same without its name, and
/// the demo is both on a store of its own.
const COMMANDS: &[(&str, bool)] = &[
    ("scan", true),
    ("clean", true),
    ("apply", true),
    ("", false),
    ("demo", false),
    ("demo scan", false),
    ("demo clean", false),
    ("demo lifecycle check", false),
    ("demo rescue", false),
    ("demo doctor", false),
    ("rescue", false),
    ("doctor", false),
    ("prices show", false),
    ("prices import", false),
    ("lifecycle check", false),
    ("lifecycle set", false),
    ("lifecycle undo", false),
];

/// An option as it is typed, once with each kind of value.
#[derive(Debug, Clone)]
struct Typed(Vec<String>);

/// The options in a help text: `-x, --name <VALUE>`, and under it what it does and `- a: …` for each
/// possible value.
fn options(command: &str) -> Vec<Typed> {
    let mut args: Vec<_> = command.split_whitespace().collect();
    args.push("--help");
    let help = run(&mut partsweep(), &args).out;
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in help.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some(value) = text.strip_prefix("- ")
            && let Some((.., values)) = found.last_mut()
        {
            let end = value.find(':').unwrap_or(value.len());
            values.push(value[..end].to_owned());
        } else if indent > 0 && text.starts_with('-') {
            let long = text.find("--").expect("each option has a long name");
            let rest = &text[long..];
            let end = rest.find([' ', ',']).unwrap_or(rest.len());
            found.push((rest[..end].to_owned(), rest[end..].to_owned(), Vec::new()));
        }
    }
    assert!(found.len() > 3, "{help}");
    found
        .into_iter()
        .map(|(name, value, values)| Typed(typed(&name, &value, &values)))
        .collect()
}

/// An option with each of its values.
fn typed(name: &str, value: &str, values: &[String]) -> Vec<String> {
    // One that counts: `--verbose...`.
    if let Some(name) = name.strip_suffix("...") {
        return vec![name.to_owned(), format!("{name} {name}")];
    }
    let Some(value) = value.trim_start().strip_prefix('<') else {
        return vec![name.to_owned()];
    };
    let value = &value[..value.find('>').unwrap()];
    let values: Vec<&str> = match values {
        [_, ..] => values.iter().map(String::as_str).collect(),
        [] => match value {
            "NAME" if name == "--profile" => vec!["walk", "nobody"],
            "NAME" if name == "--store" => vec!["list", "nosuch", "ceph:$AWS_ENDPOINT_URL_S3"],
            "NAME" => vec!["us-east-1"],
            "TOOL:NAME" => vec!["s5cmd", "rclone:nosuch", "cyberduck"],
            "ID" => vec!["x"],
            "URL" => vec!["$AWS_ENDPOINT_URL_S3", "http://"],
            "FILE" => vec!["$(new)"],
            // Slower would take too long.
            "N" if name == "--rps" => vec!["1000", "0"],
            "N" => vec!["1", "1000", "0"],
            "N|all" => vec!["1", "all"],
            "AMOUNT" => vec!["'$0.01'", "1EUR"],
            "SIZE" => vec!["1kB", "1TB"],
            "AGE" | "TIME" => vec!["0s", "30d"],
            "TOOL" => vec!["terraform", "nosuch"],
            "CLASS=PRICE" => vec!["'*=0.02/GiB'"],
            "BUCKET" => vec!["b"],
            "GLOB" => vec!["'*'", "x"],
            other => panic!("say here which values of <{other}> {name} is walked with"),
        },
    };
    values
        .iter()
        .map(|value| format!("{name} {value}"))
        .collect()
}

/// What is typed in all, each a line of options.
fn lines() -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for &(command, in_pairs) in COMMANDS {
        let options = options(command);
        lines.push((command, String::new()));
        for (at, Typed(values)) in options.iter().enumerate() {
            lines.extend(values.iter().map(|typed| (command, typed.clone())));
            let others = options[at + 1..].iter().filter(|_| in_pairs);
            lines.extend(
                others.map(|Typed(others)| (command, format!("{} {}", values[0], others[0]))),
            );
        }
    }
    lines
}

/// One of the terminals: a shell that runs what it is told to.
struct Walker {
    store: Store,
    folder: Folder,
    terminal: Terminal,
    plan: String,
}

impl Walker {
    fn new() -> Self {
        let (store, folder) = (Store::new(), Folder::new());
        let config = folder.file("config");
        let keys = format!(
            "[profile walk]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            partsweep_sim::ACCESS_KEY,
            partsweep_sim::SECRET_KEY
        );
        std::fs::write(&config, keys).unwrap();
        let state = folder.file("state");
        let terminal = Terminal::shell(
            &store,
            &[
                ("AWS_CONFIG_FILE", &config),
                ("XDG_STATE_HOME", &state),
                ("FOLDER", folder.path().to_str().unwrap()),
            ],
        );
        let mut walker = Self {
            plan: String::new(),
            store,
            folder,
            terminal,
        };
        walker.fill();
        walker
    }

    /// As it was before the last line.
    fn fill(&mut self) {
        let all = [
            ("one", "a", &[1_000][..], 100),
            ("one", "b", &[], 100),
            ("two", "c", &[5_000], 0),
        ];
        let there = |bucket: &str| self.store.sim.uploads(bucket).len();
        if !self.plan.is_empty() && there("one") + there("two") == all.len() {
            return;
        }
        for bucket in ["one", "two"] {
            for upload in self.store.sim.uploads(bucket) {
                self.store
                    .sim
                    .abort(bucket, &upload.key, &upload.upload_id)
                    .unwrap();
            }
        }
        for (bucket, key, parts, hours) in all {
            self.store.upload(bucket, key, parts, hours);
        }
        self.plan = save(&self.store, &self.folder, "plan.ndjson");
    }

    fn walk(&mut self, command: &str, options: &str) {
        self.fill();
        let target = match command {
            "apply" => &*self.plan,
            "rescue" => "s3://one/a",
            _ => "",
        };
        let line = format!("{command} {options} {target}");
        let answers = [
            ("] ", "y\n"),
            ("to confirm: ", "1\n"),
            ("key: ", "\n"),
            ("shown): ", "\n"),
        ];
        let (code, screen) = self.terminal.run_in_shell(&line, &answers);
        let bad = screen.contains("panicked") || screen.contains("a bug in partsweep");
        assert!(
            !bad && matches!(code, 0..=5),
            "partsweep {line}: {code}\n{screen}"
        );
    }
}

/// What is in the help of a command has an effect there: `WITHOUT_EFFECT` in `cli/help.rs` names what hasn't.
#[test]
fn no_option_in_the_help_of_a_command_is_refused_there() {
    for (command, _) in COMMANDS {
        for Typed(values) in options(command) {
            // What it can't do without.
            let needed = match *command {
                "prices import" | "lifecycle undo" => "none ",
                "lifecycle set" => "--days 7 ",
                _ => "",
            };
            let line = format!("{command} {needed}{}", values[0]);
            let args: Vec<_> = line.split_whitespace().collect();
            let ran = run(&mut partsweep(), &args);
            let is_refused = ran.err.contains(" has no effect with ");
            assert!(!is_refused, "partsweep {line}: {ran:?}");
        }
    }
}

/// The formats in the help of a command are those that it writes, and no others.
#[test]
fn the_help_of_a_command_names_the_formats_that_it_writes() {
    let (store, folder) = (Store::filled(), Folder::new());
    let mut with_formats = 0;
    for (command, _) in COMMANDS {
        let offered = options(command)
            .into_iter()
            .find(|Typed(values)| values[0].starts_with("--format "));
        let Some(Typed(offered)) = offered else {
            continue;
        };
        with_formats += 1;
        for format in ["table", "json", "ndjson", "csv"] {
            let typed = format!("--format {format}");
            let plan = save(&store, &folder, "plan.ndjson");
            let needed = match *command {
                "apply" => format!("--yes --settle 0s {plan}"),
                "clean" | "" => "-n".to_owned(),
                "rescue" => "-n s3://mixed/stale".to_owned(),
                "demo rescue" => "--list".to_owned(),
                _ => String::new(),
            };
            let line = format!("{command} {typed} {needed}");
            let args: Vec<_> = line.split_whitespace().collect();
            let ran = run(&mut on(&store), &args);
            assert_eq!(
                ran.code == Some(2),
                !offered.contains(&typed),
                "partsweep {line}: {ran:?}"
            );
        }
    }
    assert!(with_formats > 5, "{with_formats}");
}

#[test]
fn no_option_alone_or_with_another_panics_or_hangs() {
    let lines = lines();
    let next = AtomicUsize::new(0);
    let walked = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..TERMINALS {
            scope.spawn(|| {
                let mut walker = Walker::new();
                while let Some((command, options)) = lines.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    walker.walk(command, options);
                    *walked.lock().unwrap() += 1;
                }
            });
        }
    });
    assert_eq!(*walked.lock().unwrap(), lines.len());
    assert!(lines.len() > 700, "{}", lines.len());
    // The keys are never asked for, so the binary did find the store.
    assert_eq!(run(&mut on(&Store::filled()), &["scan"]).code, Some(0));
}
