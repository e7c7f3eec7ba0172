//! Keys to ask for one by one, of stores whose listing leaves uploads out.

use std::path::PathBuf;

/// The options that ask for keys beside the listing.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct KeyArgs {
    /// Also ask for each key in FILE: a line each, s3://BUCKET/KEY, or KEY if one bucket is scanned; - for stdin
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub(crate) keys_from: Option<PathBuf>,
    /// Also ask for each key and prefix of the bucket's objects, for stores that may omit uploads (MinIO): a
    /// request each
    #[arg(hide_short_help = true, long)]
    pub(crate) probe_keys: bool,
}

impl KeyArgs {
    /// Whether the keys come from standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.keys_from
            .as_ref()
            .is_some_and(|path| path.as_os_str() == "-")
    }
}
