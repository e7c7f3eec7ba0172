//! ObjectLockConfiguration.

use partsweep_core::{DefaultRetention, RetentionLength};

use crate::xml::{Node, ReadError, Tag, walk};

/// Reads how new objects are locked; none without a rule that says so.
pub(crate) fn read(document: &[u8]) -> Result<Option<DefaultRetention>, ReadError> {
    let (mut mode, mut length) = (String::new(), None);
    walk(document, &[Tag::ObjectLockConfiguration], |path, node| {
        let ([Tag::Rule, Tag::DefaultRetention, tag], Node::Text(text)) = (path, node) else {
            return;
        };
        let number = || text.trim().parse().ok();
        match tag {
            Tag::Mode => mode = text.trim().to_owned(),
            Tag::Days => length = number().map(RetentionLength::Days),
            Tag::Years => length = number().map(RetentionLength::Years),
            _ => {}
        }
    })?;
    // What has another name may be as strict.
    let is_compliance = !mode.eq_ignore_ascii_case("GOVERNANCE");
    Ok(length.map(|length| DefaultRetention {
        is_compliance,
        length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_and_length_are_read_and_no_rule_is_none() {
        let of = |inside: &str| {
            let document = format!(
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>{inside}</ObjectLockConfiguration>"
            );
            read(document.as_bytes()).unwrap()
        };
        let rule = |mode: &str, length: &str| {
            of(&format!(
                "<Rule><DefaultRetention><Mode>{mode}</Mode>{length}</DefaultRetention></Rule>"
            ))
        };
        assert_eq!(of(""), None);
        let expected = |is_compliance, length| {
            Some(DefaultRetention {
                is_compliance,
                length,
            })
        };
        let days = RetentionLength::Days(30);
        assert_eq!(rule("COMPLIANCE", "<Days>30</Days>"), expected(true, days));
        let years = RetentionLength::Years(2);
        assert_eq!(
            rule("GOVERNANCE", "<Years>2</Years>"),
            expected(false, years)
        );
        assert_eq!(rule("STRICTER", "<Days>30</Days>"), expected(true, days));
        assert!(read(b"<html/>").is_err());
    }
}
