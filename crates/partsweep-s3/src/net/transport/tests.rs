//! TLS and proxies, over sockets on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use partsweep_core::StoreErrorKind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use super::*;
use crate::net::collect::FREE;
use crate::net::failure::diagnose;

/// More than any answer here has, but for the one that is too long.
const LIMIT: usize = FREE;

/// A certificate authority in a file, and a server with a certificate of it for `name`.
struct Authority {
    bundle: PathBuf,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn new(test: &str, name: &str) -> Self {
        Self::of(
            test,
            &CertificateParams::new(vec![name.to_owned()]).unwrap(),
        )
    }

    /// One whose certificate calls itself an authority, as `openssl req -x509` makes it.
    fn of_itself(test: &str, name: &str) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self::of(test, &params)
    }

    fn of(test: &str, params: &CertificateParams) -> Self {
        let signing = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&signing).unwrap();
        let bundle =
            std::env::temp_dir().join(format!("partsweep-{test}-{}.pem", std::process::id()));
        std::fs::write(&bundle, certificate.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(signing.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self {
            bundle,
            server: Arc::new(server),
        }
    }

    fn tls(&self) -> Arc<Tls> {
        Arc::new(Tls::new(Some(self.bundle.clone())))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // A leftover in the temporary directory fails no test.
        let _ = std::fs::remove_file(&self.bundle);
    }
}

/// Serves one connection; returns the port.
fn serve(talk: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            talk(stream);
        }
    });
    port
}

/// Reads a request's head and answers with it.
fn echo(stream: impl Read + Write) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|bytes| bytes > 2) {}
    let length = head.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}");
    // The client notices if this fails.
    let _ = reader.get_mut().write_all(answer.as_bytes());
}

fn https_server(authority: &Authority) -> u16 {
    let config = authority.server.clone();
    serve(move |stream| {
        echo(StreamOwned::new(
            ServerConnection::new(config).unwrap(),
            stream,
        ));
    })
}

async fn get(tls: Arc<Tls>, proxies: Proxies, url: String) -> Result<String, TransportError> {
    let transport = Transport::new(
        tls,
        proxies,
        Duration::from_secs(5),
        1,
        ResponseBudget::new(None),
    );
    let request = Request::get(url).body(RequestBody::default()).unwrap();
    let limits = Limits {
        read: Duration::from_secs(5),
        drip: None,
        whole: Duration::from_secs(5),
        body: LIMIT,
        disk: 0,
    };
    let received = transport.exchange(request, limits).await?;
    Ok(String::from_utf8(received.body.to_vec()).unwrap())
}

fn no_tls() -> Arc<Tls> {
    Arc::new(Tls::new(Some("/no/such/bundle.pem".into())))
}

#[tokio::test]
async fn a_bundle_makes_its_certificates_trusted() {
    let authority = Authority::new("trusted", "localhost");
    let port = https_server(&authority);
    let url = format!("https://localhost:{port}/a/../b//");
    let head = get(authority.tls(), Proxies::none(), url).await.unwrap();
    assert!(head.starts_with("GET /a/../b// HTTP/1.1\r\n"), "{head}");
}

/// The AWS tools trust it, too: whoever set up MinIO or Ceph by `openssl req -x509` has such a certificate.
#[tokio::test]
async fn a_self_signed_certificate_in_the_bundle_is_trusted_for_its_own_name_and_dates() {
    let ask = async |trusted: &Authority, server: &Authority, host: &str| {
        let port = https_server(server);
        let url = format!("https://{host}:{port}/");
        get(trusted.tls(), Proxies::none(), url)
            .await
            .map_err(|error| diagnose(&error).message)
    };
    let own = Authority::of_itself("itself", "localhost");
    assert!(ask(&own, &own, "localhost").await.is_ok());
    let why = ask(&own, &own, "127.0.0.1").await.unwrap_err();
    assert!(why.contains("for another host name"), "{why}");
    // Of the same name, and not in the bundle.
    let other = Authority::of_itself("other-itself", "localhost");
    assert!(ask(&own, &other, "localhost").await.is_err());
    let mut old = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    old.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    old.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let old = Authority::of("old-itself", &old);
    let why = ask(&old, &old, "localhost").await.unwrap_err();
    assert!(why.contains("it has expired"), "{why}");
}

#[tokio::test]
async fn a_server_that_would_rather_speak_http_2_is_spoken_to_in_http_1() {
    let mut authority = Authority::new("alpn", "localhost");
    let mut config = ServerConfig::clone(&authority.server);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    authority.server = Arc::new(config);
    let port = https_server(&authority);
    let url = format!("https://localhost:{port}/");
    let head = get(authority.tls(), Proxies::none(), url).await.unwrap();
    assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
}

/// Closes each connection after its answer; tells how each handshake was made.
fn closing_server(authority: &Authority) -> (u16, std::sync::mpsc::Receiver<HandshakeKind>) {
    let config = authority.server.clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, kinds) = std::sync::mpsc::channel();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            echo(&mut tls);
            // The test may have ended.
            let _ = told.send(tls.conn.handshake_kind().unwrap());
        }
    });
    (port, kinds)
}

#[tokio::test]
async fn a_tls_session_is_resumed_by_the_connections_that_follow() {
    let authority = Authority::new("resumed", "localhost");
    let (port, kinds) = closing_server(&authority);
    let tls = authority.tls();
    for _ in 0..3 {
        // A pool of its own each time: what they share is the session.
        let url = format!("https://localhost:{port}/");
        get(tls.clone(), Proxies::none(), url).await.unwrap();
    }
    let kinds: Vec<_> = kinds.iter().take(3).collect();
    use HandshakeKind::{Full, Resumed};
    assert_eq!(kinds, [Full, Resumed, Resumed]);
}

#[tokio::test]
async fn certificates_that_cannot_be_trusted_are_told_apart() {
    let (authority, stranger) = (
        Authority::new("a", "localhost"),
        Authority::new("s", "localhost"),
    );
    let elsewhere = Authority::new("e", "elsewhere.example");
    let cases = [
        (
            &authority,
            https_server(&stranger),
            "the certificate is not trusted: its issuer is unknown",
        ),
        (
            &elsewhere,
            https_server(&elsewhere),
            "the certificate is not trusted: it is for another host name",
        ),
        (
            &authority,
            serve(echo_without_tls),
            "the server does not speak TLS",
        ),
    ];
    for (trusted, port, words) in cases {
        let asked = get(
            trusted.tls(),
            Proxies::none(),
            format!("https://localhost:{port}/"),
        )
        .await;
        let failure = diagnose(&asked.unwrap_err());
        assert_eq!(
            (failure.kind, &*failure.message),
            (StoreErrorKind::Tls, words)
        );
    }
}

fn echo_without_tls(mut stream: TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
}

#[tokio::test]
async fn plain_http_needs_no_certificates() {
    let port = serve(echo);
    get(
        no_tls(),
        Proxies::none(),
        format!("http://127.0.0.1:{port}/"),
    )
    .await
    .unwrap();
    let asked = get(
        no_tls(),
        Proxies::none(),
        format!("https://127.0.0.1:{port}/"),
    )
    .await;
    let failure = diagnose(&asked.unwrap_err());
    assert_eq!(failure.kind, StoreErrorKind::Tls);
    assert!(
        failure.message.contains("/no/such/bundle.pem"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_proxy_for_http_gets_the_whole_url_and_its_password() {
    let port = serve(echo);
    let proxies = Proxies::through(&format!("http://user:pass@127.0.0.1:{port}"));
    let head = get(
        no_tls(),
        proxies,
        "http://store.example/b?uploads".to_owned(),
    )
    .await
    .unwrap();
    assert!(
        head.starts_with("GET http://store.example/b?uploads HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.to_lowercase()
            .contains("proxy-authorization: basic dxnlcjpwyxnz"),
        "{head}"
    );
}

#[tokio::test]
async fn a_proxy_for_https_is_a_tunnel_and_sees_only_the_host() {
    let authority = Authority::new("tunnel", "store.example");
    let config = authority.server.clone();
    let (tell, told) = std::sync::mpsc::channel();
    let port = serve(move |mut stream| {
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while reader.read_line(&mut head).is_ok_and(|bytes| bytes > 2) {}
        tell.send(head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        echo(StreamOwned::new(
            ServerConnection::new(config).unwrap(),
            stream,
        ));
    });
    let proxies = Proxies::through(&format!("http://user:pass@127.0.0.1:{port}"));
    let head = get(
        authority.tls(),
        proxies,
        "https://store.example/b".to_owned(),
    )
    .await
    .unwrap();
    assert!(head.starts_with("GET /b HTTP/1.1\r\n"), "{head}");
    assert!(
        !head.to_lowercase().contains("proxy-authorization"),
        "{head}"
    );
    let tunnel = told.recv().unwrap();
    assert!(
        tunnel.starts_with("CONNECT store.example:443 HTTP/1.1\r\n"),
        "{tunnel}"
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let proxies = Proxies::through(&format!("http://user:pass@{free}"));
    let error = get(no_tls(), proxies, "http://store.example/".to_owned())
        .await
        .unwrap_err();
    let failure = diagnose(&error);
    assert_eq!(
        failure.message,
        format!("no connection to the proxy {free}: connection refused")
    );
    assert!(!format!("{error:?}").contains("pass"), "{error:?}");
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_no_further() {
    let answer = async |length: usize| {
        let port = serve(move |mut stream| {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            // The client may hang up before the end.
            let _ = stream.write_all(&vec![b' '; length]);
        });
        let url = format!("http://127.0.0.1:{port}/");
        get(no_tls(), Proxies::none(), url).await
    };
    assert_eq!(answer(LIMIT).await.unwrap().len(), LIMIT);
    let error = answer(LIMIT + 1).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLong(_)), "{error}");
    let failure = diagnose(&error);
    assert_eq!(failure.kind, StoreErrorKind::NotS3);
    assert_eq!(failure.message, "the response is longer than 512 KiB");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_says_so() {
    let port = serve(|mut stream| {
        let mut head = [0; 1024];
        let _ = stream.read(&mut head);
        let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    let proxies = Proxies::through(&format!("http://127.0.0.1:{port}"));
    let authority = Authority::new("407", "store.example");
    let url = "https://store.example/".to_owned();
    let failure = diagnose(&get(authority.tls(), proxies, url).await.unwrap_err());
    assert_eq!(failure.again, crate::pace::retry::Again::Never);
    assert!(
        failure
            .message
            .ends_with(crate::net::failure::PROXY_WANTS_PASSWORD),
        "{}",
        failure.message
    );
}

/// Answers all requests of all connections, until they are closed; counts those that are open.
fn patient_server(open: &Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = Arc::clone(open);
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let open = Arc::clone(&open);
            open.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || {
                while stream.peek(&mut [0]).is_ok_and(|bytes| bytes > 0) {
                    echo(&mut stream);
                }
                open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
    port
}

#[tokio::test]
async fn connections_to_many_hosts_are_no_more_than_are_kept_for_one() {
    let open = Arc::new(AtomicUsize::new(0));
    let ports: Vec<u16> = (0..20).map(|_| patient_server(&open)).collect();
    let transport = Transport::new(
        no_tls(),
        Proxies::none(),
        Duration::from_secs(5),
        4,
        ResponseBudget::new(None),
    );
    let limits = Limits {
        read: Duration::from_secs(5),
        drip: None,
        whole: Duration::from_secs(5),
        body: LIMIT,
        disk: 0,
    };
    let ask = async |port: u16| {
        let url = format!("http://127.0.0.1:{port}/");
        let request = Request::get(url).body(RequestBody::default()).unwrap();
        transport.exchange(request, limits).await.unwrap();
    };
    for _ in 0..3 {
        for pair in ports.chunks(2) {
            tokio::join!(ask(pair[0]), ask(pair[1]));
        }
    }
    // The others are closed by now, or about to be.
    let mut left = 0;
    for _ in 0..200 {
        left = open.load(Ordering::Relaxed);
        if left <= 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!((1..=4).contains(&left), "{left} connections are open");
    let last = ports[19];
    ask(last).await;
    assert!(open.load(Ordering::Relaxed) <= 4, "what is kept is used");
}

#[tokio::test]
async fn a_connection_in_use_is_not_closed_for_another() {
    let open = Arc::new(AtomicUsize::new(0));
    let ports: Vec<u16> = (0..8).map(|_| patient_server(&open)).collect();
    let transport = Transport::new(
        no_tls(),
        Proxies::none(),
        Duration::from_secs(5),
        2,
        ResponseBudget::new(None),
    );
    let limits = Limits {
        read: Duration::from_secs(5),
        drip: None,
        whole: Duration::from_secs(5),
        body: LIMIT,
        disk: 0,
    };
    // More at once than are kept: all are answered.
    for _ in 0..50 {
        let asked = ports.iter().map(|port| {
            let url = format!("http://127.0.0.1:{port}/");
            let request = Request::get(url).body(RequestBody::default()).unwrap();
            let transport = transport.clone();
            tokio::spawn(async move { transport.exchange(request, limits).await.map(drop) })
        });
        for asked in asked.collect::<Vec<_>>() {
            asked.await.unwrap().unwrap();
        }
    }
}

/// The age of a look is compared where the first byte is written, behind everything that takes time: a
/// new connection, here, whose TLS takes longer than a look is fresh for (law 4).
#[tokio::test]
async fn an_abort_that_waits_for_its_connection_too_long_is_not_sent() {
    let authority = Authority::new("old-look", "localhost");
    let config = authority.server.clone();
    let (told, heard) = std::sync::mpsc::channel();
    let port = serve(move |stream| {
        thread::sleep(crate::net::look_age::MOST_AGE + Duration::from_millis(300));
        let tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut line = String::new();
        let read = BufReader::new(tls).read_line(&mut line);
        told.send((read.is_ok(), line)).unwrap();
    });
    let transport = Transport::new(
        authority.tls(),
        Proxies::none(),
        Duration::from_secs(10),
        1,
        ResponseBudget::new(None),
    );
    let limits = Limits {
        drip: None,
        disk: 0,
        read: Duration::from_secs(10),
        whole: Duration::from_secs(10),
        body: LIMIT,
    };
    let url = format!("https://localhost:{port}/b/k?uploadId=1");
    let request = Request::delete(url).body(RequestBody::default()).unwrap();
    let sent = transport
        .exchange_abort(request, limits, crate::net::look_age::now())
        .await;
    let failure = diagnose(&sent.err().expect("not sent"));
    assert_eq!(failure.kind, StoreErrorKind::LookTooOld);
    assert!(!failure.may_have_reached);
    let (_, line) = heard.recv().unwrap();
    assert_eq!(line, "", "nothing of it was written");
}
