//! The lifecycle and the tags of a bucket, seen and changed without requests.

use super::Missing;
use crate::locks::{read, write};
use crate::store::lifecycle::Lifecycle;
use crate::world::handle::World;

impl World {
    /// The lifecycle document of a bucket, as the store has it.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn lifecycle(&self, bucket: &str) -> Result<Option<String>, Missing> {
        let state = read(&self.shared.state);
        let found = state.bucket(bucket)?.lifecycle.current();
        Ok(found.map(|found| found.text.clone()))
    }

    /// Sets the lifecycle document of a bucket as it is, as someone else would; `None` removes it.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn set_lifecycle(&self, bucket: &str, text: Option<&str>) -> Result<(), Missing> {
        let default = self.shared.habits.lifecycle.default_minimum;
        let new = text.map(|text| Lifecycle {
            text: text.to_owned(),
            default_minimum: default.map(str::to_owned),
        });
        let mut state = write(&self.shared.state);
        state.bucket_mut(bucket)?.lifecycle.set(new, 0);
        Ok(())
    }

    /// The value of `x-amz-transition-default-minimum-object-size` of a bucket's lifecycle.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn lifecycle_default_minimum(&self, bucket: &str) -> Result<Option<String>, Missing> {
        let state = read(&self.shared.state);
        let found = state.bucket(bucket)?.lifecycle.current();
        Ok(found.and_then(|found| found.default_minimum.clone()))
    }

    /// Sets the value of `x-amz-transition-default-minimum-object-size`.
    ///
    /// # Errors
    /// The bucket is missing, or has no lifecycle: [`Missing::Object`].
    pub fn set_lifecycle_default_minimum(&self, bucket: &str, value: &str) -> Result<(), Missing> {
        let mut state = write(&self.shared.state);
        let lifecycle = &mut state.bucket_mut(bucket)?.lifecycle;
        let mut new = lifecycle.current().cloned().ok_or(Missing::Object)?;
        new.default_minimum = Some(value.to_owned());
        lifecycle.set(Some(new), 0);
        Ok(())
    }

    /// Makes a bucket say that it locks each new object, in this mode (`COMPLIANCE`, `GOVERNANCE`) and for so many days.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn set_default_retention(
        &self,
        bucket: &str,
        mode: &'static str,
        days: u32,
    ) -> Result<(), Missing> {
        write(&self.shared.state).bucket_mut(bucket)?.locks_for = Some((mode, days));
        Ok(())
    }

    /// Gives a bucket tags.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn set_bucket_tags(&self, bucket: &str, tags: &[(&str, &str)]) -> Result<(), Missing> {
        let mut state = write(&self.shared.state);
        let owned = tags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        state.bucket_mut(bucket)?.tags = owned.collect();
        Ok(())
    }
}
