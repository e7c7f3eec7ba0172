//! Listings that are made up, half of them spoiled. The same number makes the same one.

use fastrand::Rng;

use super::written::{Kind, Writer};

/// What a reader may make of a document that is not valid XML.
#[derive(Debug, Clone)]
pub(super) enum Spoiled {
    /// Nothing: it is an error.
    Error,
    /// An error, or what is in this one, which differs only in what is forgiven.
    Like(String),
    /// Anything but more entries than are there.
    AtMost(usize),
}

/// A document, and what counts if it is not valid.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) document: Vec<u8>,
    pub(super) spoiled: Spoiled,
}

/// Makes the document of this number.
pub(super) fn make(number: u64) -> Made {
    let mut rng = Rng::with_seed(number);
    let kind = [Kind::Uploads, Kind::Parts, Kind::Buckets, Kind::Versions][rng.usize(..4)];
    let document = Writer::write(kind, &mut rng);
    let (document, spoiled) = match rng.bool() {
        true => (document.into_bytes(), Spoiled::Error),
        false => spoil(document, &mut rng),
    };
    Made {
        kind,
        document,
        spoiled,
    }
}

/// How many entries a document could have at most: elements of their names, wherever they are.
fn most_entries(document: &str) -> usize {
    let names = ["Upload", "Part", "Bucket", "Version", "DeleteMarker"];
    let begins = |at: usize| {
        let rest = &document[at..];
        names.iter().any(|name| rest.starts_with(name))
    };
    let indices = document.char_indices();
    indices.filter(|(at, _)| begins(*at)).count()
}

fn spoil(document: String, rng: &mut Rng) -> (Vec<u8>, Spoiled) {
    let ends = ["</List", "</s3:List"].map(|end| document.rfind(end));
    let root_end = ends.into_iter().flatten().max().unwrap_or(0);
    let with = |at: usize, text: &str| format!("{}{text}{}", &document[..at], &document[at..]);
    // Within the root, and not in an attribute, which ours does not look into.
    let root = document.find("xmlns").unwrap_or(0);
    let tags = document[root..root_end].match_indices('>');
    let tags = tags.map(|(at, _)| root + at + 1);
    let tags = tags.filter(|at| !document[..*at].ends_with("x>"));
    let behind_a_tag = rng.choice(tags.collect::<Vec<_>>()).unwrap_or(root_end);
    let (spoiled, expected) = match rng.u8(..12) {
        0 => {
            let bytes = document.as_bytes()[..rng.usize(..=root_end)].to_vec();
            return (bytes, Spoiled::Error);
        }
        1 => {
            let mut bytes = document.into_bytes();
            bytes.insert(rng.usize(..=bytes.len()), 0xff);
            return (bytes, Spoiled::Error);
        }
        2 => {
            let end = end_tag(&document, rng);
            (document.replacen(&end, "", 1), Spoiled::Error)
        }
        3 => {
            let end = end_tag(&document, rng);
            (document.replacen(&end, "</Other>", 1), Spoiled::Error)
        }
        4 => {
            let texts = [
                "&nope;",
                "&",
                "&#0;",
                "&#;",
                "</x>",
                "<",
                "<x>",
                "<!--",
                "<![CDATA[",
            ];
            let text = texts[rng.usize(..texts.len())];
            (with(behind_a_tag, text), Spoiled::Error)
        }
        5 => {
            let root = document.find("<List").unwrap_or(0);
            (format!("{document}{}", &document[root..]), Spoiled::Error)
        }
        6 => {
            // A quote that opens in one tag and closes in another would swallow all between them. Within one
            // tag it is forgiven: attributes are not read.
            let mut text = document.clone();
            for _ in 0..2 {
                let at = root + behind_any(&text[root..=root_end], ">", rng);
                text.insert_str(at - 1, " a='");
            }
            (text, Spoiled::Like(document))
        }
        7 => {
            // Forbidden in XML, and in keys: only as a reference that XML forbids, too, or raw.
            let written = ["\u{1}", "&#1;", "&#x1F;"][rng.usize(..3)];
            let like = if written == "&#x1F;" {
                "\u{e01f}"
            } else {
                "\u{e001}"
            };
            let like = with(behind_a_tag, like);
            (with(behind_a_tag, written), Spoiled::Like(like))
        }
        8 => {
            let like = document.clone();
            let text = ["]]>", " junk", "\0"][rng.usize(..3)];
            (format!("{document}{text}"), Spoiled::Like(like))
        }
        9 => {
            // A prefix that nothing explains.
            let like = document.clone();
            (
                document.replace(" xmlns:s3=", " other="),
                Spoiled::Like(like),
            )
        }
        10 => {
            let like = document.clone();
            let twice = " a='1' a='2'";
            let name = behind_any(&document, "<Key", rng);
            let is_name = document[name..].starts_with(['>', ' ', '/']);
            let at = if is_name { name } else { document.len() };
            (
                with(at, if is_name { twice } else { "" }),
                Spoiled::Like(like),
            )
        }
        _ => {
            let mut text = document;
            for _ in 0..rng.usize(1..4) {
                let at = boundary(&text, rng);
                match rng.u8(..3) {
                    0 if at < text.len() => drop(text.remove(at)),
                    1 => {
                        let from = boundary(&text, rng);
                        let to = boundary(&text, rng);
                        let piece = text[from.min(to)..from.max(to)].to_owned();
                        text.insert_str(at, &piece);
                    }
                    _ => text.insert(
                        at,
                        ['<', '>', '&', '/', '\'', '"', '=', ' ', ';'][rng.usize(..9)],
                    ),
                }
            }
            let most = most_entries(&text);
            (text, Spoiled::AtMost(most))
        }
    };
    (spoiled.into_bytes(), expected)
}

/// Behind one of the places where this stands; the end if it stands nowhere.
fn behind_any(text: &str, what: &str, rng: &mut Rng) -> usize {
    let places: Vec<usize> = text.match_indices(what).map(|(at, _)| at).collect();
    let place = rng.choice(places).map(|at| at + what.len());
    place.unwrap_or(text.len())
}

fn boundary(text: &str, rng: &mut Rng) -> usize {
    text.floor_char_boundary(rng.usize(..=text.len()))
}

/// One of the end tags, as it is written.
fn end_tag(text: &str, rng: &mut Rng) -> String {
    let begin = behind_any(text, "</", rng) - 2;
    let rest = &text[begin..];
    rest[..=rest.find('>').unwrap_or(0)].to_owned()
}
