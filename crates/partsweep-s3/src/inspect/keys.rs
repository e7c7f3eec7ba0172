//! The keys of a bucket's objects (ListObjectsV2).

use http::Method;
use partsweep_core::{BucketName, KeyPage, Operation, StoreError, StoreErrorKind};

use super::inspector::{Inspector, PAGE};
use crate::address::escape::push_parameter;
use crate::wire::request::S3Request;
use crate::xml::key_encoding::readings;
use crate::xml::objects::{self, ObjectPage};

impl Inspector {
    /// One page of the keys that start with a prefix.
    ///
    /// Asked for plainly first, as uploads are: what a plain page shows are the keys themselves. Where it loses a
    /// character or can't be read, the encoded page shows texts of which each reading is a key to ask for.
    pub(crate) async fn list_keys(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<KeyPage, StoreError> {
        let plain = self.keys_page(bucket, prefix, after, false).await;
        let page = match plain {
            Ok(page)
                if page
                    .keys
                    .iter()
                    .all(|key| !key.contains(char::REPLACEMENT_CHARACTER)) =>
            {
                return Ok(key_page(page));
            }
            Err(error) if !is_unreadable(&error) => return Err(error),
            plain => match self.keys_page(bucket, prefix, after, true).await {
                Ok(encoded) => {
                    let keys = encoded.keys.iter().flat_map(|text| readings(text));
                    ObjectPage {
                        keys: keys.collect(),
                        ..encoded
                    }
                }
                Err(error) => {
                    // What it could not show is lost; the rest is not.
                    let mut plain = plain.map_err(|_| error)?;
                    let all = plain.keys.len();
                    plain
                        .keys
                        .retain(|key| !key.contains(char::REPLACEMENT_CHARACTER));
                    plain.nameless += all - plain.keys.len();
                    plain
                }
            },
        };
        Ok(key_page(page))
    }

    async fn keys_page(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        encoded: bool,
    ) -> Result<ObjectPage, StoreError> {
        let mut query = String::from("list-type=2");
        push_parameter(&mut query, "max-keys", PAGE);
        let optional = [
            ("encoding-type", encoded.then_some("url")),
            ("prefix", Some(prefix).filter(|prefix| !prefix.is_empty())),
            ("continuation-token", after),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                push_parameter(&mut query, name, value);
            }
        }
        let mut ask =
            S3Request::new(Operation::ListObjects, Method::GET, Some(bucket)).with_query(query);
        if !encoded {
            ask.unreadable_tries = 2;
        }
        self.client.send(&ask, |_, body| objects::read(body)).await
    }
}

fn key_page(page: ObjectPage) -> KeyPage {
    let next = page.next.filter(|_| page.truncated);
    KeyPage {
        keys: page.keys,
        hides_some: page.end_unclear || page.nameless > 0 || (page.truncated && next.is_none()),
        next,
    }
}

/// Whether the store may show the same page otherwise.
fn is_unreadable(error: &StoreError) -> bool {
    matches!(
        error.kind,
        StoreErrorKind::Malformed | StoreErrorKind::Server
    )
}
