//! What happened in the histories, and what must have happened.

use std::collections::BTreeMap;
use std::fmt;

use partsweep_sim::Action;

use crate::liar::Lie;

/// Counts of what happened in a history, or in many.
#[derive(Debug, Default, Clone)]
pub(crate) struct Played {
    pub(crate) histories: u64,
    counts: BTreeMap<String, u64>,
}

impl Played {
    /// One more of this.
    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
    }

    /// What a run of some thousand histories must have met, or it proves nothing.
    pub(crate) fn assert_that_it_happened(&self, can_hurt: bool) {
        for action in Action::ALL {
            // Hours after a sweep: at the end of each history.
            if action == Action::CollectGarbage {
                continue;
            }
            self.assert_some(&format!("{action:?}"));
        }
        for what in [
            "aborted",
            "already_gone",
            "changed",
            "kept",
            "resumed",
            "trimmed",
        ] {
            self.assert_some(what);
        }
        for lie in Lie::ALL {
            // On what says that it is Amazon S3, `OtherServer` is none; and few of its looks ask for the
            // object, so whether one of those answers came late is chance.
            if can_hurt || !matches!(lie, Lie::OtherServer | Lie::Late) {
                self.assert_some(&format!("lie {lie:?}"));
            }
        }
        for what in [
            "an echo was redacted",
            "young although Date is ahead",
            "aborts of a measured look",
        ] {
            self.assert_some(what);
        }
        if can_hurt {
            self.assert_some("aborts that came too late");
        }
        for request in ["ListParts", "HeadObject", "AbortMultipartUpload"] {
            self.assert_some(&format!("died before {request}"));
            self.assert_some(&format!("died after {request}"));
        }
        let repair = ["copy to a spare", "copy back", "deletion of a spare"];
        for request in repair {
            for when in ["before", "after"] {
                let what = format!("died {when} {request}");
                match can_hurt {
                    true => self.assert_some(&what),
                    false => assert!(!self.counts.contains_key(&what), "{what}: {self}"),
                }
            }
        }
        assert_eq!(self.counts.contains_key("repaired"), can_hurt, "{self}");
        if can_hurt {
            self.assert_some("overwritten during a repair");
        }
    }

    fn assert_some(&self, what: &str) {
        assert!(self.counts.contains_key(what), "never: {what} ({self})");
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} histories", self.histories)?;
        for (what, count) in &self.counts {
            write!(f, ", {count} {what}")?;
        }
        Ok(())
    }
}
