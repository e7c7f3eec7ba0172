//! `.s3cfg` of s3cmd.
//!
//! By its source (S3/Config.py, 2.4): every section counts alike, the last line of a key wins, a value in
//! quotes loses them, and a value that begins with `$` names a variable.

use std::path::PathBuf;

use super::{Account, AccountError, Machine, is_amazon, is_true, keys, read_file, with_scheme};
use crate::config::settings::Addressing;

const TOOL: &str = "s3cmd";

fn path(machine: &Machine, file: Option<&str>) -> Option<PathBuf> {
    let named = file
        .map(str::to_owned)
        .or_else(|| machine.var("S3CMD_CONFIG"));
    named
        .map(|path| machine.path(&path))
        .or_else(|| machine.home(".s3cfg"))
}

pub(super) fn names(machine: &Machine) -> Vec<(String, PathBuf)> {
    let path = path(machine, None).filter(|path| path.exists());
    path.map(|path| (TOOL.to_owned(), path))
        .into_iter()
        .collect()
}

/// A key's value, as s3cmd takes it.
struct Values<'a> {
    machine: &'a Machine,
    text: String,
}

impl Values<'_> {
    fn get(&self, key: &str) -> Option<String> {
        let mut found = None;
        for line in self.text.lines().map(str::trim_start) {
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            if name.trim_end() == key {
                found = Some(value.trim());
            }
        }
        let value = found?;
        let inside = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let value = inside.unwrap_or(value);
        match value.strip_prefix('$') {
            Some(variable) => self.machine.var(variable),
            None => Some(value.to_owned()).filter(|value| !value.is_empty()),
        }
    }

    fn is_set(&self, key: &str) -> Option<bool> {
        self.get(key).map(|word| is_true(&word))
    }
}

pub(super) fn account(machine: &Machine, file: Option<&str>) -> Result<Account, AccountError> {
    let path = path(machine, file).ok_or_else(|| AccountError::NoFile {
        tool: TOOL,
        path: "~/.s3cfg".into(),
    })?;
    let text = read_file(TOOL, &path)?;
    let values = Values { machine, text };
    if values.is_set("signature_v2") == Some(true) {
        return Err(AccountError::OldSignature {
            called: TOOL.to_owned(),
        });
    }
    let in_file = (values.get("access_key"), values.get("secret_key"));
    let from_env = |first: &str, second: &str| machine.var(first).or_else(|| machine.var(second));
    let (id, secret, token) = match in_file {
        (None, None) => (
            from_env("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
            from_env("AWS_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"),
            from_env("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
        ),
        (id, secret) => (id, secret, values.get("access_token")),
    };
    let keys = keys(id.as_deref(), secret.as_deref(), token.as_deref());
    let keys = keys.map_err(|why| AccountError::NoKeys {
        called: TOOL.to_owned(),
        why,
    })?;
    let location = match values.get("bucket_location").as_deref() {
        None | Some("US") => None,
        Some("EU") => Some("eu-west-1".to_owned()),
        Some(location) => Some(location.to_owned()),
    };
    let in_place =
        |host: String| host.replace("%(location)s", location.as_deref().unwrap_or("us-east-1"));
    let base = values
        .get("host_base")
        .map(in_place)
        .filter(|host| !is_amazon(host));
    let is_tls = values.is_set("use_https").unwrap_or(true);
    // s3cmd keeps the host and drops the scheme.
    let host = |text: &str| {
        text.split_once("://")
            .map_or(text, |(_, host)| host)
            .to_owned()
    };
    let bucket = values.get("host_bucket");
    Ok(Account {
        file: Some(path),
        addressing: match (&base, bucket) {
            (Some(_), Some(bucket)) if bucket.contains("%(bucket)s") => Some(Addressing::Virtual),
            (Some(_), Some(_)) => Some(Addressing::Path),
            _ => None,
        },
        endpoint_url: base.map(|base| with_scheme(&host(&base), is_tls)),
        region: location,
        keys,
        ca_bundle: values.get("ca_certs_file").map(|path| machine.path(&path)),
        ..Account::default()
    })
}
