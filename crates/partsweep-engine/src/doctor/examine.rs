//! Which requests a store answers to this key: the list of buckets, and in each bucket those of a scan, of the
//! check before an abort, and the read of its lifecycle.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketName, Inspect, OlderVersions, Operation, SpareName, StoreError, StoreErrorKind,
    UploadAddress, is_deleted_bucket,
};

/// Buckets of an account that are tried, unless they are named: each takes up to six requests, two of which cost
/// as much as a listing.
pub const MOST_BUCKETS: usize = 100;

/// Buckets that are tried side by side.
const AT_ONCE: usize = 16;

/// What came of trying one kind of request.
#[derive(Debug, Clone)]
pub enum Tried {
    /// The store answered.
    Allowed,
    /// The key may not do this.
    Denied(Option<StoreError>),
    /// It failed for another reason, so nothing is known.
    Failed(StoreError),
    /// The store listed the bucket and says that it is not there any more.
    Gone(StoreError),
    /// There was nothing to try it on.
    NotTried,
    /// The store doesn't show it: the key may not see it, or the store has nothing of the kind.
    NotShown,
}

impl Tried {
    fn of<T>(answer: Result<T, StoreError>) -> Self {
        match answer {
            Ok(_) => Self::Allowed,
            Err(error) if error.kind == StoreErrorKind::Denied => Self::Denied(Some(error)),
            Err(error) => Self::Failed(error),
        }
    }

    /// Whether something was refused or failed.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Denied(_) | Self::Failed(_))
    }

    /// Why, if the store said so.
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::Denied(error) => error.as_ref(),
            Self::Failed(error) | Self::Gone(error) => Some(error),
            Self::Allowed | Self::NotTried | Self::NotShown => None,
        }
    }
}

/// What the key may do in one bucket, as far as looking shows it.
#[derive(Debug, Clone)]
pub struct BucketAccess {
    /// The bucket.
    pub bucket: BucketName,
    /// Listing its incomplete uploads.
    pub list_uploads: Tried,
    /// Listing the parts of an upload; not tried in a bucket that lists no uploads.
    pub list_parts: Tried,
    /// Seeing whether there is an object at a key.
    pub see_objects: Tried,
    /// Seeing older versions of an object, in a bucket that has versions.
    pub see_versions: Tried,
    /// Reading the lifecycle, which only `lifecycle` needs: no trouble for anything else.
    pub read_lifecycle: Tried,
}

impl BucketAccess {
    /// Whether the bucket is listed and not there any more: whatever is missing in it is no trouble.
    pub fn is_gone(&self) -> bool {
        matches!(self.list_uploads, Tried::Gone(_))
    }

    /// Whether something was refused or failed that a scan or a sweep needs.
    pub fn is_trouble(&self) -> bool {
        self.all().iter().any(|tried| tried.is_trouble())
    }

    /// Each that a scan or a sweep needs.
    pub fn all(&self) -> [&Tried; 4] {
        [
            &self.list_uploads,
            &self.list_parts,
            &self.see_objects,
            &self.see_versions,
        ]
    }
}

/// What was found out.
#[derive(Debug)]
pub struct Examination {
    /// How many buckets the account lists.
    pub buckets: Result<usize, StoreError>,
    /// Those that were tried, in order.
    pub access: Vec<BucketAccess>,
    /// How many buckets were not tried, since there are so many.
    pub untried: usize,
    /// Of all users: whether the store's own count of uploads can be read, tried on the first bucket.
    pub counts: Option<Tried>,
}

impl Examination {
    /// Nothing was asked, since there are no keys, and why.
    pub fn without_keys(why: &str) -> Self {
        let error = StoreError::new(Operation::ListBuckets, None, StoreErrorKind::NoCredentials);
        Self {
            buckets: Err(error.with_message(why.to_owned())),
            access: Vec::new(),
            untried: 0,
            counts: None,
        }
    }

    /// Whether the store answered these keys at all: a refusal is an answer, too.
    pub fn is_connected(&self) -> bool {
        use StoreErrorKind as Kind;
        let is_answer = |error: &StoreError| matches!(error.kind, Kind::Denied | Kind::Unsupported);
        let tried = || self.access.iter().flat_map(BucketAccess::all);
        self.buckets.as_ref().err().is_none_or(is_answer)
            || tried().any(|tried| matches!(tried, Tried::Allowed | Tried::Denied(_)))
    }
}

/// What is tried.
#[derive(Debug, Clone)]
pub enum Tries {
    /// These buckets; if there are none, the first of the account.
    Buckets(Vec<BucketName>),
    /// The first buckets of all users, as the store's administration lists them.
    AllUsers,
}

/// Tries what a scan and the check before an abort ask for, in these buckets or, if none is named, in the first
/// [`MOST_BUCKETS`] of the account, or of all users. Takes a store that can only be looked at, so nothing is changed
/// (law 1).
pub async fn examine(store: Arc<impl Inspect>, tried: Tries) -> Examination {
    let (named, is_of_all_users) = match tried {
        Tries::Buckets(named) => (named, false),
        Tries::AllUsers => (Vec::new(), true),
    };
    let listed = match is_of_all_users {
        true => store.list_all_buckets().await,
        false => store.list_buckets().await,
    };
    let is_listed = named.is_empty();
    let (names, untried) = match &listed {
        // Every other request would fail in the same way, after as long a wait.
        Err(error) if is_about_all(error.kind) => (Vec::new(), 0),
        _ if !named.is_empty() => (named, 0),
        Ok(all) => {
            let first = (0..all.len()).take(MOST_BUCKETS);
            let names: Vec<_> = first.filter_map(|at| all.bucket(at)).collect();
            let untried = all.len() - names.len();
            (names, untried)
        }
        Err(_) => (Vec::new(), 0),
    };
    let counts = match names.first() {
        Some(first) if is_of_all_users => Some(Tried::of(store.bucket_stats(first).await)),
        _ if is_of_all_users => Some(Tried::NotTried),
        _ => None,
    };
    let tried = names
        .into_iter()
        .map(|bucket| try_bucket(&*store, bucket, is_listed));
    let access = stream::iter(tried).buffered(AT_ONCE).collect().await;
    Examination {
        buckets: listed.map(|all| all.len()),
        access,
        untried,
        counts,
    }
}

/// Whether no request gets through, or none is answered to these keys at this time.
fn is_about_all(kind: StoreErrorKind) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        kind,
        Kind::NoCredentials
            | Kind::BadCredentials
            | Kind::ClockSkew(_)
            | Kind::Unreachable
            | Kind::Tls
            | Kind::Timeout
    )
}

async fn try_bucket(store: &impl Inspect, bucket: BucketName, is_listed: bool) -> BucketAccess {
    let page = store.list_uploads(&bucket, "", &Markers::START).await;
    // A key in a bucket that isn't there is "not found", too, which would look like a permission; what is refused for
    // its address has no words for it in the answer to a HEAD.
    let is_hopeless = |error: &StoreError| {
        let is_of_bucket = matches!(
            error.kind,
            StoreErrorKind::NoSuchBucket | StoreErrorKind::WrongAddressing
        );
        is_of_bucket || is_about_all(error.kind)
    };
    if page.as_ref().err().is_some_and(is_hopeless) {
        let hides_buckets = store.provider().hides_buckets;
        let list_uploads = match page {
            Err(error) if is_listed && is_deleted_bucket(&error, hides_buckets) => {
                Tried::Gone(error)
            }
            page => Tried::of(page),
        };
        return BucketAccess {
            list_uploads,
            list_parts: Tried::NotTried,
            see_objects: Tried::NotTried,
            see_versions: Tried::NotTried,
            read_lifecycle: Tried::NotTried,
            bucket,
        };
    }
    let list_parts = match &page {
        Ok(page) => try_parts(store, page.uploads.first().map(|upload| &upload.address)).await,
        Err(_) => Tried::NotTried,
    };
    // A name that no object has: 128 random bits. Whoever may not see objects isn't told that it isn't there.
    let name = SpareName::random();
    let see_objects = Tried::of(store.head_object(&bucket, name.key()).await);
    let see_versions = match store.older_versions(&bucket, name.key()).await {
        Ok(OlderVersions::NotVisible) => Tried::Denied(None),
        Ok(_) if store.hides_versions(&bucket) => Tried::NotShown,
        answer => Tried::of(answer),
    };
    let read_lifecycle = match store.lifecycle(&bucket).await {
        Err(error) if error.kind == StoreErrorKind::Unsupported => Tried::NotShown,
        answer => Tried::of(answer),
    };
    BucketAccess {
        list_uploads: Tried::of(page),
        list_parts,
        see_objects,
        see_versions,
        read_lifecycle,
        bucket,
    }
}

async fn try_parts(store: &impl Inspect, upload: Option<&UploadAddress>) -> Tried {
    let Some(upload) = upload else {
        return Tried::NotTried;
    };
    match store.list_parts(upload, 0).await {
        // It was completed or aborted since.
        Err(error) if error.kind == StoreErrorKind::NoSuchUpload => Tried::NotTried,
        answer => Tried::of(answer),
    }
}
