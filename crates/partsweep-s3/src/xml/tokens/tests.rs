//! What is read here is what quick-xml reads.

use proptest::prelude::*;

use super::*;

/// A document's tokens by quick-xml alone, and whether it could be read to its end. Pieces of text that
/// follow each other are one, however they are cut.
fn by_quick_xml(document: &str) -> (Vec<String>, bool) {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_comments = true;
    let mut tokens = Vec::new();
    loop {
        let Ok(event) = reader.read_event() else {
            return (tokens, false);
        };
        // What quick-xml forgives, and no XML may have.
        if matches!(&event, Event::Start(tag) | Event::Empty(tag) if tag.contains('<')) {
            return (tokens, false);
        }
        let token = match event {
            Event::Start(start) => Token::Start(local(start.name().as_ref()).to_owned().leak()),
            Event::Empty(start) => Token::Empty(local(start.name().as_ref()).to_owned().leak()),
            Event::End(_) => Token::End,
            Event::Text(text) => Token::Text(text.into_inner()),
            Event::CData(text) => Token::Marked(text.into_inner()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Ok(character) => Token::Char(character),
                Err(_) => return (tokens, false),
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Token::Nothing,
            Event::Eof => return (tokens, true),
        };
        tokens.push(format!("{token:?}"));
    }
}

fn here(document: &str) -> (Vec<String>, bool) {
    let mut reader = Tokens::new(document);
    let mut tokens = Vec::new();
    loop {
        match reader.next() {
            Ok(Token::Eof) => return (tokens, true),
            Ok(token) => tokens.push(format!("{token:?}")),
            Err(_) => return (tokens, false),
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "<Upload>",
        "</Upload>",
        "<Key>",
        "</Key>",
        "<ID>",
        "</ID>",
        "<Key/>",
        "<Key />",
        "<a:Key>",
        "</a:Key>",
        "<Key x=\"a>b\">",
        "<Key\n>",
        "</Key >",
        "</Key\t>",
        "</ Key>",
        "<Ké>",
        "</Ké>",
        "<a-b>",
        "</a-b>",
        "<a:b:c>",
        "</a:b:c>",
        "<>",
        "</>",
        "< Key>",
        "<Key",
        "</Key",
        "<",
        "</",
        "&",
        "&amp;",
        "&lt;",
        "&#x1;",
        "&#65;",
        "&#xD;",
        "&odd;",
        "&;",
        ";",
        "]]>",
        "<![CDATA[a<b&c]]>",
        "<![CDATA[",
        "<!-- a<b -->",
        "<!--",
        "-->",
        "<?xml version=\"1.0\"?>",
        "<?",
        "<!DOCTYPE a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "\u{feff}",
        " ",
        "\n",
        "\r\n",
        "\u{0}",
        "\u{1b}",
        "é",
        "\u{1f600}",
        "a",
        "abc/def 1.gz",
        "2026-11-25T22:34:25.000Z",
        "\"",
        ">",
        "/>",
    ];
    prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Elements in elements, as deep as they come.
fn well_formed() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(
        &[
            "a",
            "é",
            "&amp;",
            "&#10;",
            "<Key/>",
            "<!-- -->",
            "<![CDATA[<]]>",
            "",
        ][..],
    );
    leaf.prop_map(str::to_owned)
        .prop_recursive(5, 40, 6, |inner| {
            let name = proptest::sample::select(&["Upload", "Key", "ns:Key", "a-b"][..]);
            let space = proptest::sample::select(&["", " "][..]);
            (name, space, prop::collection::vec(inner, 0..6)).prop_map(|(name, space, inner)| {
                format!("<{name}{space}>{}</{name}{space}>", inner.concat())
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_pieces_are_read_as_quick_xml_reads_them(pieces in prop::collection::vec(piece(), 0..24)) {
        let document = pieces.concat();
        // It takes a byte order mark away, here and there alike.
        let document = document.trim_start_matches('\u{feff}');
        prop_assert_eq!(here(document), by_quick_xml(document));
    }

    #[test]
    fn elements_in_elements_are_read_as_quick_xml_reads_them(document in well_formed()) {
        let read = here(&document);
        prop_assert!(read.1);
        prop_assert_eq!(read, by_quick_xml(&document));
    }
}

#[test]
fn an_element_ends_that_is_not_the_innermost() {
    let mut tokens = Tokens::new("<Upload><Key></Upload></Key>");
    let _ = (tokens.next(), tokens.next());
    let error = tokens.next().unwrap_err();
    let text = "the XML can't be parsed: `</Upload>` ends `<Key>`";
    assert_eq!(error, ReadError::Malformed(text.to_owned()));
}
