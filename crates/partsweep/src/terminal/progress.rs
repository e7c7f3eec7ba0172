//! Progress bars on standard error, fed by the same events as the reports.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use partsweep_engine::{ScanEvent, SweptUpload};

use crate::terminal::console::Console;
use crate::text::figures;

/// The bar of a scan or of a sweep; gone when dropped. Does nothing where no bars are shown.
///
/// It moves only when something happens: a bar that ticks by itself would draw over a question.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    buckets: u64,
    buckets_done: u64,
    bytes: u64,
}

impl Progress {
    /// A bar for uploads found, with buckets and bytes beside it.
    pub(crate) fn of_scan(console: &Console) -> Self {
        Self::new(console, 0)
    }

    /// A bar for a plan of so many uploads, with the bytes freed beside it.
    pub(crate) fn of_sweep(console: &Console, uploads: u64) -> Self {
        Self::new(console, uploads)
    }

    fn new(console: &Console, length: u64) -> Self {
        let style = ProgressStyle::with_template(
            "{wide_bar} {human_pos}/{human_len} uploads, {msg}, {rate}, {eta} left",
        )
        // The template is a constant that is drawn in every run at a terminal.
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            // A rate that cannot be written is not shown.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        });
        let bar = console
            .bars()
            .map(|bars| bars.add(ProgressBar::new(length).with_style(style)));
        Self {
            bar,
            buckets: 0,
            buckets_done: 0,
            bytes: 0,
        }
    }

    /// Shows what a scan tells.
    pub(crate) fn scan_event(&mut self, event: &ScanEvent) {
        let Some(bar) = &self.bar else { return };
        match event {
            ScanEvent::Buckets(names) => self.buckets = names.len() as u64,
            ScanEvent::Listed { uploads, .. } => bar.inc_length(*uploads),
            ScanEvent::BucketsMissing(_) | ScanEvent::AllListed => {}
            ScanEvent::Found(finding) => {
                self.bytes = self.bytes.saturating_add(finding.footprint.bytes.known());
                bar.inc(1);
            }
            ScanEvent::BucketDone(summary) => {
                self.buckets_done += 1;
                // Listed and gone: counted as seen.
                bar.inc(summary.vanished);
                if self.buckets_done == self.buckets {
                    bar.finish_and_clear();
                    return;
                }
            }
        }
        bar.set_message(format!(
            "{}, {}/{} buckets",
            figures::bytes(self.bytes),
            figures::count(self.buckets_done),
            figures::count(self.buckets)
        ));
    }

    /// Shows what became of one upload.
    pub(crate) fn swept(&mut self, swept: &SweptUpload) {
        let Some(bar) = &self.bar else { return };
        self.bytes = self
            .bytes
            .saturating_add(swept.bytes_freed().unwrap_or_default());
        bar.inc(1);
        bar.set_message(format!("{} freed", figures::bytes(self.bytes)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
