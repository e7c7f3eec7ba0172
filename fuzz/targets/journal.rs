//! Journals: whatever is in the file, it is read or refused, in bounded memory; and less of a
//! journal never tells of more that is done.
#![no_main]

use libfuzzer_sys::fuzz_target;
use partsweep_engine::journal::read;

fuzz_target!(|data: &[u8]| {
    let Ok(whole) = read(data) else { return };
    for pair in whole.in_doubt.windows(2) {
        assert!(
            pair[0].number < pair[1].number,
            "in the order of the plan, each once"
        );
    }
    for doubt in &whole.in_doubt {
        assert!(!whole.done.contains(doubt.number), "done and in doubt");
    }
    // What a crash may leave: everything up to some line, and a part of the next.
    let cut = data.len() / 2 + data.len() / 3;
    let Ok(crashed) = read(&data[..cut]) else {
        return;
    };
    assert!(
        crashed.done.len() <= whole.done.len(),
        "more is done in less"
    );
});
