//! ListAllMyBucketsResult and LocationConstraint.

use partsweep_core::{BucketEntry, BucketName};

use crate::xml::{Node, ReadError, Tag, root_text, walk};

/// A page of buckets.
#[derive(Debug, Default)]
pub(crate) struct BucketPage {
    pub(crate) buckets: Vec<BucketEntry>,
    pub(crate) continuation: Option<String>,
    /// The id of the account that the buckets belong to.
    pub(crate) owner: Option<String>,
}

/// Reads a whole page.
pub(crate) fn read(document: &[u8]) -> Result<BucketPage, ReadError> {
    const ROOTS: [Tag; 3] = [
        Tag::ListAllMyBucketsResult,
        Tag::ListAllMyBucketsResponse,
        Tag::ListBucketsResult,
    ];
    let mut page = BucketPage::default();
    let (mut name, mut region) = (None, None);
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Buckets, Tag::Bucket], Node::Open) => (name, region) = (None, None),
        ([Tag::Buckets, Tag::Bucket], Node::Close) => {
            if let Some(name) = name.take() {
                page.buckets.push(BucketEntry {
                    name,
                    region: region.take(),
                });
            }
        }
        ([Tag::Buckets, Tag::Bucket, Tag::Name], Node::Text(text)) => {
            name = BucketName::new(text).ok();
        }
        ([Tag::Buckets, Tag::Bucket, Tag::BucketRegion], Node::Text(text)) if !text.is_empty() => {
            region = Some(text.into_owned());
        }
        ([Tag::Owner, Tag::ID], Node::Text(text)) if !text.is_empty() => {
            page.owner = Some(text.into_owned());
        }
        ([Tag::ContinuationToken], Node::Text(text)) if !text.is_empty() => {
            page.continuation = Some(text.into_owned());
        }
        _ => {}
    })?;
    Ok(page)
}

/// Reads where a bucket is. SeaweedFS wraps it in the element that creates a bucket.
pub(crate) fn read_location(document: &[u8]) -> Result<String, ReadError> {
    let mut wrapped = String::new();
    let read = walk(document, &[Tag::CreateBucketConfiguration], |path, node| {
        if let ([Tag::LocationConstraint], Node::Text(text)) = (path, node) {
            wrapped = text.trim().to_owned();
        }
    });
    match read {
        Ok(()) => Ok(wrapped),
        Err(ReadError::NotS3) => root_text(document, Tag::LocationConstraint),
        Err(error) => Err(error),
    }
}
