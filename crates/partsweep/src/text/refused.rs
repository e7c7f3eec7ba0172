//! What a store means by words that its code doesn't say.

use partsweep_core::{StoreError, StoreErrorKind};

/// What to do about a refusal that is no missing right; none if its words say nothing of that kind.
pub(super) fn hint(error: &StoreError) -> Option<&'static str> {
    if !matches!(
        error.kind,
        StoreErrorKind::Denied | StoreErrorKind::BadCredentials
    ) {
        return None;
    }
    let message = error.message.as_deref()?.to_ascii_lowercase();
    let says = |words: &str| message.contains(words);
    // Names of buckets and users stand in the sentence of AWS that says what isn't allowed.
    let has_names = says("not authorized to perform");
    if says("cap exceeded") {
        Some(
            "no permission changes this: the account has reached a cap; raise it on the account's page (B2: Caps & Alerts), \
             or wait until it is reset",
        )
    } else if says("explicit deny") {
        Some(
            "a policy denies this explicitly, and a policy that allows it doesn't change that: remove the Deny, or exempt \
             these keys from it",
        )
    } else if !has_names && (says("suspended") || says("overdue")) {
        Some(
            "no permission changes this: the account is suspended, or a payment is overdue; look at the account's page",
        )
    } else {
        None
    }
}

/// Where the store is, if a request without TLS was answered by nothing but that. In the words of partsweep-s3.
pub(super) fn url_with_tls(error: &StoreError) -> Option<&str> {
    if error.kind != StoreErrorKind::NotS3 {
        return None;
    }
    let message = error.message.as_deref()?;
    let starts = [
        "the endpoint only redirects: the store is at ",
        "this port expects TLS: the store is at ",
    ];
    let rest = starts
        .iter()
        .find_map(|start| message.strip_prefix(start))?;
    rest.split([';', ' ']).next()
}

#[cfg(test)]
mod tests {
    use partsweep_core::Operation;

    use super::*;
    use crate::text::hints::{for_bucket, for_store};

    fn refused(kind: StoreErrorKind, message: &str) -> StoreError {
        let bucket = partsweep_core::BucketName::new("b").unwrap();
        StoreError::new(Operation::ListMultipartUploads, Some(&bucket), kind).with_message(message)
    }

    #[test]
    fn a_refusal_that_is_no_missing_right_asks_for_none() {
        for (message, words) in [
            (
                "Transaction cap exceeded, see the Caps &amp; Alerts page to increase your cap.",
                "the account has reached a cap",
            ),
            (
                "User: arn:aws:iam::1:user/x is not authorized to perform: s3:ListBucketMultipartUploads on resource: \
                 \"arn:aws:s3:::suspended\" with an explicit deny in a resource-based policy",
                "a policy denies this explicitly",
            ),
            ("The account is suspended.", "the account is suspended"),
            ("Your account has an overdue balance", "payment is overdue"),
            (
                "User: x is not authorized to perform: s3:x on resource: \"arn:aws:s3:::suspended\" because no \
                 identity-based policy allows it",
                "this needs the permission",
            ),
            ("Access Denied", "this needs the permission"),
        ] {
            let hints = for_store(&refused(StoreErrorKind::Denied, message)).join("; ");
            assert!(hints.contains(words), "{message}: {hints}");
            let asks = hints.contains("this needs the permission");
            assert_eq!(asks, words == "this needs the permission", "{hints}");
        }
    }

    #[test]
    fn an_address_with_tls_is_told_as_it_is_typed() {
        for message in [
            "the endpoint only redirects: the store is at https://h",
            "this port expects TLS: the store is at https://h; the endpoint URL has the path /b",
        ] {
            let error = refused(StoreErrorKind::NotS3, message);
            let typed = ["type its address with https: `--endpoint-url https://h`"];
            assert_eq!(for_store(&error), typed);
            assert_eq!(for_bucket(&error), typed);
        }
    }
}
