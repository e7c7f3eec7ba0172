//! The command line as a whole: parsing, choosing the command, the exit code.

use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::args::SharedArgs;
use crate::bug;
use crate::commands::apply::ApplyArgs;
use crate::commands::clean::CleanArgs;
use crate::commands::demo::DemoArgs;
use crate::commands::scan::ScanArgs;
use crate::commands::{apply, clean, demo, scan};
use crate::run::file_limit;
use crate::run::journals::Notebook;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  partsweep                                  look, show, ask, sweep
  partsweep scan s3://logs/2025/             look into a part of one bucket
  partsweep --older-than 30d --dry-run       show what would be aborted
  partsweep clean --yes --max-bytes 1TB      without asking, up to a limit
  partsweep scan --save plan.ndjson          look, and save what was seen
  partsweep apply plan.ndjson                sweep exactly that
  partsweep scan --format json > found.json  for other programs
  partsweep demo                             try it without an account

Credentials and settings come from where the AWS tools take them: environment,
~/.aws, SSO, roles. Without any, partsweep asks for the keys.

Exit codes: 0 done; 1 failure; 2 usage; 3 partial; 4 --check found uploads;
5 refused; 130 interrupted.";

/// Threads that talk to the store, beside the one that writes the report: a report whose reader pauses
/// holds up no request. One is enough for 20,000 requests a second. With two, which wake each other
/// all the time, a request took a quarter to a third more processor time on two cores.
const WORKERS: usize = 1;

/// How long journals are waited for after a panic.
const CLOSING: Duration = Duration::from_secs(5);

/// Find, size and remove what unfinished multipart uploads leave in S3 buckets
///
/// Without a command: clean.
#[derive(Debug, Parser)]
#[command(
    name = "partsweep",
    version,
    override_usage = "partsweep [OPTIONS] [TARGET]...\n       partsweep [OPTIONS] <COMMAND>",
    after_help = EXAMPLES,
    disable_help_subcommand = true,
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
    Demo(DemoArgs),
}

/// Runs the program.
pub(crate) fn main() -> Exit {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output; if its reader is gone, that is all.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    let console = Console::new(&cli.shared.output);
    // The demo is the store as well, so both ends of a connection are its.
    let files_of_each = match cli.command {
        Some(Command::Demo(_)) => 2,
        _ => 1,
    };
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
    let run = AssertUnwindSafe(|| runtime.block_on(run(&cli, &console)));
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

async fn run(cli: &Cli, console: &Console) -> Result<Exit, Failure> {
    console
        .interrupt()
        .catch(console.warner())
        .map_err(|error| {
            Failure::told(
                Exit::Failed,
                format!("could not prepare for Ctrl-C: {error}"),
            )
        })?;
    let shared = &cli.shared;
    if let (Some(_), Some(option)) = (&cli.command, cli.clean.first_given()) {
        return Err(misplaced(option));
    }
    let settings = |keys| shared.connection.settings(keys);
    let notebook = |args: &CleanArgs| Notebook::at(args.journal());
    match &cli.command {
        None => clean::run(&cli.clean, shared, &settings, notebook(&cli.clean), console).await,
        Some(Command::Clean(args)) => {
            clean::run(args, shared, &settings, notebook(args), console).await
        }
        Some(Command::Scan(args)) => scan::run(args, shared, &settings, console).await,
        Some(Command::Apply(args)) => apply::run(args, shared, &settings, console).await,
        Some(Command::Demo(args)) => demo::run(args, shared, console).await,
    }
}

/// An option of `clean` in front of a command that may not be `clean`.
pub(crate) fn misplaced(option: &str) -> Failure {
    Failure::usage(format!("{option} stands before the command"))
        .hint(format!("put it behind: partsweep clean {option} …"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    /// The test that walks all options reads them from the help.
    #[test]
    fn no_option_is_hidden_from_the_help() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let hidden = argument.is_hide_set() || argument.is_hide_short_help_set();
                assert!(!hidden, "{argument}");
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
