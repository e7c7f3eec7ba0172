//! What can be trusted at this store, in plain words.

use partsweep_core::Clock;
use partsweep_core::provider::profile::{AbortRisk, ListingTrust};
use partsweep_core::provider::profiles::StoreEntry;

use super::Diagnosis;
use super::lines::Line;
use crate::text::figures::counted;

/// The lines on trust.
pub(super) fn lines(diagnosis: &Diagnosis) -> Vec<Line> {
    let provider = &diagnosis.provider;
    let mut lines = vec![match provider.listing {
        ListingTrust::Whole if provider.id == "unknown" => Line::note(
            "listings",
            "not known to leave uploads out, but this store isn't known",
        ),
        ListingTrust::Whole => Line::good("listings", "show every incomplete upload"),
        ListingTrust::Gaps(why) => Line::note("listings", format!("may leave uploads out: {why}")),
    }];
    lines.push(match provider.abort {
        AbortRisk::None => Line::good("aborts", "can't damage a completed object"),
        AbortRisk::Repairable => Line::note(
            "aborts",
            "can damage an object that is completed at the same moment; partsweep checks each key after its abort, \
             and repairs the object",
        ),
        AbortRisk::Unproven => Line::note(
            "aborts",
            "may damage an object that is completed at the same moment; partsweep checks each key after its abort, \
             and aborts uploads that were active in the last hour only with --risk-live",
        ),
        AbortRisk::Unrepairable => Line::note(
            "aborts",
            "destroy an object that is completed at the same moment, and nothing can repair it; partsweep aborts \
             uploads that were active in the last hour only with --risk-live",
        ),
    });
    lines.push(match (&diagnosis.odd_date, diagnosis.document_clock) {
        (Some(date), _) => Line::note(
            "dates",
            format!("some can't be read or can't be true, for example `{date}`: where nothing else shows the age of an upload, it is skipped"),
        ),
        (None, Clock::Utc) => Line::good("dates", "are in UTC, so ages are exact"),
        (None, _) => Line::note(
            "dates",
            "may be local time: an upload counts as idle only 14 h later, unless something shows the store's clock",
        ),
    });
    let entry = StoreEntry::named(provider.id);
    if let Some(days) = entry.and_then(|entry| entry.cleans_up_after_days) {
        let text = format!(
            "the store removes incomplete uploads by itself after {}, unless configured otherwise",
            counted(days.into(), "day")
        );
        lines.push(Line::good("clean-up", text));
    }
    lines
}
