//! What SeaweedFS does.

use super::LONG_PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Checksums, Class, ControlText, Delimiter, Echo, Encoded, Encoding,
    Gone, Habits, IdStyle, Initiated, KeyRule, LifecycleHabits, ListingHabits, Location, Markers,
    OddNumber, Order, PageSize, PartOrder, PartsHabits, People, Regions, Truncated,
};

impl Habits {
    /// SeaweedFS, measured on 4.48.
    pub fn seaweedfs() -> Self {
        let aws = Self::aws();
        Self {
            store: "seaweedfs",
            server: Some("SeaweedFS 30GB 4.48"),
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::OddRoot("CreateBucketConfiguration"),
            buckets: BucketHabits {
                paged: false,
                by_token: false,
                ..aws.buckets
            },
            keys: KeyRule::Seaweed,
            ids: IdStyle::KeyHash,
            control: ControlText::Replaced,
            listing: ListingHabits {
                order: Order::Id,
                page: PageSize {
                    most: LONG_PAGE,
                    odd: OddNumber::One,
                },
                truncated: Truncated::Full,
                markers: Markers::IdAlone,
                delimiter: Delimiter::Ignored,
                encoding: Encoding {
                    fields: Encoded::Nothing,
                    echo: Echo::Always,
                    strict: false,
                    ..aws.listing.encoding
                },
                people: People::Absent,
                class: Class::Absent,
                initiated: Initiated::Seconds,
                ..aws.listing
            },
            parts: PartsHabits {
                page: PageSize {
                    most: LONG_PAGE,
                    odd: OddNumber::One,
                },
                order: PartOrder::Text,
                people: People::Absent,
                checksums: Checksums::Ignored,
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoContent,
                ..aws.abort
            },
            lifecycle: LifecycleHabits {
                needs_checksum: false,
                ..aws.lifecycle
            },
            delete_overlooks: &["uploads", "uploadId"],
            ..aws
        }
    }
}
