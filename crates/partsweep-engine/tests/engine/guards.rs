//! Guards that the mutation check (`tests/mutations`) found nobody to hold.

use std::io::{self, Cursor, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use partsweep_core::{
    ApprovedPlan, Consent, Inspect, Limits, Operation, Outcome, OutcomeKind, Plan, PlannedUpload,
    Terms,
};
use partsweep_engine::journal::{self, Journal, JournalSink, Memory, Recovered, Stage};
use partsweep_engine::{
    Earlier, SweepError, SweepOptions, SweepRequest, SweepTotals, settle, sweep,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fake::FakeStore;
use crate::sweep::{DAY, ceph, codes, header, plan, spares, sweep_all};

fn approved(store: &FakeStore, plan: Plan) -> ApprovedPlan {
    let consent = Consent::to(&plan, &Limits::default(), &store.provider()).unwrap();
    plan.approve(consent).unwrap()
}

/// A disk that is full once the header is written.
struct FullAfterHeader {
    written: bool,
}

impl Write for FullAfterHeader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.written, true) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl JournalSink for FullAfterHeader {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_aborted_that_the_journal_could_not_take() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.add_old("a", "k", "2", &[1]);
    let (plan, planned) = plan(&store, DAY).await;
    let plan = approved(&store, plan);
    let header = header(&plan);
    let request = SweepRequest {
        journal: Journal::start(FullAfterHeader { written: false }, &header).unwrap(),
        plan,
        earlier: Earlier::default(),
        options: SweepOptions::default(),
    };
    let (outcomes, _news) = mpsc::channel(8);
    let source = planned.into_iter();
    let stop = CancellationToken::new();
    let ended = sweep(Arc::clone(&store), request, source, outcomes, stop).await;
    assert!(matches!(ended, Err(SweepError::Journal(_))), "{ended:?}");
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

#[tokio::test]
async fn a_spare_copy_that_is_not_whole_is_not_brought_back() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, about| {
        if operation == Operation::AbortMultipartUpload {
            world.cross("1");
        }
        let is_spare = |(_, key): &(String, String)| key.starts_with(".partsweep-spare-");
        if operation == Operation::HeadObject && about.starts_with(".partsweep-spare-") {
            let spares = world.objects.iter_mut().filter(|(name, _)| is_spare(name));
            spares.for_each(|(_, copy)| copy.bytes = Some(29));
        }
    });
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept)["1"], "at_risk");
    let Outcome::AtRisk(at_risk) = &swept[0].outcome else {
        panic!("{swept:?}");
    };
    assert_eq!(spares(&store), 1, "it may be all that keeps the data");
    assert!(at_risk.spare.is_some(), "told");
    let object = &store.world().objects[&("a".to_owned(), "k".to_owned())];
    assert_eq!(object.bytes, Some(30), "the object was not overwritten");
}

/// A sweep that was killed when its journal had so many lines: 2 with the intent to abort, 3 with
/// the proof that the upload is gone. Its one upload is completed across its abort, and the object
/// is seen only later.
async fn killed_after(lines: usize) -> (Arc<FakeStore>, Vec<PlannedUpload>, Memory, Recovered) {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, _| {
        if operation == Operation::AbortMultipartUpload {
            world.emptied = world.uploads.clone();
        }
    });
    let (plan, planned) = plan(&store, DAY).await;
    let plan = approved(&store, plan);
    let memory = Memory::default();
    let request = SweepRequest {
        journal: Journal::start(memory.clone(), &header(&plan)).unwrap(),
        plan,
        earlier: Earlier::default(),
        options: SweepOptions {
            settle: Duration::from_secs(3_600),
            ..SweepOptions::default()
        },
    };
    let (outcomes, _news) = mpsc::channel(8);
    let (source, stop) = (planned.clone().into_iter(), CancellationToken::new());
    let sweeping = tokio::spawn(sweep(Arc::clone(&store), request, source, outcomes, stop));
    while memory.bytes().iter().filter(|byte| **byte == b'\n').count() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sweeping.abort();
    assert!(sweeping.await.unwrap_err().is_cancelled());
    let bytes = memory.bytes();
    let kept: Vec<u8> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(lines)
        .flatten()
        .copied()
        .collect();
    let recovered = journal::read(Cursor::new(&kept)).unwrap();
    let expected = if lines == 2 {
        Stage::AbortSent
    } else {
        Stage::Aborted
    };
    assert_eq!(recovered.in_doubt[0].stage, expected);
    let memory = Memory::holding(kept);
    {
        let mut world = store.world();
        world.uploads = std::mem::take(&mut world.emptied);
        world.cross("1");
    }
    (store, planned, memory, recovered)
}

async fn resume_repairs(killed_after_lines: usize) {
    let (store, planned, memory, recovered) = killed_after(killed_after_lines).await;
    let plan = Plan::of(&planned, Terms::older_than(DAY));
    let request = SweepRequest {
        journal: Journal::resume(memory, &recovered).unwrap(),
        plan: approved(&store, plan),
        earlier: Earlier::from(recovered),
        options: SweepOptions {
            settle: Duration::from_millis(5),
            ..SweepOptions::default()
        },
    };
    let (outcomes, mut news) = mpsc::channel(8);
    let (source, stop) = (planned.into_iter(), CancellationToken::new());
    sweep(Arc::clone(&store), request, source, outcomes, stop)
        .await
        .unwrap();
    assert_eq!(news.recv().await.unwrap().outcome.code(), "repaired");
    assert!(store.world().doomed.is_empty(), "the data would be lost");
}

#[tokio::test]
async fn a_sweep_that_is_resumed_right_after_an_abort_repairs() {
    resume_repairs(2).await;
}

#[tokio::test]
async fn a_sweep_that_is_resumed_before_the_settle_look_repairs() {
    resume_repairs(3).await;
}

/// Aborted by another hand just before our abort, and the sweep killed before its second look at
/// the key: it is not known whose abort it was until the sweep goes on.
#[tokio::test]
async fn what_another_hand_aborted_is_not_ours_after_a_crash() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, _| {
        if operation == Operation::AbortMultipartUpload {
            world.uploads.clear();
        }
    });
    let (plan, planned) = plan(&store, DAY).await;
    let plan = approved(&store, plan);
    let memory = Memory::default();
    let request = SweepRequest {
        journal: Journal::start(memory.clone(), &header(&plan)).unwrap(),
        plan,
        earlier: Earlier::default(),
        options: SweepOptions {
            settle: Duration::from_secs(3_600),
            ..SweepOptions::default()
        },
    };
    let (outcomes, _news) = mpsc::channel(8);
    let (source, stop) = (planned.clone().into_iter(), CancellationToken::new());
    let sweeping = tokio::spawn(sweep(Arc::clone(&store), request, source, outcomes, stop));
    while store.count(Operation::HeadObject) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sweeping.abort();
    assert!(sweeping.await.unwrap_err().is_cancelled());
    let recovered = journal::read(Cursor::new(memory.bytes())).unwrap();
    let plan = Plan::of(&planned, Terms::older_than(DAY));
    let request = SweepRequest {
        journal: Journal::resume(memory, &recovered).unwrap(),
        plan: approved(&store, plan),
        earlier: Earlier::from(recovered),
        options: SweepOptions {
            settle: Duration::ZERO,
            ..SweepOptions::default()
        },
    };
    let (outcomes, mut news) = mpsc::channel(8);
    let (source, stop) = (planned.into_iter(), CancellationToken::new());
    sweep(Arc::clone(&store), request, source, outcomes, stop)
        .await
        .unwrap();
    let swept = news.recv().await.unwrap();
    assert_eq!(swept.outcome.code(), "already_gone");
    assert_eq!(swept.bytes_freed(), Some(0));
}

#[tokio::test]
async fn a_journal_alone_is_enough_to_repair() {
    for lines in [2, 3] {
        let (store, _, memory, mut recovered) = killed_after(lines).await;
        let journal = Journal::resume(memory, &recovered).unwrap();
        let options = SweepOptions {
            settle: Duration::from_millis(5),
            ..SweepOptions::default()
        };
        let (in_doubt, stop) = (
            std::mem::take(&mut recovered.in_doubt),
            CancellationToken::new(),
        );
        let settled = settle(&*store, &journal, in_doubt, options, &stop);
        let [swept] = &settled.collect::<Vec<_>>().await[..] else {
            panic!("one");
        };
        assert_eq!(swept.outcome.code(), "repaired");
        assert!(store.world().doomed.is_empty(), "the data would be lost");
        assert_eq!(spares(&store), 0);
    }
}

#[test]
fn an_object_in_danger_makes_a_sweep_partial() {
    let kinds = OutcomeKind::ALL.into_iter().filter(|kind| {
        let mut totals = SweepTotals::default();
        totals[*kind] = 1;
        totals.trouble() > 0
    });
    assert_eq!(
        kinds.map(OutcomeKind::code).collect::<Vec<_>>(),
        ["parts_remain", "failed", "at_risk", "unverified"]
    );
}
