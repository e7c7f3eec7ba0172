//! Whoever is told of each request sees every attempt, and no secret (law 9).

use std::sync::{Arc, Mutex};

use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Inspect};
use partsweep_s3::{RequestEnd, RequestObserver, Settings, StaticKeys, Store};

use crate::rig::key;
use crate::scripted::{Reply, Scripted, error, ok};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEBYaDHVuaXF1ZS10b2tlbi1vZi1vdXJz0123456789abcdefghijklmnop";
const SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
const EMPTY: &str =
    "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";

/// A client of a server, and what it was told.
async fn observed(server: &Scripted) -> (Store, Arc<Mutex<Vec<RequestEnd>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&told);
    let observer = RequestObserver::new(move |end| all.lock().unwrap().push(end.clone()));
    let store = Store::connect(Settings {
        keys: Some(StaticKeys::new(ID, SECRET, Some(TOKEN.to_owned()))),
        observer: Some(observer),
        ..server.settings()
    })
    .await
    .unwrap();
    (store, told)
}

#[tokio::test]
async fn each_attempt_at_a_request_is_told_as_it_ends() {
    let server = Scripted::start(|number, _| match number {
        0 => error("503 Slow Down", "SlowDown"),
        1 => Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf".to_vec()),
        _ => ok(EMPTY),
    })
    .await;
    let (store, told) = observed(&server).await;
    let bucket = BucketName::new("b").unwrap();
    store
        .list_uploads(&bucket, "a b/", &Markers::START)
        .await
        .unwrap();
    let told = told.lock().unwrap();
    let asked = "/b?uploads&max-uploads=1000&prefix=a%20b%2F";
    let attempts = told
        .iter()
        .map(|end| (&*end.method, &*end.target, end.attempt));
    let expected = [1, 2, 3].map(|attempt| ("GET", asked, attempt));
    assert_eq!(attempts.collect::<Vec<_>>(), expected);
    let statuses = told
        .iter()
        .map(|end| end.result.as_ref().ok().map(|answer| answer.status));
    assert_eq!(statuses.collect::<Vec<_>>(), [Some(503), None, Some(200)]);
    let bytes = told[2].result.as_ref().unwrap().bytes;
    assert_eq!(bytes, EMPTY.len() as u64);
    assert!(!told[1].result.as_ref().unwrap_err().is_empty(), "in words");
}

#[tokio::test]
async fn what_is_told_of_a_request_holds_no_secret() {
    let server = Scripted::start(|_, _| error("404 Not Found", "NoSuchKey")).await;
    let (store, told) = observed(&server).await;
    let bucket = BucketName::new("b").unwrap();
    let echoed = format!(
        "{ID}/{SECRET}?X-Amz-Credential={ID}&X-Amz-Security-Token={TOKEN}&X-Amz-Signature={SIGNATURE}&end"
    );
    let _ = store.head_object(&bucket, &key(&echoed)).await;
    let _ = store.list_uploads(&bucket, &echoed, &Markers::START).await;
    let told = told.lock().unwrap();
    assert!(told.iter().any(|end| end.method == "HEAD"), "{told:?}");
    assert!(told.iter().any(|end| end.method == "GET"), "{told:?}");
    for end in told.iter() {
        assert!(end.target.ends_with("end"), "{end:?}");
        let sent = server.seen();
        let own = sent
            .iter()
            .filter_map(|request| request.head.split_once("Signature="))
            .filter_map(|(_, rest)| rest.lines().next());
        for secret in own.chain([ID, SECRET, TOKEN, SIGNATURE]) {
            let secret = secret.trim();
            assert!(!format!("{end:?}").contains(secret), "{secret} in {end:?}");
        }
    }
}
