//! A plan in the making: what is to be swept waits as a saved scan, until it is swept from there.

use std::io::{self, BufReader};

use partsweep_core::{Activity, Plan, PlanBuilder, PlannedUpload, Terms, Verdict};
use partsweep_engine::inventory::{
    Header, InventoryReader, InventoryWriter, SavedSelection, Uploads,
};
use partsweep_engine::{Finding, PlanSource};

use crate::report::spool::{Reader, Spool, Stream};
use crate::run::session::Session;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;

/// Uploads that are read at once.
const CHUNK: usize = 1_000;

/// Takes findings as they come, in memory that does not grow with them.
pub(super) struct PlanDraft {
    plan: PlanBuilder,
    header: Header,
    spool: Spool,
    /// Begun with the first upload that is to be swept.
    saved: Option<InventoryWriter<Stream>>,
}

/// A plan, and its uploads.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// Where they wait; none if there is nothing to sweep.
    saved: Option<Reader>,
}

impl Planned {
    /// Brings the uploads, as `apply` does; none if there is nothing to sweep.
    pub(super) fn uploads(&self) -> Result<Option<Uploads<BufReader<Reader>>>, Failure> {
        let Some(saved) = &self.saved else {
            return Ok(None);
        };
        let input = BufReader::with_capacity(1 << 16, saved.again());
        let reader = InventoryReader::open(input)
            .map_err(|error| Failure::told(Exit::Failed, chain(&error)))?;
        Ok(Some(Uploads::of(reader, self.plan.terms())))
    }

    /// Gives every upload, some at a time.
    pub(super) async fn each(
        &self,
        mut take: impl FnMut(Vec<PlannedUpload>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let Some(mut uploads) = self.uploads()? else {
            return Ok(());
        };
        let mut left = self.plan.len();
        while left > 0 {
            let next = uploads
                .next(usize::try_from(left).unwrap_or(CHUNK).min(CHUNK))
                .await;
            let next = next.map_err(|error| Failure::told(Exit::Failed, chain(&*error)))?;
            if next.is_empty() {
                break;
            }
            left = left.saturating_sub(next.len() as u64);
            take(next).map_err(super::output_failure)?;
        }
        Ok(())
    }
}

impl PlanDraft {
    /// Nothing is to be swept yet.
    pub(super) fn new(session: &Session, terms: Terms, spool: &Spool) -> Self {
        let header = Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            endpoint: session.store.endpoint().to_owned(),
            account: None,
            started: session.started,
            // Nobody reads it but this run. With another age its uploads would be judged anew.
            selection: SavedSelection {
                older_than_seconds: terms.older_than.as_secs(),
                ..SavedSelection::default()
            },
        };
        Self {
            plan: PlanBuilder::new(terms),
            header,
            spool: spool.clone(),
            saved: None,
        }
    }

    /// Plans an upload, if it is to be swept.
    pub(super) fn add(&mut self, finding: &Finding) -> io::Result<()> {
        if finding.verdict != Verdict::Sweep {
            return Ok(());
        }
        let saved = match &mut self.saved {
            Some(saved) => saved,
            None => self
                .saved
                .insert(InventoryWriter::new(self.spool.stream(), &self.header)?),
        };
        if let Some(planned) = finding.planned() {
            self.plan.add(&planned);
        }
        saved.finding(finding)
    }

    /// Plans all uploads of another plan.
    pub(super) async fn take(&mut self, planned: &Planned) -> Result<(), Failure> {
        let add = |uploads: Vec<PlannedUpload>| {
            uploads
                .into_iter()
                .try_for_each(|PlannedUpload { upload, footprint }| {
                    self.add(&Finding {
                        upload,
                        footprint,
                        last_activity: Activity::Unknown,
                        idle: None,
                        verdict: Verdict::Sweep,
                        error: None,
                    })
                })
        };
        planned.each(add).await
    }

    /// The plan.
    pub(super) fn finish(self) -> Result<Planned, Failure> {
        let plan = self.plan.finish();
        let saved = match self.saved {
            None => None,
            Some(saved) => Some(saved.finish().map_err(super::output_failure)?.0.read()),
        };
        Ok(Planned { plan, saved })
    }
}
