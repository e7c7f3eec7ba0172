//! Why an account of another tool can't be used.

use std::io;
use std::path::PathBuf;

use partsweep_core::escape;

/// Why [`Account::read`](super::Account::read) failed. Shows names and paths, and no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// No tool has this name.
    #[error("unknown tool `{called}`")]
    NoTool {
        /// What was typed for it.
        called: String,
    },
    /// The tool is configured by variables, and has nothing that could be named.
    #[error("{tool} has one account, so `{name}` has no meaning")]
    HasNoNames {
        /// The tool.
        tool: &'static str,
        /// What was typed behind it.
        name: String,
    },
    /// The tool has several accounts, and none was named.
    #[error("{tool} may have several accounts: name one")]
    NoName {
        /// The tool.
        tool: &'static str,
        /// What it calls an account.
        word: &'static str,
        /// Those it has.
        names: Vec<String>,
    },
    /// The tool isn't configured here.
    #[error("{tool} isn't configured here: there is no {}", path.display())]
    NoFile {
        /// The tool.
        tool: &'static str,
        /// Where its configuration would be.
        path: PathBuf,
    },
    /// The file that was named isn't there.
    #[error("there is no file `{}`", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// Neither the variables are set, nor is there the file that stands in for them.
    #[error("s4cmd: S3_ACCESS_KEY and S3_SECRET_KEY aren't set, and there is no {}", path.display())]
    NoVariables {
        /// The file of s3cmd.
        path: PathBuf,
    },
    /// The file can't be read.
    #[error("could not read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file isn't what the tool writes.
    #[error("{} isn't a configuration of {tool}: {why}", path.display())]
    Malformed {
        /// The tool.
        tool: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The tool has no account of this name.
    #[error("{tool} has no {word} `{name}`")]
    Unknown {
        /// The tool.
        tool: &'static str,
        /// What it calls an account.
        word: &'static str,
        /// The name that was typed.
        name: String,
        /// Those it has.
        names: Vec<String>,
    },
    /// A bucket was typed behind the account's name.
    #[error("`{tool}:{name}` names a bucket, too")]
    HasBucket {
        /// The tool.
        tool: &'static str,
        /// What was typed behind it.
        name: String,
        /// The account in it.
        account: String,
    },
    /// The account isn't one of an S3 store.
    #[error("{tool}'s `{name}` is of type `{kind}`, not an S3 store")]
    NotS3 {
        /// The tool.
        tool: &'static str,
        /// Its name.
        name: String,
        /// What it is.
        kind: String,
        /// The account behind it, if it stands for another one.
        behind: Option<String>,
    },
    /// The file is encrypted, and can't be decrypted.
    #[error("{} is encrypted: {why}", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// Why it can't be read.
        why: &'static str,
    },
    /// The account has no keys, or half of them.
    #[error("{called} has {why}")]
    NoKeys {
        /// What was typed.
        called: String,
        /// What it has instead.
        why: &'static str,
    },
    /// The account's keys are in a file of the AWS tools' form that is not their usual one.
    #[error("{called} takes its keys from {} (shared_credentials_file)", file.display())]
    OtherCredentials {
        /// What was typed.
        called: String,
        /// The file.
        file: PathBuf,
    },
    /// The account's keys take a role, which partsweep does for profiles of the AWS tools only.
    #[error("{called} takes a role (role_arn), which partsweep only does for AWS profiles")]
    TakesRole {
        /// What was typed.
        called: String,
    },
    /// The account is set to signatures of version 2, which partsweep doesn't make.
    #[error("{called} is set to signature version 2")]
    OldSignature {
        /// What was typed.
        called: String,
    },
}

impl AccountError {
    /// Whether what was typed is wrong, and not what was found.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoTool { .. }
            | Self::HasNoNames { .. }
            | Self::NoName { .. }
            | Self::Unknown { .. }
            | Self::HasBucket { .. }
            | Self::NotS3 { .. } => true,
            Self::NoFile { .. }
            | Self::NoSuchFile { .. }
            | Self::NoVariables { .. }
            | Self::Unreadable { .. }
            | Self::Malformed { .. }
            | Self::Encrypted { .. }
            | Self::NoKeys { .. }
            | Self::OtherCredentials { .. }
            | Self::TakesRole { .. }
            | Self::OldSignature { .. } => false,
        }
    }

    /// What to do about it, to follow `hint:`.
    pub fn hint(&self) -> Option<String> {
        let shown = |names: &[String]| match names {
            [] => None,
            names => Some(format!("there are: {}", names.join(", "))),
        };
        match self {
            Self::NoTool { .. } => Some(
                "write rclone:NAME, mc:ALIAS, s3cmd or s3cmd:FILE, boto or boto:FILE, s5cmd or s4cmd"
                    .to_owned(),
            ),
            Self::NoName { names, tool, word } => {
                shown(names).or_else(|| Some(format!("write {tool}:{}", word.to_uppercase())))
            }
            Self::Unknown { names, .. } => shown(names),
            Self::HasBucket { tool, account, .. } => {
                Some(format!("leave out the bucket: {tool}:{account}"))
            }
            Self::NotS3 { tool, behind: Some(behind), .. } => {
                Some(format!("it stands for `{behind}`: try {tool}:{behind}"))
            }
            Self::Encrypted { .. } => Some(
                "set RCLONE_CONFIG_PASS, or save the account unencrypted: `rclone config dump` shows it"
                    .to_owned(),
            ),
            Self::OldSignature { .. } => {
                Some("if the store takes version 4, too, name it with --store or --endpoint-url".to_owned())
            }
            Self::OtherCredentials { file, .. } => Some(format!(
                "partsweep reads that file if the variable names it: AWS_SHARED_CREDENTIALS_FILE={}",
                escape::for_shell(&file.to_string_lossy())
            )),
            Self::TakesRole { .. } => Some(
                "make a profile with role_arn and source_profile in ~/.aws/config, and name it: --profile NAME"
                    .to_owned(),
            ),
            Self::NoKeys { .. } => Some("complete it with the tool itself, or name a profile".to_owned()),
            Self::HasNoNames { tool, .. } => Some(format!("write `--from {tool}`")),
            Self::NoFile { .. }
            | Self::NoSuchFile { .. }
            | Self::NoVariables { .. }
            | Self::Unreadable { .. }
            | Self::Malformed { .. }
            | Self::NotS3 { behind: None, .. } => None,
        }
    }
}
