//! The unfinished uploads of a bucket.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::habits::Order;
use crate::store::Upload;

/// The uploads of a bucket, in the order in which the store lists them.
#[derive(Debug)]
pub(crate) struct Uploads {
    order: Order,
    positions: BTreeMap<Position, Upload>,
}

/// Where an upload stands in the listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The key, or what the store sorts by instead; empty if it sorts by id alone.
    pub(crate) text: Arc<str>,
    pub(crate) id: Arc<str>,
}

impl Position {
    /// Before all uploads whose text is `text` or greater.
    pub(crate) fn at(text: &str) -> Self {
        Self {
            text: text.into(),
            id: "".into(),
        }
    }
}

impl Uploads {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            positions: BTreeMap::new(),
        }
    }

    pub(crate) fn position(&self, key: &str, id: &str) -> Position {
        let text = match self.order {
            Order::KeyThenId => key.into(),
            Order::MetaName => format!("{key}.{id}.meta").into(),
            Order::Id => "".into(),
        };
        Position {
            text,
            id: id.into(),
        }
    }

    pub(crate) fn insert(&mut self, upload: Upload) {
        let position = match self.order {
            // Shares the key's memory.
            Order::KeyThenId => Position {
                text: Arc::clone(&upload.key),
                id: Arc::clone(&upload.id),
            },
            Order::MetaName | Order::Id => self.position(&upload.key, &upload.id),
        };
        self.positions.insert(position, upload);
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<&Upload> {
        self.positions
            .get(&self.position(key, id))
            .filter(|upload| &*upload.key == key)
    }

    pub(crate) fn get_mut(&mut self, key: &str, id: &str) -> Option<&mut Upload> {
        let position = self.position(key, id);
        self.positions
            .get_mut(&position)
            .filter(|upload| &*upload.key == key)
    }

    pub(crate) fn remove(&mut self, key: &str, id: &str) -> Option<Upload> {
        self.get(key, id)?;
        self.positions.remove(&self.position(key, id))
    }

    /// Removes all uploads of one key, however the store sorts.
    pub(crate) fn remove_key(&mut self, key: &str) {
        let ids: Vec<Arc<str>> = self
            .of_key(key)
            .map(|upload| Arc::clone(&upload.id))
            .collect();
        for id in ids {
            self.remove(key, &id);
        }
    }

    /// The uploads of one key; looks at that key only if the store sorts by key.
    pub(crate) fn of_key(&self, key: &str) -> impl Iterator<Item = &Upload> {
        let start = match self.order {
            Order::KeyThenId => Position::at(key),
            Order::MetaName | Order::Id => Position::at(""),
        };
        let by_key = self.order == Order::KeyThenId;
        self.from(Bound::Included(start))
            .map(|(_, upload)| upload)
            .take_while(move |upload| !by_key || &*upload.key == key)
            .filter(move |upload| &*upload.key == key)
    }

    /// The uploads from a position on.
    pub(crate) fn from(
        &self,
        start: Bound<Position>,
    ) -> impl Iterator<Item = (&Position, &Upload)> {
        self.positions.range((start, Bound::Unbounded))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Upload> {
        self.positions.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.positions.len()
    }
}
