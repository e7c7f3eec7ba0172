//! How results are shown.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::builder::{EnumValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, ValueEnum};
use partsweep_core::{KeepReason, Verdict};
use partsweep_engine::Skipped;

use crate::args::{SelectionArgs, SharedArgs};
use crate::terminal::console::Manner;
use crate::text::error::Failure;

/// The options on what is shown and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Output format
    #[arg(
        short = 'o',
        long,
        value_name = "FORMAT",
        alias = "output",
        global = true,
        default_value = "table",
        ignore_case = true
    )]
    format: Format,
    /// The same as --format json
    #[arg(long, global = true, conflicts_with = "format")]
    json: bool,
    /// Show the first N uploads of each bucket, or all [default: all if few, else 20]
    #[arg(long, value_name = "N|all", global = true)]
    pub(crate) top: Option<Top>,
    /// Leave out notes and progress; the table stays
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print details; -vv also prints every request
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// When to use colours
    #[arg(
        hide_short_help = true,
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto"
    )]
    pub(crate) color: Color,
    /// Don't show progress
    #[arg(hide_short_help = true, long, global = true)]
    pub(crate) no_progress: bool,
}

impl Default for OutputArgs {
    fn default() -> Self {
        Self {
            format: Format::Table,
            json: false,
            top: None,
            quiet: false,
            verbose: 0,
            color: Color::Auto,
            no_progress: false,
        }
    }
}

impl OutputArgs {
    /// How the console talks.
    pub(crate) fn manner(&self) -> Manner {
        Manner {
            quiet: self.quiet,
            verbose: self.verbose,
            no_progress: self.no_progress,
            color: self.color.into(),
        }
    }

    /// The form of the results.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// The options on what a scan shows, and a dry run; the order is also that of what is asked about.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShowArgs {
    /// Show the totals of each bucket, without the uploads
    #[arg(long)]
    pub(crate) summary: bool,
    /// Sort uploads: the largest, the longest idle or those with the most parts first, or by key
    #[arg(long, value_name = "ORDER", default_value = "size", ignore_case = true)]
    pub(crate) sort: Sort,
    /// Don't cut keys to the width of the terminal; show times in full
    #[arg(hide_short_help = true, long)]
    pub(crate) wide: bool,
    /// List the uploads that --older-than, --min-size and --min-cost leave out
    #[arg(hide_short_help = true, long)]
    pub(crate) show_skipped: bool,
}

impl ShowArgs {
    /// What is left out of what is shown.
    pub(crate) fn filters(&self, selection: &SelectionArgs) -> Filters {
        match self.show_skipped {
            true => Filters::default(),
            false => selection.filters(),
        }
    }

    /// Refuses what would be shown in another form, or not at all.
    pub(crate) fn refuse_what_has_no_effect(&self, shared: &SharedArgs) -> Result<(), Failure> {
        let first_of = |options: &[&'static str]| shared.given.first_of(options);
        if shared.output.format() != Format::Table
            && let Some(option) = first_of(&["--sort", "--wide", "--summary"])
        {
            return Err(Failure::usage(format!("{option} is for tables only"))
                .hint("leave it out: programs sort and add up by themselves"));
        }
        if self.summary
            && let Some(option) = first_of(&["--top", "--sort", "--wide", "--show-skipped"])
        {
            return Err(Failure::usage(format!(
                "{option} has no effect with --summary, which lists no uploads"
            ))
            .hint("leave one of them out"));
        }
        Ok(())
    }
}

/// The order of a bucket's uploads in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// The largest first.
    #[default]
    Size,
    /// The longest idle first.
    Age,
    /// By key.
    Key,
    /// Those with the most parts first.
    Count,
}

/// The filters that were set: what they don't select is counted, and not listed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filters {
    /// `--older-than`, other than by its default.
    pub(crate) by_age: bool,
    /// `--min-size`.
    pub(crate) by_size: bool,
    /// `--min-cost`.
    pub(crate) by_cost: bool,
}

impl Filters {
    /// Whether an upload is left out.
    pub(crate) fn leave_out(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Keep(reason) if reason.is_too_young() => self.by_age,
            Verdict::Keep(KeepReason::TooSmall) => self.by_size,
            Verdict::Keep(KeepReason::TooCheap) => self.by_cost,
            // What is not known is no mismatch: it may be what was looked for (law 8).
            Verdict::Sweep | Verdict::Keep(_) => false,
        }
    }

    /// How many of these are.
    pub(crate) fn left_out(self, skipped: &Skipped) -> u64 {
        let reasons = skipped.iter();
        reasons
            .filter(|(reason, _)| self.leave_out(Verdict::Keep(*reason)))
            .map(|(_, uploads)| uploads)
            .sum()
    }
}

/// The form of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One document
    Json,
    /// One JSON object a line, as they come
    Ndjson,
    /// For spreadsheets
    Csv,
}

impl Format {
    /// Those of a command whose result is one document.
    const OF_ONE_DOCUMENT: [Self; 2] = [Self::Table, Self::Json];

    /// Refuses what a command whose result is one document can't write: a default may be set for others.
    pub(crate) fn check_one_document(self, command: &str) -> Result<(), Failure> {
        match Self::OF_ONE_DOCUMENT.contains(&self) {
            true => Ok(()),
            false => Err(Failure::usage(format!("{command} writes a table or json"))
                .hint("use --format table or --format json")),
        }
    }
}

/// Reads a format for a command whose result is one document: it names only those that this has. Others are read too, so
/// that a default that was set for all commands is refused in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneDocument;

impl TypedValueParser for OneDocument {
    type Value = Format;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Format, clap::Error> {
        let any = EnumValueParser::<Format>::new().parse_ref(command, argument, value);
        any.map_err(|error| {
            let own = Format::OF_ONE_DOCUMENT.iter();
            let own = own.filter_map(Format::to_possible_value);
            let own = PossibleValuesParser::new(own).parse_ref(command, argument, value);
            own.err().unwrap_or(error)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let own = Format::OF_ONE_DOCUMENT.iter();
        Some(Box::new(own.filter_map(Format::to_possible_value)))
    }
}

/// How many uploads of a bucket a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Top {
    /// So many, the first in order.
    Largest(NonZeroUsize),
    /// Every one.
    All,
}

impl FromStr for Top {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            _ => text
                .parse()
                .map(Self::Largest)
                .map_err(|_| "a number from 1, or `all`".to_owned()),
        }
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// At a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_a_number_from_1_or_all() {
        let first = |n| Ok(Top::Largest(NonZeroUsize::new(n).unwrap()));
        assert_eq!("20".parse(), first(20));
        assert_eq!("1".parse(), first(1));
        assert_eq!("all".parse(), Ok(Top::All));
        for text in ["0", "-1", "", "ten", "All"] {
            assert!(text.parse::<Top>().is_err(), "{text}");
        }
    }
}
