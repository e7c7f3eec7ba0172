//! The accept loop, and the way of a request from the socket to its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{fmt, io};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::admission::{Stopped, admit};
use super::connection::{ResetSwitch, Wire};
use crate::habits::RequestIds;
use crate::locks::read;
use crate::ops::dispatch;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::body::Body;
use crate::wire::operation::Operation;
use crate::wire::payload::{Payload, read_body};
use crate::wire::request::{COPY_SOURCE, Call};
use crate::world::faults::FaultKind;
use crate::world::log::Logged;
use crate::world::shared::{Shared, pause};

/// Takes connections until the sender of `stop` says so or is dropped.
pub(crate) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(serve(stream, Arc::clone(&shared), stop.clone()));
                }
                // Out of file descriptors, for example: others may be closed meanwhile.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            _ = stop.changed() => return,
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    shared.log.connected();
    // Without it, small answers wait for the client's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let reset = ResetSwitch::default();
    let wire = Wire::new(stream, reset.clone());
    let service = service_fn(|request| answer(Arc::clone(&shared), request, reset.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .half_close(false)
        .serve_connection(wire, service);
    tokio::pin!(connection);
    // An error here is the client's leaving, or a fault that was wanted.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    // A request that never ends must not keep the connection for ever.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = sleep(Duration::from_millis(100)) => {}
    }
}

/// No answer is sent: the connection ends.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is dropped by a fault")
    }
}

impl std::error::Error for Dropped {}

/// The id of the next request, as the store would make it; empty if it makes none.
fn request_id(shared: &Shared) -> String {
    let number = shared.request_ids.fetch_add(1, Ordering::Relaxed);
    let seconds = || shared.clock.now().as_second();
    match shared.habits.request_ids {
        RequestIds::None => String::new(),
        RequestIds::Hex => format!("{number:016X}"),
        RequestIds::Rgw => format!("tx{number:021x}-{:010x}-1067-default", seconds()),
        RequestIds::Swift => format!("tx{number:021x}-{:010x}", seconds()),
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    reset: ResetSwitch,
) -> Result<Response<Body>, Dropped> {
    let id = request_id(&shared);
    let (parts, body) = request.into_parts();
    let call = match Call::read(parts, &shared.habits) {
        Ok(call) => behind_access_point(&shared, call),
        Err(refusal) => {
            return Ok(respond(
                &shared,
                refusal.answer(&shared.habits, "", &id),
                &id,
            ));
        }
    };
    let _in_flight = shared.log.begin(call.operation);
    let fault = shared.faults.befall(call.operation, call.bucket.as_deref());
    let payload = read_body(&call, body).await.map_err(|_| Dropped)?;
    let answered = attempt(&shared, &call, &payload, fault, &id).await;
    let status = answered.as_ref().map_or(0, |answer| answer.status);
    shared.log.record(status, || Logged {
        at: shared.clock.now(),
        operation: call.operation,
        bucket: call.bucket.clone(),
        key: call.key.clone(),
        upload_id: call.query.get("uploadId").map(str::to_owned),
        query: call.query.raw.clone(),
        copy_source: call.header(COPY_SOURCE).map(str::to_owned),
        status,
    });
    let mut answer = answered.inspect_err(|Dropped| reset.turn_on())?;
    if call.method == Method::HEAD {
        answer.body = Body::empty();
        // A document that is not sent has no type; an object's size stays.
        if answer.status >= 300 {
            answer.headers.retain(|(name, _)| *name != "content-type");
        }
    }
    Ok(respond(&shared, answer, &id))
}

/// The same request for the bucket that an access point in the host's name stands for.
fn behind_access_point(shared: &Shared, mut call: Call) -> Call {
    if call.virtual_host {
        let state = read(&shared.state);
        let behind = call.bucket.as_ref();
        if let Some(bucket) = behind.and_then(|host| state.access_points.get(host)) {
            call.bucket = Some(bucket.clone());
        }
    }
    call
}

/// Does what is asked, or what the fault wants instead.
async fn attempt(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    fault: Option<FaultKind>,
    id: &str,
) -> Result<Answer, Dropped> {
    let latency = shared.faults.current_latency();
    let refused =
        |status, code| Some(Refusal::new(status, code).answer(&shared.habits, &call.path, id));
    let instead = match fault {
        Some(FaultKind::NeverAnswers) => std::future::pending().await,
        Some(FaultKind::Reset) => {
            pause(latency).await;
            return Err(Dropped);
        }
        Some(FaultKind::SlowDown) => refused(503, "SlowDown"),
        Some(FaultKind::InternalError) => refused(500, "InternalError"),
        Some(FaultKind::TooManyRequests) => refused(429, "TooManyRequests"),
        Some(FaultKind::Refused(status, code)) => refused(status, code),
        Some(FaultKind::ErrorInOk(code)) => refused(200, code),
        Some(FaultKind::HtmlOk) => Some(Answer::text(200, "text/html", PORTAL)),
        Some(FaultKind::HtmlBadGateway) => Some(Answer::text(502, "text/html", BAD_GATEWAY)),
        Some(FaultKind::EmptyOk) => Some(Answer::empty(200)),
        _ => None,
    };
    if let Some(answer) = instead {
        pause(latency).await;
        return Ok(answer);
    }
    let delay = match fault {
        Some(FaultKind::Slow(time)) => latency + time,
        _ => latency,
    };
    let answer = perform(shared, call, payload, delay, id).await;
    Ok(match (fault, answer.body) {
        (Some(FaultKind::AnswerLost), _) => return Err(Dropped),
        (Some(FaultKind::Trickle { bytes, every }), Body::Whole(text)) => Answer {
            body: Body::trickle(text, bytes, every),
            ..answer
        },
        (Some(FaultKind::CutDocument), Body::Whole(text)) => Answer {
            body: Body::Whole(text.slice(..text.len() / 2)),
            ..answer
        },
        (Some(FaultKind::CutConnection), Body::Whole(text)) => {
            let half = Body::Cut {
                rest: text.slice(..text.len() / 2),
                flushed: false,
            };
            Answer {
                body: half,
                ..answer
            }
            .with("content-length", text.len().max(1).to_string())
        }
        (Some(FaultKind::CutConnection), Body::Zeros(length)) => Answer {
            body: Body::cut_zeros(length / 2),
            ..answer
        },
        (_, body) => Answer { body, ..answer },
    })
}

const PORTAL: &str = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please log in.\
                      <br></body></html>";
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                           <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

async fn perform(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    delay: Duration,
    id: &str,
) -> Answer {
    let done = match admit(shared, call, payload) {
        Ok(_) if call.operation == Operation::CompleteMultipartUpload => {
            dispatch::complete(shared, call, payload, delay)
                .await
                .map_err(Stopped::from)
        }
        admitted => {
            pause(delay).await;
            admitted.and_then(|caller| {
                dispatch::perform(shared, call, payload, &caller).map_err(Stopped::from)
            })
        }
    };
    match done {
        Ok(answer) | Err(Stopped::Answered(answer)) => answer,
        Err(Stopped::Refused(refusal)) if call.operation.administers() => refusal.json(id),
        Err(Stopped::Refused(refusal)) => refusal.answer(&shared.habits, &call.path, id),
    }
}

fn respond(shared: &Shared, answer: Answer, id: &str) -> Response<Body> {
    let mut response = Response::new(answer.body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::DATE, shared.dates.at(shared.clock.now()));
    let id_headers: &[&'static str] = match shared.habits.request_ids {
        RequestIds::None => &[],
        RequestIds::Hex | RequestIds::Rgw => &["x-amz-request-id"],
        RequestIds::Swift => &["x-amz-request-id", "x-trans-id", "x-openstack-request-id"],
    };
    for name in id_headers {
        insert(headers, HeaderName::from_static(name), id);
    }
    if let Some(server) = shared.habits.server {
        headers.insert(header::SERVER, HeaderValue::from_static(server));
    }
    for (name, value) in answer.headers {
        if let Ok(name) = HeaderName::try_from(name.as_ref()) {
            insert(headers, name, &value);
        }
    }
    response
}

/// Sets a header; a value that no header can hold is left out, as servers do.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
    }
}

/// Listens on loopback; port 0 is chosen by the system.
pub(crate) async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}
