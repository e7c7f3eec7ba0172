//! Buckets one by one, in the order in which they were named.

use std::collections::{HashMap, VecDeque};

use partsweep_core::BucketName;
use partsweep_engine::{BucketSummary, Finding, ScanEvent};

/// A bucket with everything that was found in it.
#[derive(Debug)]
pub(crate) struct BucketScan {
    /// Its uploads, by key and then by age.
    pub(crate) findings: Vec<Finding>,
    /// Its end.
    pub(crate) summary: BucketSummary,
}

/// Gathers mixed events into whole buckets.
///
/// Holds the buckets that are being scanned, and those that were faster than an earlier one.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    order: VecDeque<BucketName>,
    begun: HashMap<BucketName, Vec<Finding>>,
    done: HashMap<BucketName, BucketScan>,
}

impl InOrder {
    /// Takes one event.
    pub(crate) fn take(&mut self, event: ScanEvent) {
        match event {
            ScanEvent::Buckets(names) => self.order = names.into(),
            ScanEvent::Listed(_) => {}
            ScanEvent::Found(finding) => {
                let bucket = finding.upload.address.bucket.clone();
                self.begun.entry(bucket).or_default().push(*finding);
            }
            ScanEvent::BucketDone(summary) => {
                let mut findings = self.begun.remove(&summary.name).unwrap_or_default();
                // Ranges that were listed side by side come mixed.
                findings.sort_by(|a, b| {
                    let (a, b) = (&a.upload, &b.upload);
                    (&a.address.key, a.initiated).cmp(&(&b.address.key, b.initiated))
                });
                let name = summary.name.clone();
                let summary = *summary;
                self.done.insert(name, BucketScan { findings, summary });
            }
        }
    }

    /// The next bucket in order, if it is done.
    pub(crate) fn next(&mut self) -> Option<BucketScan> {
        let scan = self.done.remove(self.order.front()?)?;
        self.order.pop_front();
        Some(scan)
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::Listing;
    use partsweep_engine::Totals;

    use super::*;

    fn name(name: &str) -> BucketName {
        BucketName::new(name).unwrap()
    }

    fn done(bucket: &str) -> ScanEvent {
        ScanEvent::BucketDone(Box::new(BucketSummary {
            name: name(bucket),
            region: None,
            listing: Listing::Complete,
            totals: Totals::default(),
            vanished: 0,
            excluded: 0,
            unclear: 0,
        }))
    }

    #[test]
    fn a_fast_bucket_waits_for_those_before_it() {
        let mut buckets = InOrder::default();
        let mut seen = Vec::new();
        buckets.take(ScanEvent::Buckets(["a", "b", "c"].map(name).to_vec()));
        for bucket in ["c", "a", "b"] {
            buckets.take(done(bucket));
            while let Some(scan) = buckets.next() {
                seen.push(format!("{} after {bucket}", scan.summary.name.as_str()));
            }
        }
        assert_eq!(seen, ["a after a", "b after b", "c after b"]);
    }
}
