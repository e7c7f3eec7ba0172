//! What takes a change back, by what is there now: nothing of anybody else's with it (law 10).

use super::change::{FormerLifecycle, LifecycleChange, NoChange, SeenLifecycle};
use super::document::LifecycleDocument;
use super::read_back::{Leaves, ReadBack, judge};
use super::rule::AbortAfter;

/// A change that was made, as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastChange {
    /// What was there before.
    pub before: FormerLifecycle,
    /// What was written; none for a deletion.
    pub written: Option<LifecycleDocument>,
    /// What the store showed at the end, if it showed a document.
    pub shown: Option<LifecycleDocument>,
    /// How it ended.
    pub end: PastEnd,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastEnd {
    /// The store was seen to have it, or not to have taken it.
    Seen,
    /// Nobody saw it: the run was interrupted, or nothing could be read.
    Unseen,
    /// The store damaged it, and what was there before could not be put back.
    Ruined,
    /// Something else was there: the store or somebody else changed it.
    Foreign,
}

/// A change that takes another back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// It.
    pub change: LifecycleChange,
    /// What it goes by.
    pub basis: UndoBasis,
}

/// What taking a change back goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoBasis {
    /// What was written is there.
    AsWritten,
    /// Somebody has added rules, or renamed some: these stay, and only the own rule is taken back.
    BesideOthers,
    /// Less is there than was written, which nobody saw whole: the store may have dropped the rest.
    Dropped,
    /// What is there differs from what was written, and may be somebody's: a person has to see it and agree.
    PerhapsTheirs,
}

impl PastChange {
    /// The change that takes this one back.
    ///
    /// # Errors
    ///
    /// Where it is as before already, or anything is there that is neither what was written nor what was seen then.
    pub fn undo(self, now: SeenLifecycle) -> Result<Undo, NoChange> {
        let state = judge(self.before.document.as_ref(), self.written.as_ref(), &now);
        // Two documents of one meaning may stand in other forms; what it says of the names of rules counts here.
        let is_written = now.means(self.written.as_ref());
        let is_shown = self.shown.is_some() && now.means(self.shown.as_ref());
        let back = |now, basis| {
            let change = LifecycleChange::back_to(now, self.before.clone());
            Ok(Undo { change, basis })
        };
        let is_unkept = self.end != PastEnd::Seen;
        match state {
            // Its setting beside the rules could not be put back.
            ReadBack::AsBefore if self.end == PastEnd::Ruined && self.lacks_setting(&now) => {
                back(now, UndoBasis::Dropped)
            }
            ReadBack::AsBefore => Err(NoChange::AsBefore),
            ReadBack::AsWritten if is_written || is_shown => back(now, UndoBasis::AsWritten),
            ReadBack::AsWritten | ReadBack::WithMore => self.without_own(now),
            ReadBack::Damaged if is_unkept => back(now, UndoBasis::Dropped),
            ReadBack::Damaged | ReadBack::Foreign if is_shown && is_unkept => {
                back(now, UndoBasis::PerhapsTheirs)
            }
            ReadBack::Damaged | ReadBack::Foreign => Err(NoChange::ChangedSince),
        }
    }

    fn lacks_setting(&self, now: &SeenLifecycle) -> bool {
        self.before.document.is_some() && self.before.default_minimum != now.default_minimum
    }

    /// What is there without the one rule that was added, or with its days of before; all else stays byte for byte.
    fn without_own(self, now: SeenLifecycle) -> Result<Undo, NoChange> {
        let document = now.document.as_ref().ok_or(NoChange::ChangedSince)?;
        let new = only_in(self.written.as_ref(), self.before.document.as_ref());
        let old = only_in(self.before.document.as_ref(), self.written.as_ref());
        let ([own], [] | [_]) = (&*new, &*old) else {
            return Err(NoChange::ChangedSince);
        };
        let is_own = |index: &usize| document.leaves(*index) == own.leaves;
        let mut alike = (0..document.rules().len()).filter(is_own);
        let id = |document: &LifecycleDocument, index: usize| document.rules()[index].id.clone();
        let named = |index: &usize| id(document, *index) == own.id;
        let at = alike.clone().find(named).or_else(|| alike.next());
        let at = at.ok_or(NoChange::ChangedSince)?;
        let text = match old.first().map(|rule| rule.days) {
            None => document.without_rule(at),
            Some(Some(AbortAfter::Days(days))) => std::num::NonZeroU32::new(days)
                .and_then(|days| super::change::with_days(document, at, days))
                .ok_or(NoChange::Unsure)?,
            Some(_) => return Err(NoChange::ChangedSince),
        };
        let after = LifecycleDocument::read(text).map_err(|_| NoChange::Unsure)?;
        // One rule is gone or another, and each that stays is as it is.
        let kept = after.rules().len() + usize::from(old.is_empty());
        let stays = |index: usize| {
            let place = index - usize::from(old.is_empty() && index > at);
            index == at || document.rule_text(index) == after.rule_text(place)
        };
        let is_right = kept == document.rules().len()
            && (0..kept).all(stays)
            && old.iter().all(|rule| after.leaves(at) == rule.leaves);
        if !is_right {
            return Err(NoChange::Unsure);
        }
        let former = FormerLifecycle {
            document: Some(after),
            default_minimum: now.default_minimum.clone(),
        };
        Ok(Undo {
            change: LifecycleChange::back_to(now, former),
            basis: UndoBasis::BesideOthers,
        })
    }
}

/// A rule that one document has, and another hasn't.
struct OwnRule {
    leaves: Leaves,
    id: Option<String>,
    days: Option<AbortAfter>,
}

fn only_in(one: Option<&LifecycleDocument>, other: Option<&LifecycleDocument>) -> Vec<OwnRule> {
    let mut others: Vec<Leaves> = other.map_or_else(Vec::new, |other| {
        (0..other.rules().len())
            .map(|at| other.leaves(at))
            .collect()
    });
    let mut only = Vec::new();
    let Some(one) = one else { return only };
    for (index, rule) in one.rules().iter().enumerate() {
        let leaves = one.leaves(index);
        match others.iter().position(|other| *other == leaves) {
            Some(at) => {
                others.swap_remove(at);
            }
            None => only.push(OwnRule {
                leaves,
                id: rule.id.clone(),
                days: rule.abort,
            }),
        }
    }
    only
}

#[cfg(test)]
mod tests;
