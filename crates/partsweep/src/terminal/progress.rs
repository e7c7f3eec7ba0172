//! Progress bars on standard error, fed by the same events as the reports.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use partsweep_engine::{ScanEvent, SweptUpload};

use crate::terminal::console::Console;
use crate::terminal::hush::Hush;
use crate::terminal::narrow;
use crate::text::figures;
use crate::text::fit;

/// What is over sooner shows no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(500);

/// Between two lines of a bar: as fast as they can be read.
const PAUSE: Duration = Duration::from_millis(60);

/// The columns of the bar itself.
const BAR: std::ops::RangeInclusive<usize> = 8..=30;

/// The bar of a scan or of a sweep; gone when dropped. Does nothing where no bars are shown.
///
/// It moves only when something happens: a bar that ticks by itself would draw over a question.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    hush: Option<Hush>,
    /// Once it is shown.
    bar: Option<ProgressBar>,
    begun: Instant,
    drawn: Option<Instant>,
    uploads: u64,
    /// Uploads, or bytes where bytes are sent.
    done: u64,
    /// Whether bytes are counted instead of uploads.
    counts_bytes: bool,
    buckets: u64,
    buckets_done: u64,
    bytes: u64,
    /// Keys that were asked for one by one.
    keys: u64,
    /// How many keys there are to ask for, where that is known.
    all_keys: Option<u64>,
}

impl Progress {
    /// A bar for uploads found, with buckets and bytes beside it, and keys that are asked for, of so many if that is
    /// known.
    pub(crate) fn of_scan(console: &Console, all_keys: Option<u64>) -> Self {
        let mut progress = Self::new(console, 0);
        progress.all_keys = all_keys;
        progress
    }

    /// A bar for a plan of so many uploads, with the bytes freed beside it.
    pub(crate) fn of_sweep(console: &Console, uploads: u64) -> Self {
        Self::new(console, uploads)
    }

    /// A bar for so many bytes that are sent.
    pub(crate) fn of_bytes(console: &Console, bytes: u64) -> Self {
        let mut progress = Self::new(console, bytes);
        progress.counts_bytes = true;
        progress
    }

    fn new(console: &Console, uploads: u64) -> Self {
        Self {
            bars: console.bars().cloned(),
            hush: console.hush(),
            bar: None,
            begun: Instant::now(),
            drawn: None,
            uploads,
            done: 0,
            counts_bytes: false,
            buckets: 0,
            buckets_done: 0,
            bytes: 0,
            keys: 0,
            all_keys: None,
        }
    }

    /// Shows what a scan tells.
    pub(crate) fn scan_event(&mut self, event: &ScanEvent) {
        if self.bars.is_none() {
            return;
        }
        match event {
            ScanEvent::Buckets(names) => self.buckets = names.len() as u64,
            ScanEvent::Listed { uploads, .. } => self.uploads += uploads,
            ScanEvent::BucketsMissing(_) | ScanEvent::AllListed => {}
            ScanEvent::KeysAsked(keys) => self.keys += keys,
            ScanEvent::Found(finding) => {
                self.bytes = self.bytes.saturating_add(finding.footprint.bytes.known());
                self.done += 1;
            }
            ScanEvent::BucketDone(summary) => {
                self.buckets_done += 1;
                // Listed and gone: counted as seen.
                self.done += summary.vanished;
                if self.buckets_done == self.buckets {
                    return self.end();
                }
            }
        }
        self.draw(|progress| {
            format!(
                "{}, {}/{} buckets{}",
                figures::rounded(progress.bytes),
                figures::count(progress.buckets_done),
                figures::count(progress.buckets),
                asked(progress.keys, progress.all_keys)
            )
        });
    }

    /// Shows what became of one upload.
    pub(crate) fn swept(&mut self, swept: &SweptUpload) {
        if self.bars.is_none() {
            return;
        }
        let freed = swept.bytes_freed().unwrap_or_default();
        self.bytes = self.bytes.saturating_add(freed);
        self.done += 1;
        self.draw(|progress| format!("{} freed", figures::rounded(progress.bytes)));
    }

    /// Counts one upload that was checked only.
    pub(crate) fn checked(&mut self) {
        if self.bars.is_some() {
            self.done += 1;
            self.draw(|_| "checked".to_owned());
        }
    }

    /// Shows how many bytes were sent by now.
    pub(crate) fn sent(&mut self, bytes: u64) {
        if self.bars.is_some() {
            self.done = bytes.min(self.uploads);
            self.draw(|_| "sent".to_owned());
        }
    }

    fn draw(&mut self, what: impl FnOnce(&Self) -> String) {
        let is_early = self.begun.elapsed() < PATIENCE;
        if is_early || self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let text = self.line(&what(self), narrow::width().into());
        if let (None, Some(bars)) = (&self.bar, &self.bars) {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{msg}");
            // The template is a constant that is drawn in every long run at a terminal.
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            self.hush.iter().for_each(Hush::begin);
            self.bar = Some(bars.add(bar));
        }
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        }
    }

    /// A line of so many columns at most.
    fn line(&self, what: &str, width: usize) -> String {
        // Without an upload there is no bar to be filled: it would be full of nothing.
        if self.uploads == 0 {
            return fit::middle(&format!("Listing: {what}"), Some(width)).into_owned();
        }
        let rate = self.done as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let mut text = match self.counts_bytes {
            true => format!(
                "{} of {} {what}, {}/s",
                figures::bytes(self.done),
                figures::bytes(self.uploads),
                figures::bytes(rate as u64)
            ),
            false => format!(
                "{}/{} uploads, {what}, {rate:.0}/s",
                figures::count(self.done),
                figures::count(self.uploads)
            ),
        };
        let left = self.uploads.saturating_sub(self.done) as f64 / rate;
        // What is left to be found by key takes time of its own.
        let has_keys_left = self.all_keys.is_some_and(|all| self.keys < all);
        if left.is_finite() && !has_keys_left {
            let left = jiff::SignedDuration::from_secs(left as i64);
            text.push_str(&format!(", {} left", figures::about(left)));
        }
        let room = width.saturating_sub(fit::width(&text) + 1).min(*BAR.end());
        if room < *BAR.start() {
            return fit::middle(&text, Some(width)).into_owned();
        }
        let filled = self.done.min(self.uploads) as f64 / self.uploads as f64 * room as f64;
        let filled = filled as usize;
        format!("{}{} {text}", "█".repeat(filled), "░".repeat(room - filled))
    }

    fn end(&mut self) {
        self.bars = None;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            self.hush.as_ref().map(Hush::end);
        }
    }
}

/// How many keys were asked for, and of how many if that is known.
fn asked(keys: u64, all: Option<u64>) -> String {
    let shown = figures::count(keys);
    match all {
        _ if keys == 0 => String::new(),
        Some(all) if keys <= all => format!(", {shown}/{} keys asked for", figures::count(all)),
        _ => format!(", {shown} keys asked for"),
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64, uploads: u64) -> Progress {
        Progress {
            bars: None,
            hush: None,
            bar: None,
            begun: Instant::now(),
            drawn: None,
            uploads,
            done,
            counts_bytes: false,
            buckets: 2,
            buckets_done: 1,
            bytes: 5,
            keys: 0,
            all_keys: None,
        }
    }

    #[test]
    fn keys_are_asked_for_of_so_many_where_that_is_known() {
        assert_eq!(asked(1_000, Some(20_000)), ", 1,000/20,000 keys asked for");
        assert_eq!(asked(1_000, None), ", 1,000 keys asked for");
        assert_eq!(asked(2, Some(1)), ", 2 keys asked for");
        assert_eq!(asked(0, Some(1)), "");
    }

    #[test]
    fn a_bar_fits_any_width_and_nothing_is_never_full() {
        for width in [37, 77, 117] {
            for (done, uploads) in [(0, 1), (5, 10), (1_000_000, 9_000_000), (9, 9)] {
                let line = progress(done, uploads).line("5 B, 10,000/10,000 buckets", width);
                assert!(fit::width(&line) <= width, "{line}");
                assert!(
                    done == uploads || !line.contains('█') || line.contains('░'),
                    "{line}"
                );
            }
        }
        let nothing = progress(0, 0).line("0 B, 0/7 buckets", 77);
        assert_eq!(nothing, "Listing: 0 B, 0/7 buckets");
        let mut sent = progress(3_000_000, 12_000_000);
        sent.counts_bytes = true;
        let line = sent.line("sent", 77);
        assert!(line.contains(" 3.00 MB of 12.00 MB sent, "), "{line}");
    }
}
