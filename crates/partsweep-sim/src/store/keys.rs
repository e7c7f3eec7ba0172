//! Keys as a store takes them: byte for byte, or as paths.

use std::borrow::Cow;

use crate::habits::KeyRule;
use crate::wire::answer::Refusal;

/// The longest key, bytes.
const LONGEST: usize = 1_024;

/// Returns the key under which a store keeps what is sent for `key`, or its refusal.
pub(crate) fn kept(rule: KeyRule, key: &str) -> Result<Cow<'_, str>, Refusal> {
    let refused = |code| Err(Refusal::new(400, code));
    match rule {
        KeyRule::AsIs(code) if key.len() > LONGEST => refused(code),
        KeyRule::Swift if key.len() > LONGEST => refused("KeyTooLongError"),
        KeyRule::AsIs(_) | KeyRule::Swift => Ok(Cow::Borrowed(key)),
        KeyRule::Minio => {
            let kept = key.strip_prefix('/').unwrap_or(key);
            let odd = kept
                .split('/')
                .any(|element| matches!(element, "" | "." | ".."));
            if odd || key.len() > LONGEST {
                return refused("XMinioInvalidObjectName");
            }
            Ok(Cow::Borrowed(kept))
        }
        KeyRule::Seaweed => {
            if key.split('/').any(|element| matches!(element, "." | "..")) {
                return refused("InvalidRequest");
            }
            let elements: Vec<&str> = key.split('/').filter(|text| !text.is_empty()).collect();
            let mut kept = elements.join("/");
            if key.ends_with('/') {
                kept.push('/');
            }
            Ok(Cow::Owned(kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_that_keep_files_mangle_or_refuse_keys() {
        let minio = |key| kept(KeyRule::Minio, key).map(Cow::into_owned).ok();
        let seaweed = |key| kept(KeyRule::Seaweed, key).map(Cow::into_owned).ok();
        let aws = |key| {
            kept(KeyRule::AsIs("KeyTooLongError"), key)
                .map(Cow::into_owned)
                .ok()
        };
        for (key, on_minio, on_seaweed) in [
            ("/lead", Some("lead"), Some("lead")),
            ("a//b", None, Some("a/b")),
            ("trail/", None, Some("trail/")),
            ("./x", None, None),
            ("..", None, None),
            ("a b/ü", Some("a b/ü"), Some("a b/ü")),
        ] {
            assert_eq!(minio(key).as_deref(), on_minio, "{key}");
            assert_eq!(seaweed(key).as_deref(), on_seaweed, "{key}");
            assert_eq!(aws(key).as_deref(), Some(key));
        }
        assert_eq!(aws(&"k".repeat(1_025)), None);
    }
}
