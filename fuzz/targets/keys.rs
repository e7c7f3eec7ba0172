//! Keys in every spelling: read as they are, or as doubtful.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readers::{Spelling, read_keys};

fuzz_target!(|input: (u8, u32, String)| {
    let (spelling, losing, text) = input;
    let keys: Vec<&str> = text.split('\n').filter(|key| !key.is_empty()).collect();
    let spelling = match spelling % 3 {
        0 => Spelling::Form,
        1 => Spelling::Percent,
        _ => Spelling::BarePlus,
    };
    // As MinIO and SeaweedFS do with control characters; and any other choice of characters.
    let is_lost = |c: char| c.is_control() || losing >> (u32::from(c) % 32) & 1 == 1;
    read_keys(&keys, spelling, is_lost);
});
