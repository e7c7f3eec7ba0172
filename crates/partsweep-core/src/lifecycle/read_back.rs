//! What a bucket has after a change was written, and what that says of the store and of others.

use std::collections::BTreeMap;

use super::change::{FormerLifecycle, LifecycleChange, SeenLifecycle};
use super::document::LifecycleDocument;

/// What came of a write, by what was read after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadBack {
    /// What was written.
    AsWritten,
    /// What was written, and rules that someone added since.
    WithMore,
    /// What was there before: the answer is stale, or the store didn't take the change.
    AsBefore,
    /// Something of what was written is missing or reduced, and nothing else is there: the store dropped it.
    Damaged,
    /// Rules that were neither there before nor written: someone else wrote in the meantime, or the store changed values. It
    /// may be theirs.
    Foreign,
}

/// Judges what was read after a change.
///
/// A store that drops what it doesn't know leaves less of what was written, under no new values; who edits a lifecycle
/// writes new ones. So only what is *less* counts as the store's doing, and may be put back.
pub fn read_back(change: &LifecycleChange, now: &SeenLifecycle) -> ReadBack {
    judge(change.before().document.as_ref(), change.after(), now)
}

pub(super) fn judge(
    before: Option<&LifecycleDocument>,
    after: Option<&LifecycleDocument>,
    now: &SeenLifecycle,
) -> ReadBack {
    if now.means(after) {
        return ReadBack::AsWritten;
    }
    if now.means(before) {
        return ReadBack::AsBefore;
    }
    let mut written = effects(after);
    let mut strange: Vec<Leaves> = Vec::new();
    for (effect, leaves) in effects_in_order(now.document.as_ref()) {
        match written.get_mut(&effect) {
            Some(found) if !found.is_empty() => {
                found.pop();
            }
            _ => strange.push(leaves),
        }
    }
    let mut missing: Vec<Leaves> = written.into_values().flatten().collect();
    if strange.is_empty() && missing.is_empty() {
        // The names of the rules are others: those say nothing.
        return ReadBack::AsWritten;
    }
    if missing.is_empty() {
        return ReadBack::WithMore;
    }
    for leaves in strange {
        match missing.iter().position(|whole| is_less(&leaves, whole)) {
            Some(at) => {
                missing.swap_remove(at);
            }
            None => return ReadBack::Foreign,
        }
    }
    ReadBack::Damaged
}

/// The change that puts back what was there, if what was read is the ruin of what was written.
pub fn put_back_damaged(change: &LifecycleChange, now: SeenLifecycle) -> Option<LifecycleChange> {
    (read_back(change, &now) == ReadBack::Damaged).then(|| {
        let before = FormerLifecycle {
            document: change.before().document.clone(),
            default_minimum: change.before().default_minimum.clone(),
        };
        LifecycleChange::back_to(now, before)
    })
}

/// The values of a rule, each with how often it is there; its name isn't one.
pub(super) type Leaves = BTreeMap<String, usize>;

fn effects(document: Option<&LifecycleDocument>) -> BTreeMap<String, Vec<Leaves>> {
    let mut effects: BTreeMap<String, Vec<Leaves>> = BTreeMap::new();
    for (effect, leaves) in effects_in_order(document) {
        effects.entry(effect).or_default().push(leaves);
    }
    effects
}

fn effects_in_order(document: Option<&LifecycleDocument>) -> Vec<(String, Leaves)> {
    let Some(document) = document else {
        return Vec::new();
    };
    (0..document.rules().len())
        .map(|index| {
            let leaves = document.leaves(index);
            let effect = leaves
                .iter()
                .map(|(leaf, count)| format!("{leaf}*{count};"));
            (effect.collect(), leaves)
        })
        .collect()
}

/// Whether a rule has only values of another, and fewer.
fn is_less(leaves: &Leaves, whole: &Leaves) -> bool {
    let within = |(leaf, count): (&String, &usize)| whole.get(leaf).is_some_and(|all| count <= all);
    leaves != whole && leaves.iter().all(within)
}

#[cfg(test)]
mod tests;
