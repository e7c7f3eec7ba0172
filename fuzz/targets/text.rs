//! Names made harmless: for a terminal, a spreadsheet, a shell.
#![no_main]

use libfuzzer_sys::fuzz_target;
use partsweep_core::escape::{for_csv, for_shell, for_terminal, is_dangerous};

fuzz_target!(|text: &str| {
    let (shown, cell, word) = (for_terminal(text), for_csv(text), for_shell(text));
    for safe in [&shown, &cell, &word] {
        assert!(!safe.chars().any(is_dangerous), "{safe:?}");
    }
    assert_eq!(
        for_terminal(&shown),
        shown,
        "what is harmless stays as it is"
    );
    let start = cell.trim_start().chars().next();
    assert!(
        !matches!(
            start,
            Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
        ),
        "{cell:?}"
    );
    if !text.contains('\0') {
        assert_eq!(unquote(&word), Some(text.as_bytes().to_vec()), "{word:?}");
    }
});

/// What bash makes of one word; `None` if it is not one, or if anything else would happen.
fn unquote(word: &str) -> Option<Vec<u8>> {
    let mut bytes = word.bytes().peekable();
    let mut out = Vec::new();
    if word.is_empty() {
        return None;
    }
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' => loop {
                match bytes.next()? {
                    b'\'' => break,
                    other => out.push(other),
                }
            },
            b'\\' => out.push(bytes.next()?),
            b'$' if bytes.next_if_eq(&b'\'').is_some() => loop {
                match bytes.next()? {
                    b'\'' => break,
                    b'\\' => match bytes.next()? {
                        b'x' => {
                            let mut digits = String::new();
                            // Bash takes at most two.
                            while let Some(digit) =
                                bytes.next_if(|b| digits.len() < 2 && b.is_ascii_hexdigit())
                            {
                                digits.push(char::from(digit));
                            }
                            out.push(u8::from_str_radix(&digits, 16).ok()?);
                        }
                        plain @ (b'\\' | b'\'') => out.push(plain),
                        _ => return None,
                    },
                    other => out.push(other),
                }
            },
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte),
            b'/' | b':' | b'.' | b'-' | b'_' | b'@' | b'%' | b'+' | b',' => out.push(byte),
            _ => return None,
        }
    }
    Some(out)
}
