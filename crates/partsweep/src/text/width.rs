//! How wide text is on a terminal, and text that is made to fit.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Text of so many columns at most: cut in the middle, since what tells keys apart is often at their end.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if columns(text) <= most {
        return Cow::Borrowed(text);
    }
    let most = most.saturating_sub(1);
    let head = first(text.chars(), most - most / 2);
    let tail: Vec<char> = first(text.chars().rev(), most / 2);
    Cow::Owned(
        head.into_iter()
            .chain(['…'])
            .chain(tail.into_iter().rev())
            .collect(),
    )
}

fn first(chars: impl Iterator<Item = char>, most: usize) -> Vec<char> {
    let mut left = most;
    chars
        .take_while(|c| {
            let width = c.width().unwrap_or(0);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        })
        .collect()
}

/// Items one after the other, broken between them where a line would be wider than `width`: the first
/// line begins at column `at`, the others at `indent`. A comma stays at the end of its line, a dot between two
/// items goes. No width means one line.
pub(crate) fn flow(
    items: impl IntoIterator<Item = impl AsRef<str>>,
    joint: &str,
    at: usize,
    indent: usize,
    width: Option<usize>,
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
        let wide = columns(item);
        let needed = columns(joint) + wide + columns(end);
        if !is_first && width.is_some_and(|width| column + needed > width) {
            text.push_str(end);
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if !is_first {
            text.push_str(joint);
            column += columns(joint);
        }
        text.push_str(item);
        column += wide;
        is_first = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_cut_in_the_middle_to_columns_and_not_to_bytes() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("abcdefghij", 5), "ab…ij");
        assert_eq!(cut("abcdefghij", 6), "abc…ij");
        assert_eq!(cut("Überfährten/äöü", 7), "Übe…äöü");
        // Each of these takes two columns.
        assert_eq!(cut("写真写真写真", 8), "写真…真");
        assert!(columns(&cut("写真写真写真", 7)) <= 7);
        assert_eq!(cut("abc", 1), "…");
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
