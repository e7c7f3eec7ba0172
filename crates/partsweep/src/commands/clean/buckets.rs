//! Scanned buckets: what can be aborted in each, and what is shown of it.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};

use jiff::SignedDuration;
use partsweep_core::{BucketName, Listing};
use partsweep_engine::{BucketSummary, Finding, ScanEvent};

use super::Clean;
use super::planning::{PlanDraft, Planned};
use crate::commands::scan;
use crate::report::closing::ClosingTable;
use crate::report::confirm::Proposal;
use crate::report::costs::ScanCosts;
use crate::report::order::InOrder;
use crate::report::seen::ScanSummary;
use crate::report::spool::Spool;
use crate::report::table;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::figures::counted;
use crate::text::hints;
use crate::text::keys_asked::came_to;

/// Buckets with the same trouble that are told one by one.
const TOLD: u64 = 5;

/// A bucket with uploads that can be aborted.
pub(super) struct ScannedBucket {
    pub(super) name: BucketName,
    /// As it is shown: with the prefixes that were asked for, if there are any.
    shown: String,
    pub(super) proposal: Proposal,
    /// What can be aborted in it.
    pub(super) planned: Planned,
}

impl ScannedBucket {
    /// Shows it; `place` says which of how many it is.
    pub(super) async fn show(
        &mut self,
        place: &str,
        older_than: SignedDuration,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        self.proposal.heading(place, &self.shown, width, out)?;
        if self.proposal.shows_all() {
            self.list(out).await?;
        }
        Ok(self.proposal.rows(older_than, width, out)?)
    }

    /// Lists every upload that would be aborted, with its whole key: in order, as long as they are few
    /// enough to be sorted in memory.
    pub(super) async fn list(&self, out: &mut dyn Write) -> Result<(), Failure> {
        Proposal::whole_heading(out)?;
        let list = |mut uploads: Vec<_>| {
            self.proposal.sort(&mut uploads);
            uploads
                .iter()
                .try_for_each(|upload| self.proposal.whole(upload, out))
        };
        self.planned.each(list).await
    }
}

/// All buckets, scanned. What is known of their uploads waits in a spool.
pub(super) struct Buckets {
    /// Those with uploads that can be aborted, by their sizes.
    pub(super) waiting: VecDeque<ScannedBucket>,
    /// What was seen.
    pub(super) seen: ScanSummary,
    /// What is skipped, and which buckets were not seen whole.
    pub(super) closing: ClosingTable,
    /// What it costs.
    pub(super) costs: ScanCosts,
    trouble: Vec<Trouble>,
}

/// What is wrong with buckets, and the same for all of them.
struct Trouble {
    kind: &'static str,
    buckets: u64,
    /// What is said of the first few, with what to do about it.
    told: Vec<(String, Vec<String>)>,
}

impl Buckets {
    /// Scans all of them.
    pub(super) async fn scan(clean: &Clean<'_>) -> Result<Self, Failure> {
        let mut scan = Scan {
            clean,
            spool: Spool::default(),
            open: HashMap::new(),
            done: InOrder::new(),
            closing: ClosingTable::new(clean.scan_options.request.selection.older_than),
            costs: ScanCosts::default(),
            trouble: Vec::new(),
            prefixes: table::prefixes(&clean.scan_options.request.targets),
        };
        let mut scan_run = clean.start_scan();
        while let Some(event) = scan_run.next().await? {
            scan.take(event)?;
        }
        let mut waiting = VecDeque::new();
        while let Some(bucket) = scan.done.next() {
            waiting.extend(bucket);
        }
        // What is worth most comes first: one may stop at any question.
        let size = |bucket: &ScannedBucket| Reverse(bucket.proposal.sums().1.known);
        waiting
            .make_contiguous()
            .sort_by(|a, b| (size(a), &a.name).cmp(&(size(b), &b.name)));
        Ok(Self {
            waiting,
            seen: scan_run.seen,
            closing: scan.closing,
            costs: scan.costs,
            trouble: scan.trouble,
        })
    }

    /// Says in which buckets there may be more than is known, before anything is asked (law 8).
    pub(super) fn tell_trouble(&self, console: &Console) {
        for trouble in &self.trouble {
            for (line, hints) in &trouble.told {
                console.warn(line, hints);
            }
            let more = trouble.buckets.saturating_sub(trouble.told.len() as u64);
            if more > 0 {
                let more = counted(more, "other bucket");
                console.warn(&format!("{more} {}", trouble.kind), &[]);
            }
        }
    }
}

struct Scan<'a> {
    clean: &'a Clean<'a>,
    spool: Spool,
    open: HashMap<BucketName, OpenBucket>,
    done: InOrder<Option<ScannedBucket>>,
    closing: ClosingTable,
    costs: ScanCosts,
    trouble: Vec<Trouble>,
    /// The names of buckets of which only some prefixes are scanned.
    prefixes: HashMap<BucketName, String>,
}

/// A bucket that is being scanned.
struct OpenBucket {
    proposal: Proposal,
    draft: PlanDraft,
}

impl Scan<'_> {
    fn take(&mut self, event: ScanEvent) -> Result<(), Failure> {
        match event {
            ScanEvent::Buckets(names) => self.done.expect(&names),
            ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => {}
            ScanEvent::Found(finding) => self.found(&finding)?,
            ScanEvent::BucketDone(summary) => {
                let bucket = self.scanned(&summary)?;
                self.done.put(summary.name, bucket);
            }
        }
        Ok(())
    }

    fn found(&mut self, finding: &Finding) -> io::Result<()> {
        self.costs.found(finding);
        let bucket = &finding.upload.address.bucket;
        let open = match self.open.get_mut(bucket) {
            Some(open) => open,
            None => {
                let open = OpenBucket {
                    proposal: Proposal::new(
                        self.clean.scan_options.top,
                        self.clean.scan_options.show.sort,
                    ),
                    draft: self.clean.plan_draft(&self.spool),
                };
                self.open.entry(bucket.clone()).or_insert(open)
            }
        };
        open.proposal.add(finding);
        open.draft.add(finding)
    }

    fn scanned(&mut self, summary: &BucketSummary) -> Result<Option<ScannedBucket>, Failure> {
        self.closing.bucket(summary);
        let stored = self.costs.close(summary);
        self.note_trouble(summary);
        scan::warn_of_index(summary, self.clean.console);
        scan::warn_of_nothing(summary, self.clean.scan_options, self.clean.console);
        let Some(mut open) = self.open.remove(&summary.name) else {
            return Ok(None);
        };
        let prices = self.clean.session.prices();
        let cost = stored.and_then(|stored| stored.sweepable_month(&prices));
        open.proposal.priced(cost.as_ref());
        for skipped in &open.proposal.skipped {
            self.closing.skipped(skipped);
        }
        let planned = open.draft.finish()?;
        Ok((!planned.plan.is_empty()).then(|| ScannedBucket {
            name: summary.name.clone(),
            shown: self
                .prefixes
                .get(&summary.name)
                .cloned()
                .unwrap_or_else(|| summary.name.as_str().to_owned()),
            proposal: open.proposal,
            planned,
        }))
    }

    fn note_trouble(&mut self, summary: &BucketSummary) {
        let name = summary.name.as_str();
        let (kind, line) = match &summary.listing {
            Listing::Complete if summary.unclear == 0 => return,
            Listing::Unproven { .. } if self.clean.scan_options.accept_unproven => return,
            Listing::Complete => {
                let uploads = counted(summary.unclear, "upload");
                (
                    "with uploads that are skipped because too little is known",
                    format!("bucket `{name}`: {uploads} skipped because too little is known"),
                )
            }
            Listing::Unproven { why } => (
                "may have more uploads than are listed",
                match &summary.asked {
                    None => format!("bucket `{name}` may have more uploads than are listed: {why}"),
                    Some(asked) => format!(
                        "bucket `{name}` may have more uploads than were found: {why}; {}",
                        came_to(asked)
                    ),
                },
            ),
            Listing::Gone(_) => (
                "deleted meanwhile",
                format!("bucket `{name}` was deleted since the buckets were listed"),
            ),
            Listing::Partial { error } => {
                let why = error.as_ref().map(|error| chain(error));
                let why = why.unwrap_or_else(|| "the store repeats itself".to_owned());
                (
                    "listed in part",
                    format!("bucket `{name}` was listed in part: {why}"),
                )
            }
            Listing::Denied(error) | Listing::Unsupported(error) | Listing::Failed(error) => {
                ("could not be listed", chain(error))
            }
        };
        let trouble = match self.trouble.iter().position(|other| other.kind == kind) {
            Some(at) => &mut self.trouble[at],
            None => {
                self.trouble.push(Trouble {
                    kind,
                    buckets: 0,
                    told: Vec::new(),
                });
                let last = self.trouble.len() - 1;
                &mut self.trouble[last]
            }
        };
        trouble.buckets += 1;
        if trouble.buckets <= TOLD {
            // What to do is the same for all of them.
            let hints = match trouble.buckets {
                1 => hints::for_listing(&summary.listing),
                _ => Vec::new(),
            };
            trouble.told.push((line, hints));
        }
    }
}
