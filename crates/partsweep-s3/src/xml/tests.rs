//! What is read, and what is never taken for an empty list.

use proptest::prelude::*;

use super::text::is_true;
use super::*;
use crate::xml::uploads;

mod differential;
mod documents;
mod written;

fn keys(document: &[u8]) -> Result<Vec<String>, ReadError> {
    let page = uploads::read(document)?;
    Ok(page
        .entries
        .iter()
        .map(|entry| entry.key.to_string())
        .collect())
}

/// The same, read window by window and piece by piece.
fn keys_of_long(document: &[u8], window: usize, piece: usize) -> Result<Vec<String>, ReadError> {
    let source = std::io::Cursor::new(document.to_vec());
    let mut page = uploads::LongPage::of(LongDocument::new(source).in_windows_of(window));
    let mut keys = Vec::new();
    loop {
        let (raw, is_last) = page.next(piece)?;
        keys.extend(raw.entries.iter().map(|entry| entry.key.to_string()));
        if is_last {
            return Ok(keys);
        }
    }
}

/// Both ways of reading: whether they agree is checked wherever a document is read here.
fn agreed(document: &[u8]) -> Result<Vec<String>, ReadError> {
    let whole = keys(document);
    for window in [1, 2, 7, 64, 1 << 16] {
        for piece in [1, 3, 1_000] {
            let long = keys_of_long(document, window, piece);
            match (&whole, &long) {
                // What is wrong is said in other words where it is seen in another window.
                (Err(ReadError::Malformed(_)), Err(ReadError::Malformed(_))) => {}
                _ => assert_eq!(
                    long,
                    whole,
                    "{window} {:?}",
                    String::from_utf8_lossy(document)
                ),
            }
        }
    }
    whole
}

fn page(key: &str) -> String {
    format!(
        "<ListMultipartUploadsResult><Upload><Key>{key}</Key><UploadId>1</UploadId></Upload>\
         </ListMultipartUploadsResult>"
    )
}

#[test]
fn keys_are_read_character_by_character() {
    let cases = [
        ("a&amp;b&lt;&gt;&quot;&apos;c", "a&b<>\"'c"),
        ("a&#x1;b&#31;c&#x7f;", "a\u{1}b\u{1f}c\u{7f}"),
        ("a\u{1}b", "a\u{1}b"),
        (" a \r\n\t b ", " a \r\n\t b "),
        ("   ", "   "),
        ("a&#x0d;b", "a\rb"),
        ("x<![CDATA[a&amp;]]]]><![CDATA[>b]]>&amp;y", "xa&amp;]]>b&y"),
        ("é\u{fffe}日", "é\u{fffe}日"),
        ("a<!-- no -->b", "ab"),
    ];
    for (text, key) in cases {
        assert_eq!(
            agreed(page(text).as_bytes()).as_deref(),
            Ok(&[key.to_owned()][..]),
            "{text:?}"
        );
    }
}

#[test]
fn documents_are_taken_as_servers_spell_them() {
    let upload = "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>";
    let documents = [
        format!(
            "\u{feff}<?xml version='1.0'?>\n<ListMultipartUploadsResult>{upload}</ListMultipartUploadsResult>\n"
        ),
        format!(
            "   \n<?xml version='1.0'?><ListMultipartUploadsResult xmlns=\"urn:x\">{upload}</ListMultipartUploadsResult>"
        ),
        format!(
            "<s3:ListMultipartUploadsResult xmlns:s3='x'>{}</s3:ListMultipartUploadsResult>",
            upload
                .replace("</", "</s3:")
                .replace("<U", "<s3:U")
                .replace("<K", "<s3:K")
        ),
        format!(
            "<ListMultipartUploadsResult><Tenant>t</Tenant><New><Key>no</Key><Upload/></New>{upload}</ListMultipartUploadsResult>"
        ),
        format!(
            "<ListMultipartUploadsResult>{}</ListMultipartUploadsResult>",
            upload.replace("<Key>", "<Deep><Key>other</Key></Deep><Key>")
        ),
    ];
    for document in documents {
        assert_eq!(
            agreed(document.as_bytes()).as_deref(),
            Ok(&["k".to_owned()][..]),
            "{document}"
        );
    }
}

#[test]
fn what_cannot_be_read_exactly_is_an_error() {
    let malformed = [
        page("&#0;"),
        page("&#xD800;"),
        page("&nbsp;"),
        page("a & b"),
        page("</Key><Key>").replace("</UploadId>", "</uploadid>"),
        "<ListMultipartUploadsResult>".to_owned(),
        "<ListMultipartUploadsResult><Upload></ListMultipartUploadsResult>".to_owned(),
        "<?xml version='1.0'?>".to_owned(),
        String::new(),
    ];
    for document in malformed {
        let read = agreed(document.as_bytes());
        assert!(
            matches!(read, Err(ReadError::Malformed(_))),
            "{document}: {read:?}"
        );
    }
    let not_utf8 = [page("a").as_bytes(), b"\xff"].concat();
    assert!(matches!(agreed(&not_utf8), Err(ReadError::Malformed(_))));
}

#[test]
fn another_root_is_never_an_empty_list() {
    for document in [
        "<html><p>",
        "<!DOCTYPE html><html>",
        "{}",
        "busy",
        "<ListPartsResult/>",
        "<Upload/>",
    ] {
        assert_eq!(
            agreed(document.as_bytes()),
            Err(ReadError::NotS3),
            "{document}"
        );
    }
    assert_eq!(
        agreed(b"<Error><Code>x</Code></Error>"),
        Err(ReadError::Refused)
    );
}

#[test]
fn a_document_cut_anywhere_is_an_error() {
    let whole = format!(
        "<?xml version=\"1.0\"?>\n{}",
        page("a&amp;b<![CDATA[c]]>")
            .replace("<Upload>", "<IsTruncated>false</IsTruncated><Upload>")
    );
    assert!(agreed(whole.as_bytes()).is_ok());
    for end in 0..whole.len() {
        let read = agreed(&whole.as_bytes()[..end]);
        assert!(
            matches!(read, Err(ReadError::Malformed(_))),
            "{}: {read:?}",
            &whole[..end]
        );
    }
}

#[test]
fn a_document_that_goes_on_after_its_end_is_an_error() {
    let empty = "<ListMultipartUploadsResult/>".to_owned();
    for whole in [page("k"), empty] {
        for behind in ["", "\n", "<!-- > -->", "<?x > ?> \n", "\0\0", " é日 "] {
            let read = agreed(format!("{whole}{behind}").as_bytes());
            assert!(read.is_ok(), "{behind}: {read:?}");
        }
        for behind in [&*page("l"), "<html>", " <p/>", "\n</x>", "<", "&nope;"] {
            let read = agreed(format!("{whole}{behind}").as_bytes());
            assert!(
                matches!(read, Err(ReadError::Malformed(_))),
                "{behind}: {read:?}"
            );
        }
    }
}

#[test]
fn elements_too_deep_in_each_other_are_no_document() {
    let nested = |levels: usize| {
        let (open, close) = ("<a>".repeat(levels), "</a>".repeat(levels));
        page("k").replace("<Upload>", &format!("{open}{close}<Upload>"))
    };
    assert_eq!(agreed(nested(60).as_bytes()).map(|keys| keys.len()), Ok(1));
    for levels in [65, 1_000] {
        let read = agreed(nested(levels).as_bytes());
        assert!(matches!(read, Err(ReadError::Malformed(_))), "{read:?}");
    }
}

#[test]
fn a_text_without_end_is_no_key() {
    let source = std::io::Cursor::new(page(&"x".repeat(9 << 20)).into_bytes());
    let mut long = uploads::LongPage::new(source);
    assert!(matches!(long.next(1_000), Err(ReadError::Malformed(_))));
    // Behind the end it is no text of anything.
    let padded = page("k") + &" ".repeat(9 << 20);
    let mut long = uploads::LongPage::new(std::io::Cursor::new(padded.into_bytes()));
    let (piece, is_last) = long.next(1_000).unwrap();
    assert_eq!((piece.entries.len(), is_last), (1, true));
}

proptest! {
    #[test]
    fn a_long_document_is_read_as_a_short_one(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..40),
        window in 1..80usize,
        piece in 1..4usize,
    ) {
        let body: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let document = format!("<ListMultipartUploadsResult>{body}</ListMultipartUploadsResult>");
        let whole = keys(document.as_bytes());
        let long = keys_of_long(document.as_bytes(), window, piece);
        match (&whole, &long) {
            (Err(ReadError::Malformed(_)), Err(ReadError::Malformed(_))) => {}
            _ => prop_assert_eq!(long, whole, "{}", document),
        }
    }
}

/// What documents are made of, in any order.
const PIECES: [&str; 22] = [
    "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>",
    "<Upload>",
    "</Upload>",
    "<Key>",
    "</Key>",
    "<s3:Key>",
    "</s3:Key>",
    "<Key/>",
    "<UploadId>2</UploadId>",
    "a>b",
    "é日",
    "&gt;&#x1;",
    "&amp",
    ";",
    " ",
    "<![CDATA[a>b]]>",
    "<![CDATA[",
    "]]>",
    "<!-- > -->",
    "<?x > ?>",
    "<New a='>'>",
    "</New>",
];

#[test]
fn odd_values_do_not_fail_a_page() {
    for (text, is) in [
        ("true", true),
        ("True", true),
        ("1", true),
        (" TRUE\n", true),
        ("false", false),
        ("", false),
    ] {
        assert_eq!(is_true(text), is, "{text:?}");
    }
}

#[test]
fn each_element_is_found_by_its_name_and_by_no_other() {
    for (name, tag) in Tag::ALL {
        assert_eq!(Tag::of(name), *tag);
        for other in [
            format!("{name}s"),
            name.to_lowercase(),
            name[1..].to_owned(),
        ] {
            assert_eq!(Tag::of(&other) == *tag, other == *name, "{other}");
        }
    }
    assert_eq!(Tag::of(""), Tag::Other);
    assert_eq!(Tag::of("DisplayName"), Tag::Other);
}

#[test]
fn the_text_of_a_root_is_read() {
    let text = |document: &str| root_text(document.as_bytes(), Tag::LocationConstraint);
    assert_eq!(
        text("<LocationConstraint>EU</LocationConstraint>").as_deref(),
        Ok("EU")
    );
    assert_eq!(text("<LocationConstraint/>").as_deref(), Ok(""));
    assert!(text("<LocationConstraint>EU").is_err());
}
