//! Uploads that someone agreed to sweep, since no other can be aborted.

use std::time::Duration;

use jiff::SignedDuration;
use partsweep_core::provider::profiles::UNKNOWN;
use partsweep_core::{
    Amount, ApprovedUpload, Consent, Footprint, Limits, LookTime, Plan, PlannedUpload, Terms,
    Upload, UploadAddress,
};

/// A look that is never too old.
pub(crate) const FRESH: LookTime = LookTime::new(Duration::MAX);

/// An upload by its names, planned alone and agreed to.
pub(crate) fn agreed_to(bucket: &str, key: &str, id: &str) -> ApprovedUpload {
    agreed(UploadAddress::new(bucket, key, id).unwrap())
}

/// An upload that was planned alone and agreed to.
pub(crate) fn agreed(address: UploadAddress) -> ApprovedUpload {
    let planned = PlannedUpload {
        upload: Upload::named(address),
        footprint: Footprint {
            parts: Amount::Exact(0),
            bytes: Amount::Exact(0),
            newest_part: None,
            all_dated: true,
        },
    };
    let plan = Plan::of([&planned], Terms::older_than(SignedDuration::ZERO));
    let limits = Limits {
        risk_live: true,
        ..Limits::default()
    };
    let consent = Consent::to(&plan, &limits, &UNKNOWN).unwrap();
    let mut approved = plan.approve(consent).unwrap();
    approved.admit(vec![planned]).unwrap().remove(0)
}
