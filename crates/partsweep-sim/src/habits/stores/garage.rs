//! What Garage does.

use super::PAGE;
use crate::habits::{
    AbortHabits, BucketHabits, Class, CompleteHabits, ControlText, Crossing, EmptyId, Encoding,
    Gone, Habits, IdStyle, LifecycleForm, LifecycleHabits, ListingHabits, Location, Markers,
    NoRights, OddNumber, PageSize, PartsHabits, People, RefusalHabits, Regions, RequestIds, Skew,
    Strangers,
};
use crate::percent::Space;

impl Habits {
    /// Garage, measured on 2.5.0.
    pub fn garage() -> Self {
        let aws = Self::aws();
        Self {
            store: "garage",
            server: None,
            request_ids: RequestIds::None,
            regions: Regions::Own,
            head_bucket_region: false,
            location: Location::Region,
            buckets: BucketHabits {
                paged: false,
                by_token: false,
                namespace: false,
                ..aws.buckets
            },
            refusals: RefusalHabits {
                strangers: Strangers::AccessDenied,
                skew: Skew::Day,
                no_rights: NoRights::NoSuchBucket,
                ..aws.refusals
            },
            ids: IdStyle::Hex,
            control: ControlText::Raw,
            listing: ListingHabits {
                page_by_id: true,
                page: PageSize {
                    most: PAGE,
                    odd: OddNumber::One,
                },
                markers: Markers::IdWithinKey,
                encoding: Encoding {
                    slash: true,
                    space: Space::Percent,
                    ..aws.listing.encoding
                },
                empty_elements: false,
                people: People::Dummy("GKDummyKey", "Dummy Key"),
                class: Class::Standard,
                checks_id_marker: true,
                ..aws.listing
            },
            parts: PartsHabits {
                people: People::Dummy("GKDummyKey", "Dummy Key"),
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoSuchUpload,
                empty: EmptyId::DeletesObject,
                ..aws.abort
            },
            complete: CompleteHabits {
                conditional: false,
                crossing: Crossing::NeverAppears,
                ..aws.complete
            },
            lifecycle: LifecycleHabits {
                form: LifecycleForm::Garage,
                needs_checksum: false,
                default_minimum: None,
                stale_reads: 0,
                resets_default_minimum: false,
            },
            delete_overlooks: &["uploadId"],
            put_ends_uploads: true,
            ..aws
        }
    }
}
