//! A scan that is running.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use partsweep_core::{
    BucketName, CostFilter, Inspect, Listing, MissingBuckets, Operation, StoreError,
    StoreErrorKind, Upload, escape,
};
use partsweep_engine::scan;
use partsweep_engine::{KeySearch, ScanEvent, Targets};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::args::ScanOptions;
use crate::bug;
use crate::report::seen::{BucketList, ScanSummary};
use crate::run::cost_notice::{self, Costs};
use crate::run::outage::OutageFilter;
use crate::run::prices::{self, PricedPlaces};
use crate::run::session::Session;
use crate::run::stall::StallNotice;
use crate::terminal::console::Console;
use crate::terminal::progress::Progress;
use crate::text::ceph_admin;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;

/// Events held between the engine and whoever reads them: so far the scan runs on while a
/// question waits for its answer. At about 500 bytes each, 2 MB.
const AHEAD: usize = 4_096;

/// A scan in the background. Dropped, it ends.
pub(crate) struct ScanRun<'a> {
    session: &'a Session,
    console: &'a Console,
    events: mpsc::Receiver<ScanEvent>,
    /// `None` once its end was seen: a task that is over cannot be waited for again.
    task: Option<JoinHandle<Result<(), StoreError>>>,
    outage: OutageFilter,
    /// Whether the buckets of all users are scanned.
    is_of_all_users: bool,
    /// Buckets that may not be listed.
    denied: u64,
    /// Whether no bucket at all means that the patterns are wrong.
    picks_buckets: bool,
    progress: Progress,
    costs: Costs,
    stall: StallNotice<'a>,
    /// The classes of uploads in buckets that are not done, of which the region may not be known yet.
    classes: HashMap<BucketName, BTreeSet<Option<Arc<str>>>>,
    /// Where uploads with parts are.
    places: PricedPlaces,
    /// The keys that are asked for one by one, as long as it isn't told what that costs.
    search: KeySearch,
    /// What an upload has to cost.
    least_cost: Option<CostFilter>,
    /// What was seen so far.
    pub(crate) seen: ScanSummary,
}

impl<'a> ScanRun<'a> {
    /// Starts it.
    pub(crate) fn start(
        session: &'a Session,
        scan_options: &ScanOptions,
        console: &'a Console,
    ) -> Self {
        let (sender, events) = mpsc::channel(AHEAD);
        let (store, request) = (Arc::clone(&session.store), scan_options.request.clone());
        let lists_buckets = !matches!(request.targets, Targets::Named(_));
        let is_of_all_users = matches!(request.targets, Targets::AllUsers(_));
        let search = request.search.clone();
        let mut run = Self {
            session,
            console,
            events,
            task: Some(tokio::spawn(async move {
                bug::provoke("scan");
                scan(store, request, sender).await
            })),
            outage: OutageFilter::new(lists_buckets),
            is_of_all_users,
            denied: 0,
            picks_buckets: scan_options.picks_buckets,
            progress: Progress::of_scan(console, scan_options.keys_to_ask()),
            costs: Costs::default(),
            stall: StallNotice::new(&session.store, console),
            classes: HashMap::new(),
            places: PricedPlaces::new(),
            least_cost: scan_options.request.selection.min_cost.clone(),
            seen: ScanSummary::of(match lists_buckets {
                true => BucketList::Complete,
                false => BucketList::Named,
            }),
            search,
        };
        run.tell_cost_of_keys();
        run
    }

    /// The next event, if one is there already.
    pub(crate) fn ready(&mut self) -> Result<Option<ScanEvent>, Failure> {
        loop {
            if let Some(event) = self.passed()? {
                return Ok(Some(event));
            }
            match self.events.try_recv() {
                Ok(event) => self.outage.put(event),
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
            match self.stall.watch(self.events.recv()).await {
                Some(event) => self.outage.put(event),
                None => break,
            }
        }
        self.outage.end(self.session)?;
        let Some(task) = &mut self.task else {
            return Ok(None);
        };
        let ended = task.await;
        self.task = None;
        match ended {
            Ok(Ok(())) => {
                self.warn_of_no_parts();
                self.warn_of_denied();
                self.session.warn_of_prices(&self.places, self.console);
                Ok(None)
            }
            Ok(Err(error)) => Err(failure(&error, self.session)),
            Err(error) => Err(Failure::of_task(&error)),
        }
    }

    fn passed(&mut self) -> Result<Option<ScanEvent>, Failure> {
        let event = self.outage.next();
        if let Some(event) = &event {
            self.refuse_no_bucket(event)?;
            self.refuse_no_price(event)?;
            self.notice(event);
        }
        Ok(event)
    }

    /// Patterns that leave no bucket are a mistake: an empty result would hide it (law 8).
    fn refuse_no_bucket(&self, event: &ScanEvent) -> Result<(), Failure> {
        match event {
            // Of a list that isn't whole, the bucket that is meant may be missing.
            ScanEvent::Buckets(_)
                if matches!(
                    self.session.store.buckets_missing(),
                    Some(MissingBuckets::Some(_))
                ) =>
            {
                Ok(())
            }
            ScanEvent::Buckets(names) if names.is_empty() && self.picks_buckets => Err(
                Failure::usage("no bucket matches --bucket and --exclude-bucket")
                    .hint("leave them out to see which buckets there are"),
            ),
            _ => Ok(()),
        }
    }

    /// Once the store has answered, it is known which it is: where nothing can be compared with a least cost, nothing
    /// is shown as if it cost less.
    fn refuse_no_price(&self, event: &ScanEvent) -> Result<(), Failure> {
        match (&self.least_cost, event) {
            (Some(least), ScanEvent::Found(_) | ScanEvent::BucketDone(_)) => {
                prices::check_least_cost(least, &self.session.priced())
            }
            _ => Ok(()),
        }
    }

    /// Says what asking for keys one by one costs, once it is known which store this is.
    fn tell_cost_of_keys(&mut self) {
        let text = cost_notice::of_keys(&self.search, &self.session.store.provider());
        if text.is_some() {
            self.search = KeySearch::default();
            self.note(text);
        }
    }

    fn notice(&mut self, event: &ScanEvent) {
        self.tell_cost_of_keys();
        self.progress.scan_event(event);
        match event {
            ScanEvent::Found(finding) => {
                self.seen.finding(finding);
                if self.session.has_own_prices() && finding.footprint.bytes.known() > 0 {
                    let Upload {
                        address,
                        storage_class,
                        ..
                    } = &finding.upload;
                    let classes = self.classes.entry(address.bucket.clone()).or_default();
                    classes.insert(storage_class.clone());
                }
            }
            ScanEvent::BucketDone(summary) => {
                self.denied += u64::from(matches!(summary.listing, Listing::Denied(_)));
                self.seen.bucket(summary);
                let classes = self.classes.remove(&summary.name).unwrap_or_default();
                let place = |class| (class, summary.region.clone());
                self.places.extend(classes.into_iter().map(place));
            }
            ScanEvent::Listed { to_size, .. } => {
                let text = self.costs.listed(*to_size, &self.session.store.provider());
                self.note(text);
            }
            ScanEvent::AllListed => {
                let text = self.costs.all_listed(&self.session.store.provider());
                self.note(text);
            }
            ScanEvent::Buckets(_) | ScanEvent::KeysAsked(_) => {}
            ScanEvent::BucketsMissing(MissingBuckets::Perhaps(why)) => {
                self.seen.bucket_list = BucketList::Unproven(why);
                self.console.note(why);
            }
            ScanEvent::BucketsMissing(MissingBuckets::Some(why)) => {
                self.seen.bucket_list = BucketList::Partial(why);
                let line = format!("the list of buckets may not be whole: {why}");
                let hint = "name the buckets to be sure of them: s3://BUCKET …";
                self.console.warn(&line, &[hint.to_owned()]);
            }
        }
    }

    /// A store whose lists of parts are always empty hides the parts of an upload that is running, too.
    fn warn_of_no_parts(&self) {
        if let Some(uploads) = self.seen.all_without_parts() {
            let line = format!(
                "none of these {uploads} uploads has a part: this store may not list parts, and then nothing shows \
                 whether an upload is still running"
            );
            let hint = "only the start of each upload counts then: choose an --older-than that is longer than any upload takes";
            self.console.warn(&line, &[hint.to_owned()]);
        }
    }

    /// Capabilities list the buckets of others, and give no right in them (measured on Ceph 16.2.15).
    fn warn_of_denied(&self) {
        if self.is_of_all_users && self.denied > 0 {
            let line = format!(
                "{} of other users may not be listed: that takes a user with the admin flag",
                counted(self.denied, "bucket")
            );
            self.console
                .warn(&line, &[ceph_admin::ADMIN_FLAG.to_owned()]);
        }
    }

    fn note(&self, text: Option<String>) {
        if let Some(text) = text {
            self.console.note(&text);
        }
    }
}

/// Why nothing could be listed. An endpoint with a path is often the URL of a bucket: then that is all there
/// is to say.
fn failure(error: &StoreError, session: &Session) -> Failure {
    let endpoint = session.store.endpoint();
    if error.operation == Operation::ListAllBuckets && error.kind == StoreErrorKind::Unsupported {
        return Failure::usage(chain(error))
            .hint("leave out --all-users to scan the buckets of your key");
    }
    let is_about_path =
        error.operation == Operation::ListBuckets && error.kind == StoreErrorKind::Unsupported;
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    match rest.split_once('/').filter(|_| is_about_path) {
        None => session.failure(error),
        Some((host, path)) => {
            let (store, target) = (format!("{scheme}://{host}"), format!("s3://{path}"));
            let (store, target) = (escape::for_shell(&store), escape::for_shell(&target));
            Failure::told(Exit::Failed, chain(error)).hint(format!(
                "if that is a bucket: {target} --endpoint-url {store}"
            ))
        }
    }
}

impl Drop for ScanRun<'_> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
