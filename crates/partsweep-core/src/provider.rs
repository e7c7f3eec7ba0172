//! What is known of each store, as data.
//!
//! A profile says only what changes what we do. Where a fact was measured, the servers' suite
//! (`tests/servers/`) holds it; where it comes from a vendor's page, the field `source` says so.

use crate::ranges::ListingOrder;

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

/// One store.
#[derive(Debug, PartialEq, Eq)]
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
    /// Whether an abort that crosses a complete can destroy the finished object.
    pub abort_can_hurt: bool,
    /// Whether an object that was lost so can be saved by copying it before garbage is collected.
    pub can_be_mended: bool,
    /// What a request that lists costs; none if it costs nothing, or that is not known.
    pub list_price: Option<RequestPrice>,
    /// Where this comes from.
    pub source: &'static str,
}

impl Provider {
    /// Whether nothing but age is known to protect an upload that is being completed (law 12). A
    /// store that has not been recognised may be one where nothing can be mended: mending is tried
    /// there, and not relied on.
    pub fn only_age_protects(&self) -> bool {
        self.abort_can_hurt && !self.can_be_mended || self.id == UNKNOWN.id
    }

    /// Whether the key has to be looked at after every abort (law 12).
    pub fn must_look_after(&self) -> bool {
        self.abort_can_hurt && self.can_be_mended
    }
}

const BASE: Provider = Provider {
    id: "unknown",
    name: "unknown S3 store",
    listing: ListingTrust::Whole,
    prefix: PrefixMeaning::Prefix,
    order: ListingOrder::Unknown,
    key_marker_is_enough: false,
    // Until it is known better, an abort can hurt.
    abort_can_hurt: true,
    can_be_mended: true,
    list_price: None,
    source: "S3 API reference",
};

const MEMORY_OF_ONE_NODE: ListingTrust = ListingTrust::Gaps(
    "this store lists uploads from the memory of one server process: those from before its last start, or on another node, are not shown",
);

/// A store that has not been recognised.
pub const UNKNOWN: Provider = BASE;

/// Amazon S3.
pub const AWS: Provider = Provider {
    id: "aws",
    name: "Amazon S3",
    order: ListingOrder::Key,
    abort_can_hurt: false,
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
    can_be_mended: false,
    source: "measured on 2.5.0",
    ..BASE
};

/// MinIO.
pub const MINIO: Provider = Provider {
    id: "minio",
    name: "MinIO",
    listing: MEMORY_OF_ONE_NODE,
    prefix: PrefixMeaning::ExactKey,
    abort_can_hurt: false,
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
    can_be_mended: false,
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
    source: "DreamHost help; Ceph as measured on 16.2.15",
    ..BASE
};

/// Other services that run Ceph.
pub const HOSTED_CEPH: Provider = Provider {
    id: "hosted-ceph",
    name: "hosted Ceph",
    order: ListingOrder::EntryName,
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

/// By the end of the endpoint's host name.
const BY_HOST: &[(&str, &Provider)] = &[
    ("amazonaws.com", &AWS),
    ("amazonaws.com.cn", &AWS),
    ("amazonaws.eu", &AWS),
    ("r2.cloudflarestorage.com", &R2),
    ("backblazeb2.com", &B2),
    ("us-east-005.dream.io", &B2),
    ("dream.io", &DREAMOBJECTS),
    ("dreamhost.com", &DREAMOBJECTS),
    ("wasabisys.com", &WASABI),
    ("storage.googleapis.com", &GCS),
    ("digitaloceanspaces.com", &HOSTED_CEPH),
    ("linodeobjects.com", &HOSTED_CEPH),
    ("your-objectstorage.com", &HOSTED_CEPH),
    ("storjshare.io", &STORJ),
    ("idrivee2.com", &IDRIVE),
    ("idrivee2-1.com", &IDRIVE),
];

/// By the beginning of the `Server` header.
const BY_SERVER: &[(&str, &Provider)] = &[
    ("amazons3", &AWS),
    ("minio", &MINIO),
    ("seaweedfs", &SEAWEEDFS),
    ("ceph object gateway", &CEPH),
    ("rustfs", &RUSTFS),
    ("storagegrid", &STORAGEGRID),
    ("garage", &GARAGE),
    ("partsweep-sim", &SIM),
];

/// What an answer tells about who sent it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// The endpoint's host.
    pub host: &'a str,
    /// The `Server` header.
    pub server: Option<&'a str>,
    /// The `x-amz-request-id` header.
    pub request_id: Option<&'a str>,
    /// The access key id that the request was signed with.
    pub access_key: Option<&'a str>,
    /// The answer has an `x-trans-id` or `x-openstack-request-id` header.
    pub openstack: bool,
    /// The answer has a header that starts with `x-rgw-`.
    pub rgw: bool,
}

/// Recognises a store: by the host of the endpoint, then by what its answers look like.
pub fn recognise(signals: &Signals<'_>) -> &'static Provider {
    let host = signals.host.to_ascii_lowercase();
    let ends = |suffix: &str| {
        host.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let server = signals.server.unwrap_or_default().to_ascii_lowercase();
    let by_host = BY_HOST.iter().find(|(suffix, _)| ends(suffix));
    let by_server = BY_SERVER
        .iter()
        .find(|(start, _)| server.starts_with(start));
    if let Some((_, provider)) = by_host.or(by_server) {
        return provider;
    }
    if signals.openstack {
        return &SWIFT;
    }
    // tx000003f6c0ee2eb23dd4e-0069242a1b-1067-default
    let request_id = signals.request_id.unwrap_or_default();
    let is_rgw_id = request_id.starts_with("tx0") && request_id.split('-').count() >= 4;
    if signals.rgw || is_rgw_id {
        return &CEPH;
    }
    // Garage 2.5 sends neither a server name nor a request id, but makes keys of this form, and
    // takes no other. What a proxy before it adds proves nothing (law 12).
    let is_garage_key = signals.access_key.is_some_and(|key| {
        key.len() == 26 && key.starts_with("GK") && key[2..].bytes().all(|b| b.is_ascii_hexdigit())
    });
    if is_garage_key { &GARAGE } else { &UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_host(host: &str) -> &'static str {
        recognise(&Signals {
            host,
            ..Signals::default()
        })
        .id
    }

    #[test]
    fn hosts_are_matched_by_whole_labels() {
        assert_eq!(by_host("bucket.s3.eu-central-1.amazonaws.com"), "aws");
        assert_eq!(by_host("objects-us-east-1.dream.io"), "dreamobjects");
        assert_eq!(by_host("s3.us-east-005.dream.io"), "b2");
        assert_eq!(by_host("evil-amazonaws.com"), "unknown");
        assert_eq!(by_host("127.0.0.1"), "unknown");
    }

    #[test]
    fn answers_are_recognised() {
        let by = |signals: Signals<'_>| recognise(&signals).id;
        assert_eq!(
            by(Signals {
                server: Some("MinIO"),
                ..Signals::default()
            }),
            "minio"
        );
        assert_eq!(
            by(Signals {
                server: Some("SeaweedFS 30GB 4.48"),
                ..Signals::default()
            }),
            "seaweedfs"
        );
        let rgw = "tx000003f6c0ee2eb23dd4e-0069242a1b-1067-default";
        assert_eq!(
            by(Signals {
                request_id: Some(rgw),
                ..Signals::default()
            }),
            "ceph"
        );
        assert_eq!(
            by(Signals {
                openstack: true,
                request_id: Some("tx1-2"),
                ..Signals::default()
            }),
            "swift"
        );
        let garage = Signals {
            access_key: Some("GK9955a3a9b7de7d0cd8b54dee"),
            ..Signals::default()
        };
        assert_eq!(by(garage), "garage");
        assert_eq!(by(Signals::default()), "unknown");
    }

    /// A proxy that ends TLS before it is the usual set-up, and puts its own name in.
    #[test]
    fn garage_is_recognised_behind_a_proxy_and_no_other_store_is_taken_for_it() {
        let by = |server, request_id, rgw| {
            let signals = Signals {
                server,
                request_id,
                rgw,
                access_key: Some("GK9955a3a9b7de7d0cd8b54dee"),
                ..Signals::default()
            };
            recognise(&signals).id
        };
        assert_eq!(by(Some("nginx"), None, false), "garage");
        assert_eq!(by(Some("cloudflare"), Some("8c1f-FRA"), false), "garage");
        // A key of any form can be brought along to these.
        assert_eq!(by(Some("MinIO"), None, false), "minio");
        assert_eq!(by(Some("nginx"), None, true), "ceph");
        let rgw = "tx000003f6c0ee2eb23dd4e-0069242a1b-1067-default";
        assert_eq!(by(Some("nginx"), Some(rgw), false), "ceph");
        for other in ["GK9955a3a9b7de7d0cd8b54de", "GK9955a3a9b7de7d0cd8b54dez"] {
            let signals = Signals {
                access_key: Some(other),
                ..Signals::default()
            };
            assert_eq!(recognise(&signals).id, "unknown");
        }
    }

    #[test]
    fn an_unknown_store_counts_as_one_where_an_abort_can_hurt() {
        let can_hurt = |server| {
            let server = Some(server);
            recognise(&Signals {
                server,
                ..Signals::default()
            })
            .abort_can_hurt
        };
        assert!(can_hurt("nginx") && can_hurt("Ceph Object Gateway (squid)") && can_hurt("Garage"));
        assert!(!can_hurt("AmazonS3") && !can_hurt("MinIO"));
    }
}
