//! How far a listing can be believed (law 8).

use crate::store::error::{StoreError, StoreErrorKind};

/// What became of listing one bucket: a count alone never says that it is all.
#[derive(Debug, Clone)]
pub enum Listing {
    /// The store listed the bucket to its end, and its listings can be trusted.
    Complete,
    /// The store listed the bucket to its end, but is known to leave uploads out.
    Unproven {
        /// What it leaves out, for people.
        why: &'static str,
    },
    /// The listing broke off: what was seen is there, but there may be more.
    Partial {
        /// The error that ended it; none if the store only repeated itself.
        error: Option<StoreError>,
    },
    /// The key may not list uploads here.
    Denied(StoreError),
    /// The store cannot list uploads.
    Unsupported(StoreError),
    /// Nothing could be listed.
    Failed(StoreError),
    /// The bucket was in the list of buckets, and is not there: it was deleted since, or that list is old.
    Gone(StoreError),
}

impl Listing {
    /// What an error means that came before the first page.
    pub fn from_error(error: StoreError) -> Self {
        match error.kind {
            StoreErrorKind::Denied => Self::Denied(error),
            StoreErrorKind::Unsupported => Self::Unsupported(error),
            _ => Self::Failed(error),
        }
    }

    /// The word in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Unproven { .. } => "unproven",
            Self::Partial { .. } => "partial",
            Self::Denied(_) => "denied",
            Self::Unsupported(_) => "unsupported",
            Self::Failed(_) => "failed",
            Self::Gone(_) => "gone",
        }
    }

    /// Whether everything there is was seen.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete)
    }

    /// The same of a bucket that nobody named: the store itself listed it. Where NoSuchBucket is no answer to a
    /// missing permission, it says then that the bucket is not there any more.
    #[must_use]
    pub fn of_listed_bucket(self, hides_buckets: bool) -> Self {
        match self {
            Self::Failed(error) if is_deleted_bucket(&error, hides_buckets) => Self::Gone(error),
            other => other,
        }
    }

    /// The error behind it.
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::Complete | Self::Unproven { .. } => None,
            Self::Partial { error } => error.as_ref(),
            Self::Denied(error)
            | Self::Unsupported(error)
            | Self::Failed(error)
            | Self::Gone(error) => Some(error),
        }
    }
}

/// Whether a bucket that the store listed is not there any more, by what it answers for it. `hides_buckets`: whether
/// NoSuchBucket may be its answer to a missing permission.
pub fn is_deleted_bucket(error: &StoreError, hides_buckets: bool) -> bool {
    // With this status it is a missing permission, whatever the code says.
    let is_refusal = matches!(error.status, Some(401 | 403));
    error.kind == StoreErrorKind::NoSuchBucket && !is_refusal && !hides_buckets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::error::Operation;

    /// Some stores have this code for a permission that is missing, too: the status tells them apart.
    #[test]
    fn no_such_bucket_with_the_status_of_a_refusal_is_no_deleted_bucket() {
        for (status, hides_buckets, code) in [
            (Some(404), false, "gone"),
            (Some(410), false, "gone"),
            (Some(200), false, "gone"),
            (Some(403), false, "failed"),
            (Some(401), false, "failed"),
            (Some(404), true, "failed"),
        ] {
            let kind = StoreErrorKind::NoSuchBucket;
            let mut error = StoreError::new(Operation::ListMultipartUploads, None, kind);
            error.status = status;
            let listing = Listing::Failed(error).of_listed_bucket(hides_buckets);
            assert_eq!(listing.code(), code, "{status:?} {hides_buckets}");
        }
    }
}
