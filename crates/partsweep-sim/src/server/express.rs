//! Whether a request about directory buckets of AWS may be done: it is signed for a service of its own, and most of them
//! with the keys of a session.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html>

use super::admission::{check_date, check_rights, check_signature, stranger};
use crate::access::rights::Credential;
use crate::access::signature::Authorization;
use crate::locks::read;
use crate::wire::answer::Refusal;
use crate::wire::operation::Operation;
use crate::wire::payload::Payload;
use crate::wire::request::Call;
use crate::world::shared::Shared;

const TOKEN: &str = "x-amz-s3session-token";

/// Checks a request; returns the access key whose rights it has.
pub(super) fn admit(
    shared: &Shared,
    call: &Call,
    authorization: &Authorization<'_>,
    payload: &Payload,
) -> Result<String, Refusal> {
    let malformed = || Refusal::new(400, "AuthorizationHeaderMalformed");
    if authorization.service != "s3express" {
        return Err(malformed().because("The service must be \"s3express\""));
    }
    if !authorization.covers(&call.headers) {
        let message = "There were headers present in the request which were not signed";
        return Err(Refusal::access_denied().because(message));
    }
    check_date(shared, call, authorization)?;
    check_region(shared, call, authorization.region)?;
    let takes_session = !matches!(
        call.operation,
        Operation::CreateSession | Operation::HeadBucket | Operation::ListDirectoryBuckets
    );
    let (credential, caller) = match takes_session {
        true => of_session(shared, call, authorization.access_key)?,
        false => {
            let rights = read(&shared.rights);
            let credential = rights.credential(authorization.access_key);
            let known = credential.cloned().ok_or_else(|| stranger(&shared.habits));
            (known?, authorization.access_key.to_owned())
        }
    };
    if !takes_session && call.header(TOKEN).is_some() {
        return Err(Refusal::access_denied().because("A session token isn't taken here"));
    }
    check_signature(shared, call, authorization, &credential, payload)?;
    // What a session may do was settled when it was made.
    if !takes_session {
        check_rights(shared, &read(&shared.rights), call, &caller)?;
    }
    Ok(caller)
}

/// The keys of the session that a request names, and whose rights it has.
fn of_session(
    shared: &Shared,
    call: &Call,
    access_key: &str,
) -> Result<(Credential, String), Refusal> {
    let sessions = read(&shared.sessions);
    let session = sessions
        .get(access_key)
        .ok_or_else(Refusal::access_denied)?;
    let is_its = session.credential.session_token.as_deref() == call.header(TOKEN)
        && call.bucket.as_deref() == Some(&*session.bucket);
    if !is_its {
        return Err(Refusal::access_denied().because("The session isn't of this bucket"));
    }
    if session.ends <= shared.clock.now() {
        return Err(Refusal::new(400, "ExpiredToken").because("The provided token has expired."));
    }
    if !session.writes && !call.method.is_safe() {
        return Err(Refusal::access_denied().because("The session is for reading only"));
    }
    let zonal = [
        Operation::ListMultipartUploads,
        Operation::ListParts,
        Operation::HeadObject,
        Operation::GetObject,
        Operation::ListObjects,
        Operation::CreateMultipartUpload,
        Operation::UploadPart,
        Operation::UploadPartCopy,
        Operation::CompleteMultipartUpload,
        Operation::AbortMultipartUpload,
        Operation::PutObject,
        Operation::CopyObject,
        Operation::DeleteObject,
    ];
    if !zonal.contains(&call.operation) {
        return Err(Refusal::new(501, "NotImplemented"));
    }
    // Its token is checked here: in its own header.
    let credential = Credential {
        session_token: None,
        ..session.credential.clone()
    };
    Ok((credential, session.caller.clone()))
}

/// The bucket's region, or that whose buckets are listed.
fn check_region(shared: &Shared, call: &Call, signed_for: &str) -> Result<(), Refusal> {
    let state = read(&shared.state);
    let bucket = call.bucket.as_deref().map(|name| state.bucket(name));
    let region = match (bucket.transpose()?, &call.directory_region) {
        (Some(bucket), _) => &bucket.region,
        (None, Some(region)) => region,
        (None, None) => &shared.region,
    };
    match signed_for == region {
        true => Ok(()),
        false => {
            Err(Refusal::new(400, "AuthorizationHeaderMalformed").because("The region is wrong"))
        }
    }
}
