//! Buckets with a rule of somebody else, and the commands that change it.

use partsweep_sim::{Habits, Operation, Setup};

use crate::program::{Run, on, run};
use crate::store::Store;

pub(crate) const THEIRS: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>theirs</ID>\
    <Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule>\
    </LifecycleConfiguration>";

pub(crate) const OURS: &str = "<Rule><ID>partsweep-abort-incomplete</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

pub(crate) fn store(habits: Habits) -> Store {
    let store = Store::with(Setup::new(habits));
    store.sim.create_bucket("plain");
    store.sim.create_bucket("ruled");
    store.sim.set_lifecycle("ruled", Some(THEIRS)).unwrap();
    store
}

pub(crate) fn lifecycle(store: &Store, args: &[&str]) -> Run {
    run(&mut on(store), &[&["lifecycle"][..], args].concat())
}

/// The writes that were asked for.
pub(crate) fn writes(store: &Store) -> u64 {
    store.sim.count(Operation::PutBucketLifecycle)
        + store.sim.count(Operation::DeleteBucketLifecycle)
}

pub(crate) fn undo_file(ran: &Run) -> String {
    let line = ran
        .err
        .lines()
        .find(|line| line.contains("What was there before is in "));
    line.unwrap_or_else(|| panic!("{ran:?}"))
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned()
}

pub(crate) fn with_rule(days: u32, scope: &str, status: &str) -> String {
    format!(
        "<LifecycleConfiguration><Rule><ID>r{days}</ID>{scope}<Status>{status}</Status><AbortIncompleteMultipartUpload>\
         <DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"
    )
}
