//! What AWS S3 does: where the others were not measured, they are taken to do the same.

use super::PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Checksums, Class, CompleteHabits, ControlText, CopiedData,
    CopiedTags, CopyHabits, CopyLimit, Crossing, Delimiter, Echo, EmptyId, Encoded, Encoding, Gone,
    Habits, IdMarker, IdStyle, Initiated, KeyRule, LatePart, LifecycleForm, LifecycleHabits,
    ListingHabits, Location, Markers, NoRights, ObjectHabits, OddNumber, Order, PageSize,
    PartOrder, PartsHabits, People, RefusalHabits, Regions, RequestIds, Skew, SourceConditions,
    Strangers, Truncated, Unsigned,
};
use crate::percent::Space;

/// What a copy may be at most, bytes (5 GiB).
const MOST_COPIED: u64 = 5 * 1024 * 1024 * 1024;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
const OBJECTS: ObjectHabits = ObjectHabits {
    copy: CopyHabits {
        parts: true,
        source_first: false,
        limit: Some(CopyLimit {
            most: MOST_COPIED,
            code: "InvalidRequest",
        }),
        data: CopiedData::Own,
        conditions: SourceConditions::AsDocumented,
        conditional: true,
        keeps_parts: false,
        tags: CopiedTags::ByDirective,
        tells_versions: true,
        quoted_etag: true,
        bad_range: (400, "InvalidArgument"),
    },
    part_numbers: true,
    tags_of_uploads: true,
    tells_null: true,
    tells_marker: true,
    missing_version: "NoSuchVersion",
    conditional_delete: true,
};

impl Habits {
    /// The same for a directory bucket (S3 Express One Zone).
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
    pub(crate) fn of_directory_bucket(&self) -> Self {
        Self {
            listing: ListingHabits {
                markers: Markers::KeyAlone,
                ..self.listing
            },
            head_bucket_region: false,
            ..self.clone()
        }
    }

    /// AWS S3, general-purpose buckets, as documented.
    pub fn aws() -> Self {
        Self {
            store: "aws",
            // Amazon S3 says `AmazonS3`, which is believed from a host of AWS only, and this is none.
            server: Some("partsweep-sim"),
            request_ids: RequestIds::Hex,
            regions: Regions::OfBucket,
            head_bucket_region: true,
            location: Location::Region,
            buckets: BucketHabits {
                paged: true,
                by_token: false,
                namespace: true,
                created: None,
                most: None,
            },
            has_admin_api: false,
            refusals: RefusalHabits {
                strangers: Strangers::Told,
                skew: Skew::QuarterHour,
                no_rights: NoRights::AccessDenied,
                unsigned: Unsigned::AccessDenied,
                explained: true,
                paths: None,
                headers: &[],
                signed_headers: &[],
            },
            keys: KeyRule::AsIs("KeyTooLongError"),
            ids: IdStyle::Rising,
            control: ControlText::Reference,
            listing: ListingHabits {
                order: Order::KeyThenId,
                page_by_id: false,
                from_memory: false,
                keys_or_folders: false,
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::Refused,
                },
                truncated: Truncated::More,
                parts_fill_pages: false,
                markers: Markers::Both,
                delimiter: Delimiter::Groups,
                encoding: Encoding {
                    fields: Encoded::All,
                    slash: false,
                    space: Space::Plus,
                    echo: Echo::Url,
                    strict: true,
                },
                empty_elements: true,
                people: People::Real,
                class: Class::Real,
                initiated: Initiated::Millis,
                checks_id_marker: false,
                id_marker: IdMarker::Read,
                has_one_page: false,
                most: None,
                bucket_element: "Bucket",
            },
            parts: PartsHabits {
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::Refused,
                },
                order: PartOrder::Number,
                missing: "NoSuchUpload",
                after_complete: false,
                people: People::Real,
                zero_at_end: false,
                each_page_is_last: false,
                last_number: 10_000,
                sizes: true,
                checksums: Checksums::OfParts,
                zoneless_times: false,
            },
            abort: AbortHabits {
                again: Gone::NoContentForADay,
                unknown: Gone::NoSuchUpload,
                completed: Gone::NoSuchUpload,
                empty: EmptyId::NoSuchUpload,
                // "part uploads in progress might or might not succeed": the worse of the two.
                // https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
                late_part: LatePart::Lands,
            },
            complete: CompleteHabits {
                conditional: true,
                any_order: false,
                repeatable: false,
                crossing: Crossing::Whole,
            },
            lifecycle: LifecycleHabits {
                form: LifecycleForm::Kept,
                needs_checksum: true,
                default_minimum: Some("all_storage_classes_128K"),
                stale_reads: 0,
                resets_default_minimum: false,
            },
            objects: OBJECTS,
            delete_overlooks: &[],
            put_ends_uploads: false,
        }
    }
}
