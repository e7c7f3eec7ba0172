//! Slots that are waited for, handed over, given back and given up.

use super::*;

fn lane(bucket: &str) -> Lane {
    let bucket = partsweep_core::BucketName::new(bucket).unwrap();
    Lane::new(Some(&bucket), false)
}

fn here() -> Arc<str> {
    Arc::from("here")
}

fn in_flight(pace: &Pace) -> usize {
    pace.gate.state().in_flight
}

/// Whether a slot is free now.
async fn has_room(pace: &Pace) -> bool {
    let none = Duration::ZERO;
    tokio::time::timeout(none, pace.enter(&here(), lane("room")))
        .await
        .is_ok()
}

#[tokio::test]
async fn no_more_are_in_flight_than_allowed_and_each_that_ends_lets_one_in() {
    let pace = Pace::new(2, 0);
    let (one, _two) = (
        pace.enter(&here(), lane("a")).await,
        pace.enter(&here(), lane("a")).await,
    );
    assert!(!has_room(&pace).await);
    drop(one);
    assert!(has_room(&pace).await);
    assert_eq!(in_flight(&pace), 1);
}

#[tokio::test]
async fn who_gives_up_waiting_takes_no_slot_with_it() {
    let pace = Pace::new(1, 0);
    let slot = pace.enter(&here(), lane("a")).await;
    for _ in 0..3 {
        assert!(!has_room(&pace).await);
    }
    // One is handed a slot and leaves without having looked.
    let here = here();
    let mut waits = Box::pin(pace.enter(&here, lane("a")));
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
    let slot = pace.enter(&here(), lane("huge")).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut all = tokio::task::JoinSet::new();
    for (bucket, count) in [("huge", 1_000), ("small", 3)] {
        for _ in 0..count {
            let (pace, order) = (pace.clone(), order.clone());
            all.spawn(async move {
                let slot = pace.enter(&here(), lane(bucket)).await;
                order.lock().unwrap().push(bucket);
                slot.went_well();
            });
        }
    }
    while pace.gate.state().endpoints[0].lanes.len() < 1_003 {
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
        pace.enter(&here(), lane("a")).await.went_well();
    }
    let passed = began.elapsed();
    assert!(passed >= Duration::from_millis(5 * 10), "{passed:?}");
}

#[tokio::test]
async fn no_request_starts_while_the_store_asks_for_none() {
    let pace = Pace::new(4, 0);
    let asked_for = Duration::from_millis(60);
    pace.hold(&here(), asked_for);
    pace.hold(&here(), Duration::ZERO);
    let began = Instant::now();
    drop(pace.enter(&here(), lane("a")).await);
    assert!(began.elapsed() >= asked_for, "{:?}", began.elapsed());
    pace.hold(&here(), Duration::from_secs(3600));
    let held = pace.gate.state().endpoints[0].law.begins_at(now()).unwrap();
    assert!(held <= now() + LONGEST_ASKED_FOR);
}

/// An endpoint that answers after 10 ms, and refuses what is more than its limit in any second.
#[derive(Default)]
struct Region {
    limit: Option<usize>,
    admitted: Mutex<std::collections::VecDeque<tokio::time::Instant>>,
    good: std::sync::atomic::AtomicUsize,
    refused: std::sync::atomic::AtomicUsize,
}

impl Region {
    fn admits(&self) -> bool {
        let (mut admitted, now) = (self.admitted.lock().unwrap(), tokio::time::Instant::now());
        while admitted
            .front()
            .is_some_and(|first| now - *first >= Duration::from_secs(1))
        {
            admitted.pop_front();
        }
        let admits = self.limit.is_none_or(|limit| admitted.len() < limit);
        if admits && self.limit.is_some() {
            admitted.push_back(now);
        }
        admits
    }
}

/// Asks these endpoints side by side, each with 64 who always have something to ask, for so many
/// simulated seconds; checks that no more than `most` are ever in flight.
async fn ask_all(
    pace: Pace,
    most: usize,
    limits: &[Option<usize>],
    seconds: u64,
) -> Vec<(usize, usize)> {
    use std::sync::atomic::Ordering::Relaxed;
    let pace = Arc::new(pace);
    let regions: Vec<_> = limits
        .iter()
        .map(|limit| {
            Arc::new(Region {
                limit: *limit,
                ..Region::default()
            })
        })
        .collect();
    let mut all = tokio::task::JoinSet::new();
    for (index, region) in regions.iter().enumerate() {
        for asker in 0..64 {
            let (pace, region) = (Arc::clone(&pace), Arc::clone(region));
            let name: Arc<str> = Arc::from(format!("region-{index}"));
            all.spawn(async move {
                loop {
                    let slot = pace.enter(&name, lane(&format!("bucket-{asker}"))).await;
                    assert!(slot.is_for(&name) && in_flight(&pace) <= most);
                    let admits = region.admits();
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    if admits {
                        region.good.fetch_add(1, Relaxed);
                        slot.went_well();
                    } else {
                        region.refused.fetch_add(1, Relaxed);
                        slot.was_throttled();
                    }
                }
            });
        }
    }
    tokio::select! {
        failed = all.join_next() => panic!("{failed:?}"),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
    }
    regions
        .iter()
        .map(|region| (region.good.load(Relaxed), region.refused.load(Relaxed)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_slows_down_no_other() {
    let alone = ask_all(Pace::new(64, 0), 64, &[None], 10).await;
    let both = ask_all(Pace::new(64, 0), 64, &[Some(50), None], 10).await;
    let ((limited, _), (free, refused)) = (both[0], both[1]);
    assert!(
        free * 10 >= alone[0].0 * 8 && refused == 0,
        "{alone:?} {both:?}"
    );
    assert!(limited >= 50 * 10 * 8 / 10, "{both:?}");
}

#[tokio::test(start_paused = true)]
async fn endpoints_share_what_is_allowed_at_once_evenly() {
    let both = ask_all(Pace::new(16, 0), 16, &[None, None], 10).await;
    let ((one, _), (other, _)) = (both[0], both[1]);
    assert!(
        one.abs_diff(other) * 20 <= one && one + other >= 13_000,
        "{both:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_rate_that_was_asked_for_is_that_of_all_endpoints_together() {
    let both = ask_all(Pace::new(64, 100), 64, &[None, None], 10).await;
    let sum = both[0].0 + both[1].0;
    assert!((900..=1_000).contains(&sum), "{both:?}");
    // Buckets take turns, and the 64 of one endpoint came first.
    assert!(both[0].0.abs_diff(both[1].0) <= 64, "{both:?}");
}
