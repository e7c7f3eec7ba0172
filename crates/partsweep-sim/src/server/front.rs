//! TLS for every host name, before a server that has none: so the simulated store can be reached as AWS is.
//!
//! A client gets here by its proxy (`HTTPS_PROXY`), whatever name it asks for, or by a name of this machine. It trusts the
//! authority that is made at the start ([`Front::authority`], for `AWS_CA_BUNDLE`).

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::locks::lock;

/// The first byte of a TLS connection; that of a request to a proxy is a letter.
const HANDSHAKE: u8 = 0x16;

/// The longest request for a way through.
const LONGEST_HEAD: usize = 8 << 10;

/// A running front on 127.0.0.1; it stops when this is dropped.
#[derive(Debug)]
pub struct Front {
    port: u16,
    authority: String,
    accepting: JoinHandle<()>,
}

impl Front {
    /// Starts one before the server on that port of 127.0.0.1, on the current Tokio runtime.
    ///
    /// # Errors
    /// No port can be listened on, or no certificate can be made.
    pub async fn start(server: u16) -> io::Result<Self> {
        let (names, authority) = Certificates::new().map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(names));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                // A client that leaves, or trusts nobody here.
                tokio::spawn(async move { serve(stream, acceptor, server).await.ok() });
            }
        });
        Ok(Self {
            port,
            authority,
            accepting,
        })
    }

    /// The port, for `https://localhost:PORT` and `HTTPS_PROXY=http://127.0.0.1:PORT`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, acceptor: TlsAcceptor, server: u16) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first != [HANDSHAKE] {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
            head.push(stream.read_u8().await?);
        }
        let answer: &[u8] = match head.starts_with(b"CONNECT ") {
            true => b"HTTP/1.1 200 OK\r\n\r\n",
            false => b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n",
        };
        stream.write_all(answer).await?;
    }
    let mut client = acceptor.accept(stream).await?;
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Makes a certificate for each name that is asked for, once.
#[derive(Debug)]
struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    /// With the certificate of its authority.
    fn new() -> Result<(Self, String), Box<dyn std::error::Error + Send + Sync>> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let of_authority = KeyPair::generate()?;
        let authority = params.self_signed(&of_authority)?.pem();
        let key = KeyPair::generate()?;
        let private = PrivateKeyDer::try_from(key.serialize_der())?;
        let names = Self {
            issuer: Issuer::new(params, of_authority),
            signing: rustls::crypto::ring::sign::any_supported_type(&private)?,
            key,
            made: Mutex::default(),
        };
        Ok((names, authority))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_owned();
        let mut made = lock(&self.made);
        if let Some(known) = made.get(&name) {
            return Some(Arc::clone(known));
        }
        let params = CertificateParams::new(vec![name.clone()]).ok()?;
        let certificate = params.signed_by(&self.key, &self.issuer).ok()?;
        let chain = vec![certificate.der().clone()];
        let certified = Arc::new(CertifiedKey::new(chain, Arc::clone(&self.signing)));
        made.insert(name, Arc::clone(&certified));
        Some(certified)
    }
}
