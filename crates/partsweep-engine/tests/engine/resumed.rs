//! What a sweep that goes on believes of the one before, where the key is looked at after an abort.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use partsweep_core::{
    ApprovedPlan, Consent, Inspect, Limits, Operation, Outcome, Plan, PlannedUpload,
    StoreErrorKind, Terms,
};
use partsweep_engine::journal::{self, Journal, Memory, Recovered, Stage};
use partsweep_engine::{Earlier, SweepOptions, SweepRequest, SweptUpload, settle, sweep};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fake::FakeStore;
use crate::sweep::{DAY, ceph, header, plan};

/// One sweep after the other, with one plan and one journal.
struct Sweeps {
    store: Arc<FakeStore>,
    planned: Vec<PlannedUpload>,
    memory: Memory,
}

impl Sweeps {
    async fn of(store: Arc<FakeStore>) -> Self {
        let (_, planned) = plan(&store, DAY).await;
        Self {
            store,
            planned,
            memory: Memory::default(),
        }
    }

    fn plan(&self) -> ApprovedPlan {
        let plan = Plan::of(&self.planned, Terms::older_than(DAY));
        let consent = Consent::to(&plan, &Limits::default(), &self.store.provider()).unwrap();
        plan.approve(consent).unwrap()
    }

    fn options(&self, settle: Duration) -> SweepOptions {
        SweepOptions {
            rounds: 3,
            pause: Duration::from_millis(1),
            settle,
            ..SweepOptions::default()
        }
    }

    fn recovered(&self) -> Recovered {
        journal::read(Cursor::new(self.memory.bytes())).unwrap()
    }

    async fn run(&self, settle: Duration) -> Vec<SweptUpload> {
        let plan = self.plan();
        let (journal, earlier) = if self.memory.bytes().is_empty() {
            let journal = Journal::start(self.memory.clone(), &header(&plan)).unwrap();
            (journal, Earlier::default())
        } else {
            let recovered = self.recovered();
            let journal = Journal::resume(self.memory.clone(), &recovered).unwrap();
            (journal, Earlier::from(recovered))
        };
        let request = SweepRequest {
            journal,
            plan,
            earlier,
            options: self.options(settle),
        };
        let (outcomes, mut news) = mpsc::channel(8);
        let (source, stop) = (self.planned.clone().into_iter(), CancellationToken::new());
        let task = tokio::spawn(sweep(
            Arc::clone(&self.store),
            request,
            source,
            outcomes,
            stop,
        ));
        let mut swept = Vec::new();
        while let Some(one) = news.recv().await {
            swept.push(one);
        }
        task.await.unwrap().unwrap();
        swept
    }

    /// Sweeps the only upload; tells its outcome.
    async fn outcome(&self) -> &'static str {
        let swept = self.run(Duration::from_millis(1)).await;
        assert_eq!(swept.len(), 1, "{swept:?}");
        swept[0].outcome.code()
    }

    /// Sweeps, and is killed while the only upload waits for its second look.
    async fn killed_before_the_settle_look(&self) {
        tokio::select! {
            swept = self.run(Duration::from_secs(3_600)) => panic!("{swept:?}"),
            () = self.looked_after() => {}
        }
    }

    async fn looked_after(&self) {
        // The look before the abort, and the one right after it.
        while self.store.count(Operation::HeadObject) < 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // The line that may follow is in memory at once.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }

    /// Settles the only upload without the plan.
    async fn settled(&self) -> SweptUpload {
        let mut recovered = self.recovered();
        let journal = Journal::resume(self.memory.clone(), &recovered).unwrap();
        let in_doubt = std::mem::take(&mut recovered.in_doubt);
        let (options, stop) = (
            self.options(Duration::from_millis(1)),
            CancellationToken::new(),
        );
        let settled = settle(&*self.store, &journal, in_doubt, options, &stop);
        let mut settled = settled.collect::<Vec<_>>().await;
        assert_eq!(settled.len(), 1, "{settled:?}");
        settled.remove(0)
    }
}

fn assert_not_touched(swept: &SweptUpload) {
    assert!(matches!(swept.outcome, Outcome::NotReached), "{swept:?}");
}

#[tokio::test]
async fn an_abort_that_failed_is_not_proven_and_sent_again_by_the_next_sweep() {
    let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
    let denied = (Operation::AbortMultipartUpload, "a".to_owned());
    sweeps
        .store
        .world()
        .failing
        .insert(denied, StoreErrorKind::Denied);
    assert_eq!(sweeps.outcome().await, "failed");
    assert_eq!(sweeps.recovered().in_doubt[0].stage, Stage::AbortSent);
    sweeps.store.world().failing.clear();
    assert_not_touched(&sweeps.settled().await);
    assert_eq!(sweeps.store.ids_left(), ["1"]);
    assert_eq!(sweeps.outcome().await, "aborted");
    assert!(sweeps.store.ids_left().is_empty());
}

#[tokio::test]
async fn parts_that_remain_are_not_proven_gone_and_aborted_by_the_next_sweep() {
    let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
    sweeps.store.world().sticky.insert("1".to_owned(), 3);
    assert_eq!(sweeps.outcome().await, "parts_remain");
    assert_eq!(sweeps.recovered().in_doubt[0].stage, Stage::AbortSent);
    assert_eq!(sweeps.outcome().await, "aborted");
    assert!(sweeps.store.ids_left().is_empty());
}

#[tokio::test]
async fn what_another_hand_aborted_first_is_not_ours_after_a_crash() {
    for with_plan in [true, false] {
        let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
        sweeps.store.before_each(|world, operation, _| {
            if operation == Operation::AbortMultipartUpload {
                world.uploads.clear();
            }
        });
        sweeps.killed_before_the_settle_look().await;
        let (outcome, freed) = if with_plan {
            (sweeps.outcome().await, Some(0))
        } else {
            let swept = sweeps.settled().await;
            (swept.outcome.code(), swept.bytes_freed())
        };
        assert_eq!((outcome, freed), ("already_gone", Some(0)), "{with_plan}");
    }
}

#[tokio::test]
async fn a_proof_that_does_not_hold_any_more_is_no_proof() {
    for with_plan in [true, false] {
        let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
        let uploads = sweeps.store.world().uploads.clone();
        sweeps.killed_before_the_settle_look().await;
        assert_eq!(sweeps.recovered().in_doubt[0].stage, Stage::Aborted);
        sweeps.store.world().uploads = uploads;
        if with_plan {
            assert_eq!(sweeps.outcome().await, "aborted");
            assert!(sweeps.store.ids_left().is_empty());
            assert_eq!(sweeps.store.count(Operation::AbortMultipartUpload), 2);
        } else {
            assert_not_touched(&sweeps.settled().await);
        }
    }
}

#[tokio::test]
async fn a_proof_that_holds_still_counts() {
    for with_plan in [true, false] {
        let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
        sweeps.killed_before_the_settle_look().await;
        let outcome = match with_plan {
            true => sweeps.outcome().await,
            false => sweeps.settled().await.outcome.code(),
        };
        assert_eq!(outcome, "aborted");
        assert_eq!(sweeps.store.count(Operation::AbortMultipartUpload), 1);
    }
}

#[tokio::test]
async fn each_abort_has_a_line_of_its_own() {
    let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
    sweeps.store.world().sticky.insert("1".to_owned(), 2);
    assert_eq!(sweeps.outcome().await, "aborted");
    let text = String::from_utf8(sweeps.memory.bytes()).unwrap();
    let lines = text.matches("\"act\":\"abort\"").count();
    assert_eq!(lines, sweeps.store.count(Operation::AbortMultipartUpload));
    assert_eq!(lines, 3);
}

#[tokio::test]
async fn an_object_in_danger_is_saved_by_the_next_sweep() {
    for with_plan in [true, false] {
        let sweeps = Sweeps::of(ceph(&[("k", "1")])).await;
        sweeps.store.before_each(|world, operation, _| {
            if operation == Operation::AbortMultipartUpload {
                world.cross("1");
            }
        });
        let denied = (Operation::CopyObject, "a".to_owned());
        sweeps
            .store
            .world()
            .failing
            .insert(denied, StoreErrorKind::Denied);
        assert_eq!(sweeps.outcome().await, "at_risk");
        assert!(!sweeps.recovered().in_doubt[0].settled);
        sweeps.store.world().failing.clear();
        let outcome = match with_plan {
            true => sweeps.outcome().await,
            false => sweeps.settled().await.outcome.code(),
        };
        assert_eq!(outcome, "repaired");
        assert!(
            sweeps.store.world().doomed.is_empty(),
            "the data would be lost"
        );
    }
}
