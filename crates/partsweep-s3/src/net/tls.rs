//! Trusted certificates, loaded when the first https connection needs them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::bundle;

/// Why no TLS connection can be made.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read the certificates in `{path}`: {why}")]
    Bundle { path: PathBuf, why: String },
    #[error("this machine has no trusted root certificates{why}")]
    NoRoots { why: String },
    #[error("cannot set up TLS: {0}")]
    Setup(String),
}

/// The TLS settings of all connections.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Replaces the system's certificates, as botocore does it.
    bundle: Option<PathBuf>,
    config: OnceLock<Result<Arc<ClientConfig>, TlsError>>,
}

impl Tls {
    /// Trusts the certificates of a PEM file, or those of the system.
    pub(crate) fn new(bundle: Option<PathBuf>) -> Self {
        Self {
            bundle,
            config: OnceLock::new(),
        }
    }

    /// Loads the certificates, once.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        self.config
            .get_or_init(|| {
                let (roots, own) = match &self.bundle {
                    Some(path) => {
                        let read = bundle::read(path).map_err(|why| TlsError::Bundle {
                            path: path.clone(),
                            why,
                        });
                        read.map(|(roots, own)| (roots, Some(own)))?
                    }
                    None => (system_roots()?, None),
                };
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let roots = Arc::new(roots);
                let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
                    .with_safe_default_protocol_versions()
                    .map_err(setup)?;
                let config = match own {
                    None => config.with_root_certificates(roots),
                    Some(own) => {
                        let usual = WebPkiServerVerifier::builder_with_provider(roots, provider);
                        let usual = usual.build().map_err(setup)?;
                        let verifier = Arc::new(OwnCertificates { usual, own });
                        config
                            .dangerous()
                            .with_custom_certificate_verifier(verifier)
                    }
                };
                Ok(Arc::new(config.with_no_client_auth()))
            })
            .clone()
    }
}

fn setup(error: impl std::fmt::Display) -> TlsError {
    TlsError::Setup(error.to_string())
}

/// Checks certificates as rustls does, but trusts a server's certificate that is itself in the bundle, and calls itself an
/// authority: what `openssl req -x509` makes. The AWS tools trust it, and rustls doesn't (decision 011).
#[derive(Debug)]
struct OwnCertificates {
    usual: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for OwnCertificates {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = &self.usual;
        let verified =
            usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // Its dates were found good before that.
            Err(error) if is_of_authority(&error) && self.own.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether nothing else was found wrong than that a server has the certificate of an authority.
pub(crate) fn is_of_authority(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    matches!(
        other.0.downcast_ref::<webpki::Error>(),
        Some(webpki::Error::CaUsedAsEndEntity)
    )
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some of a system's certificates are always odd; one that works is enough to go on.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found
            .errors
            .first()
            .map(|error| format!(": {error}"))
            .unwrap_or_default();
        return Err(TlsError::NoRoots { why });
    }
    Ok(roots)
}
