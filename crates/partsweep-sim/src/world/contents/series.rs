//! Series of uploads, put into a bucket at once.

use std::ops::Bound;

use crate::locks::write;
use crate::store::series::{COMPUTED_PARTS, Lineup, Series};
use crate::world::handle::World;

impl World {
    /// Makes a bucket and puts a series of uploads into it, in the place of one that it had.
    ///
    /// They are computed when they are asked for, ten million take a megabyte, unless they have
    /// hundreds of parts.
    pub fn line_up(&self, bucket: &str, series: Series) {
        self.create_bucket(bucket);
        let habits = &self.shared.habits;
        let lineup = Lineup::new(series, habits.ids, habits.listing.order);
        let mut state = write(&self.shared.state);
        let Ok(bucket) = state.bucket_mut(bucket) else {
            return;
        };
        if series.parts > COMPUTED_PARTS {
            for (_, upload) in lineup.from(&Bound::Unbounded, true) {
                bucket.uploads.insert(upload);
            }
        } else {
            bucket.uploads.line_up(lineup);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Habits;
    use crate::store::series::Shape;
    use crate::world::setup::Setup;

    #[test]
    fn what_is_taken_is_there_no_more_and_what_is_changed_is_held() {
        let world = World::new(Setup::new(Habits::aws()));
        let series = Series {
            shape: Shape::DateTree,
            uploads: 10,
            parts: 3,
            since: "2025-11-01T00:00:00Z".parse().unwrap(),
        };
        world.line_up("b", series);
        let before = world.uploads("b");
        let bytes: u64 = before
            .iter()
            .map(crate::world::contents::StoredUpload::bytes)
            .sum();
        assert_eq!(bytes, series.bytes());
        let (first, second) = (&before[0], &before[1]);
        world.abort("b", &first.key, &first.upload_id).unwrap();
        assert!(world.abort("b", &first.key, &first.upload_id).is_err());
        world
            .put_part("b", &second.key, &second.upload_id, 9, 70)
            .unwrap();
        let after = world.uploads("b");
        assert_eq!((after.len(), world.count_uploads("b")), (9, 9));
        assert_eq!(after[0].key, second.key);
        assert_eq!(after[0].bytes(), second.bytes() + 70);
        assert_eq!(after[1..], before[2..]);
    }
}
