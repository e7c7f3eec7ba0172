//! Who is let in, and what the others are told.

use jiff::SignedDuration;
use partsweep_sim::{ACCESS_KEY, Credential, Habits, Operation, SECRET_KEY};

use crate::client::{Ask, exchange};
use crate::{ask, get, start};

#[tokio::test]
async fn strangers_and_forgeries_are_told_apart() {
    let sim = start(Habits::aws()).await;
    assert_eq!(get(&sim, "/b?uploads").await.status, 200);
    let mut forged = Ask::new("GET", "/b?uploads");
    forged.secret_key = "wrong".to_owned();
    assert_eq!(
        forged.send(&sim).await.code(),
        (403, "SignatureDoesNotMatch")
    );
    let mut stranger = Ask::new("GET", "/b?uploads");
    stranger.access_key = "NOBODY".to_owned();
    assert_eq!(
        stranger.send(&sim).await.code(),
        (403, "InvalidAccessKeyId")
    );
    let mut slipped_in = Ask::new("GET", "/b?uploads");
    slipped_in
        .unsigned
        .push(("x-amz-request-payer", "requester".to_owned()));
    assert_eq!(slipped_in.send(&sim).await.code(), (403, "AccessDenied"));
    let anonymous = exchange(
        &sim,
        "GET /b?uploads HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    );
    assert_eq!(anonymous.await.unwrap().code(), (403, "AccessDenied"));
}

#[tokio::test]
async fn a_clock_that_is_off_by_an_hour_is_told_so() {
    for (habits, hour, days) in [
        (
            Habits::aws(),
            (403, "RequestTimeTooSkewed"),
            (403, "RequestTimeTooSkewed"),
        ),
        (Habits::garage(), (200, ""), (400, "InvalidRequest")),
    ] {
        let sim = start(habits).await;
        let request = ask(&sim, "GET", "/b?uploads").signed(&sim);
        sim.clock().advance(SignedDuration::from_hours(1));
        assert_eq!(exchange(&sim, &request).await.unwrap().code(), hour);
        sim.clock().advance(SignedDuration::from_hours(47));
        assert_eq!(exchange(&sim, &request).await.unwrap().code(), days);
    }
}

#[tokio::test]
async fn the_right_region_is_told() {
    let sim = start(Habits::aws()).await;
    sim.create_bucket_in("far", "eu-west-1");
    let by_path = Ask::new("GET", "/far?uploads").send(&sim).await;
    assert_eq!(by_path.code(), (301, "PermanentRedirect"));
    assert_eq!(by_path.header("x-amz-bucket-region"), Some("eu-west-1"));
    let mut by_host = Ask::new("GET", "/?uploads");
    by_host.host = Some("far.localhost".to_owned());
    let told = by_host.send(&sim).await;
    assert_eq!(told.code(), (400, "AuthorizationHeaderMalformed"));
    assert_eq!(told.element("Region"), Some("eu-west-1"));
    assert_eq!(by_host.region("eu-west-1").send(&sim).await.status, 200);
    let head = Ask::new("HEAD", "/far").send(&sim).await;
    assert_eq!(
        (head.status, head.header("x-amz-bucket-region")),
        (301, Some("eu-west-1"))
    );
    let garage = start(Habits::garage()).await;
    let told = Ask::new("GET", "/b?uploads").send(&garage).await;
    assert_eq!(told.element("Region"), Some("garage"));
}

#[tokio::test]
async fn a_right_is_denied_alone_and_in_one_bucket() {
    let sim = start(Habits::aws()).await;
    sim.create_bucket("c");
    sim.add_credential(Credential::new("reader", SECRET_KEY));
    let id = sim.create_upload("b", "k").unwrap();
    sim.deny("reader", Some("b"), Operation::AbortMultipartUpload);
    let mut abort = Ask::new("DELETE", format!("/b/k?uploadId={id}"));
    abort.access_key = "reader".to_owned();
    assert_eq!(abort.send(&sim).await.code(), (403, "AccessDenied"));
    assert_eq!(sim.count_uploads("b"), 1);
    let mut list = Ask::new("GET", "/b?uploads");
    list.access_key = "reader".to_owned();
    assert_eq!(list.send(&sim).await.status, 200);
    sim.allow_all("reader");
    assert_eq!(abort.send(&sim).await.status, 204);

    let garage = start(Habits::garage()).await;
    garage.deny_all(ACCESS_KEY, "b");
    assert_eq!(
        get(&garage, "/b?uploads").await.code(),
        (404, "NoSuchBucket")
    );
}
