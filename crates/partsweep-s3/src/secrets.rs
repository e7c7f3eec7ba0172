//! What must never be shown, kept or logged, taken out of every text before it leaves this crate (law 9).
//!
//! A store, a gateway or a proxy may echo what it was sent, in any field that it answers with. So whatever
//! comes from outside is looked through here, once, at the border.

use std::borrow::Cow;
use std::error::Error;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use aws_credential_types::Credentials;
use memchr::memmem;
use partsweep_core::StoreError;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// Shorter ones are words of a message as well (`test`).
const SHORTEST: usize = 6;

/// Keys, upload ids and names of buckets with a secret in them are not what the store really has. A
/// password that a person chose (`minioadmin`) stands in many a name that is meant, though.
const SHORTEST_IN_NAMES: usize = 16;

/// Of a token that was cut on its way, each piece of this length is known.
const PIECE: usize = 24;

/// What an `Authorization` header begins with.
const SCHEME: &str = "aws4-hmac-sha256";

/// What a signature is called, in headers and in queries.
const SIGNATURE: &[u8] = b"signature";

/// The characters that a text in Base64, in hexadecimal or a token consists of.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// The secrets that are known so far. Those that were renewed stay known.
pub(crate) struct Secrets(RwLock<Arc<Known>>);

impl Default for Secrets {
    fn default() -> Self {
        let mut known = Known::default();
        known.index();
        Self(RwLock::new(Arc::new(known)))
    }
}

#[derive(Default, Clone)]
struct Known {
    needles: Vec<Needle>,
    /// Ids of access keys: their ends may be shown.
    ids: Vec<String>,
    /// `AWS4-HMAC-SHA256` in Base64.
    schemes: Vec<Vec<u8>>,
    in_names: Filter,
    in_texts: Filter,
}

/// Tells quickly, and without a search for each of them, that none of some needles is in a text: nearly
/// every text of a store is without secrets, and each abort is proven by an error.
#[derive(Default, Clone)]
struct Filter {
    /// Groups of four bytes that begin anywhere in a needle, by hash.
    groups: Vec<u64>,
    /// Bytes of the shortest needle.
    shortest: usize,
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
        let is_new = |known: &Known| !known.ids.iter().any(|known| known == id);
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

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut new = Known::clone(&known);
        change(&mut new);
        new.index();
        *known = Arc::new(new);
    }
}

/// A cause in words, without secrets.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(String);

impl Known {
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

impl Filter {
    /// Groups have as many hashes.
    const HASHES: usize = 1 << 18;

    fn of<'a>(needles: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut groups, mut shortest) = (vec![0; Self::HASHES / 64], usize::MAX);
        for needle in needles {
            shortest = shortest.min(needle.len());
            for group in needle.windows(4) {
                let bit = Self::hash(group);
                groups[bit / 64] |= 1 << (bit % 64);
            }
        }
        Self { groups, shortest }
    }

    /// Every needle that stands in a text covers one of the groups that are looked at: of a key of 60
    /// characters these are a few.
    fn may_find_in(&self, text: &[u8]) -> bool {
        if text.len() < self.shortest {
            return false;
        }
        // Encoded, a needle is longer.
        if memchr::memchr(b'%', text).is_some() {
            return true;
        }
        text.windows(4).step_by(self.shortest - 3).any(|group| {
            let bit = Self::hash(group);
            self.groups[bit / 64] >> (bit % 64) & 1 == 1
        })
    }

    /// The same for either case.
    fn hash(group: &[u8]) -> usize {
        let four = group.first_chunk().copied().unwrap_or_default();
        // In ASCII this bit makes a lower-case letter.
        let four = u32::from_le_bytes(four) | 0x2020_2020;
        (four.wrapping_mul(0x9e37_79b1) >> 14) as usize
    }
}

/// Whether a text may hold a signature of this length.
fn may_hold_hex(text: &str, length: usize) -> bool {
    let mut run = 0;
    length >= SHORTEST
        && text.bytes().any(|byte| {
            run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
            run == length || byte == b'%'
        })
}

/// A text as it may be meant: in lower case, and with the escapes of URLs undone.
struct View {
    text: Vec<u8>,
    /// Where each byte comes from; one more for the end.
    from: Vec<usize>,
}

/// A text as it is, and with its escapes undone once and twice.
fn views(text: &str) -> Vec<View> {
    let plain = View {
        text: text.to_ascii_lowercase().into_bytes(),
        from: (0..=text.len()).collect(),
    };
    let mut views = vec![plain];
    for _ in 0..2 {
        match views[views.len() - 1].unescaped() {
            Some(view) => views.push(view),
            None => break,
        }
    }
    views
}

impl View {
    fn unescaped(&self) -> Option<Self> {
        memchr::memchr(b'%', &self.text)?;
        let (mut text, mut from) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.text.len() {
            from.push(self.from[at]);
            let escaped = self.text[at..].strip_prefix(b"%").and_then(|rest| {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                u8::from_str_radix(digits, 16).ok()
            });
            text.push(escaped.unwrap_or(self.text[at]).to_ascii_lowercase());
            at += if escaped.is_some() { 3 } else { 1 };
        }
        from.push(self.from[self.text.len()]);
        (text.len() < self.text.len()).then_some(Self { text, from })
    }

    fn original(&self, range: Range<usize>) -> Range<usize> {
        self.from[range.start]..self.from[range.end]
    }

    /// All of the token that a range is in.
    fn spread(&self, range: Range<usize>) -> Range<usize> {
        let before = self.text[..range.start].iter().rev();
        let start = range.start - before.take_while(|byte| is_of_token(**byte)).count();
        let behind = self.text[range.end..].iter();
        let end = range.end + behind.take_while(|byte| is_of_token(**byte)).count();
        start..end
    }

    /// Values of `Authorization`, and signatures by themselves, whoever made them.
    fn authorizations(&self) -> Vec<Range<usize>> {
        let is_hex = |byte: &&u8| byte.is_ascii_hexdigit();
        let mut ranges = Vec::new();
        for at in memmem::find_iter(&self.text, SIGNATURE) {
            let mut start = at + SIGNATURE.len();
            let between = self.text[start..].iter();
            start += between
                .take_while(|byte| matches!(byte, b'=' | b':' | b'"' | b' '))
                .count();
            let digits = self.text[start..].iter().take_while(is_hex).count();
            if digits >= 32 {
                ranges.push(start..start + digits);
            }
        }
        for start in memmem::find_iter(&self.text, SCHEME.as_bytes()) {
            let signed = ranges.iter().find(|range| range.start > start);
            let plain = self.text[start..]
                .iter()
                .take_while(|byte| !byte.is_ascii_control());
            let end = match signed {
                Some(range) if range.end - start < 4_096 => range.end,
                _ if self.text[start..].starts_with(b"aws4-hmac-sha256 credential") => {
                    start + plain.count()
                }
                _ => start + SCHEME.len(),
            };
            ranges.push(start..end);
        }
        ranges
    }
}

/// A text in Base64 at each of the three places it can have in a longer one, without the characters that
/// its neighbours have a part in.
fn in_base64(text: &[u8]) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let padded: Vec<u8> = std::iter::repeat_n(0, before)
            .chain(text.iter().copied())
            .collect();
        let encoded = base64(&padded);
        let begins = [0, 2, 3][before];
        let ends = padded.len() * 8 / 6;
        encoded[begins.min(ends)..ends].to_owned()
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for three in bytes.chunks(3) {
        let group = three
            .iter()
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            text.push(char::from(
                DIGITS[(group >> (18 - 6 * digit) & 63) as usize],
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn secrets() -> Secrets {
        let secrets = Secrets::default();
        let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET, None, None, "test");
        secrets.learn_keys(&keys);
        secrets
    }

    #[test]
    fn a_secret_is_taken_out_however_it_is_written() {
        let secrets = secrets();
        for (text, clean) in [
            (format!("no {SECRET}!"), "no [redacted]!"),
            (
                format!("no {}!", SECRET.to_ascii_uppercase()),
                "no [redacted]!",
            ),
            (
                format!("no {}!", SECRET.to_ascii_lowercase()),
                "no [redacted]!",
            ),
            (
                format!("no {}!", SECRET.replace('/', "%2F").replace('+', "%2b")),
                "no [redacted]!",
            ),
            (
                format!("no {}!", SECRET.replace('/', "%252F")),
                "no [redacted]!",
            ),
            (format!("{SECRET}{SECRET} "), "[redacted][redacted] "),
            (format!("no %{SECRET}!"), "no %[redacted]!"),
        ] {
            assert_eq!(secrets.redact(&text), clean, "{text}");
        }
        for before in ["", "u", "us", "user:"] {
            let encoded = base64(format!("{before}{SECRET}xy").as_bytes());
            let clean = secrets.redact(&encoded).into_owned();
            assert_eq!(clean, REDACTED, "{encoded}");
        }
        let plain = "could not list: AccessDenied 100%";
        assert!(matches!(secrets.redact(plain), Cow::Borrowed(_)));
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let secrets = secrets();
        secrets.learn("sixsix");
        let long = "x".repeat(90);
        for before in 0..40 {
            for secret in [SECRET, "sixsix", "SixSIX", "AKIAIOSFODNN7EXAMPLE"] {
                for after in [0, 1, 2, 3, 50] {
                    let text = format!("{}{secret}{}", &long[..before], &long[..after]);
                    assert!(!secrets.redact(&text).contains(secret), "{text}");
                }
            }
            let name = format!("{}{SECRET}", &long[..before]);
            assert!(secrets.are_in_name(&name), "{name}");
        }
        assert_eq!(secrets.redact(&long), long);
    }

    #[test]
    fn an_access_key_is_shown_by_its_end_only() {
        let clean = secrets()
            .redact("no key AKIAIOSFODNN7EXAMPLE here")
            .into_owned();
        assert_eq!(clean, "no key …MPLE here");
    }

    #[test]
    fn an_authorization_is_taken_out_whoever_made_it() {
        let signature = "0123456789abcdef".repeat(4);
        let header = format!(
            "AWS4-HMAC-SHA256 Credential=X/20261128/r/s3/aws4_request, SignedHeaders=host, Signature={signature}"
        );
        let secrets = secrets();
        assert_eq!(
            secrets.redact(&format!("got <{header}>")),
            "got <[redacted]>"
        );
        let query = format!("?X-Amz-Signature={signature}&x=1");
        assert_eq!(secrets.redact(&query), "?X-Amz-Signature=[redacted]&x=1");
        let alone = format!("wrong: {signature}.");
        assert_eq!(secrets.redact_answer(&alone, &header), "wrong: [redacted].");
        // The id of an account is as long.
        assert_eq!(secrets.redact(&alone), alone);
        assert!(!secrets.redact(&base64(header.as_bytes())).contains("QVdT"));
    }

    #[test]
    fn a_token_that_was_cut_is_still_known_and_old_ones_stay_known() {
        let secrets = secrets();
        let token: String = (0..400_u32)
            .map(|i| char::from(b'a' + (i * 7 % 26) as u8))
            .collect();
        let keys = Credentials::new(
            "AKIA2",
            "another-secret-of-some-length",
            Some(token.clone()),
            None,
            "t",
        );
        secrets.learn_keys(&keys);
        assert_eq!(
            secrets.redact(&format!("x {} y", &token[30..100])),
            "x [redacted] y"
        );
        assert_eq!(secrets.redact(SECRET), REDACTED);
    }

    #[test]
    fn a_name_with_a_secret_is_none() {
        let secrets = secrets();
        for name in [
            SECRET.to_owned(),
            format!("a/{SECRET}"),
            format!("{}{SECRET}/b", "long/".repeat(50)),
            format!("a/{}", SECRET.replace('/', "%2F")),
            format!("a/{}", SECRET.to_ascii_lowercase()),
            format!("a/{}", base64(format!("u:{SECRET}").as_bytes())),
            "AWS4-HMAC-SHA256 Credential=x".to_owned(),
        ] {
            assert!(secrets.are_in_name(&name), "{name}");
        }
        secrets.learn("minioadmin");
        for name in [
            "minioadmin/backup",
            "AKIAIOSFODNN7EXAMPLE",
            "",
            "100%/a b.tar",
            &"k".repeat(1_024),
        ] {
            assert!(!secrets.are_in_name(name), "{name}");
        }
        assert_eq!(secrets.redact("wrong minioadmin"), "wrong [redacted]");
    }

    #[test]
    fn what_causes_an_error_is_cleaned_too() {
        let secrets = secrets();
        let cause = std::io::Error::other(format!("exited with code 1. Stderr: {SECRET} and more"));
        let clean = secrets.clean_cause(&cause).unwrap().to_string();
        assert_eq!(
            clean,
            "exited with code 1. what it wrote to standard error is not shown"
        );
        assert!(
            secrets
                .clean_cause(&std::io::Error::other("plain"))
                .is_none()
        );
    }
}
