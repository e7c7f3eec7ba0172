//! Text from a server made harmless for a terminal and for CSV (law 9).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character can change what a terminal shows, hide, or reorder other text.
pub fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'          // C0, DEL, C1: escape sequences, newlines
        | '\u{ad}' | '\u{34f}' | '\u{61c}'         // soft hyphen, grapheme joiner, Arabic mark
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' // blank fillers
        | '\u{180b}'..='\u{180f}'                  // Mongolian selectors
        | '\u{200b}'..='\u{200f}'                  // zero width, direction marks
        | '\u{2028}'..='\u{202e}'                  // line and paragraph separators, bidi embedding
        | '\u{2060}'..='\u{206f}'                  // word joiner, bidi isolates, deprecated controls
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'     // variation selectors, byte order mark
        | '\u{fff9}'..='\u{fffb}'                  // interlinear annotation
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' // not characters
        | '\u{13430}'..='\u{1345f}'                // Egyptian format controls
        | '\u{1bca0}'..='\u{1bca3}'                // shorthand format controls
        | '\u{1d173}'..='\u{1d17a}'                // musical format controls
        | '\u{e0000}'..='\u{e0fff}'                // tags, invisible
    )
}

/// Where the first [dangerous](is_dangerous) character of a text is.
///
/// As `text.find(is_dangerous)`, but nearly all text is ASCII, and of ASCII only bytes need looking
/// at: every line of a report comes through here, and character by character it was 41 % of the
/// instructions of a listing.
pub fn find_dangerous(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        from = behind_plain::<32>(bytes, from);
        from = behind_plain::<8>(bytes, from);
        from += bytes[from..].iter().position(|byte| !is_plain(*byte))?;
        let at = text[from..].chars().next()?;
        if is_dangerous(at) {
            return Some(from);
        }
        from += at.len_utf8();
    }
}

/// Whether a byte is a harmless character by itself.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Goes on from a place by whole chunks of plain bytes. A chunk is looked at without a branch for each
/// byte, so all of it at once.
fn behind_plain<const CHUNK: usize>(bytes: &[u8], mut from: usize) -> usize {
    while let Some(chunk) = bytes.get(from..from + CHUNK)
        && chunk
            .iter()
            .fold(true, |plain, byte| plain & is_plain(*byte))
    {
        from += CHUNK;
    }
    from
}

/// Escapes text for a terminal: what is dangerous shows as `\n`, `\x1b` or `\u{202e}`.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    if find_dangerous(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if !is_dangerous(c) => safe.push(c),
            // Writing to a String does not fail.
            c if c.is_ascii() => drop(write!(safe, "\\x{:02x}", u32::from(c))),
            c => drop(write!(safe, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(safe)
}

/// Quotes text as one word for a POSIX shell: plain words as they are, else in single quotes, with
/// control characters in the `$'…'` of bash, zsh and ksh.
pub fn for_shell(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | ':' | '.' | '-' | '_' | '@' | '%' | '+' | ',')
    };
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    if !text.chars().any(is_dangerous) {
        return Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")));
    }
    let mut word = String::from("$'");
    for c in text.chars() {
        match c {
            '\\' | '\'' => word.extend(['\\', c]),
            c if !is_dangerous(c) => word.push(c),
            // Writing to a String does not fail. Byte by byte: `\u` depends on the locale.
            c => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

/// Makes a text cell harmless for a spreadsheet, and for a terminal that shows the file.
///
/// What could start a formula (`=`, `+`, `-`, `@`) gets an apostrophe in front (OWASP, "CSV injection"): at
/// the start of the cell, also behind spaces, and behind every character that a spreadsheet may take for the
/// end of a cell. The comma is only its usual choice: where `;` separates, `a;=1+1;b` is three cells. The
/// exact text is in the JSON formats.
pub fn for_csv(text: &str) -> Cow<'_, str> {
    let safe = for_terminal(text);
    let starts_formula = text.trim_start().chars().next().is_some_and(begins_formula);
    let starts_control = text.starts_with(['\t', '\r', '\n']);
    let starts = starts_formula || starts_control;
    if !starts && !formulas_inside(&safe).any(|_| true) {
        return safe;
    }
    let mut cell = String::with_capacity(safe.len() + 8);
    if starts {
        cell.push('\'');
    }
    let mut from = 0;
    for at in formulas_inside(&safe) {
        cell.push_str(&safe[from..at]);
        cell.push('\'');
        from = at;
    }
    cell.push_str(&safe[from..]);
    Cow::Owned(cell)
}

fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Where a formula would begin if what stands before it ended a cell. `a - b` is no formula, and many keys
/// have that.
fn formulas_inside(text: &str) -> impl Iterator<Item = usize> {
    let behind = text.char_indices().skip(1);
    text.chars()
        .zip(behind)
        .filter_map(move |(before, (at, c))| {
            let is_dash = before == ' ' && text[at + c.len_utf8()..].starts_with(' ');
            let begins = begins_formula(c) && may_separate(before, &text[..at]) && !is_dash;
            begins.then_some(at)
        })
}

/// Whether a character that was made harmless for a terminal may end a cell: white space, and punctuation
/// but for what joins words. A tab is `\t` by now.
fn may_separate(c: char, until: &str) -> bool {
    let joins = matches!(
        c,
        '/' | '\\' | '.' | '_' | '-' | '+' | '=' | '@' | '%' | '~' | '(' | ')' | '\''
    );
    c.is_whitespace() || (c.is_ascii_punctuation() && !joins) || until.ends_with("\\t")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        for text in ["backup 2026/a+b%20.tar", "日本語/é", "C:\\dir", "🎬.mkv"] {
            assert!(matches!(for_terminal(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn a_shell_sees_one_word() {
        assert_eq!(for_shell("s3://b/a+b%20.tar"), "s3://b/a+b%20.tar");
        assert_eq!(for_shell("a b"), "'a b'");
        assert_eq!(for_shell("$(rm -rf ~)"), "'$(rm -rf ~)'");
        assert_eq!(for_shell("it's"), r"'it'\''s'");
        assert_eq!(for_shell("a\n'b\\"), r"$'a\x0a\'b\\'");
        assert_eq!(for_shell(""), "''");
    }

    #[test]
    fn an_escape_sequence_cannot_clear_the_screen_or_set_the_clipboard() {
        assert_eq!(for_terminal("a\x1b[2Jb"), "a\\x1b[2Jb");
        assert_eq!(
            for_terminal("\x1b]52;c;ZXZpbA==\x07"),
            "\\x1b]52;c;ZXZpbA==\\x07"
        );
        assert_eq!(for_terminal("\u{9b}2J"), "\\u{9b}2J");
    }

    #[test]
    fn a_newline_cannot_forge_a_row() {
        assert_eq!(for_terminal("a\r\nTotal: 0 B"), "a\\r\\nTotal: 0 B");
        assert_eq!(for_terminal("a\u{2028}b"), "a\\u{2028}b");
    }

    #[test]
    fn bidi_and_zero_width_characters_cannot_disguise_a_name() {
        assert_eq!(
            for_terminal("invoice\u{202e}fdp.exe"),
            "invoice\\u{202e}fdp.exe"
        );
        assert_eq!(for_terminal("a\u{200b}b"), "a\\u{200b}b");
        assert_eq!(for_terminal("\u{e0041}"), "\\u{e0041}");
    }

    #[test]
    fn no_separator_makes_a_formula_of_what_is_inside_a_cell() {
        assert_eq!(for_csv("a;=1+1;b"), "a;'=1+1;b");
        assert_eq!(for_csv("a\t=1+1\tb"), "a\\t'=1+1\\tb");
        assert_eq!(for_csv("=1;=1"), "'=1;'=1");
        for separator in [
            ";", "|", ",", ":", " ", "^", "#", "!", ";\"", "; ", ";\u{a0}",
        ] {
            for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"] {
                let cell = format!("a{separator}{formula}{separator}b");
                let safe = for_csv(&cell).into_owned();
                let expected = format!("a{separator}'{formula}{separator}b");
                assert_eq!(safe, expected);
            }
        }
    }

    #[test]
    fn a_cell_cannot_start_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "＝1"] {
            assert!(for_csv(text).starts_with('\''), "{text}");
        }
        assert_eq!(for_csv("a=1"), "a=1");
        for text in ["a - b", "2026-11-28/a+b", "x=1&y=2", "me@host", "a/-b"] {
            assert_eq!(for_csv(text), text);
        }
        assert_eq!(for_csv("x\x1b[m"), "x\\x1b[m");
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_ever_left(text in any::<String>()) {
            prop_assert!(!for_terminal(&text).chars().any(is_dangerous));
            prop_assert!(!for_csv(&text).chars().any(is_dangerous));
        }

        #[test]
        fn the_first_dangerous_character_is_found(text in any::<String>(), ascii in "[ -~]{0,9}[\0-\x7f]{0,9}") {
            for text in [&text, &ascii, &format!("{ascii}{text}"), &format!("{text}{ascii}")] {
                prop_assert_eq!(find_dangerous(text), text.find(is_dangerous));
            }
        }
    }
}
