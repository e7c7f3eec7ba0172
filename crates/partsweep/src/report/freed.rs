//! What a person reads of a sweep: what was freed, and what was not.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::{KeepReason, Look, Outcome, OutcomeKind, StoreError, UploadAddress, escape};
use partsweep_engine::{CheckedUpload, SweepTotals, SweptUpload};

use crate::report::confirm::mark;
use crate::report::schema::sweep::OutcomeTotals;
use crate::text::error::chain;
use crate::text::figures::{count, counted, rounded};
use crate::text::fit::{self, flow};
use crate::text::hints;

const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Uploads of a bucket that are named because they were not simply aborted, at most: what can still
/// be scrolled through.
const NAMED: usize = 1_000;

/// What became of the uploads of one plan, or of one bucket of it.
#[derive(Default)]
pub(crate) struct Freed {
    /// Whether they are of several buckets: then a key alone says too little.
    names_buckets: bool,
    /// Sums over them.
    totals: OutcomeTotals,
    /// Those that were not simply aborted, with the reason.
    exceptions: Vec<(String, String)>,
    /// So many more.
    more: u64,
    /// What to do about the first that failed: the same for all of them, as a rule.
    hints: Vec<String>,
}

impl Freed {
    /// Nothing yet, of one bucket or of several.
    pub(crate) fn new(names_buckets: bool) -> Self {
        Self {
            names_buckets,
            ..Self::default()
        }
    }

    /// Takes one more upload.
    pub(crate) fn count(&mut self, swept: &SweptUpload) {
        self.totals.count(swept);
        if let Some(reason) = exception(&swept.outcome) {
            self.except(&swept.planned.upload.address, reason);
        }
        match &swept.outcome {
            Outcome::Kept(reason) => self.hint_at_kept(*reason),
            Outcome::Failed(error) => self.hint_at_failed(error),
            _ => {}
        }
    }

    /// Takes one more upload of a plan that is only checked.
    pub(super) fn checked(&mut self, checked: &CheckedUpload) {
        let reason = match &checked.would {
            Ok(Look::Abort) => return,
            Ok(Look::Gone) => "already gone".to_owned(),
            Ok(Look::Changed) => "changed since the plan".to_owned(),
            Ok(Look::Keep(reason)) => {
                self.hint_at_kept(*reason);
                format!("would be skipped, {}", hints::kept(*reason))
            }
            Err(error) => {
                self.hint_at_failed(error);
                format!("could not be checked, {}", chain(error))
            }
        };
        self.except(&checked.planned.upload.address, reason);
    }

    /// Names an upload that is not simply aborted.
    fn except(&mut self, address: &UploadAddress, reason: String) {
        if self.exceptions.len() >= NAMED {
            self.more += 1;
            return;
        }
        let key = address.key.as_str();
        let name = match self.names_buckets {
            true => format!("s3://{}/{key}", address.bucket.as_str()),
            false => key.to_owned(),
        };
        self.exceptions.push((reason, name));
    }

    fn hint_at_kept(&mut self, reason: KeepReason) {
        if reason == KeepReason::ObjectNotVisible && self.hints.is_empty() {
            self.hints = vec![hints::NOT_VISIBLE.to_owned()];
        }
    }

    fn hint_at_failed(&mut self, error: &StoreError) {
        if self.hints.is_empty() {
            self.hints = hints::for_store(error);
        }
    }

    /// Writes the exceptions, then what was done.
    pub(crate) fn write(&self, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
        self.exceptions(width, out)?;
        let swept = self.totals.swept();
        let freed = freed(&self.totals);
        let done = counted(swept[OutcomeKind::Aborted], "upload");
        let text = match swept[OutcomeKind::Aborted] {
            0 => "nothing was aborted".to_owned(),
            _ => format!("aborted {done}, freed {freed}"),
        };
        let text = format!("{text}{}", others(swept));
        let text = flow(text.split(' '), " ", 4, 4, width);
        writeln!(
            out,
            "  {} {text}",
            mark(swept.trouble() + swept[OutcomeKind::NotReached] == 0)
        )
    }

    pub(super) fn exceptions(&self, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
        for (reason, key) in &self.exceptions {
            let (reason, key) = (escape::for_terminal(reason), escape::for_terminal(key));
            let line = flow(reason.split(' '), " ", 2, 4, width);
            let column = 2 + line.lines().last().map_or(0, fit::width) + 1;
            // A key is not broken, and not cut: it has to be found again.
            let fits = width.is_none_or(|width| column + 1 + fit::width(&key) <= width);
            let gap = if fits { " " } else { "\n    " };
            writeln!(out, "  {TROUBLE}{line}:{TROUBLE:#}{gap}{key}")?;
        }
        if self.more > 0 {
            let more = counted(self.more, "other");
            writeln!(out, "  {more} like these, not named here")?;
        }
        for hint in &self.hints {
            let hint = escape::for_terminal(hint);
            let hint = flow(hint.split(' '), " ", 8, 4, width);
            writeln!(out, "  hint: {hint}")?;
        }
        Ok(())
    }

    /// Whether there is anything to say of it but its sums.
    pub(super) fn is_exceptional(&self) -> bool {
        !self.exceptions.is_empty()
    }
}

/// Why an upload is still there, or was not ours to free. An upload that was not reached is
/// counted only.
pub(super) fn exception(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Aborted | Outcome::NotReached => None,
        Outcome::AlreadyGone => Some("already gone".to_owned()),
        Outcome::PartsRemain => {
            Some("aborted, but not all of it is gone; run it again later".to_owned())
        }
        Outcome::Changed => Some("skipped, changed since the scan".to_owned()),
        Outcome::Kept(reason) => Some(format!("skipped, {}", hints::kept(*reason))),
        Outcome::Failed(error) => Some(chain(error)),
        Outcome::Repaired(None) => {
            Some("completed while it was aborted; the object was saved".to_owned())
        }
        Outcome::Repaired(Some(spare)) => Some(format!(
            "completed while it was aborted; the object was saved, but its spare copy {} could not \
             be deleted",
            spare.name.key().as_str()
        )),
        Outcome::AtRisk(at_risk) => Some(format!(
            "completed while it was aborted, and the object is in danger ({})",
            chain(&at_risk.error)
        )),
        Outcome::Unverified(error) => Some(format!(
            "aborted, but whether an object was completed meanwhile could not be seen ({})",
            chain(error)
        )),
    }
}

/// The same of sums alone, as a journal has them.
pub(crate) fn of_totals(totals: &SweepTotals) -> String {
    summary(&OutcomeTotals::of(totals))
}

/// `freed 5.54 GB: 12 uploads aborted, 1 already gone`, or `nothing was changed`.
pub(crate) fn summary(totals: &OutcomeTotals) -> String {
    let swept = totals.swept();
    let text = if swept[OutcomeKind::Aborted] > 0 {
        let aborted = counted(swept[OutcomeKind::Aborted], "upload");
        format!("freed {}: {aborted} aborted", freed(totals))
    } else if swept.trouble() + swept[OutcomeKind::Repaired] == 0 {
        "nothing was changed".to_owned()
    } else {
        "nothing was freed".to_owned()
    };
    text + &others(swept)
}

/// What was freed, as far as it is known.
fn freed(totals: &OutcomeTotals) -> String {
    match (totals.has_unsized(), totals.swept().bytes_freed) {
        (true, 0) => "an unknown size".to_owned(),
        (true, known) => format!("at least {}", rounded(known)),
        (false, all) => rounded(all),
    }
}

/// What was not aborted, behind what was.
fn others(swept: &SweepTotals) -> String {
    let mut text = String::new();
    for (kind, what) in [
        (OutcomeKind::AlreadyGone, "already gone"),
        (OutcomeKind::Changed, "changed since the scan"),
        (OutcomeKind::Kept, "skipped"),
        (OutcomeKind::NotReached, "not reached"),
        (OutcomeKind::PartsRemain, "not wholly gone"),
        (OutcomeKind::Failed, "failed"),
        (OutcomeKind::Repaired, "completed meanwhile and saved"),
        (OutcomeKind::AtRisk, "completed meanwhile and in danger"),
        (OutcomeKind::Unverified, "not checked again"),
    ] {
        let n = swept[kind];
        if n > 0 {
            text.push_str(&format!(", {} {what}", count(n)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use partsweep_core::{Amount, Footprint, PlannedUpload, Upload};

    use super::*;

    fn aborted(bytes: Amount) -> SweptUpload {
        let upload = Upload::named(UploadAddress::new("b", "k", "1").unwrap());
        let footprint = Footprint {
            bytes,
            ..Footprint::UNKNOWN
        };
        SweptUpload {
            number: 0,
            planned: PlannedUpload { upload, footprint },
            outcome: Outcome::Aborted,
            shared: false,
        }
    }

    #[test]
    fn what_was_freed_of_unknown_size_is_not_0() {
        let mut totals = OutcomeTotals::default();
        totals.count(&aborted(Amount::Unknown));
        assert_eq!(summary(&totals), "freed an unknown size: 1 upload aborted");
        totals.count(&aborted(Amount::Exact(2_000)));
        let text = "freed at least 2.0 kB: 2 uploads aborted";
        assert_eq!(summary(&totals), text);
    }
}
