//! The help of each command: without what it refuses.

use clap::{Arg, Command};

use crate::args::OneDocument;
use crate::commands::demo;

/// What has no effect where no store is asked.
const OF_PRICES: &[&str] = &[
    "format",
    "json",
    "top",
    "profile",
    "store",
    "from",
    "endpoint_url",
    "region",
    "addressing",
    "concurrency",
    "rps",
    "timeout",
];

/// The options of every command that some of them refuse, since they have no effect there.
const WITHOUT_EFFECT: [(&[&str], &[&str]); 10] = [
    (&["apply"], &["top"]),
    (&["lifecycle", "check"], &["top"]),
    (&["lifecycle", "set"], &["format", "json", "top"]),
    (&["lifecycle", "undo"], &["format", "json", "top"]),
    (&["prices"], OF_PRICES),
    (&["prices", "show"], OF_PRICES),
    (&["prices", "import"], OF_PRICES),
    (&["demo", "lifecycle", "check"], &["top"]),
    (&["demo", "lifecycle", "set"], &["format", "json", "top"]),
    (&["demo", "lifecycle", "undo"], &["format", "json", "top"]),
];

/// Hides what a command refuses from its help. It is still read, so that the refusal can say why.
fn without_refused(command: Command, (path, refused): &(&[&str], &[&str])) -> Command {
    let options: Vec<Arg> = command
        .get_arguments()
        .filter(|option| refused.contains(&option.get_id().as_str()))
        .map(|option| option.clone().hide(true))
        .collect();
    below(command, path, options)
}

/// Commands whose result is one document: they have fewer formats, and nothing that `--top` could cut.
const OF_ONE_DOCUMENT: [&str; 4] = ["rescue", "doctor", "demo rescue", "demo doctor"];

/// Names only the formats that a command has in its help.
fn with_its_formats(command: Command, path: &&str) -> Command {
    let path: Vec<_> = path.split(' ').collect();
    let command = without_refused(command, &(&path, &["top"]));
    let options = command
        .get_arguments()
        .filter(|option| option.get_id() == "format");
    let options = options
        .map(|format| format.clone().value_parser(OneDocument))
        .collect();
    below(command, &path, options)
}

fn below(command: Command, path: &[&str], options: Vec<Arg>) -> Command {
    match path {
        [] => command.args(options),
        [name, rest @ ..] => command.mut_subcommand(*name, |command| below(command, rest, options)),
    }
}

/// The command line with a help that leaves out what is refused: in the demo, another store than its own; without
/// a command, a bare word as a bucket.
pub(super) fn with_own_help(command: Command) -> Command {
    let of_the_demo: Vec<_> = command
        .get_arguments()
        .filter_map(|option| demo::as_in_the_demo(option.clone()))
        .collect();
    let needs_scheme = |command: Command| {
        command.mut_arg("targets", |targets| {
            targets.help(
                "Buckets to clean: s3://BUCKET or s3://BUCKET/PREFIX; a bare name needs a command [default: all]",
            )
        })
    };
    let command = WITHOUT_EFFECT.iter().fold(command, without_refused);
    let command = OF_ONE_DOCUMENT.iter().fold(command, with_its_formats);
    needs_scheme(command).mut_subcommand("demo", |demo| {
        let hide = |option: Arg| option.hide(true);
        needs_scheme(demo.args(of_the_demo))
            .mut_arg("journal", hide)
            .mut_subcommand("clean", |clean| clean.mut_arg("journal", hide))
            .mut_subcommand("scan", |scan| scan.mut_arg("save", hide))
            .mut_subcommand("doctor", |doctor| {
                doctor.mut_arg("settings", hide).mut_arg("policy", hide)
            })
    })
}
