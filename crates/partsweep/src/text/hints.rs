//! What to do about each kind of failure.

use jiff::SignedDuration;
use partsweep_core::{
    KeepReason, Listing, Operation, SpareName, StoreError, StoreErrorKind, UploadAddress, escape,
};
use partsweep_engine::{BucketSummary, IndexCheck};

use crate::text::ceph_admin::{CAPABILITIES, is_of_admin, repair_index};
use crate::text::error::chain;
use crate::text::{figures, refused};

/// How the AWS tool reaches the same store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AwsTool<'a> {
    /// The store's URL.
    pub(crate) endpoint: &'a str,
    /// The profile, if one was named.
    pub(crate) profile: Option<&'a str>,
}

impl AwsTool<'_> {
    /// The command that saves an object: brings back the spare copy, or makes one first, then
    /// deletes it.
    pub(crate) fn rescue(
        self,
        address: &UploadAddress,
        spare: &SpareName,
        is_made: bool,
    ) -> String {
        let at = |key: &str| {
            let url = format!("s3://{}/{key}", address.bucket.as_str());
            escape::for_shell(&url).into_owned()
        };
        let endpoint = escape::for_shell(self.endpoint);
        let profile = self.profile.map_or_else(String::new, |profile| {
            format!(" --profile {}", escape::for_shell(profile))
        });
        let aws = format!("aws{profile} --endpoint-url {endpoint} s3");
        let (key, spare) = (at(address.key.as_str()), at(spare.key().as_str()));
        let make = match is_made {
            true => String::new(),
            false => format!("{aws} cp {key} {spare} && "),
        };
        format!("{make}{aws} cp {spare} {key} && {aws} rm {spare}")
    }
}

/// Why an upload is kept, with the option that decides it.
pub(crate) fn kept(reason: KeepReason) -> &'static str {
    match reason {
        KeepReason::ActiveRecently => "active in the last 24 h, or since --older-than",
        KeepReason::IdleTooShort => "idle for less than --older-than",
        KeepReason::TooSmall => "smaller than --min-size",
        KeepReason::TooCheap => "costs less than --min-cost",
        KeepReason::CostUnknown => "cost unknown: no price fits (--price gives one)",
        reason => reason.words(),
    }
}

/// The hints for a failed request, one line each.
pub(crate) fn for_store(error: &StoreError) -> Vec<String> {
    use StoreErrorKind as Kind;
    let mut hints = vec![match error.kind {
        Kind::NoCredentials => NO_CREDENTIALS.to_owned(),
        _ if error.code.as_deref().is_some_and(is_of_account) => {
            "no permission changes this: the store refuses the account, or this region of it; ask whoever runs the store, or \
             look at the account's page"
                .to_owned()
        }
        _ if let Some(hint) = refused::hint(error) => return vec![hint.to_owned()],
        Kind::Denied if is_of_admin(error.operation) => CAPABILITIES.to_owned(),
        // Measured on Ceph 16: it tells nobody that an upload is gone who may not list the bucket.
        Kind::Denied if error.operation == Operation::ListParts => format!(
            "this needs the permission {}, on Ceph also s3:ListBucket",
            error.operation.right()
        ),
        Kind::BadCredentials if error.code.as_deref().is_some_and(is_of_expired_keys) => {
            "these keys were valid for a time that is over: log in again, or set AWS_SESSION_TOKEN and the keys that belong to it anew"
                .to_owned()
        }
        // A code of its own may mean something else: a quota, an address that isn't allowed.
        Kind::Denied if error.code.as_deref().is_some_and(|code| !is_of_permission(code)) => format!(
            "if that means a missing permission, it is {}",
            error.operation.right()
        ),
        Kind::Denied => format!("this needs the permission {}", error.operation.right()),
        Kind::BadCredentials => {
            "check the access key and the secret key, and that they belong to this store".to_owned()
        }
        Kind::ClockSkew(by) => clock(by),
        Kind::NoSuchBucket => {
            "check the spelling, and that the bucket is at this endpoint and visible to this key"
                .to_owned()
        }
        Kind::WrongAddressing => "this store wants the bucket in the host's name: --addressing virtual, and as its endpoint a \
                                  name, no IP address, such that BUCKET.NAME leads to the store"
            .to_owned(),
        Kind::RegionNotEnabled => "these keys work for other buckets: enable this bucket's region for the account, or get \
                                   a session token that holds in all regions (STS, version 2)"
            .to_owned(),
        Kind::WrongRegion => {
            "name the region of the bucket with --region, or its endpoint with --endpoint-url"
                .to_owned()
        }
        Kind::Unsupported => {
            format!("this store has no {}", error.operation.name())
        }
        Kind::Throttled => {
            "ask it for less, with --rps or --concurrency (the default is 64), or try again later"
                .to_owned()
        }
        Kind::Server => "the store has a problem of its own: try again later".to_owned(),
        _ if let Some(url) = refused::url_with_tls(error) => format!(
            "type its address with https: `--endpoint-url {}`",
            escape::for_shell(url)
        ),
        Kind::NotS3 if error.message.as_deref().is_some_and(is_too_long) => {
            "no store gives so long an answer: check the endpoint, and what is between here and the store"
                .to_owned()
        }
        Kind::NotS3 => "this is no S3 endpoint: it may be a console, a web page or another port; \
                        check the endpoint"
            .to_owned(),
        Kind::Malformed if error.operation == Operation::GetBucketLifecycle => {
            "a lifecycle is read only as XML in UTF-8 without a DOCTYPE, of at most 4 MiB, and a bucket whose rules can't be \
             read is left as it is; if a proxy or a gateway changed the answer, reach the store without it (NO_PROXY)"
                .to_owned()
        }
        Kind::Malformed => {
            "something between here and the store cut or changed its answer (a proxy, a gateway): reach the store without it \
             (NO_PROXY), or try again later"
                .to_owned()
        }
        Kind::Unreachable => {
            "check the endpoint, the network, and the proxy variables (HTTPS_PROXY, NO_PROXY)"
                .to_owned()
        }
        Kind::Tls => "check whether the endpoint is http:// or https://; for a private \
                      certificate, name its CA file in AWS_CA_BUNDLE"
            .to_owned(),
        Kind::Timeout => {
            "the store is slow or a firewall drops packets: lower --concurrency, or try again"
                .to_owned()
        }
        Kind::LookTooOld => {
            "each upload is checked at most 2 s before it is aborted: raise --rps if \
                             you set it, or try again when the store is less busy"
                .to_owned()
        }
        Kind::NoSuchUpload
        | Kind::NoSuchObject
        | Kind::Changed
        | Kind::TooLarge
        | Kind::Refused
        | Kind::BadRequest => return Vec::new(),
    }];
    if error.operation == Operation::ListBuckets
        && matches!(error.kind, Kind::Denied | Kind::Unsupported)
    {
        hints.push("or name the buckets: s3://BUCKET …".to_owned());
    }
    hints
}

/// The hints for a bucket that was not listed whole.
pub(crate) fn for_listing(listing: &Listing) -> Vec<String> {
    match listing {
        Listing::Complete | Listing::Gone(_) => Vec::new(),
        Listing::Unproven { .. } => {
            vec!["--accept unproven takes this listing for complete".to_owned()]
        }
        listing => listing.error().map(for_bucket).unwrap_or_default(),
    }
}

/// The hints for a request about one bucket, where the store has answered others.
pub(crate) fn for_bucket(error: &StoreError) -> Vec<String> {
    let is_page = error.kind == StoreErrorKind::NotS3
        && error.bucket.is_some()
        && refused::url_with_tls(error).is_none()
        && !error.message.as_deref().is_some_and(is_too_long);
    match is_page {
        true => vec![NOT_THE_STORE.to_owned()],
        false => for_store(error),
    }
}

/// What it means that one bucket is answered by something else.
const NOT_THE_STORE: &str = "the store answers other requests, so something else answered for this bucket: a proxy or gateway \
                             on the way, or a web site endpoint under the bucket's host name (--addressing path avoids that)";

/// Codes for keys that were valid for a time.
fn is_of_expired_keys(code: &str) -> bool {
    code.contains("Expired") || code == "TokenRefreshRequired"
}

/// Codes that say no more than that something isn't allowed.
fn is_of_permission(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    [
        "denied",
        "forbidden",
        "unauthorized",
        "notauthorized",
        "permission",
    ]
    .iter()
    .any(|word| code.contains(word))
}

/// Whether an answer was given up for its length.
fn is_too_long(message: &str) -> bool {
    message.contains("the response is longer than ")
}

/// Codes of AWS and of Ceph for accounts that are not paid for, suspended, or not signed up for a region.
fn is_of_account(code: &str) -> bool {
    matches!(
        code,
        "AllAccessDisabled" | "AccountProblem" | "NotSignedUp" | "OptInRequired" | "UserSuspended"
    )
}

/// What is said of a bucket whose index doesn't count what was listed, and what to do about it; none if that is well.
pub(crate) fn for_index(summary: &BucketSummary) -> Option<(String, Vec<String>)> {
    let name = summary.name.as_str();
    match summary.index.as_ref()? {
        IndexCheck::Agrees(_) | IndexCheck::Changed => None,
        IndexCheck::Differs { listed, counted } => {
            let line = format!(
                "bucket `{name}`: its index counts {}, and lists {}",
                figures::counted(*counted, "upload"),
                figures::count(*listed)
            );
            let hint = format!(
                "on a node of the cluster, this counts the index anew: {}",
                repair_index(name)
            );
            Some((line, vec![hint]))
        }
        IndexCheck::Failed(error) => {
            let line = format!(
                "bucket `{name}`: what is listed could not be compared: {}",
                chain(error)
            );
            Some((line, for_store(error)))
        }
        IndexCheck::Unreadable => {
            let line = format!(
                "bucket `{name}`: what is listed could not be compared: the store's own count can't be read"
            );
            Some((line, Vec::new()))
        }
    }
}

/// Why an object could not be seen, where that keeps its uploads.
pub(crate) const NOT_VISIBLE: &str = "on this store an abort can hurt a finished object, so it has \
                                      to be seen: that takes s3:GetObject and s3:ListBucket, and \
                                      no key of its own on the object";

/// Why parts could not be listed.
pub(crate) const NOT_SIZED: &str =
    "`partsweep scan` says why; if it is a missing permission, it is s3:ListMultipartUploadParts";

/// Where credentials come from.
pub(crate) const NO_CREDENTIALS: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a \
                                         --profile, take another tool's account (--from rclone:NAME), or run \
                                         `scan` at a terminal to be asked";

/// Where the store is said, if nothing says it.
pub(crate) const NO_STORE: &str =
    "for a store other than Amazon S3: --store NAME (`--store list` shows them all)";

/// The same for whoever was asked already.
pub(crate) const NO_KEYS_GIVEN: &str =
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile";

fn clock(by: Option<SignedDuration>) -> String {
    let off = match by {
        None => "the clock of this machine is off".to_owned(),
        // The answer's own date says otherwise: it is not about how far.
        Some(by) if by.abs() < SignedDuration::from_mins(1) => {
            return "the store's own date is that of this machine, so something between here and the store may delay or change \
                    requests"
                .to_owned();
        }
        Some(by) => format!(
            "the clock of this machine is {} {}",
            figures::about(by.abs()),
            if by.is_negative() { "behind" } else { "ahead" }
        ),
    };
    format!("{off}: set it by NTP (timedatectl set-ntp true)")
}

#[cfg(test)]
mod tests {
    use partsweep_core::BucketName;

    use super::*;

    #[test]
    fn the_command_that_saves_an_object_writes_over_no_other_and_leaves_nothing() {
        let address = UploadAddress::new("b", "a 'b'", "1").unwrap();
        let aws = |profile| AwsTool {
            endpoint: "http://h:1",
            profile,
        };
        let spare = SpareName::fresh(7);
        let at = "s3://b/.partsweep-spare-00000000000000000000000000000007";
        let key = escape::for_shell("s3://b/a 'b'");
        let tool = "aws --endpoint-url http://h:1 s3";
        assert_eq!(
            aws(None).rescue(&address, &spare, false),
            format!("{tool} cp {key} {at} && {tool} cp {at} {key} && {tool} rm {at}")
        );
        let tool = "aws --profile 'my one' --endpoint-url http://h:1 s3";
        assert_eq!(
            aws(Some("my one")).rescue(&address, &spare, true),
            format!("{tool} cp {at} {key} && {tool} rm {at}")
        );
    }

    fn hints(operation: Operation, kind: StoreErrorKind) -> String {
        for_store(&StoreError::new(operation, None, kind)).join("; ")
    }

    #[test]
    fn a_denied_request_names_the_right_to_grant() {
        assert_eq!(
            hints(Operation::ListMultipartUploads, StoreErrorKind::Denied),
            "this needs the permission s3:ListBucketMultipartUploads"
        );
        let buckets = hints(Operation::ListBuckets, StoreErrorKind::Denied);
        assert!(buckets.contains("s3:ListAllMyBuckets") && buckets.contains("s3://BUCKET"));
    }

    #[test]
    fn an_account_that_is_refused_is_no_matter_of_permissions_or_keys() {
        for (code, kind) in [
            ("OptInRequired", StoreErrorKind::Denied),
            ("AllAccessDisabled", StoreErrorKind::Denied),
            ("UserSuspended", StoreErrorKind::BadCredentials),
        ] {
            let mut error = StoreError::new(Operation::ListMultipartUploads, None, kind);
            error.code = Some(code.into());
            let [hint] = &*for_store(&error) else {
                panic!("{code}: one hint");
            };
            assert!(hint.contains("the store refuses the account"), "{hint}");
        }
    }

    #[test]
    fn an_answer_without_end_is_not_called_a_web_page() {
        let error = StoreError::new(Operation::ListBuckets, None, StoreErrorKind::NotS3);
        let long = error
            .clone()
            .with_message("the response is longer than 32 MiB".to_owned());
        assert!(for_store(&long)[0].starts_with("no store gives so long an answer"));
        assert!(for_store(&error)[0].starts_with("this is no S3 endpoint"));
    }

    #[test]
    fn a_web_page_for_one_bucket_is_no_wrong_endpoint() {
        let bucket = BucketName::new("b").unwrap();
        let error = |bucket| {
            let operation = Operation::ListMultipartUploads;
            StoreError::new(operation, bucket, StoreErrorKind::NotS3)
        };
        let of = |error| for_listing(&Listing::Failed(error)).join("; ");
        let hint = of(error(Some(&bucket)));
        assert!(
            hint.contains("something else answered for this bucket"),
            "{hint}"
        );
        assert!(!hint.contains("console"), "{hint}");
        let long = "the response is longer than 512 KiB".to_owned();
        let hint = of(error(Some(&bucket)).with_message(long));
        assert!(
            hint.starts_with("no store gives so long an answer"),
            "{hint}"
        );
        assert!(of(error(None)).contains("console"));
    }

    #[test]
    fn a_wrong_clock_is_told_by_how_much() {
        let by = |seconds| StoreErrorKind::ClockSkew(Some(SignedDuration::from_secs(seconds)));
        assert_eq!(
            hints(Operation::ListBuckets, by(3_599)),
            "the clock of this machine is 60 min ahead: set it by NTP (timedatectl set-ntp true)"
        );
        assert!(hints(Operation::ListBuckets, by(-86_400 * 3)).contains("3 d behind"));
    }
}
