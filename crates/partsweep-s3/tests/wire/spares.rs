//! Deleting spare copies, and nothing else.

use partsweep_core::{Mutate, Spare, StoreErrorKind};
use partsweep_sim::{
    ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, StoredVersion, Versioning,
};

use crate::rig::{BUCKET, Rig, bucket, described, public, spare_name};

/// The keys of all versions and markers, sorted.
fn versions(rig: &Rig) -> Vec<String> {
    let versions = rig.sim.versions(BUCKET);
    versions
        .into_iter()
        .map(|version| match version {
            StoredVersion::Object(object) => object.key,
            StoredVersion::Marker { key, .. } => format!("{key} is deleted"),
        })
        .collect()
}

async fn versioned(habits: Habits, versioning: Versioning) -> Rig {
    let rig = Rig::start(habits).await;
    rig.sim.set_versioning(BUCKET, versioning).unwrap();
    rig.sim
        .put_object_with(BUCKET, "k", 9, described(), public())
        .unwrap();
    rig
}

/// The spare of which nothing but its name is known, as after a crash.
fn named() -> Spare {
    Spare {
        bucket: bucket(),
        name: spare_name(1),
        version: None,
    }
}

const KINDS: [(Versioning, usize); 3] = [
    (Versioning::Never, 1),
    (Versioning::Enabled, 2),
    (Versioning::Suspended, 1),
];

#[tokio::test]
async fn no_version_and_no_marker_of_a_spare_stays() {
    for habits in [Habits::ceph(), Habits::aws()] {
        for (versioning, of_key) in KINDS {
            let rig = versioned(habits.clone(), versioning).await;
            rig.save("k").await;
            assert_eq!(versions(&rig), vec!["k"; of_key], "{versioning:?}");
            let object = rig.object("k");
            assert_eq!((object.attributes, object.acl), (described(), public()));

            rig.to_spare("k").await.unwrap();
            rig.store.delete_spare(&named()).await.unwrap();
            assert_eq!(versions(&rig), vec!["k"; of_key], "{versioning:?}, by name");
        }
    }
}

#[tokio::test]
async fn a_spare_that_was_written_twice_goes_whole() {
    for habits in [Habits::ceph(), Habits::aws()] {
        for (versioning, of_key) in KINDS {
            let rig = versioned(habits.clone(), versioning).await;
            let lost = FaultKind::AnswerLost;
            rig.sim
                .faults()
                .push(Fault::new(Operation::CopyObject, Nth::First(2), lost));
            let spare = rig.to_spare("k").await.unwrap();
            rig.store.delete_spare(&spare).await.unwrap();
            assert_eq!(versions(&rig), vec!["k"; of_key.min(1)], "{versioning:?}");
        }
    }
}

#[tokio::test]
async fn a_spare_that_is_gone_is_deleted() {
    for habits in [Habits::ceph(), Habits::aws()] {
        for (versioning, _) in KINDS {
            let rig = versioned(habits.clone(), versioning).await;
            let spare = rig.to_spare("k").await.unwrap();
            for spare in [&spare, &spare, &named()] {
                rig.store.delete_spare(spare).await.unwrap();
            }
            assert_eq!(versions(&rig), ["k"], "{versioning:?}");
        }
    }
}

#[tokio::test]
async fn a_deletion_that_is_refused_is_told() {
    let rig = versioned(Habits::ceph(), Versioning::Never).await;
    let spare = rig.to_spare("k").await.unwrap();
    rig.sim.deny(ACCESS_KEY, None, Operation::DeleteObject);
    let deleted = rig.store.delete_spare(&spare).await;
    assert_eq!(deleted.unwrap_err().kind, StoreErrorKind::Denied);
    assert_eq!(rig.sim.count(Operation::DeleteObject), 1);
    let error = FaultKind::ErrorInOk("InternalError");
    rig.sim.allow_all(ACCESS_KEY);
    rig.sim
        .faults()
        .push(Fault::new(Operation::DeleteObject, Nth::Every, error));
    let deleted = rig.store.delete_spare(&spare).await;
    assert_eq!(deleted.unwrap_err().kind, StoreErrorKind::Server);
}
