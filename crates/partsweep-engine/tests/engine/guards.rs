//! Guards that the mutation check (`tests/mutations`) found nobody to hold.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::{Consent, Inspect, Limits, Operation, Outcome};
use partsweep_engine::journal::{Journal, JournalHeader, JournalSink};
use partsweep_engine::{Earlier, SweepError, SweepOptions, SweepRequest, sweep};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fake::FakeStore;
use crate::sweep::{DAY, ceph, codes, plan, spares, sweep_all};

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
    let consent = Consent::to(&plan, &Limits::default(), store.provider());
    let plan = plan.approve(consent.unwrap()).unwrap();
    let header = JournalHeader {
        endpoint: "http://fake".to_owned(),
        account: None,
        plan: plan.digest().to_string(),
        plan_file: None,
        started: Timestamp::UNIX_EPOCH,
        terms: plan.terms(),
    };
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
    assert_eq!(codes(&swept)["1"], "raced");
    let Outcome::Raced(raced) = &swept[0].outcome else {
        panic!("{swept:?}");
    };
    assert_eq!(spares(&store), 1, "it may be all that keeps the data");
    assert!(raced.spare.is_some(), "told");
    let object = &store.world().objects[&("a".to_owned(), "k".to_owned())];
    assert_eq!(object.bytes, Some(30), "the object was not overwritten");
}
