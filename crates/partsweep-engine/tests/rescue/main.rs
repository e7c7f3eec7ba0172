//! Completing an upload on a store that answers in its own ways, beside others who write.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod fake;
mod resuming;

use std::path::PathBuf;

use fake::{Ends, FakeStore, MIB, address, head, now, part};
use jiff::SignedDuration;
use partsweep_core::{
    AgreedRescue, Inspect as _, ObjectMatch, Obstacle, PartLimits, RescueConsent, RescuePlan,
    RescueTerms, StoreErrorKind,
};
use partsweep_engine::rescue::{RescueFile, RescueHeader, RescueOptions, Rescued, look, rescue};

const TERMS: RescueTerms = RescueTerms {
    quiet_for: SignedDuration::from_hours(24),
    size: None,
    overwrite: false,
    chosen: false,
};

async fn plan_of(store: &FakeStore) -> Result<RescuePlan, Vec<Obstacle>> {
    let first = look(store, &address()).await.unwrap();
    let second = look(store, &address()).await.unwrap();
    RescuePlan::of(&first, second, TERMS, PartLimits::of(&store.provider()))
}

async fn agreed_to(store: &FakeStore) -> AgreedRescue {
    let plan = plan_of(store).await.unwrap();
    let consent = RescueConsent::to(&plan);
    plan.approve(consent).unwrap()
}

/// The store of every record.
const ENDPOINT: &str = "http://h";

fn record() -> (tempfile::TempDir, PathBuf, RescueFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/rescue.ndjson");
    let header = RescueHeader::new(now(), ENDPOINT, Some("me"));
    let file = RescueFile::create(&path, &header).unwrap();
    (folder, path, file)
}

fn lines(path: &PathBuf) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Completes an upload of which everything is as it should be until the complete.
async fn ended(ends: Ends) -> (Rescued, FakeStore, Vec<serde_json::Value>) {
    let store = FakeStore::new(ends);
    let agreed = agreed_to(&store).await;
    let (_folder, path, file) = record();
    let rescued = rescue(&store, &agreed, &file, RescueOptions::default()).await;
    (rescued, store, lines(&path))
}

#[tokio::test(start_paused = true)]
async fn a_rescue_is_on_disk_before_the_request_leaves_and_ends_with_the_object() {
    let store = FakeStore::new(Ends::Done);
    let agreed = agreed_to(&store).await;
    let (_folder, path, file) = record();
    let at_the_complete = path.clone();
    store.with(|world| {
        world.before_complete = Some(Box::new(move || {
            let lines = lines(&at_the_complete);
            assert_eq!(lines.len(), 2);
            assert_eq!(lines[1]["upload_id"], "1");
            assert_eq!(lines[1]["bytes"], 17 * MIB);
        }));
    });
    let rescued = rescue(&store, &agreed, &file, RescueOptions::default()).await;
    let Rescued::Done {
        object,
        matches: ObjectMatch::Same,
        is_current: true,
    } = rescued
    else {
        panic!("{rescued:?}")
    };
    assert_eq!(object.bytes, Some(17 * MIB));
    let lines = lines(&path);
    assert_eq!(lines[0]["format"], "partsweep.rescue-record/1");
    assert_eq!(lines[2]["outcome"], "done");
    assert_eq!(lines[2]["etag"], lines[1]["etag"]);
    assert_eq!(store.completes(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_changed_since_it_was_agreed_to_is_not_completed() {
    type Change = fn(&mut fake::World);
    let changes: [Change; 4] = [
        |world| world.parts.push(part(4, MIB)),
        |world| world.parts[1].etag = Some([9; 16]),
        |world| world.object = Some(head(1, "x")),
        |world| world.parts[2].last_modified = Some(now()),
    ];
    for change in changes {
        let store = FakeStore::new(Ends::Done);
        let agreed = agreed_to(&store).await;
        let (_folder, path, file) = record();
        store.with(change);
        let rescued = rescue(&store, &agreed, &file, RescueOptions::default()).await;
        assert!(matches!(rescued, Rescued::Stopped(_)), "{rescued:?}");
        assert_eq!(store.completes(), 0);
        assert_eq!(lines(&path).len(), 1, "nothing is said to have been sent");
    }
    let store = FakeStore::new(Ends::Done);
    let agreed = agreed_to(&store).await;
    store.with(|world| world.is_there = false);
    let rescued = rescue(&store, &agreed, &record().2, RescueOptions::default()).await;
    assert!(
        matches!(rescued, Rescued::NotSeen(error) if error.kind == StoreErrorKind::NoSuchUpload)
    );
    assert_eq!(store.completes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_complete_without_an_answer_is_looked_for_and_never_sent_again() {
    for ends in [Ends::AnswerLost, Ends::Late(0), Ends::Late(4)] {
        let (rescued, store, lines) = ended(ends).await;
        assert!(
            matches!(rescued, Rescued::Done { .. }),
            "{ends:?}: {rescued:?}"
        );
        assert_eq!(store.completes(), 1);
        assert_eq!(lines[2]["outcome"], "done");
    }
    let (rescued, store, _) = ended(Ends::RequestLost).await;
    assert!(matches!(rescued, Rescued::StillThere(_)), "{rescued:?}");
    assert_eq!(store.completes(), 1);
    let (rescued, store, _) = ended(Ends::Refused(StoreErrorKind::Throttled)).await;
    assert!(matches!(rescued, Rescued::StillThere(_)), "{rescued:?}");
    assert_eq!(store.completes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_upload_as_it_was_and_is_told() {
    for kind in [
        StoreErrorKind::Refused,
        StoreErrorKind::Changed,
        StoreErrorKind::Denied,
    ] {
        let (rescued, store, _) = ended(Ends::Refused(kind)).await;
        assert!(matches!(rescued, Rescued::Refused(error, after)
            if error.kind == kind && after.is_left == Some(true) && matches!(after.object, Ok(None))));
        assert_eq!(store.completes(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_it_is_looked_whether_someone_else_was_faster() {
    let (rescued, store, lines) = ended(Ends::Overtaken).await;
    let Rescued::Refused(error, after) = rescued else {
        panic!("{rescued:?}")
    };
    assert_eq!(error.kind, StoreErrorKind::Changed);
    assert_eq!(after.is_left, Some(false));
    assert!(after.is_the_same);
    assert_eq!(after.object.unwrap().unwrap().bytes, Some(17 * MIB));
    assert_eq!(store.completes(), 1);
    assert_eq!(lines[2]["outcome"], "refused");
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_someone_aborted_is_gone_and_not_done() {
    let (rescued, store, lines) = ended(Ends::Aborted).await;
    assert!(matches!(rescued, Rescued::Gone), "{rescued:?}");
    assert_eq!(store.completes(), 1);
    assert_eq!(lines[2]["outcome"], "gone");
}

#[tokio::test(start_paused = true)]
async fn yes_is_not_believed_unless_the_key_shows_the_object() {
    let (rescued, ..) = ended(Ends::Overwritten).await;
    assert!(
        matches!(&rescued, Rescued::Different(Some(object)) if object.bytes == Some(5)),
        "{rescued:?}"
    );
    let (rescued, ..) = ended(Ends::BelowCurrent).await;
    let Rescued::Done {
        is_current: false, ..
    } = rescued
    else {
        panic!("{rescued:?}")
    };
}

#[tokio::test(start_paused = true)]
async fn a_look_that_grew_too_old_is_repeated_a_few_times() {
    for (slow, completes) in [(2, 1), (3, 0)] {
        let store = FakeStore::new(Ends::Done);
        store.with(|world| world.slow = slow);
        let agreed = agreed_to(&store).await;
        let (_folder, path, file) = record();
        let rescued = rescue(&store, &agreed, &file, RescueOptions::default()).await;
        assert_eq!(matches!(rescued, Rescued::Done { .. }), completes == 1);
        assert_eq!(store.completes(), completes);
        assert_eq!(lines(&path).len(), 2 + completes as usize);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_sent() {
    let store = FakeStore::new(Ends::Done);
    let agreed = agreed_to(&store).await;
    let full = std::fs::OpenOptions::new().append(true).open("/dev/full");
    let file = RescueFile::on(full.unwrap());
    let rescued = rescue(&store, &agreed, &file, RescueOptions::default()).await;
    assert!(matches!(rescued, Rescued::NotWrittenDown(_)), "{rescued:?}");
    assert_eq!(store.completes(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_other_uploads_of_the_key_are_seen_and_no_longer_key() {
    let store = FakeStore::new(Ends::Done);
    let seen = look(&store, &address()).await.unwrap();
    assert_eq!(seen.others.as_deref(), Some(&[][..]));
    assert!(seen.upload.initiated.is_some());
    store.with(|world| world.others = vec!["0", "2"]);
    let obstacles = plan_of(&store).await.unwrap_err();
    let [Obstacle::OtherUploads(others)] = &obstacles[..] else {
        panic!("{obstacles:?}")
    };
    let mut ids: Vec<_> = others
        .iter()
        .map(|other| other.address.id.as_str())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["0", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_without_the_upload_itself_says_nothing_of_others() {
    let store = FakeStore::new(Ends::Done);
    store.with(|world| world.is_listed = false);
    let seen = look(&store, &address()).await.unwrap();
    assert_eq!(seen.others, None);
    assert_eq!(
        plan_of(&store).await.unwrap_err(),
        [Obstacle::OthersUnknown]
    );
}
