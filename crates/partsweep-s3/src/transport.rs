//! Sending one request and collecting its answer, within limits.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, PROXY_AUTHORIZATION};
use http::{Extensions, HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use partsweep_core::LookTime;
use tokio::time::{Instant, timeout_at};

use crate::fresh::{Aborts, TooOld, is_fresh};
use crate::open::Usage;
use crate::proxy::Proxies;
use crate::stream::Connector;
use crate::tls::Tls;

/// Idle connections are closed after this: stores close theirs after 5 s (AWS, some) to 65 s (Ceph).
const IDLE: Duration = Duration::from_secs(15);

/// Bytes that a connection reads ahead of whoever takes them, and keeps room for while it is idle: a page
/// of a listing lets it grow up to this, and any of hundreds of connections may get one.
const READ_AHEAD: usize = 64 << 10;

/// Bytes set aside for a body before it comes, whatever its header promises.
const MOST_RESERVED: usize = 4 << 20;

/// The pool of connections.
#[derive(Clone)]
pub(crate) struct Transport {
    client: Client<Connector, Full<Bytes>>,
    proxies: Arc<Proxies>,
    aborts: Arc<Aborts>,
}

/// How long to wait for an answer, and how long it may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Silence.
    pub(crate) read: Duration,
    /// The whole exchange.
    pub(crate) whole: Duration,
    /// Bytes of the body.
    pub(crate) body: usize,
}

impl Limits {
    /// Which of the limits was met first.
    fn overrun(&self, silent_at: Instant, end: Instant) -> TransportError {
        if silent_at <= end {
            TransportError::Silent(self.read)
        } else {
            TransportError::Slow(self.whole)
        }
    }
}

/// A whole answer.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    /// An abort whose look had become too old before it could be written: nothing was sent.
    #[error(transparent)]
    LookTooOld(#[from] TooOld),
    /// A kept connection had been closed.
    #[error("a kept connection had been closed")]
    Stale(#[source] ClientError),
    #[error("could not send the request")]
    Send(#[source] ClientError),
    #[error("the answer broke off")]
    Cut(#[source] hyper::Error),
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    #[error("the answer was not complete within {} s", .0.as_secs())]
    Slow(Duration),
    /// The limit in bytes.
    #[error("the answer is longer than {} MiB", .0 >> 20)]
    TooLong(usize),
}

impl Transport {
    /// Keeps up to `connections` connections open, over all hosts.
    pub(crate) fn new(
        tls: Arc<Tls>,
        proxies: Proxies,
        connect: Duration,
        connections: usize,
    ) -> Self {
        let proxies = Arc::new(proxies);
        let aborts = Arc::new(Aborts::default());
        let open = connections;
        let connector = Connector::new(tls, proxies.clone(), connect, open, aborts.clone());
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(connections.max(1))
            .http1_max_buf_size(READ_AHEAD)
            .build(connector);
        Self {
            client,
            proxies,
            aborts,
        }
    }

    /// Sends an abort, if that look is fresh when its first byte is written (law 4).
    pub(crate) async fn exchange_abort(
        &self,
        request: Request<Full<Bytes>>,
        limits: Limits,
        look: LookTime,
    ) -> Result<Received, TransportError> {
        if !is_fresh(look) {
            return Err(TooOld.into());
        }
        let target = request.uri().path_and_query().map(ToString::to_string);
        let announced = self.aborts.announce(&target.unwrap_or_default(), look);
        let exchanged = self.exchange(request, limits).await;
        match exchanged {
            Err(_) if announced.was_refused() => Err(TooOld.into()),
            exchanged => exchanged,
        }
    }

    /// Sends a request whose URI has scheme and host; the path goes out as it is.
    pub(crate) async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        limits: Limits,
    ) -> Result<Received, TransportError> {
        if let Some(authorization) = self.proxies.authorization(request.uri()) {
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, authorization);
        }
        let began = Instant::now();
        let end = began + limits.whole;
        let silent_at = began + limits.read;
        // One timer for both limits: each costs a lock on the way in and one on the way out.
        let head = timeout_at(silent_at.min(end), self.client.request(request));
        let response = match head.await {
            Err(_) => return Err(limits.overrun(silent_at, end)),
            Ok(Err(error)) if came_over_used_connection(&error) => {
                return Err(TransportError::Stale(error));
            }
            Ok(Err(error)) => return Err(TransportError::Send(error)),
            Ok(Ok(response)) => response,
        };
        let (head, body) = response.into_parts();
        let usage = head.extensions.get::<Arc<Usage>>();
        if let Some(usage) = usage {
            usage.answered();
        }
        let body = collect(&head.headers, body, limits, end).await?;
        if let Some(usage) = usage {
            usage.rests();
        }
        Ok(Received {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}

/// Whether a request failed on a connection that had carried answers before, without an answer.
fn came_over_used_connection(error: &ClientError) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras
        .get::<Arc<Usage>>()
        .is_some_and(|usage| usage.was_used())
        && !is_answer_unreadable(error)
}

fn is_answer_unreadable(error: &ClientError) -> bool {
    let source = std::error::Error::source(error);
    source
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_parse)
}

async fn collect(
    headers: &HeaderMap,
    mut body: Incoming,
    limits: Limits,
    end: Instant,
) -> Result<Bytes, TransportError> {
    let promised = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    let mut length = 0;
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    loop {
        let silent_at = Instant::now() + limits.read;
        let frame = match timeout_at(silent_at.min(end), body.frame()).await {
            Err(_) => return Err(limits.overrun(silent_at, end)),
            Ok(None) => break,
            Ok(Some(frame)) => frame.map_err(TransportError::Cut)?,
        };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        length += piece.len();
        if length > limits.body {
            return Err(TransportError::TooLong(limits.body));
        }
        // Most answers come in one piece, which needs no copy.
        if first.is_none() && whole.is_empty() {
            first = Some(piece);
            continue;
        }
        if let Some(first) = first.take() {
            whole.reserve(promised.clamp(
                first.len() + piece.len(),
                MOST_RESERVED.max(first.len() + piece.len()),
            ));
            whole.extend_from_slice(&first);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}

#[cfg(test)]
mod tests;
