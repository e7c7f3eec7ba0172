//! What a journal tells is what was told to it, and nothing that cannot be.

use jiff::SignedDuration;
use partsweep_core::{KeepReason, Outcome, OutcomeKind, Terms, escape};
use partsweep_engine::journal::{
    Journal, JournalError, JournalHeader, Memory, Recovered, Stage, read,
};
use partsweep_engine::{SweepTotals, SweptUpload};
use proptest::prelude::*;

use crate::act::{
    Act, OUTCOMES, approved, block_on, head, header, is_tried_again, outcome, planned, sight,
    spare, swept,
};

pub(crate) fn written(acts: &[Act]) -> Vec<u8> {
    let memory = Memory::default();
    let journal = Journal::start(memory.clone(), &header()).unwrap();
    let plan = approved(32);
    block_on(async {
        for act in acts {
            act.tell(&journal, &plan).await.unwrap();
        }
    });
    drop(journal);
    memory.bytes()
}

fn told(acts: &[Act]) -> Recovered {
    read(&written(acts)[..]).unwrap()
}

#[test]
fn everything_about_an_upload_and_its_object_comes_back() {
    for number in 0..30 {
        let recovered = told(&[Act::Abort(number, sight(number / 2))]);
        let [upload] = &recovered.in_doubt[..] else {
            panic!("{recovered:?}");
        };
        assert_eq!(upload.number, number);
        assert_eq!(upload.planned, planned(number));
        assert_eq!(upload.object, sight(number / 2));
        assert_eq!(upload.stage, Stage::AbortSent);
        assert!(recovered.ended.is_none() && !recovered.cut);
    }
}

#[test]
fn everything_about_the_sweep_comes_back() {
    let second = JournalHeader {
        account: None,
        plan_file: Some("/tmp/\u{1b}.plan".to_owned()),
        terms: Terms {
            older_than: SignedDuration::from_millis(1_500),
            include_finished: true,
        },
        ..header()
    };
    let memory = Memory::default();
    drop(Journal::start(memory.clone(), &second).unwrap());
    let read_back = read(&memory.bytes()[..]).unwrap().header;
    let older_than = SignedDuration::from_secs(2);
    let terms = Terms {
        older_than,
        ..second.terms
    };
    assert_eq!(
        read_back,
        JournalHeader { terms, ..second },
        "never younger"
    );
}

#[test]
fn every_outcome_is_counted_once_and_the_sums_are_those_of_the_sweep() {
    let all: Vec<_> = (0..3 * OUTCOMES)
        .map(|seed| swept(seed, outcome(seed)))
        .collect();
    let ends = |swept: &&SweptUpload| !is_tried_again(&swept.outcome);
    let mut totals = SweepTotals::default();
    all.iter()
        .filter(ends)
        .for_each(|swept| totals.count(swept));
    let numbers: Vec<_> = all.iter().filter(ends).map(|swept| swept.number).collect();
    let acts: Vec<_> = all.into_iter().map(Act::Outcome).collect();
    let recovered = told(&acts);
    assert_eq!(recovered.totals, totals);
    assert_eq!(recovered.done.len(), numbers.len() as u64);
    assert!(
        numbers
            .iter()
            .all(|number| recovered.done.contains(*number))
    );
    assert_eq!(recovered.in_doubt, []);
}

#[test]
fn what_did_not_succeed_is_in_doubt_again_and_counted_when_it_does() {
    for seed in 0..OUTCOMES {
        let failed = outcome(seed);
        if !is_tried_again(&failed) {
            continue;
        }
        let mut acts = vec![Act::Abort(1, sight(0)), Act::Aborted(1)];
        acts.push(Act::Outcome(swept(1, failed)));
        let recovered = told(&acts);
        assert!(recovered.done.is_empty());
        assert_eq!(recovered.totals, SweepTotals::default());
        assert_eq!(recovered.in_doubt[0].stage, Stage::Aborted);
        acts.push(Act::Abort(1, sight(1)));
        acts.push(Act::Outcome(swept(1, Outcome::Aborted)));
        let recovered = told(&acts);
        assert_eq!(
            (recovered.done.len(), recovered.totals[OutcomeKind::Aborted]),
            (1, 1)
        );
        assert_eq!(recovered.in_doubt, []);
    }
}

#[test]
fn what_failed_is_settled_and_what_is_in_danger_is_not() {
    for seed in 0..OUTCOMES {
        let failed = outcome(seed);
        if !is_tried_again(&failed) {
            continue;
        }
        let is_danger = matches!(failed, Outcome::AtRisk(_) | Outcome::Unverified(_));
        let mut acts = vec![Act::Abort(1, sight(0)), Act::Outcome(swept(1, failed))];
        assert_eq!(told(&acts).in_doubt[0].settled, !is_danger);
        acts.push(Act::Abort(1, sight(0)));
        assert!(!told(&acts).in_doubt[0].settled, "sent again");
    }
}

#[test]
fn what_is_kept_for_what_is_not_known_is_not_done() {
    for (reason, is_done) in [
        (KeepReason::ActiveRecently, true),
        (KeepReason::IdleTooShort, true),
        (KeepReason::FinishedObject, true),
        (KeepReason::AgeUnknown, false),
        (KeepReason::ObjectNotVisible, false),
    ] {
        let recovered = told(&[Act::Outcome(swept(1, Outcome::Kept(reason)))]);
        assert_eq!(recovered.done.contains(1), is_done, "{reason:?}");
        assert_eq!(recovered.totals[OutcomeKind::Kept], u64::from(is_done));
    }
}

#[test]
fn what_was_left_untouched_is_in_doubt_no_more_and_not_done() {
    let mut acts = vec![Act::Abort(1, sight(0)), Act::Untouched(1)];
    let recovered = told(&acts);
    assert_eq!(recovered.in_doubt, []);
    assert!(recovered.done.is_empty());
    acts.push(Act::Abort(1, sight(0)));
    assert_eq!(told(&acts).in_doubt.len(), 1);
}

#[test]
fn the_words_for_outcomes_are_those_of_the_other_formats() {
    for seed in 0..OUTCOMES {
        let outcome = outcome(seed);
        let code = outcome.code();
        let lines = written(&[Act::Outcome(swept(seed, outcome))]);
        let line = String::from_utf8(lines).unwrap();
        assert!(line.contains(&format!("\"outcome\":\"{code}\"")), "{line}");
    }
}

#[test]
fn an_upload_whose_turn_did_not_come_is_not_done() {
    let recovered = told(&[Act::Outcome(swept(3, Outcome::NotReached))]);
    assert!(recovered.done.is_empty());
    assert_eq!(recovered.totals, SweepTotals::default());
}

#[test]
fn the_stage_says_what_is_to_be_looked_at() {
    let stage = |acts: &[Act]| told(acts).in_doubt[0].stage.clone();
    let mut acts = vec![Act::Abort(1, sight(0)), Act::Aborted(1)];
    assert_eq!(stage(&acts), Stage::Aborted);
    acts.push(Act::Repair(1, head(1), spare(1, 1)));
    acts.push(Act::Repair(1, head(2), spare(1, 2)));
    let repair = |object, spares: &[_]| Stage::Repair {
        object,
        spares: spares.to_vec(),
    };
    let both = [spare(1, 1), spare(1, 2)];
    assert_eq!(stage(&acts), repair(head(2), &both));
    acts.push(Act::SpareGone(1, spare(1, 1)));
    acts.push(Act::Aborted(1));
    assert_eq!(stage(&acts), repair(head(2), &both[1..]));
    acts.push(Act::Rewrite(1, head(3)));
    assert_eq!(stage(&acts), repair(head(3), &both[1..]));
    acts.push(Act::Abort(1, sight(1)));
    assert_eq!(stage(&acts), repair(head(3), &both[1..]));
    let first = told(&acts).in_doubt[0].object.clone();
    assert_eq!(first, sight(0), "before the first abort");
}

#[test]
fn another_round_after_the_proof_is_an_abort_in_doubt_again() {
    let acts = [
        Act::Abort(1, sight(0)),
        Act::Aborted(1),
        Act::Abort(1, sight(0)),
    ];
    assert_eq!(told(&acts).in_doubt[0].stage, Stage::AbortSent);
}

#[test]
fn no_line_is_dangerous_to_look_at() {
    let acts = (0..OUTCOMES).map(|seed| Act::Outcome(swept(seed, outcome(seed))));
    let text = String::from_utf8(written(&Vec::from_iter(acts))).unwrap();
    assert!(text.lines().count() as u64 == OUTCOMES + 1);
    assert!(
        text.lines()
            .all(|line| !line.chars().any(escape::is_dangerous))
    );
}

#[test]
fn what_cannot_have_happened_is_refused_with_its_line() {
    let end = || Act::Outcome(swept(1, Outcome::Aborted));
    let abort = || Act::Abort(1, sight(0));
    let cases: [(&[Act], &str); 6] = [
        (
            &[abort(), end(), end()],
            "line 4 of the journal cannot be: upload 1 came to its end before",
        ),
        (
            &[abort(), end(), abort()],
            "line 4 of the journal cannot be: upload 1 came to its end before",
        ),
        (
            &[Act::Aborted(1)],
            "line 2 of the journal cannot be: upload 1 was never about to be aborted",
        ),
        (
            &[Act::Repair(1, head(0), spare(1, 1))],
            "line 2 of the journal cannot be: upload 1 was never about to be aborted",
        ),
        (
            &[Act::Rewrite(1, head(0))],
            "line 2 of the journal cannot be: upload 1 was never about to be aborted",
        ),
        (
            &[abort(), end(), Act::Aborted(1)],
            "line 4 of the journal cannot be: upload 1 came to its end before",
        ),
    ];
    for (acts, message) in cases {
        let error = read(&written(acts)[..]).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_broken_line_that_is_not_the_last_is_refused_with_its_line() {
    let acts = [Act::Abort(1, sight(0)), Act::Abort(2, sight(0))];
    let text = String::from_utf8(written(&acts)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let with = |second: &str| format!("{}\n{second}\n{}\n", lines[0], lines[2]);
    let nameless = lines[1].replace("\"upload_id\":\"id-1\"", "\"upload_id\":\" \"");
    let sightless = lines[1].replace(",\"object\":null", "");
    let cut = &lines[1][..50];
    let unknown = lines[1].replace("\"act\":\"abort\"", "\"act\":\"explode\"");
    for broken in [
        "", "{}", "[1]", "\0\0", cut, &nameless, &sightless, &unknown,
    ] {
        let error = read(with(broken).as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 of the journal is broken",
            "{broken}"
        );
    }
    assert_ne!(nameless, lines[1]);
    assert_ne!(sightless, lines[1]);
    read(with(lines[1]).as_bytes()).unwrap();
}

#[test]
fn of_two_broken_lines_at_the_end_only_the_last_can_have_been_cut() {
    let text = String::from_utf8(written(&[Act::Abort(1, sight(0))])).unwrap();
    let cut = &text[..text.len() - 30];
    assert!(read(cut.as_bytes()).unwrap().cut);
    for second in ["{\"type\":\"before\"", "{}", "\0\0"] {
        let error = read(format!("{cut}\n{second}").as_bytes()).unwrap_err();
        let is_first = matches!(error, JournalError::Broken { line: 2, .. });
        assert!(is_first, "{second}: {error:?}");
    }
    let resuming = format!("{cut}\n{{\"type\":\"resu");
    assert!(read(resuming.as_bytes()).unwrap().cut);
}

#[test]
fn only_a_spare_name_is_read_as_one() {
    let acts = [
        Act::Abort(1, sight(0)),
        Act::Repair(1, head(0), spare(1, 1)),
    ];
    let text = String::from_utf8(written(&acts)).unwrap();
    let name = spare(1, 1);
    let forged = text.replace(name.key().as_str(), "customer.db");
    assert_ne!(forged, text);
    // As a last line it may be a cut one: then it tells nothing.
    let recovered = read(forged.as_bytes()).unwrap();
    assert!(recovered.cut);
    assert_eq!(recovered.in_doubt[0].stage, Stage::AbortSent);
    let forged = format!("{forged}{}", text.lines().next_back().unwrap());
    let error = read(forged.as_bytes()).unwrap_err();
    assert!(
        matches!(error, JournalError::Broken { line: 3, .. }),
        "{error:?}"
    );
}

#[test]
fn what_is_no_journal_is_refused() {
    for text in ["\n", "hello\n", "{\"type\":\"end\"}\n", "PK\u{3}\u{4}\nabc"] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, JournalError::OtherSchema),
            "{text}: {error:?}"
        );
    }
    let text = String::from_utf8(written(&[])).unwrap();
    let newer = text.replace("journal/1", "journal/2");
    let error = read(newer.as_bytes()).unwrap_err();
    assert!(matches!(error, JournalError::OtherSchema), "{error:?}");
    let twice = format!("{text}{text}");
    let error = read(twice.as_bytes()).unwrap_err();
    assert!(
        matches!(error, JournalError::Misfit { line: 2, .. }),
        "{error:?}"
    );
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_panic(
        keep in 0usize..1_500,
        tail in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = written(&[Act::Abort(1, sight(1)), Act::Rewrite(1, head(0))]);
        bytes.truncate(keep);
        bytes.extend(tail);
        let _ = read(&bytes[..]);
    }

    #[test]
    fn one_changed_byte_never_makes_the_reader_panic(at in 0usize..1_000, byte: u8) {
        let mut bytes = written(&[Act::Abort(1, sight(1)), Act::Rewrite(1, head(0))]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes[..]);
    }
}

/// `clean` asks bucket by bucket, and writes one journal.
fn two_plans(first: u64) -> Vec<u8> {
    let memory = Memory::default();
    let journal = Journal::start(memory.clone(), &header()).unwrap();
    let plan = approved(2);
    block_on(async {
        for act in [
            Act::Abort(0, sight(0)),
            Act::Abort(1, sight(0)),
            Act::Outcome(swept(0, Outcome::Aborted)),
            Act::Outcome(swept(1, Outcome::Aborted)),
        ] {
            act.tell(&journal, &plan).await.unwrap();
        }
        let next = journal.next_plan("00aa", first).unwrap();
        for act in [
            Act::Abort(0, sight(0)),
            Act::Aborted(0),
            Act::Abort(1, sight(1)),
            Act::Outcome(swept(0, Outcome::AlreadyGone)),
        ] {
            act.tell(&next, &plan).await.unwrap();
        }
    });
    drop(journal);
    memory.bytes()
}

#[test]
fn the_uploads_of_two_plans_in_one_journal_are_told_apart_and_counted_once() {
    let recovered = read(&two_plans(2)[..]).unwrap();
    assert_eq!(recovered.plans, 2);
    assert_eq!(
        (
            recovered.totals[OutcomeKind::Aborted],
            recovered.totals[OutcomeKind::AlreadyGone]
        ),
        (2, 1)
    );
    let done: Vec<_> = (0..5).filter(|n| recovered.done.contains(*n)).collect();
    assert_eq!(done, [0, 1, 2]);
    let [upload] = &recovered.in_doubt[..] else {
        panic!("{recovered:?}");
    };
    assert_eq!((upload.number, &upload.planned), (3, &planned(1)));
    // Cut anywhere, it says no more than was written.
    let whole = two_plans(2);
    for at in 0..whole.len() {
        if let Ok(cut) = read(&whole[..at]) {
            assert!(cut.done.len() <= 3 && cut.in_doubt.len() <= 3, "{at}");
        }
    }
}

#[test]
fn a_plan_that_takes_the_numbers_of_another_is_a_misfit() {
    for first in [0, 1] {
        let error = read(&two_plans(first)[..]).unwrap_err();
        assert!(matches!(error, JournalError::Misfit { .. }), "{error:?}");
    }
    assert_eq!(told(&[]).plans, 1);
}
