//! What the key may do, as far as looking shows it: a line for each kind of request, with the buckets that differ.

use partsweep_core::{MissingBuckets, StoreError};
use partsweep_engine::doctor::{BucketAccess, Tried};

use super::Diagnosis;
use super::lines::Line;
use crate::text::error::chain;
use crate::text::figures::{self, counted};
use crate::text::hints;

/// What the admin API of Ceph counts.
const COUNTS: &str = "own counts";

/// Buckets that are named on a line.
const NAMED: usize = 5;

/// A kind of request: what it is for, the permission that it takes, and what came of it in a bucket.
type RequestKind = (&'static str, &'static str, fn(&BucketAccess) -> &Tried);

const KINDS: [RequestKind; 4] = [
    ("list uploads", "s3:ListBucketMultipartUploads", |bucket| {
        &bucket.list_uploads
    }),
    ("list parts", "s3:ListMultipartUploadParts", |bucket| {
        &bucket.list_parts
    }),
    ("see objects", "s3:GetObject and s3:ListBucket", |bucket| {
        &bucket.see_objects
    }),
    (
        "see versions",
        "s3:GetBucketVersioning and s3:ListBucketVersions",
        |bucket| &bucket.see_versions,
    ),
];

/// Buckets that are listed and not there.
const GONE: &str = "gone";

/// The buckets in which something could be tried.
struct TriedBuckets<'a> {
    buckets: Vec<&'a BucketAccess>,
    /// Whether the account has no other.
    are_all: bool,
}

impl TriedBuckets<'_> {
    /// Those of which this is so of what was tried.
    fn of(&self, is: impl Fn(&BucketAccess) -> bool) -> Vec<&BucketAccess> {
        let all = self.buckets.iter().copied();
        all.filter(|bucket| is(bucket)).collect()
    }

    /// Where it is allowed.
    fn place(&self, allowed: &[&BucketAccess]) -> String {
        let all = self.buckets.len();
        match (allowed.len() == all && all > 1, self.are_all) {
            (true, true) => "in all buckets".to_owned(),
            (true, false) => format!(
                "in all {} buckets that were tried",
                figures::count(all as u64)
            ),
            (false, _) => format!("in {}", names(allowed)),
        }
    }
}

/// The lines on permissions.
pub(super) fn lines(diagnosis: &Diagnosis) -> Vec<Line> {
    let access = &diagnosis.examination.access;
    let mut lines = vec![list_buckets(diagnosis)];
    match &diagnosis.examination.counts {
        None | Some(Tried::NotTried | Tried::NotShown) => {}
        Some(Tried::Allowed) => lines.push(Line::good(
            COUNTS,
            "can be read, so what is listed is compared with it",
        )),
        Some(tried) => lines.extend(tried.error().map(|error| failed(COUNTS, error))),
    }
    let (gone, there): (Vec<_>, Vec<_>) = access.iter().partition(|bucket| bucket.is_gone());
    let tried = TriedBuckets {
        are_all: diagnosis.examination.untried == 0 && !diagnosis.is_named && gone.is_empty(),
        buckets: there,
    };
    for kind in KINDS {
        of_kind(kind, &tried, &mut lines);
    }
    if !gone.is_empty() {
        let text = format!("deleted since they were listed: {}", names(&gone));
        lines.push(match tried.buckets.is_empty() {
            true => Line::bad(GONE, text).hint(
                "none of the buckets that were tried is there: check the endpoint and the account",
            ),
            false => Line::note(GONE, text),
        });
    }
    let untried = diagnosis.examination.untried;
    if untried > 0 {
        let text = format!(
            "{} not tried, for their number; name them to try them",
            counted(untried as u64, "bucket")
        );
        lines.push(Line::note("other buckets", text));
    }
    lines.push(Line::note(
        "abort",
        "not tried, since that would change something; it needs s3:AbortMultipartUpload",
    ));
    if diagnosis.provider.must_recheck() {
        lines.push(Line::note(
            "save objects",
            "not tried; to repair an object that an abort damaged, partsweep needs s3:PutObject and s3:DeleteObject",
        ));
    }
    lifecycle(&tried, &mut lines);
    lines.push(Line::note(
        "set lifecycle",
        "not tried, since that would change something; it needs s3:PutLifecycleConfiguration",
    ));
    lines
}

fn list_buckets(diagnosis: &Diagnosis) -> Line {
    const ABOUT: &str = "list buckets";
    let is_of_all_users = diagnosis.examination.counts.is_some();
    match (&diagnosis.examination.buckets, diagnosis.missing) {
        (Ok(_), Some(MissingBuckets::Some(why))) => {
            Line::bad(ABOUT, format!("not all of them: {why}"))
        }
        (Ok(_), Some(MissingBuckets::Perhaps(why))) => {
            Line::note(ABOUT, format!("perhaps not all of them: {why}"))
        }
        (Ok(all), None) if is_of_all_users => Line::good(
            ABOUT,
            format!("{} of all users", counted(*all as u64, "bucket")),
        ),
        (Ok(all), None) => Line::good(ABOUT, counted(*all as u64, "bucket")),
        (Err(error), _) if diagnosis.is_named => Line::note(
            ABOUT,
            format!("{}; buckets that are named don't need it", chain(error)),
        ),
        (Err(error), _) => failed(ABOUT, error),
    }
}

/// Whether lifecycles can be read. Only `lifecycle` needs it, so that it can't is no more than a note.
fn lifecycle(tried: &TriedBuckets<'_>, lines: &mut Vec<Line>) {
    const ABOUT: &str = "lifecycle";
    let these = |is: fn(&Tried) -> bool| tried.of(|one| is(&one.read_lifecycle));
    let allowed = these(|tried| matches!(tried, Tried::Allowed));
    if !allowed.is_empty() {
        let text = format!("can be read {}", tried.place(&allowed));
        lines.push(Line::good(ABOUT, text));
    }
    let denied = these(|tried| matches!(tried, Tried::Denied(_)));
    if !denied.is_empty() {
        let text = format!(
            "denied in {}: `lifecycle` needs s3:GetLifecycleConfiguration",
            names(&denied)
        );
        lines.push(Line::note(ABOUT, text));
    }
    let without = these(|tried| matches!(tried, Tried::NotShown));
    if !without.is_empty() {
        lines.push(Line::note(ABOUT, "the store has no lifecycle rules"));
    }
    for bucket in these(|tried| matches!(tried, Tried::Failed(_))) {
        let error = bucket.read_lifecycle.error();
        lines.extend(error.map(|error| Line::note(ABOUT, chain(error))));
    }
}

fn failed(about: &'static str, error: &StoreError) -> Line {
    let mut line = Line::bad(about, chain(error));
    line.hints = hints::for_store(error);
    line
}

fn of_kind(
    (about, permission, tried): RequestKind,
    buckets: &TriedBuckets<'_>,
    lines: &mut Vec<Line>,
) {
    let these = |is: fn(&Tried) -> bool| buckets.of(|bucket| is(tried(bucket)));
    let allowed = these(|tried| matches!(tried, Tried::Allowed));
    let denied = these(|tried| matches!(tried, Tried::Denied(_)));
    let untried = these(|tried| matches!(tried, Tried::NotTried));
    if !allowed.is_empty() {
        lines.push(Line::good(about, buckets.place(&allowed)));
    }
    if !denied.is_empty() {
        let text = format!("denied in {}: needs {permission}", names(&denied));
        lines.push(Line::bad(about, text));
    }
    // Each has a reason of its own.
    for bucket in these(|tried| matches!(tried, Tried::Failed(_))) {
        lines.extend(tried(bucket).error().map(|error| failed(about, error)));
    }
    let unshown = these(|tried| matches!(tried, Tried::NotShown));
    if !unshown.is_empty() {
        let text = format!(
            "not shown in {}: the store has no versions, or the key lacks {permission}; a completed object among \
             older versions isn't seen",
            names(&unshown)
        );
        lines.push(Line::note(about, text));
    }
    // Where uploads can't be listed, that is what there is to say.
    let untried: Vec<_> = untried
        .into_iter()
        .filter(|bucket| !bucket.list_uploads.is_trouble())
        .collect();
    if !untried.is_empty() {
        let text = format!(
            "not tried in {}: no incomplete upload to try it on; it needs {permission}",
            names(&untried)
        );
        lines.push(Line::note(about, text));
    }
}

/// The buckets by their names; of many the first, and how many others.
fn names(buckets: &[&BucketAccess]) -> String {
    let first = buckets.iter().take(NAMED);
    let first: Vec<_> = first.map(|bucket| bucket.bucket.as_str()).collect();
    let first = first.join(", ");
    match buckets.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
