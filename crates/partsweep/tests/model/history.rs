//! One random history.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{BucketName, Consent, Inspect, Limits, NameFilter, Outcome, Selection, Terms};
use partsweep_engine::inventory::{
    Header, InventoryReader, InventoryWriter, SavedSelection, Uploads, check,
};
use partsweep_engine::journal::{self, Journal, JournalHeader, Memory};
use partsweep_engine::{
    Earlier, ScanEvent, ScanRequest, Sizes, SweepOptions, SweepRequest, SweepTotals, SweptUpload,
    Target, Targets, scan, sweep,
};
use partsweep_s3::{Settings, StaticKeys, Store};
use partsweep_sim::{ACCESS_KEY, Action, Clock, Foreigner, Habits, SECRET_KEY, Setup, Sim, World};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::ledger::Ledger;
use crate::meddled::{Around, Meddled};

/// The same numbers for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }
}

/// What happened in a history, or in many.
#[derive(Debug, Default, Clone)]
pub(crate) struct Played {
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    pub(crate) crashes: u64,
    pub(crate) resumed: u64,
}

impl Played {
    pub(crate) fn add(&mut self, other: &Self) {
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.crashes += other.crashes;
        self.resumed += other.resumed;
    }
}

/// A server on which history after history is played, each in a bucket of its own.
pub(crate) struct History {
    world: World,
    store: Arc<Store>,
    _sim: Sim,
}

impl History {
    pub(crate) async fn begin(habits: Habits) -> Self {
        let clock = Clock::fixed(Timestamp::now());
        let setup = Setup {
            // Days pass on its clock, not on ours.
            checks_time: false,
            log_capacity: 0,
            ..Setup::new(habits).clock(clock).seed(1)
        };
        let world = World::new(setup);
        let sim = Sim::serve(world.clone(), 0).await.unwrap();
        let settings = Settings {
            endpoint_url: Some(sim.endpoint()),
            region: Some("us-east-1".to_owned()),
            keys: Some(StaticKeys::new(ACCESS_KEY, SECRET_KEY, None)),
            isolated: true,
            ..Settings::default()
        };
        let store = Arc::new(Store::connect(settings).await.unwrap());
        store.list_buckets().await.unwrap();
        Self {
            world,
            store,
            _sim: sim,
        }
    }

    /// Plays one; a failure names its seed.
    pub(crate) async fn play(&mut self, seed: u64) -> Played {
        let _named = Named(seed);
        let bucket = format!("s{seed}");
        self.world.create_bucket(&bucket);
        let client = Foreigner::new(self.world.clone(), &bucket, &["a", "b", "c"], seed);
        let ledger = Ledger::new(self.world.clone(), bucket.clone());
        let dice = Dice(seed);
        let around = Arc::new(Mutex::new(Around::new(ledger, client, dice.clone())));
        let mut game = Game {
            store: Arc::new(Meddled {
                store: Arc::clone(&self.store),
                around,
            }),
            bucket: BucketName::new(&bucket).unwrap(),
            dice,
            played: Played::default(),
        };
        game.client_works(6);
        for _ in 0..1 + game.dice.below(3) {
            game.client_works(4);
            game.scan_and_sweep().await;
        }
        let mut around = game.store.around();
        around.answer_all();
        around.client.settle();
        around.ledger.check_objects();
        drop(around);
        game.played
    }
}

/// Says which history failed.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay with PARTSWEEP_SEED={}", self.0);
        }
    }
}

struct Game {
    store: Arc<Meddled>,
    bucket: BucketName,
    dice: Dice,
    played: Played,
}

/// How a sweep ended.
enum Ended {
    Whole(Vec<SweptUpload>),
    Crashed(Vec<SweptUpload>),
}

impl Game {
    fn client_works(&mut self, most: u64) {
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

    async fn scan_and_sweep(&mut self) {
        let hours = self.dice.pick(&[0, 0, 1, 24]);
        let older_than = SignedDuration::from_hours(hours);
        let saved = self.save_a_scan(older_than).await;
        if self.dice.one_in(2) {
            self.client_works(3);
        }
        let first = Journalled::of(&saved, older_than);
        {
            let mut around = self.store.around();
            around.ledger.older_than = older_than;
            around.ledger.journal = first.journal.clone();
            around.ledger.planned = first.planned.clone();
            around.meddling = self.dice.pick(&[0, 2, 4]);
            let crashes = self.dice.one_in(3);
            around.crash_in = crashes.then(|| self.dice.below(14));
        }
        let mut totals = SweepTotals::default();
        let mut finished = HashSet::new();
        let mut earlier = None;
        loop {
            let ended = self.sweep(&saved, &first, earlier.take()).await;
            let (swept, crashed) = match ended {
                Ended::Whole(swept) => (swept, false),
                Ended::Crashed(swept) => (swept, true),
            };
            if crashed {
                // What the journal knows counts, not what reached a screen that is gone.
                self.played.crashes += 1;
                self.restart();
                let recovered = journal::read(Cursor::new(first.journal.bytes())).unwrap();
                totals = recovered.totals;
                finished = (0..first.len)
                    .filter(|n| recovered.done.contains(*n))
                    .collect();
                earlier = Some(recovered);
                self.played.resumed += 1;
                continue;
            }
            for one in &swept {
                assert!(finished.insert(one.number), "counted twice");
                totals.count(one);
                self.count(one);
            }
            break;
        }
        assert_eq!(finished.len() as u64, first.len, "one outcome for each");
        self.check_totals(&first, &totals);
        self.quiet();
    }

    /// Our process is started again; clients have gone on meanwhile.
    fn restart(&mut self) {
        let mut around = self.store.around();
        around.crashed = CancellationToken::new();
        around.crash_in = self.dice.one_in(4).then(|| self.dice.below(15));
        around.answer_all();
        drop(around);
        if self.dice.one_in(2) {
            self.client_works(2);
        }
    }

    fn quiet(&mut self) {
        let mut around = self.store.around();
        around.meddling = 0;
        around.crash_in = None;
        around.answer_all();
    }

    fn count(&mut self, swept: &SweptUpload) {
        *self
            .played
            .outcomes
            .entry(swept.outcome.code())
            .or_default() += 1;
        let key = swept.planned.upload.address.key.as_str().to_owned();
        match &swept.outcome {
            Outcome::Raced(_) | Outcome::Unsettled(_) => {
                self.store.around().ledger.told.insert(key);
            }
            Outcome::Failed(error) => panic!("no request fails here: {error}"),
            _ => {}
        }
    }

    /// The sums tell what was done, and nothing else.
    fn check_totals(&self, first: &Journalled, totals: &SweepTotals) {
        let recovered = journal::read(Cursor::new(first.journal.bytes())).unwrap();
        // What did not succeed is not done: a sweep that goes on tries it again.
        let open = totals.failed + totals.parts_remain + totals.unsettled;
        let done = SweepTotals {
            failed: 0,
            parts_remain: 0,
            unsettled: 0,
            ..*totals
        };
        assert_eq!(recovered.totals, done, "the journal has the same sums");
        assert_eq!(recovered.done.len() + open, first.len);
        assert!(recovered.in_doubt.len() as u64 <= open);
        let around = self.store.around();
        let sent = around.ledger.aborted.len() as u64;
        assert!(totals.aborted <= sent, "more was freed than was aborted");
        let planned: u64 = first.planned.values().map(|(_, bytes)| bytes).sum();
        assert!(totals.bytes_freed <= planned);
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
                keys: NameFilter::default(),
            },
            sizes: Sizes::All,
            concurrency: 3,
        };
        let mut writer = InventoryWriter::new(Vec::new(), &header).unwrap();
        let (events, mut news) = mpsc::channel(16);
        let scan = tokio::spawn(scan(Arc::clone(&self.store), request, events));
        while let Some(event) = news.recv().await {
            match event {
                ScanEvent::Found(finding) => writer.finding(&finding).unwrap(),
                ScanEvent::BucketDone(summary) => writer.bucket(&summary).unwrap(),
                ScanEvent::Buckets(_) | ScanEvent::Listed(_) => {}
            }
        }
        scan.await.unwrap().unwrap();
        writer.finish().unwrap().0
    }

    async fn sweep(
        &mut self,
        saved: &[u8],
        first: &Journalled,
        earlier: Option<journal::Recovered>,
    ) -> Ended {
        let reader = || InventoryReader::open(Cursor::new(saved.to_vec())).unwrap();
        let plan = check(reader(), false, first.terms).unwrap().plan;
        let consent = Consent::to(&plan, &Limits::default(), self.store.provider()).unwrap();
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
                concurrency: self.dice.pick(&[1, 3]),
                rounds: 3,
                pause: Duration::from_millis(1),
                settle: Duration::from_millis(2),
            },
        };
        let (outcomes, mut news) = mpsc::channel(64);
        let crashed = self.store.around().crashed.clone();
        let stop = CancellationToken::new();
        let store = Arc::clone(&self.store);
        let sweeping = tokio::spawn(sweep(store, request, Uploads::of(reader()), outcomes, stop));
        let mut swept = Vec::new();
        loop {
            tokio::select! {
                one = news.recv() => match one {
                    Some(one) => swept.push(one),
                    None => break,
                },
                () = crashed.cancelled() => {
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

/// A plan that is being swept, with the journal that outlives a crash.
struct Journalled {
    journal: Memory,
    planned: std::collections::HashMap<String, (usize, u64)>,
    len: u64,
    terms: Terms,
}

impl Journalled {
    fn of(saved: &[u8], older_than: SignedDuration) -> Self {
        let mut reader = InventoryReader::open(Cursor::new(saved.to_vec())).unwrap();
        let mut planned = std::collections::HashMap::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            if let partsweep_engine::inventory::Entry::Upload(upload) = entry
                && upload.sweep
            {
                let footprint = upload.planned.footprint;
                let parts = footprint.parts.exact().unwrap() as usize;
                let bytes = footprint.bytes.exact().unwrap();
                let id = upload.planned.upload.address.id.as_str().to_owned();
                planned.insert(id, (parts, bytes));
            }
        }
        Self {
            journal: Memory::default(),
            len: planned.len() as u64,
            planned,
            terms: Terms::older_than(older_than),
        }
    }
}
