//! The command line as a whole: parsing, choosing the command, the exit code.

mod help;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::{
    Given, LIST, OutputArgs, SharedArgs, explain, list_of_stores, similar, with_defaults,
};
use crate::bug;
use crate::cli::help::with_own_help;
use crate::commands::apply::ApplyArgs;
use crate::commands::clean::CleanArgs;
use crate::commands::demo::DemoArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::lifecycle::LifecycleArgs;
use crate::commands::prices::PricesArgs;
use crate::commands::rescue::RescueArgs;
use crate::commands::scan::ScanArgs;
use crate::commands::{apply, clean, demo, doctor, lifecycle, prices, rescue, scan};
use crate::run::file_limit;
use crate::run::journals::Journals;
use crate::terminal::console::{Console, columns_of_messages};
use crate::text::again::Again;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::fit;

const EXAMPLES: &str = "\
Examples:
  partsweep scan                         list incomplete uploads in all buckets
  partsweep scan s3://logs/2025/         only keys that start with 2025/
  partsweep                              scan, ask bucket by bucket, abort
  partsweep clean --older-than 30d -n    show what would be aborted
  partsweep clean --yes --max-bytes 1TB  without asking, up to a limit
  partsweep scan --save plan.ndjson      save a plan, to review it
  partsweep apply plan.ndjson            abort exactly what is in it
  partsweep lifecycle set --days 7 logs  have the store abort uploads itself
  partsweep rescue --list                which uploads look complete
  partsweep doctor                       check settings and permissions
  partsweep demo                         try it without an account

Run `partsweep COMMAND --help` for all options of a command.";

const SETTINGS: &str = "\
Credentials and settings are read as by the AWS CLI: environment, ~/.aws, SSO,
roles. If there are none, partsweep asks for the store and the keys. Each option
that doesn't confirm anything or accept a risk can be set by PARTSWEEP_OPTION, for
example PARTSWEEP_OLDER_THAN=7d, or in ~/.config/partsweep/config.toml:
older-than = \"7d\".

Exit codes: 0 done; 1 failure; 2 usage; 3 partial; 4 --check found uploads;
5 refused; 130 interrupted.";

/// Threads that talk to the store, beside the one that writes the report: a report whose reader pauses
/// holds up no request. One is enough for 20,000 requests a second. With two, which wake each other
/// all the time, a request took a quarter to a third more processor time on two cores.
const WORKERS: usize = 1;

/// How long journals are waited for after a panic.
const CLOSING: Duration = Duration::from_secs(5);

/// Find and abort incomplete multipart uploads in S3 buckets
///
/// Without a command: clean.
#[derive(Debug, Parser)]
#[command(
    name = "partsweep",
    version,
    override_usage = "partsweep [OPTIONS] [TARGET]...\n       partsweep [OPTIONS] <COMMAND>",
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{SETTINGS}"),
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    clean: CleanArgs,
    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(ScanArgs),
    Clean(CleanArgs),
    Apply(ApplyArgs),
    Demo(Box<DemoArgs>),
    Lifecycle(Box<LifecycleArgs>),
    Prices(PricesArgs),
    Rescue(Box<RescueArgs>),
    Doctor(DoctorArgs),
}

/// Runs the program.
pub(crate) fn main() -> Exit {
    let mut cli = match Cli::read() {
        Ok(cli) => cli,
        Err(Unread::Clap(error)) => {
            // Help and version go to standard output; if its reader is gone, that is all.
            let _ = tell(&error);
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
        Err(Unread::Settings(failure)) => {
            let again = Again {
                program: "partsweep",
                ..Again::default()
            };
            return Console::new(again, OutputArgs::default().manner()).fail(failure);
        }
    };
    // The demo is the store as well, so both ends of a connection are its.
    let (program, files_of_each) = match cli.command {
        Some(Command::Demo(_)) => ("partsweep demo", 2),
        _ => ("partsweep", 1),
    };
    let again = Again {
        program,
        store: cli.shared.given.store_again(),
        // A word by itself is sooner a command that was misspelt, and then no bucket.
        uploads: match (&cli.command, cli.clean.bare_word()) {
            (None, Some(_)) => cli.shared.given.chosen_again(),
            _ => cli.shared.given.uploads_again(),
        },
        ..Again::default()
    };
    let console = Console::new(again, cli.shared.output.manner());
    let concurrency = &mut cli.shared.connection.concurrency;
    *concurrency = file_limit::room_for(*concurrency, files_of_each, &console);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return console.fail(Failure::unexpected(&error)),
    };
    bug::catch(console.interrupt().clone());
    let run = AssertUnwindSafe(|| runtime.block_on(run(&mut cli, &console)));
    let exit = match panic::catch_unwind(run) {
        Ok(ended) => ended.unwrap_or_else(|failure| console.fail(failure)),
        Err(_) => Exit::Failed,
    };
    if bug::was_seen() {
        // Journals close with the tasks that write them, and that takes them to disk.
        runtime.shutdown_timeout(CLOSING);
        return Exit::Failed;
    }
    // Nothing that still runs has anything left to do.
    runtime.shutdown_background();
    exit
}

async fn run(cli: &mut Cli, console: &Console) -> Result<Exit, Failure> {
    console
        .interrupt()
        .catch(console.warner())
        .map_err(|error| {
            Failure::told(
                Exit::Failed,
                format!("could not prepare for Ctrl-C: {error}"),
            )
        })?;
    if let Some(bars) = console.bars() {
        // Without it, a bar stays where Ctrl-Z stopped it.
        let _ = console.interrupt().catch_stops(bars.clone());
    }
    let is_demo = matches!(cli.command, Some(Command::Demo(_)));
    // The demo says itself what it imitates.
    if cli.shared.connection.store.as_deref() == Some(LIST) && !is_demo {
        let mut output = console.plain_output();
        output.write_all(list_of_stores(console.width()).as_bytes())?;
        output.flush()?;
        return Ok(Exit::Done);
    }
    cli.refuse_what_is_no_command()?;
    let SharedArgs {
        connection, given, ..
    } = &mut cli.shared;
    if !is_demo {
        connection.find(given)?;
        if let Some((doubt, known)) = connection.doubt() {
            console.warn(&doubt, &[known]);
        }
    }
    let cli = &*cli;
    let shared = &cli.shared;
    let settings = |keys| shared.connection.settings(keys, console.requests());
    let journals = |args: &CleanArgs| Journals::at(args.journal());
    match &cli.command {
        None => clean::run(&cli.clean, shared, &settings, journals(&cli.clean), console).await,
        Some(Command::Clean(args)) => {
            clean::run(args, shared, &settings, journals(args), console).await
        }
        Some(Command::Scan(args)) => scan::run(args, shared, &settings, console).await,
        Some(Command::Apply(args)) => apply::run(args, shared, &settings, console).await,
        Some(Command::Demo(args)) => demo::run(args, shared, console).await,
        Some(Command::Lifecycle(args)) => lifecycle::run(args, shared, &settings, console).await,
        Some(Command::Prices(args)) => prices::run(args, shared, console),
        Some(Command::Rescue(args)) => rescue::run(args, shared, &settings, console).await,
        Some(Command::Doctor(args)) => doctor::run(args, shared, &settings, console).await,
    }
}

/// Why there is no command line.
enum Unread {
    Clap(clap::Error),
    Settings(Failure),
}

impl Cli {
    fn read() -> Result<Self, Unread> {
        let command = with_own_help(Self::command());
        let command = with_defaults(command).map_err(Unread::Settings)?;
        let mut built = command.clone();
        built.build();
        let mut typed = behind_the_command(&built, env::args_os().skip(1).collect());
        typed.insert(0, "partsweep".into());
        let matches =
            command
                .try_get_matches_from(typed)
                .map_err(|error| match explain(error, &built) {
                    Ok(failure) => Unread::Settings(failure),
                    Err(error) => Unread::Clap(error),
                })?;
        let mut cli = Self::from_arg_matches(&matches).map_err(Unread::Clap)?;
        cli.shared.given = Given::of(&matches);
        Ok(cli)
    }

    /// Refuses words by themselves where there is no command.
    fn refuse_what_is_no_command(&self) -> Result<(), Failure> {
        if self.command.is_some() {
            return Ok(());
        }
        let Some(word) = self.clean.bare_word() else {
            return Ok(());
        };
        let failure = Failure::usage(format!("`{word}` isn't a command"));
        let command = match word {
            "ls" | "list" | "find" | "show" | "du" => Some("scan".to_owned()),
            "complete" | "finish" => Some("rescue".to_owned()),
            "rm" | "delete" | "abort" | "sweep" | "purge" | "remove" => Some("clean".to_owned()),
            _ => {
                let commands = Self::command();
                let names = commands
                    .get_subcommands()
                    .map(|command| command.get_name().to_owned());
                similar(word, names)
            }
        };
        Err(match command {
            Some(command) => failure.hint(format!("did you mean `partsweep {command}`?")),
            None => failure,
        }
        .hint(format!(
            "for a bucket of that name: `partsweep scan {word}` or `partsweep clean {word}`"
        )))
    }
}

/// Says what was typed wrong, its lines broken between words where they are longer than the terminal is wide.
fn tell(error: &clap::Error) -> io::Result<()> {
    let text = error.render().to_string();
    let room = columns_of_messages();
    let is_wide = |line: &str| room.is_some_and(|room| fit::width(line) > room);
    if !error.use_stderr() || !text.lines().any(is_wide) {
        return error.print();
    }
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        writeln!(
            stderr,
            "{:indent$}{}",
            "",
            fit::wrapped(words, room, indent)
        )?;
    }
    Ok(())
}

/// The arguments with those behind their command that stand before it: a command has options that the
/// program does not have, and a person need not know which.
fn behind_the_command(command: &clap::Command, typed: Vec<OsString>) -> Vec<OsString> {
    for (at, word) in typed.iter().enumerate() {
        if word == "--" {
            break;
        }
        let Some(below) = word.to_str().and_then(|word| command.find_subcommand(word)) else {
            continue;
        };
        let (before, rest) = (&typed[..at], &typed[at + 1..]);
        // Else the word is the value of an option.
        let alone = command.clone().no_binary_name(true);
        if alone.try_get_matches_from(before).is_err() {
            continue;
        }
        let end = rest
            .iter()
            .position(|word| word == "--")
            .unwrap_or(rest.len());
        let rest = [&rest[..end], before, &rest[end..]].concat();
        let mut ordered = vec![word.clone()];
        ordered.extend(behind_the_command(below, rest));
        return ordered;
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_stand_before_their_command() {
        let mut command = Cli::command();
        command.build();
        for (typed, ordered) in [
            ("scan --json", "scan --json"),
            (
                "--older-than 60h scan --json",
                "scan --json --older-than 60h",
            ),
            ("--profile scan scan b", "scan b --profile scan"),
            ("--profile scan", "--profile scan"),
            ("--yes demo -n clean b", "demo clean b --yes -n"),
            ("--json apply -- scan", "apply --json -- scan"),
            ("-- scan", "-- scan"),
            ("--older-than scan", "--older-than scan"),
        ] {
            let typed = typed.split(' ').map(OsString::from).collect();
            assert_eq!(
                behind_the_command(&command, typed).join(" ".as_ref()),
                ordered
            );
        }
    }

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        with_own_help(Cli::command()).debug_assert();
    }

    /// The test that walks all options reads them from the help. That of the demo hides what it refuses.
    #[test]
    fn no_option_is_hidden_from_the_help() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                assert!(!argument.is_hide_set(), "{argument}");
                assert!(!argument.is_hide_long_help_set(), "{argument}");
                assert!(!argument.is_hide_possible_values_set(), "{argument}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_help_fits_80_columns() {
        let mut cli = Cli::command().term_width(80);
        let help = cli.render_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
