//! One scan of a history, and its sweep with all crashes and resumptions.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{
    BucketName, Consent, Inspect, KeepReason, Limits, NameFilter, Outcome, OutcomeKind, Selection,
    Terms, Verdict,
};
use partsweep_engine::inventory::{
    Entry, Header, InventoryReader, InventoryWriter, SavedSelection, Uploads, check,
};
use partsweep_engine::journal::{self, Journal, JournalHeader, Memory};
use partsweep_engine::scan;
use partsweep_engine::{
    Earlier, KeySearch, ScanEvent, ScanRequest, Sizes, SweepOptions, SweepRequest, SweepTotals,
    SweptUpload, Target, Targets, sweep,
};
use partsweep_sim::Action;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::ledger::Planned;
use crate::meddled::Meddled;

/// Scans and sweeps the bucket of a history.
pub(crate) struct Sweeps {
    pub(crate) store: Arc<Meddled>,
    pub(crate) bucket: BucketName,
    pub(crate) dice: Dice,
}

/// How a sweep ended.
enum Ended {
    Whole(Vec<SweptUpload>),
    Crashed(Vec<SweptUpload>),
}

impl Sweeps {
    pub(crate) fn client_works(&mut self, most: u64) {
        let mut around = self.store.around();
        for _ in 0..2 + self.dice.below(most) {
            let action = match self.dice.below(3) {
                0 => self.dice.pick(&Action::ALL),
                1 => Action::Create,
                _ => Action::PutPart,
            };
            around.act(action);
        }
    }

    pub(crate) async fn scan_and_sweep(&mut self) {
        let hours = self.dice.pick(&[0, 0, 1, 24]);
        let older_than = SignedDuration::from_hours(hours);
        let saved = self.save_a_scan(older_than).await;
        let saved = self.trim(saved);
        if self.dice.one_in(2) {
            self.client_works(3);
        }
        if self.dice.one_in(6) {
            return self.sweep_twice_at_once(&saved, older_than).await;
        }
        let first = Journalled::of(&saved, older_than);
        {
            let mut around = self.store.around();
            around.ledger.older_than = older_than;
            around.ledger.journals = vec![first.journal.clone()];
            around.ledger.planned = first.planned.clone();
            around.meddling = self.dice.pick(&[0, 2, 4]);
            around.crash_in = self.dice.one_in(3).then(|| self.dice.below(28));
            around.crash_in_repair = self.dice.one_in(3).then(|| self.dice.below(12));
        }
        let mut totals = SweepTotals::default();
        let mut finished = HashSet::new();
        let mut earlier = None;
        let unclear = loop {
            let concurrency = self.dice.pick(&[1, 3]);
            let ended = self
                .sweep(&saved, &first, earlier.take(), concurrency)
                .await;
            let (swept, crashed) = match ended {
                Ended::Whole(swept) => (swept, false),
                Ended::Crashed(swept) => (swept, true),
            };
            if crashed {
                // What the journal knows counts, not what reached a screen that is gone.
                self.restart();
                let recovered = journal::read(Cursor::new(first.journal.bytes())).unwrap();
                let mut around = self.store.around();
                for doubt in &recovered.in_doubt {
                    let id = doubt.planned.upload.address.id.as_str().to_owned();
                    around.ledger.doubted.insert(id);
                }
                around.played.count("resumed");
                around.ledger.read_what_was_told();
                drop(around);
                totals = recovered.totals;
                finished = (0..first.len)
                    .filter(|n| recovered.done.contains(*n))
                    .collect();
                earlier = Some(recovered);
                continue;
            }
            for one in &swept {
                assert!(finished.insert(one.number), "counted twice");
                totals.count(one);
                self.count(one);
            }
            break swept.iter().filter(|one| is_unclear(one)).count() as u64;
        };
        assert_eq!(finished.len() as u64, first.len, "one outcome for each");
        self.check_totals(&first, &totals, unclear);
        self.quiet();
    }

    /// The same plan is swept by two processes at once: together they claim no more than was there.
    async fn sweep_twice_at_once(&mut self, saved: &[u8], older_than: SignedDuration) {
        let one = Journalled::of(saved, older_than);
        // The second finds the first at work, as the program's do on one machine.
        let other = Journalled {
            alone: false,
            ..Journalled::of(saved, older_than)
        };
        {
            let mut around = self.store.around();
            around.ledger.older_than = older_than;
            around.ledger.journals = vec![one.journal.clone(), other.journal.clone()];
            around.ledger.planned = one.planned.clone();
            around.meddling = self.dice.pick(&[0, 4]);
            around.played.count("two sweeps at once");
        }
        let concurrency = self.dice.pick(&[1, 3]);
        let swept = tokio::join!(
            self.sweep(saved, &one, None, concurrency),
            self.sweep(saved, &other, None, 4 - concurrency),
        );
        let mut claimed = SweepTotals::default();
        for ended in <[Ended; 2]>::from(swept) {
            let Ended::Whole(swept) = ended else {
                panic!("nobody died")
            };
            assert_eq!(swept.len() as u64, one.len, "one outcome for each");
            for outcome in &swept {
                claimed.count(outcome);
                self.count(outcome);
            }
        }
        self.check_claims(&one, &claimed);
        self.quiet();
    }

    /// No more is said to be freed than was.
    fn check_claims(&self, planned: &Journalled, totals: &SweepTotals) {
        let around = self.store.around();
        let (freed, unheard) = (&around.ledger.freed, &around.ledger.unheard);
        let ours = planned.planned.iter();
        let ours = ours.filter(|(id, _)| freed.contains(*id) || unheard.contains(*id));
        let (count, bytes) = ours.fold((0, 0), |(count, sum), (_, size)| {
            (count + 1, sum + size.counted)
        });
        // Where an abort of what is gone is answered with success, both have aborted it; and without an answer
        // nobody knows whose abort it was.
        let tells_gone = self.store.provider().tells_gone;
        let most = count + unheard.len() as u64;
        assert!(
            !tells_gone || totals[OutcomeKind::Aborted] <= most,
            "more was freed than was aborted"
        );
        assert!(totals.bytes_freed <= bytes, "more bytes than were there");
    }

    /// Our process is started again; clients have gone on meanwhile.
    fn restart(&mut self) {
        let mut around = self.store.around();
        around.crashed = CancellationToken::new();
        around.crash_in = self.dice.one_in(4).then(|| self.dice.below(30));
        around.crash_in_repair = self.dice.one_in(4).then(|| self.dice.below(12));
        around.repair.clear();
        around.answer_all();
        drop(around);
        if self.dice.one_in(2) {
            self.client_works(2);
        }
    }

    fn quiet(&mut self) {
        let mut around = self.store.around();
        for journal in around.ledger.journals.clone() {
            around.keep(&String::from_utf8_lossy(&journal.bytes()));
        }
        around.meddling = 0;
        around.crash_in = None;
        around.crash_in_repair = None;
        around.repair.clear();
        around.answer_all();
    }

    fn count(&mut self, swept: &SweptUpload) {
        let mut around = self.store.around();
        around.played.count(swept.outcome.code());
        let address = &swept.planned.upload.address;
        match &swept.outcome {
            Outcome::AtRisk(_) | Outcome::Unverified(_) => {
                let key = address.key.as_str().to_owned();
                around.ledger.told.insert(key);
            }
            Outcome::Failed(error) => {
                assert!(around.lies.is_some(), "no request fails here: {error}");
            }
            Outcome::Aborted => {
                let id = address.id.as_str();
                let is_ours =
                    around.ledger.freed.contains(id) || around.ledger.unheard.contains(id);
                assert!(is_ours, "counted as freed, and it was not ours");
            }
            _ => {}
        }
    }

    /// The sums tell what was done, and nothing else.
    ///
    /// `unclear`: uploads that were kept for what could not be learned.
    fn check_totals(&self, first: &Journalled, totals: &SweepTotals, unclear: u64) {
        let recovered = journal::read(Cursor::new(first.journal.bytes())).unwrap();
        // What did not succeed is not done: a sweep that goes on tries it again.
        let mut done = *totals;
        done[OutcomeKind::Kept] -= unclear;
        let mut open = unclear;
        for kind in [
            OutcomeKind::Failed,
            OutcomeKind::PartsRemain,
            OutcomeKind::AtRisk,
            OutcomeKind::Unverified,
        ] {
            open += std::mem::take(&mut done[kind]);
        }
        assert_eq!(recovered.totals, done, "the journal has the same sums");
        assert_eq!(recovered.done.len() + open, first.len);
        assert!(recovered.in_doubt.len() as u64 <= open);
        self.check_claims(first, totals);
    }

    /// Now and then a person removes uploads from the saved scan before it is swept.
    fn trim(&mut self, saved: Vec<u8>) -> Vec<u8> {
        if !self.dice.one_in(8) {
            return saved;
        }
        let mut trimmed = Vec::new();
        for line in saved.split_inclusive(|byte| *byte == b'\n') {
            let is_upload = line.starts_with(b"{\"type\":\"upload\"");
            if is_upload && self.dice.one_in(2) {
                self.store.around().played.count("trimmed");
            } else {
                trimmed.extend_from_slice(line);
            }
        }
        trimmed
    }

    async fn save_a_scan(&mut self, older_than: SignedDuration) -> Vec<u8> {
        let header = Header {
            version: "model".to_owned(),
            endpoint: "sim".to_owned(),
            account: None,
            started: Timestamp::now(),
            selection: SavedSelection {
                older_than_seconds: older_than.as_secs(),
                ..SavedSelection::default()
            },
        };
        let request = ScanRequest {
            targets: Targets::Named(vec![Target {
                bucket: self.bucket.clone(),
                prefix: String::new(),
            }]),
            selection: Selection {
                older_than,
                min_size: 0,
                min_cost: None,
                keys: NameFilter::default(),
            },
            sizes: Sizes::All,
            concurrency: 3,
            search: KeySearch::default(),
        };
        let mut writer = InventoryWriter::new(Vec::new(), &header).unwrap();
        let (events, mut news) = mpsc::channel(16);
        let scan = tokio::spawn(scan(Arc::clone(&self.store), request, events));
        while let Some(event) = news.recv().await {
            let mut around = self.store.around();
            around.keep(&format_args!("{event:?}"));
            match event {
                ScanEvent::Found(finding) => {
                    let is_young =
                        matches!(finding.verdict, Verdict::Keep(reason) if reason.is_too_young());
                    if is_young && around.clock_is_ours {
                        around.played.count("young although Date is ahead");
                    }
                    writer.finding(&finding).unwrap();
                }
                ScanEvent::BucketDone(summary) => writer.bucket(&summary).unwrap(),
                ScanEvent::Buckets(_)
                | ScanEvent::Listed { .. }
                | ScanEvent::BucketsMissing(_)
                | ScanEvent::AllListed
                | ScanEvent::KeysAsked(_) => {}
            }
        }
        scan.await.unwrap().unwrap();
        let saved = writer.finish().unwrap().0;
        let text = String::from_utf8_lossy(&saved);
        self.store.around().keep(&text);
        saved
    }

    async fn sweep(
        &self,
        saved: &[u8],
        first: &Journalled,
        earlier: Option<journal::Recovered>,
        concurrency: usize,
    ) -> Ended {
        let reader = || InventoryReader::open(Cursor::new(saved.to_vec())).unwrap();
        let plan = check(reader(), true, first.terms).unwrap().plan;
        // Some histories ask for no age at all, on a store that is not recognised.
        let limits = Limits {
            risk_live: true,
            ..Limits::default()
        };
        let consent = Consent::to(&plan, &limits, &self.store.provider()).unwrap();
        let plan = plan.approve(consent).unwrap();
        let journal = match &earlier {
            None => {
                let header = JournalHeader {
                    endpoint: "sim".to_owned(),
                    account: None,
                    plan: plan.digest().to_string(),
                    plan_file: None,
                    started: Timestamp::now(),
                    terms: plan.terms(),
                };
                Journal::start(first.journal.clone(), &header).unwrap()
            }
            Some(recovered) => Journal::resume(first.journal.clone(), recovered).unwrap(),
        };
        let request = SweepRequest {
            plan,
            journal,
            earlier: earlier.map(Earlier::from).unwrap_or_default(),
            options: SweepOptions {
                concurrency,
                rounds: 3,
                pause: Duration::from_millis(1),
                settle: Duration::from_millis(2),
                alone: first.alone,
            },
        };
        let (outcomes, mut news) = mpsc::channel(64);
        let crashed = self.store.around().crashed.clone();
        let stop = CancellationToken::new();
        let store = Arc::clone(&self.store);
        let source = Uploads::of(reader(), first.terms);
        let sweeping = tokio::spawn(sweep(store, request, source, outcomes, stop));
        let mut swept = Vec::new();
        loop {
            tokio::select! {
                one = news.recv() => match one {
                    Some(one) => {
                        self.store.around().keep(&format_args!("{one:?}"));
                        swept.push(one);
                    }
                    None => break,
                },
                () = crashed.cancelled() => {
                    // What was sent is done before we are back.
                    while self.store.around().in_flight > 0 {
                        tokio::task::yield_now().await;
                    }
                    sweeping.abort();
                    let _ = sweeping.await;
                    return Ended::Crashed(swept);
                }
            }
        }
        sweeping.await.unwrap().unwrap();
        Ended::Whole(swept)
    }
}

/// Whether an upload was kept for what could not be learned: the next sweep tries it again.
fn is_unclear(swept: &SweptUpload) -> bool {
    matches!(
        swept.outcome,
        Outcome::Kept(KeepReason::AgeUnknown | KeepReason::ObjectNotVisible)
    )
}

/// A plan that is being swept, with the journal that outlives a crash.
struct Journalled {
    journal: Memory,
    planned: HashMap<String, Planned>,
    len: u64,
    terms: Terms,
    /// No other process sweeps beside it.
    alone: bool,
}

impl Journalled {
    fn of(saved: &[u8], older_than: SignedDuration) -> Self {
        let mut reader = InventoryReader::open(Cursor::new(saved.to_vec())).unwrap();
        let mut planned = HashMap::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            if let Entry::Upload(upload) = entry
                && upload.sweep
            {
                let footprint = upload.planned.footprint;
                let id = upload.planned.upload.address.id.as_str().to_owned();
                let size = Planned {
                    parts: footprint.parts.exact().map(|parts| parts as usize),
                    bytes: footprint.bytes.exact(),
                    counted: footprint.bytes.known(),
                };
                planned.insert(id, size);
            }
        }
        Self {
            journal: Memory::default(),
            len: planned.len() as u64,
            planned,
            terms: Terms::older_than(older_than),
            alone: true,
        }
    }
}
