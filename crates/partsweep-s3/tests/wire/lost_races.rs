//! What an abort that crosses a complete puts in danger, and what saves it.

use partsweep_core::{AbortAnswer, Mutate};
use partsweep_sim::{Data, Habits, Versioning};

use crate::agreed::{FRESH, agreed_to};
use crate::rig::{BUCKET, Rig, bucket, key};

/// An object whose complete an abort has crossed, before or after it appeared.
async fn doomed(versioning: Versioning, after: bool) -> Rig {
    let rig = Rig::start(Habits::ceph()).await;
    rig.sim.set_versioning(BUCKET, versioning).unwrap();
    let id = rig.sim.create_upload(BUCKET, "k").unwrap();
    rig.sim.put_part(BUCKET, "k", &id, 1, 100 << 20).unwrap();
    let mut complete = rig.sim.begin_complete(BUCKET, "k", &id).unwrap();
    if after {
        complete.link();
    }
    let aborted = rig
        .store
        .abort_upload(&agreed_to(BUCKET, "k", &id), FRESH)
        .await;
    let answer = if after {
        AbortAnswer::AlreadyGone
    } else {
        AbortAnswer::Done
    };
    assert_eq!(aborted.unwrap(), answer);
    drop(complete);
    assert_eq!(rig.object("k").data, Data::Doomed);
    rig
}

#[tokio::test]
async fn an_object_that_was_copied_to_a_spare_and_back_is_whole() {
    for versioning in [Versioning::Never, Versioning::Enabled] {
        for after in [false, true] {
            let rig = doomed(versioning, after).await;
            rig.save("k").await;
            rig.sim.collect_garbage();
            let object = rig.object("k");
            assert_eq!((object.data, object.size), (Data::Whole, 100 << 20));
            assert_eq!(rig.keys(), ["k"]);
        }
    }
}

#[tokio::test]
async fn an_object_that_was_written_anew_in_parts_is_whole() {
    for after in [false, true] {
        let rig = doomed(Versioning::Never, after).await;
        let head = rig.head("k").await;
        let rewritten = rig
            .store
            .rewrite_in_parts(&bucket(), &key("k"), &head)
            .await;
        rewritten.unwrap();
        rig.sim.collect_garbage();
        let object = rig.object("k");
        assert_eq!((object.data, object.size), (Data::Whole, 100 << 20));
        assert_eq!(rig.sim.count_uploads(BUCKET), 0);
    }
}

#[tokio::test]
async fn an_object_that_was_not_saved_is_lost() {
    for after in [false, true] {
        let rig = doomed(Versioning::Never, after).await;
        rig.sim.collect_garbage();
        assert_eq!(rig.object("k").data, Data::Collected);
        let rig = doomed(Versioning::Never, after).await;
        let spare = rig.to_spare("k").await.unwrap();
        rig.store.delete_spare(&spare).await.unwrap();
        rig.sim.collect_garbage();
        assert_eq!(rig.object("k").data, Data::Collected, "not copied back");
    }
}
