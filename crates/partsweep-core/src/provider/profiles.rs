//! What is known of each store, as data.
//!
//! A profile says only what changes what we do. Where a fact was measured, the servers' suite
//! (`tests/servers/`) holds it; where it comes from a vendor's page, the field `source` says so.

use crate::listing::ranges::ListingOrder;

/// What a store's listing of uploads leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingTrust {
    /// Nothing that is known of.
    Whole,
    /// It is known to leave uploads out, for this reason.
    Gaps(&'static str),
}

/// What `prefix` means to a listing of uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixMeaning {
    /// Keys that start with it.
    Prefix,
    /// The one key that equals it (MinIO): the whole bucket has to be listed and filtered here.
    ExactKey,
}

/// What a store bills for a request that lists: uploads, or the parts of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPrice {
    /// US cents for a million.
    pub cents_per_million: u32,
    /// For what that holds; empty if for all there is.
    pub holds_for: &'static str,
    /// Where this comes from, and when it was so.
    pub source: &'static str,
}

/// What an abort that races with a complete does to the finished object (law 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortRisk {
    /// Nothing: the object stays whole.
    None,
    /// It can destroy the object, which can be saved by copying it before garbage is collected.
    Repairable,
    /// What it does is not known, or readings of the store differ: saving is tried and not relied on.
    Unproven,
    /// It destroys the object for good.
    Unrepairable,
}

impl AbortRisk {
    /// The more dangerous of two readings.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, risk) | (risk, Self::None) => risk,
            (mine, theirs) if mine == theirs => mine,
            // Saving may help, or not: both precautions hold.
            _ => Self::Unproven,
        }
    }
}

/// How far the times in a store's documents can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentTime {
    /// They are UTC, as they say: measured, or documented by the vendor.
    Utc,
    /// Some small servers write local time with a `Z` (rclone/gofakes3#14, basho/riak_cs#197).
    MayBeLocal,
}

/// One store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The word in machine formats.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whether a listing that came to its end shows everything.
    pub listing: ListingTrust,
    /// What a prefix does.
    pub prefix: PrefixMeaning,
    /// In which order uploads are listed; a known one lets a bucket be listed in parallel.
    pub order: ListingOrder,
    /// Whether a NextKeyMarker without NextUploadIdMarker skips nothing.
    pub key_marker_is_enough: bool,
    /// What an abort that races with a complete does to the finished object.
    pub abort: AbortRisk,
    /// How far `Initiated` and `LastModified` can be believed.
    pub times: DocumentTime,
    /// Whether an abort of an upload that is gone already is answered as such (404). Elsewhere a 204
    /// does not prove that it was this abort that ended the upload (law 6).
    pub tells_gone: bool,
    /// Whether every object that was completed from N parts has an ETag that ends in `-N`, and no
    /// other object has one.
    pub etag_counts_parts: bool,
    /// Whether `If-Match` on what a copy overwrites is known to be honoured or overlooked. Elsewhere
    /// it may be refused, or taken for a condition on the source.
    pub if_match_on_copy: bool,
    /// Whether the key of a part's source may be decoded twice, so that `%41` is taken for `A`.
    pub decodes_source_twice: bool,
    /// What a request that lists costs; none if it costs nothing, or that is not known.
    pub list_price: Option<RequestPrice>,
    /// Where this comes from.
    pub source: &'static str,
}

impl Provider {
    /// Whether an abort that races with a complete can destroy the finished object.
    pub fn abort_can_hurt(&self) -> bool {
        self.abort != AbortRisk::None
    }

    /// Whether nothing but age is known to protect an upload that is being completed (law 12).
    pub fn only_age_protects(&self) -> bool {
        matches!(self.abort, AbortRisk::Unproven | AbortRisk::Unrepairable)
    }

    /// Whether the key has to be looked at after every abort (law 12).
    pub fn must_look_after(&self) -> bool {
        matches!(self.abort, AbortRisk::Repairable | AbortRisk::Unproven)
    }

    /// Whether both ask for the same precautions.
    pub(super) fn is_as_careful_as(&self, other: &Self) -> bool {
        self.abort == other.abort
            && self.listing == other.listing
            && self.prefix == other.prefix
            && self.times == other.times
    }

    /// The precautions of both: wherever two readings of one store differ, the more dangerous holds.
    pub(super) fn or(self, other: &Self) -> Self {
        let is_same = |mine: ListingOrder, theirs| mine == theirs;
        Self {
            id: self.id,
            name: self.name,
            listing: match self.listing {
                ListingTrust::Whole => other.listing,
                gaps @ ListingTrust::Gaps(_) => gaps,
            },
            prefix: match self.prefix {
                PrefixMeaning::Prefix => other.prefix,
                PrefixMeaning::ExactKey => PrefixMeaning::ExactKey,
            },
            order: if is_same(self.order, other.order) {
                self.order
            } else {
                ListingOrder::Unknown
            },
            key_marker_is_enough: self.key_marker_is_enough && other.key_marker_is_enough,
            abort: self.abort.or(other.abort),
            times: match self.times {
                DocumentTime::Utc => other.times,
                DocumentTime::MayBeLocal => DocumentTime::MayBeLocal,
            },
            tells_gone: self.tells_gone && other.tells_gone,
            etag_counts_parts: self.etag_counts_parts && other.etag_counts_parts,
            if_match_on_copy: self.if_match_on_copy && other.if_match_on_copy,
            decodes_source_twice: self.decodes_source_twice || other.decodes_source_twice,
            list_price: self
                .list_price
                .filter(|price| other.list_price == Some(*price)),
            source: self.source,
        }
    }
}

const BASE: Provider = Provider {
    id: "unknown",
    name: "unknown S3 store",
    listing: ListingTrust::Whole,
    prefix: PrefixMeaning::Prefix,
    order: ListingOrder::Unknown,
    key_marker_is_enough: false,
    // Until it is known better, an abort can hurt, as it does on Ceph.
    abort: AbortRisk::Repairable,
    times: DocumentTime::Utc,
    tells_gone: false,
    etag_counts_parts: false,
    if_match_on_copy: false,
    decodes_source_twice: true,
    list_price: None,
    source: "S3 API reference",
};

const MEMORY_OF_ONE_NODE: ListingTrust = ListingTrust::Gaps(
    "this store lists uploads from the memory of one server process: those from before its last start, or on another node, are not shown",
);

/// A store that has not been recognised.
pub const UNKNOWN: Provider = Provider {
    // It may be one where nothing can be mended.
    abort: AbortRisk::Unproven,
    times: DocumentTime::MayBeLocal,
    ..BASE
};

/// Amazon S3.
pub const AWS: Provider = Provider {
    id: "aws",
    name: "Amazon S3",
    order: ListingOrder::Key,
    abort: AbortRisk::None,
    etag_counts_parts: true,
    if_match_on_copy: true,
    decodes_source_twice: false,
    list_price: Some(RequestPrice {
        cents_per_million: 500,
        holds_for: "us-east-1",
        // It is not said which tier ListParts is in: that of LIST is the dearer one.
        source: "AWS pricing, PUT, COPY, POST and LIST requests, 2026-10-10",
    }),
    source: "AWS API reference, ListMultipartUploads and AbortMultipartUpload",
    ..BASE
};

/// Ceph RADOS Gateway.
pub const CEPH: Provider = Provider {
    id: "ceph",
    name: "Ceph RADOS Gateway",
    order: ListingOrder::EntryName,
    tells_gone: true,
    etag_counts_parts: true,
    if_match_on_copy: true,
    source: "measured on 16.2.15; ceph/ceph#60771",
    ..BASE
};

/// Garage.
pub const GARAGE: Provider = Provider {
    id: "garage",
    name: "Garage",
    order: ListingOrder::KeyByPage,
    key_marker_is_enough: true,
    // Complete answers 200 and the object never appears: 43 of 43 crossings.
    abort: AbortRisk::Unrepairable,
    tells_gone: true,
    source: "measured on 2.5.0",
    ..BASE
};

/// MinIO.
pub const MINIO: Provider = Provider {
    id: "minio",
    name: "MinIO",
    listing: MEMORY_OF_ONE_NODE,
    prefix: PrefixMeaning::ExactKey,
    abort: AbortRisk::None,
    source: "measured on 2026-02-12: 205 crossings, every object whole",
    ..BASE
};

/// SeaweedFS.
pub const SEAWEEDFS: Provider = Provider {
    id: "seaweedfs",
    name: "SeaweedFS",
    // Crossings left every object whole (136 of 136), but before September 2026 aborting a
    // leftover of a finished upload corrupted the object.
    source: "measured on 4.48; seaweedfs/seaweedfs#11382",
    ..BASE
};

/// OpenStack Swift with s3api.
pub const SWIFT: Provider = Provider {
    id: "swift",
    name: "OpenStack Swift",
    // The segments are gone at once: 20 of 20 crossings.
    abort: AbortRisk::Unrepairable,
    tells_gone: true,
    source: "measured on 2.38.3",
    ..BASE
};

/// Cloudflare R2.
pub const R2: Provider = Provider {
    id: "r2",
    name: "Cloudflare R2",
    list_price: Some(RequestPrice {
        cents_per_million: 450,
        holds_for: "",
        source: "Cloudflare docs, R2 pricing, class A operations, 2026-10-10",
    }),
    source: "Cloudflare docs, R2 S3 API compatibility",
    ..BASE
};

/// Backblaze B2.
pub const B2: Provider = Provider {
    id: "b2",
    name: "Backblaze B2",
    source: "Backblaze docs, S3-compatible API",
    ..BASE
};

/// Wasabi.
pub const WASABI: Provider = Provider {
    id: "wasabi",
    name: "Wasabi",
    source: "Wasabi docs",
    ..BASE
};

/// Google Cloud Storage, XML API.
pub const GCS: Provider = Provider {
    id: "gcs",
    name: "Google Cloud Storage",
    source: "Google Cloud docs, XML API multipart uploads",
    ..BASE
};

/// DreamObjects: Ceph on the older cluster.
pub const DREAMOBJECTS: Provider = Provider {
    id: "dreamobjects",
    name: "DreamObjects",
    order: ListingOrder::EntryName,
    tells_gone: true,
    etag_counts_parts: true,
    source: "DreamHost help; Ceph as measured on 16.2.15",
    ..BASE
};

/// Other services that run Ceph.
pub const HOSTED_CEPH: Provider = Provider {
    id: "hosted-ceph",
    name: "hosted Ceph",
    order: ListingOrder::EntryName,
    tells_gone: true,
    etag_counts_parts: true,
    source: "vendors' docs (DigitalOcean Spaces, Linode, Hetzner); Ceph as measured on 16.2.15",
    ..BASE
};

/// Storj.
pub const STORJ: Provider = Provider {
    id: "storj",
    name: "Storj",
    source: "storj/edge#207",
    ..BASE
};

/// NetApp StorageGRID.
pub const STORAGEGRID: Provider = Provider {
    id: "storagegrid",
    name: "NetApp StorageGRID",
    listing: ListingTrust::Gaps(
        "this store does not promise to list more than 1,000 uploads in a bucket",
    ),
    source: "NetApp docs, operations on buckets",
    ..BASE
};

/// RustFS: real listings only since July 2026, and the version is not shown.
pub const RUSTFS: Provider = Provider {
    id: "rustfs",
    name: "RustFS",
    listing: ListingTrust::Gaps("before July 2026 this store listed uploads of an exact key only"),
    prefix: PrefixMeaning::ExactKey,
    source: "rustfs/rustfs#5195",
    ..BASE
};

/// IDrive e2: of MinIO's lineage.
pub const IDRIVE: Provider = Provider {
    id: "idrive",
    name: "IDrive e2",
    listing: ListingTrust::Gaps(
        "this store is of MinIO's lineage, which does not list every upload",
    ),
    prefix: PrefixMeaning::ExactKey,
    source: "not measured",
    ..BASE
};

/// The simulated store behind `partsweep demo`.
pub const SIM: Provider = Provider {
    id: "sim",
    name: "partsweep's simulated store",
    list_price: None,
    source: "crates/partsweep-sim",
    ..AWS
};
