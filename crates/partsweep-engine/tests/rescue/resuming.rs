//! Finishing an upload from a local file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use partsweep_core::store::part_data::PartHasher;
use partsweep_core::{
    AgreedResume, FileLayout, Obstacle, OwnParts, Part, PartLimits, ResumeConsent, ResumePlan,
    UploadAddress,
};
use partsweep_engine::rescue::{
    RescueOptions, Rescued, SendStop, SentParts, SentSoFar, SourceFile, look, own_parts,
    recorded_etag, rescue, see_file, send_parts,
};

use crate::fake::{Ends, FakeStore, PartEnds, address, part};
use crate::{ENDPOINT, TERMS, lines, record};

/// No store takes so small ones: hashes are slow in a debug build.
const SIZE: u64 = 1 << 16;

const LIMITS: PartLimits = PartLimits {
    minimum: None,
    equal: false,
};

/// Four parts and a bit, of which the store has the first and the third.
struct Begun {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: FakeStore,
    file: Arc<SourceFile>,
}

fn md5(data: &[u8]) -> [u8; 16] {
    let mut hasher = PartHasher::default();
    hasher.add(data);
    hasher.finish().md5
}

fn begun() -> Begun {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let size = usize::try_from(SIZE).unwrap();
    let data: Vec<u8> = (0_u32..)
        .flat_map(u32::to_be_bytes)
        .take(4 * size + 3)
        .collect();
    std::fs::write(&path, &data).unwrap();
    let store = FakeStore::new(Ends::Done);
    let there = |number: u32| {
        let begin = usize::try_from(number - 1).unwrap() * size;
        Part {
            etag: Some(md5(&data[begin..begin + size])),
            ..part(number, SIZE)
        }
    };
    store.with(|world| world.parts = vec![there(1), there(3)]);
    let file = Arc::new(SourceFile::open(&path).unwrap());
    Begun {
        _folder: folder,
        path,
        store,
        file,
    }
}

impl Begun {
    async fn plan(&self, state: Option<&Path>) -> Result<ResumePlan, Vec<Obstacle>> {
        let first = look(&self.store, &address()).await.unwrap();
        let second = look(&self.store, &address()).await.unwrap();
        let layout = FileLayout::of(&first.parts, self.file.bytes(), LIMITS).unwrap();
        let own = state.map(|state| own_parts(state, ENDPOINT, &address()).unwrap());
        let own = own.unwrap_or_default();
        let seen = see_file(&self.file, layout, &first.parts, own).unwrap();
        ResumePlan::of(&first, second, seen, TERMS, LIMITS)
    }

    async fn agreed(&self, state: Option<&Path>) -> AgreedResume {
        let plan = self.plan(state).await.unwrap();
        let consent = ResumeConsent::to(&plan);
        plan.approve(consent).unwrap()
    }

    async fn sent(&self) -> Result<SentParts, SendStop> {
        let (_folder, _, record) = record();
        let counted = Arc::new(SentSoFar::default());
        let agreed = self.agreed(None).await;
        send_parts(&self.store, agreed, &self.file, &record, &counted).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_sent_and_the_whole_is_completed() {
    let begun = begun();
    let (_folder, path, record) = record();
    let counted = Arc::new(SentSoFar::default());
    let agreed = begun.agreed(None).await;
    let sent = send_parts(&begun.store, agreed, &begun.file, &record, &counted).await;
    assert_eq!(counted.on_its_way(), 2 * SIZE + 3);
    assert_eq!(counted.arrived(), (3, 2 * SIZE + 3));
    let agreed = sent.unwrap().finish(&begun.store, &begun.file, async {});
    let agreed = agreed.await.unwrap();
    assert_eq!(agreed.plan().bytes(), 4 * SIZE + 3);
    let rescued = rescue(&begun.store, &agreed, &record, RescueOptions::default()).await;
    assert!(matches!(rescued, Rescued::Done { .. }), "{rescued:?}");
    let mut numbers = begun.store.with(|world| world.sent.clone());
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 4, 5]);
    let lines = lines(&path);
    assert_eq!(lines[1]["send_parts"], 3);
    assert_eq!(lines[1]["file_bytes"], 4 * SIZE + 3);
    assert_eq!(lines.last().unwrap()["outcome"], "done");
}

#[tokio::test(start_paused = true)]
async fn a_part_is_on_record_before_it_is_sent_and_is_known_as_its_own_afterwards() {
    let begun = begun();
    let (folder, path, record) = record();
    let at_the_part = path.clone();
    begun.store.with(|world| {
        world.part_ends = PartEnds::Refused(5);
        world.before_part = Some(Box::new(move |number| {
            let lines = lines(&at_the_part);
            assert!(lines.iter().any(|line| line["part"] == number), "{lines:?}");
        }));
    });
    let counted = Arc::new(SentSoFar::default());
    let agreed = begun.agreed(None).await;
    let sent = send_parts(&begun.store, agreed, &begun.file, &record, &counted).await;
    let stop = sent.unwrap_err();
    assert!(
        matches!(stop, SendStop::Failed { number: 5, .. }),
        "{stop:?}"
    );
    assert_eq!(counted.arrived(), (2, 2 * SIZE));
    // They came just now, and nobody else says that they are ours.
    let why = begun.plan(None).await.unwrap_err();
    assert!(matches!(why[..], [Obstacle::TooYoung { .. }]), "{why:?}");
    let state = folder.path().join("state");
    std::fs::rename(&path, state.join("rescue-1.ndjson")).unwrap();
    // Two that send the same upload get in each other's way.
    let busy = own_parts(&state, ENDPOINT, &address()).unwrap_err();
    assert_eq!(busy.0, state.join("rescue-1.ndjson"));
    drop(record);
    let plan = begun.plan(Some(&state)).await.unwrap();
    let missing: Vec<_> = plan.missing().iter().map(|part| part.number).collect();
    assert_eq!(missing, [5]);
}

/// Some stores count their uploads in each bucket, so that the same id is that of many.
#[tokio::test(start_paused = true)]
async fn a_record_is_that_of_a_bucket_a_key_and_an_id() {
    let begun = begun();
    let (folder, path, record) = record();
    begun
        .store
        .with(|world| world.part_ends = PartEnds::Refused(5));
    let agreed = begun.agreed(None).await;
    let counted = Arc::new(SentSoFar::default());
    let sent = send_parts(&begun.store, agreed, &begun.file, &record, &counted).await;
    sent.unwrap_err();
    let state = folder.path().join("state");
    std::fs::rename(&path, state.join("rescue-1.ndjson")).unwrap();
    let same = address();
    let of = |bucket, key| UploadAddress::new(bucket, key, same.id.as_str()).unwrap();
    let own = |endpoint, address: &UploadAddress| own_parts(&state, endpoint, address);
    // While it is written, too.
    for other in [of("other", "k"), of("b", "other")] {
        assert_eq!(own(ENDPOINT, &other).unwrap(), OwnParts::default());
    }
    own("http://the-same-by-another-name", &same).unwrap_err();
    drop(record);
    assert_ne!(own(ENDPOINT, &same).unwrap(), OwnParts::default());
    let elsewhere = own("http://another", &same).unwrap();
    assert_eq!(elsewhere, OwnParts::default());
    let complete = r#"{"bucket":"b","key":"k","upload_id":"1","parts":2,"bytes":5,"etag":"e-2","replaces":null}"#;
    std::fs::write(state.join("rescue-2.ndjson"), complete).unwrap();
    let etag = |endpoint, address: &UploadAddress| recorded_etag(&state, endpoint, address);
    assert_eq!(etag(ENDPOINT, &same).as_deref(), Some("e-2"));
    assert_eq!(etag(ENDPOINT, &of("other", "k")), None);
}

#[tokio::test(start_paused = true)]
async fn a_part_whose_etag_is_not_the_md5_of_what_was_sent_ends_it() {
    let begun = begun();
    begun
        .store
        .with(|world| world.part_ends = PartEnds::OtherEtag(4));
    let stop = begun.sent().await.unwrap_err();
    assert!(
        matches!(stop, SendStop::OtherEtag { number: 4 }),
        "{stop:?}"
    );
    assert_eq!(begun.store.completes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_meanwhile_ends_it() {
    let begun = begun();
    let path = begun.path.clone();
    begun.store.with(|world| {
        world.before_part = Some(Box::new(move |_| {
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        }));
    });
    let stop = begun.sent().await.unwrap_err();
    assert!(matches!(stop, SendStop::FileChanged), "{stop:?}");

    let begun = self::begun();
    let sent = begun.sent().await.unwrap();
    let file = std::fs::File::options()
        .append(true)
        .open(&begun.path)
        .unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let stop = sent.finish(&begun.store, &begun.file, async {}).await;
    assert!(matches!(stop, Err(SendStop::FileChanged)), "{stop:?}");
}

#[tokio::test(start_paused = true)]
async fn what_changed_since_it_was_agreed_to_gets_no_part() {
    let begun = begun();
    let agreed = begun.agreed(None).await;
    begun.store.with(|world| world.parts.push(part(4, SIZE)));
    let (_folder, path, record) = record();
    let counted = Arc::new(SentSoFar::default());
    let stop = send_parts(&begun.store, agreed, &begun.file, &record, &counted).await;
    assert!(matches!(stop, Err(SendStop::Stopped(_))), "{stop:?}");
    assert!(begun.store.with(|world| world.sent.is_empty()));
    assert_eq!(lines(&path).len(), 1, "nothing is said to have been sent");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_somebody_else_sends_meanwhile_keeps_it_from_being_completed() {
    let begun = begun();
    let sent = begun.sent().await.unwrap();
    begun
        .store
        .with(|world| world.parts[3].etag = Some([9; 16]));
    let stop = sent.finish(&begun.store, &begun.file, async {}).await;
    let Err(SendStop::NotAsSent(why)) = stop else {
        panic!("{stop:?}")
    };
    assert!(why.contains(&Obstacle::PartsChanged), "{why:?}");
}
