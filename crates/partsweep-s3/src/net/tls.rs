//! Trusted certificates, loaded when the first https connection needs them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

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
                let roots = match &self.bundle {
                    Some(path) => read_bundle(path)?,
                    None => system_roots()?,
                };
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let config = ClientConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()
                    .map_err(|error| TlsError::Setup(error.to_string()))?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
                Ok(Arc::new(config))
            })
            .clone()
    }
}

fn read_bundle(path: &Path) -> Result<RootCertStore, TlsError> {
    let bad = |why: String| TlsError::Bundle {
        path: path.to_owned(),
        why,
    };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("there is no certificate in it".to_owned()));
    }
    Ok(roots)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_read_is_named() {
        let error = Tls::new(Some("/no/such.pem".into())).config().unwrap_err();
        assert!(error.to_string().contains("/no/such.pem"), "{error}");
    }

    #[test]
    fn a_bundle_without_certificates_is_refused() {
        let path = std::env::temp_dir().join(format!("partsweep-empty-{}.pem", std::process::id()));
        std::fs::write(&path, "no certificate here\n").unwrap();
        let error = Tls::new(Some(path.clone())).config().unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert!(
            error.to_string().contains("no certificate in it"),
            "{error}"
        );
    }
}
