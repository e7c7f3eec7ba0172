//! The rule in the words of other tools, for buckets that they own.

use std::io::Write;
use std::num::NonZeroU32;

use partsweep_core::escape;
use partsweep_core::lifecycle::change::{OUR_RULE, RuleDialect};
use partsweep_core::lifecycle::owner::BucketOwner;
use partsweep_core::provider::profiles::StoreEntry;

use super::set::dialect_of;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// For which tool the rule is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PrintForm {
    /// Terraform or OpenTofu, with the AWS provider.
    Terraform,
    /// Pulumi, as YAML.
    Pulumi,
    /// AWS CloudFormation, as YAML.
    #[value(name = "cloudformation")]
    CloudFormation,
    /// The AWS CLI.
    AwsCli,
    /// s3cmd.
    S3cmd,
    /// MinIO's client, for MinIO itself.
    Mc,
    /// Backblaze's command-line tool.
    B2,
}

impl PrintForm {
    /// The tool that owns a bucket; of one that isn't known for sure, what every tool can be told by.
    fn of(owner: &BucketOwner) -> Self {
        match owner {
            BucketOwner::CloudFormation(_) => Self::CloudFormation,
            BucketOwner::Terraform => Self::Terraform,
            BucketOwner::Pulumi => Self::Pulumi,
            BucketOwner::Perhaps(..) => Self::AwsCli,
        }
    }

    /// As it is typed.
    fn word(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Pulumi => "pulumi",
            Self::CloudFormation => "cloudformation",
            Self::AwsCli => "aws-cli",
            Self::S3cmd => "s3cmd",
            Self::Mc => "mc",
            Self::B2 => "b2",
        }
    }
}

/// The days that a rule has if none are typed.
const USUAL_DAYS: u32 = 7;

/// Why a bucket is left to its owner, and what to do.
pub(super) fn left_to(owner: &BucketOwner, bucket: &str, days: NonZeroU32) -> (String, String) {
    let manages = match owner {
        BucketOwner::CloudFormation(Some(stack)) => {
            format!("CloudFormation (stack {stack}) manages it")
        }
        BucketOwner::CloudFormation(None) => "CloudFormation manages it".to_owned(),
        BucketOwner::Terraform => "Terraform manages it".to_owned(),
        BucketOwner::Pulumi => "Pulumi manages it".to_owned(),
        BucketOwner::Perhaps(name, value) => {
            format!("its tag `{name}` = `{value}` may mean that another tool manages it")
        }
    };
    let (form, target) = (PrintForm::of(owner).word(), escape::for_shell(bucket));
    let days = match days.get() {
        USUAL_DAYS => String::new(),
        days => format!(" --days {days}"),
    };
    let prints = format!("`partsweep lifecycle set --print {form} {target}{days}` prints it");
    let there = match owner {
        BucketOwner::Perhaps(..) => {
            format!("if one does, add the rule there ({prints} for the AWS CLI)")
        }
        _ => format!("add the rule there: {prints}"),
    };
    let line = format!(
        "bucket `{bucket}` is left as it is: {manages}, and its next deployment would remove the rule"
    );
    let hint = format!("{there}; --even-if-managed changes the bucket all the same");
    (escape::for_terminal(&line).into_owned(), hint)
}

/// Refuses to print a rule that the store that was named doesn't take from these tools.
pub(super) fn refuse_elsewhere(
    form: PrintForm,
    named: Option<&StoreEntry>,
    days: NonZeroU32,
) -> Result<(), Failure> {
    let Some(entry) = named else {
        return Ok(());
    };
    // What its own client says is in its own words.
    let is_own = match form {
        PrintForm::Mc => matches!(entry.profile.id, "minio" | "aistor"),
        PrintForm::B2 => matches!(entry.profile.id, "b2" | "dreamobjects-b2"),
        _ => false,
    };
    if is_own {
        return Ok(());
    }
    match dialect_of(named, days)? {
        RuleDialect::S3 => Ok(()),
        RuleDialect::Google | RuleDialect::Oss => Err(Failure::told(
            Exit::Refused,
            format!(
                "{} takes such a rule in its own words only, which the rule for this tool isn't in",
                entry.profile.name
            ),
        )
        .hint("`partsweep lifecycle set` without --print sends it in those words")),
    }
}

/// Prints the rule for each bucket.
pub(super) fn write(
    form: PrintForm,
    days: NonZeroU32,
    buckets: &[&str],
    console: &Console,
) -> Result<Exit, Failure> {
    let mut output = console.plain_output();
    // In front and in what is copied: some of these replace all other rules.
    writeln!(output, "# {}", note(form))?;
    let buckets = match buckets {
        [] => &["BUCKET"],
        buckets => buckets,
    };
    for (index, bucket) in buckets.iter().enumerate() {
        let is_for_all = matches!(form, PrintForm::CloudFormation | PrintForm::Mc);
        if index > 0 && is_for_all {
            break;
        }
        if index > 0 {
            output.write_all(b"\n")?;
        }
        output.write_all(text(form, days, bucket).as_bytes())?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// What is to be known before it is used.
fn note(form: PrintForm) -> &'static str {
    match form {
        PrintForm::Terraform => {
            "A bucket has one such resource, which holds all its rules: if there is one, add the `rule` block to it."
        }
        PrintForm::Pulumi => {
            "A bucket has one such resource, which holds all its rules: if there is one, add the rule to it. Before version 7 of the AWS provider it is called BucketLifecycleConfigurationV2."
        }
        PrintForm::CloudFormation => {
            "It belongs below `Properties` of the AWS::S3::Bucket: if there are rules, add this one to them."
        }
        PrintForm::AwsCli | PrintForm::S3cmd => {
            "The last command replaces ALL rules of the bucket, so it is commented out: if the first one shows any, add this rule to them."
        }
        PrintForm::Mc => {
            "MinIO has no such rule for a bucket: this sets its own clean-up, for the whole server. It is 24 h by default."
        }
        PrintForm::B2 => {
            "The last command replaces ALL rules of the bucket, so it is commented out: if the first one shows any, give them again beside this one."
        }
    }
}

/// A bucket's name as one in a program: it may have hyphens, no dots, and doesn't begin with a digit.
fn identifier(bucket: &str) -> String {
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => c,
        _ => '_',
    };
    let name: String = bucket.chars().map(plain).collect();
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => name,
        false => format!("bucket_{name}"),
    }
}

/// A bucket's name as a string of HCL or YAML.
fn quoted(bucket: &str) -> String {
    format!("\"{}\"", bucket.replace('\\', "\\\\").replace('"', "\\\""))
}

fn text(form: PrintForm, days: NonZeroU32, bucket: &str) -> String {
    let shell = escape::for_shell(bucket);
    let url = escape::for_shell(&format!("s3://{bucket}")).into_owned();
    match form {
        PrintForm::Terraform => {
            let (name, literal) = (identifier(bucket), quoted(bucket));
            format!(
                "resource \"aws_s3_bucket_lifecycle_configuration\" \"{name}\" {{\n  bucket = {literal}\n\n  rule {{\n    \
                 id     = \"{OUR_RULE}\"\n    status = \"Enabled\"\n\n    filter {{}}\n\n    \
                 abort_incomplete_multipart_upload {{\n      days_after_initiation = {days}\n    }}\n  }}\n}}\n"
            )
        }
        PrintForm::Pulumi => format!(
            "resources:\n  {}:\n    type: aws:s3:BucketLifecycleConfiguration\n    properties:\n      bucket: {}\n      \
             rules:\n        - id: {OUR_RULE}\n          status: Enabled\n          filter:\n            prefix: \"\"\n          \
             abortIncompleteMultipartUpload:\n            daysAfterInitiation: {days}\n",
            identifier(bucket),
            quoted(bucket)
        ),
        PrintForm::CloudFormation => format!(
            "LifecycleConfiguration:\n  Rules:\n    - Id: {OUR_RULE}\n      Status: Enabled\n      \
             AbortIncompleteMultipartUpload:\n        DaysAfterInitiation: {days}\n"
        ),
        PrintForm::AwsCli => format!(
            "aws s3api get-bucket-lifecycle-configuration --bucket {shell}\n\
             # aws s3api put-bucket-lifecycle-configuration --bucket {shell} --lifecycle-configuration \
             '{{\"Rules\": [{{\"ID\": \"{OUR_RULE}\", \"Status\": \"Enabled\", \"Filter\": {{\"Prefix\": \"\"}}, \
             \"AbortIncompleteMultipartUpload\": {{\"DaysAfterInitiation\": {days}}}}}]}}'\n"
        ),
        PrintForm::S3cmd => format!(
            "s3cmd getlifecycle {url}\n\
             cat > lifecycle.xml <<'END'\n<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
             <ID>{OUR_RULE}</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
             <DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>\nEND\n\
             # s3cmd setlifecycle lifecycle.xml {url}\n"
        ),
        PrintForm::Mc => format!(
            "mc admin config set ALIAS api stale_uploads_expiry={}h\n",
            u64::from(days.get()) * 24
        ),
        PrintForm::B2 => format!(
            "b2 bucket get {shell}\n\
             # b2 bucket update {shell} --lifecycle-rule \
             '{{\"fileNamePrefix\": \"\", \"daysFromStartingToCancelingUnfinishedLargeFiles\": {days}}}'\n"
        ),
    }
}
