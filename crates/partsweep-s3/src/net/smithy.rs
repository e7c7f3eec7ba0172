//! Our connections for aws-config's own calls (STS, SSO, IMDS): one TLS stack, one set of
//! proxies and certificates.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Full;

use super::body::RequestBody;
use super::error::TransportError;
use super::failure::diagnose;
use super::limits::Limits;
use super::transport::Transport;

/// Where aws-config names no limit.
const USUAL: Duration = Duration::from_secs(30);

/// Keys, tokens and their dates have a few kB.
const LONGEST_BODY: usize = 16 << 20;

/// A request for credentials that got no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {host}: {}", diagnose(error).message)]
pub(crate) struct Unanswered {
    host: String,
    error: TransportError,
}

/// The HTTP client that aws-config is given.
#[derive(Clone)]
pub(crate) struct SmithyHttp {
    transport: Transport,
}

impl SmithyHttp {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }
}

impl fmt::Debug for SmithyHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmithyHttp")
    }
}

impl HttpClient for SmithyHttp {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // IMDS names a second for each: without a metadata service the answer must come soon.
        let read = settings.read_timeout().unwrap_or(USUAL);
        let connect = settings.connect_timeout().unwrap_or_default();
        SharedHttpConnector::new(SmithyConnector {
            transport: self.transport.clone(),
            limits: Limits {
                drip: None,
                read: read + connect,
                whole: read + connect,
                body: LONGEST_BODY,
                disk: 0,
            },
        })
    }
}

#[derive(Clone)]
struct SmithyConnector {
    transport: Transport,
    limits: Limits,
}

impl fmt::Debug for SmithyConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmithyConnector")
    }
}

impl HttpConnector for SmithyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { transport, limits } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            // The bodies of these calls are small and in memory.
            let bytes = body
                .bytes()
                .map(bytes::Bytes::copy_from_slice)
                .ok_or_else(|| {
                    ConnectorError::user("a body that is a stream cannot be sent".into())
                })?;
            let host = head.uri.host().unwrap_or_default().to_owned();
            let request = http::Request::from_parts(head, RequestBody::Whole(Full::new(bytes)));
            let received =
                transport
                    .exchange(request, limits)
                    .await
                    .map_err(|error| match error {
                        TransportError::Silent(_) | TransportError::Slow(_) => {
                            ConnectorError::timeout(Unanswered { host, error }.into())
                        }
                        error => ConnectorError::io(Unanswered { host, error }.into()),
                    })?;
            let mut response = http::Response::new(SdkBody::from(received.body));
            *response.status_mut() = received.status;
            *response.headers_mut() = received.headers;
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
