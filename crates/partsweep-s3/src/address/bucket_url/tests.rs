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
async fn aws_buckets_are_hosts_where_they_can_be() {
    let aws = async |bucket| url(None, Addressing::Auto, bucket).await;
    assert_eq!(aws("logs").await, "https://logs.s3.eu-west-1.amazonaws.com");
    assert_eq!(aws("a.b").await, "https://s3.eu-west-1.amazonaws.com/a.b");
    assert_eq!(
        aws("Upper").await,
        "https://s3.eu-west-1.amazonaws.com/Upper"
    );
    let by_path = url(None, Addressing::Path, "logs").await;
    assert_eq!(by_path, "https://s3.eu-west-1.amazonaws.com/logs");
    let given = Some("https://s3.eu-west-1.amazonaws.com");
    let given = url(given, Addressing::Auto, "logs").await;
    assert_eq!(given, "https://logs.s3.eu-west-1.amazonaws.com");
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
        "https://logs.s3.us-west-2.amazonaws.com"
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

#[tokio::test]
async fn directory_buckets_are_refused() {
    let places = Places::new(None, Addressing::Auto, false, false);
    let region = Arc::from("us-east-1");
    let error = places
        .of(Some("b--use1-az4--x-s3"), &region, &region)
        .await
        .unwrap_err();
    assert!(matches!(error, BucketUrlError::DirectoryBucket), "{error}");
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
