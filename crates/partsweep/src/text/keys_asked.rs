//! What asking for keys one by one came to, in words.

use partsweep_engine::KeysAsked;

use crate::text::figures::counted;

/// What asking for keys came to: `1,234 keys and prefixes of its objects were asked for one by one, which found 2 uploads more`.
pub(crate) fn came_to(asked: &KeysAsked) -> String {
    let keys = counted(asked.keys, "key");
    let of = match (asked.of_objects, asked.given) {
        (true, false) => " and prefixes of its objects",
        (false, true) => " of --keys-from",
        _ => " of --keys-from and of its objects",
    };
    let found = match asked.found {
        0 => "no more uploads".to_owned(),
        found => format!("{} more", counted(found, "upload")),
    };
    format!("{keys}{of} were asked for one by one, which found {found}")
}
