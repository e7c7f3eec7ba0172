//! A secret in Base64, wherever in a longer text it begins.

/// A text in Base64 at each of the three places it can have in a longer one, without the characters that
/// its neighbours have a part in.
pub(super) fn in_base64(text: &[u8]) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let padded: Vec<u8> = std::iter::repeat_n(0, before)
            .chain(text.iter().copied())
            .collect();
        let encoded = base64(&padded);
        let begins = [0, 2, 3][before];
        let ends = padded.len() * 8 / 6;
        encoded[begins.min(ends)..ends].to_owned()
    })
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for three in bytes.chunks(3) {
        let group = three
            .iter()
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            text.push(char::from(
                DIGITS[(group >> (18 - 6 * digit) & 63) as usize],
            ));
        }
    }
    text
}
