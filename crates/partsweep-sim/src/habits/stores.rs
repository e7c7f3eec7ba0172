//! The habits of each store.

use super::{
    AbortHabits, BucketHabits, Class, CompleteHabits, ControlText, Crossing, Delimiter, Echo,
    EmptyId, Encoded, Encoding, Gone, Habits, IdStyle, Initiated, KeyRule, ListingHabits, Location,
    Markers, NoRights, OddNumber, Order, PageSize, PartOrder, PartsHabits, People, RefusalHabits,
    Regions, Skew, Strangers, Truncated, Unsigned,
};
use crate::percent::Space;

/// AWS's limit for uploads and parts on a page.
const PAGE: usize = 1_000;
/// The limit of the stores that give more at once.
const LONG_PAGE: usize = 10_000;

impl Habits {
    /// Every store's habits.
    pub fn all() -> [Self; 6] {
        [
            Self::aws(),
            Self::ceph(),
            Self::garage(),
            Self::seaweedfs(),
            Self::minio(),
            Self::swift(),
        ]
    }

    /// Finds a store's habits by its name.
    pub fn named(store: &str) -> Option<Self> {
        Self::all().into_iter().find(|habits| habits.store == store)
    }

    /// AWS S3, general-purpose buckets, as documented.
    pub fn aws() -> Self {
        Self {
            store: "aws",
            server: Some("AmazonS3"),
            regions: Regions::OfBucket,
            head_bucket_region: true,
            location: Location::Region,
            buckets: BucketHabits {
                paged: true,
                namespace: true,
                created: None,
            },
            refusals: RefusalHabits {
                strangers: Strangers::Told,
                skew: Skew::QuarterHour,
                no_rights: NoRights::AccessDenied,
                unsigned: Unsigned::AccessDenied,
                explained: true,
            },
            keys: KeyRule::AsIs("KeyTooLongError"),
            ids: IdStyle::Rising,
            control: ControlText::Reference,
            listing: ListingHabits {
                order: Order::KeyThenId,
                page_by_id: false,
                from_memory: false,
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
                last_number: 10_000,
            },
            abort: AbortHabits {
                again: Gone::NoContentForADay,
                unknown: Gone::NoSuchUpload,
                completed: Gone::NoSuchUpload,
                empty: EmptyId::NoSuchUpload,
            },
            complete: CompleteHabits {
                conditional: true,
                any_order: false,
                repeatable: false,
                crossing: Crossing::Whole,
            },
            delete_overlooks: &[],
            put_ends_uploads: false,
        }
    }

    /// Ceph RADOS Gateway, measured on 16.2.15.
    pub fn ceph() -> Self {
        let aws = Self::aws();
        Self {
            store: "ceph",
            server: None,
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::Constant("default"),
            buckets: BucketHabits {
                paged: false,
                ..aws.buckets
            },
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
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoSuchUpload,
                empty: EmptyId::DeletesObject,
                ..aws.abort
            },
            complete: CompleteHabits {
                conditional: false,
                any_order: true,
                repeatable: true,
                crossing: Crossing::LostAtCollection,
            },
            ..aws
        }
    }

    /// Garage, measured on 2.5.0.
    pub fn garage() -> Self {
        let aws = Self::aws();
        Self {
            store: "garage",
            server: None,
            regions: Regions::Own,
            head_bucket_region: false,
            location: Location::Region,
            buckets: BucketHabits {
                paged: false,
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
            delete_overlooks: &["uploadId"],
            put_ends_uploads: true,
            ..aws
        }
    }

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
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoContent,
                ..aws.abort
            },
            delete_overlooks: &["uploads", "uploadId"],
            ..aws
        }
    }

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
                ..aws.buckets
            },
            keys: KeyRule::Minio,
            ids: IdStyle::Base64,
            control: ControlText::Replaced,
            listing: ListingHabits {
                from_memory: true,
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
                ..aws.parts
            },
            abort: AbortHabits {
                again: Gone::NoContent,
                unknown: Gone::NoContent,
                completed: Gone::NoContent,
                empty: EmptyId::NoContent,
            },
            delete_overlooks: &["uploads", "uploadId"],
            ..aws
        }
    }

    /// OpenStack Swift with s3api, measured on 2.38.3.
    pub fn swift() -> Self {
        let aws = Self::aws();
        Self {
            store: "swift",
            server: None,
            regions: Regions::Any,
            head_bucket_region: false,
            location: Location::Region,
            buckets: BucketHabits {
                paged: false,
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
            delete_overlooks: &["lifecycle"],
            ..aws
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_is_found_by_its_name() {
        for habits in Habits::all() {
            let found = Habits::named(habits.store).map(|found| found.store);
            assert_eq!(found, Some(habits.store));
        }
        assert!(Habits::named("S3").is_none());
    }
}
