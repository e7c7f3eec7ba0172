//! Bodies of requests: read to their end, and mostly dropped.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::operation::Operation;
use super::request::Call;
use crate::hash::{EMPTY_SHA256, hex};

/// What is known of a body that was read and dropped.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    /// Bytes of content, without the framing of `aws-chunked`.
    pub(crate) length: u64,
    /// In hex; `None` if nobody wants to know.
    pub(crate) sha256: Option<String>,
    /// Of the data of a part that came without framing.
    pub(crate) md5: Option<[u8; 16]>,
    /// The first bytes, as text.
    pub(crate) text: String,
}

/// The most of a body that is kept: a complete that names 10,000 parts fits.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Reads a body to its end; keeps its length, and its text unless it is data.
pub(crate) async fn read_body(call: &Call, mut body: Incoming) -> Result<Payload, hyper::Error> {
    let is_data = matches!(call.operation, Operation::PutObject | Operation::UploadPart);
    let claimed = call
        .header("x-amz-content-sha256")
        .is_some_and(|hash| hash_is_claimed(hash) && hash != EMPTY_SHA256);
    let mut hash = Sha256::new();
    let is_part = call.operation == Operation::UploadPart;
    let mut md5 = Md5::new();
    let mut payload = Payload::default();
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data): Result<Bytes, _> = frame?.into_data() else {
            continue;
        };
        payload.length += data.len() as u64;
        if claimed {
            hash.update(&data);
        }
        if is_part {
            md5.update(&data);
        }
        if !is_data && text.len() + data.len() <= KEPT_BYTES {
            text.extend_from_slice(&data);
        }
    }
    if claimed {
        payload.sha256 = Some(hex(&hash.finalize()));
    } else if payload.length > 0 {
        // Whatever it is, it is not the hash of nothing.
        payload.sha256 = Some(String::new());
    }
    let decoded = call
        .header("x-amz-decoded-content-length")
        .and_then(|text| text.parse().ok());
    payload.md5 = (is_part && decoded.is_none()).then(|| md5.finalize().into());
    payload.length = decoded.unwrap_or(payload.length);
    payload.text = String::from_utf8_lossy(&text).into_owned();
    Ok(payload)
}

/// Whether `x-amz-content-sha256` holds a hash, rather than `UNSIGNED-PAYLOAD` or `STREAMING-…`.
pub(crate) fn hash_is_claimed(hash: &str) -> bool {
    hash.len() == EMPTY_SHA256.len() && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}
