//! What a person sees, held as pictures: the simulated store at a fixed time.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use jiff::{SignedDuration, Timestamp};
use partsweep_core::{BucketName, Consent, Inspect, Limits, Plan, Terms};
use partsweep_engine::{ScanEvent, Sizes, SweepOptions, Target, Targets};
use partsweep_s3::{Settings, StaticKeys};
use partsweep_sim::{ACCESS_KEY, Clock, Habits, Operation, SECRET_KEY, Setup, Sim};

use crate::args::{NextCommand, ScanOptions, SelectionArgs, SharedArgs, ShowArgs, Sort};
use crate::report::screen::ScanTable;
use crate::report::seen::End;
use crate::report::spool::Spool;
use crate::report::swept::SweepTable;
use crate::report::table::Table;
use crate::report::{ScanReport, SweepEvent, SweepReport};
use crate::run::journals::Journals;
use crate::run::scan::ScanRun;
use crate::run::session::Session;
use crate::run::sweep::{Job, SweepRun};
use crate::terminal::console::Console;
use crate::text::again::Again;

/// Output that a test can look at.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    /// What is on it, without styles, and without request ids: requests come in any order.
    fn text(&self) -> String {
        let plain = anstream::adapter::strip_bytes(&self.0.borrow()).into_vec();
        let text = String::from_utf8(plain).unwrap();
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let words = text.split_inclusive(|c: char| !is_word(c));
        words
            .map(|word| match word.trim_end_matches(|c: char| !is_word(c)) {
                id if id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()) => {
                    word.replace(id, "ID")
                }
                _ => word.to_owned(),
            })
            .collect()
    }
}

/// A store that stands at noon of 2026-11-23.
struct Scene {
    sim: Sim,
    now: Timestamp,
    scan_options: ScanOptions,
    console: Console,
}

impl Scene {
    async fn new(habits: Habits) -> Self {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let setup = Setup {
            checks_time: false,
            ..Setup::new(habits).clock(Clock::fixed(now))
        };
        let command = SharedArgs::augment_args(clap::Command::new("partsweep"));
        let given = command.get_matches_from(["partsweep", "--no-progress", "--quiet"]);
        let shared = SharedArgs::from_arg_matches(&given).unwrap();
        let scan_options = ScanOptions::new(&[], &SelectionArgs::default(), &shared, Sizes::All);
        Self {
            sim: Sim::start(setup).await.unwrap(),
            now,
            scan_options: ScanOptions {
                next: Some(NextCommand {
                    command: "partsweep clean".to_owned(),
                    targets: Vec::new(),
                }),
                ..scan_options.ok().unwrap()
            },
            console: Console::new(Again::default(), shared.output.manner()),
        }
    }

    async fn session(&self) -> Session {
        let settings = |_| Settings {
            endpoint_url: Some(self.sim.endpoint()),
            keys: Some(StaticKeys::new(ACCESS_KEY, SECRET_KEY, None)),
            isolated: true,
            ..Settings::default()
        };
        Session::connect(&settings, &self.console)
            .await
            .ok()
            .unwrap()
    }

    /// The screen of a scan, at a terminal of so many columns or in a file.
    async fn scan(&self, width: Option<usize>) -> String {
        let session = self.session().await;
        let paper = Paper::default();
        let table = Table::new(&self.scan_options, width);
        let mut report = ScanTable::new(table, paper.clone(), Spool::default());
        report
            .place(
                "Amazon S3 · profile default · account 123456789012",
                session.billing(),
            )
            .unwrap();
        let mut scan_run = self.scan_run(&session);
        while let Some(event) = scan_run.next().await.ok().unwrap() {
            report.event(event).unwrap();
        }
        let end = End {
            took: SignedDuration::from_millis(400),
            ..session.end(scan_run.seen)
        };
        report.end(&end).unwrap();
        let text = paper.text();
        for line in text.lines().filter(|_| !self.scan_options.show.wide) {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            assert!(width.is_none_or(|width| columns <= width), "{line}");
        }
        text
    }

    /// The tables of a sweep that `meanwhile` happens before.
    async fn sweep(&self, meanwhile: impl FnOnce(&Sim)) -> String {
        let session = self.session().await;
        let paper = Paper::default();
        let mut report = SweepTable::new(
            self.scan_options.request.selection.older_than,
            (None, Sort::default()),
            Some(80),
            Box::new(paper.clone()),
        );
        let mut scan_run = self.scan_run(&session);
        let mut planned = Vec::new();
        while let Some(event) = scan_run.next().await.ok().unwrap() {
            report.event(SweepEvent::Scanned(&event)).unwrap();
            if let ScanEvent::Found(finding) = &event {
                planned.extend(finding.planned());
            }
        }
        // One at a time, in this order.
        planned.sort_by(|a, b| a.upload.address.cmp(&b.upload.address));
        let terms = Terms::older_than(self.scan_options.request.selection.older_than);
        let plan = Plan::of(&planned, terms);
        let provider = session.store.provider();
        let consent = Consent::to(&plan, &Limits::default(), &provider).unwrap();
        assert_eq!(paper.text(), "", "nothing is agreed to yet");
        report.event(SweepEvent::Begun).unwrap();
        meanwhile(&self.sim);
        let options = SweepOptions {
            concurrency: 1,
            settle: Duration::ZERO,
            ..SweepOptions::default()
        };
        let mut sweep_run = SweepRun::new(&session, &self.console, options);
        let plan = plan.approve(consent).unwrap();
        let journal = Journals::nowhere()
            .begin(&session, &plan, &self.console)
            .unwrap();
        let job = Job::new(plan, planned.into_iter(), journal);
        let swept = sweep_run
            .sweep(job, |swept| report.event(SweepEvent::Swept(swept)))
            .await;
        assert!(matches!(swept, Ok(Ok(()))));
        report.end(&session.end(scan_run.seen), false).unwrap();
        paper.text()
    }

    fn scan_run<'a>(&'a self, session: &'a Session) -> ScanRun<'a> {
        ScanRun::start(session, &self.scan_options, &self.console)
    }

    fn upload(&self, bucket: &str, key: &str, bytes: u64, initiated: &str) -> String {
        let initiated = initiated.parse().unwrap();
        self.sim.create_bucket(bucket);
        let id = self.sim.create_upload_at(bucket, key, initiated).unwrap();
        self.sim
            .put_part_at(bucket, key, &id, 1, bytes, initiated)
            .unwrap();
        id
    }
}

async fn demo() -> Scene {
    let scene = Scene::new(Habits::aws()).await;
    scene.sim.fill_believably(scene.now);
    scene
}

#[tokio::test]
async fn a_scan_in_a_pipe() {
    insta::assert_snapshot!(demo().await.scan(None).await);
}

#[tokio::test]
async fn a_scan_at_40_columns() {
    insta::assert_snapshot!(demo().await.scan(Some(40)).await);
}

#[tokio::test]
async fn a_scan_at_80_columns() {
    insta::assert_snapshot!(demo().await.scan(Some(80)).await);
}

#[tokio::test]
async fn a_scan_at_120_columns() {
    insta::assert_snapshot!(demo().await.scan(Some(120)).await);
}

#[tokio::test]
async fn a_wide_scan_by_age() {
    let mut scene = demo().await;
    scene.scan_options.show = ShowArgs {
        wide: true,
        sort: Sort::Age,
        ..ShowArgs::default()
    };
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn the_largest_of_a_scan_by_prefix_that_is_filtered() {
    let mut scene = demo().await;
    let target = |bucket, prefix: &str| Target {
        bucket: BucketName::new(bucket).unwrap(),
        prefix: prefix.to_owned(),
    };
    let targets = vec![target("homemovies", "202"), target("workbackup", "")];
    scene.scan_options.request.targets = Targets::Named(targets);
    scene.scan_options.request.selection.min_size = 1_000_000_000;
    scene.scan_options.filters.by_size = true;
    scene.scan_options.top = "1".parse().ok();
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn many_buckets_summed_up() {
    let mut scene = demo().await;
    for n in 0..6 {
        scene.sim.create_bucket(&format!("empty-{n}"));
    }
    scene.scan_options.show.summary = true;
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn everything_that_can_be_wrong() {
    let scene = Scene::new(Habits::seaweedfs()).await;
    // SeaweedFS shows control characters as U+FFFD, so the key cannot be believed.
    scene.upload("a", "\x1b[2Jhostile\nkey", 999_995, "2025-01-01T00:00:00Z");
    scene.sim.create_bucket("b-denied");
    let list = Operation::ListMultipartUploads;
    scene.sim.deny(ACCESS_KEY, Some("b-denied"), list);
    scene.sim.create_bucket("c-young");
    scene.sim.create_upload("c-young", "empty").unwrap();
    scene.upload("d-unsized", "k", 5, "2025-01-01T00:00:00Z");
    let parts = Operation::ListParts;
    scene.sim.deny(ACCESS_KEY, Some("d-unsized"), parts);
    scene.sim.create_bucket("e-empty");
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn a_listing_that_proves_nothing() {
    let scene = Scene::new(Habits::minio()).await;
    scene.upload("a", "k", 5_000, "2025-01-01T00:00:00Z");
    scene.sim.create_bucket("b-empty");
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn a_listing_without_uploads_that_proves_nothing() {
    let scene = Scene::new(Habits::minio()).await;
    scene.sim.create_bucket("a");
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn a_store_without_uploads() {
    let scene = Scene::new(Habits::aws()).await;
    scene.sim.create_bucket("a");
    insta::assert_snapshot!(scene.scan(Some(80)).await);
}

#[tokio::test]
async fn every_outcome_of_a_sweep() {
    let scene = Scene::new(Habits::aws()).await;
    let old = "2025-01-01T00:00:00Z";
    scene.upload("a", "aborted", 2_500_000_000, old);
    let gone = scene.upload("a", "gone", 1, old);
    let changed = scene.upload("a", "changed", 1, old);
    scene.upload("a", "finished", 9_000, old);
    scene.upload("b", "denied", 1, old);
    let abort = Operation::AbortMultipartUpload;
    scene.sim.deny(ACCESS_KEY, Some("b"), abort);
    let picture = scene
        .sweep(|sim| {
            sim.abort("a", "gone", &gone).unwrap();
            sim.put_part("a", "changed", &changed, 2, 1).unwrap();
            sim.put_object("a", "finished", 9_000).unwrap();
        })
        .await;
    insta::assert_snapshot!(picture);
}
