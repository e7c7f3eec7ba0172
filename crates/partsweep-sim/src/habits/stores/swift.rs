//! What OpenStack Swift does.

use super::PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Checksums, CompleteHabits, ControlText, Crossing, Delimiter,
    Encoded, Encoding, Gone, Habits, IdStyle, KeyRule, LifecycleForm, LifecycleHabits,
    ListingHabits, Location, Markers, OddNumber, PageSize, PartsHabits, People, RefusalHabits,
    Regions, RequestIds, Strangers, Truncated, Unsigned,
};
use crate::percent::Space;

impl Habits {
    /// OpenStack Swift with s3api, measured on 2.38.3.
    pub fn swift() -> Self {
        let aws = Self::aws();
        Self {
            store: "swift",
            server: None,
            request_ids: RequestIds::Swift,
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::Region,
            buckets: BucketHabits {
                paged: false,
                by_token: false,
                created: Some("2009-02-03T16:45:09.000Z"),
                ..aws.buckets
            },
            refusals: RefusalHabits {
                strangers: Strangers::SignatureDoesNotMatch,
                unsigned: Unsigned::Html,
                ..aws.refusals
            },
            keys: KeyRule::Swift,
            ids: IdStyle::Base64,
            control: ControlText::Fails,
            listing: ListingHabits {
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::Refused,
                },
                truncated: Truncated::Full,
                markers: Markers::EmptyAtOne,
                delimiter: Delimiter::EmptyHidesAll,
                encoding: Encoding {
                    fields: Encoded::Key,
                    space: Space::Percent,
                    ..aws.listing.encoding
                },
                people: People::Caller,
                ..aws.listing
            },
            parts: PartsHabits {
                after_complete: true,
                last_number: 1_000,
                checksums: Checksums::Ignored,
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoSuchUpload,
                completed: Gone::NoSuchKey,
                ..aws.abort
            },
            complete: CompleteHabits {
                repeatable: true,
                crossing: Crossing::LostAtOnce,
                ..aws.complete
            },
            lifecycle: LifecycleHabits {
                form: LifecycleForm::Unknown,
                needs_checksum: false,
                default_minimum: None,
                stale_reads: 0,
                resets_default_minimum: false,
            },
            delete_overlooks: &["lifecycle"],
            ..aws
        }
    }
}
