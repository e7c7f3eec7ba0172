//! Reading the small documents that clients send.

/// The texts of all elements of a name, however deep, with their markup.
pub(crate) fn elements<'a>(document: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = document;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once(open.as_str())?;
            rest = after;
            // `<Grant` is also the beginning of `<Grantee`.
            if !after.starts_with(['>', ' ']) {
                continue;
            }
            let (_, inside) = after.split_once('>')?;
            let (text, after) = inside.split_once(close.as_str())?;
            rest = after;
            return Some(text);
        }
    })
}

/// The text of the first element of a name, unescaped and without space around it.
pub(crate) fn text(document: &str, name: &str) -> Option<String> {
    let text = elements(document, name).next()?.trim();
    let mut out = text.to_owned();
    for (reference, character) in [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        // Last: what it brings is no reference.
        ("&amp;", "&"),
    ] {
        out = out.replace(reference, character);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_whole_names() {
        let document = "<Grants><Grant><Grantee xsi:type=\"T\"><ID>a&amp;lt;</ID></Grantee></Grant>\
                        <Grant>2</Grant></Grants>";
        let found: Vec<&str> = elements(document, "Grant").collect();
        assert_eq!(found.len(), 2);
        assert_eq!(text(document, "Grantee").as_deref(), Some("<ID>a&lt;</ID>"));
        assert_eq!(text(document, "ID").as_deref(), Some("a&lt;"));
        assert_eq!(text(document, "Owner"), None);
    }
}
