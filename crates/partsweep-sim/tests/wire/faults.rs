//! What goes wrong when it is told to.

use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation};

use crate::client::{Told, exchange};
use crate::{ask, start};

#[tokio::test]
async fn faults_happen_to_the_request_they_are_meant_for() {
    let sim = start(Habits::aws()).await;
    let list = || ask(&sim, "GET", "/b?uploads");
    let fault = |nth, kind| {
        sim.faults().push(Fault::new(
            Operation::ListMultipartUploads,
            Nth::Only(nth),
            kind,
        ));
    };
    fault(1, FaultKind::SlowDown);
    fault(2, FaultKind::Reset);
    fault(3, FaultKind::CutDocument);
    fault(4, FaultKind::CutConnection);
    fault(5, FaultKind::ErrorInOk("InternalError"));
    fault(6, FaultKind::HtmlBadGateway);
    fault(7, FaultKind::EmptyOk);
    fault(
        8,
        FaultKind::Trickle {
            bytes: 100,
            every: Duration::from_millis(1),
        },
    );
    assert_eq!(list().send(&sim).await.code(), (503, "SlowDown"));
    let reset = exchange(&sim, &list().signed(&sim)).await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    let length = |told: &Told| {
        told.header("content-length")
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    let cut = list().send(&sim).await;
    assert!(!cut.body.contains("</ListMultipartUploadsResult>") && cut.body.len() == length(&cut));
    let cut = list().send(&sim).await;
    assert!(cut.body.len() < length(&cut), "{}", cut.body.len());
    assert_eq!(list().send(&sim).await.code(), (200, "InternalError"));
    let html = list().send(&sim).await;
    assert_eq!(
        (html.status, html.header("content-type")),
        (502, Some("text/html"))
    );
    assert_eq!(list().send(&sim).await.body, "");
    assert!(
        list()
            .send(&sim)
            .await
            .body
            .ends_with("</ListMultipartUploadsResult>")
    );
    assert_eq!(sim.count(Operation::ListMultipartUploads), 8);
    let statuses: Vec<u16> = sim.log().iter().map(|logged| logged.status).collect();
    assert_eq!(statuses, [503, 0, 200, 200, 200, 502, 200, 200]);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_abort_was_done() {
    let sim = start(Habits::ceph()).await;
    let id = sim.create_upload("b", "k").unwrap();
    let lost = Fault::new(
        Operation::AbortMultipartUpload,
        Nth::Every,
        FaultKind::AnswerLost,
    );
    sim.faults().push(lost.in_bucket("b"));
    let abort = ask(&sim, "DELETE", format!("/b/k?uploadId={id}")).signed(&sim);
    exchange(&sim, &abort).await.unwrap_err();
    assert_eq!(sim.count_uploads("b"), 0);
}

#[tokio::test]
async fn a_dropped_server_leaves_even_those_that_wait_for_an_answer() {
    let sim = start(Habits::aws()).await;
    sim.faults().push(Fault::new(
        Operation::ListMultipartUploads,
        Nth::Every,
        FaultKind::NeverAnswers,
    ));
    let waiting = ask(&sim, "GET", "/b?uploads").signed(&sim);
    let port = sim.port();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, waiting.as_bytes())
        .await
        .unwrap();
    while sim.total() == 0 {
        tokio::task::yield_now().await;
    }
    drop(sim);
    let mut bytes = Vec::new();
    // The end may be a FIN or a RST; what counts is that it comes, and without an answer.
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut bytes).await;
    assert!(bytes.is_empty());
}
