//! Decimal fractions as they stand in price lists, exactly. `build.rs` reads them with this file, too.

/// Places behind the point: AWS's price list has 10.
const PLACES: usize = 12;

/// The number in units of 10^-12. None if the text is no plain decimal number, has too many places, or is too large.
pub(crate) fn pico(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    let is_number = text.contains(|c: char| c.is_ascii_digit());
    if !is_number || !is_digits(whole) || !is_digits(fraction) || fraction.len() > PLACES {
        return None;
    }
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse::<u128>().ok(),
    };
    let whole = number(whole)?.checked_mul(10_u128.pow(PLACES as u32))?;
    let scale = 10_u128.pow((PLACES - fraction.len()) as u32);
    whole.checked_add(number(fraction)?.checked_mul(scale)?)
}
