//! The regions that were found.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use partsweep_core::BucketName;

/// Which region to sign for, bucket by bucket.
#[derive(Debug)]
pub(crate) struct Regions {
    /// What was configured.
    home: Arc<str>,
    /// What a store that is one region for all buckets named instead (Garage).
    whole_store: RwLock<Option<Arc<str>>>,
    of_bucket: RwLock<HashMap<BucketName, Arc<str>>>,
    /// Buckets have regions of their own.
    aws: bool,
}

impl Regions {
    pub(crate) fn new(home: &str, aws: bool) -> Self {
        Self {
            home: Arc::from(home),
            whole_store: RwLock::default(),
            of_bucket: RwLock::default(),
            aws,
        }
    }

    /// The configured region.
    pub(crate) fn home(&self) -> &Arc<str> {
        &self.home
    }

    /// The region to sign for.
    pub(crate) fn to_use(&self, bucket: Option<&BucketName>) -> Arc<str> {
        let known = match bucket {
            Some(bucket) => self.known(bucket),
            None => self.whole_store(),
        };
        known.unwrap_or_else(|| self.home.clone())
    }

    /// The region that a bucket was found in.
    pub(crate) fn known(&self, bucket: &BucketName) -> Option<Arc<str>> {
        self.whole_store().or_else(|| {
            let of_bucket = self
                .of_bucket
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            of_bucket.get(bucket).cloned()
        })
    }

    /// Keeps what an answer said about a bucket.
    pub(crate) fn learn(&self, bucket: &BucketName, region: &str) {
        if self.known(bucket).as_deref() != Some(region) {
            let mut of_bucket = self
                .of_bucket
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            of_bucket.insert(bucket.clone(), Arc::from(region));
        }
    }

    /// Keeps what an answer corrected: for its bucket on AWS, for all buckets elsewhere.
    pub(crate) fn correct(&self, bucket: Option<&BucketName>, region: &str) {
        match bucket {
            Some(bucket) if self.aws => self.learn(bucket, region),
            None if self.aws => {}
            _ => {
                let mut whole_store = self
                    .whole_store
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *whole_store = Some(Arc::from(region));
            }
        }
    }

    fn whole_store(&self) -> Option<Arc<str>> {
        self.whole_store
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
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
