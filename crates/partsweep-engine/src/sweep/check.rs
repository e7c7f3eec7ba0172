//! The check of an upload just before its abort (law 4), and that of a whole plan without any abort.
//!
//! All of it is done over [`Inspect`]: what only checks can't abort anything (law 1).

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use futures_util::{TryFutureExt, future};
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    Inspect, Look, LookTime, Looked, OlderVersions, PlannedUpload, StoreError, Terms,
};

use super::object::see_object;
use crate::plan_source::{PlanSource, SourceError};
use crate::scan::size::{self, SizeResult};

/// Uploads that are read from a plan at once.
const CHUNK: usize = 1_000;

/// How a plan is checked.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions {
    /// On what terms the plan would be swept.
    pub terms: Terms,
    /// Whether young uploads would be swept also where only age protects them (`--risk-live`).
    pub risk_live: bool,
    /// Uploads checked at once, at most.
    pub concurrency: usize,
}

/// What a sweep would do with an upload now.
#[derive(Debug)]
pub struct CheckedUpload {
    /// As planned.
    pub planned: PlannedUpload,
    /// What would be done, or why that can't be said.
    pub would: Result<Look, StoreError>,
}

/// Checks each upload of a plan as a sweep does before its abort. Changes nothing.
///
/// They come as they are checked, in no order; an error of the plan is the last item.
pub fn check<'a, S: Inspect>(
    store: &'a S,
    source: impl PlanSource + 'a,
    options: CheckOptions,
) -> impl Stream<Item = Result<CheckedUpload, SourceError>> + 'a {
    let chunks = stream::try_unfold(source, |mut source| async move {
        let uploads = source.next(CHUNK).await?;
        let uploads = (!uploads.is_empty()).then(|| stream::iter(uploads).map(Ok));
        Ok::<_, SourceError>(uploads.map(|uploads| (uploads, source)))
    });
    let check_one = move |planned: PlannedUpload| async move {
        let looking = look(store, &planned, false);
        let decided = looking.map_ok(|(looked, ..)| {
            let store = store.provider_of(&planned.upload.address.bucket);
            looked.decide(&planned, options.terms, &store, options.risk_live)
        });
        let would = decided.await;
        Ok(CheckedUpload { planned, would })
    };
    chunks
        .try_flatten()
        .map_ok(check_one)
        .try_buffer_unordered(options.concurrency.max(1))
}

/// Looks at the upload and then at its key (law 4).
///
/// In this order: a complete between the two requests is seen as an object. Where an abort
/// cannot hurt, the key of an upload without parts is not looked at: it cannot have been
/// completed.
///
/// `being_aborted`: an abort of ours may be at work, so fewer parts than planned are no change.
pub(super) async fn look<S: Inspect>(
    store: &S,
    planned: &PlannedUpload,
    being_aborted: bool,
) -> Result<(Looked, Option<Box<str>>, LookTime), StoreError> {
    let address = &planned.upload.address;
    let mut looked = Looked {
        footprint: None,
        object: ObjectSight::Absent,
        older: OlderVersions::NONE,
        now: None,
        clock: store.clock(),
    };
    let looks_at_key =
        planned.footprint.parts.exact() != Some(0) || store.provider().abort_can_hurt();
    // Older versions first: what is completed behind that is the current one, or was. So the look
    // grows no older by asking for them.
    let older = async {
        match looks_at_key {
            true => store.older_versions(&address.bucket, &address.key).await,
            false => Ok(OlderVersions::NONE),
        }
    };
    let (older, sized) = future::join(older, size::size(store, &planned.upload)).await;
    let (footprint, completed_etag, answered) = match sized {
        SizeResult::Sized {
            footprint,
            now,
            answered,
            parts,
            ..
        } => {
            looked.now = now;
            let is_rest = being_aborted && footprint.is_rest_of(&planned.footprint);
            let footprint = match is_rest {
                true => planned.footprint,
                false => footprint,
            };
            (footprint, parts.completed_etag(), answered)
        }
        SizeResult::Gone => return Ok((looked, None, LookTime::default())),
        SizeResult::Failed { error, .. } => return Err(error),
    };
    looked.older = older?;
    if looks_at_key || store.provider().abort_can_hurt() {
        looked.object = see_object(store, address).await?;
    }
    looked.footprint = Some(footprint);
    looked.clock = store.clock();
    Ok((looked, completed_etag, answered))
}
