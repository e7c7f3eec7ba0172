//! Decimal fractions as they stand in price lists, exactly. `build.rs` reads them with this file, too.

/// Places behind the point: AWS's price list has 10.
const PLACES: usize = 12;

/// More is no price of anything. With it, what 2^64 bytes cost is a number in units of 10^-12.
const LARGEST: u128 = 100_000_000_000;

/// Why a text is no number here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoDecimal {
    /// It is no plain decimal number.
    Other,
    /// It is less than nothing.
    Negative,
    /// It has too many places behind the point.
    TooFine,
    /// It is more than [`LARGEST`].
    TooLarge,
}

/// The number in units of 10^-12.
pub(crate) fn pico(text: &str) -> Result<u128, NoDecimal> {
    let (text, is_negative) = match text.strip_prefix('-') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = text.contains(|c: char| c.is_ascii_digit());
    if !is_number || !is_digits(whole) || !is_digits(fraction) {
        return Err(NoDecimal::Other);
    }
    if is_negative {
        return Err(NoDecimal::Negative);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > PLACES {
        return Err(NoDecimal::TooFine);
    }
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse::<u128>().ok(),
    };
    let whole = number(whole).filter(|whole| *whole <= LARGEST);
    let whole = whole.ok_or(NoDecimal::TooLarge)?;
    let scale = 10_u128.pow((PLACES - fraction.len()) as u32);
    let fraction = number(fraction).ok_or(NoDecimal::TooFine)?;
    Ok(whole * 10_u128.pow(PLACES as u32) + fraction * scale)
}
