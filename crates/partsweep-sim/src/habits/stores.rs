//! The habits of each store, a file each.

mod aws;
mod ceph;
mod garage;
mod minio;
mod seaweedfs;
mod swift;

use super::Habits;

/// AWS's limit for uploads and parts on a page.
const PAGE: usize = 1_000;
/// The limit of the stores that give more at once.
const LONG_PAGE: usize = 10_000;

impl Habits {
    /// Every store's habits.
    pub fn all() -> [Self; 6] {
        [
            Self::aws(),
            Self::ceph(),
            Self::garage(),
            Self::seaweedfs(),
            Self::minio(),
            Self::swift(),
        ]
    }

    /// Finds a store's habits by its name.
    pub fn named(store: &str) -> Option<Self> {
        Self::all().into_iter().find(|habits| habits.store == store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_is_found_by_its_name() {
        for habits in Habits::all() {
            let found = Habits::named(habits.store).map(|found| found.store);
            assert_eq!(found, Some(habits.store));
        }
        assert!(Habits::named("S3").is_none());
    }
}
