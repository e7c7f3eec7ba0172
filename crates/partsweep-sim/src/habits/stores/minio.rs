//! What MinIO does.

use super::LONG_PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Checksums, Class, ControlText, Delimiter, Echo, EmptyId, Encoding,
    Gone, Habits, IdStyle, KeyRule, LifecycleForm, LifecycleHabits, ListingHabits, Location,
    Markers, OddNumber, PageSize, PartsHabits, People, Regions,
};

impl Habits {
    /// MinIO on one node with one drive, measured on the source release of 2026-02-12.
    pub fn minio() -> Self {
        let aws = Self::aws();
        Self {
            store: "minio",
            server: Some("MinIO"),
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::Constant(""),
            buckets: BucketHabits {
                paged: false,
                by_token: false,
                ..aws.buckets
            },
            keys: KeyRule::Minio,
            ids: IdStyle::Base64,
            control: ControlText::Replaced,
            listing: ListingHabits {
                from_memory: true,
                keys_or_folders: false,
                page: PageSize {
                    most: LONG_PAGE,
                    odd: OddNumber::Refused,
                },
                markers: Markers::EmptyAtEnd,
                delimiter: Delimiter::Ignored,
                encoding: Encoding {
                    echo: Echo::Any,
                    strict: false,
                    ..aws.listing.encoding
                },
                people: People::Empty,
                class: Class::Empty,
                checks_id_marker: true,
                ..aws.listing
            },
            parts: PartsHabits {
                page: PageSize {
                    most: LONG_PAGE,
                    odd: OddNumber::Refused,
                },
                people: People::Empty,
                zero_at_end: true,
                checksums: Checksums::Always,
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoContent,
                unknown: Gone::NoContent,
                completed: Gone::NoContent,
                empty: EmptyId::NoContent,
                ..aws.abort
            },
            lifecycle: LifecycleHabits {
                form: LifecycleForm::Minio,
                needs_checksum: true,
                default_minimum: None,
                stale_reads: 0,
                resets_default_minimum: false,
            },
            delete_overlooks: &["uploads", "uploadId"],
            ..aws
        }
    }
}
