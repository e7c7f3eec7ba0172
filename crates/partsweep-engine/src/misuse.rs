//! What the types of the engine refuse, as in the file of this name in `partsweep-core`.

/// Law 2: a sweep takes a plan that was approved, and uses it up.
///
/// ```compile_fail,E0308
/// use partsweep_core::Plan;
/// use partsweep_engine::journal::Journal;
/// use partsweep_engine::{Earlier, SweepOptions, SweepRequest};
///
/// fn unapproved(plan: Plan, journal: Journal) -> SweepRequest {
///     SweepRequest { plan, journal, earlier: Earlier::default(), options: SweepOptions::default() }
/// }
/// ```
///
/// ```compile_fail,E0382
/// use std::sync::Arc;
///
/// use partsweep_core::{Mutate, PlannedUpload};
/// use partsweep_engine::{SweepRequest, SweptUpload, sweep};
/// use tokio::sync::mpsc::Sender;
/// use tokio_util::sync::CancellationToken;
///
/// async fn twice(store: Arc<impl Mutate>, plan: SweepRequest, uploads: Vec<PlannedUpload>, to: Sender<SweptUpload>) {
///     let stop = CancellationToken::new();
///     let _ = sweep(store.clone(), plan, uploads.clone().into_iter(), to.clone(), stop.clone()).await;
///     let _ = sweep(store, plan, uploads.into_iter(), to, stop).await;
/// }
/// ```
struct APlanIsSweptOnce;

/// Law 1: a store that can only be looked at is enough for a scan, and not for a sweep.
///
/// ```compile_fail,E0277
/// use std::sync::Arc;
///
/// use partsweep_core::{Inspect, PlannedUpload};
/// use partsweep_engine::{SweepRequest, SweptUpload, sweep};
/// use tokio::sync::mpsc::Sender;
/// use tokio_util::sync::CancellationToken;
///
/// async fn swept(store: Arc<impl Inspect>, plan: SweepRequest, uploads: Vec<PlannedUpload>, to: Sender<SweptUpload>) {
///     let _ = sweep(store, plan, uploads.into_iter(), to, CancellationToken::new()).await;
/// }
/// ```
///
/// ```
/// use std::sync::Arc;
///
/// use partsweep_core::{Inspect, Mutate, PlannedUpload};
/// use partsweep_engine::{ScanEvent, ScanRequest, SweepRequest, SweptUpload, scan, sweep};
/// use tokio::sync::mpsc::Sender;
/// use tokio_util::sync::CancellationToken;
///
/// async fn examined(store: Arc<impl Inspect>) {
///     let _ = partsweep_engine::doctor::examine(store, partsweep_engine::doctor::Tries::AllUsers).await;
/// }
///
/// async fn looked_at(store: Arc<impl Inspect>, what: ScanRequest, to: Sender<ScanEvent>) {
///     let _ = scan(store, what, to).await;
/// }
///
/// async fn swept(store: Arc<impl Mutate>, plan: SweepRequest, uploads: Vec<PlannedUpload>, to: Sender<SweptUpload>) {
///     let _ = sweep(store, plan, uploads.into_iter(), to, CancellationToken::new()).await;
/// }
/// ```
struct AScanOnlyLooks;
