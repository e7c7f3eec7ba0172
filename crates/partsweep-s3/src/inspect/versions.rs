//! The versions of a key below the current one (law 4): a finished object may be one of them.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use http::Method;
use jiff::Timestamp;
use partsweep_core::{BucketName, Key, OlderVersions, Operation, StoreError, StoreErrorKind};

use super::impossible::says_impossible;
use super::inspector::Inspector;
use crate::address::escape::push_parameter;
use crate::wire::request::S3Request;
use crate::xml::versions;

/// Pages at most of one key's versions, a thousand each: more are not looked through.
const MOST_PAGES: usize = 10;

/// The markers of the first page.
const START: (Option<String>, Option<String>) = (None, None);

impl Inspector {
    /// The versions of a key below the current one, and whether it has delete markers. Where the key may neither ask whether the bucket
    /// has versions nor list them, what HEAD shows says whether there are any
    /// ([`Versions::hides_some`](crate::reply::versions::Versions::hides_some)).
    pub(crate) async fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        // They have no versions, and no request about them.
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
        if self.client.is_directory_bucket(bucket) {
            return Ok(OlderVersions::NONE);
        }
        let known = self.client.versions.of(bucket);
        let kept = known.get_or_try_init(|| async {
            match self.keeps_versions(bucket).await {
                Ok(keeps) => Ok(Some(keeps)),
                Err(error) if is_refusal(&error) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let is_sure = match kept.await? {
            Some(false) => return Ok(OlderVersions::NONE),
            Some(true) => true,
            None if self.client.versions.is_denied(bucket) => {
                return Ok(OlderVersions::NONE);
            }
            None => false,
        };
        match self.list_older(bucket, key).await {
            Ok(older) => Ok(older),
            Err(error) if says_impossible(&error, key) => Ok(OlderVersions::NONE),
            Err(error) if is_refusal(&error) => {
                self.client.versions.deny(bucket);
                if !is_sure && error.kind == StoreErrorKind::Denied {
                    self.client.versions.hide(bucket);
                }
                Ok(match is_sure {
                    true => OlderVersions::NotVisible,
                    false => OlderVersions::NONE,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Lists all versions below a prefix that is the key, until longer keys come.
    async fn list_older(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        let mut after = START;
        let mut older = Vec::new();
        let mut deleted: Vec<Option<Timestamp>> = Vec::new();
        let (mut seen, hasher) = (HashSet::new(), RandomState::new());
        for _ in 0..MOST_PAGES {
            let mut query = String::from("versions");
            push_parameter(&mut query, "prefix", key.as_str());
            for (name, value) in [("key-marker", &after.0), ("version-id-marker", &after.1)] {
                if let Some(value) = value {
                    push_parameter(&mut query, name, value);
                }
            }
            let ask = S3Request::new(Operation::ListObjectVersions, Method::GET, Some(bucket))
                .with_query(query);
            let page = self
                .client
                .send(&ask, |_, body| versions::read(body))
                .await?;
            self.client.known.see_dates(page.dates);
            let is_past = page
                .versions
                .last()
                .is_some_and(|(last, ..)| last != key.as_str());
            // The current one too: it may be below another one when HEAD is asked.
            let of_key = page.versions.into_iter();
            let of_key = of_key.filter(|(name, _)| name == key.as_str());
            older.extend(of_key.map(|(_, head)| head));
            let of_key = page.markers.iter().filter(|(name, _)| name == key.as_str());
            deleted.extend(of_key.map(|(_, time)| *time));
            // An earlier page again shows no more than an empty one (law 13).
            let before = seen.len();
            seen.extend(page.entries.iter().map(|entry| hasher.hash_one(entry)));
            let shows_nothing_new = seen.len() == before;
            let says_more_and_shows_none = shows_nothing_new && (page.truncated || after != START);
            if page.end_unclear || page.nameless > 0 || says_more_and_shows_none {
                break;
            }
            if is_past || !page.truncated {
                return Ok(match deleted.is_empty() {
                    true => OlderVersions::Seen(older),
                    false => OlderVersions::Deleted {
                        // One without a date may be the newest.
                        at: deleted
                            .iter()
                            .copied()
                            .collect::<Option<Vec<_>>>()
                            .and_then(|times| times.into_iter().max()),
                        left: older,
                    },
                });
            }
            let next = (page.next_key, page.next_version);
            if next == START || next == after {
                break;
            }
            after = next;
        }
        // There are more, and they are not shown.
        Ok(OlderVersions::NotVisible)
    }
}

/// Whether the store will not tell, now or later.
fn is_refusal(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Denied | Kind::Unsupported | Kind::Refused | Kind::NotS3 | Kind::Malformed
    )
}
