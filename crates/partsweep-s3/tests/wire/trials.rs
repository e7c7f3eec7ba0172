//! Whether an object could be saved in a bucket: tried, and nothing left.

use partsweep_core::{Mutate, Operation as Asked, StoreErrorKind};
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Versioning};

use crate::rig::{BUCKET, Rig, bucket};

const VERSIONINGS: [Versioning; 3] = [
    Versioning::Never,
    Versioning::Enabled,
    Versioning::Suspended,
];

async fn rig(habits: Habits, versioning: Versioning) -> Rig {
    let rig = Rig::with_object(habits, 9).await;
    rig.sim.set_versioning(BUCKET, versioning).unwrap();
    rig
}

/// No upload, no version and no marker beside the one object.
fn assert_nothing_is_left(rig: &Rig, what: &str) {
    assert_eq!(rig.sim.count_uploads(BUCKET), 0, "{what}");
    assert_eq!(rig.sim.versions(BUCKET).len(), 1, "{what}");
    assert_eq!(rig.keys(), ["k"], "{what}");
}

#[tokio::test]
async fn trying_to_save_leaves_nothing() {
    for habits in [Habits::ceph(), Habits::aws(), Habits::seaweedfs()] {
        for versioning in VERSIONINGS {
            let what = format!("{} {versioning:?}", habits.store);
            let rig = rig(habits.clone(), versioning).await;
            rig.store.try_saving(&bucket()).await.unwrap();
            assert_nothing_is_left(&rig, &what);
            assert_eq!(rig.sim.count(Operation::DeleteObject), 1, "{what}");
        }
    }
}

/// Ceph's gateway crashes if a user with the admin flag asks for such a copy (ceph/ceph#50648).
#[tokio::test]
async fn a_ceph_gateway_is_never_asked_to_copy_what_does_not_exist() {
    for (habits, copies) in [(Habits::ceph(), 0), (Habits::seaweedfs(), 1)] {
        let rig = rig(habits, Versioning::Never).await;
        rig.store.try_saving(&bucket()).await.unwrap();
        assert_eq!(rig.sim.count(Operation::CopyObject), copies);
    }
}

/// Ceph tells nothing by a copy of what does not exist: it answers 404 whatever the rights.
#[tokio::test]
async fn each_right_that_saving_takes_is_missed() {
    let cases = [
        (
            &[Operation::CopyObject, Operation::CreateMultipartUpload][..],
            Asked::CreateMultipartUpload,
        ),
        (
            &[Operation::AbortMultipartUpload],
            Asked::AbortMultipartUpload,
        ),
        (&[Operation::DeleteObject], Asked::DeleteObject),
    ];
    for (denied, asked) in cases {
        for versioning in VERSIONINGS {
            let what = format!("{denied:?} {versioning:?}");
            let rig = rig(Habits::ceph(), versioning).await;
            for operation in denied {
                rig.sim.deny(ACCESS_KEY, Some(BUCKET), *operation);
            }
            let error = rig.store.try_saving(&bucket()).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Denied, "{what}");
            assert_eq!(error.operation, asked, "{what}");
            assert_nothing_is_left(&rig, &what);
        }
    }
}

/// In a bucket that keeps versions it would leave a marker.
#[tokio::test]
async fn where_versions_cannot_be_asked_for_nothing_is_deleted() {
    let rig = rig(Habits::ceph(), Versioning::Enabled).await;
    let denied = Operation::GetBucketVersioning;
    rig.sim.deny(ACCESS_KEY, Some(BUCKET), denied);
    rig.store.try_saving(&bucket()).await.unwrap();
    assert_eq!(rig.sim.count(Operation::DeleteObject), 0);
    assert_nothing_is_left(&rig, "unknown");
}

#[tokio::test]
async fn the_upload_that_was_begun_is_aborted_also_when_an_answer_is_lost() {
    let abort = |nth, kind| Fault::new(Operation::AbortMultipartUpload, nth, kind);
    for kind in [FaultKind::AnswerLost, FaultKind::InternalError] {
        let rig = rig(Habits::ceph(), Versioning::Never).await;
        // The first is the one of what nobody began.
        rig.sim.faults().push(abort(Nth::Only(2), kind));
        rig.store.try_saving(&bucket()).await.unwrap();
        assert_nothing_is_left(&rig, "lost");
    }
    let rig = rig(Habits::ceph(), Versioning::Never).await;
    for nth in 2..=4 {
        let fails = abort(Nth::Only(nth), FaultKind::InternalError);
        rig.sim.faults().push(fails);
    }
    let error = rig.store.try_saving(&bucket()).await.unwrap_err();
    let left = rig.sim.uploads(BUCKET).remove(0);
    let told = error.message.unwrap();
    assert!(left.key.starts_with(".partsweep-spare-"), "{left:?}");
    assert!(
        told.contains(&format!("the empty upload {} is left behind", left.key)),
        "{told}"
    );
}
