//! Commands that a hint names, with what was typed to reach the same store and to choose the same uploads.

use std::sync::OnceLock;

/// What was typed, for commands that lead on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Again {
    /// What is typed in front of a command: `partsweep`, or `partsweep demo`.
    pub(crate) program: &'static str,
    /// The options that lead to the same store, each with a space before it.
    pub(crate) store: String,
    /// The options and targets that choose the same uploads, likewise.
    pub(crate) uploads: String,
    /// The option that leads to the store that was typed at the question, if one was, with a space before it.
    pub(crate) asked_store: OnceLock<String>,
}

impl Again {
    /// The options that lead to the same store, each with a space before it.
    pub(crate) fn store(&self) -> String {
        let asked = self.asked_store.get();
        format!("{}{}", self.store, asked.map_or("", String::as_str))
    }

    /// A hint whose commands reach the same store. One that is named without arguments, `` `partsweep scan` ``, chooses
    /// the same uploads too: what it shows is what the message is about.
    pub(crate) fn in_hint(&self, hint: &str) -> String {
        let mut text = String::new();
        let mut rest = hint;
        while let Some(at) = rest.find(NAME) {
            let (before, behind) = rest.split_at(at);
            text.push_str(before);
            let command = ["scan", "clean"].into_iter().find(|command| {
                let behind = behind[NAME.len()..].strip_prefix(command);
                behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric()))
            });
            rest = &behind[NAME.len()..];
            let Some(command) = command else {
                text.push_str(NAME);
                continue;
            };
            rest = &rest[command.len()..];
            let (program, store) = (self.program, self.store());
            text.push_str(&format!("{program} {command}{store}"));
            if before.ends_with('`') && rest.starts_with('`') {
                text.push_str(&self.uploads);
            }
        }
        text + rest
    }
}

/// As hints are written, for any program and store.
const NAME: &str = "partsweep ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_in_a_hint_leads_to_the_same_store_and_the_same_uploads() {
        let again = Again {
            program: "partsweep demo",
            store: " --store minio".to_owned(),
            uploads: " --older-than 30d b 'partsweep scan'".to_owned(),
            ..Again::default()
        };
        let same = "partsweep demo scan --store minio";
        for (hint, led) in [
            (
                "`partsweep scan` shows them",
                format!("`{same} --older-than 30d b 'partsweep scan'` shows them"),
            ),
            ("so: partsweep scan s3://b", format!("so: {same} s3://b")),
            (
                "`partsweep scan --save`, `partsweep apply`, partsweep scanner",
                format!("`{same} --save`, `partsweep apply`, partsweep scanner"),
            ),
            ("no command", "no command".to_owned()),
        ] {
            assert_eq!(again.in_hint(hint), led);
        }
    }
}
