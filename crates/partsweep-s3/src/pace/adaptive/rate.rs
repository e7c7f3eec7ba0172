//! How many requests may begin in a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Answers are counted in bins of this length.
const BIN: Duration = Duration::from_millis(100);
/// Bins in a second, and bins that are remembered.
const SECOND: usize = 10;
const REMEMBERED: usize = 30;
/// Fewer than this in a second are counted over two.
const FEW: f64 = 50.0;

/// After a refusal: this part of the rate that was refused, or of the rate that was answered.
const LOWER: f64 = 0.94;
/// Where most were refused.
const LOWER_STILL: f64 = 0.8;
/// The part of a known rate that is gone to at once.
const NEAR: f64 = 0.95;
/// Per second, near the rate that was refused last; at low rates so much less that some 200 requests
/// go well for each that is refused.
const STEP: f64 = 0.02;
const STEP_PER_REQUEST: f64 = 0.000_35;
/// Beyond the rate that was refused last, by this much: the store takes more now. The step doubles
/// every second.
const BEYOND: f64 = 1.02;
/// Per second, as long as the limit is not known: four times as many, and a quarter of that after each
/// refusal, down to what is no search any more.
const LONGEST_STEP: f64 = 1.4;
const SHORTEST_SEARCH: f64 = 0.05;
/// The limit lies between what was answered in a second and the rate that was refused; it is known
/// if these are no further apart.
const KNOWN: f64 = 1.3;

/// A rate that was not used for longer than this is not known to be good.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The slowest rate. Below it, pauses are what slows down.
const SLOWEST: f64 = 1.0;

/// A rate that is learned from refusals; none as long as there was no reason for one.
#[derive(Debug, Default)]
pub(in crate::pace) struct LearnedRate {
    rate: Option<f64>,
    /// The rate that was refused last; infinite if the limit is not known.
    refused: f64,
    /// How fast it is looked for then.
    search: f64,
    /// Since when the rate is beyond it.
    beyond: Option<Instant>,
    /// When the rate was last raised.
    raised: Option<Instant>,
    /// Whether a request had to wait for it since.
    binds: bool,
    /// Answers that went well: the beginning of the last bin, and the bins.
    bin: Option<Instant>,
    bins: VecDeque<u32>,
}

impl LearnedRate {
    /// How many are in flight at this rate, and half as many again.
    pub(in crate::pace) fn in_flight(&self, round_trip: Duration) -> usize {
        let at_once = self.rate.unwrap_or_default() * round_trip.as_secs_f64();
        (at_once * 1.5) as usize + 2
    }

    pub(in crate::pace) fn is_spaced(&self) -> bool {
        self.rate.is_some()
    }

    /// The space between two requests.
    pub(in crate::pace) fn gap(&self) -> Duration {
        self.rate
            .map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }

    /// A request has to wait for the rate.
    pub(in crate::pace) fn binds(&mut self) {
        self.binds = true;
    }

    /// Counts an answer, and raises the rate if it is what limits.
    pub(in crate::pace) fn went_well(&mut self, now: Instant) {
        self.count(now);
        if let Some(bin) = self.bins.back_mut() {
            *bin += 1;
        }
        let Some(rate) = self.rate else {
            return;
        };
        let raised = self.raised.replace(now).unwrap_or(now);
        if !std::mem::take(&mut self.binds) {
            return;
        }
        let passed = (now - raised).min(LONGEST_WAIT).as_secs_f64();
        let grown = if self.refused.is_infinite() {
            rate * (1.0 + self.search * passed)
        } else if rate < self.refused * NEAR {
            // Half of the way in half a second.
            rate + (self.refused - rate) * passed * 2.0
        } else {
            let mut step = STEP.min(STEP_PER_REQUEST * rate);
            if rate > self.refused * BEYOND {
                let beyond = now - *self.beyond.get_or_insert(now);
                step = (STEP * beyond.as_secs_f64().exp2()).min(LONGEST_STEP);
            }
            rate * (1.0 + step * passed)
        };
        self.rate = Some(grown);
    }

    /// Begins to space requests out, at the rate of answers.
    pub(in crate::pace) fn space_out(&mut self, now: Instant) {
        let answered = self.answered(now);
        self.search = LONGEST_STEP;
        self.set(answered * NEAR, f64::INFINITY, now);
    }

    /// The same, where these are known to be about the limit.
    pub(in crate::pace) fn space_out_as_known(&mut self, now: Instant) {
        let answered = self.answered(now);
        self.search = LONGEST_STEP / 4.0;
        self.set(answered * NEAR, answered, now);
    }

    /// The rate was refused: by far, or not; again soon after it was lowered, or for the first time.
    pub(in crate::pace) fn lower(&mut self, now: Instant, far_off: bool, again: bool) {
        let Some(rate) = self.rate else {
            return;
        };
        let answered = self.answered(now);
        self.search = match self.refused.is_infinite() {
            true => self.search / 4.0,
            false => LONGEST_STEP / 4.0,
        };
        let is_known = rate < answered * KNOWN || self.search < SHORTEST_SEARCH;
        let refused = match (is_known, again) {
            (false, _) => f64::INFINITY,
            (true, false) => rate,
            // It was still too fast after it was lowered: the truth is further down.
            (true, true) => (rate * rate.min(answered)).sqrt(),
        };
        let lower = if far_off { LOWER_STILL } else { LOWER };
        self.set(rate.min(answered) * lower, refused, now);
    }

    fn set(&mut self, rate: f64, refused: f64, now: Instant) {
        self.rate = Some(rate.max(SLOWEST));
        self.refused = refused.max(SLOWEST);
        self.beyond = None;
        self.raised = Some(now);
        self.binds = false;
    }

    /// The most answers in any second of the last three. A second, since stores count by it: after a
    /// burst, it is the answers in that second that tell the rate.
    fn answered(&mut self, now: Instant) -> f64 {
        self.count(now);
        let bins: &[u32] = self.bins.make_contiguous();
        let most = |length: usize| {
            let sums = bins.windows(length.min(bins.len()));
            let most = sums.map(|bins| bins.iter().sum::<u32>()).max();
            f64::from(most.unwrap_or_default())
        };
        let second = most(SECOND);
        if second < FEW && bins.len() == REMEMBERED {
            most(2 * SECOND) / 2.0
        } else {
            second
        }
    }

    /// Moves the bins on to now.
    pub(in crate::pace) fn count(&mut self, now: Instant) {
        let Some(mut bin) = self.bin else {
            self.bin = Some(now);
            self.bins.push_back(0);
            return;
        };
        if now.saturating_duration_since(bin) > BIN * 2 * REMEMBERED as u32 {
            self.bins.clear();
            self.bins.push_back(0);
            self.bin = Some(now);
            return;
        }
        while now.saturating_duration_since(bin) >= BIN {
            bin += BIN;
            self.bins.push_back(0);
        }
        self.bin = Some(bin);
        while self.bins.len() > REMEMBERED {
            self.bins.pop_front();
        }
    }
}
