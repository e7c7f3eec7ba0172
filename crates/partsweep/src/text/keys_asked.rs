//! What asking for keys one by one came to, in words.

use partsweep_engine::KeysAsked;

use crate::text::figures::{count, counted};

/// What asking for keys came to: `1,234 keys and prefixes of its objects were asked for one by one, which found 2 more uploads`.
pub(crate) fn came_to(asked: &KeysAsked) -> String {
    let keys = counted(asked.keys, "key");
    let of = match (asked.of_objects, asked.given) {
        (true, false) => " and prefixes of its objects",
        (false, true) => " of --keys-from",
        _ => " of --keys-from and of its objects",
    };
    let found = match asked.found {
        0 => "no more uploads".to_owned(),
        1 => "1 more upload".to_owned(),
        found => format!("{} more uploads", count(found)),
    };
    let were = if asked.keys == 1 { "was" } else { "were" };
    format!("{keys}{of} {were} asked for one by one, which found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_which_keys_and_what_they_brought() {
        let told = |of_objects, given, keys, found| {
            came_to(&KeysAsked {
                of_objects,
                given,
                keys,
                found,
            })
        };
        assert_eq!(
            told(true, false, 1_234, 2),
            "1,234 keys and prefixes of its objects were asked for one by one, which found 2 more uploads"
        );
        assert_eq!(
            told(false, true, 1, 1),
            "1 key of --keys-from was asked for one by one, which found 1 more upload"
        );
        assert_eq!(
            told(true, true, 0, 0),
            "0 keys of --keys-from and of its objects were asked for one by one, which found no more uploads"
        );
    }
}
