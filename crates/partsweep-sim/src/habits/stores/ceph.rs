//! What Ceph does.

use super::PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Checksums, Class, CompleteHabits, ControlText, CopiedData,
    CopiedTags, CopyHabits, Crossing, Delimiter, Echo, EmptyId, Encoded, Encoding, Gone, Habits,
    IdStyle, KeyRule, LatePart, LifecycleForm, LifecycleHabits, ListingHabits, Location,
    ObjectHabits, OddNumber, Order, PageSize, PartsHabits, People, RefusalHabits, Regions,
    RequestIds, SourceConditions, Unsigned,
};
use crate::percent::Space;

impl Habits {
    /// Ceph RADOS Gateway, measured on 16.2.15.
    pub fn ceph() -> Self {
        let aws = Self::aws();
        Self {
            store: "ceph",
            server: None,
            request_ids: RequestIds::Rgw,
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::Constant("default"),
            buckets: BucketHabits {
                paged: false,
                by_token: false,
                ..aws.buckets
            },
            has_admin_api: true,
            refusals: RefusalHabits {
                unsigned: Unsigned::NoBuckets,
                explained: false,
                ..aws.refusals
            },
            keys: KeyRule::AsIs("InvalidObjectName"),
            ids: IdStyle::Ceph,
            control: ControlText::PaddedReference,
            listing: ListingHabits {
                order: Order::MetaName,
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::Endless,
                },
                parts_fill_pages: true,
                delimiter: Delimiter::Hides,
                encoding: Encoding {
                    fields: Encoded::Key,
                    space: Space::Percent,
                    echo: Echo::Never,
                    ..aws.listing.encoding
                },
                empty_elements: false,
                people: People::Caller,
                class: Class::Standard,
                ..aws.listing
            },
            parts: PartsHabits {
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::Endless,
                },
                missing: "NoSuchKey",
                people: People::Caller,
                checksums: Checksums::Ignored,
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoSuchUpload,
                empty: EmptyId::DeletesObject,
                late_part: LatePart::Leaks,
                ..aws.abort
            },
            complete: CompleteHabits {
                conditional: false,
                any_order: true,
                repeatable: true,
                crossing: Crossing::LostAtCollection,
            },
            objects: ObjectHabits {
                copy: CopyHabits {
                    parts: true,
                    limit: None,
                    source_first: true,
                    data: CopiedData::Shared,
                    conditions: SourceConditions::Misnamed,
                    conditional: false,
                    keeps_parts: true,
                    tags: CopiedTags::WithMetadata,
                    tells_versions: false,
                    quoted_etag: false,
                    bad_range: (416, "InvalidRange"),
                },
                part_numbers: false,
                tags_of_uploads: false,
                tells_null: false,
                tells_marker: false,
                missing_version: "NoSuchKey",
                conditional_delete: false,
            },
            lifecycle: LifecycleHabits {
                form: LifecycleForm::Ceph,
                needs_checksum: false,
                default_minimum: None,
                stale_reads: 0,
                resets_default_minimum: false,
            },
            ..aws
        }
    }
}
