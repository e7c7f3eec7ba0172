//! A scan that is running, and what its end means.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::profile::Provider;
use partsweep_core::{Inspect, KeepReason, Listing, MissingBuckets, StoreError, Verdict};
use partsweep_engine::scan;
use partsweep_engine::{BucketSummary, Finding, ScanEvent, Targets, Totals};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::args::Survey;
use crate::bug;
use crate::run::cost_notice::Costs;
use crate::run::outage::Sieve;
use crate::run::session::Session;
use crate::run::stall::Silence;
use crate::terminal::console::Console;
use crate::terminal::progress::Progress;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Events held between the engine and whoever reads them: so far the scan runs on while a
/// question waits for its answer. At about 500 bytes each, 2 MB.
const AHEAD: usize = 4_096;

/// A scan in the background. Dropped, it ends.
pub(crate) struct Scanning<'a> {
    session: &'a Session,
    console: &'a Console,
    events: mpsc::Receiver<ScanEvent>,
    /// `None` once its end was seen: a task that is over cannot be waited for again.
    task: Option<JoinHandle<Result<(), StoreError>>>,
    sieve: Sieve,
    /// Whether no bucket at all means that the patterns are wrong.
    picks_buckets: bool,
    progress: Progress,
    costs: Costs,
    silence: Silence<'a>,
    /// What was seen so far.
    pub(crate) seen: Seen,
}

impl<'a> Scanning<'a> {
    /// Starts it.
    pub(crate) fn start(session: &'a Session, survey: &Survey, console: &'a Console) -> Self {
        let (sender, events) = mpsc::channel(AHEAD);
        let (store, request) = (Arc::clone(&session.store), survey.request.clone());
        let lists_buckets = matches!(request.targets, Targets::Account(_));
        Self {
            session,
            console,
            events,
            task: Some(tokio::spawn(async move {
                bug::provoke("scan");
                scan(store, request, sender).await
            })),
            sieve: Sieve::new(lists_buckets),
            picks_buckets: survey.picks_buckets,
            progress: Progress::of_scan(console),
            costs: Costs::default(),
            silence: Silence::new(&session.store, console),
            seen: Seen {
                bucket_list: match lists_buckets {
                    true => BucketList::Complete,
                    false => BucketList::Named,
                },
                ..Seen::default()
            },
        }
    }

    /// The next event, if one is there already.
    pub(crate) fn ready(&mut self) -> Result<Option<ScanEvent>, Failure> {
        loop {
            if let Some(event) = self.passed()? {
                return Ok(Some(event));
            }
            match self.events.try_recv() {
                Ok(event) => self.sieve.put(event),
                Err(_) => return Ok(None),
            }
        }
    }

    /// The next event, or `None` at the end of the scan, as often as it is asked for. Fails if nothing
    /// could be looked at.
    pub(crate) async fn next(&mut self) -> Result<Option<ScanEvent>, Failure> {
        loop {
            if let Some(event) = self.passed()? {
                return Ok(Some(event));
            }
            match self.silence.watch(self.events.recv()).await {
                Some(event) => self.sieve.put(event),
                None => break,
            }
        }
        self.sieve.end()?;
        let Some(task) = &mut self.task else {
            return Ok(None);
        };
        let ended = task.await;
        self.task = None;
        match ended {
            Ok(Ok(())) => Ok(None),
            Ok(Err(error)) => Err(Failure::from(&error)),
            Err(error) => Err(Failure::of_task(&error)),
        }
    }

    fn passed(&mut self) -> Result<Option<ScanEvent>, Failure> {
        let event = self.sieve.next();
        if let Some(event) = &event {
            self.refuse_no_bucket(event)?;
            self.notice(event);
        }
        Ok(event)
    }

    /// Patterns that leave no bucket are a mistake: an empty result would hide it (law 8).
    fn refuse_no_bucket(&self, event: &ScanEvent) -> Result<(), Failure> {
        match event {
            ScanEvent::Buckets(names) if names.is_empty() && self.picks_buckets => Err(
                Failure::usage("no bucket matches --bucket and --exclude-bucket")
                    .hint("`partsweep scan` without them shows the buckets that there are"),
            ),
            _ => Ok(()),
        }
    }

    fn notice(&mut self, event: &ScanEvent) {
        self.progress.scan_event(event);
        match event {
            ScanEvent::Found(finding) => self.seen.finding(finding),
            ScanEvent::BucketDone(summary) => self.seen.bucket(summary),
            ScanEvent::Listed { to_size, .. } => {
                let text = self.costs.listed(*to_size, &self.session.store.provider());
                self.note(text);
            }
            ScanEvent::AllListed => {
                let text = self.costs.all_listed(&self.session.store.provider());
                self.note(text);
            }
            ScanEvent::Buckets(_) => {}
            ScanEvent::BucketsMissing(MissingBuckets::Perhaps(why)) => {
                self.seen.bucket_list = BucketList::Unproven(why);
                self.console.note(why);
            }
            ScanEvent::BucketsMissing(MissingBuckets::Some(why)) => {
                self.seen.bucket_list = BucketList::Partial(why);
                let line = format!("the list of buckets may not be whole: {why}");
                let hint = "name the buckets to be sure of them: partsweep scan s3://BUCKET …";
                self.console.warn(&line, &[hint.to_owned()]);
            }
        }
    }

    fn note(&self, text: Option<String>) {
        if let Some(text) = text {
            self.console.note(&text);
        }
    }
}

impl Drop for Scanning<'_> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// How far the list of buckets can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BucketList {
    /// There is none: buckets were named, or come from a plan.
    #[default]
    Named,
    /// All buckets of the account.
    Complete,
    /// Perhaps all of them: why it is not certain.
    Unproven(&'static str),
    /// Not all of them: why.
    Partial(&'static str),
}

impl BucketList {
    /// The word for it in machine formats.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Complete => "complete",
            Self::Unproven(_) => "unproven",
            Self::Partial(_) => "partial",
        }
    }

    /// What there is to say about it.
    pub(crate) fn why(self) -> Option<&'static str> {
        match self {
            Self::Named | Self::Complete => None,
            Self::Unproven(why) | Self::Partial(why) => Some(why),
        }
    }
}

/// What a scan saw, summed up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Buckets looked at.
    pub(crate) buckets: u64,
    /// Those with uploads.
    pub(crate) buckets_with_uploads: u64,
    /// Sums over all of them.
    pub(crate) totals: Totals,
    /// Uploads that `--include` and `--exclude` left out.
    pub(crate) excluded: u64,
    /// Uploads that are kept only because `--no-size` did not ask for more.
    not_sized: u64,
    /// How far the list of buckets can be believed (law 14).
    pub(crate) bucket_list: BucketList,
    /// Buckets that were not seen whole.
    not_whole: u64,
    /// Of these, those whose listing merely proves nothing.
    unproven: u64,
}

impl Seen {
    /// What a saved scan saw, as far as a sweep tells it: so many buckets.
    pub(crate) fn saved(buckets: usize) -> Self {
        Self {
            buckets: buckets as u64,
            ..Self::default()
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let not_sized = finding.verdict == Verdict::Keep(KeepReason::NotSized);
        self.not_sized += u64::from(not_sized);
    }

    fn bucket(&mut self, summary: &BucketSummary) {
        self.buckets += 1;
        self.buckets_with_uploads += u64::from(summary.totals.uploads > 0);
        self.totals.add(&summary.totals);
        self.excluded += summary.excluded;
        self.not_whole += u64::from(!summary.is_whole());
        let unproven = matches!(summary.listing, Listing::Unproven { .. }) && summary.unclear == 0;
        self.unproven += u64::from(unproven);
    }

    /// Whether something was denied, failed or stayed unknown (law 8).
    pub(crate) fn exit(&self, accept_unproven: bool) -> Exit {
        let accepted = if accept_unproven { self.unproven } else { 0 };
        if matches!(self.bucket_list, BucketList::Partial(_)) || self.not_whole > accepted {
            Exit::Partial
        } else {
            Exit::Done
        }
    }

    /// What `--check` says: whether there is anything to sweep. Of what was not sized, that is not
    /// known: there it is what began longer ago than `--older-than`.
    pub(crate) fn check(&self) -> Exit {
        if self.totals.sweepable_uploads + self.not_sized > 0 {
            Exit::Found
        } else {
            Exit::Done
        }
    }
}

/// The end of a run, for the reports.
pub(crate) struct End {
    /// What was seen.
    pub(crate) seen: Seen,
    /// Which store it was.
    pub(crate) provider: Provider,
    /// When, by this machine's clock.
    pub(crate) finished: Timestamp,
    /// How long it took.
    pub(crate) took: SignedDuration,
}

impl End {
    /// The end, now.
    pub(crate) fn now(session: &Session, seen: Seen) -> Self {
        let finished = Timestamp::now();
        Self {
            seen,
            provider: session.store.provider(),
            finished,
            took: finished.duration_since(session.started),
        }
    }
}
