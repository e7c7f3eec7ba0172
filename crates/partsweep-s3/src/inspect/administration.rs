//! The buckets of all users, by the administration of Ceph's gateway (measured on 16.2.15).
//!
//! Two requests that only look: `GET /admin/metadata/bucket`, in pages, and `GET /admin/bucket?stats=true` of one
//! bucket. They take the capabilities `metadata=read` and `buckets=read`; `users=read`, which shows secret keys, isn't
//! needed.

use std::collections::HashSet;
use std::sync::PoisonError;

use http::Method;
use partsweep_core::provider::recognise::Sign;
use partsweep_core::{
    BucketList, BucketName, BucketStats, MissingBuckets, Operation, StoreError, StoreErrorKind,
};
use serde::Deserialize;
use serde_json::Value;

use super::buckets::{MOST_BUCKETS, MOST_BYTES};
use super::inspector::{Inspector, PAGE};
use super::intern::LONGEST_NOTE;
use crate::address::escape::push_parameter;
use crate::wire::request::S3Request;
use crate::xml::ReadError;

/// A page of names.
#[derive(Debug, Deserialize)]
struct NamePage {
    /// `bucket`, or `tenant/bucket`.
    keys: Vec<Value>,
    /// The text `true` or `false`.
    truncated: Value,
    /// What leads on.
    marker: Option<String>,
}

impl NamePage {
    fn read(body: &[u8]) -> Result<Self, ReadError> {
        read(body)
    }

    /// Whether there is more; none if that can't be read.
    fn goes_on(&self) -> Option<bool> {
        match &self.truncated {
            Value::Bool(goes_on) => Some(*goes_on),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            _ => None,
        }
    }
}

/// What is said of one bucket.
#[derive(Debug, Deserialize)]
struct Stats {
    bucket: String,
    tenant: Option<String>,
    owner: Option<String>,
    usage: Option<Value>,
}

impl Stats {
    /// The count of uploads: the entries of category `rgw.multimeta` are the uploads themselves, without their
    /// parts, which are in `rgw.main`. A category without entries may be missing.
    fn uploads(&self) -> Option<u64> {
        let usage = self.usage.as_ref()?.as_object()?;
        match usage.get("rgw.multimeta") {
            None => Some(0),
            Some(uploads) => uploads.get("num_objects")?.as_u64(),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ReadError> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => ReadError::Malformed("the answer was cut".to_owned()),
        _ => ReadError::NotS3,
    })
}

/// How requests name a bucket that metadata calls `bucket` or `tenant/bucket`.
///
/// A name without a tenant means one of the caller's own tenant, so that another bucket of the same name would be
/// asked and swept in its place (measured). Only a caller who is known for having no tenant may leave it out (law 14).
fn in_requests(key: &str, caller_has_no_tenant: bool) -> Option<BucketName> {
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', ':']);
    let name = match key.split_once('/') {
        Some((tenant, name)) if is_name(tenant) && is_name(name) => format!("{tenant}:{name}"),
        None if is_name(key) && caller_has_no_tenant => key.to_owned(),
        None if is_name(key) => format!(":{key}"),
        _ => return None,
    };
    BucketName::new(name).ok()
}

/// How metadata names a bucket of requests.
fn in_metadata(bucket: &BucketName) -> String {
    match bucket.as_str().split_once(':') {
        Some(("", name)) => name.to_owned(),
        Some((tenant, name)) => format!("{tenant}/{name}"),
        None => bucket.as_str().to_owned(),
    }
}

impl Inspector {
    /// The buckets of all users. The list of the caller's own is asked for first: it shows which store this is, and
    /// whether the caller has a tenant.
    pub(crate) async fn list_all_buckets(&self) -> Result<BucketList, StoreError> {
        self.list_buckets().await?;
        let signs = self.client.known.signs();
        if !signs.iter().any(|(_, sign)| *sign == Sign::GatewayHeaders) {
            let kind = StoreErrorKind::Unsupported;
            let words = format!(
                "this store is {}, and only Ceph's gateway has a list of them",
                match self.client.provider().id {
                    "unknown" => "not recognized",
                    _ => self.client.provider().name,
                }
            );
            return Err(StoreError::new(Operation::ListAllBuckets, None, kind).with_message(words));
        }
        let has_no_tenant = self.account().is_some_and(|account| !account.contains('$'));
        let (mut buckets, mut seen) = (BucketList::default(), HashSet::new());
        let (mut marker, mut unreadable) = (None::<String>, 0);
        let mut missing = loop {
            let mut query = String::new();
            push_parameter(&mut query, "max-entries", PAGE);
            if let Some(marker) = &marker {
                push_parameter(&mut query, "marker", marker);
            }
            let ask = S3Request::new(Operation::ListAllBuckets, Method::GET, None)
                .with_resource("/admin/metadata/bucket")
                .with_query(query);
            let page = match self.client.send(&ask, |_, body| NamePage::read(body)).await {
                Ok(page) => page,
                // What was seen is there.
                Err(_) if marker.is_some() && !buckets.is_empty() => {
                    break Some("the store failed to return the next page");
                }
                Err(error) => return Err(error),
            };
            let before = buckets.len();
            for key in &page.keys {
                let key = key.as_str().unwrap_or_default();
                let is_echo = self.client.secrets.are_in_name(key);
                match in_requests(key, has_no_tenant).filter(|_| !is_echo) {
                    Some(name) => _ = buckets.push(name.as_str(), None),
                    None => unreadable += 1,
                }
            }
            if buckets.len() > MOST_BUCKETS || buckets.bytes() > MOST_BYTES {
                break Some("the store's list of buckets has no end");
            }
            let next = page.marker.as_ref().filter(|marker| !marker.is_empty());
            match (page.goes_on(), next) {
                (Some(false), _) => break None,
                (None, _) => {
                    break Some("the store doesn't say clearly whether there are more buckets");
                }
                (Some(true), None) => {
                    break Some(
                        "the store says that there are more buckets, but not how to continue",
                    );
                }
                (Some(true), Some(next)) if !seen.insert(next.clone()) => {
                    break Some("the store returns the same page again and again");
                }
                (Some(true), Some(_)) if marker.is_some() && buckets.len() == before => {
                    break Some(
                        "the store says that there are more buckets and returns nothing new",
                    );
                }
                (Some(true), Some(next)) => marker = Some(next.clone()),
            }
        };
        if unreadable > 0 {
            missing = Some("some bucket names can't be read");
        }
        *self
            .missing_buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = missing.map(MissingBuckets::Some);
        self.client.regions.learn_list(&buckets);
        Ok(buckets)
    }

    /// Owner and count of uploads of a bucket.
    pub(crate) async fn bucket_stats(
        &self,
        bucket: &BucketName,
    ) -> Result<BucketStats, StoreError> {
        let asked = in_metadata(bucket);
        let mut query = String::new();
        for (name, value) in [("format", "json"), ("stats", "true"), ("bucket", &asked)] {
            push_parameter(&mut query, name, value);
        }
        let ask = S3Request::new(Operation::GetBucketStats, Method::GET, None)
            .with_resource("/admin/bucket")
            .with_query(query);
        let read = |_: &http::HeaderMap, body: &bytes::Bytes| {
            let stats: Stats = read(body)?;
            let named = match stats.tenant.as_deref() {
                None | Some("") => stats.bucket.clone(),
                Some(tenant) => format!("{tenant}/{}", stats.bucket),
            };
            // The numbers of another bucket say nothing of this one.
            match named == asked {
                true => Ok(stats),
                false => Err(ReadError::Malformed(
                    "the answer is about another bucket".to_owned(),
                )),
            }
        };
        let stats = self.client.send(&ask, read).await;
        let stats = stats.map_err(|error| StoreError {
            bucket: Some(bucket.clone()),
            ..error
        })?;
        let uploads = stats.uploads();
        let is_user = |owner: &String| {
            !owner.is_empty()
                && owner.len() <= LONGEST_NOTE
                && !self.client.secrets.are_in_name(owner)
        };
        Ok(BucketStats {
            owner: stats.owner.filter(is_user),
            uploads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_another_tenant_is_never_taken_for_one_of_the_callers() {
        let name = |key, none| in_requests(key, none).map(|name| name.as_str().to_owned());
        assert_eq!(name("logs", true).as_deref(), Some("logs"));
        assert_eq!(name("logs", false).as_deref(), Some(":logs"));
        for has_no_tenant in [true, false] {
            let named = name("acme/logs", has_no_tenant);
            assert_eq!(named.as_deref(), Some("acme:logs"));
            for odd in ["", "/", "a/", "/b", "a/b/c", "a:b", "a/b:c", ":b"] {
                assert_eq!(name(odd, has_no_tenant), None, "{odd}");
            }
        }
        for (requests, metadata) in [("logs", "logs"), (":logs", "logs"), ("a:b", "a/b")] {
            assert_eq!(in_metadata(&BucketName::new(requests).unwrap()), metadata);
        }
    }

    #[test]
    fn only_a_count_that_can_be_read_is_one() {
        let uploads = |usage: &str| {
            let body = format!(r#"{{"bucket":"b","usage":{usage}}}"#);
            read::<Stats>(body.as_bytes()).unwrap().uploads()
        };
        assert_eq!(uploads(r#"{"rgw.multimeta":{"num_objects":3}}"#), Some(3));
        assert_eq!(uploads(r#"{"rgw.main":{"num_objects":3}}"#), Some(0));
        assert_eq!(uploads("{}"), Some(0));
        for unreadable in [
            "null",
            "[]",
            r#"{"rgw.multimeta":{}}"#,
            r#"{"rgw.multimeta":{"num_objects":-1}}"#,
            r#"{"rgw.multimeta":{"num_objects":"3"}}"#,
        ] {
            assert_eq!(uploads(unreadable), None, "{unreadable}");
        }
    }
}
