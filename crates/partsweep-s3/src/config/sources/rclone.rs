//! Remotes of rclone: `rclone.conf`, and the variables that stand above it.
//!
//! Measured on rclone 1.76: `RCLONE_S3_KEY` wins, then `RCLONE_CONFIG_NAME_KEY` (a `-` in the name stays), then the
//! file. (Its documentation has the first two the other way round.)

use std::path::{Path, PathBuf};

use super::ini::{self, Section};
use super::{
    Account, AccountError, Machine, encrypted, first_there, is_amazon, is_true, keys, read_file,
    with_scheme,
};
use crate::config::settings::Addressing;

const TOOL: &str = "rclone";

/// Where rclone looks, in that order.
fn path(machine: &Machine) -> Option<PathBuf> {
    if let Some(path) = machine.var("RCLONE_CONFIG") {
        return Some(machine.path(&path));
    }
    let xdg = machine.var("XDG_CONFIG_HOME").map(PathBuf::from);
    let places = [
        xdg.map(|folder| folder.join("rclone/rclone.conf")),
        machine.home(".config/rclone/rclone.conf"),
        machine.home(".rclone.conf"),
    ];
    first_there(places.into_iter().flatten())
}

fn sections(machine: &Machine, path: &Path) -> Result<Vec<Section>, AccountError> {
    let text = read_file(TOOL, path)?;
    let text = match encrypted::is_encrypted(&text) {
        true => encrypted::decrypted(machine, path, &text)?,
        false => text,
    };
    Ok(ini::read(&text))
}

/// The remotes of type `s3`.
pub(super) fn names(machine: &Machine) -> Vec<(String, PathBuf)> {
    let Some(path) = path(machine) else {
        return Vec::new();
    };
    let sections = match sections(machine, &path) {
        Ok(sections) => sections,
        // Reading it says why.
        Err(_) if path.exists() => return vec![(TOOL.to_owned(), path)],
        Err(_) => return Vec::new(),
    };
    let of_s3 = sections
        .into_iter()
        .filter(|section| section.get("type") == Some("s3"));
    of_s3
        .map(|section| (format!("{TOOL}:{}", section.name), path.clone()))
        .collect()
}

/// Whether its file can be read, if it is there.
pub(super) fn check(machine: &Machine) -> Result<(), AccountError> {
    match path(machine).filter(|path| path.exists()) {
        Some(path) => sections(machine, &path).map(drop),
        None => Ok(()),
    }
}

pub(super) fn account(machine: &Machine, name: &str) -> Result<Account, AccountError> {
    let called = format!("{TOOL}:{name}");
    let path = path(machine);
    let of_variables = Remote::new(machine, name, None);
    let is_in_variables = of_variables.get("type").is_some();
    let sections = match &path {
        Some(path) if path.exists() || !is_in_variables => sections(machine, path)?,
        _ => Vec::new(),
    };
    let section = sections.iter().find(|section| section.name == name);
    if section.is_none() && !is_in_variables {
        let of_s3 = sections
            .iter()
            .filter(|section| section.get("type") == Some("s3"));
        let names = of_s3.map(|section| section.name.clone());
        return Err(AccountError::Unknown {
            tool: TOOL,
            word: "remote",
            name: name.to_owned(),
            names: names.filter(|name| !name.is_empty()).collect(),
        });
    }
    let remote = Remote::new(machine, name, section);
    let kind = remote.get("type").unwrap_or_default();
    if kind != "s3" {
        // crypt, alias, chunker and their like stand for `remote = other:path`.
        let behind = remote.get("remote");
        let behind = behind.and_then(|place| Some(place.split_once(':')?.0.to_owned()));
        return Err(AccountError::NotS3 {
            tool: TOOL,
            name: name.to_owned(),
            kind,
            behind,
        });
    }
    if remote.get("v2_auth").as_deref().is_some_and(is_true) {
        return Err(AccountError::OldSignature { called });
    }
    // Its own keys may be those of another account than the role's (law 14).
    if remote.get("role_arn").is_some() {
        return Err(AccountError::TakesRole { called });
    }
    let (id, secret) = (remote.get("access_key_id"), remote.get("secret_access_key"));
    let token = remote.get("session_token");
    let keys = keys(id.as_deref(), secret.as_deref(), token.as_deref());
    let keys = keys.map_err(|why| AccountError::NoKeys {
        called: called.clone(),
        why,
    })?;
    // As rclone: keys of its own count, the environment only if it was told so.
    let is_from_env = remote.get("env_auth").as_deref().is_some_and(is_true);
    if keys.is_none() && !is_from_env {
        return Err(AccountError::NoKeys {
            called,
            why: "no keys, and isn't set to take them from the environment (env_auth)",
        });
    }
    // Which of its profiles count, and whether the AWS tools' own files still do, differs between versions of
    // rclone: the wrong keys are another account (law 14).
    if let Some(file) = remote
        .get("shared_credentials_file")
        .filter(|_| keys.is_none())
        .map(|file| machine.path(&file))
    {
        let own = machine.var("AWS_SHARED_CREDENTIALS_FILE");
        if own.map(|own| machine.path(&own)) != Some(file.clone()) {
            return Err(AccountError::OtherCredentials { called, file });
        }
    }
    let endpoint = remote
        .get("endpoint")
        .filter(|endpoint| !is_amazon(endpoint));
    Ok(Account {
        file: path.filter(|_| section.is_some()),
        endpoint_url: endpoint.map(|endpoint| with_scheme(&endpoint, true)),
        region: remote
            .get("region")
            .filter(|region| region != "other-v2-signature"),
        addressing: remote
            .get("force_path_style")
            .map(|word| match is_true(&word) {
                true => Addressing::Path,
                false => Addressing::Virtual,
            }),
        profile: remote.get("profile").filter(|_| keys.is_none()),
        keys,
        ..Account::default()
    })
}

/// The values of one remote, from the first place that has each.
struct Remote<'a> {
    machine: &'a Machine,
    /// `RCLONE_CONFIG_NAME_`
    prefix: String,
    section: Option<&'a Section>,
}

impl<'a> Remote<'a> {
    fn new(machine: &'a Machine, name: &str, section: Option<&'a Section>) -> Self {
        Self {
            machine,
            prefix: format!("RCLONE_CONFIG_{}_", name.to_uppercase()),
            section,
        }
    }

    fn get(&self, key: &str) -> Option<String> {
        let key_upper = key.to_uppercase();
        let own = self.machine.var(&format!("{}{key_upper}", self.prefix));
        let of_all = || match key {
            "type" | "remote" => None,
            _ => self.machine.var(&format!("RCLONE_S3_{key_upper}")),
        };
        let in_file = || {
            self.section
                .and_then(|section| section.text(key))
                .map(str::to_owned)
        };
        of_all().or(own).or_else(in_file)
    }
}
