//! The regions that were found.

use std::sync::{Arc, PoisonError, RwLock};

use partsweep_core::{BucketList, BucketName};

use super::of_buckets::OfBuckets;
use super::zone::{region_of_zone, zone_of};

/// Which region to sign for, bucket by bucket.
#[derive(Debug)]
pub(crate) struct Regions {
    configured: Arc<str>,
    /// What the store named instead for itself.
    corrected: RwLock<Option<Arc<str>>>,
    of_bucket: RwLock<OfBuckets>,
    /// What other stores call a bucket's region: shown, but not signed for.
    named: RwLock<OfBuckets>,
    /// The regions for which a request was a success.
    confirmed: RwLock<OfBuckets>,
    /// Buckets have regions of their own; elsewhere a store is mostly one region (Garage).
    aws: bool,
    /// Whether a bucket is in the region that it took a signature for, if nothing else is known.
    is_trusted: bool,
}

impl Regions {
    pub(crate) fn new(configured: &str, aws: bool) -> Self {
        Self {
            configured: Arc::from(configured),
            corrected: RwLock::default(),
            of_bucket: RwLock::default(),
            named: RwLock::default(),
            confirmed: RwLock::default(),
            aws,
            is_trusted: false,
        }
    }

    /// The same where the configured region is believed to be that of each bucket that takes it.
    pub(crate) fn trusted(self) -> Self {
        Self {
            is_trusted: true,
            ..self
        }
    }

    /// The region of the endpoint, which is that of every bucket not known to be elsewhere.
    pub(crate) fn home(&self) -> Arc<str> {
        self.corrected().unwrap_or_else(|| self.configured.clone())
    }

    /// The region to sign for.
    pub(crate) fn to_use(&self, bucket: Option<&BucketName>) -> Arc<str> {
        bucket
            .and_then(|bucket| get(&self.of_bucket, bucket).or_else(|| self.in_name(bucket)))
            .unwrap_or_else(|| self.home())
    }

    /// The region that the name of a directory bucket tells: its host has no name in any other.
    fn in_name(&self, bucket: &BucketName) -> Option<Arc<str>> {
        let zone = zone_of(bucket.as_str()).filter(|_| self.aws)?;
        region_of_zone(zone).map(Arc::from)
    }

    /// The region that a bucket was found in.
    pub(crate) fn known(&self, bucket: &BucketName) -> Option<Arc<str>> {
        get(&self.of_bucket, bucket)
            .or_else(|| get(&self.named, bucket))
            .or_else(|| self.corrected().filter(|_| !self.aws))
            .or_else(|| get(&self.confirmed, bucket).filter(|_| self.is_trusted))
    }

    /// Keeps what a list of buckets says of them, and what is learned of each from now on beside it.
    pub(crate) fn learn_list(&self, list: &BucketList) {
        for (kept, is_said) in [
            (&self.of_bucket, self.aws),
            (&self.named, !self.aws),
            (&self.confirmed, false),
        ] {
            let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
            kept.take_list(list, is_said);
        }
    }

    /// Keeps what an answer said about a bucket.
    pub(crate) fn learn(&self, bucket: &BucketName, region: &str) {
        let kept = if self.aws {
            &self.of_bucket
        } else {
            &self.named
        };
        if get(kept, bucket).as_deref() != Some(region) {
            put(kept, bucket, region);
        }
    }

    /// Keeps the region that a successful request was signed for.
    pub(crate) fn confirm(&self, bucket: &BucketName, region: &Arc<str>) {
        if get(&self.confirmed, bucket).as_ref() != Some(region) {
            put(&self.confirmed, bucket, region);
        }
        if self.aws {
            self.learn(bucket, region);
        }
    }

    /// Whether a request for this region was a success.
    pub(crate) fn is_confirmed(&self, bucket: Option<&BucketName>, region: &Arc<str>) -> bool {
        bucket
            .and_then(|bucket| get(&self.confirmed, bucket))
            .as_ref()
            == Some(region)
    }

    /// Keeps the region that a request should have been signed for.
    pub(crate) fn correct(&self, bucket: Option<&BucketName>, region: &str) {
        if let Some(bucket) = bucket {
            put(&self.of_bucket, bucket, region);
        }
        if bucket.is_none() || !self.aws {
            let mut corrected = self
                .corrected
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            *corrected = Some(Arc::from(region));
        }
    }

    fn corrected(&self) -> Option<Arc<str>> {
        let corrected = self
            .corrected
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        corrected.clone()
    }
}

fn get(kept: &RwLock<OfBuckets>, bucket: &BucketName) -> Option<Arc<str>> {
    let kept = kept.read().unwrap_or_else(PoisonError::into_inner);
    kept.get(bucket)
}

fn put(kept: &RwLock<OfBuckets>, bucket: &BucketName, region: &str) {
    let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
    kept.put(bucket, region);
}

/// The region that GetBucketLocation means: its words are older than the regions' names.
pub(crate) fn of_location(constraint: &str) -> &str {
    match constraint.trim() {
        "" | "US" => "us-east-1",
        "EU" => "eu-west-1",
        region => region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_buckets_have_regions_of_their_own() {
        let (a, b) = (BucketName::new("a").unwrap(), BucketName::new("b").unwrap());
        let regions = Regions::new("us-east-1", true);
        regions.correct(Some(&a), "eu-west-1");
        assert_eq!(&*regions.to_use(Some(&a)), "eu-west-1");
        assert_eq!(&*regions.to_use(Some(&b)), "us-east-1");
        assert_eq!(regions.known(&b), None);
    }

    #[test]
    fn a_named_bucket_of_aws_is_where_its_first_answer_came_from() {
        let bucket = BucketName::new("named").unwrap();
        let answered = |is_aws| {
            let regions = Regions::new("eu-west-1", is_aws);
            assert_eq!(regions.known(&bucket), None);
            regions.confirm(&bucket, &regions.to_use(Some(&bucket)));
            regions.known(&bucket).map(|region| region.to_string())
        };
        assert_eq!(answered(true).as_deref(), Some("eu-west-1"));
        // Elsewhere an answer says nothing: most stores take every region.
        assert_eq!(answered(false), None);
    }

    #[test]
    fn a_region_that_was_set_for_amazon_s3_elsewhere_is_that_of_the_buckets_that_take_it() {
        let (a, b) = (BucketName::new("a").unwrap(), BucketName::new("b").unwrap());
        let regions = Regions::new("eu-west-1", false).trusted();
        assert_eq!(regions.known(&a), None, "it was not asked yet");
        regions.confirm(&a, &regions.to_use(Some(&a)));
        assert_eq!(regions.known(&a).as_deref(), Some("eu-west-1"));
        regions.learn(&b, "eu-north-1");
        regions.confirm(&b, &regions.to_use(Some(&b)));
        assert_eq!(regions.known(&b).as_deref(), Some("eu-north-1"));
    }

    #[test]
    fn another_store_is_one_region() {
        let (a, b) = (BucketName::new("a").unwrap(), BucketName::new("b").unwrap());
        let regions = Regions::new("us-east-1", false);
        regions.correct(Some(&a), "garage");
        assert_eq!(&*regions.to_use(Some(&b)), "garage");
        assert_eq!(&*regions.to_use(None), "garage");
    }

    #[test]
    fn old_words_for_locations_are_understood() {
        assert_eq!(of_location(""), "us-east-1");
        assert_eq!(of_location("EU"), "eu-west-1");
        assert_eq!(of_location("ap-south-1"), "ap-south-1");
    }
}
