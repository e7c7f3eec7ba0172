//! The gate that every attempt goes through: how many requests are in flight, how many begin a
//! second, and whose turn it is.
//!
//! Each endpoint has a law of its own: a region that refuses slows down no other. The requests in
//! flight and the rate that the user allows are counted over all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::pace::adaptive::limit::{AdaptiveLimit, Bad};
use crate::pace::fair_queue::FairQueue;
use crate::pace::fixed_rate::{FixedRate, TIMER};
use crate::pace::retry::LONGEST_ASKED_FOR;

pub(crate) use crate::pace::fair_queue::Lane;

/// The gate of one store.
#[derive(Debug)]
pub(crate) struct Pace {
    gate: Arc<Gate>,
    /// When the last of the requests goes on that wait because the store asked for fewer.
    held_until: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Gate {
    state: Mutex<GateState>,
}

#[derive(Debug)]
struct GateState {
    /// In flight at most, over all endpoints.
    most: usize,
    in_flight: usize,
    rate: FixedRate,
    /// Whether a task waits for the time that the rate allows the next request.
    ticks: bool,
    /// The next place in the order of turns.
    place: u64,
    /// Those met so far, a few: a search from the front is as good as a table.
    endpoints: Vec<EndpointGate>,
}

/// What is asked under one law.
#[derive(Debug)]
struct EndpointGate {
    name: Arc<str>,
    law: AdaptiveLimit,
    lanes: FairQueue<oneshot::Sender<Slot>>,
    in_flight: usize,
    /// Whether a task waits for the time when the law allows the next request.
    ticks: bool,
}

/// Which task waited.
#[derive(Debug, Clone, Copy)]
enum Ticks {
    ForRate,
    For(usize),
}

/// The right to one request in flight to one endpoint.
#[derive(Debug)]
pub(crate) struct Slot {
    gate: Arc<Gate>,
    /// Its place among the endpoints.
    endpoint: usize,
    began: Instant,
    /// Whether it counts as in flight: not if it could not be handed over.
    counts: bool,
}

impl Pace {
    /// Allows `most` at once, at least one, and `rps` a second, unless that is 0.
    pub(crate) fn new(most: usize, rps: u32) -> Self {
        let state = GateState {
            most: most.max(1),
            in_flight: 0,
            rate: FixedRate::new(rps),
            ticks: false,
            place: 0,
            endpoints: Vec::new(),
        };
        Self {
            gate: Arc::new(Gate {
                state: Mutex::new(state),
            }),
            held_until: Mutex::new(None),
        }
    }

    /// A request waits for so long, since the store asked for fewer.
    pub(crate) fn is_held(&self, wait: Duration) {
        let until = Some(Instant::now() + wait);
        let mut held = self
            .held_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = (*held).max(until);
    }

    /// For how much longer one waits so, if one does.
    pub(crate) fn held_for(&self) -> Option<Duration> {
        let held = self
            .held_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero())
    }

    /// Waits for a slot for a request to an endpoint.
    pub(crate) async fn enter(&self, endpoint: &Arc<str>, lane: Lane) -> Slot {
        loop {
            let waits = {
                let mut guard = self.gate.state();
                let state = &mut *guard;
                let now = now();
                let index = state.index(endpoint);
                let place = state.next_place();
                // Nobody to be passed by, not even one whose time has come but not yet its task.
                if !state.ticks
                    && state.endpoints[index].lanes.is_empty()
                    && state.has_room(now)
                    && state.endpoints[index].has_room()
                    && state.endpoints[index].law.begins_at(now).is_none()
                {
                    return self.gate.begin(state, index, now);
                }
                let (turn, waits) = oneshot::channel();
                state.endpoints[index].lanes.push(lane, turn, place);
                self.gate.hand_out(state, now);
                waits
            };
            // The other end is never dropped without a slot; if it were, it would be asked for again.
            if let Ok(slot) = waits.await {
                return slot;
            }
        }
    }

    /// Starts no request to an endpoint for as long as it asked for, up to a minute.
    pub(crate) fn hold(&self, endpoint: &Arc<str>, asked_for: Duration) {
        let until = now() + asked_for.min(LONGEST_ASKED_FOR);
        let mut state = self.gate.state();
        let index = state.index(endpoint);
        state.endpoints[index].law.hold(until);
    }
}

impl GateState {
    /// Where an endpoint is; it begins with a law of its own.
    fn index(&mut self, name: &Arc<str>) -> usize {
        let known = self.endpoints.iter().position(|one| one.name == *name);
        known.unwrap_or_else(|| {
            self.endpoints.push(EndpointGate {
                name: Arc::clone(name),
                law: AdaptiveLimit::new(self.most),
                lanes: FairQueue::default(),
                in_flight: 0,
                ticks: false,
            });
            self.endpoints.len() - 1
        })
    }

    fn next_place(&mut self) -> u64 {
        self.place += 1;
        self.place
    }

    /// Whether what the user allows lets one more begin.
    fn has_room(&self, now: Instant) -> bool {
        self.in_flight < self.most && self.rate.begins_at(now).is_none()
    }
}

impl EndpointGate {
    fn has_room(&self) -> bool {
        self.in_flight < self.law.window()
    }
}

/// Tokio's time, so that tests can make it jump.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, state: &mut GateState, index: usize, now: Instant) -> Slot {
        state.rate.began(now);
        state.in_flight += 1;
        let endpoint = &mut state.endpoints[index];
        endpoint.law.began(now);
        endpoint.in_flight += 1;
        Slot {
            gate: Arc::clone(self),
            endpoint: index,
            began: now,
            counts: true,
        }
    }

    /// Hands slots to those who wait, as many as may begin now.
    fn hand_out(self: &Arc<Self>, state: &mut GateState, now: Instant) {
        while state.in_flight < state.most {
            let Some(index) = self.next_ready(state, now) else {
                return;
            };
            // Only now: without anyone who could begin, nobody waits for the rate.
            if let Some(begins) = state.rate.begins_at(now) {
                if !std::mem::replace(&mut state.ticks, true) {
                    tokio::spawn(Arc::clone(self).tick(begins, Ticks::ForRate));
                }
                return;
            }
            let place = state.next_place();
            let Some(turn) = state.endpoints[index].lanes.pop(place) else {
                return;
            };
            if turn.is_closed() {
                continue;
            }
            if let Err(mut slot) = turn.send(self.begin(state, index, now)) {
                // Nobody waits any more. Its drop must not lock what is locked.
                slot.counts = false;
                state.in_flight -= 1;
                state.endpoints[index].in_flight -= 1;
            }
        }
    }

    /// Of the endpoints that allow a request now, the one where a bucket has waited longest for its
    /// turn: so buckets take turns wherever they are.
    fn next_ready(self: &Arc<Self>, state: &mut GateState, now: Instant) -> Option<usize> {
        let mut longest = None;
        for (index, endpoint) in state.endpoints.iter_mut().enumerate() {
            let Some(place) = endpoint.lanes.next_place() else {
                continue;
            };
            if !endpoint.has_room() {
                continue;
            }
            if let Some(begins) = endpoint.law.begins_at(now) {
                if !std::mem::replace(&mut endpoint.ticks, true) {
                    tokio::spawn(Arc::clone(self).tick(begins, Ticks::For(index)));
                }
                continue;
            }
            if longest.is_none_or(|(least, _)| place < least) {
                longest = Some((place, index));
            }
        }
        longest.map(|(_, index)| index)
    }

    /// Hands out again when the next may begin.
    async fn tick(self: Arc<Self>, begins: Instant, ticks: Ticks) {
        if matches!(ticks, Ticks::ForRate) && self.state().rate.is_exact() {
            wait_exactly(begins).await;
        }
        if now() < begins {
            tokio::time::sleep_until(begins.into()).await;
        }
        let mut state = self.state();
        match ticks {
            Ticks::ForRate => state.ticks = false,
            Ticks::For(index) => state.endpoints[index].ticks = false,
        }
        self.hand_out(&mut state, now());
    }
}

/// Waits for a moment to within some microseconds, at the price of a thread that turns for a
/// millisecond or two. Does nothing in a test whose time jumps.
async fn wait_exactly(begins: Instant) {
    if let Some(before) = begins.checked_sub(TIMER) {
        tokio::time::sleep_until(before.into()).await;
    }
    let left = begins.saturating_duration_since(now());
    let woken = Instant::now();
    let turned = tokio::task::spawn_blocking(move || {
        while woken.elapsed() < left {
            std::hint::spin_loop();
        }
    });
    // A thread that cannot be had leaves it to the timer.
    let _ = turned.await;
}

impl Slot {
    /// Whether it is for a request to that endpoint.
    pub(crate) fn is_for(&self, endpoint: &str) -> bool {
        let state = self.gate.state();
        *state.endpoints[self.endpoint].name == *endpoint
    }

    /// The store answered, and did not mind.
    pub(crate) fn went_well(self) {
        let mut state = self.gate.state();
        let endpoint = &mut state.endpoints[self.endpoint];
        endpoint
            .law
            .went_well(now(), self.began, endpoint.in_flight);
    }

    /// The store asked for fewer requests.
    pub(crate) fn was_throttled(self) {
        self.went_badly(Bad::Refused);
    }

    /// The store did not answer in time.
    pub(crate) fn was_silent(self) {
        self.went_badly(Bad::Silent);
    }

    fn went_badly(self, bad: Bad) {
        let mut state = self.gate.state();
        let endpoint = &mut state.endpoints[self.endpoint];
        endpoint
            .law
            .went_badly(bad, now(), self.began, endpoint.in_flight);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.counts {
            let mut state = self.gate.state();
            state.in_flight -= 1;
            state.endpoints[self.endpoint].in_flight -= 1;
            self.gate.hand_out(&mut state, now());
        }
    }
}

#[cfg(test)]
mod tests;
