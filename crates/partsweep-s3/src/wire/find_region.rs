//! Finding the region that a request should have been for.

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::{BucketName, Operation};

use super::attempt::{Attempt, Deadline};
use super::client::Client;
use super::request::S3Request;
use crate::address::region::of_location;

impl Client {
    /// Finds the region that a request should have been for; says whether it is another.
    pub(super) async fn find_region(
        &self,
        bucket: Option<&BucketName>,
        failed: &Attempt,
        end: &mut Deadline,
    ) -> bool {
        let used = failed.used_region.as_deref().unwrap_or_default();
        let is_news =
            |region: &Option<String>| region.as_deref().is_some_and(|region| region != used);
        let mut found = failed.region.clone().filter(|region| !region.is_empty());
        if !is_news(&found)
            && let Some(bucket) = bucket
        {
            found = self.ask_for_region(bucket, end).await;
        }
        match found.filter(|region| region != used) {
            Some(region) => {
                self.regions.correct(bucket, &region);
                true
            }
            None => false,
        }
    }

    /// HeadBucket names the region whatever else it answers; GetBucketLocation needs a right.
    async fn ask_for_region(&self, bucket: &BucketName, end: &mut Deadline) -> Option<String> {
        let head = S3Request::new(Operation::HeadBucket, Method::HEAD, Some(bucket));
        let named = |headers: &HeaderMap, _: &Bytes| {
            let region = headers
                .get("x-amz-bucket-region")
                .and_then(|value| value.to_str().ok());
            Ok(region.map(str::to_owned))
        };
        let region = match self.attempt(&head, &named, end, 1).await {
            Ok(region) => region,
            Err(failed) => failed.region,
        };
        if region.is_some() {
            return region;
        }
        let location = S3Request::new(Operation::GetBucketLocation, Method::GET, Some(bucket))
            .with_query("location");
        let read = |_: &HeaderMap, body: &Bytes| crate::xml::buckets::read_location(body);
        match self.attempt(&location, &read, end, 1).await {
            Ok(constraint) if self.secrets.are_in_name(&constraint) => None,
            Ok(constraint) => Some(of_location(&constraint).to_owned()),
            Err(failed) => failed.region,
        }
    }
}
