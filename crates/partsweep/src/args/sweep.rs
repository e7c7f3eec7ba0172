//! What a sweep may do, and where it is written down.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_core::Limits;

use super::selection::{age, size};

/// The options of every command that aborts uploads.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sweep")]
pub(crate) struct SweepArgs {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Abort nothing at all if more uploads than this would be aborted
    #[arg(long, value_name = "N")]
    max_uploads: Option<u64>,
    /// Abort nothing at all if more bytes than this would be freed: 500GB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_bytes: Option<u64>,
    /// Also abort uploads whose object seems finished, where that cannot hurt it
    #[arg(long)]
    pub(crate) include_finished: bool,
    /// Allow ages under an hour where a lost race cannot be mended (Garage, Swift)
    #[arg(long)]
    risk_live: bool,
    /// Where an abort can hurt, look at the key again after this time
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = age)]
    settle: SignedDuration,
    /// New file for the journal; FILE-2 and so on for further buckets that are asked about
    /// [default: in the state directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}

impl SweepArgs {
    /// The first thing given, if anything is.
    pub(crate) fn first_given(&self) -> Option<&'static str> {
        [
            (self.yes, "--yes"),
            (self.max_uploads.is_some(), "--max-uploads"),
            (self.max_bytes.is_some(), "--max-bytes"),
            (self.include_finished, "--include-finished"),
            (self.risk_live, "--risk-live"),
            (self.journal.is_some(), "--journal"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// The first thing given that is about a plan.
    pub(crate) fn first_of_plans(&self) -> Option<&'static str> {
        [
            (self.max_uploads.is_some(), "--max-uploads"),
            (self.max_bytes.is_some(), "--max-bytes"),
            (self.include_finished, "--include-finished"),
            (self.risk_live, "--risk-live"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// What one run may do.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_uploads: self.max_uploads,
            max_bytes: self.max_bytes,
            risk_live: self.risk_live,
        }
    }

    /// The time after which a key is looked at again.
    pub(crate) fn settle(&self) -> Duration {
        self.settle.unsigned_abs()
    }
}
