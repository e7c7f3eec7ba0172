//! A list of buckets that stays small: accounts have up to a million of them.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::model::name::BucketName;
use crate::store::answers::BucketEntry;

/// Buckets in their order, each once.
///
/// The names stand in one text, with six bytes beside each and some ten to find it: a million names of 25 bytes take
/// 42 MB, where as many of [`BucketName`] take 64 MB, and 50 MB more in a set. A clone shares all of it.
#[derive(Clone, Default)]
pub struct BucketList(Arc<Names>);

#[derive(Clone, Default)]
struct Names {
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
    /// Which of the regions each bucket is in; 0 for none.
    regions: Vec<u16>,
    known_regions: Vec<Arc<str>>,
    /// The place of each name, by its hash.
    places: HashTable<u32>,
    hasher: RandomState,
}

impl BucketList {
    /// Adds a bucket at the end; says whether it is new. A name that is empty is none.
    pub fn push(&mut self, name: &str, region: Option<&str>) -> bool {
        if name.is_empty() || self.position(name).is_some() {
            return false;
        }
        let names = Arc::make_mut(&mut self.0);
        let end = u32::try_from(names.text.len() + name.len());
        let (Ok(end), Ok(at)) = (end, u32::try_from(names.ends.len())) else {
            return false;
        };
        names.text.push_str(name);
        names.ends.push(end);
        if let Some(region) = region.filter(|region| !region.is_empty()) {
            let region = names.region_number(region);
            names.regions.resize(names.ends.len() - 1, 0);
            names.regions.push(region);
        }
        names.make_findable(at, name);
        true
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// Bytes of all names together.
    pub fn bytes(&self) -> usize {
        self.0.text.len()
    }

    /// The name at this place: hostile text.
    pub fn get(&self, at: usize) -> Option<&str> {
        self.0.get(at)
    }

    /// The same as a bucket to ask for.
    pub fn bucket(&self, at: usize) -> Option<BucketName> {
        BucketName::new(self.get(at)?).ok()
    }

    /// The region of the bucket at this place, where the store says so.
    pub fn region(&self, at: usize) -> Option<&str> {
        let number = *self.0.regions.get(at)?;
        let region = self
            .0
            .known_regions
            .get(usize::from(number).checked_sub(1)?)?;
        Some(region)
    }

    /// The place of a name.
    pub fn position(&self, name: &str) -> Option<usize> {
        let names = &*self.0;
        let hash = names.hasher.hash_one(name);
        let is_it = |at: &u32| names.get(*at as usize) == Some(name);
        names.places.find(hash, is_it).map(|at| *at as usize)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Those that are chosen; the list itself if all are.
    #[must_use]
    pub fn filtered(self, is_chosen: impl Fn(&str) -> bool) -> Self {
        if self.names().all(&is_chosen) {
            return self;
        }
        let mut chosen = Self::default();
        for at in 0..self.len() {
            if let Some(name) = self.get(at).filter(|name| is_chosen(name)) {
                chosen.push(name, self.region(at));
            }
        }
        chosen
    }

    fn entry(&self, at: usize) -> Option<BucketEntry> {
        Some(BucketEntry {
            name: self.bucket(at)?,
            region: self.region(at).map(str::to_owned),
        })
    }
}

impl Names {
    fn get(&self, at: usize) -> Option<&str> {
        name_at(&self.text, &self.ends, at)
    }

    fn make_findable(&mut self, at: u32, name: &str) {
        let Self {
            text,
            ends,
            places,
            hasher,
            ..
        } = self;
        let hash =
            |at: &u32| hasher.hash_one(name_at(text, ends, *at as usize).unwrap_or_default());
        places.insert_unique(hasher.hash_one(name), at, hash);
    }

    /// The number of a region; 0 if there are more than any store has.
    fn region_number(&mut self, region: &str) -> u16 {
        let known = self
            .known_regions
            .iter()
            .position(|known| **known == *region);
        let at = match known {
            Some(at) => at,
            None if self.known_regions.len() < MOST_REGIONS => {
                self.known_regions.push(Arc::from(region));
                self.known_regions.len() - 1
            }
            None => return 0,
        };
        u16::try_from(at + 1).unwrap_or(0)
    }
}

fn name_at<'a>(text: &'a str, ends: &[u32], at: usize) -> Option<&'a str> {
    let begin = match at.checked_sub(1) {
        Some(before) => *ends.get(before)? as usize,
        None => 0,
    };
    text.get(begin..*ends.get(at)? as usize)
}

/// Regions that are kept: AWS has 40.
const MOST_REGIONS: usize = 1_000;

impl fmt::Debug for BucketList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl FromIterator<BucketEntry> for BucketList {
    fn from_iter<I: IntoIterator<Item = BucketEntry>>(entries: I) -> Self {
        let mut list = Self::default();
        for BucketEntry { name, region } in entries {
            list.push(name.as_str(), region.as_deref());
        }
        list
    }
}

impl<'a> FromIterator<&'a BucketName> for BucketList {
    fn from_iter<I: IntoIterator<Item = &'a BucketName>>(names: I) -> Self {
        let mut list = Self::default();
        for name in names {
            list.push(name.as_str(), None);
        }
        list
    }
}

impl IntoIterator for BucketList {
    type Item = BucketEntry;
    type IntoIter = BucketEntries;

    fn into_iter(self) -> BucketEntries {
        BucketEntries { list: self, at: 0 }
    }
}

/// The buckets of a list, one by one.
#[derive(Debug)]
pub struct BucketEntries {
    list: BucketList,
    at: usize,
}

impl Iterator for BucketEntries {
    type Item = BucketEntry;

    fn next(&mut self) -> Option<BucketEntry> {
        let entry = self.list.entry(self.at)?;
        self.at += 1;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_kept_once_in_order_and_found() {
        let mut list = BucketList::default();
        assert_eq!(
            (list.position("b0"), list.get(0), list.len()),
            (None, None, 0)
        );
        for n in 0..1_000 {
            let region = (n % 3 == 1).then(|| format!("r{}", n % 2));
            assert!(list.push(&format!("b{n}"), region.as_deref()), "{n}");
            assert!(!list.push(&format!("b{}", n / 2), None), "{n}");
        }
        assert!(!list.push("", None));
        assert_eq!(list.len(), 1_000);
        for n in 0..1_000 {
            let name = format!("b{n}");
            assert_eq!(list.position(&name), Some(n));
            assert_eq!(list.get(n), Some(&*name));
            let region = (n % 3 == 1).then(|| format!("r{}", n % 2));
            assert_eq!(list.region(n), region.as_deref(), "{n}");
        }
        assert_eq!(list.position("b1000"), None);
        let odd = |name: &str| name.ends_with(['1', '3', '5', '7', '9']);
        let chosen = list.clone().filtered(odd);
        assert_eq!((chosen.len(), list.len()), (500, 1_000));
        assert_eq!(
            chosen.into_iter().nth(3).unwrap().region.as_deref(),
            Some("r1")
        );
    }

    #[test]
    fn a_million_names_take_less_than_45_bytes_each_besides_what_grows() {
        let mut list = BucketList::default();
        for n in 0..1_000_000 {
            list.push(&format!("tenant-{n:07}-backups-eu"), Some("eu-west-1"));
        }
        let names = &*list.0;
        let to_find = names.places.allocation_size();
        let beside = 4 * names.ends.len() + 2 * names.regions.len() + to_find;
        assert!(names.text.len() + beside < 45_000_000);
    }
}
