//! Which uploads are asked for their parts, and what that leaves unknown.

use jiff::SignedDuration;
use partsweep_core::{KeepReason, Selection, Verdict};

/// Which uploads are asked for their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// None. Without them no size and no last activity is known, so nothing can be judged fit to
    /// sweep.
    None,
    /// Those whose verdict depends on it. One that began too recently is kept whatever its parts
    /// say, because the newest of both counts (law 3): its size stays unknown.
    ToDecide,
    /// All.
    All,
}

impl Sizes {
    /// The verdict, with the one reason for all that is too young where not all are sized.
    ///
    /// Of what isn't sized, it is known when it began, and not when it was last active. With an age of more than
    /// 24 hours it may have been active in these or not, but in any case within the age.
    pub(super) fn common(self, verdict: Verdict, older_than: SignedDuration) -> Verdict {
        match verdict {
            Verdict::Keep(KeepReason::ActiveRecently)
                if self == Self::ToDecide && older_than > Selection::DEFAULT_OLDER_THAN =>
            {
                Verdict::Keep(KeepReason::IdleTooShort)
            }
            verdict => verdict,
        }
    }
}
