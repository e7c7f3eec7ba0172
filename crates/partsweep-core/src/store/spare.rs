//! The spare copy that saves an object (law 12): the only object that is ever deleted.

use crate::model::name::{BucketName, Key};
use crate::model::random::random;

/// What every spare key starts with, behind a dot, so that a person who meets one knows whose it is.
const START: &str = "partsweep-spare-";

/// The name of a spare copy: never the name of anyone's object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpareName(Key);

impl SpareName {
    /// Returns a new name, which no other run has used.
    pub fn random() -> Self {
        Self::fresh(random())
    }

    /// Returns the name of these 128 bits.
    pub fn fresh(random: u128) -> Self {
        Self(Key::after_dot(&format!("{START}{random:032x}")))
    }

    /// Reads a name back from a journal; nothing that does not have the exact form.
    pub fn read(name: &str) -> Option<Self> {
        let random = name.strip_prefix('.')?.strip_prefix(START)?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let right = random.len() == 32 && random.bytes().all(is_hex);
        right.then(|| Key::new(name).ok().map(Self)).flatten()
    }

    /// The key.
    pub fn key(&self) -> &Key {
        &self.0
    }
}

/// A spare copy that was made: what a deletion takes, and nothing else is.
///
/// It has a [`SpareName`], so whatever goes wrong, no key of anyone else's can be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    /// Where.
    pub bucket: BucketName,
    /// Under which name.
    pub name: SpareName,
    /// Its version, in a bucket that has versions: deleted by it, it leaves no marker.
    pub version: Option<Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_of_the_exact_form_is_a_spare() {
        let name = SpareName::fresh(0xabc);
        let text = name.key().as_str();
        assert_eq!(text, ".partsweep-spare-00000000000000000000000000000abc");
        assert_eq!(SpareName::read(text), Some(name.clone()));
        for other in [
            "",
            "customer.db",
            ".partsweep-spare-",
            ".partsweep-spare-00000000000000000000000000000ABC",
            ".partsweep-spare-00000000000000000000000000000abc0",
            "x/.partsweep-spare-00000000000000000000000000000abc",
            ".partsweep-spare-0000000000000000000000000000/abc",
        ] {
            assert_eq!(SpareName::read(other), None, "{other}");
        }
    }
}
