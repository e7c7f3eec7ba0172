//! CreateSessionResult.

use jiff::Timestamp;

use crate::xml::{Dates, Node, ReadError, Said, Tag, walk};

/// The keys of a session.
pub(crate) struct SessionKeys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    /// When it ends, by the clock of the store.
    pub(crate) ends: Option<Timestamp>,
}

/// Reads a session. Says nothing of what it found in an error: it would be a secret.
pub(crate) fn read(document: &[u8]) -> Result<SessionKeys, ReadError> {
    const ROOTS: [Tag; 2] = [Tag::CreateSessionResult, Tag::CreateSessionOutput];
    let [mut id, mut secret, mut token] = [const { Said::Nothing }; 3];
    let (mut ends, mut dates) = (None, Dates::default());
    walk(document, &ROOTS, |path, node| {
        let ([Tag::Credentials, field], Node::Text(text)) = (path, node) else {
            return;
        };
        match field {
            Tag::AccessKeyId => id.hear(text.trim().to_owned()),
            Tag::SecretAccessKey => secret.hear(text.trim().to_owned()),
            Tag::SessionToken => token.hear(text.trim().to_owned()),
            Tag::Expiration => ends = dates.read(&text),
            _ => {}
        }
    })?;
    let filled = |said: Said<String>| said.one().filter(|text| !text.is_empty());
    match (filled(id), filled(secret), filled(token)) {
        (Some(id), Some(secret), Some(token)) => Ok(SessionKeys {
            id,
            secret,
            token,
            ends,
        }),
        _ => Err(ReadError::Malformed(
            "the response has no session".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_all_its_keys_once() {
        let document = |inside: &str| {
            format!(
                "<CreateSessionResult><Credentials>{inside}</Credentials></CreateSessionResult>"
            )
        };
        let whole = "<SessionToken>T</SessionToken><SecretAccessKey>S</SecretAccessKey>\
                     <AccessKeyId>A</AccessKeyId><Expiration>2026-11-29T12:00:00Z</Expiration>";
        let keys = read(document(whole).as_bytes()).ok().unwrap();
        assert_eq!((&*keys.id, &*keys.secret, &*keys.token), ("A", "S", "T"));
        assert_eq!(keys.ends, "2026-11-29T12:00:00Z".parse().ok());
        let odd = whole.replace("2026", "some day in 2026");
        let keys = read(document(&odd).as_bytes()).ok().unwrap();
        assert_eq!(keys.ends, None);
        for bad in [
            whole.replace("<AccessKeyId>A</AccessKeyId>", ""),
            whole.replace("<SessionToken>T</SessionToken>", "<SessionToken/>"),
            format!("{whole}<SecretAccessKey>other</SecretAccessKey>"),
        ] {
            let error = read(document(&bad).as_bytes()).err().unwrap();
            let text = format!("{error:?}");
            assert!(text.contains("no session"), "{text}");
        }
        assert!(read(b"<ListAllMyBucketsResult/>").is_err());
    }
}
