//! Random documents, ways of keeping them, other writers and interruptions: no rule of anybody else is ever lost or changed.

use partsweep_core::lifecycle::change::{OUR_RULE, RuleDialect};
use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::lifecycle::undo::{Undo, UndoBasis};
use partsweep_core::{BucketName, Inspect, LifecycleChange};
use partsweep_engine::lifecycle::{Changed, read_undo};
use proptest::prelude::*;

use crate::fake::{BUCKET, FakeStore, Keeps, days, document, rule, rules_of};
use crate::{apply, undo_file};

/// What others have set: the document without our rule.
fn of_others(text: Option<&str>) -> Option<LifecycleDocument> {
    let ours = format!("<ID>{OUR_RULE}</ID>");
    let mut rules = rules_of(text);
    rules.retain(|rule| !rule.contains(&ours));
    (!rules.is_empty()).then(|| LifecycleDocument::read(document(&rules)).unwrap())
}

fn same(one: Option<&LifecycleDocument>, other: Option<&LifecycleDocument>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.means_the_same_as(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn some_rule() -> impl Strategy<Value = String> {
    let action = prop_oneof![
        (1u32..40).prop_map(|days| format!("<Expiration><Days>{days}</Days></Expiration>")),
        (1u32..40).prop_map(|days| format!(
            "<Expiration><Days>{days}</Days></Expiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
        )),
        Just("<Transition><Days>1</Days><StorageClass>COLD</StorageClass></Transition>".to_owned()),
    ];
    ("[a-f]", "[a-c/]{1,4}", action).prop_map(|(id, prefix, action)| rule(&id, &prefix, &action))
}

/// Someone reads, adds a rule and writes, as the store keeps it.
fn with_one_more(keeps: Keeps, text: Option<&str>, number: usize) -> Option<String> {
    let mut rules = rules_of(text);
    let days = number + 50;
    rules.push(rule(
        &format!("new-{number}"),
        "",
        &format!("<Expiration><Days>{days}</Days></Expiration>"),
    ));
    keeps.kept(&document(&rules))
}

#[derive(Debug, Clone)]
struct Case {
    keeps: Keeps,
    rules: Vec<String>,
    stale: u32,
    busy: u32,
    lost: Option<bool>,
    /// Polls after which the process ends.
    cut: Option<usize>,
    /// When someone else writes, counted in requests.
    foreign: Option<u32>,
}

fn some_case() -> impl Strategy<Value = Case> {
    let keeps = prop_oneof![
        Just(Keeps::All),
        Just(Keeps::Sorted),
        Just(Keeps::LastRule),
        Just(Keeps::NoAbort),
    ];
    (
        keeps,
        prop::collection::vec(some_rule(), 0..4),
        0u32..4,
        0u32..3,
        prop::option::of(any::<bool>()),
        prop::option::of(0usize..12),
        prop::option::of(1u32..9),
    )
        .prop_map(|(keeps, rules, stale, busy, lost, cut, foreign)| Case {
            keeps,
            rules,
            stale,
            busy,
            lost,
            cut,
            foreign,
        })
}

/// Polls a future at most so many times; true if it ended.
async fn polled(future: impl Future<Output = Changed>, times: Option<usize>) -> Option<Changed> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if let Some(left) = &mut left {
            match left.checked_sub(1) {
                Some(less) => *left = less,
                None => return std::task::Poll::Ready(None),
            }
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn play(case: &Case) {
    let initial =
        (!case.rules.is_empty()).then(|| case.keeps.kept(&document(&case.rules)).unwrap());
    let store = FakeStore::new(case.keeps, initial.as_deref());
    let bucket = BucketName::new(BUCKET).unwrap();
    let seen = store.lifecycle(&bucket).await.unwrap();
    let Ok(change) = LifecycleChange::protect(seen, days(7), RuleDialect::S3, false) else {
        return;
    };
    store.stale_reads(case.stale);
    store.busy(case.busy);
    if let Some(is_done) = case.lost {
        store.lose_answer(is_done);
    }
    let (_folder, path, undo) = undo_file();
    // What others have, by what they last wrote. Who writes after us reads what is there then.
    let mut others = of_others(initial.as_deref());
    let foreign = |number: u32| {
        let store = &store;
        move || {
            let text = with_one_more(case.keeps, store.text().as_deref(), number as usize);
            store.someone_writes(text.as_deref());
            of_others(text.as_deref())
        }
    };
    let applied = apply(&store, change, &undo, &|_| {});
    let changed = match case.foreign {
        None => polled(applied, case.cut).await,
        Some(at) => {
            // Between two requests, wherever they come from.
            let mut applied = std::pin::pin!(applied);
            let mut polls = 0;
            let mut wrote = false;
            std::future::poll_fn(|context| {
                if !wrote && store.requests() >= at {
                    wrote = true;
                    others = foreign(at)();
                }
                polls += 1;
                if case.cut.is_some_and(|cut| polls > cut) {
                    return std::task::Poll::Ready(None);
                }
                applied.as_mut().poll(context).map(Some)
            })
            .await
        }
    };
    if let Some(changed) = &changed {
        let text = store.text();
        assert!(
            same(of_others(text.as_deref()).as_ref(), others.as_ref()),
            "{case:?}: {changed:?}: {text:?}"
        );
    }
    // It is undone from its file, whether the process ended in the middle or not.
    drop(undo);
    let entries = read_undo(&path).unwrap().entries;
    // Reads are no longer stale by then.
    while store
        .lifecycle(&bucket)
        .await
        .unwrap()
        .document
        .map(|it| it.text().to_owned())
        != store.text()
    {}
    for entry in entries {
        let now = store.lifecycle(&bucket).await.unwrap();
        // What may be somebody's is undone only if a person agrees.
        let change = match entry.undo(now) {
            Ok(Undo { change, basis }) if basis != UndoBasis::PerhapsTheirs => change,
            _ => continue,
        };
        let (_folder, _, undo) = undo_file();
        let changed = apply(&store, change, &undo, &|_| {}).await;
        let text = store.text();
        assert!(
            same(of_others(text.as_deref()).as_ref(), others.as_ref()),
            "{case:?}: {changed:?}: {text:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_rule_of_anybody_else_is_lost(case in some_case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(&case));
    }
}
