//! Which URL a bucket has, and for which region a request to it is signed.
//!
//! For AWS the answer comes from AWS's own rules (`aws_sdk_s3::config::endpoint`): partitions,
//! dual stack, FIPS, access points. For every other store the URL is the endpoint's.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_types::Document;
use http::Uri;
use http::uri::Scheme;

use crate::address::endpoint::Endpoint;
use crate::address::escape::push_path;
use crate::address::zone::zone_of;
use crate::config::settings::Addressing;

/// Where the requests for one bucket, or for no bucket, go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BucketUrl {
    /// Which bucket it is for.
    pub(crate) bucket: Option<Arc<str>>,
    /// `https://host:port`
    pub(crate) origin: String,
    /// The `Host` header: without the port if it is the scheme's own.
    pub(crate) host: String,
    /// The path in front of `/key`; empty, or escaped and without a slash at its end.
    pub(crate) path: String,
    /// The region to sign for.
    pub(crate) region: Arc<str>,
    /// It is of S3 Express One Zone: requests are signed for that service.
    pub(crate) is_express: bool,
}

/// Why a bucket has no URL.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BucketUrlError {
    #[error("requests signed for several regions at once are not supported")]
    ManyRegions,
    #[error("could not determine the bucket's address: {0}")]
    Rules(String),
}

/// What requests go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of<'a> {
    Bucket(&'a str),
    /// The list of buckets.
    Buckets,
    /// The list of directory buckets.
    DirectoryBuckets,
}

impl<'a> Of<'a> {
    fn bucket(bucket: Option<&'a str>) -> Self {
        bucket.map_or(Self::Buckets, Self::Bucket)
    }
}

/// Buckets of a region whose URLs are kept: more than are asked at once. What is found again takes some
/// microseconds, and a million of them would take 400 MB.
const MOST_KEPT: usize = 4_096;

/// The service that requests about directory buckets are signed for.
pub(crate) const EXPRESS: &str = "s3express";

/// The places in one region.
#[derive(Debug, Default)]
struct InRegion {
    of_none: Option<Arc<BucketUrl>>,
    /// The endpoint that lists directory buckets.
    of_express: Option<Arc<BucketUrl>>,
    of_bucket: HashMap<Arc<str>, Arc<BucketUrl>>,
}

impl InRegion {
    fn get(&self, bucket: Option<&str>) -> Option<&Arc<BucketUrl>> {
        match bucket {
            Some(bucket) => self.of_bucket.get(bucket),
            None => self.of_none.as_ref(),
        }
    }
}

/// Finds places, and keeps them.
#[derive(Debug)]
pub(crate) struct Places {
    endpoint: Option<Endpoint>,
    addressing: Addressing,
    dual_stack: bool,
    fips: bool,
    rules: DefaultResolver,
    /// The store wants the bucket in the host's name, which nobody said.
    wants_host: AtomicBool,
    /// Buckets of AWS that want to be in the host's name, though they can be in the path.
    in_host: RwLock<HashSet<Arc<str>>>,
    found: RwLock<HashMap<Arc<str>, InRegion>>,
}

impl Places {
    pub(crate) fn new(
        endpoint: Option<Endpoint>,
        addressing: Addressing,
        dual_stack: bool,
        fips: bool,
    ) -> Self {
        Self {
            endpoint,
            addressing,
            dual_stack,
            fips,
            rules: DefaultResolver::new(),
            wants_host: AtomicBool::new(false),
            in_host: RwLock::default(),
            found: RwLock::default(),
        }
    }

    /// The path in the URL that was given; empty for none.
    pub(crate) fn path(&self) -> &str {
        self.endpoint.as_ref().map_or("", |endpoint| &endpoint.path)
    }

    /// Whether requests go to AWS, where buckets have regions of their own.
    pub(crate) fn is_aws(&self) -> bool {
        self.endpoint.as_ref().is_none_or(Endpoint::is_aws)
    }

    /// Whether each region is an endpoint of its own: then one that refuses says nothing about
    /// another. As [`of`](Self::of) finds them.
    pub(crate) fn has_regions_apart(&self) -> bool {
        self.endpoint.as_ref().is_none_or(Endpoint::is_public_aws)
    }

    /// Returns where requests for `bucket` go if it is in `region`; `home` is the region that was
    /// configured, which an AWS endpoint URL belongs to.
    pub(crate) async fn of(
        &self,
        bucket: Option<&str>,
        region: &Arc<str>,
        home: &Arc<str>,
    ) -> Result<Arc<BucketUrl>, BucketUrlError> {
        if let Some(place) = self.known(bucket, region) {
            return Ok(place);
        }
        let place = match &self.endpoint {
            Some(endpoint) if !endpoint.is_aws() => self.at(endpoint, bucket, region),
            // Each region has a public endpoint, and knows only its own buckets.
            Some(endpoint) if region != home && endpoint.is_public_aws() => {
                self.by_rules(None, Of::bucket(bucket), region).await?
            }
            // The zone of a directory bucket has an endpoint of its own.
            Some(endpoint) if endpoint.is_public_aws() && bucket.is_some_and(is_directory) => {
                self.by_rules(None, Of::bucket(bucket), region).await?
            }
            // Whoever chose another way into AWS is not led past it.
            given => {
                self.by_rules(given.as_ref(), Of::bucket(bucket), region)
                    .await?
            }
        };
        let place = Arc::new(place);
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let in_region = found.entry(region.clone()).or_default();
        match bucket {
            Some(bucket) => {
                if in_region.of_bucket.len() >= MOST_KEPT {
                    in_region.of_bucket.clear();
                }
                in_region.of_bucket.insert(bucket.into(), place.clone());
            }
            None => in_region.of_none = Some(place.clone()),
        }
        Ok(place)
    }

    /// Whether the endpoints that list directory buckets are asked, too: not where another way into AWS was chosen.
    pub(crate) fn has_directory_buckets(&self) -> bool {
        self.endpoint.as_ref().is_none_or(Endpoint::is_public_aws)
    }

    /// Returns where the directory buckets of a region are listed.
    pub(crate) async fn of_directory_list(
        &self,
        region: &Arc<str>,
    ) -> Result<Arc<BucketUrl>, BucketUrlError> {
        {
            let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = found.get(region).and_then(|found| found.of_express.clone()) {
                return Ok(place);
            }
        }
        let place = Arc::new(self.by_rules(None, Of::DirectoryBuckets, region).await?);
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.entry(region.clone()).or_default().of_express = Some(place.clone());
        Ok(place)
    }

    /// Puts the buckets of this store into the host's name from now on, since it wants them there, of AWS this one;
    /// says whether that is new and possible. Where it was said how buckets are addressed, it stays so.
    pub(crate) fn put_into_host(&self, bucket: Option<&str>) -> bool {
        if self.addressing != Addressing::Auto {
            return false;
        }
        match &self.endpoint {
            Some(endpoint) if !endpoint.is_aws() => {
                !is_ip(&endpoint.host) && self.set_wants_host(true)
            }
            given => bucket.is_some_and(|bucket| {
                self.is_in_path(given.as_ref(), Some(bucket)) && self.put_one_into_host(bucket)
            }),
        }
    }

    /// Whether that was done already: then a request may be on its way that was addressed before.
    pub(crate) fn was_put_into_host(&self, bucket: Option<&str>) -> bool {
        let in_host = self.in_host.read().unwrap_or_else(PoisonError::into_inner);
        self.wants_host.load(Ordering::Relaxed) || bucket.is_some_and(|name| in_host.contains(name))
    }

    fn put_one_into_host(&self, bucket: &str) -> bool {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        for in_region in found.values_mut() {
            in_region.of_bucket.remove(bucket);
        }
        let mut in_host = self.in_host.write().unwrap_or_else(PoisonError::into_inner);
        in_host.insert(bucket.into())
    }

    /// Whether a bucket of AWS goes into the path: so all buckets of a region share one host, its look-up and its
    /// connections (1,000 buckets over TLS at 20 ms: 0.75 s instead of 2.1 s). Not where AWS has no paths, and not at
    /// an endpoint that was chosen for a reason.
    fn is_in_path(&self, endpoint: Option<&Endpoint>, bucket: Option<&str>) -> bool {
        match (self.addressing, bucket) {
            // It is a host of its own, whatever was said.
            (_, Some(bucket)) if is_directory(bucket) => false,
            (Addressing::Path, _) => true,
            (Addressing::Virtual, _) | (_, None) => false,
            (Addressing::Auto, Some(bucket)) => {
                let in_host = self.in_host.read().unwrap_or_else(PoisonError::into_inner);
                endpoint.is_none_or(Endpoint::is_public_aws)
                    && !bucket.starts_with("arn:")
                    && !HOST_ONLY.iter().any(|end| bucket.ends_with(end))
                    && !in_host.contains(bucket)
            }
        }
    }

    /// Puts them back into the path: there is no such host.
    pub(crate) fn put_into_path(&self, bucket: Option<&str>) {
        self.set_wants_host(false);
        if let Some(bucket) = bucket {
            let mut in_host = self.in_host.write().unwrap_or_else(PoisonError::into_inner);
            in_host.remove(bucket);
        }
    }

    fn set_wants_host(&self, wanted: bool) -> bool {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.clear();
        self.wants_host.swap(wanted, Ordering::Relaxed) != wanted
    }

    fn known(&self, bucket: Option<&str>, region: &Arc<str>) -> Option<Arc<BucketUrl>> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.get(region)?.get(bucket).cloned()
    }

    fn at(&self, endpoint: &Endpoint, bucket: Option<&str>, region: &Arc<str>) -> BucketUrl {
        let Endpoint {
            scheme, authority, ..
        } = endpoint;
        let mut path = endpoint.path.clone();
        let as_host = |bucket: &&str| {
            (self.addressing == Addressing::Virtual || self.wants_host.load(Ordering::Relaxed))
                && can_be_a_host(bucket, *scheme == Scheme::HTTPS)
                && !is_ip(&endpoint.host)
        };
        let host = match bucket {
            Some(bucket) if as_host(&bucket) => format!("{bucket}.{authority}"),
            Some(bucket) => {
                path.push('/');
                push_path(&mut path, bucket);
                authority.clone()
            }
            None => authority.clone(),
        };
        BucketUrl {
            bucket: bucket.map(Arc::from),
            origin: format!("{scheme}://{host}"),
            host,
            path,
            region: region.clone(),
            is_express: false,
        }
    }

    async fn by_rules(
        &self,
        endpoint: Option<&Endpoint>,
        of: Of<'_>,
        region: &Arc<str>,
    ) -> Result<BucketUrl, BucketUrlError> {
        let bucket = match of {
            Of::Bucket(bucket) => Some(bucket),
            Of::Buckets | Of::DirectoryBuckets => None,
        };
        let rules = |error: &dyn std::fmt::Display| BucketUrlError::Rules(error.to_string());
        let params = Params::builder()
            .region(region.to_string())
            .set_bucket(bucket.map(str::to_owned))
            // The rules put the bucket right behind the path, slash or not.
            .set_endpoint(endpoint.map(|endpoint| format!("{}/", endpoint.url)))
            .force_path_style(self.is_in_path(endpoint, bucket))
            .use_dual_stack(self.dual_stack && endpoint.is_none())
            .use_fips(self.fips && endpoint.is_none())
            // What was named is in its ARN, whatever region is configured.
            .use_arn_region(true)
            .use_s3_express_control_endpoint(of == Of::DirectoryBuckets)
            .build()
            .map_err(|error| rules(&error))?;
        let answer = self
            .rules
            .resolve_endpoint(&params)
            .await
            .map_err(|error| rules(&error))?;
        let (mut signing_region, mut is_express) = (None, false);
        if let Some(scheme) = answer.auth_schemes().first() {
            is_express = match scheme.name() {
                "sigv4" => {
                    matches!(scheme.get("signingName"), Some(Document::String(name)) if name == EXPRESS)
                }
                "sigv4-s3express" => true,
                _ => return Err(BucketUrlError::ManyRegions),
            };
            signing_region = match scheme.get("signingRegion") {
                Some(Document::String(region)) => Some(Arc::from(region.as_str())),
                _ => None,
            };
        }
        let uri: Uri = answer.url().parse().map_err(|error| rules(&error))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(BucketUrlError::Rules(format!(
                "`{}` isn't a valid address",
                answer.url()
            )));
        };
        Ok(BucketUrl {
            bucket: bucket.map(Arc::from),
            origin: format!("{scheme}://{authority}"),
            host: authority.as_str().to_owned(),
            path: uri.path().trim_end_matches('/').to_owned(),
            region: signing_region.unwrap_or_else(|| region.clone()),
            is_express,
        })
    }
}

/// Ends of the names of table buckets, and of the aliases of access points and Object Lambdas, which are hosts of their
/// own.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const HOST_ONLY: [&str; 3] = ["-s3alias", "--ol-s3", "--table-s3"];

fn is_directory(bucket: &str) -> bool {
    zone_of(bucket).is_some()
}

/// Whether a bucket's name can stand in front of a host. A dot would fall outside a wildcard
/// certificate.
fn can_be_a_host(bucket: &str, tls: bool) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        label.len() <= 63
            && label.bytes().all(|byte| plain(byte) || byte == b'-')
            && label.bytes().next().is_some_and(plain)
            && label.bytes().last().is_some_and(plain)
    };
    bucket.split('.').all(label) && !(tls && bucket.contains('.'))
}

fn is_ip(host: &str) -> bool {
    host.trim_matches(['[', ']'])
        .parse::<std::net::IpAddr>()
        .is_ok()
}

#[cfg(test)]
mod tests;
