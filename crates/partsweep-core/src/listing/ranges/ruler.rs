//! How far keys are apart, as far as the characters seen tell

use super::alphabet::{KeyModel, Place, common_prefix};

/// Characters that are looked at, or spelled, behind those in common: what lies deeper is less than
/// a number can hold.
const DEPTH: usize = 40;

/// Measures from one key on: as if keys were numbers, with the characters seen as digits.
pub(super) struct KeyMetric<'a> {
    alphabet: &'a KeyModel,
    from: &'a str,
    frames: Vec<Frame>,
}

/// The keys that begin with the same characters.
struct Frame {
    /// How many bytes these are.
    at: usize,
    place: Place,
    /// How much of the whole it takes.
    width: f64,
    /// Where in it the key lies that is measured from.
    here: f64,
}

impl<'a> KeyMetric<'a> {
    /// Measures from a key on; the first `kept` bytes never change.
    pub(super) fn new(alphabet: &'a KeyModel, from: &'a str, kept: usize) -> Self {
        let mut frames = Vec::new();
        let mut place = Place::START;
        let mut width = 1.0;
        let mut ranks = Vec::new();
        for (at, c) in from.char_indices() {
            if at >= kept {
                frames.push(Frame {
                    at,
                    place,
                    width,
                    here: 0.0,
                });
                let slot = alphabet.slot(place, c);
                ranks.push(slot);
                width *= slot.1;
            }
            place = place.after(c);
        }
        frames.push(Frame {
            at: from.len(),
            place,
            width,
            here: 0.0,
        });
        let mut here = 0.0;
        for (frame, (start, share)) in frames.iter_mut().rev().skip(1).zip(ranks.iter().rev()) {
            here = start + here * share;
            frame.here = here;
        }
        Self {
            alphabet,
            from,
            frames,
        }
    }

    /// How much lies between the key and another behind it; `None` is the end of all.
    pub(super) fn to(&self, key: Option<&str>) -> f64 {
        let Some(key) = key else {
            return self.frames.first().map_or(0.0, |all| 1.0 - all.here);
        };
        let shared = common_prefix(self.from, key);
        let Some(frame) = self.frames.iter().rev().find(|frame| frame.at <= shared) else {
            return 0.0;
        };
        let rest = key.get(frame.at..).unwrap_or_default();
        let there = self.alphabet.fraction(frame.place, rest);
        (there - frame.here) * frame.width
    }

    /// The least that can be told apart.
    pub(super) fn finest(&self) -> f64 {
        self.frames.last().map_or(1.0, |last| last.width)
    }

    /// A text about this far behind the key, to be off by `slack` at most; the shorter the better.
    pub(super) fn text(&self, distance: f64, slack: f64) -> Option<String> {
        let frame =
            self.frames.iter().rev().find(|frame| {
                frame.width > distance && frame.here + distance / frame.width < 1.0
            })?;
        let stem = self.from.get(..frame.at)?;
        let at = frame.here + distance / frame.width;
        self.alphabet
            .spell(stem, frame.place, at, slack / frame.width)
    }
}

impl KeyModel {
    /// Where a character begins among all that can come at a place, and how much of that it takes.
    fn slot(&self, place: Place, c: char) -> (f64, f64) {
        let letters = self.at(place);
        let (one, all) = (letters.one(c), letters.all());
        if all <= one {
            return (0.0, 1.0);
        }
        (letters.below(c).min(all - one) / all, one / all)
    }

    /// Where a text lies among all that can come at a place.
    fn fraction(&self, mut place: Place, text: &str) -> f64 {
        let (mut sum, mut width) = (0.0, 1.0);
        for c in text.chars().take(DEPTH) {
            let (start, share) = self.slot(place, c);
            sum += start * width;
            width *= share;
            place = place.after(c);
        }
        sum
    }

    /// The text at a fraction of all that can come behind `stem`.
    fn spell(&self, stem: &str, mut place: Place, mut at: f64, mut slack: f64) -> Option<String> {
        let mut text = stem.to_owned();
        for _ in 0..DEPTH {
            let letters = self.at(place);
            let all = letters.all();
            if all <= 0.0 {
                break;
            }
            let c = letters.find(at * all)?;
            let (start, share) = self.slot(place, c);
            at = ((at - start) / share).clamp(0.0, 1.0);
            slack /= share;
            text.push(c);
            place = place.after(c);
            if slack >= 1.0 {
                break;
            }
        }
        (text.len() > stem.len()).then_some(text)
    }
}
