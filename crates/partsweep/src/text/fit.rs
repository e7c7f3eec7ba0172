//! Text in the columns of a terminal: how wide it is, and what is shown of it where it is too wide.

use std::borrow::Cow;
use std::fmt::Write as _;

use partsweep_core::escape;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Stands for what was left out.
const ELLIPSIS: &str = "…";

/// The columns that harmless text takes.
pub(crate) fn width(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        // One by one: terminals put no two of them together, whatever the script.
        false => text.graphemes(true).map(UnicodeWidthStr::width).sum(),
    }
}

/// Text from a store, made harmless (law 9); where it is wider than `room`, the middle is left out, since
/// names begin with a folder and end with what tells them apart.
pub(crate) fn middle(text: &str, room: Option<usize>) -> Cow<'_, str> {
    let whole = escape::for_terminal(text);
    let Some(room) = room.filter(|room| width(&whole) > *room) else {
        return whole;
    };
    let left = room.saturating_sub(1);
    let head = pieces(text.graphemes(true), left.div_ceil(2));
    let mut tail = pieces(text.graphemes(true).rev(), left / 2);
    tail.reverse();
    Cow::Owned(format!("{}{ELLIPSIS}{}", head.concat(), tail.concat()))
}

/// The first characters that fit into `room`. One that is escaped is not cut either: a piece of its escape
/// would be other text.
fn pieces<'a>(graphemes: impl Iterator<Item = &'a str>, room: usize) -> Vec<Cow<'a, str>> {
    let mut used = 0;
    let mut pieces = Vec::new();
    for piece in graphemes.map(escape::for_terminal) {
        used += width(&piece);
        if used > room {
            break;
        }
        pieces.push(piece);
    }
    pieces
}

/// Harmless text with spaces behind it, up to `columns`.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    format!("{text}{:spaces$}", "")
}

/// Harmless text in lines of at most `room` columns, broken between words where that is possible. All
/// lines but the first begin with `indent` spaces; for them there is room in front of the first as well.
pub(crate) fn wrapped(text: &str, room: Option<usize>, indent: usize) -> String {
    let Some(room) = room.filter(|room| width(text) + indent > *room) else {
        return text.to_owned();
    };
    let room = room.saturating_sub(indent).max(1);
    let mut lines = String::with_capacity(text.len() + 16);
    let mut used = 0;
    let begin_line = |lines: &mut String| {
        // Writing to a String does not fail.
        let _ = write!(lines, "\n{:indent$}", "");
    };
    for word in text.split(' ') {
        let columns = width(word);
        if used > 0 && used + 1 + columns <= room {
            lines.push(' ');
            used += 1;
        } else if used > 0 {
            begin_line(&mut lines);
            used = 0;
        }
        if columns <= room {
            lines.push_str(word);
            used += columns;
            continue;
        }
        for piece in word.graphemes(true) {
            let columns = width(piece);
            if used + columns > room && used > 0 {
                begin_line(&mut lines);
                used = 0;
            }
            lines.push_str(piece);
            used += columns;
        }
    }
    lines
}

/// Harmless pieces with this between them, in lines of at most `room` columns, broken between pieces
/// where that is possible. All lines but the first begin with `indent` spaces, for which there is room
/// in front of the first as well.
pub(crate) fn joined<'a>(
    pieces: impl IntoIterator<Item = &'a str>,
    between: &str,
    room: Option<usize>,
    indent: usize,
) -> String {
    let (mut lines, mut used) = (String::new(), 0);
    // What is between two pieces may be the end of a line.
    let (end, gap) = between.split_at(between.trim_end().len());
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let behind = pieces.peek().map_or("", |_| end);
        let text = wrapped(&format!("{piece}{behind}"), room, indent);
        let columns = used + width(gap) + width(&text);
        if used > 0 && room.is_some_and(|room| indent + columns > room) {
            // Writing to a String does not fail.
            let _ = write!(lines, "\n{:indent$}", "");
            used = 0;
        } else if used > 0 {
            lines.push_str(gap);
            used += width(gap);
        }
        lines.push_str(&text);
        used = match text.rsplit_once('\n') {
            Some((_, last)) => width(last) - indent,
            None => used + width(&text),
        };
    }
    lines
}

/// Store, account and key in lines of at most `room` columns, the first of which begins behind `indent` spaces: broken
/// between them, and between words where one alone is wider.
pub(crate) fn place(place: &str, indent: usize, room: Option<usize>) -> String {
    let text = flow(place.split(" · "), " · ", indent, indent + 2, room);
    let lines = text.lines().enumerate().map(|(number, line)| {
        let words = line.trim_start();
        let before = line.len() - words.len();
        let at = if number == 0 { indent } else { before };
        format!("{:before$}{}", "", wrapped(words, room, at))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Items one after the other, broken between them where a line would be wider than `room`: the first
/// line begins at column `at`, the others at `indent`. A comma stays at the end of its line, a dot between two
/// items goes. No width means one line.
pub(crate) fn flow(
    items: impl IntoIterator<Item = impl AsRef<str>>,
    joint: &str,
    at: usize,
    indent: usize,
    room: Option<usize>,
) -> String {
    let end = if joint.starts_with(' ') {
        ""
    } else {
        joint.trim_end()
    };
    let mut text = String::new();
    let mut column = at;
    let mut is_first = true;
    for item in items {
        let item = item.as_ref();
        let wide = width(item);
        let needed = width(joint) + wide + width(end);
        if !is_first && room.is_some_and(|room| column + needed > room) {
            text.push_str(end);
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if !is_first {
            text.push_str(joint);
            column += width(joint);
        }
        text.push_str(item);
        column += wide;
        is_first = false;
    }
    text
}

/// What commands begin with that are to be copied.
const COMMANDS: [&str; 2] = ["partsweep ", "aws "];

/// A harmless message in lines of at most `room` columns, of which the first has `before` columns taken. It is
/// broken between words, but not within `quotes` and within a command at its end: both are copied.
pub(crate) fn message(text: &str, before: usize, room: Option<usize>) -> String {
    let mut pieces: Vec<&str> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_command = pieces.last().is_some_and(|last| last.ends_with(':'))
            && COMMANDS.iter().any(|name| rest.starts_with(name));
        let mut is_quoted = false;
        let space = rest.find(|c| {
            is_quoted ^= c == '`';
            c == ' ' && !is_quoted
        });
        let end = space.filter(|_| !is_command).unwrap_or(rest.len());
        let (piece, more) = rest.split_at(end);
        pieces.push(piece);
        rest = more.strip_prefix(' ').unwrap_or(more);
    }
    flow(pieces, " ", before, 2, room)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_place_is_broken_between_its_parts_and_then_between_words() {
        let whole = "Amazon S3 at http://127.0.0.1:34567 · profile default · account 1";
        assert_eq!(place(whole, 0, None), whole);
        assert_eq!(
            place(whole, 0, Some(40)),
            "Amazon S3 at http://127.0.0.1:34567\n  profile default · account 1"
        );
        assert_eq!(
            place(whole, 2, Some(32)),
            "Amazon S3 at\n  http://127.0.0.1:34567\n    profile default · account 1"
        );
    }

    use super::*;

    #[test]
    fn keys_are_cut_in_the_middle_to_the_columns_that_there_are() {
        let key = "2025/Ferien in der Bretagne/Überfahrt.mp4";
        assert_eq!(middle(key, None), key);
        assert_eq!(middle(key, Some(41)), key);
        assert_eq!(
            middle(key, Some(40)),
            "2025/Ferien in der B…tagne/Überfahrt.mp4"
        );
        for room in 1..=41 {
            assert!(width(&middle(key, Some(room))) <= room, "{room}");
        }
        assert_eq!(middle(key, Some(1)), "…");
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_stay_with_their_letters() {
        assert_eq!(width("2026/誕生日.mov"), 15);
        assert_eq!(middle("誕生日誕生日", Some(8)), "誕生…日");
        assert_eq!(middle("誕生日誕生日", Some(9)), "誕生…生日");
        let marks = "e\u{301}".repeat(20);
        assert_eq!(width(&marks), 20);
        let cut = middle(&marks, Some(5));
        assert_eq!(cut, "e\u{301}e\u{301}…e\u{301}e\u{301}");
        // A flag is two characters; a hundred marks are one column.
        assert_eq!(middle(&"🇫🇷".repeat(6), Some(7)), "🇫🇷…🇫🇷");
        let tower = format!("a{}b", "\u{300}".repeat(100));
        assert_eq!(middle(&tower, Some(2)), tower);
    }

    #[test]
    fn escapes_are_never_cut() {
        let hostile = "\x1b[2J\u{202e}".repeat(10);
        for room in 1..60 {
            let cut = middle(&hostile, Some(room));
            assert!(width(&cut) <= room, "{room}: {cut}");
            let rest = cut.replace("\\x1b[2J", "").replace("\\u{202e}", "");
            let whole = ["…", "\\x1b…", "\\x1b[…", "\\x1b[2…"];
            let ends = ["…", "…J", "…2J", "…[2J"];
            let is_cut = whole.iter().any(|head| {
                let tail = rest.strip_prefix(head.trim_end_matches('…'));
                tail.is_some_and(|tail| ends.contains(&tail))
            });
            assert!(is_cut, "{room}: {cut} {rest}");
        }
    }

    #[test]
    fn sentences_break_between_words_and_long_words_anywhere() {
        let text = "denied: could not list uploads";
        assert_eq!(wrapped(text, None, 4), text);
        assert_eq!(wrapped(text, Some(34), 4), text);
        assert_eq!(
            wrapped(text, Some(20), 4),
            "denied: could\n    not list uploads"
        );
        assert_eq!(wrapped("a bbbbbbb c", Some(4), 1), "a\n bbb\n bbb\n b c");
        let place = ["Amazon S3", "profile default", "account 1"];
        assert_eq!(
            joined(place, " · ", Some(29), 0),
            "Amazon S3 · profile default ·\naccount 1"
        );
        assert_eq!(joined(place, " · ", None, 0), place.join(" · "));
        let reasons = ["1 active", "2 small"];
        assert_eq!(joined(reasons, ", ", Some(19), 2), "1 active, 2 small");
        assert_eq!(joined(reasons, ", ", Some(18), 2), "1 active,\n  2 small");
    }

    #[test]
    fn messages_are_broken_between_words_and_not_in_what_is_copied() {
        let text = "settle it now: partsweep apply --resume --journal x";
        assert_eq!(message(text, 6, None), text);
        assert_eq!(
            message(text, 6, Some(20)),
            "settle it now:\n  partsweep apply --resume --journal x"
        );
        let quoted = "no key starts with `a b c d e f g h`, sorry";
        assert_eq!(
            message(quoted, 9, Some(30)),
            "no key starts with\n  `a b c d e f g h`, sorry"
        );
        assert_eq!(message("", 0, Some(4)), "");
    }

    #[test]
    fn what_does_not_fit_goes_to_the_next_line() {
        let flowed = |width| flow(["aaa", "bbb", "ccc"], ", ", 0, 2, width);
        assert_eq!(flowed(None), "aaa, bbb, ccc");
        assert_eq!(flowed(Some(80)), "aaa, bbb, ccc");
        assert_eq!(flowed(Some(10)), "aaa, bbb,\n  ccc");
        assert_eq!(flowed(Some(4)), "aaa,\n  bbb,\n  ccc");
        assert_eq!(flow(["x"], " ", 0, 0, Some(0)), "x");
        assert_eq!(flow(["aaa", "bbb"], " · ", 0, 2, Some(8)), "aaa\n  bbb");
        assert_eq!(flow(["aaa", "bbb"], " · ", 0, 2, Some(9)), "aaa · bbb");
    }
}
