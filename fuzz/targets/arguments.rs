//! What people type: an age or a size is read as what it says, or refused.
#![no_main]

use bytesize::ByteSize;
use libfuzzer_sys::fuzz_target;
use partsweep_core::parse_duration;

/// What `parse_duration` allows at most.
const LONGEST: f64 = 1_000.0 * 366.0 * 86_400.0;

fuzz_target!(|text: &str| {
    let read = parse_duration(text).ok().map(|age| age.as_secs());
    match seconds(text).filter(|sum| *sum <= LONGEST) {
        // Never less than was asked for, and less than a second more; a sum that is next to nothing is lost beside it.
        Some(sum) => {
            let read = read.unwrap_or_else(|| panic!("{text:?} is {sum} s"));
            assert!(
                (sum..=sum + 1.0).contains(&(read as f64)),
                "{text:?}: {read}"
            );
        }
        None => assert_eq!(read, None, "{text:?}"),
    }
    // As `--min-size` and `--max-bytes` read it.
    let size = text.parse::<ByteSize>().ok().map(|size| size.as_u64());
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(size, text.parse().ok(), "bytes");
    }
});

/// Numbers with units, added up without a limit; read character by character.
fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 5] = [
        ("s sec secs second seconds", 1.0),
        ("m min mins minute minutes", 60.0),
        ("h hr hrs hour hours", 3_600.0),
        ("d day days", 86_400.0),
        ("w week weeks", 604_800.0),
    ];
    let mut rest: Vec<char> = text.trim().chars().rev().collect();
    if text.trim() == "0" {
        return Some(0.0);
    }
    let mut take = |allowed: fn(char) -> bool| {
        let mut taken = String::new();
        while let Some(c) = rest.pop_if(|c| allowed(*c)) {
            taken.push(c);
        }
        taken
    };
    let mut sum = None;
    loop {
        let number = take(|c| c.is_ascii_digit() || c == '.');
        if number.is_empty() {
            let is_over = take(|_| true).is_empty();
            return sum.filter(|_| is_over);
        }
        let (whole, part) = number.split_once('.').unwrap_or((&number, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) {
            return None;
        }
        take(char::is_whitespace);
        let unit = take(|c| c.is_ascii_alphabetic());
        take(char::is_whitespace);
        // A minute or a month.
        if unit == "M" {
            return None;
        }
        let unit = unit.to_lowercase();
        let (_, each) = UNITS
            .iter()
            .find(|(names, _)| names.split(' ').any(|name| name == unit))?;
        sum = Some(sum.unwrap_or(0.0) + number.parse::<f64>().ok()? * each);
    }
}
