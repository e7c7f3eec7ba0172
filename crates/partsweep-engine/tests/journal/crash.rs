//! A crash at any byte, compared with a tiny model.

use std::collections::{BTreeMap, BTreeSet};

use partsweep_core::Outcome;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{InDoubt, Journal, JournalError, Memory, Recovered, Stage, read};
use proptest::prelude::*;

use crate::act::{Act, block_on, head, is_tried_again, outcome, planned, sight, spare, swept};
use crate::told::written;

/// What is known of a sweep after some of its acts.
#[derive(Debug, Default, Clone)]
struct Model {
    open: BTreeMap<u64, (ObjectSight, Stage)>,
    settled: BTreeSet<u64>,
    done: BTreeSet<u64>,
    totals: SweepTotals,
    spares: u64,
}

impl Model {
    /// The next act of a sweep that works on a few uploads at once.
    fn next(&mut self, choice: u64) -> Act {
        let working: Vec<u64> = self.open.keys().copied().collect();
        let fresh = (0..).find(|n| !self.open.contains_key(n) && !self.done.contains(n));
        let begins = working.is_empty() || (choice.is_multiple_of(3) && working.len() < 4);
        let number = match begins {
            true => fresh.unwrap(),
            false => working[(choice / 3) as usize % working.len()],
        };
        let stage = self.open.get(&number).map(|(_, stage)| stage.clone());
        let act = match (stage, choice % 7) {
            (None, 0) => Act::Outcome(swept(number, Outcome::Changed)),
            (None, _) => Act::Abort(number, sight(choice)),
            (Some(Stage::AbortSent), 0) => Act::Abort(number, sight(choice)),
            (Some(Stage::AbortSent), 1..=4) => Act::Aborted(number),
            (Some(Stage::Aborted), 0) => Act::Rewrite(number, head(choice)),
            (Some(Stage::Aborted), 1..=3) => self.repair(number, choice),
            (Some(Stage::Repair { .. }), 0) => self.repair(number, choice),
            (Some(Stage::Repair { spares, .. }), 1..=4) if !spares.is_empty() => {
                Act::SpareGone(number, spares[0].clone())
            }
            (Some(_), _) => Act::Outcome(swept(number, outcome(choice))),
        };
        self.apply(&act);
        act
    }

    fn repair(&mut self, number: u64, choice: u64) -> Act {
        self.spares += 1;
        Act::Repair(number, head(choice), spare(number, self.spares))
    }

    fn apply(&mut self, act: &Act) {
        match act {
            Act::Abort(number, object) => {
                let new = (object.clone(), Stage::AbortSent);
                self.open.entry(*number).or_insert(new);
                self.settled.remove(number);
            }
            Act::Aborted(number) => self.open.get_mut(number).unwrap().1 = Stage::Aborted,
            Act::Repair(number, object, _) | Act::Rewrite(number, object) => {
                self.settled.remove(number);
                let stage = &mut self.open.get_mut(number).unwrap().1;
                let mut spares = match stage {
                    Stage::Repair { spares, .. } => spares.clone(),
                    _ => vec![],
                };
                if let Act::Repair(_, _, spare) = act {
                    spares.push(spare.clone());
                }
                let object = object.clone();
                *stage = Stage::Repair { object, spares };
            }
            Act::SpareGone(number, gone) => {
                if let Stage::Repair { spares, .. } = &mut self.open.get_mut(number).unwrap().1 {
                    spares.retain(|spare| spare != gone);
                }
            }
            Act::Untouched(number) => {
                self.open.remove(number);
            }
            Act::Outcome(swept) if is_tried_again(&swept.outcome) => {
                match swept.outcome {
                    Outcome::AtRisk(_) | Outcome::Unverified(_) => {
                        self.settled.remove(&swept.number)
                    }
                    _ => self.settled.insert(swept.number),
                };
            }
            Act::Outcome(swept) => {
                self.open.remove(&swept.number);
                self.done.insert(swept.number);
                self.totals.count(swept);
            }
        }
    }

    fn after(acts: &[Act]) -> Self {
        let mut model = Self::default();
        acts.iter().for_each(|act| model.apply(act));
        model
    }

    fn in_doubt(&self) -> Vec<InDoubt> {
        let uploads = self.open.iter();
        let uploads = uploads.map(|(number, (object, stage))| InDoubt {
            number: *number,
            planned: planned(*number),
            object: object.clone(),
            stage: stage.clone(),
            settled: self.settled.contains(number),
        });
        uploads.collect()
    }

    fn assert_is(&self, recovered: &Recovered) {
        assert_eq!(recovered.in_doubt, self.in_doubt());
        assert_eq!(recovered.totals, self.totals);
        assert_eq!(recovered.done.len(), self.done.len() as u64);
        assert!(
            self.done
                .iter()
                .all(|number| recovered.done.contains(*number))
        );
    }
}

fn acts(choices: &[u64]) -> Vec<Act> {
    let mut model = Model::default();
    choices.iter().map(|choice| model.next(*choice)).collect()
}

/// Acts whose lines are whole in the first bytes of a journal, and whether a line is cut.
/// A line that lacks nothing but its end is whole.
fn survivors<'a>(acts: &'a [Act], bytes: &[u8], kept: usize) -> Option<(&'a [Act], bool)> {
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let ends: Vec<usize> = ends.by_ref().map(|(at, _)| at).collect();
    let whole = ends.iter().filter(|end| **end <= kept).count();
    let last_end = whole.checked_sub(1).map(|last| ends[last])?;
    Some((&acts[..whole - 1], kept > last_end + 1))
}

/// Goes on with a journal: tells the end of all that is in doubt, and closes it.
fn finish(bytes: &[u8], recovered: &Recovered) -> (Vec<u8>, Vec<Act>) {
    let memory = Memory::holding(bytes);
    let journal = Journal::resume(memory.clone(), recovered).unwrap();
    let ends: Vec<Act> = (recovered.in_doubt.iter())
        .map(|upload| Act::Outcome(swept(upload.number, Outcome::AlreadyGone)))
        .collect();
    block_on(async {
        for end in &ends {
            end.tell(&journal, &[]).await.unwrap();
        }
        journal.end(&SweepTotals::default()).await.unwrap();
    });
    drop(journal);
    (memory.bytes(), ends)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_crash_at_any_byte_leaves_what_was_flushed(
        choices in proptest::collection::vec(any::<u64>(), 1..12),
    ) {
        let acts = acts(&choices);
        let bytes = written(&acts);
        for kept in 0..=bytes.len() {
            let read = read(&bytes[..kept]);
            match survivors(&acts, &bytes, kept) {
                None => assert!(matches!(read, Err(JournalError::NoHeader)), "{kept}: {read:?}"),
                Some((acts, cut)) => {
                    let recovered = read.unwrap();
                    assert_eq!(recovered.cut, cut, "{kept}");
                    assert!(recovered.ended.is_none());
                    Model::after(acts).assert_is(&recovered);
                }
            }
        }
    }

    #[test]
    fn a_journal_that_is_cut_again_and_again_counts_nothing_twice(
        choices in proptest::collection::vec(any::<u64>(), 1..12),
        cut_at in any::<proptest::sample::Index>(),
    ) {
        let acts = acts(&choices);
        let bytes = written(&acts);
        let header = 1 + bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let kept = header + cut_at.index(bytes.len() - header + 1);
        let first = read(&bytes[..kept]).unwrap();
        let (acts, _) = survivors(&acts, &bytes, kept).unwrap();
        let (bytes, ends) = finish(&bytes[..kept], &first);
        let end = Model::after(&[acts, &ends].concat());

        let whole = read(&bytes[..]).unwrap();
        assert!(whole.ended.is_some() && !whole.cut);
        end.assert_is(&whole);

        // A crash at any byte of the resumption, or in a line after it; then to the end once more.
        let within = kept..bytes.len().min(kept + 100);
        for kept in within.chain((kept..=bytes.len()).step_by(37)) {
            let second = read(&bytes[..kept]).unwrap();
            assert!(second.done.len() >= first.done.len());
            let (bytes, _) = finish(&bytes[..kept], &second);
            let whole = read(&bytes[..]).unwrap();
            assert!(whole.ended.is_some() && !whole.cut && whole.in_doubt.is_empty());
            end.assert_is(&whole);
        }
    }
}
