//! Every reason against completing an upload, and what to do about it.

use std::ops::RangeInclusive;

use partsweep_core::{FileMisfit, Obstacle, escape};
use partsweep_engine::rescue::FileComparison;

use crate::text::figures::{about, bytes, count, counted, exact, minute};

/// Numbers that are named, at most.
const NAMED: usize = 10;

/// What can be done with an upload that can't be completed. A target is a prefix: no command is named that would also
/// abort the other uploads that begin with the key.
const ABORT: &str = "such an upload can only be aborted; `partsweep scan` shows all uploads that begin with this key, \
    and clean would abort every one of them that it may";

const OTHER_FILE: &str =
    "the upload can be resumed only from the file that was uploaded, in parts of one size";

const OTHER_CONTENT: &str = "it is another file, it has changed, or the store encrypts parts so that their ETags are no MD5s";

const RESUME: &str =
    "if you still have the file, --resume-from FILE sends the parts that are missing";

/// [`ABORT`] behind [`RESUME`].
const ELSE_ABORT: &str = "otherwise it can only be aborted; `partsweep scan` shows all uploads that begin with this key, \
    and clean would abort every one of them that it may";

const TRY_AGAIN: &str = "its client may be at work: try again later";

/// A reason and its hints.
pub(super) fn of(obstacle: &Obstacle) -> (String, Vec<String>) {
    let (line, hint) = line_of(obstacle);
    let resume = matches!(obstacle, Obstacle::Gaps { .. }).then_some(RESUME);
    let hints = resume.into_iter().chain([hint]);
    (line, hints.map(str::to_owned).collect())
}

/// The same among others: an upload that someone may be at work on is no one to be aborted, and what it lacks may come.
pub(super) fn among(obstacle: &Obstacle, all: &[Obstacle]) -> (String, Vec<String>) {
    let (line, mut hints) = of(obstacle);
    let may_be_active = all.iter().any(|other| {
        matches!(
            other,
            Obstacle::TooYoung { .. }
                | Obstacle::AgeUnknown
                | Obstacle::FutureDate(_)
                | Obstacle::PartsChanged
        )
    });
    if may_be_active {
        hints.retain(|hint| hint != ABORT && hint != ELSE_ABORT);
    }
    (line, hints)
}

fn line_of(obstacle: &Obstacle) -> (String, &'static str) {
    match obstacle {
        Obstacle::NoParts => ("the upload has no parts".to_owned(), ABORT),
        Obstacle::PartsUnknown => (
            "the store doesn't list all parts of the upload clearly".to_owned(),
            "what isn't known to be complete isn't completed; try again, or ask whoever runs the store",
        ),
        Obstacle::NotNamed => (
            "the store doesn't confirm the key and the id of this upload".to_owned(),
            "the parts may be those of another upload, so it isn't completed",
        ),
        Obstacle::Gaps {
            missing,
            count: number,
            highest,
        } => (
            format!(
                "{} missing below part {highest}: {}",
                match number {
                    1 => "1 part is".to_owned(),
                    number => format!("{} parts are", count(*number)),
                },
                ranges(missing)
            ),
            ELSE_ABORT,
        ),
        Obstacle::OddNumber(number) => (
            format!("part {number} has a number that S3 doesn't allow"),
            "parts are numbered from 1 to 10,000; such an upload isn't completed",
        ),
        Obstacle::ListedTwice(parts) => (
            format!(
                "the store lists {} more than once, with different sizes or ETags",
                named(parts)
            ),
            "which of them would be in the object isn't known, so it isn't completed",
        ),
        Obstacle::SizeUnknown(parts) => (
            format!("the size isn't known of {}", named(parts)),
            "what isn't known to be complete isn't completed",
        ),
        Obstacle::EtagUnknown(parts) => (
            format!("the ETag can't be used of {}", named(parts)),
            "a part is named by an ETag of 32 hexadecimal digits; this store has others",
        ),
        Obstacle::TooSmall { parts, minimum } => {
            let shown = parts.iter().take(NAMED);
            let shown: Vec<_> = shown
                .map(|(number, size)| format!("part {number} ({} bytes)", count(*size)))
                .collect();
            let line = format!(
                "smaller than the {} bytes that a part before the last must have: {}{}",
                count(*minimum),
                shown.join(", "),
                more(parts.len())
            );
            (line, ABORT)
        }
        Obstacle::Unequal {
            number,
            bytes: size,
            first,
        } => (
            format!(
                "part {number} has {} bytes, and part 1 has {}",
                count(*size),
                count(*first)
            ),
            "this store completes only uploads whose parts have the same size, the last may be smaller",
        ),
        Obstacle::AgeUnknown => (
            "when the upload was last active isn't known".to_owned(),
            "its client may be at work, so it isn't completed",
        ),
        Obstacle::FutureDate(date) => (
            format!(
                "the newest date of the upload can't be true, it is in the future ({}): when it was last active isn't known",
                minute(*date)
            ),
            "its client may be at work, so it isn't completed",
        ),
        Obstacle::TooYoung {
            idle,
            quiet_for,
            is_proven,
        } => (
            match is_proven {
                true => format!(
                    "the upload was active {} ago, within the last {}",
                    about(*idle),
                    exact(*quiet_for)
                ),
                false => format!(
                    "the upload may have been active within the last {}: nothing shows that this store's dates are UTC, so they may be up to 14 h behind",
                    exact(*quiet_for)
                ),
            },
            "its client may go on; wait, or accept less with --quiet-for AGE if you know that it doesn't",
        ),
        Obstacle::PartsChanged => ("the parts changed between two looks".to_owned(), TRY_AGAIN),
        Obstacle::ObjectChanged => (
            "the object at the key changed between two looks".to_owned(),
            TRY_AGAIN,
        ),
        Obstacle::OtherUploads(others) => (
            format!(
                "the key has {} more: {}",
                counted(others.len() as u64, "upload"),
                others
                    .iter()
                    .take(NAMED)
                    .map(|other| other.address.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "choose one with --upload-id ID",
        ),
        Obstacle::OthersUnknown => (
            "whether the key has other uploads isn't known".to_owned(),
            "--upload-id ID says that you mean this one",
        ),
        Obstacle::ObjectThere { object, is_same } => {
            let size = object
                .bytes
                .map_or_else(|| "unknown size".to_owned(), bytes);
            let date = object.last_modified.map_or_else(String::new, |time| {
                format!(", last modified {} UTC", minute(time))
            });
            match is_same {
                true => (
                    format!(
                        "an object with this size and ETag is at the key already ({size}{date})"
                    ),
                    ABORT,
                ),
                false => (
                    format!("an object of {size} is at the key{date}"),
                    "--overwrite replaces it",
                ),
            }
        }
        Obstacle::ObjectNotVisible => (
            "whether there is an object at the key can't be seen".to_owned(),
            "the access key needs s3:GetObject and s3:ListBucket",
        ),
        Obstacle::WasDeleted { versions, at } => (
            format!(
                "there was an object at the key, and it was deleted{} ({} left)",
                at.map_or_else(String::new, |at| format!(" {} UTC", minute(at))),
                match versions {
                    0 => "no version".to_owned(),
                    versions => counted(*versions as u64, "version"),
                }
            ),
            "--overwrite makes an object there again",
        ),
        Obstacle::VersionsNotVisible => (
            "whether there was an object at the key can't be seen".to_owned(),
            "the access key needs s3:ListBucketVersions; --overwrite goes on without",
        ),
        Obstacle::LastAsLarge {
            number,
            bytes: size,
            ..
        } => (
            match number {
                1 => format!(
                    "there is only part 1 ({}): nothing shows that it is the last",
                    bytes(*size)
                ),
                _ => format!(
                    "part {number} ({}) isn't smaller than the parts before it: nothing shows that it is the last",
                    bytes(*size)
                ),
            },
            "if you know the size of the whole object, give it with --size; with the file, --verify FILE compares, and --resume-from FILE also sends what is missing",
        ),
        Obstacle::SizesVary {
            number,
            bytes: size,
        } => (
            format!(
                "the parts have several sizes: nothing shows that part {number} ({}) is the last",
                bytes(*size)
            ),
            "if you know the size of the whole object, give it with --size; with the file, --verify FILE compares",
        ),
        Obstacle::OtherSize { said, seen } => (
            format!("--size is {said} bytes, and the parts add up to {seen}"),
            "the upload isn't complete, or the size is that of another file",
        ),
        Obstacle::NotOfFile(FileMisfit::NoParts) => (
            of_misfit(FileMisfit::NoParts),
            "upload the file anew: nothing is lost with this upload",
        ),
        Obstacle::NotOfFile(misfit) => (of_misfit(*misfit), OTHER_FILE),
        Obstacle::ChecksumNotComputed(name) => (
            format!(
                "the upload was started with {} checksums, which partsweep can't compute",
                escape::for_terminal(name)
            ),
            "complete it with the program that started it",
        ),
        Obstacle::SentNotListed(parts) => (
            format!(
                "the store answered that it has {}, and doesn't list {}",
                named(parts),
                if parts.len() == 1 { "it" } else { "them" }
            ),
            "the same command sends again what isn't listed; if that happens again, ask whoever runs the store",
        ),
        Obstacle::DiffersFromFile(parts) => (
            format!("the MD5 of the file differs in {}", named(parts)),
            OTHER_CONTENT,
        ),
    }
}

/// Why the parts can't be those of a file.
fn of_misfit(misfit: FileMisfit) -> String {
    match misfit {
        FileMisfit::NoParts => {
            "the upload has no parts, so there is nothing to go on from".to_owned()
        }
        FileMisfit::Unequal {
            number,
            bytes,
            first,
            size,
        } => format!(
            "part {number} has {bytes} bytes, and part {first} has {size}: the parts aren't of one size"
        ),
        FileMisfit::OtherPlace {
            number,
            bytes,
            file: 0,
        } => format!("the file ends before part {number} ({bytes} bytes)"),
        FileMisfit::OtherPlace {
            number,
            bytes,
            file,
        } => format!("part {number} has {bytes} bytes, and the file has {file} bytes there"),
        FileMisfit::Unclear { number, bytes } => format!(
            "part {number} ({bytes} bytes) is the only one, and may be the last: give the size of the others with --part-size"
        ),
        FileMisfit::BelowMinimum { bytes, minimum, .. } => format!(
            "the file would be in parts of {bytes} bytes, and the store takes none below {minimum} before the last"
        ),
        FileMisfit::TooMany { parts, size } => format!(
            "the file would have {} parts of {size} bytes, and S3 allows 10,000",
            count(parts)
        ),
    }
}

/// What a comparison with a file says against it.
pub(super) fn of_file(compared: &FileComparison) -> Option<(String, String)> {
    let line = match compared {
        FileComparison::Same => return None,
        FileComparison::OtherLength { file, parts } => {
            format!("the file has {file} bytes, and the parts add up to {parts}")
        }
        FileComparison::Differ(parts) => {
            format!("the MD5 of the file differs in {}", named(parts))
        }
    };
    Some((line, OTHER_CONTENT.to_owned()))
}

fn named(parts: &[u32]) -> String {
    let numbers: Vec<_> = parts.iter().take(NAMED).map(u32::to_string).collect();
    let noun = if parts.len() == 1 { "part" } else { "parts" };
    format!("{noun} {}{}", numbers.join(", "), more(parts.len()))
}

pub(super) fn ranges(missing: &[RangeInclusive<u32>]) -> String {
    let shown = missing
        .iter()
        .take(NAMED)
        .map(|range| match range.start() == range.end() {
            true => range.start().to_string(),
            false => format!("{} to {}", range.start(), range.end()),
        });
    let shown: Vec<_> = shown.collect();
    format!("{}{}", shown.join(", "), more(missing.len()))
}

fn more(all: usize) -> String {
    match all.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_part_is_named_up_to_ten_ranges() {
        let gaps = |missing: Vec<RangeInclusive<u32>>, count| {
            of(&Obstacle::Gaps {
                missing,
                count,
                highest: 99,
            })
            .0
        };
        assert_eq!(gaps(vec![2..=2], 1), "1 part is missing below part 99: 2");
        assert_eq!(
            gaps(vec![1..=1, 4..=6], 4),
            "4 parts are missing below part 99: 1, 4 to 6"
        );
        let many = (1..=12).map(|n| n * 2..=n * 2).collect();
        assert!(gaps(many, 12).ends_with("18, 20 and 2 more"));
    }
}
