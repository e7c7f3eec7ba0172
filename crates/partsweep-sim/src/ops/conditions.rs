//! Conditions of requests on the ETag of an object.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::store::object::Object;
use crate::wire::answer::Refusal;
use crate::wire::request::Call;

/// The headers of one set of conditions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    matches: &'static str,
    none_match: &'static str,
    unmodified_since: &'static str,
}

/// The conditions on the object that a request addresses, as HTTP names them.
pub(crate) const PLAIN: Conditions = Conditions {
    matches: "if-match",
    none_match: "if-none-match",
    unmodified_since: "if-unmodified-since",
};
/// Of the source of a copy.
pub(crate) const OF_SOURCE: Conditions = Conditions {
    matches: "x-amz-copy-source-if-match",
    none_match: "x-amz-copy-source-if-none-match",
    unmodified_since: "x-amz-copy-source-if-unmodified-since",
};
/// Of the source of a copy, as Ceph calls them.
pub(crate) const OF_SOURCE_ON_CEPH: Conditions = Conditions {
    matches: "x-amz-copy-if-match",
    none_match: "x-amz-copy-if-none-match",
    unmodified_since: "x-amz-copy-if-unmodified-since",
};

impl Conditions {
    /// Checks an object that is there.
    ///
    /// # Errors
    /// 412 PreconditionFailed.
    pub(crate) fn check(self, call: &Call, object: &Object) -> Result<(), Refusal> {
        let is_meant = |list: &str| {
            list.split(',')
                .map(|etag| etag.trim().trim_matches('"'))
                .any(|etag| etag == "*" || etag == object.etag)
        };
        let fails = call
            .header(self.matches)
            .is_some_and(|list| !is_meant(list))
            || call.header(self.none_match).is_some_and(is_meant)
            || call
                .header(self.unmodified_since)
                .and_then(read_date)
                // The header knows whole seconds only.
                .is_some_and(|time| object.modified.as_second() > time.as_second());
        if fails { Err(failed()) } else { Ok(()) }
    }

    /// Checks what a write would overwrite.
    ///
    /// # Errors
    /// 412 PreconditionFailed; 404 NoSuchKey if there is nothing and an ETag is demanded.
    pub(crate) fn check_target(self, call: &Call, target: Option<&Object>) -> Result<(), Refusal> {
        match target {
            Some(object) => self.check(call, object),
            None if call.header(self.matches).is_some() => Err(Refusal::no_such_key()),
            None => Ok(()),
        }
    }
}

fn failed() -> Refusal {
    Refusal::new(412, "PreconditionFailed")
        .because("At least one of the pre-conditions you specified did not hold")
}

/// Reads a date as HTTP writes it; `None` if it is none, which is then overlooked.
fn read_date(text: &str) -> Option<Timestamp> {
    DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text)
        .and_then(|date| TimeZone::UTC.to_timestamp(date))
        .ok()
}
