//! Which buckets and prefixes a scan looks at.

use partsweep_core::{BucketList, BucketName, NameFilter};

/// One bucket, or the part of it below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The bucket.
    pub bucket: BucketName,
    /// Only keys that start with this; empty for all.
    pub prefix: String,
}

/// What to look at.
#[derive(Debug, Clone)]
pub enum Targets {
    /// Every bucket that the account lists and the filter admits.
    Account(NameFilter),
    /// Every bucket of every user that the store's administration lists and the filter admits; what was listed is
    /// compared with the store's own count.
    AllUsers(NameFilter),
    /// These, in this order. Nothing else is asked for: ListBuckets may be denied.
    Named(Vec<Target>),
}

/// One bucket with all the prefixes that were asked for in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BucketTarget {
    pub(crate) bucket: BucketName,
    pub(crate) prefixes: Vec<String>,
}

impl BucketTarget {
    pub(crate) fn whole(bucket: BucketName) -> Self {
        Self {
            bucket,
            prefixes: vec![String::new()],
        }
    }

    /// Groups targets by bucket, in the order in which the buckets first appear; a prefix inside
    /// another one is dropped, so that nothing is listed twice.
    pub(crate) fn merge(targets: &[Target]) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for Target { bucket, prefix } in targets {
            let index = merged
                .iter()
                .position(|known| known.bucket == *bucket)
                .unwrap_or_else(|| {
                    merged.push(Self {
                        bucket: bucket.clone(),
                        prefixes: Vec::new(),
                    });
                    merged.len() - 1
                });
            let prefixes = &mut merged[index].prefixes;
            if !prefixes
                .iter()
                .any(|known| prefix.starts_with(known.as_str()))
            {
                prefixes.retain(|known| !known.starts_with(prefix.as_str()));
                prefixes.push(prefix.clone());
            }
        }
        merged
    }
}

/// The buckets of one scan, in order.
#[derive(Debug)]
pub(crate) enum TargetList {
    /// All of each.
    Listed(BucketList),
    /// Some prefixes of some.
    Named(Vec<BucketTarget>),
}

impl TargetList {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Listed(list) => list.len(),
            Self::Named(targets) => targets.len(),
        }
    }

    /// The target of this number.
    pub(crate) fn get(&self, number: usize) -> Option<BucketTarget> {
        match self {
            Self::Listed(list) => list.bucket(number).map(BucketTarget::whole),
            Self::Named(targets) => targets.get(number).cloned(),
        }
    }

    pub(crate) fn names(&self) -> BucketList {
        match self {
            Self::Listed(list) => list.clone(),
            Self::Named(targets) => targets.iter().map(|target| &target.bucket).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_inside_another_is_listed_once() {
        let target = |bucket: &str, prefix: &str| Target {
            bucket: BucketName::new(bucket).unwrap(),
            prefix: prefix.to_owned(),
        };
        let merged = BucketTarget::merge(&[
            target("b", "x/y"),
            target("a", "p"),
            target("b", "x/"),
            target("b", "x/z"),
            target("b", "q"),
        ]);
        let seen: Vec<_> = merged
            .iter()
            .map(|t| (t.bucket.as_str(), t.prefixes.join(",")))
            .collect();
        assert_eq!(seen, [("b", "x/,q".to_owned()), ("a", "p".to_owned())]);
    }
}
