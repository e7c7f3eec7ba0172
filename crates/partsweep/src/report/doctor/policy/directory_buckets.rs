//! What directory buckets of AWS (S3 Express One Zone) need.

use serde::Serialize;

use super::{PolicyFor, Statement};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Condition {
    string_equals: SessionMode,
}

#[derive(Serialize)]
struct SessionMode {
    #[serde(rename = "s3express:SessionMode")]
    mode: &'static str,
}

/// What directory buckets of AWS (S3 Express One Zone) need: a session, which then may do all that it is for. Lifecycles
/// are asked for without one.
pub(super) fn of_directory_buckets(job: PolicyFor, names: &[&str]) -> Vec<Statement> {
    let arn = |name: &&str| format!("arn:aws:s3express:*:*:bucket/{name}");
    let reads_only = Condition {
        string_equals: SessionMode { mode: "ReadOnly" },
    };
    let statement = |action, condition| Statement {
        effect: "Allow",
        principal: None,
        action,
        resource: names.iter().map(arn).collect(),
        condition,
    };
    if names.is_empty() {
        return Vec::new();
    }
    let session = vec!["s3express:CreateSession"];
    match job {
        PolicyFor::Scan => vec![statement(session, Some(reads_only))],
        PolicyFor::Clean | PolicyFor::Rescue => vec![statement(session, None)],
        PolicyFor::Lifecycle => vec![
            statement(session, Some(reads_only)),
            statement(
                vec![
                    "s3express:GetLifecycleConfiguration",
                    "s3express:PutLifecycleConfiguration",
                ],
                None,
            ),
        ],
    }
}
