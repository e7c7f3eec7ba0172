//! A small S3 client with a signer of its own, on a bare socket.

use hmac::{Hmac, KeyInit, Mac};
use partsweep_sim::{ACCESS_KEY, SECRET_KEY, Sim};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request before it is signed. The target is sent as it is.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) body: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) region: String,
    pub(crate) host: Option<String>,
    /// Headers that are sent and signed, with lower-case names.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Headers that are sent and not signed.
    pub(crate) unsigned: Vec<(&'static str, String)>,
}

impl Ask {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            body: String::new(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            region: "us-east-1".to_owned(),
            host: None,
            headers: Vec::new(),
            unsigned: Vec::new(),
        }
    }

    pub(crate) fn body(self, body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn at(self, host: &str) -> Self {
        Self {
            host: Some(host.to_owned()),
            ..self
        }
    }

    pub(crate) fn region(self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self
        }
    }

    /// Writes the request as it goes over the wire, signed at the server's time.
    pub(crate) fn signed(&self, sim: &Sim) -> String {
        let date = sim.clock().now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &date[..8];
        let host = self
            .host
            .clone()
            .unwrap_or_else(|| format!("127.0.0.1:{}", sim.port()));
        let hash = hex(&Sha256::digest(self.body.as_bytes()));
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut pairs: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                if pair.contains('=') {
                    pair.to_owned()
                } else {
                    format!("{pair}=")
                }
            })
            .collect();
        pairs.sort();
        let mut headers = self.headers.clone();
        headers.push(("host", host));
        headers.push(("x-amz-content-sha256", hash.clone()));
        headers.push(("x-amz-date", date.clone()));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines = |separator: &str, end: &str| -> String {
            headers
                .iter()
                .map(|(name, value)| format!("{name}:{separator}{value}{end}"))
                .collect()
        };
        let canonical = format!(
            "{}\n{path}\n{}\n{}\n{names}\n{hash}",
            self.method,
            pairs.join("&"),
            lines("", "\n"),
        );
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        let mut key = format!("AWS4{}", self.secret_key).into_bytes();
        for word in [day, &self.region, "s3", "aws4_request"] {
            key = hmac(&key, word);
        }
        let signature = hex(&hmac(&key, &to_sign));
        let unsigned: String = self
            .unsigned
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "{} {} HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, \
             Signature={signature}\r\n{unsigned}content-length: {}\r\nconnection: close\r\n\r\n{}",
            self.method,
            self.target,
            lines(" ", "\r\n"),
            self.access_key,
            self.body.len(),
            self.body,
        )
    }

    /// Sends it and reads until the server closes.
    pub(crate) async fn send(&self, sim: &Sim) -> Told {
        exchange(sim, &self.signed(sim))
            .await
            .expect("the server answers")
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: u16,
    /// Lower-case names.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Told {
    /// The text of the first element of that name, as it was written.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        self.elements(name).into_iter().next()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.body
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(text, _)| text)
            .collect()
    }

    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.element("Code").unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Sends bytes and reads until the server closes; an error if it resets the connection.
pub(crate) async fn exchange(sim: &Sim, request: &str) -> std::io::Result<Told> {
    let mut stream = TcpStream::connect(("127.0.0.1", sim.port())).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Told {
        status: status.ok_or(std::io::ErrorKind::InvalidData)?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Percent-encodes all but letters and digits.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
