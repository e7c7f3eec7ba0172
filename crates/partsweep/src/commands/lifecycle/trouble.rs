//! What went wrong with a change of a lifecycle, and what to do.

use partsweep_core::{StoreError, StoreErrorKind, escape};
use partsweep_engine::lifecycle::Changed;

use super::agreeing::AgreedChanges;
use crate::text::error::chain;
use crate::text::hints;

/// What to do if no look is fresh enough for its write.
const TOO_LATE: &str = "a lifecycle is read at most 2 s before it is written: raise --rps or --concurrency if you set them, or \
                        try again when the store is less busy";

impl AgreedChanges<'_> {
    /// What a store that refuses the document may mean, and what to do.
    fn refused(&self, has_rules: bool) -> String {
        match has_rules {
            true => format!(
                "the rules that were there are unchanged; the store may take only one, or none that aborts uploads: `{} lifecycle set --print aws-cli` prints what an abort looks like, to be added to a rule that is there",
                self.console.program()
            ),
            false => "the store may take no such rule; `partsweep clean --yes` in cron does it at any store".to_owned(),
        }
    }

    /// What went wrong in a bucket, and what to do. `has_rules`: it had some before.
    pub(super) fn trouble(
        &self,
        name: &str,
        changed: &Changed,
        undo: &str,
        has_rules: bool,
    ) -> (String, Vec<String>) {
        let of_store = |error: &StoreError| {
            let hints = match error.kind {
                StoreErrorKind::LookTooOld => vec![TOO_LATE.to_owned()],
                _ => hints::for_store(error),
            };
            (chain(error), hints)
        };
        let by_hand = format!("what was there before is in {undo}");
        let undo_it = format!(
            "`{} lifecycle undo{} {undo}` puts it back, and shows the difference first",
            self.console.program(),
            self.session.options(),
        );
        let look = format!(
            "look at it: `{} lifecycle check{} {}`",
            self.console.program(),
            self.session.options(),
            escape::for_shell(name)
        );
        match changed {
            Changed::Done { .. } | Changed::Interrupted(_) => (String::new(), Vec::new()),
            Changed::OtherDefault { was, is } => {
                let is = match is {
                    Some(is) => format!("`{is}`"),
                    None => "nothing".to_owned(),
                };
                (
                    format!(
                        "bucket `{name}`: the rules are as they were written, but the store changed a setting beside them: x-amz-transition-default-minimum-object-size was `{was}` and is {is}"
                    ),
                    vec![
                        "it decides which small objects move to other storage classes: set it again with the tool that set it"
                            .to_owned(),
                    ],
                )
            }
            Changed::NotTaken => (
                format!(
                    "bucket `{name}`: the store accepted the change and still shows what was there before"
                ),
                vec![
                    "the store doesn't keep such a rule, or shows it later".to_owned(),
                    look,
                ],
            ),
            Changed::PutBack => (
                format!(
                    "bucket `{name}`: the store dropped a part of what was written, so what was there before was put back"
                ),
                vec!["`partsweep clean --yes` in cron does it at any store".to_owned()],
            ),
            Changed::Ruined(why) => {
                let why = why
                    .as_ref()
                    .map(|error| format!(": {}", chain(error)))
                    .unwrap_or_default();
                (
                    format!(
                        "bucket `{name}`: the store dropped a part of what was written, and what was there before could not be put back{why}"
                    ),
                    vec![
                        "a rule without its prefix or its tags acts on more objects than it did: look at it before it runs"
                            .to_owned(),
                        by_hand,
                        look,
                        undo_it,
                    ],
                )
            }
            Changed::Foreign => (
                format!(
                    "bucket `{name}`: what is there differs from what was written: the store or somebody else changed it; it is left as it is"
                ),
                vec![by_hand, undo_it],
            ),
            Changed::ChangedBefore => (
                format!(
                    "bucket `{name}`: the lifecycle was changed since it was shown, so nothing was written"
                ),
                vec!["run the same command again".to_owned()],
            ),
            Changed::Failed(error) => {
                let (line, mut hints) = of_store(error);
                match error.status {
                    Some(400) => hints.push(self.refused(has_rules)),
                    Some(409 | 412) => hints.push("run the same command again".to_owned()),
                    _ => {}
                }
                (line, hints)
            }
            Changed::Unverified(error) => {
                let (line, mut hints) = of_store(error);
                hints.extend([look, by_hand]);
                (
                    format!("bucket `{name}`: it isn't known whether the change was made: {line}"),
                    hints,
                )
            }
            Changed::Unproven => (
                format!(
                    "bucket `{name}`: it isn't proven that the change was made: the store shows another lifecycle with each read"
                ),
                vec![look, by_hand],
            ),
            Changed::NotWrittenDown(error) => (
                format!(
                    "bucket `{name}`: nothing was written, because {undo} can't be written: {error}"
                ),
                vec!["--undo FILE names another file".to_owned()],
            ),
        }
    }
}
