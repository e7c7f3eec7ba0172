//! Slots that are waited for, handed over, given back and given up.

use super::*;

fn lane(bucket: &str) -> Lane {
    let bucket = partsweep_core::BucketName::new(bucket).unwrap();
    Lane::new(Some(&bucket), false)
}

fn in_flight(pace: &Pace) -> usize {
    pace.gate.state().in_flight
}

/// Whether a slot is free now.
async fn has_room(pace: &Pace) -> bool {
    let none = Duration::ZERO;
    tokio::time::timeout(none, pace.enter(lane("room")))
        .await
        .is_ok()
}

#[tokio::test]
async fn no_more_are_in_flight_than_allowed_and_each_that_ends_lets_one_in() {
    let pace = Pace::new(2, 0);
    let (one, _two) = (pace.enter(lane("a")).await, pace.enter(lane("a")).await);
    assert!(!has_room(&pace).await);
    drop(one);
    assert!(has_room(&pace).await);
    assert_eq!(in_flight(&pace), 1);
}

#[tokio::test]
async fn who_gives_up_waiting_takes_no_slot_with_it() {
    let pace = Pace::new(1, 0);
    let slot = pace.enter(lane("a")).await;
    for _ in 0..3 {
        assert!(!has_room(&pace).await);
    }
    // One is handed a slot and leaves without having looked.
    let mut waits = Box::pin(pace.enter(lane("a")));
    assert!(
        tokio::time::timeout(Duration::ZERO, waits.as_mut())
            .await
            .is_err()
    );
    slot.went_well();
    assert_eq!(in_flight(&pace), 1);
    drop(waits);
    assert_eq!(in_flight(&pace), 0);
    assert!(has_room(&pace).await);
}

#[tokio::test]
async fn a_bucket_with_much_to_ask_does_not_keep_another_waiting() {
    let pace = Arc::new(Pace::new(1, 0));
    let slot = pace.enter(lane("huge")).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut all = tokio::task::JoinSet::new();
    for (bucket, count) in [("huge", 1_000), ("small", 3)] {
        for _ in 0..count {
            let (pace, order) = (pace.clone(), order.clone());
            all.spawn(async move {
                let slot = pace.enter(lane(bucket)).await;
                order.lock().unwrap().push(bucket);
                slot.went_well();
            });
        }
    }
    while pace.gate.state().lanes.len() < 1_003 {
        tokio::task::yield_now().await;
    }
    drop(slot);
    all.join_all().await;
    let order = order.lock().unwrap();
    let last = order.iter().rposition(|bucket| *bucket == "small").unwrap();
    assert!((order.len(), last) == (1_003, 5), "{last}");
}

#[tokio::test]
async fn requests_are_spaced_out_as_asked_for() {
    let pace = Pace::new(8, 100);
    let began = Instant::now();
    for _ in 0..6 {
        pace.enter(lane("a")).await.went_well();
    }
    let passed = began.elapsed();
    assert!(passed >= Duration::from_millis(5 * 10), "{passed:?}");
}

#[tokio::test]
async fn no_request_starts_while_the_store_asks_for_none() {
    let pace = Pace::new(4, 0);
    let asked_for = Duration::from_millis(60);
    pace.hold(asked_for);
    pace.hold(Duration::ZERO);
    let began = Instant::now();
    drop(pace.enter(lane("a")).await);
    assert!(began.elapsed() >= asked_for, "{:?}", began.elapsed());
    pace.hold(Duration::from_secs(3600));
    let held = pace.gate.state().law.begins_at(now()).unwrap();
    assert!(held <= now() + LONGEST_ASKED_FOR);
}
