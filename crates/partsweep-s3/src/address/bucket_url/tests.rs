//! Where requests go, store by store.

use super::*;

async fn url(endpoint: Option<&str>, addressing: Addressing, bucket: &str) -> String {
    let endpoint = endpoint.map(|url| Endpoint::parse(url).unwrap());
    let places = Places::new(endpoint, addressing, false, false);
    let region = Arc::from("eu-west-1");
    let place = places.of(Some(bucket), &region, &region).await.unwrap();
    assert_eq!(&*place.region, "eu-west-1");
    format!("{}{}", place.origin, place.path)
}

#[tokio::test]
async fn aws_buckets_are_in_the_path_where_they_can_be() {
    let aws = async |bucket| url(None, Addressing::Auto, bucket).await;
    assert_eq!(aws("logs").await, "https://s3.eu-west-1.amazonaws.com/logs");
    assert_eq!(aws("a.b").await, "https://s3.eu-west-1.amazonaws.com/a.b");
    assert_eq!(
        aws("Upper").await,
        "https://s3.eu-west-1.amazonaws.com/Upper"
    );
    let by_path = url(None, Addressing::Path, "logs").await;
    assert_eq!(by_path, "https://s3.eu-west-1.amazonaws.com/logs");
    let given = Some("https://s3.eu-west-1.amazonaws.com");
    let given = url(given, Addressing::Auto, "logs").await;
    assert_eq!(given, "https://s3.eu-west-1.amazonaws.com/logs");
    let by_host = url(None, Addressing::Virtual, "logs").await;
    assert_eq!(by_host, "https://logs.s3.eu-west-1.amazonaws.com");
    let alias = "mine-abc123-s3alias";
    let alias = url(None, Addressing::Auto, alias).await;
    assert_eq!(
        alias,
        "https://mine-abc123-s3alias.s3.eu-west-1.amazonaws.com"
    );
    let fips = Some("https://s3-fips.us-east-1.amazonaws.com");
    let fips = url(fips, Addressing::Auto, "logs").await;
    assert_eq!(fips, "https://logs.s3-fips.us-east-1.amazonaws.com");
}

/// One bucket that AWS refuses in the path goes into the host's name, and stays there; the others don't.
#[tokio::test]
async fn an_aws_bucket_that_is_refused_in_the_path_is_remembered() {
    let places = Places::new(None, Addressing::Auto, false, false);
    let region = Arc::from("eu-west-1");
    let origin = async |bucket| {
        let place = places.of(Some(bucket), &region, &region).await.unwrap();
        place.origin.clone()
    };
    assert_eq!(origin("logs").await, "https://s3.eu-west-1.amazonaws.com");
    assert!(places.put_into_host(Some("logs")));
    assert!(!places.put_into_host(Some("logs")), "it is there already");
    assert!(!places.put_into_host(None));
    assert_eq!(
        origin("logs").await,
        "https://logs.s3.eu-west-1.amazonaws.com"
    );
    assert_eq!(origin("more").await, "https://s3.eu-west-1.amazonaws.com");
    for addressing in [Addressing::Path, Addressing::Virtual] {
        let said = Places::new(None, addressing, false, false);
        assert!(!said.put_into_host(Some("logs")), "{addressing:?}");
    }
}

#[tokio::test]
async fn other_stores_have_the_bucket_in_the_path() {
    let auto = async |endpoint, bucket| url(Some(endpoint), Addressing::Auto, bucket).await;
    assert_eq!(
        auto("https://s3.example.com", "logs").await,
        "https://s3.example.com/logs"
    );
    assert_eq!(
        auto("http://127.0.0.1:9000/", "b").await,
        "http://127.0.0.1:9000/b"
    );
    assert_eq!(auto("http://[::1]:9000", "b").await, "http://[::1]:9000/b");
    assert_eq!(auto("http://host/sub", "b").await, "http://host/sub/b");
    assert_eq!(auto("http://host:80/sub/", "b").await, "http://host/sub/b");
    assert_eq!(auto("http://h", "tenant:b").await, "http://h/tenant%3Ab");
    assert_eq!(
        auto("http://h", "b--use1-az4--x-s3").await,
        "http://h/b--use1-az4--x-s3"
    );
}

#[tokio::test]
async fn virtual_addressing_is_used_where_it_can_work() {
    let host = async |endpoint, bucket| url(Some(endpoint), Addressing::Virtual, bucket).await;
    assert_eq!(
        host("https://s3.example.com", "logs").await,
        "https://logs.s3.example.com"
    );
    assert_eq!(
        host("http://localhost:8000", "a.b").await,
        "http://a.b.localhost:8000"
    );
    assert_eq!(
        host("https://s3.example.com", "a.b").await,
        "https://s3.example.com/a.b"
    );
    assert_eq!(host("http://h", "Upper").await, "http://h/Upper");
    assert_eq!(
        host("http://127.0.0.1:9000", "b").await,
        "http://127.0.0.1:9000/b"
    );
}

#[tokio::test]
async fn a_bucket_in_another_region_is_not_behind_the_given_aws_endpoint() {
    let endpoint = Endpoint::parse("https://s3.eu-west-1.amazonaws.com").unwrap();
    let places = Places::new(Some(endpoint), Addressing::Auto, false, false);
    let (there, home) = (Arc::from("us-west-2"), Arc::from("eu-west-1"));
    let place = places.of(Some("logs"), &there, &home);
    assert_eq!(
        place.await.unwrap().origin,
        "https://s3.us-west-2.amazonaws.com"
    );
}

#[tokio::test]
async fn another_region_does_not_lead_past_the_given_vpc_endpoint() {
    let url = "https://bucket.vpce-1a2b-3c4d.s3.eu-west-1.vpce.amazonaws.com";
    let places = Places::new(
        Some(Endpoint::parse(url).unwrap()),
        Addressing::Path,
        false,
        false,
    );
    let (there, home) = (Arc::from("us-west-2"), Arc::from("eu-west-1"));
    let place = places.of(Some("logs"), &there, &home).await.unwrap();
    assert_eq!(place.origin, url);
    assert_eq!((&*place.path, &*place.region), ("/logs", "us-west-2"));
}

/// A directory bucket is never in the path, whatever was said of addressing, and at the public endpoints never at
/// another than its zone's.
#[tokio::test]
async fn directory_buckets_are_hosts_of_their_zones() {
    let region = Arc::from("us-east-1");
    let public = "https://s3.us-east-1.amazonaws.com";
    for addressing in [Addressing::Auto, Addressing::Path, Addressing::Virtual] {
        for endpoint in [None, Some(public)] {
            let endpoint = endpoint.map(|url| Endpoint::parse(url).unwrap());
            let places = Places::new(endpoint, addressing, false, false);
            for bucket in ["b--use1-az4--x-s3", "b--use1-az4--xa-s3"] {
                let place = places.of(Some(bucket), &region, &region).await.unwrap();
                let host = format!("{bucket}.s3express-use1-az4.us-east-1.amazonaws.com");
                assert_eq!((&*place.host, &*place.path), (&*host, ""));
                assert_eq!((&*place.region, place.is_express), ("us-east-1", true));
                assert!(!places.put_into_host(Some(bucket)), "it is there");
            }
            let place = places.of(Some("b"), &region, &region).await.unwrap();
            assert!(!place.is_express);
        }
    }
}

#[tokio::test]
async fn directory_buckets_are_listed_at_an_endpoint_of_the_region() {
    let places = Places::new(None, Addressing::Path, false, false);
    let place = places.of_directory_list(&"eu-north-1".into()).await;
    let place = place.unwrap();
    let url = "https://s3express-control.eu-north-1.amazonaws.com";
    assert_eq!((&*place.origin, &*place.path), (url, ""));
    assert_eq!((&*place.region, place.is_express), ("eu-north-1", true));
    for (endpoint, is_asked) in [
        ("https://s3.eu-north-1.amazonaws.com", true),
        (
            "https://bucket.vpce-1.s3.eu-north-1.vpce.amazonaws.com",
            false,
        ),
        ("https://s3.example.com", false),
    ] {
        let endpoint = Some(Endpoint::parse(endpoint).unwrap());
        let places = Places::new(endpoint, Addressing::Auto, false, false);
        assert_eq!(places.has_directory_buckets(), is_asked);
    }
}

/// What is named by its ARN is where its ARN says, whatever region is configured.
#[tokio::test]
async fn access_points_are_hosts_of_their_own() {
    let at = async |arn: &str| {
        let places = Places::new(None, Addressing::Auto, false, false);
        let (region, home) = (Arc::from("eu-west-1"), Arc::from("eu-west-1"));
        let place = places.of(Some(arn), &region, &home).await.unwrap();
        (
            place.origin.clone(),
            place.path.clone(),
            place.region.to_string(),
        )
    };
    for form in ["accesspoint/test", "accesspoint:test"] {
        let (origin, path, region) = at(&format!("arn:aws:s3:us-west-2:123456789012:{form}")).await;
        assert_eq!(
            origin,
            "https://test-123456789012.s3-accesspoint.us-west-2.amazonaws.com"
        );
        assert_eq!((&*path, &*region), ("", "us-west-2"));
    }
}
