//! The unfinished uploads of a bucket.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::series::Lineup;
use super::upload::{Position, Upload};
use crate::habits::Order;

/// The uploads of a bucket, in the order in which the store lists them.
#[derive(Debug)]
pub(crate) struct Uploads {
    order: Order,
    positions: BTreeMap<Position, Upload>,
    /// Whether there ever was one.
    had_any: bool,
    /// Uploads that are there too, but not held.
    lineup: Option<Lineup>,
}

impl Uploads {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            positions: BTreeMap::new(),
            had_any: false,
            lineup: None,
        }
    }

    /// Adds uploads that are computed, in the place of those that were there.
    pub(crate) fn line_up(&mut self, lineup: Lineup) {
        self.lineup = Some(lineup);
    }

    pub(crate) fn position(&self, key: &str, id: &str) -> Position {
        Position::of(self.order, key, id)
    }

    pub(crate) fn insert(&mut self, upload: Upload) {
        let position = Position::of_upload(self.order, &upload);
        self.positions.insert(position, upload);
        self.had_any = true;
    }

    pub(crate) fn never_had_any(&self) -> bool {
        !self.had_any && self.lineup.is_none()
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<Cow<'_, Upload>> {
        if let Some(upload) = self.held(key, id) {
            return Some(Cow::Borrowed(upload));
        }
        self.lineup.as_ref()?.get(key, id).map(Cow::Owned)
    }

    fn held(&self, key: &str, id: &str) -> Option<&Upload> {
        // The position is two copies of text, and a server of a benchmark holds nothing.
        if self.positions.is_empty() {
            return None;
        }
        self.positions
            .get(&self.position(key, id))
            .filter(|upload| &*upload.key == key)
    }

    /// An upload that is to be changed; it is held from then on.
    pub(crate) fn get_mut(&mut self, key: &str, id: &str) -> Option<&mut Upload> {
        if let Some(computed) = self.lineup.as_mut().and_then(|line| line.take(key, id)) {
            self.insert(computed);
        }
        let position = self.position(key, id);
        self.positions
            .get_mut(&position)
            .filter(|upload| &*upload.key == key)
    }

    pub(crate) fn remove(&mut self, key: &str, id: &str) -> Option<Upload> {
        if self.held(key, id).is_some() {
            return self.positions.remove(&self.position(key, id));
        }
        self.lineup.as_mut()?.take(key, id)
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
    pub(crate) fn of_key(&self, key: &str) -> impl Iterator<Item = Cow<'_, Upload>> {
        let start = match self.order {
            Order::KeyThenId => Position::at(key),
            Order::MetaName | Order::Id | Order::Hidden => Position::at(""),
        };
        let by_key = self.order == Order::KeyThenId;
        self.from(Bound::Included(start), true)
            .map(|(_, upload)| upload)
            .take_while(move |upload| !by_key || &*upload.key == key)
            .filter(move |upload| &*upload.key == key)
    }

    /// The uploads from a position on; computed ones have their parts only if these are wanted.
    pub(crate) fn from(
        &self,
        start: Bound<Position>,
        parts: bool,
    ) -> impl Iterator<Item = (Cow<'_, Position>, Cow<'_, Upload>)> {
        let lineup = self.lineup.as_ref();
        let mut computed = lineup
            .map(|lineup| lineup.from(&start, parts))
            .into_iter()
            .flatten()
            .peekable();
        let mut held = self.positions.range((start, Bound::Unbounded)).peekable();
        std::iter::from_fn(move || {
            let computed_is_first = match (computed.peek(), held.peek()) {
                (Some((computed, _)), Some((held, _))) => computed < *held,
                (computed, _) => computed.is_some(),
            };
            if computed_is_first {
                let (position, upload) = computed.next()?;
                Some((Cow::Owned(position), Cow::Owned(upload)))
            } else {
                let (position, upload) = held.next()?;
                Some((Cow::Borrowed(position), Cow::Borrowed(upload)))
            }
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Cow<'_, Upload>> {
        self.from(Bound::Unbounded, true).map(|(_, upload)| upload)
    }

    pub(crate) fn len(&self) -> usize {
        self.positions.len() + self.lineup.as_ref().map_or(0, Lineup::len)
    }
}
