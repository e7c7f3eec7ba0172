//! Accounts that other tools are configured with, read as each tool reads its own files.
//!
//! Read-only: nothing is written, and no value is shown but the names of sections.

mod boto;
mod encrypted;
mod error;
mod ini;
mod mc;
mod rclone;
mod s3cmd;
mod variables;

use std::path::{Path, PathBuf};
use std::{env, io};

pub use error::AccountError;

use crate::config::settings::{Addressing, Settings, StaticKeys, USUAL_REGION};
use crate::config::settings_file::read_settings_file;

/// The tools, as they are named: `rclone:NAME`.
pub const TOOLS: [&str; 6] = ["rclone", "mc", "s3cmd", "boto", "s5cmd", "s4cmd"];

/// An account that another tool is configured with: where its store is, and its keys.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// What it was called: `rclone:NAME`.
    pub name: String,
    /// The file that it was read from, if it is one.
    pub file: Option<PathBuf>,
    /// The store's URL; none for Amazon S3.
    pub endpoint_url: Option<String>,
    /// The region, if the tool was told one.
    pub region: Option<String>,
    /// How the bucket is named in the URL, if the tool was told so.
    pub addressing: Option<Addressing>,
    /// Its keys; none if the tool takes them from where the AWS tools do.
    pub keys: Option<StaticKeys>,
    /// The profile in the AWS files, if the tool names one.
    pub profile: Option<String>,
    /// Certificates that it trusts instead of the system's.
    pub ca_bundle: Option<PathBuf>,
}

impl Account {
    /// Reads the account that is called `TOOL:NAME` or `TOOL:FILE`.
    ///
    /// # Errors
    ///
    /// If there is no such tool, file or name, or the account isn't one of an S3 store.
    pub fn read(called: &str) -> Result<Self, AccountError> {
        Machine::real().read(called)
    }

    /// What can be read here: `TOOL:NAME`, and the file that it stands in. Files that can't be read are left out.
    pub fn all() -> Vec<(String, PathBuf)> {
        let machine = Machine::real();
        let mut all = rclone::names(&machine);
        all.extend(mc::names(&machine));
        all.extend(s3cmd::names(&machine));
        all.extend(boto::names(&machine));
        all
    }

    /// What rclone, mc and s3cmd sign with if they are told no region; the AWS tools' own settings don't count there.
    fn usual_region(&self) -> Option<String> {
        let tool = self.name.split(':').next().unwrap_or_default();
        let has_own = matches!(tool, "rclone" | "mc" | "s3cmd") && self.keys.is_some();
        has_own.then(|| USUAL_REGION.to_owned())
    }

    /// These settings with this account in them. What was typed for itself stays.
    pub fn put_into(&self, settings: &mut Settings) {
        if settings.endpoint_url.is_none() && !settings.amazon_s3 {
            settings.endpoint_url.clone_from(&self.endpoint_url);
            settings.amazon_s3 = self.endpoint_url.is_none();
            settings.endpoint_from_there = true;
        }
        let region = self.region.clone().or_else(|| self.usual_region());
        settings.region = settings.region.take().or(region);
        settings.addressing = settings.addressing.or(self.addressing);
        settings.keys = settings.keys.take().or_else(|| self.keys.clone());
        settings.profile = settings.profile.take().or_else(|| self.profile.clone());
        settings.ca_bundle = settings.ca_bundle.take().or_else(|| self.ca_bundle.clone());
        settings.keys_file.clone_from(&self.file);
        settings.keys_from = Some(self.name.clone());
    }
}

/// What of this machine is read: variables and files.
struct Machine {
    env: Variables,
}

/// Gives a variable's value.
type Variables = Box<dyn Fn(&str) -> Option<String>>;

impl Machine {
    fn real() -> Self {
        Self {
            env: Box::new(|name| env::var(name).ok()),
        }
    }

    /// A variable that has a value.
    fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// A path as a shell reads it: `~/` is the home folder.
    fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(rest) => self.home(rest).unwrap_or_else(|| path.into()),
            None => path.into(),
        }
    }

    fn home(&self, rest: &str) -> Option<PathBuf> {
        self.var("HOME").map(|home| Path::new(&home).join(rest))
    }

    fn read(&self, called: &str) -> Result<Account, AccountError> {
        let (tool, name) = match called.split_once(':') {
            Some((tool, name)) => (tool.trim(), name.trim().trim_end_matches(':')),
            None => (called.trim(), ""),
        };
        let name = Some(name).filter(|name| !name.is_empty());
        let account = match (tool, name) {
            ("rclone", Some(name)) => {
                let account = rclone::account(self, name);
                account.map_err(|error| without_bucket(error, "rclone", name, ':'))
            }
            ("mc", Some(name)) => {
                let account = mc::account(self, name);
                account.map_err(|error| without_bucket(error, "mc", name, '/'))
            }
            ("rclone", None) => rclone::check(self).and(Err(AccountError::NoName {
                tool: "rclone",
                word: "remote",
                names: shown_names(rclone::names(self)),
            })),
            ("mc", None) => mc::check(self).and(Err(AccountError::NoName {
                tool: "mc",
                word: "alias",
                names: shown_names(mc::names(self)),
            })),
            ("s3cmd", file) => s3cmd::account(self, file),
            ("boto", file) => boto::account(self, file),
            ("s5cmd", None) => Ok(variables::s5cmd(self)),
            ("s4cmd", None) => variables::s4cmd(self),
            ("s5cmd", Some(name)) => Err(AccountError::HasNoNames {
                tool: "s5cmd",
                name: name.to_owned(),
            }),
            ("s4cmd", Some(name)) => Err(AccountError::HasNoNames {
                tool: "s4cmd",
                name: name.to_owned(),
            }),
            _ => Err(AccountError::NoTool {
                called: tool.to_owned(),
            }),
        };
        // What s3cmd and boto have no file for was named, or is another tool's.
        let mut account = account.map_err(|error| match error {
            AccountError::NoFile { path, .. } if tool == "s4cmd" => {
                AccountError::NoVariables { path }
            }
            AccountError::NoFile { path, .. } if name.is_some() && tool_takes_file(tool) => {
                AccountError::NoSuchFile { path }
            }
            error => error,
        })?;
        called.trim().clone_into(&mut account.name);
        Ok(account)
    }
}

/// Says it if a place was typed where an account is meant, as the tool itself writes one: `rclone:NAME:BUCKET`,
/// `mc:ALIAS/BUCKET`.
fn without_bucket(
    error: AccountError,
    tool: &'static str,
    name: &str,
    between: char,
) -> AccountError {
    match (error, name.split_once([between, '/'])) {
        (AccountError::Unknown { .. } | AccountError::NoFile { .. }, Some((account, _)))
            if !account.is_empty() =>
        {
            AccountError::HasBucket {
                tool,
                name: name.to_owned(),
                account: account.to_owned(),
            }
        }
        (error, _) => error,
    }
}

/// Whether what stands behind a tool's name is a file.
fn tool_takes_file(tool: &str) -> bool {
    matches!(tool, "s3cmd" | "boto")
}

/// The names without their tools.
fn shown_names(all: Vec<(String, PathBuf)>) -> Vec<String> {
    let name = |called: String| called.split_once(':').map(|(_, name)| name.to_owned());
    all.into_iter()
        .filter_map(|(called, _)| name(called))
        .collect()
}

/// The text of a file that a tool is configured by.
fn read_file(tool: &'static str, path: &Path) -> Result<String, AccountError> {
    let bytes = read_settings_file(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => AccountError::NoFile {
            tool,
            path: path.to_owned(),
        },
        _ => AccountError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    // A mark that editors on Windows put there is no part of the first line.
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The first of these that is there; else the first.
fn first_there(paths: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let mut paths = paths.into_iter().peekable();
    let first = paths.peek().cloned();
    paths.find(|path| path.exists()).or(first)
}

/// A host with a scheme before it, if it has none.
fn with_scheme(host: &str, is_tls: bool) -> String {
    match (host.contains("://"), is_tls) {
        (true, _) => host.to_owned(),
        (false, true) => format!("https://{host}"),
        (false, false) => format!("http://{host}"),
    }
}

/// Whether a host is Amazon S3's global one, which stands for all of its regions.
fn is_amazon(host: &str) -> bool {
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    host.trim_end_matches('/')
        .eq_ignore_ascii_case("s3.amazonaws.com")
}

/// Keys, if both halves are there.
fn keys(
    id: Option<&str>,
    secret: Option<&str>,
    token: Option<&str>,
) -> Result<Option<StaticKeys>, &'static str> {
    let is_there = |text: &&str| !text.is_empty();
    match (id.filter(is_there), secret.filter(is_there)) {
        (Some(id), Some(secret)) => {
            let token = token.filter(is_there).map(str::to_owned);
            Ok(Some(StaticKeys::new(id, secret, token)))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err("an access key without a secret key"),
        (None, Some(_)) => Err("a secret key without an access key"),
    }
}

/// Whether a word means yes in these files.
fn is_true(word: &str) -> bool {
    matches!(
        word.trim().to_ascii_lowercase().as_str(),
        "true" | "yes" | "on" | "1" | "t" | "y"
    )
}

#[cfg(test)]
mod tests;
