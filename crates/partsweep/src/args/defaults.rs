//! Defaults that a person sets once: variables `PARTSWEEP_OPTION`, and a configuration file.
//!
//! What is typed wins over the environment, which wins over the file. What agrees to something or accepts
//! a risk can be typed only: nobody agrees by a file that was forgotten.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, io};

use clap::{Arg, ArgAction, Command};
use partsweep_s3::read_settings_file;
use toml::{Table, Value};

use crate::text::error::Failure;
use crate::text::exit::Exit;

/// What agrees, accepts a risk, or belongs to one run.
const TYPED_ONLY: [&str; 18] = [
    "yes",
    "risk_live",
    "include_finished",
    "allow_edited",
    "stale_plan_ok",
    "accept",
    "shorten",
    "even_if_managed",
    "all_users",
    "upload_id",
    "size",
    "verify",
    "quiet_for",
    "overwrite",
    "resume",
    "help",
    "version",
    "json",
];

/// A default, and where it was set.
struct Set {
    values: Vec<String>,
    whence: String,
}

/// The command line with the defaults of this environment and of this person.
///
/// # Errors
///
/// If the file cannot be read, names an option that isn't there, or a value cannot be used.
pub(crate) fn with_defaults(command: Command) -> Result<Command, Failure> {
    let options = options(&command);
    let mut set = match file() {
        Some(path) => of_file(&path, &options)?,
        None => BTreeMap::new(),
    };
    for (id, option) in &options {
        let name = format!("PARTSWEEP_{}", id.to_uppercase());
        let Some(value) = env::var_os(&name).filter(|value| !value.is_empty()) else {
            continue;
        };
        if TYPED_ONLY.contains(&id.as_str()) {
            return Err(typed_only(&name, option));
        }
        let value = value
            .into_string()
            .map_err(|_| Failure::usage(format!("{name} isn't valid UTF-8")))?;
        let values = match option.get_action() {
            ArgAction::Append => value
                .split(',')
                .map(|value| value.trim().to_owned())
                .collect(),
            _ => vec![value],
        };
        set.insert(
            id.clone(),
            Set {
                values,
                whence: name,
            },
        );
    }
    for (id, set) in &mut set {
        if is_counted(&options[id]) {
            set.values.iter_mut().for_each(in_times);
        }
        check(&options[id], set)?;
    }
    Ok(apply(command, &set))
}

/// Where the configuration file is: `$XDG_CONFIG_HOME/partsweep/config.toml`, else below `~/.config`.
pub(crate) fn file() -> Option<PathBuf> {
    let folder = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("partsweep/config.toml"))
}

/// All options of all commands, by their names.
fn options(command: &Command) -> BTreeMap<String, Arg> {
    let mut all = BTreeMap::new();
    let here = command
        .get_arguments()
        .filter(|argument| argument.get_long().is_some());
    all.extend(here.map(|option| (option.get_id().to_string(), option.clone())));
    for below in command.get_subcommands() {
        all.extend(options(below));
    }
    all
}

fn of_file(path: &Path, options: &BTreeMap<String, Arg>) -> Result<BTreeMap<String, Set>, Failure> {
    let shown = path.display();
    let read = read_settings_file(path).and_then(|bytes| {
        let text = String::from_utf8(bytes);
        text.map_err(|_| io::Error::other("it isn't valid UTF-8"))
    });
    let text = match read {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(Failure::told(Exit::Failed, format!("{shown}: {error}"))),
    };
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1);
        let line = line.map_or(String::new(), |line| format!(", line {line}"));
        Failure::usage(format!("{shown}{line}: {}", error.message()))
            .hint("one setting a line: older-than = \"7d\"")
    })?;
    let mut set = BTreeMap::new();
    for (name, value) in table {
        let id = name.replace('-', "_");
        let Some(option) = options.get(&id) else {
            let names = options.keys().map(|id| id.replace('_', "-"));
            let failure = Failure::usage(format!("{shown}: there is no option `{name}`"));
            return Err(match super::similar(&name, names) {
                Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
                None => failure.hint("settings are named as the options are, without `--`"),
            });
        };
        if TYPED_ONLY.contains(&id.as_str()) {
            return Err(typed_only(&format!("{shown}: `{name}`"), option));
        }
        let values = match value {
            Value::Array(values) => values.into_iter().map(in_words).collect(),
            value => in_words(value).map(|value| vec![value]),
        };
        let whence = format!("{shown}: `{name}`");
        let Some(values) = values else {
            return Err(Failure::usage(format!(
                "{whence} isn't a text, a number, true, false, or a list of texts"
            )));
        };
        set.insert(id, Set { values, whence });
    }
    Ok(set)
}

fn in_words(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(is_so) => Some(is_so.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

fn typed_only(whence: &str, option: &Arg) -> Failure {
    let option = option.get_long().unwrap_or_default();
    Failure::usage(format!(
        "{whence} has no effect: --{option} can only be given on the command line"
    ))
    .hint("confirmations and accepted risks are never taken from a setting")
}

/// Reads a value as the command line would.
fn check(option: &Arg, set: &Set) -> Result<(), Failure> {
    let id = option.get_id().clone();
    let is_flag = is_flag(option);
    let alone = Arg::new(id).long("value").require_equals(true);
    let alone = match is_flag {
        true => alone.value_parser(clap::value_parser!(bool)),
        false if is_counted(option) => alone.value_parser(clap::value_parser!(u8)),
        false => alone
            .value_parser(option.get_value_parser().clone())
            .allow_hyphen_values(true)
            .action(option.get_action().clone()),
    };
    let typed = set
        .values
        .iter()
        .map(|value| OsString::from(format!("--value={value}")));
    let command = Command::new("settings").no_binary_name(true).arg(alone);
    let Err(error) = command.try_get_matches_from(typed) else {
        return Ok(());
    };
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    let why = first.split_once("': ").map_or(first, |(_, why)| why);
    let shown = set.values.join(", ");
    let failure = Failure::usage(match why == first {
        true => format!("{} can't be `{shown}`", set.whence),
        false => format!("{} can't be `{shown}`: {why}", set.whence),
    });
    let possible = option.get_possible_values();
    Err(match possible.as_slice() {
        [] if is_flag => failure.hint("it is true or false"),
        [] if is_counted(option) => failure.hint("it is true, false, or how many times"),
        [] => failure,
        possible => {
            let names: Vec<_> = possible
                .iter()
                .map(clap::builder::PossibleValue::get_name)
                .collect();
            failure.hint(format!("it is one of {}", names.join(", ")))
        }
    })
}

fn is_flag(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::SetTrue)
}

/// Whether an option says more when it is typed more than once.
fn is_counted(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::Count)
}

/// `true` is an option that is typed once.
fn in_times(value: &mut String) {
    match value.as_str() {
        "true" => "1".clone_into(value),
        "false" => "0".clone_into(value),
        _ => {}
    }
}

fn apply(mut command: Command, set: &BTreeMap<String, Set>) -> Command {
    let here: Vec<_> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    for id in here {
        let Some(set) = set.get(&id) else { continue };
        let values: Vec<_> = set
            .values
            .iter()
            .map(|value| clap::builder::OsStr::from(value.clone()))
            .collect();
        command = command.mut_arg(id, |option| option.default_values(values));
    }
    let below: Vec<_> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    for name in below {
        command = command.mut_subcommand(name, |below| apply(below, set));
    }
    command
}
