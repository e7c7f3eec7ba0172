//! The file of trusted certificates that was named, and what is wrong with it.

use std::path::Path;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};

use crate::config::settings_file::read_settings_file;

/// What the first bytes of a certificate in DER form are: a sequence whose length has two bytes.
const DER: [u8; 2] = [0x30, 0x82];

/// The certificates of a PEM file: as authorities, and each as it is.
///
/// # Errors
///
/// What is wrong with the file, to follow its name.
pub(super) fn read(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    if path.is_dir() {
        return Err("it is a directory, not a file".to_owned());
    }
    let text = read_settings_file(path).map_err(|error| error.to_string())?;
    if text.trim_ascii().is_empty() {
        return Err("the file is empty".to_owned());
    }
    let mut roots = RootCertStore::empty();
    let mut own = Vec::new();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(&text)) {
        let certificate = certificate.map_err(|error| damaged(number, error))?;
        own.push(certificate.clone());
        roots.add(certificate).map_err(|_| {
            format!("certificate {number} in it is damaged: what it holds isn't a certificate")
        })?;
    }
    match roots.is_empty() {
        true => Err(instead(&text)),
        false => Ok((roots, own)),
    }
}

/// What is wrong with a section of the file, the certificate of this number or what stands before it.
fn damaged(number: usize, error: PemError) -> String {
    let why = match error {
        PemError::MissingSectionEnd { end_marker } => {
            let label = String::from_utf8_lossy(&end_marker);
            format!(
                "its line `-----END {}-----` is missing, or is cut",
                label.trim()
            )
        }
        PemError::IllegalSectionStart { line } => {
            let line = String::from_utf8_lossy(&line);
            let line: String = line.trim().chars().take(LONGEST_SHOWN).collect();
            format!("its first line is `{line}`, and should be `-----BEGIN CERTIFICATE-----`")
        }
        PemError::Base64Decode(_) => {
            "the text between its lines BEGIN and END isn't base64".to_owned()
        }
        error => error.to_string(),
    };
    format!("certificate {number} in it is damaged: {why}")
}

/// Characters of a line that are shown.
const LONGEST_SHOWN: usize = 60;

/// What a file is that holds no certificate.
fn instead(text: &[u8]) -> String {
    if text.starts_with(&DER) {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from(text);
        return match roots.add(certificate) {
            Ok(()) => "it is in DER form, not PEM: `openssl x509 -inform der -in FILE -out FILE.pem` converts it",
            Err(_) => "it is a binary file, not PEM",
        }
        .to_owned();
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return "it is a binary file, not PEM".to_owned();
    };
    let begins = |what: &str| {
        text.lines().any(|line| {
            let label = line.trim().strip_prefix("-----BEGIN ");
            label.is_some_and(|label| label.trim_end_matches('-').ends_with(what))
        })
    };
    let what = if begins("PRIVATE KEY") {
        "it holds a private key, and no certificate"
    } else if begins("PUBLIC KEY") {
        "it holds a public key, and no certificate"
    } else if begins("CERTIFICATE REQUEST") {
        "it holds a certificate request, and no certificate"
    } else if begins("TRUSTED CERTIFICATE") {
        "its certificates are in OpenSSL's own form: `openssl x509 -in FILE -out FILE.pem` converts one"
    } else if begins("X509 CRL") {
        "it holds a list of revoked certificates, and no certificate"
    } else {
        "there is no certificate in it: no line `-----BEGIN CERTIFICATE-----`"
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file with this in it; what is said of it.
    fn said(name: &str, bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err()
    }

    fn section(label: &str, inside: &str) -> String {
        format!("-----BEGIN {label}-----\n{inside}\n-----END {label}-----\n")
    }

    #[test]
    fn a_bundle_without_end_is_an_error() {
        let error = read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.starts_with("it is a device"), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_file_of_certificates_is_one_clear_line() {
        let whole = section("CERTIFICATE", "MIIB");
        let without_end = whole.split("-----END").next().unwrap().to_owned();
        let cut_end = whole.trim_end().trim_end_matches('-').to_owned();
        let odd_start = whole.replace("CERTIFICATE-----\nMIIB", "CERTIFICATE\nMIIB");
        for (bytes, words) in [
            ("", "the file is empty"),
            (" \n\t", "the file is empty"),
            ("no certificate here\n", "there is no certificate in it"),
            (
                &*whole,
                "certificate 1 in it is damaged: what it holds isn't a certificate",
            ),
            (&section("CERTIFICATE", "no base64!"), "isn't base64"),
            (
                &without_end,
                "its line `-----END CERTIFICATE-----` is missing",
            ),
            (
                &cut_end,
                "its line `-----END CERTIFICATE-----` is missing, or is cut",
            ),
            (&odd_start, "its first line is `-----BEGIN CERTIFICATE`"),
            (
                &section("PRIVATE KEY", "MIIB"),
                "it holds a private key, and no certificate",
            ),
            (
                &section("EC PRIVATE KEY", "MIIB"),
                "it holds a private key, and no certificate",
            ),
            (
                &section("CERTIFICATE REQUEST", "MIIB"),
                "a certificate request",
            ),
            (
                &section("TRUSTED CERTIFICATE", "MIIB"),
                "openssl x509 -in FILE",
            ),
        ] {
            let said = said("ca.pem", bytes.as_bytes());
            assert!(said.contains(words), "{bytes:?}: {said}");
            assert!(!said.contains('\n') && !said.contains("45, 45"), "{said}");
        }
        assert_eq!(
            said("ca.der", &[0x30, 0x82, 1, 2, 3]),
            "it is a binary file, not PEM"
        );
        assert_eq!(
            said("ca.p12", &[0xff, 0xfe, 0, 1]),
            "it is a binary file, not PEM"
        );
        let folder = tempfile::tempdir().unwrap();
        let said = read(folder.path()).unwrap_err();
        assert_eq!(said, "it is a directory, not a file");
        let said = read(&folder.path().join("none")).unwrap_err();
        assert!(said.starts_with("No such file"), "{said}");
    }

    #[test]
    fn a_certificate_in_der_form_is_told_with_how_to_convert_it() {
        let made = rcgen::generate_simple_self_signed(vec!["h".to_owned()]).unwrap();
        let der = made.cert.der().to_vec();
        assert!(said("ca.der", &der).contains("openssl x509 -inform der"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let key = section("PRIVATE KEY", "MIIB");
        fs::write(&path, key + &made.cert.pem()).unwrap();
        assert_eq!(read(&path).unwrap().1.len(), 1);
    }
}
