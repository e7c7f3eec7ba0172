//! The additional checksums that uploads are begun with, as Amazon S3 asks for them (API reference,
//! CreateMultipartUpload, UploadPart). What a client says they are is kept, not computed.

use std::sync::Arc;

use crate::habits::{Checksums, Habits};
use crate::store::upload::{CHECKSUMS, Checksum, Upload};
use crate::wire::answer::Refusal;
use crate::wire::request::Call;

/// The one of the whole object only, whatever is asked for.
const OF_OBJECT: &str = "CRC64NVME";

/// The checksum that an upload is begun with.
pub(crate) fn of_upload(call: &Call, habits: &Habits) -> Result<Option<Checksum>, Refusal> {
    let asked = call.header("x-amz-checksum-algorithm");
    let Some(asked) = asked.filter(|_| habits.parts.checksums != Checksums::Ignored) else {
        return Ok(None);
    };
    let known = CHECKSUMS
        .into_iter()
        .find(|name| asked.eq_ignore_ascii_case(name));
    let name = known.ok_or_else(|| Refusal::new(400, "InvalidRequest"))?;
    let is_of_object = match call.header("x-amz-checksum-type") {
        Some(kind) => kind == "FULL_OBJECT",
        None => name == OF_OBJECT,
    };
    Ok(Some(Checksum { name, is_of_object }))
}

/// The checksum that a part is sent with; a part without the one of its upload is refused, unless it is of the whole
/// object: the store computes it then.
pub(crate) fn of_part(
    call: &Call,
    upload: &Upload,
    habits: &Habits,
) -> Result<Option<Arc<str>>, Refusal> {
    let Some(Checksum { name, is_of_object }) = &upload.checksum else {
        return Ok(None);
    };
    let sent = call.header(&format!("x-amz-checksum-{}", name.to_lowercase()));
    match sent {
        Some(value) => Ok(Some(value.into())),
        None if *is_of_object && habits.parts.checksums == Checksums::OfParts => Ok(None),
        None => Err(Refusal::new(400, "InvalidRequest")),
    }
}
