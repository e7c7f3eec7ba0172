//! The secrets that are known so far, and taking them out of texts.

use std::borrow::Cow;
use std::error::Error;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use aws_credential_types::Credentials;
use memchr::memmem;
use partsweep_core::StoreError;

use super::base64::in_base64;
use super::filter::{Filter, SHORTEST, may_hold_hex};
use super::view::{SCHEME, SIGNATURE, views};

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// Keys, upload ids and names of buckets with a secret in them are not what the store really has. A
/// password that a person chose (`minioadmin`) stands in many a name that is meant, though.
const SHORTEST_IN_NAMES: usize = 16;

/// Of a token that was cut on its way, each piece of this length is known.
const PIECE: usize = 24;

/// The secrets that are known so far. Those that were renewed stay known.
pub(crate) struct Secrets(RwLock<Arc<SecretIndex>>);

impl Default for Secrets {
    fn default() -> Self {
        let mut known = SecretIndex::default();
        known.index();
        Self(RwLock::new(Arc::new(known)))
    }
}

#[derive(Default, Clone)]
struct SecretIndex {
    needles: Vec<Needle>,
    /// Ids of access keys: their ends may be shown.
    ids: Vec<String>,
    /// `AWS4-HMAC-SHA256` in Base64.
    schemes: Vec<Vec<u8>>,
    in_names: Filter,
    in_texts: Filter,
}

#[derive(Clone, PartialEq, Eq)]
struct Needle {
    /// In lower case.
    text: Vec<u8>,
    /// All of the token around it belongs to it.
    spreads: bool,
    for_names: bool,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Keeps the secret and the token of a pair of keys, and the id of the access key.
    pub(crate) fn learn_keys(&self, keys: &Credentials) {
        self.learn(keys.secret_access_key());
        if let Some(token) = keys.session_token() {
            self.learn(token);
        }
        let id = keys.access_key_id();
        let is_new = |known: &SecretIndex| !known.ids.iter().any(|known| known == id);
        if id.len() > SHORTEST && is_new(&self.known()) {
            self.change(|known| known.ids.push(id.to_owned()));
        }
    }

    /// Keeps a secret, as it is and as it may be written.
    pub(crate) fn learn(&self, secret: &str) {
        let secret = secret.trim();
        let needle = |text: &str, spreads| Needle {
            text: text.to_ascii_lowercase().into_bytes(),
            spreads,
            for_names: secret.len() >= SHORTEST_IN_NAMES,
        };
        let whole = needle(secret, false);
        if secret.len() < SHORTEST || self.known().needles.contains(&whole) {
            return;
        }
        let mut needles = vec![whole];
        for encoded in in_base64(secret.as_bytes()) {
            needles.push(needle(&encoded, true));
            needles.push(needle(&encoded.replace('+', "-").replace('/', "_"), true));
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        needles.push(needle(&hex, true));
        if secret.len() >= 2 * PIECE {
            let pieces = secret.as_bytes().chunks_exact(PIECE);
            needles.extend(pieces.map(|piece| needle(&String::from_utf8_lossy(piece), true)));
        }
        self.change(|known| {
            for needle in needles {
                if !known.needles.contains(&needle) {
                    known.needles.push(needle);
                }
            }
        });
    }

    /// Takes every secret out of a text.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known().redact(text, None)
    }

    /// The same for a text of an answer to a request that was sent with this `Authorization`.
    pub(crate) fn redact_answer<'a>(&self, text: &'a str, authorization: &str) -> Cow<'a, str> {
        let signature = authorization
            .rsplit_once('=')
            .map(|(_, signature)| signature);
        self.known().redact(text, signature)
    }

    /// Whether a name that a store lists holds a secret: then it is not a name that the store has.
    pub(crate) fn are_in_name(&self, name: &str) -> bool {
        self.known().are_in_name(name)
    }

    /// Takes every secret out of an error, and of what caused it.
    pub(crate) fn clean(&self, mut error: StoreError) -> StoreError {
        for text in [&mut error.code, &mut error.message, &mut error.request_id] {
            if let Some(shown) = text.as_deref()
                && let Cow::Owned(clean) = self.redact(shown)
            {
                *text = Some(clean.into());
            }
        }
        if let Some(source) = &error.source
            && let Some(clean) = self.clean_cause(source)
        {
            error.source = Some(Arc::new(clean));
        }
        error
    }

    /// What caused an error in one text without secrets, if it holds any.
    pub(crate) fn clean_cause(&self, cause: &(dyn Error + 'static)) -> Option<Cause> {
        let mut text = cause.to_string();
        let mut below = cause.source();
        while let Some(error) = below {
            let words = error.to_string();
            if !text.ends_with(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            below = error.source();
        }
        let mut clean = self.redact(&text).into_owned();
        // What the program of `credential_process` writes there is anything.
        if let Some((before, _)) = clean.split_once("Stderr:") {
            clean = format!("{before}what it wrote to standard error is not shown");
        }
        (clean != text).then_some(Cause(clean))
    }

    fn known(&self) -> Arc<SecretIndex> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut SecretIndex)) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut new = SecretIndex::clone(&known);
        change(&mut new);
        new.index();
        *known = Arc::new(new);
    }
}

/// A cause in words, without secrets.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(String);

impl SecretIndex {
    fn index(&mut self) {
        let schemes = in_base64(SCHEME.to_ascii_uppercase().as_bytes());
        self.schemes = schemes
            .map(|text| text.to_ascii_lowercase().into_bytes())
            .into();
        let for_names = self.needles.iter().filter(|needle| needle.for_names);
        let for_names = for_names.map(|needle| &needle.text[..]);
        self.in_names = Filter::of(for_names.chain([SCHEME.as_bytes()]));
        let texts = self.needles.iter().map(|needle| &needle.text[..]);
        let texts = texts.chain(self.ids.iter().map(String::as_bytes));
        let texts = texts.chain(self.schemes.iter().map(|text| &text[..]));
        self.in_texts = Filter::of(texts.chain([SCHEME.as_bytes(), SIGNATURE]));
    }

    fn are_in_name(&self, name: &str) -> bool {
        self.in_names.may_find_in(name.as_bytes())
            && views(name).iter().any(|view| {
                let finds = |needle: &[u8]| memmem::find(&view.text, needle).is_some();
                let mut needles = self.needles.iter().filter(|needle| needle.for_names);
                needles.any(|needle| finds(&needle.text)) || finds(SCHEME.as_bytes())
            })
    }

    fn redact<'a>(&self, text: &'a str, signature: Option<&str>) -> Cow<'a, str> {
        let signature = signature.filter(|signature| may_hold_hex(text, signature.len()));
        if signature.is_none() && !self.in_texts.may_find_in(text.as_bytes()) {
            return Cow::Borrowed(text);
        }
        let mut found: Vec<(Range<usize>, Cow<'static, str>)> = Vec::new();
        for view in views(text) {
            let mut find = |needle: &[u8], spreads: bool, instead: &Cow<'static, str>| {
                for at in memmem::find_iter(&view.text, needle) {
                    let mut range = at..at + needle.len();
                    if spreads {
                        range = view.spread(range);
                    }
                    found.push((view.original(range), instead.clone()));
                }
            };
            let redacted = Cow::Borrowed(REDACTED);
            for needle in &self.needles {
                find(&needle.text, needle.spreads, &redacted);
            }
            if let Some(signature) = signature {
                find(
                    &signature.to_ascii_lowercase().into_bytes(),
                    true,
                    &redacted,
                );
            }
            for id in &self.ids {
                let end = id.floor_char_boundary(id.len() - 4);
                let instead = Cow::Owned(format!("…{}", &id[end..]));
                find(&id.to_ascii_lowercase().into_bytes(), false, &instead);
            }
            for scheme in &self.schemes {
                find(scheme, true, &redacted);
            }
            let ranges = view.authorizations().into_iter();
            found.extend(ranges.map(|range| (view.original(range), redacted.clone())));
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        // Where two overlap, the one that begins first and is longest takes in the others.
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut clean = String::with_capacity(text.len());
        let mut end = 0;
        for (range, instead) in found {
            if range.start >= end {
                clean.push_str(&text[end..range.start]);
                clean.push_str(&instead);
            }
            end = end.max(range.end);
        }
        clean.push_str(&text[end..]);
        Cow::Owned(clean)
    }
}

#[cfg(test)]
mod tests;
