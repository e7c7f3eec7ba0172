//! Which options were typed, as opposed to those that have a default.

use clap::ArgMatches;
use clap::parser::ValueSource;
use partsweep_core::escape;

use crate::args::target::TargetArg;

/// The options that lead to the same store.
const SAME_STORE: [&str; 6] = [
    "--from",
    "--store",
    "--endpoint-url",
    "--profile",
    "--region",
    "--addressing",
];

/// The options that choose the same uploads in a store.
const SAME_UPLOADS: [&str; 10] = [
    ALL_USERS,
    "--bucket",
    "--exclude-bucket",
    "--include",
    "--exclude",
    "--older-than",
    "--min-size",
    "--min-cost",
    "--accept",
    "--keys-from",
];

/// The one of them that has no value.
const ALL_USERS: &str = "--all-users";

/// Where an option is set: the first of these wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SetIn {
    /// On the command line.
    Typed,
    /// In its variable.
    Environment,
    /// In the configuration file.
    File,
}

/// The variable that has a default for an option.
fn variable(option: &str) -> String {
    let id = option.trim_start_matches('-').replace('-', "_");
    format!("PARTSWEEP_{}", id.to_uppercase())
}

/// The options that were typed for a command, and not taken from a default, the environment or the
/// configuration file: only those can be in a wrong place or contradict each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given(Vec<Typed>);

/// One of them: its name (`older_than` for `--older-than`), and its values as they were typed.
#[derive(Debug, Clone)]
struct Typed {
    id: String,
    values: Vec<String>,
}

impl Given {
    /// Of the command that was chosen, the options before it included.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut given = Self::at(matches);
        if let Some((_, below)) = matches.subcommand() {
            given.0.extend(Self::of(below).0);
        }
        given
    }

    /// Of this level alone: before a command.
    pub(crate) fn at(matches: &ArgMatches) -> Self {
        let ids = matches.ids().map(clap::Id::as_str);
        let is_typed = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let values = |id: &str| {
            let raw = matches.try_get_raw(id).ok().flatten();
            raw.into_iter()
                .flatten()
                .map(|value| value.to_string_lossy().into_owned())
                .collect()
        };
        let typed = ids.filter(is_typed).map(|id| Typed {
            id: id.to_owned(),
            values: values(id),
        });
        Self(typed.collect())
    }

    /// The first of these options, written as `--option`, that was typed.
    pub(crate) fn first_of(&self, options: &[&'static str]) -> Option<&'static str> {
        let is_given = |option: &&&str| self.values(option).is_some();
        options.iter().find(is_given).copied()
    }

    /// Those of these options that were typed, with their values, as words for a shell: another command
    /// that gets them chooses the same. Each has a space before it.
    pub(crate) fn again(&self, options: &[&str]) -> String {
        let mut words = String::new();
        for option in options {
            let values = self.values(option);
            if *option == ALL_USERS && values.is_some() {
                words.push_str(&format!(" {ALL_USERS}"));
                continue;
            }
            for value in values.unwrap_or_default() {
                words.push_str(&format!(" {option} {}", escape::for_shell(value)));
            }
        }
        words
    }

    /// The options that were typed and lead to the same store.
    pub(crate) fn store_again(&self) -> String {
        self.again(&SAME_STORE)
    }

    /// The options that were typed and choose the same uploads there.
    pub(crate) fn chosen_again(&self) -> String {
        let mut words = self.again(&SAME_UPLOADS);
        if self.first_of(&["--min-cost"]).is_some() {
            // By other prices it would choose others.
            words.push_str(&self.again(&["--price", "--prices"]));
        }
        words
    }

    /// These options and the targets that were typed: all that chooses the same uploads there.
    pub(crate) fn uploads_again(&self) -> String {
        let mut words = self.chosen_again();
        for typed in self.values("targets").unwrap_or_default() {
            let target = typed.parse::<TargetArg>();
            let target = target.map_or_else(|_| typed.clone(), |target| target.to_string());
            words.push_str(&format!(" {}", escape::for_shell(&target)));
        }
        words
    }

    /// What was typed for an option that is given once.
    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        self.values(option)?.last().map(String::as_str)
    }

    /// Where the value of an option that is set comes from.
    pub(crate) fn rank(&self, option: &str) -> SetIn {
        let is_set = std::env::var_os(variable(option)).is_some_and(|value| !value.is_empty());
        match (self.values(option), is_set) {
            (Some(_), _) => SetIn::Typed,
            (None, true) => SetIn::Environment,
            (None, false) => SetIn::File,
        }
    }

    /// The same in words.
    pub(crate) fn whence(&self, option: &str) -> String {
        match self.rank(option) {
            SetIn::Typed => option.to_owned(),
            SetIn::Environment => variable(option),
            SetIn::File => "partsweep's config.toml".to_owned(),
        }
    }

    fn values(&self, option: &str) -> Option<&[String]> {
        let id = option.trim_start_matches('-').replace('-', "_");
        let typed = self.0.iter().find(|typed| typed.id == id);
        typed.map(|typed| typed.values.as_slice())
    }

    /// The names of what was typed: `older_than` for `--older-than`.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|typed| typed.id.as_str())
    }
}
