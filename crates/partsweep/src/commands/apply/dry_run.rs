//! `apply --dry-run`: checks each upload of a plan as it is checked before its abort, and aborts nothing.

use std::path::Path;
use std::pin::pin;

use futures_util::StreamExt;
use partsweep_core::{Inspect, Look, escape};
use partsweep_engine::inventory::Uploads;
use partsweep_engine::{CheckOptions, CheckedUpload, check};

use super::Apply;
use super::plan::{self, SavedPlan};
use crate::report::swept::CheckTable;
use crate::run::prices::PlanPlaces;
use crate::run::stall::StallNotice;
use crate::run::sweep::is_known;
use crate::terminal::progress::Progress;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;

impl Apply<'_> {
    /// Says what would become of each upload now. Uses no consent, and checks by what can't abort anything
    /// (law 1). A signal ends it at once: nothing was changed.
    pub(super) async fn dry_run(&self, path: &Path, saved: &SavedPlan) -> Result<Exit, Failure> {
        let terms = saved.plan.terms();
        let source = Uploads::of(plan::open(path)?, terms);
        let store = &self.session.store;
        let options = CheckOptions {
            terms,
            risk_live: self.args.sweep.limits().risk_live,
            concurrency: self.options.concurrency,
        };
        let mut table = CheckTable::new(terms.older_than, self.console.width());
        for bucket in &saved.buckets {
            let region = bucket.region.as_deref();
            table.closing.costs.region(&bucket.name, region);
        }
        let mut places = PlanPlaces::of(&saved.buckets);
        let mut progress = Progress::of_sweep(self.console, saved.plan.len());
        let mut stall = StallNotice::new(store, self.console);
        let mut checking = pin!(check(&**store, source, options));
        let (mut seen, mut exit) = (0, Exit::Done);
        while let Some(checked) = stall.watch(checking.next()).await {
            let checked = checked
                .map_err(|error| Failure::told(Exit::Failed, changed(path, &chain(&*error))))?;
            seen += 1;
            progress.checked();
            exit = exit.worst(exit_of(&checked));
            places.add(&checked.planned);
            table.count(&checked);
        }
        drop(progress);
        if seen != saved.plan.len() {
            let why = "it was written to while it was read";
            return Err(Failure::told(Exit::Failed, changed(path, why)));
        }
        let (prices, provider) = (self.session.prices(), store.provider());
        table.write((&prices, &provider), &mut self.console.styled_output())?;
        self.console
            .note("This was a dry run: nothing was changed.");
        self.session.warn_of_prices(&places.places, self.console);
        self.session.tell_details(self.console);
        Ok(exit)
    }
}

/// The same as it would be for an abort: what could not be learned makes it partial.
fn exit_of(checked: &CheckedUpload) -> Exit {
    match &checked.would {
        Ok(Look::Keep(reason)) if !is_known(*reason) => Exit::Partial,
        Err(_) => Exit::Partial,
        Ok(_) => Exit::Done,
    }
}

fn changed(path: &Path, why: &str) -> String {
    let path = path.to_string_lossy();
    format!("{}: {why}", escape::for_terminal(&path))
}
