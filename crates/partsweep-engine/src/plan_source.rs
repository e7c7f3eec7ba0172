//! Where the uploads of a plan come from when it is swept.

use partsweep_core::PlannedUpload;

/// Brings the uploads of a plan again, in its order.
pub trait PlanSource: Send {
    /// The next `count` uploads; fewer are taken for a plan that changed since it was agreed to.
    fn next(
        &mut self,
        count: usize,
    ) -> impl Future<Output = Result<Vec<PlannedUpload>, SourceError>> + Send;
}

/// A plan that cannot be read again.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

impl PlanSource for std::vec::IntoIter<PlannedUpload> {
    async fn next(&mut self, count: usize) -> Result<Vec<PlannedUpload>, SourceError> {
        Ok(self.by_ref().take(count).collect())
    }
}
