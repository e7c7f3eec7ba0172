//! The gate: every reason against completing an upload, from what was seen.

use std::ops::RangeInclusive;

use super::layout::MOST_PARTS;
use super::obstacle::Obstacle;
use super::own::OwnParts;
use super::seen::{ObjectMatch, PartLimits, RescueLook, RescueTerms};
use crate::decide::recheck::ObjectSight;
use crate::model::believe::time;
use crate::model::upload::{KeyProof, Part};
use crate::store::answers::OlderVersions;

/// Every reason against it; none if the upload may be completed.
pub(super) fn obstacles(
    first: &RescueLook,
    look: &RescueLook,
    terms: RescueTerms,
    limits: PartLimits,
    own: &OwnParts,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let is_whole = look.footprint.parts.exact() == Some(look.parts.len() as u64);
    if !is_whole {
        found.push(Obstacle::PartsUnknown);
    } else if look.parts.is_empty() {
        found.push(Obstacle::NoParts);
    }
    if !look.names_upload || look.upload.key_proof != KeyProof::Exact {
        found.push(Obstacle::NotNamed);
    }
    if first.upload.address != look.upload.address
        || first.parts != look.parts
        || first.checksums != look.checksums
    {
        found.push(Obstacle::PartsChanged);
    }
    of_numbers(&look.parts, &mut found);
    of_sizes(look, terms, limits, &mut found);
    let without = |is_missing: fn(&Part) -> bool| -> Vec<u32> {
        let parts = look.parts.iter().filter(|part| is_missing(part));
        parts.map(|part| part.number).collect()
    };
    if !look.unclear.is_empty() {
        found.push(Obstacle::ListedTwice(look.unclear.clone()));
    }
    let etags = without(|part| part.etag.is_none());
    let etags = not_in(etags, &look.unclear);
    if !etags.is_empty() {
        found.push(Obstacle::EtagUnknown(etags));
    }
    found.extend(of_age(look, terms, own));
    found.extend(of_others(look, terms));
    of_object(first, look, terms, &mut found);
    found
}

/// Those that are not among others, for which another reason is given.
fn not_in(mut parts: Vec<u32>, others: &[u32]) -> Vec<u32> {
    parts.retain(|number| !others.contains(number));
    parts
}

/// S3 completes an upload with holes in its numbers without a word, and the data are missing then.
fn of_numbers(parts: &[Part], found: &mut Vec<Obstacle>) {
    let odd = |part: &&Part| part.number == 0 || part.number > MOST_PARTS;
    if let Some(part) = parts.iter().find(odd) {
        found.push(Obstacle::OddNumber(part.number));
    }
    let missing = gaps(parts);
    if let (false, Some(last)) = (missing.is_empty(), parts.last()) {
        let count = |gap: &RangeInclusive<u32>| u64::from(gap.end() - gap.start()) + 1;
        found.push(Obstacle::Gaps {
            count: missing.iter().map(count).sum(),
            missing,
            highest: last.number,
        });
    }
}

/// The numbers that are missing between 1 and the highest.
fn gaps(parts: &[Part]) -> Vec<RangeInclusive<u32>> {
    let mut missing = Vec::new();
    let mut next = 1;
    for part in parts {
        if part.number > next {
            missing.push(next..=part.number - 1);
        }
        next = part.number + 1;
    }
    missing
}

fn of_sizes(look: &RescueLook, terms: RescueTerms, limits: PartLimits, found: &mut Vec<Obstacle>) {
    let unknown = look.parts.iter().filter(|part| part.bytes.is_none());
    let unknown: Vec<u32> = unknown.map(|part| part.number).collect();
    if !unknown.is_empty() {
        let unshown = not_in(unknown, &look.unclear);
        found.extend((!unshown.is_empty()).then_some(Obstacle::SizeUnknown(unshown)));
        return;
    }
    let Some(total) = look.footprint.bytes.exact() else {
        // Of parts that are not all known, or whose sum can't be.
        if look.footprint.parts.exact().is_some() {
            found.push(Obstacle::PartsUnknown);
        }
        return;
    };
    let sized = |part: &Part| (part.number, part.bytes.unwrap_or_default());
    let Some((last, before)) = look.parts.split_last() else {
        return;
    };
    let (number, bytes) = sized(last);
    let minimum = limits.minimum.unwrap_or(1);
    let small = before.iter().map(sized);
    let small: Vec<(u32, u64)> = small.filter(|(_, bytes)| *bytes < minimum).collect();
    if !small.is_empty() {
        found.push(Obstacle::TooSmall {
            parts: small,
            minimum,
        });
    }
    if limits.equal
        && let Some((_, first)) = before.first().map(sized)
    {
        let differs = |(at, bytes): &(u32, u64)| match *at == number {
            true => *bytes > first,
            false => *bytes != first,
        };
        if let Some((number, bytes)) = look.parts.iter().map(sized).find(differs) {
            found.push(Obstacle::Unequal {
                number,
                bytes,
                first,
            });
        }
    }
    match terms.size {
        Some(said) if said != total => {
            found.push(Obstacle::OtherSize { said, seen: total });
        }
        Some(_) => {}
        None if !is_clearly_last(bytes, before, limits) => {
            found.push(match is_of_one_size(before) {
                true => Obstacle::LastAsLarge {
                    number,
                    bytes,
                    total,
                },
                false => Obstacle::SizesVary { number, bytes },
            });
        }
        None => {}
    }
}

/// Whether nothing can follow a part of that size: it is smaller than the one size of all before it, or than any but the
/// last may be. A client whose parts vary sends a smaller one anywhere.
fn is_clearly_last(bytes: u64, before: &[Part], limits: PartLimits) -> bool {
    let is_smaller = before
        .first()
        .is_some_and(|first| Some(bytes) < first.bytes);
    let is_too_small = limits.minimum.is_some_and(|minimum| bytes < minimum);
    (is_smaller && is_of_one_size(before)) || is_too_small
}

fn is_of_one_size(parts: &[Part]) -> bool {
    let mut sizes = parts.iter().map(|part| part.bytes);
    let first = sizes.next();
    sizes.all(|size| Some(size) == first)
}

/// By the age of its last activity (law 3), but for what this program sent itself.
fn of_age(look: &RescueLook, terms: RescueTerms, own: &OwnParts) -> Option<Obstacle> {
    // A start that can't be makes the other dates doubtful, too (law 13).
    let is_odd = look
        .upload
        .initiated
        .is_some_and(|initiated| time(initiated).is_none());
    if let Some(date) = look.future_but_for(own) {
        return Some(Obstacle::FutureDate(date));
    }
    let Some(idle) = look.idle_but_for(own).filter(|_| !is_odd) else {
        return Some(Obstacle::AgeUnknown);
    };
    let quiet_for = terms.quiet_for;
    let is_proven = look.clock.is_proven();
    (idle < quiet_for).then_some(Obstacle::TooYoung {
        idle,
        quiet_for,
        is_proven,
    })
}

fn of_others(look: &RescueLook, terms: RescueTerms) -> Option<Obstacle> {
    match &look.others {
        _ if terms.chosen => None,
        None => Some(Obstacle::OthersUnknown),
        Some(others) if others.is_empty() => None,
        Some(others) => Some(Obstacle::OtherUploads(others.clone())),
    }
}

fn of_object(first: &RescueLook, look: &RescueLook, terms: RescueTerms, found: &mut Vec<Obstacle>) {
    if first.object != look.object || first.older != look.older {
        found.push(Obstacle::ObjectChanged);
    }
    match (&look.object, &look.older) {
        (ObjectSight::NotVisible, _) => found.push(Obstacle::ObjectNotVisible),
        (_, _) if terms.overwrite => {}
        (ObjectSight::Present(object), _) => {
            let (bytes, parts) = (look.footprint.bytes.exact(), look.parts.len());
            let etag = look.completed_etag.as_deref();
            let is = |bytes| ObjectMatch::of(object, bytes, &[etag], parts) == ObjectMatch::Same;
            found.push(Obstacle::ObjectThere {
                object: object.clone(),
                is_same: bytes.is_some_and(is),
            });
        }
        (ObjectSight::Absent, OlderVersions::Seen(older)) if older.is_empty() => {}
        (ObjectSight::Absent, OlderVersions::Seen(older)) => {
            let versions = older.len();
            found.push(Obstacle::WasDeleted { versions, at: None });
        }
        // Also if it was deleted before the upload was started: it may have been deleted again since, of which no store
        // shows more than the markers that are left.
        (ObjectSight::Absent, OlderVersions::Deleted { at, left }) => {
            let (versions, at) = (left.len(), *at);
            found.push(Obstacle::WasDeleted { versions, at });
        }
        (ObjectSight::Absent, OlderVersions::NotVisible) => {
            found.push(Obstacle::VersionsNotVisible);
        }
    }
}

#[cfg(test)]
mod tests;
