//! What the types refuse: programs that must not compile, each with the compiler's error code.
//!
//! One fault each: a second would hide behind the first. The code says that it is this fault and
//! not a misspelt name; rustdoc compares it only with `RUSTC_BOOTSTRAP=1`, as `.ci/run` does.

/// Law 1: who can look cannot abort.
///
/// ```compile_fail,E0599
/// use partsweep_core::{ApprovedUpload, Inspect};
///
/// async fn scan(store: &impl Inspect, upload: &ApprovedUpload) {
///     let _ = store.abort_upload(upload, Default::default()).await;
/// }
/// ```
///
/// Nor write an object:
///
/// ```compile_fail,E0599
/// use partsweep_core::{BucketName, Inspect, Key, ObjectHead, SpareName};
///
/// async fn scan(store: &impl Inspect, bucket: &BucketName, key: &Key, object: &ObjectHead, name: &SpareName) {
///     let _ = store.copy_to_spare(bucket, key, object, name).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::{Inspect, Key, ObjectHead, Spare};
///
/// async fn scan(store: &impl Inspect, spare: &Spare, key: &Key, object: &ObjectHead) {
///     let _ = store.copy_back(spare, key, object).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::{BucketName, Inspect, Key, ObjectHead};
///
/// async fn scan(store: &impl Inspect, bucket: &BucketName, key: &Key, object: &ObjectHead) {
///     let _ = store.rewrite_in_parts(bucket, key, object).await;
/// }
/// ```
///
/// Nor delete a spare:
///
/// ```compile_fail,E0599
/// use partsweep_core::{Inspect, Spare};
///
/// async fn scan(store: &impl Inspect, spare: &Spare) {
///     let _ = store.delete_spare(spare).await;
/// }
/// ```
///
/// Nor change a lifecycle, and who aborts cannot either:
///
/// ```compile_fail,E0599
/// use partsweep_core::{Inspect, LifecycleChange};
///
/// async fn scan(store: &impl Inspect, change: &LifecycleChange) {
///     let _ = store.change_lifecycle(change, &|| true).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::{LifecycleChange, Mutate};
///
/// async fn sweep(store: &impl Mutate, change: &LifecycleChange) {
///     let _ = store.change_lifecycle(change, &|| true).await;
/// }
/// ```
/// Nor complete an upload, and who aborts cannot either:
///
/// ```compile_fail,E0599
/// use partsweep_core::{ApprovedRescue, Inspect};
///
/// async fn scan(store: &impl Inspect, rescue: &ApprovedRescue) {
///     let _ = store.complete_upload(rescue).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::{ApprovedRescue, Mutate};
///
/// async fn sweep(store: &impl Mutate, rescue: &ApprovedRescue) {
///     let _ = store.complete_upload(rescue).await;
/// }
/// ```
///
/// Nor send a part, and neither can who aborts, nor who completes:
///
/// ```compile_fail,E0599
/// use partsweep_core::store::part_data::PartData;
/// use partsweep_core::{ApprovedPart, Inspect};
///
/// async fn scan(store: &impl Inspect, part: &ApprovedPart, data: &PartData) {
///     let _ = store.upload_part(part, data).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::store::part_data::PartData;
/// use partsweep_core::{ApprovedPart, Mutate};
///
/// async fn sweep(store: &impl Mutate, part: &ApprovedPart, data: &PartData) {
///     let _ = store.upload_part(part, data).await;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::store::part_data::PartData;
/// use partsweep_core::{ApprovedPart, Complete};
///
/// async fn rescue(store: &impl Complete, part: &ApprovedPart, data: &PartData) {
///     let _ = store.upload_part(part, data).await;
/// }
/// ```
struct AScanCannotAct;

/// Laws 2 and 4: what is completed was agreed to, and confirmed by a look just before.
///
/// ```compile_fail,E0308
/// use partsweep_core::{AgreedRescue, Complete};
///
/// async fn rescue(store: &impl Complete, agreed: &AgreedRescue) {
///     let _ = store.complete_upload(agreed).await;
/// }
/// ```
///
/// ```compile_fail,E0451
/// use partsweep_core::{AgreedRescue, RescuePlan};
///
/// fn forged(plan: RescuePlan) -> AgreedRescue {
///     AgreedRescue { plan }
/// }
/// ```
///
/// ```compile_fail,E0451
/// use partsweep_core::RescueConsent;
///
/// let forged = RescueConsent { digest: [0; 32] };
/// ```
///
/// ```compile_fail,E0382
/// use partsweep_core::{RescueConsent, RescuePlan};
///
/// fn for_two_plans(one: RescuePlan, other: RescuePlan, consent: RescueConsent) {
///     let _ = one.approve(consent);
///     let _ = other.approve(consent);
/// }
/// ```
///
/// Nor can whoever completes abort:
///
/// ```compile_fail,E0599
/// use partsweep_core::{ApprovedUpload, Complete};
///
/// async fn rescue(store: &impl Complete, upload: &ApprovedUpload) {
///     let _ = store.abort_upload(upload, Default::default()).await;
/// }
/// ```
///
/// What is sent was agreed to in the same way, and who sends cannot complete:
///
/// ```compile_fail,E0451
/// use partsweep_core::{AgreedResume, ResumePlan};
///
/// fn forged(plan: ResumePlan) -> AgreedResume {
///     AgreedResume { plan }
/// }
/// ```
///
/// ```compile_fail,E0451
/// use partsweep_core::ResumeConsent;
///
/// let forged = ResumeConsent { digest: [0; 32] };
/// ```
///
/// ```compile_fail,E0599
/// use partsweep_core::{AddParts, ApprovedRescue};
///
/// async fn resume(store: &impl AddParts, rescue: &ApprovedRescue) {
///     let _ = store.complete_upload(rescue).await;
/// }
/// ```
struct OnlyWhatWasConfirmedIsCompleted;

/// Law 10: a change begins with what a store answered, and nothing else makes one.
///
/// ```compile_fail,E0451
/// use partsweep_core::lifecycle::change::ChangeKind;
/// use partsweep_core::{LifecycleChange, SeenLifecycle};
///
/// fn forged(before: SeenLifecycle) -> LifecycleChange {
///     LifecycleChange { before, after: None, default_minimum: None, kind: ChangeKind::PutBack }
/// }
/// ```
///
/// Nor can whoever changes lifecycles abort:
///
/// ```compile_fail,E0599
/// use partsweep_core::{ApprovedUpload, ManageLifecycle};
///
/// async fn protect(store: &impl ManageLifecycle, upload: &ApprovedUpload) {
///     let _ = store.abort_upload(upload, Default::default()).await;
/// }
/// ```
struct ALifecycleIsChangedByWhoSawIt;

/// Law 2: a consent comes from [`Consent::to`](crate::Consent::to), which checks the limits, and
/// from nowhere else.
///
/// ```compile_fail,E0451
/// use partsweep_core::{Consent, Plan};
///
/// fn forged(plan: &Plan) -> Consent {
///     Consent { digest: plan.digest(), risk_live: false }
/// }
/// ```
///
/// ```compile_fail,E0277
/// use partsweep_core::Consent;
///
/// let forged: Consent = Default::default();
/// ```
///
/// So does what only a consent makes:
///
/// ```compile_fail,E0451
/// use partsweep_core::{ApprovedPlan, Plan};
///
/// fn forged(plan: Plan) -> ApprovedPlan {
///     ApprovedPlan { plan, risk_live: false, chunk: 0 }
/// }
/// ```
///
/// ```compile_fail,E0624
/// use partsweep_core::{ApprovedPlan, Plan};
///
/// fn forged(plan: Plan) -> ApprovedPlan {
///     ApprovedPlan::new(plan, false)
/// }
/// ```
///
/// ```compile_fail,E0451
/// use partsweep_core::{ApprovedUpload, PlannedUpload};
///
/// fn forged(planned: PlannedUpload) -> ApprovedUpload {
///     ApprovedUpload { number: 0, planned }
/// }
/// ```
struct ConsentCannotBeForged;

/// Law 2: a consent is used up.
///
/// ```compile_fail,E0382
/// use partsweep_core::{Consent, Plan};
///
/// fn for_two_plans(one: Plan, other: Plan, consent: Consent) {
///     let _ = one.approve(consent);
///     let _ = other.approve(consent);
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
///
/// copied::<partsweep_core::Consent>();
/// ```
struct ConsentIsGoodOnce;

/// Law 2: approving uses the plan up, and neither the plan nor what was approved can be copied.
///
/// ```compile_fail,E0382
/// use partsweep_core::{Consent, Plan};
///
/// fn approved_twice(plan: Plan, one: Consent, other: Consent) {
///     let _ = plan.approve(one);
///     let _ = plan.approve(other);
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
///
/// copied::<partsweep_core::Plan>();
/// ```
///
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
///
/// copied::<partsweep_core::ApprovedPlan>();
/// ```
struct APlanIsApprovedOnce;

/// Law 2: an address, or an upload that was only planned, is not enough for an abort.
///
/// ```compile_fail,E0308
/// use partsweep_core::{Mutate, UploadAddress};
///
/// async fn sweep(store: &impl Mutate, upload: &UploadAddress) {
///     let _ = store.abort_upload(upload, Default::default()).await;
/// }
/// ```
///
/// ```compile_fail,E0308
/// use partsweep_core::{Mutate, PlannedUpload};
///
/// async fn sweep(store: &impl Mutate, upload: &PlannedUpload) {
///     let _ = store.abort_upload(upload, Default::default()).await;
/// }
/// ```
struct OnlyWhatWasApprovedIsAborted;

/// Law 12: what is deleted has a spare's name, and no other key can be given one.
///
/// ```compile_fail,E0308
/// use partsweep_core::{Key, Mutate};
///
/// async fn sweep(store: &impl Mutate, key: &Key) {
///     let _ = store.delete_spare(key).await;
/// }
/// ```
///
/// ```compile_fail,E0308
/// use partsweep_core::{BucketName, Key, Spare};
///
/// fn named_after_an_object(bucket: BucketName, key: Key) -> Spare {
///     Spare { bucket, name: key, version: None }
/// }
/// ```
///
/// ```compile_fail,E0423
/// use partsweep_core::{Key, SpareName};
///
/// fn named_after_an_object(key: Key) -> SpareName {
///     SpareName(key)
/// }
/// ```
struct OnlyASpareIsDeleted;

/// The same calls as above, rightly made: what the refusals above have in common is the misuse.
///
/// ```
/// use partsweep_core::store::part_data::PartData;
/// use partsweep_core::{
///     AddParts, ApprovedPart, BucketName, Complete, Consent, ConsentError, Key, LifecycleChange, Limits, ManageLifecycle, Mutate, ObjectHead, Plan, PlannedUpload,
///     Provider, RescueConsent, RescueLook, RescuePlan, Spare, SpareName, UploadAddress,
/// };
///
/// async fn sweep(store: &impl Mutate, plan: Plan, uploads: Vec<PlannedUpload>) -> Result<(), ConsentError> {
///     let consent = Consent::to(&plan, &Limits::default(), &store.provider())?;
///     let mut approved = plan.approve(consent)?;
///     for upload in approved.admit(uploads).into_iter().flatten() {
///         let _: &UploadAddress = upload.address();
///         let _ = store.abort_upload(&upload, Default::default()).await;
///     }
///     Ok(())
/// }
///
/// async fn protect(store: &impl ManageLifecycle, change: &LifecycleChange) {
///     let _ = store.change_lifecycle(change, &|| true).await;
/// }
///
/// async fn rescue(store: &impl Complete, plan: RescuePlan, just_before: RescueLook) {
///     let consent = RescueConsent::to(&plan);
///     let agreed = plan.approve(consent).unwrap();
///     let approved = agreed.confirm(just_before).unwrap();
///     let _ = store.complete_upload(&approved).await;
/// }
///
/// async fn resume(store: &impl AddParts, part: &ApprovedPart, data: &PartData) {
///     let _ = store.upload_part(part, data).await;
/// }
///
/// async fn repair(store: &impl Mutate, bucket: BucketName, key: &Key, object: &ObjectHead) {
///     let name = SpareName::fresh(1);
///     let _ = store.copy_to_spare(&bucket, key, object, &name).await;
///     let spare = Spare { bucket, name, version: None };
///     let _ = store.copy_back(&spare, key, object).await;
///     let _ = store.rewrite_in_parts(&spare.bucket, key, object).await;
///     let _ = store.delete_spare(&spare).await;
/// }
/// ```
struct RightUse;
