//! What the exit code says (`docs/exit-codes.md`).

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done, or nothing was found.
    Done,
    /// An unexpected failure: nothing could be done.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// Something was denied, failed or stayed unknown; the rest was done.
    Partial,
    /// `--check` found uploads.
    Found,
    /// A limit or a missing consent stood against it.
    Refused,
    /// Stopped by SIGINT or SIGTERM.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Found => 4,
            Self::Refused => 5,
            Self::Interrupted => 130,
        }
    }

    /// The more severe of two, in the order 130, 2, 1, 5, 3, 4, 0.
    pub(crate) fn worst(self, other: Self) -> Self {
        if other.severity() > self.severity() {
            other
        } else {
            self
        }
    }

    fn severity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Partial => 2,
            Self::Refused => 3,
            Self::Failed => 4,
            Self::Usage => 5,
            Self::Interrupted => 6,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_severe_wins_whatever_its_number() {
        let order = [
            Exit::Done,
            Exit::Found,
            Exit::Partial,
            Exit::Refused,
            Exit::Failed,
        ];
        for (i, mild) in order.iter().enumerate() {
            for severe in &order[i..] {
                assert_eq!(mild.worst(*severe), *severe);
                assert_eq!(severe.worst(*mild), *severe);
            }
        }
        assert_eq!(order.map(Exit::code), [0, 4, 3, 5, 1]);
    }
}
