//! The gate that every attempt goes through: how many requests are in flight, how many begin a
//! second, and whose turn it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::retry::LONGEST_ASKED_FOR;
use lanes::Lanes;
use law::{Bad, Law};

mod lanes;
mod law;

pub(crate) use lanes::Lane;

/// The gate of one store.
#[derive(Debug)]
pub(crate) struct Pace {
    gate: Arc<Gate>,
}

#[derive(Debug)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    law: Law,
    lanes: Lanes<oneshot::Sender<Slot>>,
    in_flight: usize,
    /// Whether a task waits for the time when the next request may begin.
    ticks: bool,
}

/// The right to one request in flight.
#[derive(Debug)]
pub(crate) struct Slot {
    gate: Arc<Gate>,
    began: Instant,
    /// Whether it counts as in flight: not if it could not be handed over.
    counts: bool,
}

impl Pace {
    /// Allows `most` at once, at least one, and `rps` a second, unless that is 0.
    pub(crate) fn new(most: usize, rps: u32) -> Self {
        let state = State {
            law: Law::new(most, rps),
            lanes: Lanes::default(),
            in_flight: 0,
            ticks: false,
        };
        Self {
            gate: Arc::new(Gate {
                state: Mutex::new(state),
            }),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn enter(&self, lane: Lane) -> Slot {
        loop {
            let waits = {
                let mut state = self.gate.state();
                let now = now();
                if state.lanes.is_empty()
                    && state.in_flight < state.law.window()
                    && state.law.begins_at(now).is_none()
                {
                    return self.gate.begin(&mut state, now);
                }
                let (turn, waits) = oneshot::channel();
                state.lanes.push(lane, turn);
                self.gate.hand_out(&mut state, now);
                waits
            };
            // The other end is never dropped without a slot; if it were, it would be asked for again.
            if let Ok(slot) = waits.await {
                return slot;
            }
        }
    }

    /// Starts no request for as long as the store asked for, up to a minute.
    pub(crate) fn hold(&self, asked_for: Duration) {
        let until = now() + asked_for.min(LONGEST_ASKED_FOR);
        self.gate.state().law.hold(until);
    }
}

/// Tokio's time, so that tests can make it jump.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, state: &mut State, now: Instant) -> Slot {
        state.law.began(now);
        state.in_flight += 1;
        Slot {
            gate: Arc::clone(self),
            began: now,
            counts: true,
        }
    }

    /// Hands slots to those who wait, as many as may begin now.
    fn hand_out(self: &Arc<Self>, state: &mut State, now: Instant) {
        while state.in_flight < state.law.window() && !state.lanes.is_empty() {
            if let Some(begins) = state.law.begins_at(now) {
                if !std::mem::replace(&mut state.ticks, true) {
                    tokio::spawn(Arc::clone(self).tick(begins));
                }
                return;
            }
            let Some(turn) = state.lanes.pop() else {
                return;
            };
            if turn.is_closed() {
                continue;
            }
            if let Err(mut slot) = turn.send(self.begin(state, now)) {
                // Nobody waits any more. Its drop must not lock what is locked.
                slot.counts = false;
                state.in_flight -= 1;
            }
        }
    }

    /// Hands out again when the next may begin.
    async fn tick(self: Arc<Self>, begins: Instant) {
        tokio::time::sleep_until(begins.into()).await;
        let mut state = self.state();
        state.ticks = false;
        self.hand_out(&mut state, now());
    }
}

impl Slot {
    /// The store answered, and did not mind.
    pub(crate) fn went_well(self) {
        let mut state = self.gate.state();
        let in_flight = state.in_flight;
        state.law.went_well(now(), self.began, in_flight);
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
        let in_flight = state.in_flight;
        state.law.went_badly(bad, now(), self.began, in_flight);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.counts {
            let mut state = self.gate.state();
            state.in_flight -= 1;
            self.gate.hand_out(&mut state, now());
        }
    }
}

#[cfg(test)]
mod tests;
