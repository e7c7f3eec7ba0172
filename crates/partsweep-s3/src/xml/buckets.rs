//! ListAllMyBucketsResult and LocationConstraint.

use std::borrow::Cow;

use partsweep_core::BucketList;

use crate::xml::{Node, ReadError, Said, SaidEnd, Tag, root_text, walk};

/// A page of buckets.
#[derive(Debug, Default)]
pub(crate) struct BucketPage {
    pub(crate) buckets: BucketList,
    /// Buckets that have a name, also those that came twice.
    pub(crate) named: usize,
    /// `ContinuationToken`: of AWS what leads on, of R2 an echo of what was asked.
    pub(crate) continuation: Option<String>,
    /// `NextContinuationToken`, where a store has it: then nothing else leads on.
    pub(crate) next_continuation: Option<String>,
    /// `NextMarker`, of stores that page by `marker`.
    pub(crate) next_marker: Option<String>,
    /// `IsTruncated`, if it says so: AWS has none.
    pub(crate) truncated: bool,
    /// `MaxBuckets`: how many it has at most.
    pub(crate) most: Option<usize>,
    /// It says whether there is more.
    pub(crate) says_end: bool,
    /// What it says of its end means nothing.
    pub(crate) end_unclear: bool,
    /// Buckets without a name that can be one, or with two.
    pub(crate) nameless: usize,
    /// The id of the account that the buckets belong to.
    pub(crate) owner: Option<String>,
}

impl BucketPage {
    /// The parameter that leads to the next page, if any does; never an echo of the one that was asked.
    pub(crate) fn next(
        &self,
        asked: Option<&(&'static str, String)>,
    ) -> Option<(&'static str, String)> {
        let token = |token: &String| ("continuation-token", token.clone());
        let next = self.next_continuation.as_ref().map(token);
        let next = next.or_else(|| Some(("marker", self.next_marker.clone()?)));
        let next = next.or_else(|| self.continuation.as_ref().map(token));
        next.filter(|next| Some(next) != asked)
    }
}

/// Reads a whole page.
pub(crate) fn read(document: &[u8]) -> Result<BucketPage, ReadError> {
    const ROOTS: [Tag; 5] = [
        Tag::ListAllMyBucketsResult,
        Tag::ListAllMyBucketsResponse,
        Tag::ListBucketsResult,
        Tag::ListAllMyDirectoryBucketsResult,
        Tag::ListDirectoryBucketsOutput,
    ];
    let mut page = BucketPage::default();
    let mut name: Said<Option<Cow<'_, str>>> = Said::Nothing;
    let mut region: Option<Cow<'_, str>> = None;
    let mut end = SaidEnd::default();
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Buckets, Tag::Bucket], Node::Open) => (name, region) = (Said::Nothing, None),
        ([Tag::Buckets, Tag::Bucket], Node::Close) => {
            match std::mem::take(&mut name).one().flatten() {
                Some(name) => {
                    page.named += 1;
                    page.buckets.push(&name, region.take().as_deref());
                }
                None => page.nameless += 1,
            }
        }
        ([Tag::Buckets, Tag::Bucket, Tag::Name], Node::Text(text)) => {
            name.hear(Some(text).filter(|text| !text.is_empty()));
        }
        ([Tag::Buckets, Tag::Bucket, Tag::BucketRegion], Node::Text(text)) if !text.is_empty() => {
            region = Some(text);
        }
        ([.., Tag::Error], Node::Open) => page.nameless += 1,
        ([Tag::Owner, Tag::ID], Node::Text(text)) if !text.is_empty() => {
            page.owner = Some(text.into_owned());
        }
        ([Tag::NextContinuationToken], Node::Text(text)) if !text.is_empty() => {
            page.next_continuation = Some(text.into_owned());
        }
        ([Tag::NextMarker], Node::Text(text)) if !text.is_empty() => {
            page.next_marker = Some(text.into_owned());
        }
        ([Tag::MaxBuckets], Node::Text(text)) => page.most = text.trim().parse().ok(),
        ([Tag::IsTruncated], Node::Open) => end.begin(),
        ([Tag::IsTruncated], Node::Text(text)) => end.say(&text),
        ([Tag::ContinuationToken], Node::Text(text)) if !text.is_empty() => {
            page.continuation = Some(text.into_owned());
        }
        _ => {}
    })?;
    page.says_end = !end.is_absent();
    // A token is no marker here: it may be an echo.
    (page.truncated, page.end_unclear) = end.goes_on(false);
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
