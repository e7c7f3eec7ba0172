//! A server that answers what a test says, byte for byte: for hostile and broken answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partsweep_s3::{Settings, StaticKeys, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a client sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET /b?uploads`
    pub(crate) line: String,
    /// The whole head.
    pub(crate) head: String,
}

impl Request {
    /// Whether the request line has this in it.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.line.contains(text)
    }
}

/// What to do then.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Sends these bytes and keeps the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes and closes.
    Close(Vec<u8>),
    /// Sends a head, and then the same piece so many times, with a pause before each; then closes.
    Pieces {
        head: Vec<u8>,
        piece: Vec<u8>,
        times: usize,
        pause: Duration,
    },
    /// Says nothing.
    Silence,
}

/// An answer with a whole HTTP head.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
    Reply::Bytes([head.as_bytes(), body.as_bytes()].concat())
}

/// A success.
pub(crate) fn ok(body: &str) -> Reply {
    answer("200 OK", "", body)
}

/// An S3 error.
pub(crate) fn error(status: &str, code: &str) -> Reply {
    answer(
        status,
        "",
        &format!("<Error><Code>{code}</Code><Message></Message></Error>"),
    )
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Scripted {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    /// Starts a server that answers each request by `script`, which gets its number from 0 on.
    pub(crate) async fn start(
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (script.clone(), log.clone());
                tokio::spawn(async move { serve(stream, &*script, &log).await });
            }
        });
        Self { address, seen }
    }

    /// What has been asked so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// `http://127.0.0.1:port`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same place by a name, which a bucket can stand in front of.
    pub(crate) fn named_url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Settings that lead here and read nothing else.
    pub(crate) fn settings(&self) -> Settings {
        settings(self.url())
    }

    /// A client of it.
    pub(crate) async fn store(&self) -> Store {
        Store::connect(self.settings()).await.unwrap()
    }
}

/// Isolated settings for an endpoint.
pub(crate) fn settings(endpoint: String) -> Settings {
    Settings {
        endpoint_url: Some(endpoint),
        keys: Some(StaticKeys::new("AKIDEXAMPLE", "sec-ret", None)),
        isolated: true,
        ..Settings::default()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &(impl Fn(usize, &Request) -> Reply + ?Sized),
    seen: &Mutex<Vec<Request>>,
) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).ok()?;
        let line = head
            .lines()
            .next()?
            .trim_end_matches(" HTTP/1.1")
            .to_owned();
        let request = Request { line, head };
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        match script(number, &request) {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
            Reply::Close(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                return None;
            }
            Reply::Pieces {
                head,
                piece,
                times,
                pause,
            } => {
                stream.write_all(&head).await.ok()?;
                for _ in 0..times {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    stream.write_all(&piece).await.ok()?;
                }
                return None;
            }
            Reply::Silence => tokio::time::sleep(Duration::from_secs(3600)).await,
        }
    }
}
