//! Aliases of MinIO's `mc`: `config.json`, and `MC_HOST_alias`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Account, AccountError, Machine, first_there, is_amazon, keys, read_file};
use crate::config::settings::Addressing;

const TOOL: &str = "mc";

/// As Go reads JSON, null is the empty text.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Alias {
    #[serde(deserialize_with = "or_empty")]
    url: String,
    #[serde(deserialize_with = "or_empty")]
    access_key: String,
    #[serde(deserialize_with = "or_empty")]
    secret_key: String,
    #[serde(deserialize_with = "or_empty")]
    session_token: String,
    #[serde(deserialize_with = "or_empty")]
    api: String,
    #[serde(deserialize_with = "or_empty")]
    path: String,
    /// What stood for `path` up to version 9.
    #[serde(deserialize_with = "or_empty")]
    lookup: String,
}

fn or_empty<'a, D: Deserializer<'a>>(text: D) -> Result<String, D::Error> {
    Option::deserialize(text).map(Option::unwrap_or_default)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Config {
    aliases: Option<Aliases>,
    /// What they were called up to version 9 of the file.
    hosts: Option<Aliases>,
}

/// Each is read by itself: one of another form says nothing of the others.
type Aliases = BTreeMap<String, Value>;

impl Config {
    fn into_aliases(self) -> Aliases {
        let mut all = self.hosts.unwrap_or_default();
        all.extend(self.aliases.unwrap_or_default());
        all
    }
}

fn path(machine: &Machine) -> Option<PathBuf> {
    if let Some(folder) = machine.var("MC_CONFIG_DIR") {
        return Some(machine.path(&folder).join("config.json"));
    }
    let places = [
        machine.home(".mc/config.json"),
        machine.home(".mcli/config.json"),
    ];
    first_there(places.into_iter().flatten())
}

fn aliases(path: &Path) -> Result<Aliases, AccountError> {
    let text = read_file(TOOL, path)?;
    let config: Result<Config, _> = serde_json::from_str(&text);
    config
        .map(Config::into_aliases)
        .map_err(|error| AccountError::Malformed {
            tool: TOOL,
            path: path.to_owned(),
            // The error's own text may quote what stands there.
            why: format!("no JSON of that form at line {}", error.line()),
        })
}

impl Alias {
    /// mc puts aliases there that nobody filled in.
    fn is_filled_in(&self) -> bool {
        !self.access_key.is_empty() && !self.access_key.starts_with("YOUR-")
    }
}

pub(super) fn names(machine: &Machine) -> Vec<(String, PathBuf)> {
    let Some(path) = path(machine) else {
        return Vec::new();
    };
    let aliases = match aliases(&path) {
        Ok(aliases) => aliases,
        // Reading it says why.
        Err(_) if path.exists() => return vec![(TOOL.to_owned(), path)],
        Err(_) => return Vec::new(),
    };
    // Reading one of another form says why.
    let filled = aliases
        .into_iter()
        .filter(|(_, alias)| Alias::deserialize(alias).map_or(true, |alias| alias.is_filled_in()));
    filled
        .map(|(name, _)| (format!("{TOOL}:{name}"), path.clone()))
        .collect()
}

/// Whether its file can be read, if it is there.
pub(super) fn check(machine: &Machine) -> Result<(), AccountError> {
    match path(machine).filter(|path| path.exists()) {
        Some(path) => aliases(&path).map(drop),
        None => Ok(()),
    }
}

pub(super) fn account(machine: &Machine, name: &str) -> Result<Account, AccountError> {
    let called = format!("{TOOL}:{name}");
    if let Some(host) = machine.var(&format!("MC_HOST_{name}")) {
        return of_variable(&called, &host);
    }
    let path = path(machine).ok_or_else(|| AccountError::NoFile {
        tool: TOOL,
        path: "~/.mc/config.json".into(),
    })?;
    let mut aliases = aliases(&path)?;
    let Some(alias) = aliases.remove(name) else {
        return Err(AccountError::Unknown {
            tool: TOOL,
            word: "alias",
            name: name.to_owned(),
            names: aliases.into_keys().collect(),
        });
    };
    let alias = Alias::deserialize(&alias).map_err(|_| AccountError::Malformed {
        tool: TOOL,
        path: path.clone(),
        why: format!("its alias `{name}` has a value that isn't a text"),
    })?;
    if !alias.is_filled_in() {
        let why = "no keys";
        return Err(AccountError::NoKeys { called, why });
    }
    if alias.api.eq_ignore_ascii_case("s3v2") {
        return Err(AccountError::OldSignature { called });
    }
    let Alias {
        access_key,
        secret_key,
        session_token,
        ..
    } = &alias;
    let keys = keys(Some(access_key), Some(secret_key), Some(session_token));
    let keys = keys.map_err(|why| AccountError::NoKeys { called, why })?;
    Ok(Account {
        file: Some(path),
        endpoint_url: Some(alias.url.clone()).filter(|url| !is_amazon(url)),
        addressing: match (alias.path.as_str(), alias.lookup.as_str()) {
            ("on", _) | ("", "path") => Some(Addressing::Path),
            ("off", _) | ("", "dns") => Some(Addressing::Virtual),
            _ => None,
        },
        keys,
        ..Account::default()
    })
}

/// `https://KEY:SECRET@HOST`, or with a token behind the secret; each may be written with %-escapes.
fn of_variable(called: &str, host: &str) -> Result<Account, AccountError> {
    let bad = |why| AccountError::NoKeys {
        called: called.to_owned(),
        why,
    };
    let (scheme, rest) = host
        .split_once("://")
        .ok_or_else(|| bad("no URL in its variable"))?;
    // A secret may hold an `@` that isn't escaped.
    let (who, host) = rest
        .rsplit_once('@')
        .ok_or_else(|| bad("no keys in its variable"))?;
    let mut parts = who.splitn(3, ':').map(unescaped);
    let (id, secret, token) = (parts.next(), parts.next(), parts.next());
    let keys = keys(id.as_deref(), secret.as_deref(), token.as_deref()).map_err(bad)?;
    let url = format!("{scheme}://{host}");
    Ok(Account {
        endpoint_url: Some(url).filter(|url| !is_amazon(url)),
        keys: Some(keys.ok_or_else(|| bad("no keys in its variable"))?),
        ..Account::default()
    })
}

/// A text without its %-escapes; what is no escape stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, tail @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
