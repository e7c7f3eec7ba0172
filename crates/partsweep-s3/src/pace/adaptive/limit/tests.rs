//! The law against stores that limit in different ways, in simulated time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::*;
use crate::pace::fixed_rate::FixedRate;

/// How a store limits.
enum Limit {
    None,
    /// So many in any second, as the simulated store does it.
    AnySecond(usize, VecDeque<f64>),
    /// So many in each second of the clock.
    ClockSecond(usize, f64, usize),
    /// A token bucket: so many a second, and so many at once.
    Bucket(f64, f64, f64, f64),
    /// So many in flight.
    AtOnce(usize),
}

impl Limit {
    fn any_second(rate: usize) -> Self {
        Self::AnySecond(rate, VecDeque::new())
    }

    fn clock_second(rate: usize) -> Self {
        Self::ClockSecond(rate, 0.0, 0)
    }

    fn bucket(rate: usize, burst: usize) -> Self {
        Self::Bucket(rate as f64, burst as f64, burst as f64, 0.0)
    }

    fn admits(&mut self, now: f64, in_flight: usize) -> bool {
        match self {
            Self::None => true,
            Self::AnySecond(rate, admitted) => {
                if admitted.len() >= *rate {
                    if admitted.front().is_some_and(|first| now - first < 1.0) {
                        return false;
                    }
                    admitted.pop_front();
                }
                admitted.push_back(now);
                true
            }
            Self::ClockSecond(rate, second, count) => {
                if now.floor() > *second {
                    (*second, *count) = (now.floor(), 0);
                }
                *count += 1;
                *count <= *rate
            }
            Self::Bucket(rate, burst, tokens, last) => {
                *tokens = (*tokens + (now - *last) * *rate).min(*burst);
                *last = now;
                let admits = *tokens >= 1.0;
                if admits {
                    *tokens -= 1.0;
                }
                admits
            }
            Self::AtOnce(most) => in_flight < *most,
        }
    }
}

/// A client that always has something to ask, and a store of that latency in seconds.
struct World {
    law: AdaptiveLimit,
    rate: FixedRate,
    limit: Limit,
    latency: f64,
    start: Instant,
    now: f64,
    in_flight: usize,
    admitted: usize,
    /// The end of each request in nanoseconds, its begin, and whether it was admitted.
    ends: BinaryHeap<Reverse<(u64, u64, bool)>>,
    random: fastrand::Rng,
}

#[derive(Debug, Default)]
struct Seen {
    good: usize,
    refused: usize,
    seconds: f64,
}

impl Seen {
    /// Within 10 % of a rate, with less than 2 % refused.
    fn is_settled_at(&self, rate: f64) -> bool {
        let all = (self.good + self.refused) as f64;
        self.good as f64 / self.seconds >= 0.9 * rate && (self.refused as f64) < 0.02 * all
    }
}

fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

impl World {
    fn new(most: usize, rps: u32, limit: Limit, latency: f64) -> Self {
        Self {
            law: AdaptiveLimit::new(most),
            rate: FixedRate::new(rps),
            limit,
            latency,
            start: Instant::now(),
            now: 0.0,
            in_flight: 0,
            admitted: 0,
            ends: BinaryHeap::new(),
            random: fastrand::Rng::with_seed(7),
        }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn run(&mut self, seconds: f64) -> Seen {
        let until = self.now + seconds;
        let mut seen = Seen {
            seconds,
            ..Seen::default()
        };
        while self.now < until {
            let wake = self.begin_all();
            let next = self.ends.peek().map(|Reverse((end, ..))| *end as f64 / 1e9);
            let next = match (wake, next) {
                (Some(wake), Some(next)) => wake.min(next),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => panic!("nothing in flight and nothing to wait for"),
            };
            self.now = next.max(self.now);
            while let Some(Reverse((end, began, good))) = self.ends.peek().copied()
                && end as f64 / 1e9 <= self.now
            {
                self.ends.pop();
                let (now, began) = (self.at(self.now), self.at(began as f64 / 1e9));
                if good {
                    seen.good += 1;
                    self.admitted -= 1;
                    self.law.went_well(now, began, self.in_flight);
                } else {
                    seen.refused += 1;
                    self.law
                        .went_badly(Bad::Refused, now, began, self.in_flight);
                }
                self.in_flight -= 1;
            }
        }
        seen
    }

    /// Begins what may begin; says when to look again. Timers are late by up to 2 ms.
    fn begin_all(&mut self) -> Option<f64> {
        while self.in_flight < self.law.window() {
            let now = self.at(self.now);
            if let Some(at) = self.law.begins_at(now).max(self.rate.begins_at(now)) {
                let late = (1.0 + self.random.f64()) / 1e3;
                return Some((at - self.start).as_secs_f64() + late);
            }
            self.law.began(now);
            self.rate.began(now);
            self.in_flight += 1;
            let good = self.limit.admits(self.now, self.admitted);
            self.admitted += usize::from(good);
            let end = self.now + self.latency * (0.9 + 0.2 * self.random.f64());
            self.ends.push(Reverse((nanos(end), nanos(self.now), good)));
        }
        None
    }
}

/// Rates and latencies that a store may have.
const RATES: [usize; 4] = [20, 100, 500, 2_000];
const LATENCIES: [f64; 3] = [0.001, 0.02, 0.2];

/// Runs a store with every rate, latency and window: after five seconds, or 200 answers where that
/// takes longer, the rate is within 10 % of what is possible, and less than 2 % are refused.
fn check_rates(limit: fn(usize) -> Limit) {
    let mut wrong = Vec::new();
    for rate in RATES {
        for latency in LATENCIES {
            for most in [64, 256] {
                let mut world = World::new(most, 0, limit(rate), latency);
                world.run((200.0 / rate as f64).max(5.0));
                let seen = world.run(25.0);
                let possible = (rate as f64).min(most as f64 / latency);
                if !seen.is_settled_at(possible) {
                    wrong.push(format!("{rate}/s at {latency} s, {most}: {seen:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn it_settles_at_the_rate_of_a_store_that_counts_any_second() {
    check_rates(Limit::any_second);
}

#[test]
fn it_settles_at_the_rate_of_a_store_that_counts_by_the_clock() {
    check_rates(Limit::clock_second);
}

#[test]
fn it_settles_at_the_rate_of_a_token_bucket() {
    check_rates(|rate| Limit::bucket(rate, rate / 10));
    check_rates(|rate| Limit::bucket(rate, rate));
}

#[test]
fn it_settles_below_the_most_that_a_store_does_at_once() {
    for at_once in [8, 50, 200] {
        for latency in [0.01, 0.02, 0.2] {
            let mut world = World::new(256, 0, Limit::AtOnce(at_once), latency);
            world.run(5.0);
            let seen = world.run(25.0);
            let possible = at_once as f64 / latency;
            assert!(
                seen.is_settled_at(possible),
                "{at_once} at {latency} s: {seen:?}"
            );
        }
    }
}

#[test]
fn it_follows_a_limit_that_changes() {
    for latency in [0.01, 0.02] {
        let mut world = World::new(256, 0, Limit::any_second(1_000), latency);
        world.run(8.0);
        world.limit = Limit::any_second(100);
        world.run(5.0);
        let seen = world.run(10.0);
        assert!(seen.is_settled_at(100.0), "{latency} s, lowered: {seen:?}");
        world.limit = Limit::any_second(1_000);
        world.run(20.0);
        let seen = world.run(10.0);
        assert!(seen.is_settled_at(1_000.0), "{latency} s, raised: {seen:?}");
        world.limit = Limit::None;
        world.run(20.0);
        let seen = world.run(1.0);
        let possible = 256.0 / latency;
        assert!(
            seen.is_settled_at(possible),
            "{latency} s, lifted: {seen:?}"
        );
    }
}

#[test]
fn an_outage_is_waited_for_with_few_requests_and_forgotten_soon() {
    for latency in [0.005, 0.02] {
        let mut world = World::new(64, 0, Limit::None, latency);
        world.run(3.0);
        world.limit = Limit::AtOnce(0);
        let seen = world.run(60.0);
        // One in flight each two seconds, after what was in flight at first.
        assert!(seen.refused < 64 * 3 + 150, "{seen:?}");
        world.limit = Limit::None;
        world.run(5.0);
        let seen = world.run(5.0);
        let possible = 64.0 / latency;
        assert!(seen.is_settled_at(possible), "{latency} s: {seen:?}");
    }
}

#[test]
fn it_starts_with_a_few_and_has_them_all_within_two_round_trips() {
    for (most, first) in [(8, 8), (64, 32), (256, 64)] {
        let mut world = World::new(most, 0, Limit::None, 0.02);
        world.begin_all();
        assert_eq!(world.in_flight, first);
        world.run(0.044);
        world.begin_all();
        assert_eq!(world.in_flight, most);
    }
}

#[test]
fn silence_closes_the_window_once_for_all_that_were_in_flight() {
    let mut world = World::new(64, 0, Limit::None, 0.02);
    world.run(1.0);
    let (now, before) = (world.at(world.now), world.law.window());
    let began = world.at(world.now - 0.5);
    for _ in 0..10 {
        world.law.went_badly(Bad::Silent, now, began, before);
    }
    assert_eq!((before, world.law.window()), (64, 32));
    assert_eq!(world.law.begins_at(now), None);
}

#[test]
fn no_second_has_more_than_was_asked_for() {
    for rps in [1, 3, 20, 150, 999] {
        let mut rate = FixedRate::new(rps);
        let start = Instant::now();
        let mut random = fastrand::Rng::with_seed(3);
        let (mut now, mut all, mut last) = (0.0, 0, VecDeque::new());
        while now < 60.0 {
            let at = start + Duration::from_secs_f64(now);
            if let Some(begins) = rate.begins_at(at) {
                // Now and then the machine is busy.
                let late = match random.u32(0..1_000) {
                    0 => 0.3 * random.f64(),
                    _ => 0.002 * random.f64(),
                };
                now = (begins - start).as_secs_f64() + late;
                continue;
            }
            rate.began(at);
            all += 1;
            last.push_back(now);
            while last.front().is_some_and(|first| now - first >= 1.0) {
                last.pop_front();
            }
            assert!(last.len() <= rps as usize, "{rps}: {} at {now}", last.len());
        }
        let share = f64::from(all) / (60.0 * f64::from(rps));
        assert!(share > 0.9, "{rps}: {share}");
    }
}

#[test]
fn an_asked_for_rate_is_not_exceeded_where_the_store_takes_more() {
    let mut world = World::new(64, 50, Limit::any_second(500), 0.001);
    let seen = world.run(10.0);
    assert!(seen.is_settled_at(50.0) && seen.good <= 500, "{seen:?}");
}
