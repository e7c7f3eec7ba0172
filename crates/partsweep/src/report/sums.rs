//! What a person reads of many uploads at once.

use partsweep_engine::Totals;

use crate::text::figures::{bytes, count, counted};

/// `none of the 12 uploads matches`
pub(super) fn no_match(excluded: u64) -> String {
    match excluded {
        1 => "the only upload does not match".to_owned(),
        _ => format!("none of the {} matches", counted(excluded, "upload")),
    }
}

/// `5.54 GB in 12 uploads: 10 to sweep (5.40 GB), 2 kept`
pub(super) fn total(totals: &Totals) -> String {
    let all = sum(totals.bytes, totals.unsized_uploads);
    let uploads = counted(totals.uploads, "upload");
    let kept = totals.uploads - totals.sweepable_uploads;
    let sweep = match (totals.sweepable_unsized, totals.sweepable_bytes) {
        (0, all) => bytes(all),
        (_, 0) => "size unknown".to_owned(),
        (_, known) => format!("at least {}", bytes(known)),
    };
    match (totals.sweepable_uploads, kept) {
        (_, 0) => format!("{all} in {uploads}, all to sweep"),
        (0, _) => format!("{all} in {uploads}, all kept"),
        (n, kept) => format!(
            "{all} in {uploads}, {} to sweep ({sweep}), {} kept",
            count(n),
            count(kept)
        ),
    }
}

/// A sum of sizes of which some may not be known.
pub(super) fn sum(known: u64, unknown: u64) -> String {
    match unknown {
        0 => bytes(known),
        _ if known == 0 => "unknown size".to_owned(),
        _ => format!("at least {}", bytes(known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_unknown_sizes_is_no_zero() {
        let totals = |sweepable_bytes| Totals {
            uploads: 3,
            bytes: sweepable_bytes,
            unsized_uploads: 2,
            sweepable_uploads: 2,
            sweepable_bytes,
            sweepable_unsized: 2,
            ..Totals::default()
        };
        assert_eq!(
            total(&totals(0)),
            "unknown size in 3 uploads, 2 to sweep (size unknown), 1 kept"
        );
        assert_eq!(
            total(&totals(5)),
            "at least 5 B in 3 uploads, 2 to sweep (at least 5 B), 1 kept"
        );
    }
}
