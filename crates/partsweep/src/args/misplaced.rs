//! Options of one command that are typed for another.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::text::error::Failure;

/// What only looks at a store knows nothing of.
const OF_ABORTS: [&str; 2] = ["--yes", "-y"];
const OF_DRY_RUNS: [&str; 2] = ["--dry-run", "-n"];

/// Says where an option belongs that this command doesn't have, instead of a tip to pass it as a value. The
/// error is given back if no other command has it either.
pub(crate) fn explain(mut error: Error, commands: &Command) -> Result<Failure, Error> {
    if error.kind() != ErrorKind::UnknownArgument {
        return Err(error);
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return Err(error);
    };
    let option = typed.split('=').next().unwrap_or_default().to_owned();
    let words = called(&error);
    let here = words.last().map_or("partsweep", String::as_str);
    let others: Vec<&str> = commands
        .get_subcommands()
        .filter(|other| has(other, &option))
        .map(Command::get_name)
        .filter(|name| *name != here && matches!(*name, "scan" | "clean" | "apply"))
        .collect();
    if !option.starts_with('-') || others.is_empty() {
        // It leads nobody right: no target begins with a dash.
        error.remove(ContextKind::Suggested);
        return Err(error);
    }
    let failure = Failure::usage(format!("{option} isn't an option of `{here}`"));
    let program = match words.as_slice() {
        [first, .., _] if first == "demo" => "partsweep demo",
        _ => "partsweep",
    };
    Ok(match here {
        "scan" if OF_DRY_RUNS.contains(&option.as_str()) => {
            failure.hint(format!("`scan` never aborts anything: leave out {option}"))
        }
        "scan" if OF_ABORTS.contains(&option.as_str()) => failure.hint(format!(
            "`scan` never aborts anything; `{program} clean {option}` does"
        )),
        _ => {
            let others: Vec<_> = others.iter().map(|name| format!("`{name}`")).collect();
            failure.hint(format!("it is one of {}", others.join(" and ")))
        }
    })
}

fn has(command: &Command, option: &str) -> bool {
    let mut arguments = command.get_arguments();
    arguments.any(
        |argument| match (option.strip_prefix("--"), option.strip_prefix('-')) {
            (Some(long), _) => {
                argument.get_long() == Some(long)
                    || argument
                        .get_all_aliases()
                        .is_some_and(|aliases| aliases.contains(&long))
            }
            (None, Some(short)) => argument.get_short() == short.chars().next(),
            (None, None) => false,
        },
    )
}

/// The command that the error is about, without the program: `demo clean`. An error has it in its usage only.
fn called(error: &Error) -> Vec<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return Vec::new();
    };
    let usage = usage.to_string();
    let words = usage
        .split_whitespace()
        .skip_while(|word| *word != "partsweep");
    words
        .skip(1)
        .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}
