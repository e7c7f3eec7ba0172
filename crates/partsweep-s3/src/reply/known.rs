//! What answers have shown of the store so far: who it is, how its clock stands, what its answers carry.

use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use http::HeaderMap;
use jiff::Timestamp;
use partsweep_core::model::believe::CLOCKS_APART;
use partsweep_core::provider::recognise::{Identity, Sign, Signals};
use partsweep_core::{Clock, Provider};

use crate::reply::headers::{date, request_id};
use crate::xml::Dates;

/// What is known of one store. Only S3 answers are heard: those with a document of S3's, of a success or
/// of an error. A page that something before the store sends in its place says nothing about it.
#[derive(Debug)]
pub(crate) struct StoreFacts(RwLock<Facts>);

#[derive(Debug)]
struct Facts {
    identity: Identity,
    /// What its documents' times were seen to be, beyond what its profile says.
    clock: Option<Clock>,
    heard: bool,
    /// The newest time in any document so far.
    newest: Option<Timestamp>,
    /// Every answer so far had a request id.
    has_ids: bool,
    /// A date in a document had no time zone.
    is_zone_missing: bool,
    /// A part was dated before its upload.
    has_two_clocks: bool,
    /// The first date in a document that could not be read.
    odd_date: Option<Box<str>>,
}

impl StoreFacts {
    /// The host is all that is known before an answer.
    pub(crate) fn of_host(host: &str) -> Self {
        Self(RwLock::new(Facts {
            identity: Identity::of_host(host),
            clock: None,
            newest: None,
            heard: false,
            has_ids: true,
            is_zone_missing: false,
            has_two_clocks: false,
            odd_date: None,
        }))
    }

    /// What to go by.
    pub(crate) fn provider(&self) -> Provider {
        self.read(|state| state.identity.provider())
    }

    /// What each sign says of which store it is.
    pub(crate) fn signs(&self) -> Vec<(&'static str, Sign)> {
        self.read(|state| state.identity.signs().collect())
    }

    /// How the times of its documents stand to its `Date`.
    pub(crate) fn clock(&self) -> Clock {
        self.read(|state| {
            // Asked for each upload: nothing is copied for it.
            let by_profile = match state.is_zone_missing {
                true => Clock::Unproven,
                false => Clock::of(state.identity.times()),
            };
            let known = match by_profile {
                Clock::Unproven => state.clock.unwrap_or(by_profile),
                known => known,
            };
            // What proves the one proves nothing of the other; dates that say nothing say no more by it.
            if state.has_two_clocks {
                return match state.clock {
                    Some(Clock::Untrue) => Clock::Untrue,
                    _ => Clock::Unproven,
                };
            }
            known
        })
    }

    /// Takes an S3 answer into account.
    pub(crate) fn hear(&self, headers: &HeaderMap, access_key: &str) {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signals = Signals {
            server: value("server"),
            request_id: value("x-amz-request-id"),
            access_key: Some(access_key),
            openstack: headers.contains_key("x-trans-id")
                || headers.contains_key("x-openstack-request-id"),
            rgw: headers
                .keys()
                .any(|name| name.as_str().starts_with("x-rgw-")),
        };
        let has_id = request_id(headers).is_some();
        let says_nothing_new = |state: &Facts| {
            state.heard && (has_id || !state.has_ids) && state.identity.knows(&signals)
        };
        if !self.read(says_nothing_new) {
            let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
            state.heard = true;
            state.has_ids &= has_id;
            state.identity.hear(&signals);
        }
    }

    /// Whether an answer without a body comes from the store itself: it has a request id, as all its
    /// documents had; or, of a store that sends none, no content of another kind.
    pub(crate) fn is_from_store(&self, headers: &HeaderMap) -> bool {
        if request_id(headers).is_some() {
            return true;
        }
        let kind = headers.get(http::header::CONTENT_TYPE);
        let kind = kind.map_or(Ok(""), |kind| kind.to_str()).unwrap_or("?");
        let is_plain = kind.is_empty() || kind.starts_with("application/xml");
        is_plain && self.read(|state| state.heard && !state.has_ids)
    }

    /// The store's clock at an answer. Where it is ahead of ours by more than S3 allows, and no document
    /// shows a time that is as far ahead, one of the two is wrong: then ours counts, by which all is
    /// younger (law 13).
    ///
    /// `newest`: the newest time that the answer's document shows.
    pub(crate) fn now(&self, headers: &HeaderMap, newest: Option<Timestamp>) -> Option<Timestamp> {
        let date = date(headers);
        self.see_time(newest, date);
        let date = date?;
        let ours = Timestamp::try_from(SystemTime::now()).ok()?;
        let is_ahead = |time: Timestamp| time.duration_since(ours) > CLOCKS_APART;
        let is_as_far = |time: Timestamp| date.duration_since(time) <= CLOCKS_APART;
        let is_shown = || self.read(|state| state.newest.is_some_and(is_as_far));
        Some(if is_ahead(date) && !is_shown() {
            ours
        } else {
            date
        })
    }

    /// Takes a time into account that a document shows beside the `Date` of its answer.
    fn see_time(&self, time: Option<Timestamp>, date: Option<Timestamp>) {
        let is_newer = |state: &Facts| time > state.newest;
        if self.read(is_newer) {
            self.0
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .newest = time;
        }
        if self.clock() == Clock::Unproven
            && let (Some(time), Some(date)) = (time, date)
            && let Some(clock) = Clock::shown_by(time, date)
        {
            self.keep_clock(clock);
        }
    }

    /// Takes into account what the dates of a document were like. Of a store that leaves out the zone, what
    /// seems old may have happened a moment ago, whatever its profile says (law 13).
    pub(crate) fn see_dates(&self, dates: Dates) {
        let says_new = |state: &Facts| {
            dates.is_zone_missing && !state.is_zone_missing
                || dates.odd.is_some() && state.odd_date.is_none()
        };
        if self.read(says_new) {
            let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
            state.is_zone_missing |= dates.is_zone_missing;
            state.odd_date = state.odd_date.take().or(dates.odd);
        }
    }

    /// Parts and uploads are dated by different clocks, as one of its answers shows.
    pub(crate) fn doubt_clock(&self) {
        if !self.read(|state| state.has_two_clocks) {
            let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
            state.has_two_clocks = true;
        }
    }

    /// The first date in a document that could not be read, as the store wrote it.
    pub(crate) fn odd_date(&self) -> Option<Box<str>> {
        self.read(|state| state.odd_date.clone())
    }

    /// Keeps what the time of something of our own has proven.
    pub(crate) fn keep_clock(&self, clock: Clock) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.clock = Some(clock);
    }

    fn read<T>(&self, read: impl FnOnce(&Facts) -> T) -> T {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        };
        all.iter().map(pair).collect()
    }

    /// An upload that is dated 20 minutes ahead does not show that it is the day after tomorrow.
    #[test]
    fn a_date_far_ahead_is_shown_by_what_is_as_far_ahead_only() {
        let ours = Timestamp::try_from(SystemTime::now()).unwrap();
        let hours = jiff::SignedDuration::from_hours;
        let ahead = ours + hours(48);
        let text = ahead.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = HeaderMap::new();
        headers.insert(http::header::DATE, text.parse().unwrap());
        let now = |shown| {
            let known = StoreFacts::of_host("store.example.com");
            known
                .now(&headers, Some(shown))
                .unwrap()
                .duration_since(ours)
        };
        for (shown, believed) in [
            (ours, 0),
            (ours + jiff::SignedDuration::from_mins(20), 0),
            (ours + hours(47), 0),
            (ahead, 48),
        ] {
            assert_eq!(
                now(shown).as_hours().max(now(shown).as_secs() / 3_590),
                believed,
                "{shown}"
            );
        }
    }

    #[test]
    fn two_clocks_of_one_store_prove_nothing_of_each_other() {
        let known = StoreFacts::of_host("s3.amazonaws.com");
        known.keep_clock(Clock::NotBehind);
        assert_eq!(known.clock(), Clock::Utc);
        known.doubt_clock();
        assert_eq!(known.clock(), Clock::Unproven);
        // Nor does what comes later: an upload of our own has no part.
        known.keep_clock(Clock::Utc);
        assert_eq!(known.clock(), Clock::Unproven);
        known.keep_clock(Clock::Untrue);
        assert_eq!(known.clock(), Clock::Untrue);
    }

    /// Breaker 9: a proxy's 404 to a HEAD counted as "no object".
    #[test]
    fn an_answer_without_a_body_is_the_stores_if_it_looks_like_its_others() {
        let id = ("x-amz-request-id", "tx1");
        let known = StoreFacts::of_host("store.example.com");
        assert!(!known.is_from_store(&headers(&[])), "nothing was heard yet");
        known.hear(&headers(&[id]), "AKIA");
        assert!(known.is_from_store(&headers(&[id, ("content-type", "text/html")])));
        for other in [
            &[("server", "nginx"), ("content-type", "text/html")][..],
            &[("content-type", "application/xml")],
            &[],
        ] {
            assert!(!known.is_from_store(&headers(other)), "{other:?}");
        }
        let garage = StoreFacts::of_host("store.example.com");
        garage.hear(&headers(&[]), "GK9955a3a9b7de7d0cd8b54dee");
        assert!(garage.is_from_store(&headers(&[("content-type", "application/xml")])));
        assert!(garage.is_from_store(&headers(&[])));
        for kind in ["text/html", "application/json", "text/plain; charset=utf-8"] {
            assert!(
                !garage.is_from_store(&headers(&[("content-type", kind)])),
                "{kind}"
            );
        }
    }
}
