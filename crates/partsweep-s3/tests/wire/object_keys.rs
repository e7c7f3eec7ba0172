//! The keys of a bucket's objects, however the store writes them.

use partsweep_core::{Inspect, KeyPage, Operation as Asked, StoreErrorKind};
use partsweep_sim::{ACCESS_KEY, Habits, Operation};

use crate::rig::{BUCKET, Rig, bucket};
use crate::scripted::{Scripted, ok};

async fn all(rig: &Rig, prefix: &str) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = rig
            .store
            .list_keys(&bucket(), prefix, after.as_deref())
            .await;
        let KeyPage {
            keys: more,
            next,
            hides_some,
        } = page.unwrap();
        assert!(!hides_some);
        keys.extend(more);
        if next.is_none() {
            return keys;
        }
        after = next;
    }
}

#[tokio::test]
async fn keys_are_followed_to_the_last_page() {
    let rig = Rig::start(Habits::minio()).await;
    for n in 0..2_500 {
        rig.sim
            .put_object(BUCKET, &format!("k/{n:05} +%20é"), 1)
            .unwrap();
    }
    rig.sim.put_object(BUCKET, "other", 1).unwrap();
    let keys = all(&rig, "k/").await;
    assert_eq!((keys.len(), &*keys[2_499]), (2_500, "k/02499 +%20é"));
    assert_eq!(rig.sim.count(Operation::ListObjects), 3);
    assert_eq!(all(&rig, "").await.len(), 2_501);
}

#[tokio::test]
async fn a_key_that_a_plain_page_cannot_show_is_read_in_each_way_that_it_may_mean() {
    let rig = Rig::start(Habits::minio()).await;
    for key in ["lost\u{1}", "a b"] {
        rig.sim.put_object(BUCKET, key, 1).unwrap();
    }
    let keys = all(&rig, "").await;
    assert_eq!(keys, ["a+b", "a b", "lost%01", "lost\u{1}"]);
}

#[tokio::test]
async fn a_page_of_keys_that_is_not_whole_says_so() {
    for (inside, hides_some) in [
        ("<IsTruncated>true</IsTruncated>", true),
        ("<IsTruncated>maybe</IsTruncated>", true),
        ("<Contents/>", true),
        (
            "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
            false,
        ),
        ("", false),
    ] {
        let server = Scripted::start(move |_, _| {
            ok(&format!("<ListBucketResult>{inside}</ListBucketResult>"))
        });
        let store = server.await.store().await;
        let page = store.list_keys(&bucket(), "", None).await.unwrap();
        assert_eq!((page.hides_some, page.next), (hides_some, None), "{inside}");
    }
}

#[tokio::test]
async fn a_list_of_keys_that_is_denied_names_the_permission() {
    let rig = Rig::start(Habits::aws()).await;
    rig.sim
        .deny(ACCESS_KEY, Some(BUCKET), Operation::ListObjects);
    let error = rig.store.list_keys(&bucket(), "", None).await.unwrap_err();
    assert_eq!(
        (error.kind, error.operation),
        (StoreErrorKind::Denied, Asked::ListObjects)
    );
    assert_eq!(error.operation.right(), "s3:ListBucket");
}
