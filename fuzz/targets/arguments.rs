//! What people type: an age or a size is read as what it says, or refused.
#![no_main]

use bytesize::ByteSize;
use libfuzzer_sys::fuzz_target;
use partsweep_core::parse_duration;

fuzz_target!(|text: &str| {
    let sum = seconds(text.trim()).filter(|sum| *sum <= 1_000 * 366 * 86_400);
    let read = parse_duration(text)
        .ok()
        .map(|duration| i128::from(duration.as_secs()));
    assert_eq!(read, sum);
    // As `--min-size` and `--max-bytes` read it.
    let size = text.parse::<ByteSize>().ok().map(|size| size.as_u64());
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(size, text.parse().ok(), "bytes");
    }
});

/// Numbers with units, added up without a limit.
fn seconds(text: &str) -> Option<i128> {
    let mut sum: i128 = 0;
    let mut number = None;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(
                number
                    .unwrap_or(0_i128)
                    .checked_mul(10)?
                    .checked_add(i128::from(digit))?,
            );
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        sum = sum.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    (!text.is_empty() && number.is_none()).then_some(sum)
}
