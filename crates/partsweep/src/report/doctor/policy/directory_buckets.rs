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

/// What directory buckets of AWS (S3 Express One Zone) need: a session, which then may do all that it is for.
pub(super) fn of_directory_buckets(job: PolicyFor, names: &[&str]) -> Option<Statement> {
    let arn = |name: &&str| format!("arn:aws:s3express:*:*:bucket/{name}");
    let reads_only = Condition {
        string_equals: SessionMode { mode: "ReadOnly" },
    };
    (!names.is_empty()).then(|| Statement {
        effect: "Allow",
        principal: None,
        action: vec!["s3express:CreateSession"],
        resource: names.iter().map(arn).collect(),
        condition: (job == PolicyFor::Scan).then_some(reads_only),
    })
}
