//! Sending one request and collecting its answer, within limits.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Extensions, HeaderMap, Request, StatusCode};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use partsweep_core::LookTime;
use tokio::time::{Instant, timeout_at};

use super::body::{BodyProgress, RequestBody};
use super::collect::{Collected, ResponseBudget, Spilled, collect};
use super::connector::Connector;
use super::error::TransportError;
use super::idle::Usage;
use super::limits::Limits;
use super::look_age::{self, Aborts, TooOld, is_fresh};
use super::proxy::Proxies;
use super::tls::Tls;
use crate::config::in_force::Sourced;

/// Idle connections are closed after this: stores close theirs after 5 s (AWS, some) to 65 s (Ceph).
const IDLE: Duration = Duration::from_secs(15);

/// Bytes that a connection reads ahead of whoever takes them, and keeps room for while it is idle: a page
/// of a listing lets it grow up to this, and any of hundreds of connections may get one.
const READ_AHEAD: usize = 64 << 10;

/// The pool of connections.
#[derive(Clone)]
pub(crate) struct Transport {
    client: Client<Connector, RequestBody>,
    proxies: Arc<Proxies>,
    aborts: Arc<Aborts>,
    room: Arc<ResponseBudget>,
}

/// A whole answer.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// A body that is too long for memory; `body` is its beginning then.
    pub(crate) spilled: Option<Spilled>,
    /// When its head had come: what it says was true until then, however slowly the body follows.
    pub(crate) answered: LookTime,
}

impl Transport {
    /// Keeps up to `connections` connections open, over all hosts.
    pub(crate) fn new(
        tls: Arc<Tls>,
        proxies: Proxies,
        connect: Duration,
        connections: usize,
        room: ResponseBudget,
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
            room: Arc::new(room),
        }
    }

    /// The proxy for requests to this URL, without its password.
    pub(crate) fn proxy(&self, url: &str) -> Option<Sourced<String>> {
        self.proxies.shown(&url.parse().ok()?)
    }

    /// Sends an abort, if that look is fresh when its first byte is written (law 4).
    pub(crate) async fn exchange_abort(
        &self,
        request: Request<RequestBody>,
        limits: Limits,
        look: LookTime,
    ) -> Result<Received, TransportError> {
        if !is_fresh(look) {
            return Err(TooOld.into());
        }
        let target = request.uri().path_and_query().map(ToString::to_string);
        let target = target.unwrap_or_default();
        let announced = self
            .aborts
            .announce(request.method().as_str(), &target, look);
        let exchanged = self.exchange(request, limits).await;
        match exchanged {
            Err(_) if announced.was_refused() => Err(TooOld.into()),
            exchanged => exchanged,
        }
    }

    /// Sends a request whose URI has scheme and host; the path goes out as it is.
    pub(crate) async fn exchange(
        &self,
        mut request: Request<RequestBody>,
        limits: Limits,
    ) -> Result<Received, TransportError> {
        if let Some(authorization) = self.proxies.authorization(request.uri()) {
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, authorization);
        }
        let began = Instant::now();
        let end = began + limits.whole;
        let progress = request.body().progress();
        let mut head = self.client.request(request);
        let answer = loop {
            // While a part goes out, nothing comes in.
            let last = progress.as_ref().map_or(began, BodyProgress::last);
            let silent_at = last + limits.read;
            // One timer for both limits: each costs a lock on the way in and one on the way out.
            match timeout_at(silent_at.min(end), &mut head).await {
                Err(_) if progress.as_ref().is_some_and(|p| p.last() > last) => {}
                Err(_) => return Err(limits.overrun(silent_at, end)),
                Ok(answer) => break answer,
            }
        };
        let response = match answer {
            Err(error) if came_over_used_connection(&error) => {
                return Err(TransportError::Stale(error));
            }
            Err(error) => return Err(TransportError::Send(error)),
            Ok(response) => response,
        };
        let answered = look_age::now();
        let (head, body) = response.into_parts();
        let usage = head.extensions.get::<Arc<Usage>>();
        if let Some(usage) = usage {
            usage.answered();
        }
        let collected = collect(head.status, &head.headers, body, limits, end, &self.room).await?;
        if let Some(usage) = usage {
            usage.rests();
        }
        let Collected { body, spilled } = collected;
        Ok(Received {
            status: head.status,
            headers: head.headers,
            body,
            spilled,
            answered,
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

#[cfg(test)]
mod tests;
