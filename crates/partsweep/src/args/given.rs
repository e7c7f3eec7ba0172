//! Which options were typed, as opposed to those that have a default.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// The options that were typed for a command, and not taken from a default, the environment or the
/// configuration file: only those can be in a wrong place or contradict each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given(Vec<String>);

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
        Self(ids.filter(is_typed).map(str::to_owned).collect())
    }

    /// The first of these options, written as `--option`, that was typed.
    pub(crate) fn first_of(&self, options: &[&'static str]) -> Option<&'static str> {
        let id = |option: &str| option.trim_start_matches('-').replace('-', "_");
        let is_given = |option: &&&str| self.0.contains(&id(option));
        options.iter().find(is_given).copied()
    }

    /// The names of what was typed: `older_than` for `--older-than`.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
