//! Every text that the program can print, on one page: so that they can be judged together, and a new one is seen
//! in review beside its neighbours.
//!
//! Texts are read from the sources: string literals of at least two words outside tests and attributes, and the
//! messages of error types (`#[error("…")]`). The help of each command is the second page. `cargo insta review`, or
//! `INSTA_UPDATE=always`, takes a change over.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The crates whose texts people read. The simulated store speaks as a server: its texts are those of real ones.
const CRATES: [&str; 4] = [
    "partsweep",
    "partsweep-core",
    "partsweep-engine",
    "partsweep-s3",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether a person could read it as words: not a name, a header or a format.
fn is_prose(text: &str) -> bool {
    let is_word = |word: &&str| {
        let letters: String = word.chars().filter(|c| c.is_alphabetic()).collect();
        letters.chars().count() >= 2 && !word.contains(['<', '='])
    };
    text.split_whitespace().filter(is_word).count() >= 2
}

/// Whether an attribute leaves what follows it out of the program.
fn is_of_tests(attribute: &TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(p) if p.as_char() == '!'));
                let Some(TokenTree::Group(attribute)) = tokens.next_if(|next| {
                    matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
                }) else {
                    continue;
                };
                if is_of_tests(&attribute.stream()) {
                    let ends = |token: &TokenTree| match token {
                        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                        TokenTree::Punct(punct) => punct.as_char() == ';',
                        _ => false,
                    };
                    for skipped in tokens.by_ref() {
                        if ends(&skipped) {
                            break;
                        }
                    }
                } else if attribute.stream().to_string().starts_with("error") {
                    texts(attribute.stream(), found);
                }
            }
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let text = text.value();
                    if is_prose(&text) {
                        found.push(text.trim().replace('\n', "⏎"));
                    }
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn every_message_is_on_one_page() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut page = String::new();
    for name in CRATES {
        let mut files = Vec::new();
        sources(&crates.join(name).join("src"), &mut files);
        files.sort();
        for file in files {
            let tokens: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
            let mut found = Vec::new();
            texts(tokens, &mut found);
            if found.is_empty() {
                continue;
            }
            let shown = file.strip_prefix(crates).unwrap().display();
            writeln!(page, "\n{shown}").unwrap();
            for text in found {
                writeln!(page, "  {text}").unwrap();
            }
        }
    }
    // The reader is tried on what it must see, and must not.
    assert!(page.contains("no credentials"), "messages of errors");
    assert!(!page.contains("is tried on what it must see"));
    insta::assert_snapshot!("messages", page);
}

#[test]
fn the_help_of_every_command_is_on_one_page() {
    let mut page = String::new();
    for command in [
        "",
        "scan",
        "clean",
        "apply",
        "demo",
        "rescue",
        "doctor",
        "prices",
        "prices show",
        "prices import",
        "lifecycle",
        "lifecycle check",
        "lifecycle set",
        "lifecycle undo",
    ] {
        for option in ["-h", "--help"] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_partsweep"));
            program.env_clear().env("COLUMNS", "80");
            program.args(command.split_whitespace());
            let output = program.arg(option).output().unwrap();
            assert!(output.status.success(), "{command} {option}");
            let space = if command.is_empty() { "" } else { " " };
            writeln!(page, "$ partsweep{space}{command} {option}").unwrap();
            writeln!(page, "{}", String::from_utf8(output.stdout).unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!("help", page);
}
