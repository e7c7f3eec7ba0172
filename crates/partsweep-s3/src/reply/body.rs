//! What a body is that is not the document that was asked for.

use crate::xml::{Node, ReadError, Tag, walk};

/// S3's error document; every field is the store's own, hostile text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorDocument {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) region: Option<String>,
    /// The host that a bucket is at.
    pub(crate) endpoint: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl ErrorDocument {
    /// Reads one; none if the body is not an error document. One that was cut still tells its code.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut document = Self::default();
        let read = walk(body, &[Tag::Error], |path, node| {
            let Node::Text(text) = node else { return };
            let field = match path {
                [Tag::Code] => &mut document.code,
                [Tag::Message] => &mut document.message,
                [Tag::Region] => &mut document.region,
                [Tag::Endpoint] => &mut document.endpoint,
                [Tag::RequestId] => &mut document.request_id,
                _ => return,
            };
            *field = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        });
        match read {
            Err(ReadError::NotS3) => None,
            Err(_) if document.code.is_none() => None,
            _ => Some(document),
        }
    }
}

/// The error of the administration of Ceph's gateway.
#[derive(serde::Deserialize)]
struct AdminError {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
    #[serde(rename = "RequestId")]
    request_id: Option<String>,
}

impl ErrorDocument {
    /// Reads that of an administration, which is JSON (measured on Ceph 16.2.15).
    pub(crate) fn of_admin(body: &[u8]) -> Option<Self> {
        let error: AdminError = serde_json::from_slice(body).ok()?;
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Some(Self {
            code: Some(filled(error.code)?),
            message: filled(error.message),
            region: None,
            endpoint: None,
            request_id: error.request_id,
        })
    }
}

/// Whether a body is HTML.
pub(crate) fn is_web_page(body: &[u8]) -> bool {
    let start = beginning(body);
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

fn beginning(body: &[u8]) -> String {
    let start = &body[..body.len().min(512)];
    String::from_utf8_lossy(start)
        .trim_start()
        .to_ascii_lowercase()
}

/// What a body is that is not S3's.
pub(crate) fn describe(body: &[u8]) -> &'static str {
    let start = beginning(body);
    if start.is_empty() {
        "the response is empty"
    } else if is_web_page(body) {
        "the response is a web page, not S3's"
    } else if start.starts_with(['{', '[']) {
        "the response is JSON, not S3's"
    } else {
        "the response isn't S3's"
    }
}

/// Checks what came with a success: nothing does, but an error, or a page of something between us
/// and the store, may.
pub(crate) fn has_no_words(body: &[u8]) -> Result<(), ReadError> {
    if ErrorDocument::read(body).is_some() {
        Err(ReadError::Refused)
    } else if is_web_page(body) {
        Err(ReadError::NotS3)
    } else {
        Ok(())
    }
}
