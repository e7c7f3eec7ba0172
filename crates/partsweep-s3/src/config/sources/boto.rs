//! `.boto` of boto 2, of which the program's first script was written.
//!
//! By its source (boto/pyami/config.py, boto/provider.py, 2.49): `BOTO_CONFIG` replaces all files,
//! `BOTO_PATH` lists them, else `/etc/boto.cfg` and `~/.boto`, of which the later one wins. Keys in the file win over those in the
//! environment here: whoever names the file means its account.

use std::path::PathBuf;

use super::ini::{self, Section};
use super::{Account, AccountError, Machine, is_amazon, is_true, keys, read_file, with_scheme};
use crate::config::settings::Addressing;

const TOOL: &str = "boto";

fn paths(machine: &Machine, file: Option<&str>) -> Vec<PathBuf> {
    if let Some(file) = file {
        return vec![machine.path(file)];
    }
    if let Some(file) = machine.var("BOTO_CONFIG") {
        return vec![machine.path(&file)];
    }
    if let Some(list) = machine.var("BOTO_PATH") {
        return list.split(':').map(|path| machine.path(path)).collect();
    }
    let system = Some(PathBuf::from("/etc/boto.cfg"));
    system.into_iter().chain(machine.home(".boto")).collect()
}

pub(super) fn names(machine: &Machine) -> Vec<(String, PathBuf)> {
    let paths = paths(machine, None).into_iter().rev();
    let there = paths.filter(|path| path.exists()).take(1);
    there.map(|path| (TOOL.to_owned(), path)).collect()
}

/// The files, the one that wins first.
struct Files(Vec<Vec<Section>>);

impl Files {
    fn get(&self, section: &str, key: &str) -> Option<String> {
        let found = self.0.iter().find_map(|sections| {
            let named = sections.iter().find(|known| known.name == section)?;
            named.text(key)
        });
        // Python's parser: a percent sign is written twice.
        found.map(|value| value.replace("%%", "%"))
    }
}

pub(super) fn account(machine: &Machine, file: Option<&str>) -> Result<Account, AccountError> {
    let paths = paths(machine, file);
    let mut read = Vec::new();
    let mut last = None;
    for path in &paths {
        if path.exists() || file.is_some() || paths.len() == 1 {
            read.insert(0, ini::read(&read_file(TOOL, path)?));
            last = Some(path.clone());
        }
    }
    if read.is_empty() {
        return Err(AccountError::NoFile {
            tool: TOOL,
            path: paths
                .into_iter()
                .next_back()
                .unwrap_or_else(|| "~/.boto".into()),
        });
    }
    let files = Files(read);
    let of_keys = |key| files.get("Credentials", key);
    if of_keys("keyring").is_some() {
        return Err(AccountError::NoKeys {
            called: TOOL.to_owned(),
            why: "its secret key in a keyring, which isn't read",
        });
    }
    let in_file = (
        of_keys("aws_access_key_id"),
        of_keys("aws_secret_access_key"),
    );
    let (id, secret, token) = match in_file {
        (None, None) => (
            machine.var("AWS_ACCESS_KEY_ID"),
            machine.var("AWS_SECRET_ACCESS_KEY"),
            machine.var("AWS_SECURITY_TOKEN"),
        ),
        (id, secret) => (id, secret, of_keys("aws_security_token")),
    };
    let keys = keys(id.as_deref(), secret.as_deref(), token.as_deref());
    let keys = keys.map_err(|why| AccountError::NoKeys {
        called: TOOL.to_owned(),
        why,
    })?;
    let host = of_keys("s3_host").or_else(|| files.get("s3", "host"));
    let host = host.filter(|host| !is_amazon(host));
    let is_tls = files
        .get("Boto", "is_secure")
        .is_none_or(|word| is_true(&word));
    let port = of_keys("s3_port").or_else(|| files.get("s3", "port"));
    let with_port = |host: String| match &port {
        Some(port) if !host.contains(':') => format!("{host}:{port}"),
        _ => host,
    };
    let is_ordinary = files
        .get("s3", "calling_format")
        .is_some_and(|format| format.contains("Ordinary"));
    Ok(Account {
        file: last,
        endpoint_url: host.map(|host| with_scheme(&with_port(host), is_tls)),
        addressing: is_ordinary.then_some(Addressing::Path),
        keys,
        ca_bundle: files
            .get("Boto", "ca_certificates_file")
            .filter(|path| path != "system")
            .map(|path| machine.path(&path)),
        ..Account::default()
    })
}
