//! Uploads that a new lifecycle rule aborts as soon as it is there.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Selection, escape};
use partsweep_engine::Finding;

use super::start_of;
use crate::text::figures::counted;

/// Uploads that the rule will abort with its first run.
#[derive(Debug, Default)]
pub(super) struct OldUploads {
    count: u64,
    /// Of these, those that were active in the last 24 hours, and the key of the first.
    active: u64,
    first_active: Option<String>,
    /// Those whose start isn't known.
    undated: u64,
    /// Not all could be seen.
    pub(super) is_partial: bool,
}

impl OldUploads {
    /// A sentence, with a space in front; nothing where there is none.
    pub(super) fn words(&self, days: NonZeroU32) -> String {
        let mut more = match self.undated {
            0 => String::new(),
            1 => " The start of 1 upload isn't known: it may go as well.".to_owned(),
            many => format!(" The start of {many} uploads isn't known: they may go as well."),
        };
        if self.is_partial {
            more.push_str(" There may be others: not all uploads could be seen.");
        }
        if self.count == 0 {
            return more;
        }
        let (is, go) = match self.count {
            1 => ("is", "goes"),
            _ => ("are", "go"),
        };
        let active = match (self.active, &self.first_active) {
            (1, Some(key)) => format!(" 1 of them was active in the last 24 h: {key}."),
            (active, Some(key)) if active > 1 => {
                format!(" {active} of them were active in the last 24 h, for example {key}.")
            }
            _ => String::new(),
        };
        format!(
            " {} {is} older than {} and {go} with its first run.{active}{more}",
            counted(self.count, "upload"),
            counted(days.get().into(), "day"),
        )
    }

    pub(super) fn add(&mut self, finding: &Finding, limit: SignedDuration, started: Timestamp) {
        let Some((_, ago)) = start_of(finding, started) else {
            self.undated += 1;
            return;
        };
        if ago <= limit {
            return;
        }
        self.count += 1;
        // What isn't known may be running.
        if finding
            .idle
            .is_none_or(|idle| idle < Selection::DEFAULT_OLDER_THAN)
        {
            self.active += 1;
            let key = escape::for_terminal(finding.upload.address.key.as_str()).into_owned();
            self.first_active.get_or_insert(key);
        }
    }
}
