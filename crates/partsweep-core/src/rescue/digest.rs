//! What a consent is bound to.

use std::fmt::Debug;

use sha2::{Digest as _, Sha256};

use crate::model::upload::UploadAddress;

/// Identifies an upload, and all besides that someone agrees to.
pub(super) fn digest(address: &UploadAddress, rest: &impl Debug) -> [u8; 32] {
    let mut hash = Sha256::new();
    let names = [
        address.bucket.as_str(),
        address.key.as_str(),
        address.id.as_str(),
    ];
    for name in names {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
    }
    hash.update(format!("{rest:?}"));
    hash.finalize().into()
}
