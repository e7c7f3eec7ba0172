//! Saving an object that an abort put in danger (law 12): a copy to a spare key and back, or the
//! object written anew from itself in parts. Only files of this folder write objects.
//!
//! Measured on Ceph 16.2.15: CopyObject overlooks `x-amz-copy-source-if-match` and honours
//! `x-amz-copy-if-match`, so both are sent; UploadPartCopy overlooks both, so the object is looked
//! at before and after (`docs/providers.md`).

mod access;
mod copy;
pub(crate) mod metadata;
mod parts;
pub(super) mod pieces;
pub(super) mod source;
mod spare;
mod tags;
mod trial;

pub(crate) use crate::mutate::own::OwnUpload;
