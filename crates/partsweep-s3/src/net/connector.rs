//! A connection to a store: direct, or through a proxy; with TLS or without.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::proxy::matcher::Intercept;
use tower_service::Service;

use super::dns::Names;
use super::idle::{Dialled, Open, Usage};
use super::look_age::Aborts;
use super::proxy::Proxies;
use super::tcp::Tcp;
use super::tls::{Tls, TlsError};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("connecting took longer than {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("no connection to the proxy {proxy}")]
    Proxy {
        /// Host and port.
        proxy: String,
        source: BoxError,
    },
    #[error("proxies of the kind `{0}` are not supported")]
    ProxyKind(String),
    #[error("no connection")]
    Direct { source: BoxError },
}

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: Tcp,
    tls: Arc<Tls>,
    proxies: Arc<Proxies>,
    limit: Duration,
    open: Arc<Open>,
    aborts: Arc<Aborts>,
}

impl Connector {
    /// `limit`: name look-up, proxy and TLS included. `most`: connections that stay open, over all
    /// hosts.
    pub(crate) fn new(
        tls: Arc<Tls>,
        proxies: Arc<Proxies>,
        limit: Duration,
        most: usize,
        aborts: Arc<Aborts>,
    ) -> Self {
        Self {
            tcp: Tcp::new(Names::of_system()),
            tls,
            proxies,
            limit,
            open: Arc::new(Open::new(most)),
            aborts,
        }
    }

    async fn dial(self, target: Uri) -> Result<Stream, DialError> {
        let dialled = self.open.make_room();
        let aborts = Arc::clone(&self.aborts);
        let secure = target.scheme_str() == Some("https");
        let Some(proxy) = self.proxies.of(&target) else {
            let io = if secure {
                self.with_tls(self.tcp.clone(), target).await
            } else {
                let mut tcp = self.tcp;
                tcp.call(target)
                    .await
                    .map(|io| Box::new(io) as Box<dyn Io>)
                    .map_err(Into::into)
            };
            return io
                .map(|io| Stream::new(io, false, dialled, aborts))
                .map_err(direct);
        };
        if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
            return Err(DialError::ProxyKind(
                proxy.uri().scheme_str().unwrap_or_default().to_owned(),
            ));
        }
        let failed = |source: BoxError| DialError::Proxy {
            proxy: proxy
                .uri()
                .authority()
                .map(ToString::to_string)
                .unwrap_or_default(),
            source,
        };
        // Only a proxy that is spoken to by TLS needs certificates for itself.
        if proxy.uri().scheme_str() == Some("https") {
            let to_proxy = self.https(self.tcp.clone()).map_err(DialError::Tls)?;
            self.through(&proxy, to_proxy, target, secure).await
        } else {
            let to_proxy = self.tcp.clone();
            self.through(&proxy, to_proxy, target, secure).await
        }
        .map(|io| Stream::new(io, !secure, dialled, aborts))
        .map_err(failed)
    }

    async fn through<C>(
        &self,
        proxy: &Intercept,
        mut to_proxy: C,
        target: Uri,
        secure: bool,
    ) -> Result<Box<dyn Io>, BoxError>
    where
        C: Service<Uri> + Send + 'static,
        C::Response: Read + Write + Connection + Unpin + Send + 'static,
        C::Future: Send + 'static,
        C::Error: Into<BoxError> + Send,
    {
        if !secure {
            let io = to_proxy
                .call(proxy.uri().clone())
                .await
                .map_err(Into::into)?;
            return Ok(Box::new(io));
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        self.with_tls(tunnel, target).await
    }

    async fn with_tls<C>(&self, below: C, target: Uri) -> Result<Box<dyn Io>, BoxError>
    where
        C: Service<Uri> + Send + 'static,
        C::Response: Read + Write + Connection + Unpin + Send + 'static,
        C::Future: Send + 'static,
        C::Error: Into<BoxError> + Send,
    {
        let io = self.https(below)?.call(target).await?;
        Ok(Box::new(io))
    }

    fn https<C>(&self, below: C) -> Result<HttpsConnector<C>, TlsError>
    where
        C: Service<Uri>,
        C::Response: Read + Write + Connection + Unpin + Send + 'static,
        C::Future: Send + 'static,
        C::Error: Into<BoxError>,
    {
        let names = Arc::new(DefaultServerNameResolver::default());
        Ok(HttpsConnector::new(below, self.tls.config()?, false, names))
    }
}

fn direct(source: BoxError) -> DialError {
    match source.downcast::<TlsError>() {
        Ok(tls) => DialError::Tls(*tls),
        Err(source) => DialError::Direct { source },
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let limit = connector.limit;
            tokio::time::timeout(limit, connector.dial(target))
                .await
                .unwrap_or(Err(DialError::TooSlow(limit)))
        })
    }
}

/// What a connection is made of, of any kind.
trait Io: Read + Write + Connection + Unpin + Send {}
impl<T: Read + Write + Connection + Unpin + Send> Io for T {}

/// A connection.
pub(crate) struct Stream {
    io: Box<dyn Io>,
    /// A proxy that reads our requests needs them in the absolute form.
    proxied: bool,
    usage: Arc<Usage>,
    aborts: Arc<Aborts>,
}

impl Stream {
    fn new(io: Box<dyn Io>, proxied: bool, dialled: Dialled, aborts: Arc<Aborts>) -> Self {
        Self {
            io,
            proxied,
            usage: dialled.add(),
            aborts,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.usage.ended();
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io
            .connected()
            .proxy(self.proxied)
            .extra(Arc::clone(&self.usage))
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.usage.is_over(cx) {
            // Nothing read: the end.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.usage.writes();
        self.aborts.check(data)?;
        Pin::new(&mut self.io).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.usage.writes();
        // The head of a request is one piece.
        self.aborts
            .check(parts.first().map_or(&[], |first| first))?;
        Pin::new(&mut self.io).poll_write_vectored(cx, parts)
    }
}
