//! Changes of lifecycles on stores that keep them in their own ways, beside other writers, cut off anywhere (law 10).
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod fake;
mod model;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use fake::{BUCKET, FakeStore, Keeps, days, document, rule};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use partsweep_core::lifecycle::change::{NoChange, RuleDialect};
use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::lifecycle::undo::{Undo, UndoBasis};
use partsweep_core::{BucketName, Inspect, LifecycleChange, StoreErrorKind};
use partsweep_engine::lifecycle::{
    ChangeRun, ChangeWait, Changed, LifecycleEntry, UndoError, UndoFile, UndoHeader, UndoRead,
    read_undo,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) fn undo_file() -> (tempfile::TempDir, PathBuf, UndoFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("undo.ndjson");
    let header = UndoHeader::new(Timestamp::UNIX_EPOCH, "http://h", Some("me"));
    let undo = UndoFile::create(&path, &header).unwrap();
    (folder, path, undo)
}

/// One change, by a run that nobody stops.
pub(crate) async fn apply(
    store: &FakeStore,
    change: LifecycleChange,
    undo: &UndoFile,
    waits: &(dyn Fn(ChangeWait) + Sync),
) -> Changed {
    let run = ChangeRun::new(store, undo, CancellationToken::new());
    run.apply(change, waits).await
}

async fn change_of(store: &FakeStore) -> LifecycleChange {
    let seen = store
        .lifecycle(&BucketName::new(BUCKET).unwrap())
        .await
        .unwrap();
    LifecycleChange::protect(seen, days(7), RuleDialect::S3, false).unwrap()
}

async fn set(store: &FakeStore) -> (Changed, PathBuf, tempfile::TempDir) {
    let change = change_of(store).await;
    let (folder, path, undo) = undo_file();
    let changed = apply(store, change, &undo, &|_| {}).await;
    (changed, path, folder)
}

#[tokio::test(start_paused = true)]
async fn what_was_there_is_on_disk_before_the_request_leaves() {
    let before = document(&[rule("a", "tmp/", "<Expiration><Days>5</Days></Expiration>")]);
    let store = FakeStore::new(Keeps::All, Some(&before));
    let change = change_of(&store).await;
    let (_folder, path, undo) = undo_file();
    let at_the_put = path.clone();
    store.before_put(move || {
        let entries = read_undo(&at_the_put).unwrap().entries;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].before.document.as_ref().unwrap().text(), before);
        assert_eq!(entries[0].outcome, None);
    });
    let changed = apply(&store, change, &undo, &|_| {}).await;
    assert!(
        matches!(changed, Changed::Done { with_more: false }),
        "{changed:?}"
    );
    assert_eq!(store.puts(), 1);
    let UndoRead {
        header,
        entries,
        is_whole,
    } = read_undo(&path).unwrap();
    assert!(!is_whole, "its end is not written yet");
    assert_eq!(
        (header.endpoint.as_str(), header.account.as_deref()),
        ("http://h", Some("me"))
    );
    assert_eq!(entries[0].outcome.as_deref(), Some("done"));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_could_not_be_written_down() {
    let store = FakeStore::new(Keeps::All, None);
    let change = change_of(&store).await;
    let header = UndoHeader::new(Timestamp::UNIX_EPOCH, "http://h", None);
    // A device that is always full takes neither the header nor a change.
    let full = UndoFile::create(std::path::Path::new("/dev/full"), &header);
    assert!(matches!(full, Err(UndoError::Io(_))));
    let undo = UndoFile::on(
        std::fs::File::options()
            .append(true)
            .open("/dev/full")
            .unwrap(),
    );
    let changed = apply(&store, change, &undo, &|_| {}).await;
    assert!(
        matches!(changed, Changed::NotWrittenDown(UndoError::Io(_))),
        "{changed:?}"
    );
    assert_eq!(store.puts(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_changed_since_it_was_shown_is_not_overwritten() {
    let store = FakeStore::new(Keeps::All, None);
    let change = change_of(&store).await;
    let theirs = document(&[rule(
        "theirs",
        "",
        "<Expiration><Days>9</Days></Expiration>",
    )]);
    store.someone_writes(Some(&theirs));
    let (_folder, _, undo) = undo_file();
    let changed = apply(&store, change, &undo, &|_| {}).await;
    assert!(matches!(changed, Changed::ChangedBefore), "{changed:?}");
    assert_eq!((store.puts(), store.text().as_deref()), (0, Some(&*theirs)));
}

#[tokio::test(start_paused = true)]
async fn stale_reads_are_waited_out() {
    let store = FakeStore::new(Keeps::All, None);
    store.stale_reads(5);
    let (changed, ..) = set(&store).await;
    assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
    let store = FakeStore::new(Keeps::Nothing, None);
    let (changed, ..) = set(&store).await;
    assert!(matches!(changed, Changed::NotTaken), "{changed:?}");
}

/// Two machines behind one address, of which one never takes the change.
#[tokio::test(start_paused = true)]
async fn reads_that_never_agree_end_after_a_minute_and_prove_nothing() {
    let store = FakeStore::new(Keeps::All, None);
    store.flaps();
    let change = change_of(&store).await;
    let (_folder, path, undo) = undo_file();
    let began = Instant::now();
    let waits = Mutex::new(Vec::new());
    let wait = |wait| waits.lock().unwrap().push((wait, began.elapsed()));
    let changed = apply(&store, change, &undo, &wait).await;
    assert!(matches!(changed, Changed::Unproven), "{changed:?}");
    let minute = Duration::from_secs(60);
    assert!(began.elapsed() <= minute, "{:?}", began.elapsed());
    let waits = waits.into_inner().unwrap();
    let [(wait, at)] = waits[..] else {
        panic!("told once: {waits:?}")
    };
    assert_eq!(wait, ChangeWait::ReadBack(minute));
    assert!(at < Duration::from_secs(1), "at once: {at:?}");
    assert_eq!(store.puts(), 1, "and nothing is put back");
    let entries = read_undo(&path).unwrap().entries;
    assert_eq!(entries[0].outcome.as_deref(), Some("unverified"));
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_asked_again_and_each_time_looked_at_first() {
    let store = FakeStore::new(Keeps::All, None);
    store.busy(3);
    let (changed, ..) = set(&store).await;
    assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
    assert_eq!(store.puts(), 4);
    let store = FakeStore::new(Keeps::All, None);
    store.busy(1_000);
    let (changed, ..) = set(&store).await;
    assert!(matches!(changed, Changed::Failed(_)), "{changed:?}");
    // Someone wrote while it was busy.
    let store = FakeStore::new(Keeps::All, None);
    store.busy(2);
    let theirs = document(&[rule(
        "theirs",
        "",
        "<Expiration><Days>9</Days></Expiration>",
    )]);
    store.someone_writes_at(4, Some(&theirs));
    let (changed, ..) = set(&store).await;
    assert!(matches!(changed, Changed::ChangedBefore), "{changed:?}");
    assert_eq!(store.text().as_deref(), Some(&*theirs));
}

/// Our own requests are what delays them: nobody is told that the store is busy.
#[tokio::test(start_paused = true)]
async fn healthy_buckets_whose_requests_delay_each_other_are_changed_one_at_a_time() {
    let store = FakeStore::new(Keeps::All, None);
    store.is_slow();
    let (_folder, path, undo) = undo_file();
    let run = ChangeRun::new(&store, &undo, CancellationToken::new());
    let told = Mutex::new(Vec::new());
    let waits = |wait| told.lock().unwrap().push(wait);
    let mut changes = Vec::new();
    for number in 0..12 {
        let bucket = BucketName::new(format!("bucket-{number}")).unwrap();
        let seen = store.lifecycle(&bucket).await.unwrap();
        changes.push(LifecycleChange::protect(seen, days(7), RuleDialect::S3, false).unwrap());
    }
    let all = changes.into_iter().map(|change| run.apply(change, &waits));
    let began = Instant::now();
    for changed in futures_util::future::join_all(all).await {
        assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
    }
    assert_eq!((store.others(), store.puts()), (12, 12));
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "no pause is needed"
    );
    assert!(told.lock().unwrap().is_empty());
    let entries = read_undo(&path).unwrap().entries;
    assert_eq!(entries.len(), 12, "each is written down once");
}

/// A store that says "not now" has not done it; a look says whether it has all the same.
#[tokio::test(start_paused = true)]
async fn a_store_that_asks_for_fewer_requests_is_asked_again_after_a_look() {
    for (times, is_done, puts) in [(3, false, 4), (3, true, 3)] {
        let store = FakeStore::new(Keeps::All, None);
        store.throttles(times, is_done);
        let change = change_of(&store).await;
        let (_folder, _, undo) = undo_file();
        let told = Mutex::new(Vec::new());
        let waits = |wait| told.lock().unwrap().push(wait);
        let began = Instant::now();
        let changed = apply(&store, change, &undo, &waits).await;
        assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
        assert_eq!(store.puts(), puts);
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "{:?}",
            began.elapsed()
        );
        let minute = Duration::from_secs(60);
        assert_eq!(told.into_inner().unwrap(), [ChangeWait::Throttled(minute)]);
    }
    let store = FakeStore::new(Keeps::All, None);
    store.throttles(1_000, false);
    let began = Instant::now();
    let (changed, ..) = set(&store).await;
    assert!(
        matches!(&changed, Changed::Failed(error) if error.code.as_deref() == Some("SlowDown")),
        "{changed:?}"
    );
    assert!(began.elapsed() <= Duration::from_secs(60));
}

/// Whoever stops the run takes back what they agreed to: only what was sent already is read back.
#[tokio::test(start_paused = true)]
async fn nothing_is_written_after_a_signal() {
    let stop = CancellationToken::new();
    let (_folder, path, undo) = undo_file();
    // In the look, when the request has yet to be sent.
    let store = FakeStore::new(Keeps::All, None);
    let change = change_of(&store).await;
    let signal = stop.clone();
    store.at_request(2, move || signal.cancel());
    let run = ChangeRun::new(&store, &undo, stop.clone());
    let changed = run.apply(change.clone(), &|_| {}).await;
    assert!(matches!(changed, Changed::Interrupted(None)), "{changed:?}");
    assert_eq!((store.requests(), store.puts()), (2, 0));
    // While the request waits for its turn, at a low rate.
    let queued = CancellationToken::new();
    let signal = queued.clone();
    store.in_queue(move || signal.cancel());
    let waiting = ChangeRun::new(&store, &undo, queued);
    let changed = waiting.apply(change.clone(), &|_| {}).await;
    assert!(matches!(changed, Changed::Interrupted(None)), "{changed:?}");
    assert_eq!((store.requests(), store.puts()), (3, 0));
    // Before its turn came: there is nothing to undo.
    let changed = run.apply(change, &|_| {}).await;
    assert!(matches!(changed, Changed::Interrupted(None)), "{changed:?}");
    assert_eq!(store.requests(), 3);
    let entries = read_undo(&path).unwrap().entries;
    let outcomes: Vec<_> = entries.iter().map(|it| it.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("interrupted"); 2]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_not_asked_again_after_a_signal() {
    let store = FakeStore::new(Keeps::All, None);
    store.busy(1_000);
    let change = change_of(&store).await;
    let (_folder, _, undo) = undo_file();
    let stop = CancellationToken::new();
    let run = ChangeRun::new(&store, &undo, stop.clone());
    let began = Instant::now();
    // In the pause of 8 s from 7.75 to 15.75 s.
    let at = Duration::from_secs(9);
    let (changed, ()) = tokio::join!(run.apply(change, &|_| {}), async {
        tokio::time::sleep(at).await;
        stop.cancel();
    });
    assert!(
        matches!(&changed, Changed::Interrupted(Some(error)) if error.code.as_deref() == Some("OperationAborted")),
        "{changed:?}"
    );
    assert_eq!(began.elapsed(), at, "the pause ends with the signal");
    assert_eq!(store.puts(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_the_store_ruined_is_put_back_also_after_a_signal() {
    let theirs = document(&[rule("a", "tmp/", "<Expiration><Days>9</Days></Expiration>")]);
    let store = FakeStore::new(Keeps::LastRule, Some(&theirs));
    let change = change_of(&store).await;
    let (_folder, _, undo) = undo_file();
    let stop = CancellationToken::new();
    let signal = stop.clone();
    store.before_put(move || signal.cancel());
    let run = ChangeRun::new(&store, &undo, stop);
    let changed = run.apply(change, &|_| {}).await;
    assert!(matches!(changed, Changed::PutBack), "{changed:?}");
    assert!(store.means(Some(&theirs)), "{:?}", store.text());
}

#[tokio::test(start_paused = true)]
async fn what_the_store_ruins_is_put_back_at_once() {
    let theirs = rule("theirs", "tmp/", "<Expiration><Days>9</Days></Expiration>");
    for keeps in [Keeps::LastRule, Keeps::NoAbort] {
        for before in [None, Some(document(std::slice::from_ref(&theirs)))] {
            let store = FakeStore::new(keeps, before.as_deref());
            let (changed, ..) = set(&store).await;
            let is_kept = keeps == Keeps::LastRule && before.is_none();
            match is_kept {
                true => assert!(matches!(changed, Changed::Done { .. }), "{changed:?}"),
                false => {
                    assert!(matches!(changed, Changed::PutBack), "{keeps:?} {changed:?}");
                    assert!(store.means(before.as_deref()), "{:?}", store.text());
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_got_lost_is_made_up_for_by_looking() {
    for is_done in [true, false] {
        let store = FakeStore::new(Keeps::All, None);
        store.lose_answer(is_done);
        let (changed, ..) = set(&store).await;
        match is_done {
            true => assert!(matches!(changed, Changed::Done { .. }), "{changed:?}"),
            false => assert!(
                matches!(&changed, Changed::Failed(error) if error.kind == StoreErrorKind::Timeout),
                "{changed:?}"
            ),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_undone_and_a_second_writer_is_not() {
    let before = document(&[rule("a", "tmp/", "<Expiration><Days>5</Days></Expiration>")]);
    let bucket = BucketName::new(BUCKET).unwrap();
    for before in [None, Some(&*before)] {
        let store = FakeStore::new(Keeps::Sorted, before);
        let (changed, path, _folder) = set(&store).await;
        assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
        let mut entries = read_undo(&path).unwrap().entries;
        let entry = entries.remove(0);
        let now = store.lifecycle(&bucket).await.unwrap();
        let Undo { change, basis } = entry.undo(now).unwrap();
        assert_eq!(basis, UndoBasis::AsWritten);
        let (_folder, _, undo) = undo_file();
        let changed = apply(&store, change, &undo, &|_| {}).await;
        assert!(matches!(changed, Changed::Done { .. }), "{changed:?}");
        assert!(store.means(before), "{:?}", store.text());
    }
}

/// What the store dropped, and partsweep couldn't put back, is undone from the file: by a run that was ended, and by one
/// that wasn't allowed to.
#[tokio::test(start_paused = true)]
async fn what_the_store_ruined_is_undone_though_nobody_put_it_back() {
    let bucket = BucketName::new(BUCKET).unwrap();
    let theirs = rule("a", "tmp/", "<Expiration><Days>5</Days></Expiration>");
    let before = document(&[
        theirs.clone(),
        rule("b", "x/", "<Expiration><Days>6</Days></Expiration>"),
    ]);
    for is_killed in [true, false] {
        let store = FakeStore::new(Keeps::LastRule, Some(&before));
        let change = change_of(&store).await;
        let (_folder, path, undo) = undo_file();
        if !is_killed {
            store.denies_all_but_one_write();
        }
        {
            let mut applied = Box::pin(apply(&store, change, &undo, &|_| {}));
            if is_killed {
                // To the first yield after the write.
                while store.puts() == 0 {
                    assert!((&mut applied).now_or_never().is_none());
                }
            } else {
                let changed = applied.await;
                assert!(matches!(changed, Changed::Ruined(Some(_))), "{changed:?}");
            }
        }
        store.allows_writes();
        let ruined = store.text().unwrap();
        let entry = read_undo(&path).unwrap().entries.remove(0);
        let (outcome, shown) = match is_killed {
            true => (None, None),
            false => (Some("ruined"), Some(&*ruined)),
        };
        assert_eq!(entry.outcome.as_deref(), outcome);
        assert_eq!(entry.shown.as_ref().map(LifecycleDocument::text), shown);
        let now = store.lifecycle(&bucket).await.unwrap();
        let Undo { change, basis } = entry.undo(now).unwrap();
        assert_eq!(basis, UndoBasis::Dropped);
        let after = change.after().map(LifecycleDocument::text);
        assert_eq!(after, Some(&*before));
        // Anything that wasn't written is somebody else's, and what ended well is theirs to change.
        store.someone_writes(Some(&ruined.replace(">7<", ">9<")));
        let now = store.lifecycle(&bucket).await.unwrap();
        assert_eq!(entry.undo(now), Err(NoChange::ChangedSince));
        store.someone_writes(Some(&document(std::slice::from_ref(&theirs))));
        let now = store.lifecycle(&bucket).await.unwrap();
        let done = LifecycleEntry {
            outcome: Some("done".to_owned()),
            ..entry
        };
        assert_eq!(done.undo(now), Err(NoChange::ChangedSince));
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_file_that_is_cut_anywhere_is_not_whole() {
    let store = FakeStore::new(Keeps::All, None);
    let change = change_of(&store).await;
    let (_folder, path, undo) = undo_file();
    apply(&store, change, &undo, &|_| {}).await;
    undo.close().unwrap();
    let whole = std::fs::read(&path).unwrap();
    assert!(read_undo(&path).unwrap().is_whole);
    for end in 0..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let is_whole = read_undo(&path).is_ok_and(|read| read.is_whole);
        assert!(!is_whole, "cut at {end} of {}", whole.len());
    }
}
