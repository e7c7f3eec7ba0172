//! What a sweep may do, and where it is written down.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_core::Limits;

use super::file_name;
use super::selection::{AgeError, age, size};

/// The options of every command that aborts uploads.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Aborting")]
pub(crate) struct SweepArgs {
    /// Don't ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Abort nothing if more than N uploads are selected
    #[arg(long, value_name = "N")]
    max_uploads: Option<u64>,
    /// Abort nothing if the total size exceeds SIZE (for example 500GB)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_bytes: Option<u64>,
    /// Also abort uploads whose object seems to be complete, where that can't damage it
    #[arg(hide_short_help = true, long)]
    pub(crate) include_finished: bool,
    /// Allow ages under 1 h on stores where aborting a running upload can't be repaired (Garage, Swift)
    #[arg(hide_short_help = true, long)]
    risk_live: bool,
    /// On stores where an abort can damage an object (Ceph), check the key again after TIME
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5s", value_parser = settling)]
    settle: SignedDuration,
    /// Write the journal to FILE [default: in the state directory]
    #[arg(long, value_name = "FILE", value_parser = file_name)]
    pub(crate) journal: Option<PathBuf>,
}

impl SweepArgs {
    /// What one run may do.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_uploads: self.max_uploads,
            max_bytes: self.max_bytes,
            risk_live: self.risk_live,
        }
    }

    /// The time after which a key is looked at again.
    pub(crate) fn settle(&self) -> Duration {
        self.settle.unsigned_abs()
    }
}

/// Reads a time as an age, or in milliseconds: `5s`, `100ms`.
fn settling(text: &str) -> Result<SignedDuration, AgeError> {
    let milliseconds = text.trim().strip_suffix("ms").map(str::trim_end);
    match milliseconds.and_then(|number| number.parse::<u32>().ok()) {
        Some(number) => Ok(SignedDuration::from_millis(number.into())),
        None => age(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settling_time_may_be_milliseconds() {
        let millis = SignedDuration::from_millis;
        for (text, time) in [("5s", 5_000), ("100ms", 100), ("250 ms", 250), ("0s", 0)] {
            assert_eq!(settling(text), Ok(millis(time)), "{text}");
        }
        for text in ["-1ms", "1.5ms", "ms", "100", "5xs"] {
            assert!(settling(text).is_err(), "{text}");
        }
    }
}
