//! The buckets of the account.

use std::collections::HashSet;
use std::sync::PoisonError;

use http::Method;
use partsweep_core::{BucketList, MissingBuckets, Operation, StoreError};

use super::directory_buckets;
use super::inspector::{Inspector, PAGE};
use super::intern::LONGEST_NOTE;
use crate::address::escape::push_parameter;
use crate::wire::request::S3Request;
use crate::xml::buckets;

/// Where some stores cut a list of buckets.
const CUT_AT: usize = 1_000;

/// Buckets of one account at most: AWS raises the quota up to a million, and nobody shows more.
pub(super) const MOST_BUCKETS: usize = 1_000_000;

/// Bytes of all their names at most: those of a million have 63 each at AWS.
pub(super) const MOST_BYTES: usize = 64 * MOST_BUCKETS;

const NO_WAY_ON: &str = "the store says that there are more buckets, but not how to continue";

impl Inspector {
    /// All buckets, in the store's order; what is not known to be shown is kept apart.
    pub(crate) async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        let mut buckets = BucketList::default();
        let mut seen = HashSet::new();
        let mut asked: Option<(&'static str, String)> = None;
        let mut missing = None;
        let (mut echoes, mut nameless) = (0, 0);
        // Whether the store named the marker that was asked for.
        let mut is_guess = false;
        loop {
            let mut query = String::new();
            // AWS names the buckets' regions only if a parameter is sent; others may refuse it.
            if self.client.places.is_aws() {
                push_parameter(&mut query, "max-buckets", PAGE);
            }
            if let Some((name, value)) = &asked {
                push_parameter(&mut query, name, value);
            }
            let ask = S3Request::new(Operation::ListBuckets, Method::GET, None).with_query(query);
            let page = match self.client.send(&ask, |_, body| buckets::read(body)).await {
                Ok(page) => page,
                // What was seen is there.
                Err(_) if is_guess => {
                    missing = Some(MissingBuckets::Some(NO_WAY_ON));
                    break;
                }
                Err(_) if asked.is_some() && !buckets.is_empty() => {
                    missing = Some(MissingBuckets::Some(
                        "the store failed to return the next page",
                    ));
                    break;
                }
                Err(error) => return Err(error),
            };
            let next = page.next(asked.as_ref());
            let count = page.named;
            nameless += page.nameless;
            let before = buckets.len();
            // A name or a region with a secret in it is an echo, not a bucket of the account.
            let shown = page.buckets;
            let last = shown.names().last().map(str::to_owned);
            for (at, name) in shown.names().enumerate() {
                if self.client.secrets.are_in_name(name) {
                    echoes += 1;
                } else {
                    let region = shown.region(at);
                    let is_echo = |region: &&str| !self.client.secrets.are_in_name(region);
                    buckets.push(name, region.filter(is_echo));
                }
            }
            if buckets.len() > MOST_BUCKETS || buckets.bytes() > MOST_BYTES {
                missing = Some(MissingBuckets::Some(
                    "the store's list of buckets has no end",
                ));
                break;
            }
            let is_account = |owner: &String| {
                owner.len() <= LONGEST_NOTE && !self.client.secrets.are_in_name(owner)
            };
            if let Some(owner) = page.owner.filter(is_account) {
                // The same on every page.
                let _ = self.account.set(owner);
            }
            match next {
                Some(next) if !seen.insert(next.clone()) => {
                    missing = Some(MissingBuckets::Some(
                        "the store returns the same page again and again",
                    ));
                    break;
                }
                // Also where what leads on is an echo of what was asked, or nothing leads on: there was to
                // be more.
                _ if asked.is_some() && buckets.len() == before => {
                    missing = Some(MissingBuckets::Some(match is_guess {
                        true => NO_WAY_ON,
                        false => {
                            "the store says that there are more buckets and returns nothing new"
                        }
                    }));
                    break;
                }
                Some(next) => (asked, is_guess) = (Some(next), false),
                None if page.end_unclear => {
                    missing = Some(MissingBuckets::Some(
                        "the store doesn't say clearly whether there are more buckets",
                    ));
                    break;
                }
                // Who pages by marker and names none goes on behind the last name, as in all other listings of S3.
                None if page.truncated && buckets.len() > before && last.is_some() => {
                    (asked, is_guess) = (last.map(|last| ("marker", last)), true);
                }
                None if page.truncated => {
                    missing = Some(MissingBuckets::Some(NO_WAY_ON));
                    break;
                }
                // Some cut the list there without a word (scality/cloudserver#633).
                None if count == CUT_AT && asked.is_none() && !self.client.places.is_aws() => {
                    missing = Some(MissingBuckets::Perhaps(
                        "the list has exactly 1,000 buckets, and some stores cut it there without saying so",
                    ));
                    break;
                }
                None if page.most == Some(count)
                    && count > 0
                    && !page.says_end
                    && asked.is_none()
                    && !self.client.places.is_aws() =>
                {
                    missing = Some(MissingBuckets::Perhaps(
                        "the list has exactly as many buckets as the store shows at once, and doesn't say whether there are more",
                    ));
                    break;
                }
                None => break,
            }
        }
        if nameless > 0 {
            missing = Some(MissingBuckets::Some("some bucket names can't be read"));
        }
        if echoes > 0 {
            missing = Some(MissingBuckets::Some(
                "some bucket names contain secrets from the request, and are not shown",
            ));
        }
        if self.client.places.has_directory_buckets() {
            let (more, unlisted) = directory_buckets::list(&self.client, &buckets).await;
            for bucket in more {
                buckets.push(bucket.name.as_str(), bucket.region.as_deref());
            }
            missing = match missing {
                Some(MissingBuckets::Some(_)) => missing,
                _ => unlisted.or(missing),
            };
        }
        self.client.regions.learn_list(&buckets);
        *self
            .missing_buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = missing;
        Ok(buckets)
    }

    /// Why the list that was shown last is not known to be whole; none if it is (law 14).
    pub(crate) fn buckets_missing(&self) -> Option<MissingBuckets> {
        let missing = self.missing_buckets.lock();
        *missing.unwrap_or_else(PoisonError::into_inner)
    }
}
