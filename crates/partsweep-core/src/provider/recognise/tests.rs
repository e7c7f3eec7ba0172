//! Which host names and answers are taken for which store, and that nothing makes the tool bolder.

use proptest::prelude::*;

use super::*;
use crate::listing::ranges::ListingOrder;
use crate::provider::profile::{AbortRisk, ListingTrust, PrefixMeaning};
use crate::provider::profiles;

const RGW_ID: &str = "tx000003f6c0ee2eb23dd4e-0069242a1b-1067-default";
const GARAGE_KEY: &str = "GK9955a3a9b7de7d0cd8b54dee";

fn by_host(host: &str) -> &'static str {
    Identity::of_host(host).provider().id
}

fn server(name: &str) -> Signals<'_> {
    Signals {
        server: Some(name),
        ..Signals::default()
    }
}

fn after(host: &str, answers: &[Signals<'_>]) -> Provider {
    let mut identity = Identity::of_host(host);
    for answer in answers {
        identity.hear(answer);
        assert!(identity.knows(answer));
    }
    identity.provider()
}

#[test]
fn hosts_are_matched_by_whole_labels_and_the_longest_counts() {
    assert_eq!(by_host("objects-us-east-1.dream.io"), "dreamobjects");
    assert_eq!(by_host("s3.us-east-005.dream.io"), "dreamobjects-b2");
    assert_eq!(by_host("bucket.s3.US-WEST-004.BackblazeB2.com."), "b2");
    assert_eq!(by_host("evil-amazonaws.com"), "unknown");
    assert_eq!(by_host("notdream.io"), "unknown");
    assert_eq!(by_host("127.0.0.1"), "unknown");
}

#[test]
fn every_host_form_of_amazon_s3_is_amazon_s3() {
    for host in [
        "s3.amazonaws.com",
        "bucket.s3.amazonaws.com",
        "my.dotted.bucket.s3.eu-central-1.amazonaws.com",
        "s3-eu-west-1.amazonaws.com",
        "bucket.s3-eu-west-1.amazonaws.com",
        "s3-external-1.amazonaws.com",
        "s3.dualstack.eu-west-1.amazonaws.com",
        "s3-fips.us-gov-west-1.amazonaws.com",
        "s3-fips.dualstack.us-gov-east-1.amazonaws.com",
        "bucket.s3-accelerate.amazonaws.com",
        "bucket.s3-accelerate.dualstack.amazonaws.com",
        "logs-123456789012.s3-accesspoint.us-west-2.amazonaws.com",
        "logs-123456789012.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com",
        "name.mrap.accesspoint.s3-global.amazonaws.com",
        "ol-123456789012.s3-object-lambda.us-west-2.amazonaws.com",
        "ap-123456789012.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com",
        "bucket--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
        "s3express-control.us-east-1.amazonaws.com",
        "bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
        "s3.cn-north-1.amazonaws.com.cn",
        "bucket.s3.dualstack.cn-northwest-1.amazonaws.com.cn",
        "s3.eusc-de-east-1.amazonaws.eu",
        "s3.us-iso-east-1.c2s.ic.gov",
        "s3.us-isob-east-1.sc2s.sgov.gov",
        "S3.US-EAST-1.AMAZONAWS.COM.",
    ] {
        assert_eq!(by_host(host), "aws", "{host}");
    }
}

/// Breaker 1: such names belong to whoever rents the machine or the balancer behind them.
#[test]
fn no_other_host_below_amazonaws_com_is_amazon_s3() {
    for host in [
        "rgw-1234567890.eu-west-1.elb.amazonaws.com",
        "rgw-0123456789abcdef.elb.eu-west-1.amazonaws.com",
        "s3.eu-west-1.elb.amazonaws.com",
        "s3.elb.eu-west-1.amazonaws.com",
        "s3-1234567890.us-east-1.elb.amazonaws.com",
        "ec2-3-120-0-1.eu-central-1.compute.amazonaws.com",
        "ec2-3-120-0-1.compute-1.amazonaws.com",
        "s3.compute-1.amazonaws.com",
        "abcdef1234.execute-api.us-east-1.amazonaws.com",
        "s3.execute-api.us-east-1.amazonaws.com",
        "vpce-1a2b.vpce-svc-3c4d.us-east-1.vpce.amazonaws.com",
        "s3.vpce-svc-3c4d.us-east-1.vpce.amazonaws.com",
        "bucket.s3-website-us-east-1.amazonaws.com",
        "bucket.s3-website.eu-central-1.amazonaws.com",
        "d123.cloudfront.amazonaws.com",
        "us-east-1.amazonaws.com",
        "amazonaws.com",
        "s3..amazonaws.com",
        "s3.amazonaws.com.evil.example",
        "s3.amazonaws.org",
        "s3express-.us-east-1.amazonaws.com",
        "dualstack.us-east-1.amazonaws.com",
    ] {
        assert_eq!(by_host(host), "unknown", "{host}");
    }
}

#[test]
fn answers_are_recognised() {
    let by = |signals: Signals<'_>| after("127.0.0.1", &[signals]).id;
    assert_eq!(by(server("MinIO")), "minio");
    assert_eq!(by(server("SeaweedFS 30GB 4.48")), "seaweedfs");
    let rgw = Signals {
        request_id: Some(RGW_ID),
        ..Signals::default()
    };
    assert_eq!(by(rgw), "ceph");
    let swift = Signals {
        openstack: true,
        request_id: Some("tx1-2"),
        ..Signals::default()
    };
    assert_eq!(by(swift), "swift");
    let garage = Signals {
        access_key: Some(GARAGE_KEY),
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
            access_key: Some(GARAGE_KEY),
            ..Signals::default()
        };
        after("store.example.com", &[signals]).id
    };
    assert_eq!(by(Some("nginx"), None, false), "garage");
    assert_eq!(by(Some("cloudflare"), Some("8c1f-FRA"), false), "garage");
    for other in ["GK9955a3a9b7de7d0cd8b54de", "GK9955a3a9b7de7d0cd8b54dez"] {
        let signals = Signals {
            access_key: Some(other),
            ..Signals::default()
        };
        assert_eq!(after("store.example.com", &[signals]).id, "unknown");
    }
}

#[test]
fn an_unknown_store_counts_as_one_where_an_abort_can_hurt() {
    let answered = |name| after("store.example.com", &[server(name)]);
    for name in ["nginx", "Ceph Object Gateway (squid)", "Garage"] {
        assert!(answered(name).abort_can_hurt(), "{name}");
    }
    assert!(!answered("MinIO").abort_can_hurt());
    // Whoever calls itself so elsewhere than at AWS may be anyone.
    assert!(answered("AmazonS3").only_age_protects());
}

/// Breaker 1: the answers said who it was, and the host name was believed.
#[test]
fn an_answer_that_contradicts_a_host_of_aws_wins() {
    let host = "s3.eu-west-1.amazonaws.com";
    let ceph = after(host, &[server("Ceph Object Gateway (quincy)")]);
    assert_eq!((ceph.id, ceph.abort), ("ceph", AbortRisk::Repairable));
    assert_eq!(ceph.order, ListingOrder::Unknown, "neither is sure");
    let garage = Signals {
        access_key: Some(GARAGE_KEY),
        ..Signals::default()
    };
    let garage = after(host, &[garage]);
    assert_eq!(
        (garage.id, garage.abort),
        ("garage", AbortRisk::Unrepairable)
    );
    let minio = after(host, &[server("MinIO")]);
    assert_eq!(minio.prefix, PrefixMeaning::ExactKey);
    assert!(matches!(minio.listing, ListingTrust::Gaps(_)));
    // Amazon S3 always says who it is.
    let nameless = after(host, &[Signals::default()]);
    assert_eq!(
        (nameless.id, nameless.abort),
        ("unknown", AbortRisk::Unproven)
    );
    let itself = after(host, &[server("AmazonS3")]);
    assert_eq!(itself, AWS);
}

/// Breaker 6: the first recognised answer fixed the store for the run.
#[test]
fn a_later_answer_makes_it_more_careful_and_never_bolder() {
    let host = "store.example.com";
    let mixed = after(host, &[server("MinIO"), server("Ceph Object Gateway")]);
    assert_eq!(mixed.abort, AbortRisk::Repairable);
    assert_eq!(mixed.prefix, PrefixMeaning::ExactKey);
    let again = after(host, &[server("Ceph Object Gateway"), server("MinIO")]);
    assert_eq!(again.abort, AbortRisk::Repairable);
    let late = after(host, &[server("nginx"), server("MinIO")]);
    assert!(late.only_age_protects(), "an answer of nobody's came first");
    let both = after(host, &[server("Garage"), server("Ceph Object Gateway")]);
    assert!(both.only_age_protects() && both.must_recheck());
}

#[test]
fn a_hosted_store_keeps_its_name_where_its_answers_agree() {
    let ceph = Signals {
        request_id: Some(RGW_ID),
        ..Signals::default()
    };
    let dream = after("objects-us-east-1.dream.io", &[ceph, Signals::default()]);
    assert_eq!(dream.id, "dreamobjects");
    assert_eq!(dream.order, ListingOrder::EntryName);
    let b2 = after("s3.us-west-004.backblazeb2.com", &[server("nginx")]);
    assert_eq!(b2, profiles::B2);
}

fn any_answer() -> impl Strategy<Value = Signals<'static>> {
    let server = prop_oneof![
        Just(None),
        proptest::sample::select(vec![
            "AmazonS3",
            "MinIO",
            "SeaweedFS",
            "Ceph Object Gateway",
            "RustFS",
            "StorageGRID",
            "Garage",
            "nginx",
        ])
        .prop_map(Some),
    ];
    let id = prop_oneof![Just(None), Just(Some(RGW_ID)), Just(Some("8c1f"))];
    let key = prop_oneof![
        Just(None),
        Just(Some(GARAGE_KEY)),
        Just(Some("AKIAEXAMPLE"))
    ];
    (server, id, key, any::<bool>(), any::<bool>()).prop_map(
        |(server, request_id, access_key, openstack, rgw)| Signals {
            server,
            request_id,
            access_key,
            openstack,
            rgw,
        },
    )
}

proptest! {
    /// Whatever is heard, in whatever order: no precaution is ever dropped, and the sum is the same.
    #[test]
    fn precautions_only_grow_and_do_not_depend_on_the_order(
        host in proptest::sample::select(vec![
            "s3.amazonaws.com", "objects-us-east-1.dream.io", "store.example.com", "s3.wasabisys.com",
        ]),
        answers in proptest::collection::vec(any_answer(), 1..6),
    ) {
        let mut identity = Identity::of_host(host);
        let mut heard_any = false;
        for answer in &answers {
            let before = identity.provider();
            identity.hear(answer);
            let now = identity.provider();
            // What is not known before the first answer may become known by it.
            if heard_any || before.id != UNKNOWN.id {
                prop_assert!(now.abort_can_hurt() || !before.abort_can_hurt());
                prop_assert!(now.only_age_protects() || !before.only_age_protects());
                prop_assert!(now.prefix == PrefixMeaning::ExactKey || before.prefix == PrefixMeaning::Prefix);
                prop_assert!(now.listing != ListingTrust::Whole || before.listing == ListingTrust::Whole);
                prop_assert!(now.order == before.order || now.order == ListingOrder::Unknown);
            }
            heard_any = true;
        }
        let backwards: Vec<_> = answers.iter().rev().copied().collect();
        let (one, other) = (identity.provider(), after(host, &backwards));
        prop_assert_eq!(one.abort, other.abort);
        prop_assert_eq!(one.prefix, other.prefix);
        prop_assert_eq!(one.order, other.order);
        prop_assert_eq!(one.times, other.times);
    }
}

/// Breaker 6: the name in `Server` won over a sign of a store where an abort can hurt.
#[test]
fn two_signs_in_one_answer_take_the_precautions_of_both() {
    let ceph_id = Signals {
        request_id: Some(RGW_ID),
        ..Signals::default()
    };
    let rgw = Signals {
        rgw: true,
        ..Signals::default()
    };
    let swift = Signals {
        openstack: true,
        ..Signals::default()
    };
    let garage = Signals {
        access_key: Some(GARAGE_KEY),
        ..Signals::default()
    };
    for name in [
        "MinIO",
        "SeaweedFS 30GB 4.48",
        "RustFS",
        "StorageGRID",
        "partsweep-sim",
        "Garage",
    ] {
        for sign in [ceph_id, rgw, swift, garage] {
            let both = Signals {
                server: Some(name),
                ..sign
            };
            let together = after("store.example.com", &[both]);
            let apart = after("store.example.com", &[sign, server(name)]);

            assert!(together.is_as_careful_as(&apart), "{both:?}");
            assert_ne!(together.abort, AbortRisk::None, "{both:?}");
        }
    }
    let all = Signals {
        openstack: true,
        rgw: true,
        access_key: Some(GARAGE_KEY),
        ..server("MinIO")
    };
    let together = after("127.0.0.1", &[all]);
    let apart = after("127.0.0.1", &[swift, rgw, garage, server("MinIO")]);
    assert!(together.is_as_careful_as(&apart));
}
