//! Requests of foreign clients that take a while, so that others can cross them.

use super::Missing;
use crate::habits::LatePart;
use crate::locks::{read, write};
use crate::store::state::NewPart;
use crate::store::upload::Upload;
use crate::world::handle::World;

/// A complete that has begun and not answered yet.
///
/// Until [`link`](Self::link) the upload is listed and there is no object: an abort is answered
/// 204. From then to the drop there is the object and no upload: an abort is answered as for a
/// completed upload, and yet dooms the object on Ceph.
#[derive(Debug)]
pub struct SlowComplete {
    world: World,
    bucket: String,
    upload_id: String,
}

impl SlowComplete {
    pub(super) fn new(world: World, bucket: &str, upload_id: &str) -> Self {
        Self {
            world,
            bucket: bucket.to_owned(),
            upload_id: upload_id.to_owned(),
        }
    }

    /// Makes the object appear and the upload disappear; without it the drop does it.
    pub fn link(&mut self) {
        let mut state = write(&self.world.shared.state);
        if let Some(bucket) = state.buckets.get_mut(&self.bucket) {
            bucket.link_complete(
                &self.upload_id,
                self.world.shared.clock.now(),
                &self.world.shared.habits,
            );
        }
    }
}

impl Drop for SlowComplete {
    fn drop(&mut self) {
        let mut state = write(&self.world.shared.state);
        if let Some(bucket) = state.buckets.get_mut(&self.bucket) {
            bucket.link_complete(
                &self.upload_id,
                self.world.shared.clock.now(),
                &self.world.shared.habits,
            );
            bucket.finish_complete(&self.upload_id);
        }
    }
}

/// A part that is being sent.
///
/// It is listed from [`finish`](Self::finish) on, not before; dropped, it never was.
#[derive(Debug)]
pub struct SlowPart {
    world: World,
    bucket: String,
    upload: Upload,
    number: u32,
    size: u64,
    /// Whether its upload was there when its body had ended; `None` until that.
    received: Option<bool>,
}

impl SlowPart {
    pub(super) fn new(
        world: World,
        bucket: &str,
        mut upload: Upload,
        (number, size): (u32, u64),
    ) -> Self {
        upload.parts.clear();
        Self {
            world,
            bucket: bucket.to_owned(),
            upload,
            number,
            size,
            received: None,
        }
    }

    /// Ends its body: from now on an abort crosses it at the store.
    pub fn receive(&mut self) {
        let state = read(&self.world.shared.state);
        let there = state.buckets.get(&self.bucket).is_some_and(|bucket| {
            let Upload { key, id, .. } = &self.upload;
            bucket.uploads.get(key, id).is_some()
        });
        self.received.get_or_insert(there);
    }

    /// Ends it; `Ok` is 200, though not always is the part in its upload then ([`LatePart`]).
    ///
    /// # Errors
    /// The upload is missing: 404 NoSuchUpload.
    pub fn finish(mut self) -> Result<(), Missing> {
        self.receive();
        let Upload { key, id, .. } = &self.upload;
        let shared = &self.world.shared;
        let mut state = write(&shared.state);
        let part = NewPart {
            number: self.number,
            size: self.size,
            modified: shared.clock.now(),
            md5: None,
        };
        let bucket = state.bucket_mut(&self.bucket)?;
        if bucket.uploads.get(key, id).is_none() {
            let ended = bucket.ended.get(id).ok_or(Missing::Upload)?;
            let aborted = ended.completed.is_none();
            match shared.habits.abort.late_part {
                LatePart::Lands if aborted => bucket.uploads.insert(self.upload.clone()),
                LatePart::Leaks if aborted && self.received == Some(true) => {
                    bucket.leaked += self.size;
                    return Ok(());
                }
                LatePart::Lands | LatePart::Leaks => return Err(Missing::Upload),
            }
        }
        state.put_part(&self.bucket, key, id, part)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::habits::Habits;
    use crate::world::contents::Missing;
    use crate::world::handle::World;
    use crate::world::setup::Setup;

    /// Aborts an upload while a part is sent; `received` if the part's body has ended before.
    fn crossed(habits: Habits, received: bool) -> (Result<(), Missing>, World) {
        let world = World::new(Setup::new(habits));
        world.create_bucket("b");
        let id = world.create_upload("b", "k").unwrap();
        let mut part = world.begin_part("b", "k", &id, 1, 70).unwrap();
        if received {
            part.receive();
        }
        world.abort("b", "k", &id).unwrap();
        assert_eq!(world.count_uploads("b"), 0);
        (part.finish(), world)
    }

    #[test]
    fn a_part_that_an_abort_crosses_lands_leaks_or_is_refused() {
        let (landed, world) = crossed(Habits::aws(), false);
        assert_eq!((landed, world.leaked("b")), (Ok(()), 0));
        let upload = world.uploads("b").remove(0);
        assert_eq!(upload.bytes(), 70);
        world.abort("b", "k", &upload.upload_id).unwrap();
        assert_eq!(world.count_uploads("b"), 0);

        let (leaked, world) = crossed(Habits::ceph(), true);
        assert_eq!((leaked, world.leaked("b")), (Ok(()), 70));
        assert_eq!(world.count_uploads("b"), 0);
        let (refused, world) = crossed(Habits::ceph(), false);
        assert_eq!((refused, world.leaked("b")), (Err(Missing::Upload), 0));
    }

    #[test]
    fn a_part_that_comes_after_the_complete_is_refused() {
        for habits in Habits::all() {
            let world = World::new(Setup::new(habits));
            world.create_bucket("b");
            let id = world.create_upload("b", "k").unwrap();
            world.put_part("b", "k", &id, 1, 70).unwrap();
            let part = world.begin_part("b", "k", &id, 2, 70).unwrap();
            world.complete("b", "k", &id).unwrap();
            assert_eq!(part.finish(), Err(Missing::Upload));
            assert_eq!(world.object("b", "k").unwrap().size, 70);
        }
    }
}
