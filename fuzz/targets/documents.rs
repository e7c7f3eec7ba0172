//! S3's documents: no reader fails on any, and none takes a cut one for a shorter one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readers::read_all;

fuzz_target!(|data: &[u8]| {
    let whole = read_all(data);
    let cut = data.len() / 2 + data.len() / 3;
    let halves = read_all(&data[..cut]);
    for (whole, half) in whole.iter().zip(&halves) {
        // Read from less than all of it: then its end was in there, and the rest was of no matter.
        if whole.starts_with("Ok") && half.starts_with("Ok") {
            assert_eq!(whole, half);
        }
    }
});
