//! A foreign client that works in a bucket while a test does something else there.

use jiff::SignedDuration;

use super::contents::{SlowComplete, SlowPart, StoredUpload};
use super::handle::World;
use crate::store::ids::IdMaker;

/// Something that a foreign client does, or that time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begins an upload.
    Create,
    /// Uploads a part, or one of that number again.
    PutPart,
    /// Begins to send a part.
    BeginPart,
    /// Ends the body of a part that is being sent.
    ReceivePart,
    /// Ends a part that is being sent.
    FinishPart,
    /// Completes an upload that has parts.
    Complete,
    /// Begins to complete an upload that has parts.
    BeginComplete,
    /// Makes the object of a complete appear that is not answered yet.
    Link,
    /// Answers a complete.
    Answer,
    /// Aborts an upload.
    Abort,
    /// Writes an object in one piece.
    PutObject,
    /// Deletes an object.
    DeleteObject,
    /// Lets some time pass, from a minute to about a day and a half.
    Wait,
    /// Collects the garbage of the store.
    CollectGarbage,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Create,
        Self::PutPart,
        Self::BeginPart,
        Self::ReceivePart,
        Self::FinishPart,
        Self::Complete,
        Self::BeginComplete,
        Self::Link,
        Self::Answer,
        Self::Abort,
        Self::PutObject,
        Self::DeleteObject,
        Self::Wait,
        Self::CollectGarbage,
    ];
}

/// An action, and what it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What was done.
    pub action: Action,
    /// The key; empty for what has none.
    pub key: String,
    /// The upload id; empty for what has none.
    pub upload_id: String,
    /// Whether the client was told that it worked.
    pub succeeded: bool,
}

/// A foreign client: the same for the same seed and the same store.
///
/// It works on whatever uploads there are, and keeps requests that it has begun until a later
/// action ends them; dropped, it answers its completes and drops its parts.
#[derive(Debug)]
pub struct ForeignWriter {
    world: World,
    bucket: String,
    keys: Vec<String>,
    numbers: IdMaker,
    parts: Vec<(Target, SlowPart)>,
    completes: Vec<(Target, SlowComplete)>,
}

/// A key and an upload id.
type Target = (String, String);

impl ForeignWriter {
    /// A client that writes to some keys of a bucket.
    pub fn new(world: World, bucket: &str, keys: &[&str], seed: u64) -> Self {
        Self {
            world,
            bucket: bucket.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            numbers: IdMaker::new(seed),
            parts: Vec::new(),
            completes: Vec::new(),
        }
    }

    /// Does something by chance; `None` if there was nothing to do it to.
    pub fn step(&mut self) -> Option<Done> {
        let action = *pick(&mut self.numbers, &Action::ALL)?;
        self.act(action)
    }

    /// Does something, to what chance picks; `None` if there is nothing to do it to.
    pub fn act(&mut self, action: Action) -> Option<Done> {
        let (target, succeeded) = match action {
            Action::Create | Action::PutObject | Action::DeleteObject => self.on_key(action)?,
            Action::PutPart | Action::BeginPart | Action::Abort => self.on_upload(action, 0)?,
            Action::Complete | Action::BeginComplete => self.on_upload(action, 1)?,
            Action::ReceivePart | Action::FinishPart => self.on_part(action)?,
            Action::Link | Action::Answer => self.on_complete(action)?,
            Action::Wait => {
                let minutes = 1 + self.below(2_000);
                let time = SignedDuration::from_mins(minutes.cast_signed());
                self.world.clock().advance(time);
                (Target::default(), true)
            }
            Action::CollectGarbage => {
                self.world.collect_garbage();
                (Target::default(), true)
            }
        };
        let (key, upload_id) = target;
        Some(Done {
            action,
            key,
            upload_id,
            succeeded,
        })
    }

    /// Ends everything that it has begun: parts first, then completes.
    pub fn settle(&mut self) {
        for (_, part) in self.parts.drain(..) {
            // A part whose upload is gone is refused, as its client would be told.
            let _ = part.finish();
        }
        self.completes.clear();
    }

    fn on_key(&mut self, action: Action) -> Option<(Target, bool)> {
        let key = pick(&mut self.numbers, &self.keys)?.clone();
        let size = self.size();
        let (world, bucket) = (&self.world, self.bucket.as_str());
        let done = match action {
            Action::Create => world.create_upload(bucket, &key),
            Action::PutObject => world.put_object(bucket, &key, size).map(|()| String::new()),
            _ => world.delete_object(bucket, &key).map(|()| String::new()),
        };
        let succeeded = done.is_ok();
        Some(((key, done.unwrap_or_default()), succeeded))
    }

    fn on_upload(&mut self, action: Action, least_parts: usize) -> Option<(Target, bool)> {
        let mut uploads = self.world.uploads(&self.bucket);
        uploads.retain(|upload| upload.parts.len() >= least_parts);
        // A complete that is on its way is not begun anew.
        uploads.retain(|upload| {
            let id = &upload.upload_id;
            least_parts == 0 || self.completes.iter().all(|((_, begun), _)| begun != id)
        });
        let StoredUpload { key, upload_id, .. } = pick(&mut self.numbers, &uploads)?.clone();
        let (number, size) = (1 + self.below(5) as u32, self.size());
        let (world, bucket) = (&self.world, self.bucket.as_str());
        let target = (key.clone(), upload_id.clone());
        let done = match action {
            Action::PutPart => world.put_part(bucket, &key, &upload_id, number, size),
            Action::Abort => world.abort(bucket, &key, &upload_id),
            Action::Complete => world.complete(bucket, &key, &upload_id),
            Action::BeginPart => world
                .begin_part(bucket, &key, &upload_id, number, size)
                .map(|part| self.parts.push((target.clone(), part))),
            _ => world
                .begin_complete(bucket, &key, &upload_id)
                .map(|complete| self.completes.push((target.clone(), complete))),
        };
        Some((target, done.is_ok()))
    }

    fn on_part(&mut self, action: Action) -> Option<(Target, bool)> {
        let index = self.index(self.parts.len())?;
        if action == Action::ReceivePart {
            let (target, part) = self.parts.get_mut(index)?;
            part.receive();
            return Some((target.clone(), true));
        }
        let (target, part) = self.parts.swap_remove(index);
        Some((target, part.finish().is_ok()))
    }

    fn on_complete(&mut self, action: Action) -> Option<(Target, bool)> {
        let index = self.index(self.completes.len())?;
        if action == Action::Link {
            let (target, complete) = self.completes.get_mut(index)?;
            complete.link();
            return Some((target.clone(), true));
        }
        let (target, complete) = self.completes.swap_remove(index);
        drop(complete);
        Some((target, true))
    }

    fn size(&mut self) -> u64 {
        1 + self.below(8 * 1024 * 1024)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.numbers.number() % limit
    }

    fn index(&mut self, count: usize) -> Option<usize> {
        index(&mut self.numbers, count)
    }
}

/// A number below `count`; `None` if there is none.
fn index(numbers: &mut IdMaker, count: usize) -> Option<usize> {
    let number = numbers.number().checked_rem(count as u64)?;
    usize::try_from(number).ok()
}

fn pick<'a, T>(numbers: &mut IdMaker, among: &'a [T]) -> Option<&'a T> {
    among.get(index(numbers, among.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Habits;
    use crate::store::data::Data;
    use crate::world::clock::Clock;
    use crate::world::contents::StoredVersion;
    use crate::world::setup::Setup;

    type History = (Vec<Option<Done>>, Vec<StoredUpload>, Vec<StoredVersion>);

    fn history(habits: Habits, seed: u64) -> History {
        let clock = Clock::fixed("2026-11-23T12:00:00Z".parse().unwrap());
        let world = World::new(Setup::new(habits).clock(clock).seed(seed));
        world.create_bucket("b");
        let mut client = ForeignWriter::new(world.clone(), "b", &["a", "b", "c"], seed);
        let done = (0..2_000).map(|_| client.step()).collect();
        client.settle();
        (done, world.uploads("b"), world.versions("b"))
    }

    #[test]
    fn the_same_seed_gives_the_same_history_and_another_one_another() {
        for habits in Habits::all() {
            let one = history(habits.clone(), 7);
            assert_eq!(one, history(habits.clone(), 7));
            assert_ne!(one, history(habits, 8));
            let done = |action| one.0.iter().flatten().any(|done| done.action == action);
            assert!(Action::ALL.into_iter().all(done));
        }
    }

    #[test]
    fn objects_are_lost_only_where_an_abort_can_hurt() {
        let loses = |habits: &Habits| {
            (0..20).any(|seed| {
                let (_, _, versions) = history(habits.clone(), seed);
                versions.iter().any(
                    |version| matches!(version, StoredVersion::Object(object) if object.data != Data::Whole),
                )
            })
        };
        for habits in Habits::all() {
            let can_hurt = matches!(habits.store, "ceph" | "swift");
            assert_eq!(loses(&habits), can_hurt, "{}", habits.store);
        }
    }
}
