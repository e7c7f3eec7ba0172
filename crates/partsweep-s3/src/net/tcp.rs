//! A TCP connection to one of a host's addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower_service::Service;

use crate::net::dns::{Names, Unknown};

/// How long an address is waited for before the next is tried beside it (RFC 8305, 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Milliseconds in which what was sent has to be acknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: u32 = 20_000;

/// Silent for so long, a connection is asked whether it is alive; each time so long after the last, and so often.
#[cfg(target_os = "linux")]
const IDLE: Duration = Duration::from_secs(15);
#[cfg(target_os = "linux")]
const PROBE_EVERY: Duration = Duration::from_secs(5);
#[cfg(target_os = "linux")]
const PROBES: u32 = 3;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TcpError {
    #[error(transparent)]
    Unknown(#[from] Unknown),
    #[error("tcp connect error")]
    Connect(#[from] io::Error),
}

/// Connects to the host of a URI.
#[derive(Debug, Clone)]
pub(crate) struct Tcp {
    names: Names,
}

impl Tcp {
    pub(crate) fn new(names: Names) -> Self {
        Self { names }
    }

    async fn connect(self, target: Uri) -> Result<TokioIo<TcpStream>, TcpError> {
        let host = target.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = target.port_u16().unwrap_or(match target.scheme_str() {
            Some("https") => 443,
            _ => 80,
        });
        let stream = match host.parse::<IpAddr>() {
            Ok(ip) => TcpStream::connect((ip, port)).await?,
            Err(_) => self.any_of(host, port).await?,
        };
        // Without it small requests wait for the other side's delayed acknowledgement.
        stream.set_nodelay(true)?;
        notice_death(&stream);
        Ok(TokioIo::new(stream))
    }

    /// Tries one address after the other, each a little later, until one answers.
    async fn any_of(&self, host: &str, port: u16) -> Result<TcpStream, TcpError> {
        let mut addresses = self.names.addresses(host, port).await?.into_iter();
        let mut trying = JoinSet::new();
        let mut waited_for: Vec<SocketAddr> = Vec::new();
        let mut failed = None;
        loop {
            if let Some(address) = addresses.next() {
                waited_for.push(address);
                trying.spawn(async move { (address, TcpStream::connect(address).await) });
            }
            let ended = if addresses.len() == 0 {
                trying.join_next().await
            } else {
                match tokio::time::timeout(STAGGER, trying.join_next()).await {
                    Ok(ended) => ended,
                    Err(_) => continue,
                }
            };
            match ended {
                Some(Ok((address, Ok(stream)))) => {
                    // Those that were tried before it and are still silent.
                    for other in waited_for.into_iter().take_while(|other| *other != address) {
                        self.names.shun(host, port, other).await;
                    }
                    return Ok(stream);
                }
                Some(Ok((address, Err(error)))) => {
                    self.names.shun(host, port, address).await;
                    failed.get_or_insert(error);
                }
                // A connect does not panic, and is not cancelled before this ends.
                Some(Err(_)) => {}
                None => {
                    let error = failed.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
                    return Err(error.into());
                }
            }
        }
    }
}

/// Lets the kernel find out that the other side is gone (a router that forgot the connection, a machine that
/// lost its power): then there is an error, and another attempt, before patience is at an end. A store that is
/// there and slow is not touched by that: its kernel answers.
fn notice_death(stream: &TcpStream) {
    // What a kernel does not know it does not do.
    #[cfg(target_os = "linux")]
    {
        use rustix::net::sockopt;
        let _ = sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED);
        let _ = sockopt::set_tcp_keepidle(stream, IDLE);
        let _ = sockopt::set_tcp_keepintvl(stream, PROBE_EVERY);
        let _ = sockopt::set_tcp_keepcnt(stream, PROBES);
        let _ = sockopt::set_socket_keepalive(stream, true);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = TcpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, TcpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TcpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(self.clone().connect(target))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Names that all have these addresses of this machine.
    fn names(ips: &'static [&'static str]) -> Names {
        Names::new(Arc::new(move |_, port| {
            let all = ips
                .iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
            let all = all.collect();
            Box::pin(async move { Ok(all) })
        }))
    }

    async fn connect(tcp: &Tcp, port: u16) -> Result<String, TcpError> {
        let target = format!("http://store.example:{port}/").parse().unwrap();
        let stream = tcp.clone().connect(target).await?;
        Ok(stream.inner().peer_addr().unwrap().ip().to_string())
    }

    #[tokio::test]
    async fn connections_are_spread_over_the_addresses_of_a_host() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let _other = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let tcp = Tcp::new(names(&["127.0.0.1", "127.0.0.2"]));
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(connect(&tcp, port).await.unwrap());
        }
        assert_eq!(seen, ["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"]);
    }

    /// Whether the kernel then does so takes a network that loses packets; that it was asked can be read back.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_kernel_is_asked_to_notice_that_the_other_side_is_gone() {
        use rustix::net::sockopt;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let tcp = Tcp::new(names(&[]));
        let stream = tcp.connect(target).await.unwrap();
        let stream = stream.inner();
        assert_eq!(sockopt::tcp_user_timeout(stream).unwrap(), UNACKNOWLEDGED);
        assert!(sockopt::socket_keepalive(stream).unwrap());
        assert_eq!(sockopt::tcp_keepidle(stream).unwrap(), IDLE);
        assert_eq!(sockopt::tcp_keepintvl(stream).unwrap(), PROBE_EVERY);
        assert_eq!(sockopt::tcp_keepcnt(stream).unwrap(), PROBES);
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_passed_over_and_then_shunned() {
        let (listener, _refuses) = loop {
            let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            // Bound, and not listening: no other test can have this port there.
            let refuses = TcpSocket::new_v4().unwrap();
            if refuses
                .bind(SocketAddr::new([127, 0, 0, 1].into(), port))
                .is_ok()
            {
                break (listener, refuses);
            }
        };
        let port = listener.local_addr().unwrap().port();
        let tcp = Tcp::new(names(&["127.0.0.1", "127.0.0.2"]));
        for _ in 0..3 {
            assert_eq!(connect(&tcp, port).await.unwrap(), "127.0.0.2");
        }
        let addresses = tcp.names.addresses("store.example", port).await.unwrap();
        assert_eq!(addresses[0].ip().to_string(), "127.0.0.2");
    }

    #[tokio::test]
    async fn where_no_address_answers_the_first_reason_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let tcp = Tcp::new(names(&["127.0.0.1", "127.0.0.2"]));
        match connect(&tcp, port).await {
            Err(TcpError::Connect(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
            }
            other => panic!("{other:?}"),
        }
    }
}
