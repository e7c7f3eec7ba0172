//! The tags of an object, carried over to what is written in its place.

use http::{HeaderName, Method};
use partsweep_core::{BucketName, Key, Operation, StoreError};

use super::metadata::cannot_be_told;
use crate::address::escape::push_parameter;
use crate::mutate::mutator::Mutator;
use crate::wire::request::S3Request;
use crate::xml::{ReadError, tags};

const TAGGING: HeaderName = HeaderName::from_static("x-amz-tagging");

impl Mutator {
    /// The header that gives a new object the tags of this one; none if it has none, or the store
    /// does not tell them.
    pub(super) async fn tags(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<(HeaderName, String)>, StoreError> {
        let ask = S3Request::new(Operation::GetObjectTagging, Method::GET, Some(bucket))
            .with_key(key)
            .with_query("tagging");
        match self.client.send(&ask, |_, body| read(body)).await {
            Ok(tags) => Ok((!tags.is_empty()).then_some((TAGGING, tags))),
            Err(error) if cannot_be_told(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Tags in the form `name=value&name=value`, escaped.
fn read(document: &[u8]) -> Result<String, ReadError> {
    let mut escaped = String::new();
    for (name, value) in tags::read(document)? {
        push_parameter(&mut escaped, &name, &value);
    }
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_escaped_and_none_is_none() {
        let document = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1&amp;2=3</Value></Tag>\
                        <Tag><Key>é</Key><Value/></Tag></TagSet></Tagging>";
        assert_eq!(
            read(document.as_bytes()).as_deref(),
            Ok("a%20b=1%262%3D3&%C3%A9=")
        );
        for none in ["", "<Tagging><TagSet/></Tagging>"] {
            assert_eq!(read(none.as_bytes()).as_deref(), Ok(""), "{none}");
        }
        assert!(read(b"<Tagging><TagSet>").is_err());
    }
}
