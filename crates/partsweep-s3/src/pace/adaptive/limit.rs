//! How fast an endpoint is asked: how many requests are in flight, and how many begin a second.
//!
//! Two things limit a store, and its refusals do not say which: how much it does at once, and how
//! much it does a second. So there are two limits. The window (requests in flight) opens by doubling,
//! then by one, and closes by a part. If that does not help, the store counts by the second: then
//! requests are spaced out at the rate at which it was seen to answer. Both remember where they
//! were refused last, and go there again slowly: who is asked for more at once refuses many.
//!
//! No clock: every call is told the time.

use std::time::{Duration, Instant};

use crate::pace::adaptive::rate::LearnedRate;
use crate::pace::adaptive::window::Window;

/// Lowered again this soon, or within three round trips: the first time was not enough.
const PERSISTENT: Duration = Duration::from_secs(1);

/// A window this small is too coarse a measure: one more or less is a sixth of the rate.
const NARROW: usize = 6;

/// Where the window was closed so often, and more than one in a hundred refused each time, it is not
/// the window.
const CLOSINGS: u32 = 2;
const ANSWERS_PER_REFUSAL: u32 = 100;

/// A rate that is refused so many times in short order is not the only limit.
const STREAK: u32 = 3;

/// With fewer answers than this to a refusal, the rate is far off.
const FAR_OFF: u32 = 4;

/// How long none begins after a refusal of a spaced request; doubles as long as nothing goes well.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// After so many pauses in a row one request at a time finds out whether the store answers again.
const BLOCKED: u32 = 3;

/// How late a request may begin without its place being lost: timers are late by some milliseconds,
/// and more on a busy machine.
pub(in crate::pace) const LATE: Duration = Duration::from_millis(20);

/// The limits of one endpoint.
#[derive(Debug)]
pub(in crate::pace) struct AdaptiveLimit {
    window: Window,
    flow: LearnedRate,
    /// When the next request may begin, if they are spaced out.
    next: Option<Instant>,
    /// Until when none may begin.
    held: Option<Instant>,
    since: Since,
    /// The window before it was closed of late: it was not to blame if the rate was.
    wide: usize,
    /// Times that the limits were lowered in short order.
    streak: u32,
    /// Times that the window was closed, those in short order as one.
    closings: u32,
    /// Pauses since something last went well.
    pauses: u32,
    /// How long an answer takes.
    round_trip: Duration,
}

/// What happened since the limits were last lowered.
#[derive(Debug, Default)]
struct Since {
    lowered: Option<Instant>,
    answers: u32,
    refusals: u32,
}

/// Why the limits are lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pace) enum Bad {
    /// 503 or 429.
    Refused,
    /// No answer in time.
    Silent,
}

impl AdaptiveLimit {
    /// At most `most` in flight, at least one.
    pub(in crate::pace) fn new(most: usize) -> Self {
        Self {
            window: Window::new(most),
            flow: LearnedRate::default(),
            next: None,
            held: None,
            since: Since::default(),
            wide: 1,
            streak: 0,
            closings: 0,
            pauses: 0,
            round_trip: Duration::ZERO,
        }
    }

    /// How many may be in flight.
    pub(in crate::pace) fn window(&self) -> usize {
        if self.pauses >= BLOCKED {
            1
        } else {
            self.window.size()
        }
    }

    /// When the next request may begin; `None` is now.
    pub(in crate::pace) fn begins_at(&mut self, now: Instant) -> Option<Instant> {
        self.held = self.held.filter(|held| *held > now);
        if self.held.is_none() && self.next.is_some_and(|next| next > now) {
            self.flow.binds();
        }
        self.next.max(self.held).filter(|begins| *begins > now)
    }

    /// A request begins.
    pub(in crate::pace) fn began(&mut self, now: Instant) {
        let gap = self.flow.gap();
        // A learned rate is the store's own measure: one late request may make up for a whole space.
        let late = LATE.max(gap);
        self.next = (!gap.is_zero()).then(|| {
            let earliest = now.checked_sub(late).unwrap_or(now);
            self.next.unwrap_or(now).max(earliest) + gap
        });
    }

    /// Begins no request before then.
    pub(in crate::pace) fn hold(&mut self, until: Instant) {
        self.held = self.held.max(Some(until));
    }

    /// The store answered, and did not mind.
    pub(in crate::pace) fn went_well(&mut self, now: Instant, began: Instant, in_flight: usize) {
        self.pauses = 0;
        self.since.answers = self.since.answers.saturating_add(1);
        self.round_trip = (self.round_trip * 7 + (now - began)) / 8;
        self.flow.went_well(now);
        self.window.went_well(now, in_flight);
    }

    /// The store asked for fewer requests, or did not answer.
    pub(in crate::pace) fn went_badly(
        &mut self,
        bad: Bad,
        now: Instant,
        began: Instant,
        in_flight: usize,
    ) {
        self.since.refusals = self.since.refusals.saturating_add(1);
        let before = self.since.lowered;
        // All that were in flight then tell of the same moment.
        if before.is_some_and(|lowered| began < lowered) {
            return;
        }
        let Since {
            answers, refusals, ..
        } = std::mem::take(&mut self.since);
        self.since.lowered = Some(now);
        let passed = before.map(|lowered| now - lowered);
        let persists =
            passed.is_some_and(|passed| passed < PERSISTENT.max((now - began).saturating_mul(3)));
        self.streak = if persists { self.streak + 1 } else { 1 };
        if bad == Bad::Silent {
            self.window.close(now, in_flight);
            return;
        }
        if self.flow.is_spaced() {
            if self.window.is_probing(in_flight) {
                self.window.close(now, in_flight);
                return;
            }
            if answers > 0 {
                let far_off = answers < refusals.saturating_mul(FAR_OFF);
                self.flow.lower(now, far_off, persists);
            }
            if answers > 0 && self.streak > STREAK {
                self.window.close(now, in_flight);
                self.window.reopen(self.flow.in_flight(self.round_trip));
            }
        } else if persists && (self.window.size() <= NARROW || self.is_exhausted(answers, passed)) {
            self.flow.space_out(now);
            self.window.reopen(self.wide);
            self.streak = 0;
        } else if !persists
            && self.closings >= CLOSINGS
            && answers < refusals.saturating_mul(ANSWERS_PER_REFUSAL)
        {
            self.flow.space_out_as_known(now);
        } else {
            if self.streak == 1 {
                self.wide = self.window.size();
                self.closings += 1;
            }
            self.window.close(now, in_flight);
            return;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(16));
        self.pauses += 1;
        self.hold(now + pause.min(LONGEST_PAUSE));
    }

    /// Nothing went well since the window was closed, though what was in flight would have by now.
    fn is_exhausted(&self, answers: u32, passed: Option<Duration>) -> bool {
        answers == 0 && passed.is_some_and(|passed| passed >= self.round_trip)
    }
}

#[cfg(test)]
mod tests;
