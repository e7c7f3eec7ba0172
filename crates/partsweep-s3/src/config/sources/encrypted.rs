//! An encrypted `rclone.conf`.
//!
//! After a line `RCLONE_ENCRYPT_V0:` stands Base64: 24 bytes of nonce, and a NaCl secretbox whose key is the
//! SHA-256 of `[PASSWORD][rclone-config]` (rclone, fs/config/crypt.go).

use std::path::Path;

use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use sha2::{Digest, Sha256};

use super::{AccountError, Machine};

const MARK: &str = "RCLONE_ENCRYPT_V";
const NONCE: usize = 24;

/// Whether the first line that is no comment says so.
pub(super) fn is_encrypted(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    first.is_some_and(|line| line.starts_with(MARK))
}

/// The text, by the password in `RCLONE_CONFIG_PASS`.
pub(super) fn decrypted(
    machine: &Machine,
    path: &Path,
    text: &str,
) -> Result<String, AccountError> {
    let failed = |why| AccountError::Encrypted {
        path: path.to_owned(),
        why,
    };
    let Some((version, body)) = text
        .split_once(MARK)
        .and_then(|(_, rest)| rest.split_once(':'))
    else {
        return Err(failed("its form isn't known"));
    };
    if version != "0" {
        return Err(failed("its form is newer than this program"));
    }
    let Some(password) = machine.var("RCLONE_CONFIG_PASS") else {
        return Err(failed("RCLONE_CONFIG_PASS isn't set"));
    };
    let body: String = body.split_whitespace().collect();
    let sealed = decode(&body).filter(|sealed| sealed.len() > NONCE);
    let sealed = sealed.ok_or_else(|| failed("it is damaged"))?;
    let key = Sha256::digest(format!("[{password}][rclone-config]"));
    let cipher = XSalsa20Poly1305::new(Key::from_slice(&key));
    let (nonce, sealed) = sealed.split_at(NONCE);
    let open = cipher.decrypt(Nonce::from_slice(nonce), sealed);
    let open = open.map_err(|_| failed("RCLONE_CONFIG_PASS isn't its password"))?;
    String::from_utf8(open).map_err(|_| failed("it is damaged"))
}

/// Standard Base64 with its padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    aws_smithy_types::base64::decode(text).ok()
}
