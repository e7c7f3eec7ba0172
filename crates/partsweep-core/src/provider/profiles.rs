//! What is known of each store, as data.
//!
//! A profile says only what changes what we do. Where a fact was measured, the servers' suite
//! (`tests/servers/`) holds it; where it comes from a vendor's page, the field `source` says so.

use super::profile::{AbortRisk, ListingTrust, PrefixMeaning, Provider, RequestPrice};
use crate::listing::ranges::ListingOrder;
use crate::model::believe::DocumentTime;

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
    "this store lists only uploads that one server process remembers: those from before its last start, or on another node, are missing",
);

/// A store that has not been recognised.
pub const UNKNOWN: Provider = Provider {
    // It may be one where nothing can be repaired.
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
    listing: ListingTrust::Gaps(
        "versions of this store before July 2026 list uploads for an exact key only",
    ),
    prefix: PrefixMeaning::ExactKey,
    source: "rustfs/rustfs#5195",
    ..BASE
};

/// IDrive e2: of MinIO's lineage.
pub const IDRIVE: Provider = Provider {
    id: "idrive",
    name: "IDrive e2",
    listing: ListingTrust::Gaps("this store is based on MinIO, which doesn't list every upload"),
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
