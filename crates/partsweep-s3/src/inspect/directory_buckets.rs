//! The directory buckets of the account, which AWS lists apart, region by region.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use partsweep_core::{
    BucketEntry, BucketList, MissingBuckets, Operation, StoreError, StoreErrorKind,
};
use tokio::task::JoinSet;

use crate::address::escape::push_parameter;
use crate::address::zone::{REGIONS, zone_of};
use crate::wire::client::Client;
use crate::wire::request::S3Request;
use crate::xml::buckets;

/// How long their lists are waited for, all at once: who has none shouldn't wait for an endpoint that a firewall hides.
const PATIENCE: Duration = Duration::from_secs(3);

/// Pages of one region at most: far more than the quota of 100 directory buckets.
const MOST_PAGES: usize = 100;

/// Directory buckets of a page: what AWS gives at most.
const PAGE: &str = "1000";

/// Regions of other partitions of AWS: keys don't hold across them.
const OTHER_PARTITIONS: [&str; 5] = ["cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"];

const DENIED: MissingBuckets = MissingBuckets::Perhaps(
    "directory buckets (S3 Express One Zone), if there are any, aren't in the list of buckets: \
     that needs the permission s3express:ListAllMyDirectoryBuckets",
);
const NO_ANSWER: MissingBuckets = MissingBuckets::Perhaps(
    "directory buckets (S3 Express One Zone), if there are any, may be missing from the list of buckets: \
     AWS did not list them in every region",
);
const NOT_ALL: MissingBuckets =
    MissingBuckets::Some("AWS lists more directory buckets and doesn't show them");

/// What one region listed.
type DirectoryListing = Result<(Vec<BucketEntry>, Option<MissingBuckets>), StoreError>;

/// The directory buckets of all regions that may have some, and why there may be more.
///
/// Whoever has none may well have no permission to list them, and isn't to be told that each scan is partial: where
/// nothing shows that there are any, it is worth a note (`docs/decisions/009-directory-buckets-are-asked-for.md`).
pub(super) async fn list(
    client: &Arc<Client>,
    others: &BucketList,
) -> (Vec<BucketEntry>, Option<MissingBuckets>) {
    let mut asked = JoinSet::new();
    for region in regions(&client.regions.home(), others) {
        let client = Arc::clone(client);
        asked.spawn(async move {
            let listed = tokio::time::timeout(PATIENCE, in_region(&client, &region));
            let listed = listed.await.ok();
            (region, listed)
        });
    }
    let mut found = Vec::new();
    let mut missing = None;
    while let Some(joined) = asked.join_next().await {
        let Ok((region, listed)) = joined else {
            missing = worse(missing, NO_ANSWER);
            continue;
        };
        match listed {
            Some(Ok((buckets, of_region))) => {
                found.extend(buckets);
                missing = of_region.map_or(missing, |more| worse(missing, more));
            }
            Some(Err(error)) if error.kind == StoreErrorKind::Denied => {
                missing = worse(missing, DENIED);
            }
            // No zone of this region is known to have any: it may have no such endpoint.
            Some(Err(_)) | None if !REGIONS.contains(&&*region) => {}
            Some(Err(_)) | None => missing = worse(missing, NO_ANSWER),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    (found, missing)
}

/// Those that have directory buckets by what is known, and those that this account is seen to use.
fn regions(home: &str, others: &BucketList) -> BTreeSet<Arc<str>> {
    let is_elsewhere = |region: &str| {
        OTHER_PARTITIONS
            .iter()
            .any(|start| region.starts_with(start))
    };
    let known = REGIONS.iter().filter(|_| !is_elsewhere(home)).copied();
    let used = (0..others.len()).filter_map(|at| others.region(at));
    let all = known.chain(used).chain([home]);
    all.map(Arc::from).collect()
}

/// That which says more clearly that there are others.
fn worse(one: Option<MissingBuckets>, other: MissingBuckets) -> Option<MissingBuckets> {
    match (one, other) {
        (Some(MissingBuckets::Some(_)), _) => one,
        (_, MissingBuckets::Some(_)) => Some(other),
        // A permission that is missing explains it.
        (Some(DENIED), _) => one,
        _ => Some(other),
    }
}

async fn in_region(client: &Client, region: &Arc<str>) -> DirectoryListing {
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut query = String::new();
        push_parameter(&mut query, "max-directory-buckets", PAGE);
        if let Some(token) = &token {
            push_parameter(&mut query, "continuation-token", token);
        }
        let ask = S3Request::new(Operation::ListDirectoryBuckets, Method::GET, None)
            .with_query(query)
            .in_region(Arc::clone(region));
        let page = match client.send(&ask, |_, body| buckets::read(body)).await {
            Ok(page) => page,
            // What was seen is there.
            Err(_) if !found.is_empty() => return Ok((found, Some(NOT_ALL))),
            Err(error) => return Err(error),
        };
        let (shown, before) = (page.buckets.len(), names.len());
        let mut is_odd = page.nameless > 0;
        for mut bucket in page.buckets {
            // A name that has a secret in it is an echo, and one without a zone no directory bucket.
            let name = bucket.name.as_str();
            if client.secrets.are_in_name(name) || zone_of(name).is_none() {
                is_odd = true;
            } else if names.insert(bucket.name.clone()) {
                // Where it is listed: what it says of that may be an echo.
                bucket.region = Some(region.to_string());
                found.push(bucket);
            }
        }
        let next = page.continuation.or(page.next_continuation);
        match next {
            None if page.truncated || page.end_unclear || is_odd => {
                return Ok((found, Some(NOT_ALL)));
            }
            None => return Ok((found, None)),
            Some(_) if is_odd || (shown > 0 && names.len() == before) => {
                return Ok((found, Some(NOT_ALL)));
            }
            Some(next) if token.as_ref() == Some(&next) => return Ok((found, Some(NOT_ALL))),
            Some(next) => token = Some(next),
        }
    }
    Ok((found, Some(NOT_ALL)))
}

#[cfg(test)]
mod tests {
    use partsweep_core::BucketName;

    use super::*;

    #[test]
    fn regions_are_those_that_have_some_and_those_in_use_within_the_partition() {
        let buckets = |regions: [&str; 2]| -> BucketList {
            let bucket = |region: &str| BucketEntry {
                name: BucketName::new(format!("b-{region}")).unwrap(),
                region: Some(region.to_owned()),
            };
            regions.into_iter().map(bucket).collect()
        };
        let asked = regions("eu-central-1", &buckets(["sa-east-1", "us-east-1"]));
        assert_eq!(asked.len(), REGIONS.len() + 2);
        for region in REGIONS.iter().chain(&["eu-central-1", "sa-east-1"]) {
            assert!(asked.contains(*region), "{region}");
        }
        let asked = regions("cn-north-1", &buckets(["cn-northwest-1", "cn-north-1"]));
        let asked: Vec<_> = asked.iter().map(|region| &**region).collect();
        assert_eq!(asked, ["cn-north-1", "cn-northwest-1"]);
    }
}
