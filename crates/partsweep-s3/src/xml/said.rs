//! What a document says in elements that may come more than once. Where they differ, one of them is
//! wrong: the more careful one counts, or none (law 13).

use jiff::Timestamp;

use super::text::{is_false, is_true};

/// What `IsTruncated` says of what comes behind a page, each time that it comes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SaidEnd {
    times: usize,
    says_end: usize,
    says_more: bool,
}

impl SaidEnd {
    /// The element begins, whatever is in it.
    pub(crate) fn begin(&mut self) {
        self.times += 1;
    }

    /// Its text.
    pub(crate) fn say(&mut self, text: &str) {
        self.says_more |= is_true(text);
        self.says_end += usize::from(is_false(text));
    }

    /// Whether it didn't come at all.
    pub(crate) fn is_absent(self) -> bool {
        self.times == 0
    }

    /// Whether there is more, by this and whether a marker leads on; and whether that is unclear. If the
    /// element is absent there is no more (rclone), unless there is a marker. If it is empty, or has a word
    /// that is neither, it means nothing.
    pub(crate) fn goes_on(self, has_marker: bool) -> (bool, bool) {
        match self {
            Self {
                says_more: true, ..
            } => (true, false),
            Self { times: 0, .. } => (has_marker, false),
            _ if self.says_end == self.times => (false, false),
            _ => (has_marker, !has_marker),
        }
    }
}

/// A date of an entry. If it comes twice the younger one counts, and none if one can't be read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SaidDate(Option<Option<Timestamp>>);

impl SaidDate {
    /// Takes a date as it was read; returns what counts by now.
    pub(crate) fn hear(&mut self, read: Option<Timestamp>) -> Option<Timestamp> {
        let counts = match self.0 {
            None => read,
            Some(known) => known.zip(read).map(|(one, other)| one.max(other)),
        };
        self.0 = Some(counts);
        counts
    }
}

/// A value of an entry that isn't known if it comes twice and differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Said<T> {
    #[default]
    Nothing,
    One(T),
    Contradicted,
}

impl<T: PartialEq> Said<T> {
    pub(crate) fn hear(&mut self, value: T) {
        *self = match std::mem::take(self) {
            Self::Nothing => Self::One(value),
            Self::One(known) if known == value => Self::One(known),
            Self::One(_) | Self::Contradicted => Self::Contradicted,
        };
    }

    /// Whether the value is so, if there is one; what is contradicted is never so.
    pub(crate) fn is(&self, holds: impl Fn(&T) -> bool) -> Option<bool> {
        match self {
            Self::Nothing => None,
            Self::One(value) => Some(holds(value)),
            Self::Contradicted => Some(false),
        }
    }

    pub(crate) fn one(self) -> Option<T> {
        match self {
            Self::One(value) => Some(value),
            Self::Nothing | Self::Contradicted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_ends_more_counts_and_then_what_means_nothing() {
        let goes_on = |texts: &[&str], has_marker| {
            let mut said = SaidEnd::default();
            for text in texts {
                said.begin();
                said.say(text);
            }
            said.goes_on(has_marker)
        };
        for (texts, alone, with_marker) in [
            (&[][..], (false, false), (true, false)),
            (&["false"], (false, false), (false, false)),
            (&["0", " False "], (false, false), (false, false)),
            (&["true", "false"], (true, false), (true, false)),
            (&["false", "1"], (true, false), (true, false)),
            (&["maybe", "true"], (true, false), (true, false)),
            (&["maybe", "false"], (false, true), (true, false)),
            (&["false", ""], (false, true), (true, false)),
            (&[""], (false, true), (true, false)),
            (&[" \n"], (false, true), (true, false)),
            (&["yes"], (false, true), (true, false)),
        ] {
            assert_eq!(goes_on(texts, false), alone, "{texts:?}");
            assert_eq!(goes_on(texts, true), with_marker, "{texts:?} and a marker");
        }
    }

    #[test]
    fn of_two_dates_the_younger_counts_and_none_if_one_cannot_be_read() {
        let hear = |dates: &[Option<i64>]| {
            let mut said = SaidDate::default();
            let read = |second: i64| Timestamp::from_second(second).ok();
            let counts = dates.iter().map(|date| said.hear(date.and_then(read)));
            counts.last().flatten().map(Timestamp::as_second)
        };
        assert_eq!(hear(&[Some(5)]), Some(5));
        assert_eq!(hear(&[Some(5), Some(9)]), Some(9));
        assert_eq!(hear(&[Some(9), Some(5)]), Some(9));
        assert_eq!(hear(&[Some(9), None]), None);
        assert_eq!(hear(&[None, Some(9)]), None);
    }

    #[test]
    fn a_value_that_comes_twice_and_differs_is_unknown() {
        let hear = |values: &[u8]| {
            let mut said = Said::default();
            values.iter().for_each(|value| said.hear(*value));
            said.one()
        };
        assert_eq!(hear(&[]), None);
        assert_eq!(hear(&[1, 1]), Some(1));
        assert_eq!(hear(&[1, 2]), None);
        assert_eq!(hear(&[1, 2, 1]), None);
    }
}
