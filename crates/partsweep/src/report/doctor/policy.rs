//! The least permissions that a key needs, in the language of its store.

use std::io::{self, Write};

use partsweep_core::BucketName;
use partsweep_core::provider::profile::{AbortRisk, Provider};
use partsweep_core::provider::profiles::StoreEntry;
use serde::Serialize;

use crate::text::error::Failure;

mod directory_buckets;
mod hosted;

use directory_buckets::{Condition, of_directory_buckets};
use hosted::{b2, gcs, r2};

/// What the key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PolicyFor {
    /// List uploads and their sizes
    Scan,
    /// Abort uploads, too
    Clean,
    /// Check, set and undo lifecycle rules
    Lifecycle,
    /// Complete uploads, and send what they lack
    Rescue,
}

/// What is written: the policy, and what to do with it.
#[derive(Debug)]
pub(crate) struct Policy {
    /// For standard output; JSON where the store takes JSON.
    pub(crate) text: String,
    /// Where it goes, and what it doesn't cover.
    pub(crate) notes: Vec<String>,
}

/// How a store is told what a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Policies of AWS IAM.
    Iam,
    /// A policy on each bucket; a user of its own has every right in its own buckets.
    Ceph,
    /// Rights of a key in a bucket, by the command `garage`.
    Garage,
    /// Actions of a user in a bucket, by a command of `weed shell`.
    Seaweedfs,
    /// Tokens with one of four permissions.
    R2,
    /// Capabilities of an application key.
    B2,
    /// Permissions of a custom role.
    Gcs,
}

impl Dialect {
    fn of(store: &Provider) -> Self {
        let id = store.id;
        let like = StoreEntry::named(id).and_then(|entry| entry.like);
        match like.unwrap_or(id) {
            "ceph" => Self::Ceph,
            "garage" => Self::Garage,
            "seaweedfs" => Self::Seaweedfs,
            "r2" => Self::R2,
            "b2" => Self::B2,
            "gcs" => Self::Gcs,
            _ => Self::Iam,
        }
    }
}

/// Where an action belongs in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Account,
    Bucket,
    Objects,
}

/// The actions that a job needs, by the requests that it sends. `docs/permissions.md` says what each is for.
fn actions(job: PolicyFor, store: &Provider, names_buckets: bool) -> Vec<(On, &'static str)> {
    let mut all = vec![
        (On::Bucket, "s3:ListBucketMultipartUploads"),
        (On::Objects, "s3:ListMultipartUploadParts"),
    ];
    if !names_buckets {
        all.push((On::Account, "s3:ListAllMyBuckets"));
    }
    if job == PolicyFor::Clean {
        all.push((On::Objects, "s3:AbortMultipartUpload"));
        if store.abort_can_hurt() {
            // A finished object has to be seen, also among older versions (law 5).
            all.extend([
                (On::Bucket, "s3:GetBucketVersioning"),
                (On::Bucket, "s3:ListBucket"),
                (On::Bucket, "s3:ListBucketVersions"),
                (On::Objects, "s3:GetObject"),
            ]);
        }
        if repairs(store) {
            all.extend([
                (On::Objects, "s3:DeleteObject"),
                (On::Objects, "s3:DeleteObjectVersion"),
                // What is saved keeps its access list and its tags.
                (On::Objects, "s3:GetObjectAcl"),
                (On::Objects, "s3:GetObjectTagging"),
                (On::Objects, "s3:PutObject"),
                (On::Objects, "s3:PutObjectAcl"),
                (On::Objects, "s3:PutObjectTagging"),
            ]);
        }
    }
    if job == PolicyFor::Lifecycle {
        all.extend([
            // Which tool owns the bucket.
            (On::Bucket, "s3:GetBucketTagging"),
            (On::Bucket, "s3:GetLifecycleConfiguration"),
            (On::Bucket, "s3:PutLifecycleConfiguration"),
        ]);
    }
    if job == PolicyFor::Rescue {
        all.extend([
            // What is at the key has to be seen, also among older versions.
            (On::Bucket, "s3:GetBucketVersioning"),
            (On::Bucket, "s3:ListBucket"),
            (On::Bucket, "s3:ListBucketVersions"),
            (On::Objects, "s3:GetObject"),
            (On::Objects, "s3:PutObject"),
            // For how long nobody may delete it.
            (On::Bucket, "s3:GetBucketObjectLockConfiguration"),
        ]);
    }
    all.sort_by_key(|(_, action)| *action);
    all
}

/// Whether an abort there may damage an object that can be saved (law 12).
fn repairs(store: &Provider) -> bool {
    matches!(store.abort, AbortRisk::Repairable | AbortRisk::Unproven)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IamPolicy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Principal>,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "UPPERCASE")]
struct Principal {
    aws: [&'static str; 1],
}

/// The least that a key needs for a job at a store, in these buckets or, without any, in all.
///
/// # Errors
///
/// Where a policy belongs to one bucket, and several were named.
pub(crate) fn policy(
    job: PolicyFor,
    store: &Provider,
    buckets: &[BucketName],
) -> Result<Policy, Failure> {
    let names: Vec<&str> = buckets.iter().map(BucketName::as_str).collect();
    Ok(match Dialect::of(store) {
        Dialect::Iam => iam(job, store, &names),
        Dialect::Ceph => return ceph(job, store, &names),
        Dialect::Garage => garage(job, &names),
        Dialect::Seaweedfs => seaweedfs(job, store, &names),
        Dialect::R2 => r2(job, &names),
        Dialect::B2 => b2(job, &names),
        Dialect::Gcs => gcs(job, store, &names),
    })
}

fn statements(
    job: PolicyFor,
    store: &Provider,
    names: &[&str],
    principal: Option<&Principal>,
) -> Vec<Statement> {
    let all = actions(job, store, !names.is_empty());
    let names = if names.is_empty() { &["*"][..] } else { names };
    let arns = |rest: &str| -> Vec<String> {
        let arn = |name: &&str| format!("arn:aws:s3:::{name}{rest}");
        names.iter().map(arn).collect()
    };
    let places = [
        (On::Account, vec!["*".to_owned()]),
        (On::Bucket, arns("")),
        (On::Objects, arns("/*")),
    ];
    let statement = |(on, resource)| Statement {
        effect: "Allow",
        principal: principal.cloned(),
        action: all
            .iter()
            .filter(|(of, _)| *of == on)
            .map(|(_, action)| *action)
            .collect(),
        resource,
        condition: None,
    };
    let all = places.into_iter().map(statement);
    all.filter(|statement| !statement.action.is_empty())
        .collect()
}

fn json(statement: Vec<Statement>) -> String {
    let policy = IamPolicy {
        version: "2012-10-17",
        statement,
    };
    // Strings and lists can always be written.
    let mut text = serde_json::to_string_pretty(&policy).unwrap_or_default();
    text.push('\n');
    text
}

/// The stores that take policies of AWS IAM: MinIO was tried, the others document it.
const TAKE_IAM: [&str; 4] = ["aws", "minio", "aistor", "wasabi"];

fn iam(job: PolicyFor, store: &Provider, names: &[&str]) -> Policy {
    let mut notes = Vec::new();
    if !TAKE_IAM.contains(&store.id) {
        notes.push(format!(
            "this is a policy of AWS IAM: look up how permissions are set at {}",
            match store.id {
                "unknown" => "this store, or name it with --store",
                _ => store.name,
            }
        ));
    }
    if store.id == "aws" {
        notes.push(
            "in another partition, replace `arn:aws:` (`arn:aws-cn:`, `arn:aws-us-gov:`)"
                .to_owned(),
        );
    }
    let is_directory = |name: &&str| store.id == "aws" && name.ends_with("--x-s3");
    let (directory, others): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| is_directory(name));
    if store.id == "aws" && names.is_empty() {
        notes.push(
            "directory buckets (S3 Express One Zone) need others: s3express:ListAllMyDirectoryBuckets to list them, and \
             s3express:CreateSession; name one to see the policy"
                .to_owned(),
        );
    }
    let mut all = match directory.is_empty() || !others.is_empty() {
        true => statements(job, store, &others, None),
        false => Vec::new(),
    };
    all.extend(of_directory_buckets(job, &directory));
    Policy {
        text: json(all),
        notes,
    }
}

fn ceph(job: PolicyFor, store: &Provider, names: &[&str]) -> Result<Policy, Failure> {
    let bucket = match names {
        [] => "BUCKET",
        [one] => one,
        _ => {
            return Err(Failure::usage(
                "a policy of Ceph is that of one bucket, and several were named",
            )
            .hint("name one bucket; each gets a policy of its own"));
        }
    };
    let principal = Principal {
        aws: ["arn:aws:iam:::user/USER"],
    };
    Ok(Policy {
        text: json(statements(job, store, &[bucket], Some(&principal))),
        notes: vec![
            "the user that owns the buckets needs no policy: it may do all of this".to_owned(),
            "for another user: replace USER (and BUCKET), save it as policy.json, and give it to each bucket: \
             `s3cmd setpolicy policy.json s3://BUCKET`"
                .to_owned(),
            "a user lists only its own buckets, so it has to name those of others".to_owned(),
        ],
    })
}

fn garage(job: PolicyFor, names: &[&str]) -> Policy {
    let rights = match job {
        PolicyFor::Scan => "--read",
        PolicyFor::Clean | PolicyFor::Rescue => "--read --write",
        // Lifecycles are the owner's.
        PolicyFor::Lifecycle => "--read --owner",
    };
    let names = if names.is_empty() {
        &["BUCKET"][..]
    } else {
        names
    };
    let lines = names
        .iter()
        .map(|name| format!("garage bucket allow {rights} {name} --key KEY\n"));
    Policy {
        text: lines.collect(),
        notes: vec![
            "a bucket that was made over S3 has its name for the key that made it alone: `garage bucket alias ID NAME` \
             gives it one for all keys (`garage bucket list` shows the ID)"
                .to_owned(),
            "a key lists the buckets in which it has a right".to_owned(),
        ],
    }
}

/// Which request takes which action was tried on 4.48: `Read` also lists uploads and parts, while `List` lists
/// buckets, objects and versions. Lifecycles are read by `Read` and written by `Write`.
fn seaweedfs(job: PolicyFor, store: &Provider, names: &[&str]) -> Policy {
    let mut actions = vec!["Read"];
    if matches!(job, PolicyFor::Clean | PolicyFor::Rescue) || names.is_empty() {
        actions.push("List");
    }
    if job != PolicyFor::Scan {
        actions.push("Write");
    }
    if job == PolicyFor::Clean && repairs(store) {
        // What is saved keeps its access list.
        actions.push("ReadAcp");
    }
    let actions = actions.join(",");
    let user = "s3.configure -user USER -access_key KEY -secret_key SECRET";
    let line = |place: &str| format!("{user}{place} -actions {actions} -apply\n");
    let lines = match names {
        [] => line(""),
        names => names
            .iter()
            .map(|name| line(&format!(" -buckets {name}")))
            .collect(),
    };
    let mut notes = vec![
        "run it in `weed shell`, with your own USER, KEY and SECRET; it adds these actions to those that the user has"
            .to_owned(),
    ];
    if let [name, ..] = names {
        notes.push(format!(
            "in a file for `-s3.config`, write them as the user's `actions`, each with its bucket (`Read:{name}`)"
        ));
    }
    Policy { text: lines, notes }
}

/// Writes the policy, for a file or for another tool.
pub(crate) fn write(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(policy.text.as_bytes())?;
    out.flush()
}
