//! `partsweep apply --resume --journal FILE`: settles what an interrupted sweep left in doubt,
//! without its plan. Looks and repairs; aborts nothing.

use std::path::Path;
use std::pin::pin;

use futures_util::StreamExt;
use partsweep_core::Outcome;
use partsweep_engine::journal::{After, Journal, JournalError, file};
use partsweep_engine::{SweepOptions, settle};

use super::journal_failure;
use super::plan::empty_journal_failure;
use crate::args::{SharedArgs, Sort};
use crate::report::seen::ScanSummary;
use crate::report::{self, SweepEvent};
use crate::run::belongs::belongs;
use crate::run::session::{Session, SettingsFor};
use crate::run::sweep::SweepRun;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;

/// Settles the uploads of this journal whose end is not known.
pub(super) async fn run(
    journal: Option<&Path>,
    options: SweepOptions,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let Some(path) = journal else {
        return Err(
            Failure::usage("--resume needs the PLAN, or the journal of the run")
                .hint("partsweep apply --resume PLAN, or partsweep apply --resume --journal FILE"),
        );
    };
    if !path.try_exists().unwrap_or(false) {
        return Err(empty_journal_failure(path));
    }
    let failed = |error: JournalError| journal_failure(path, &error);
    let (mut recovered, sink) = file::resume(path).map_err(failed)?;
    let session = Session::connect(settings, console).await?;
    let header = &recovered.header;
    let account = header.account.as_deref();
    belongs("journal", &header.endpoint, account, &session).await?;
    if recovered.in_doubt.is_empty() {
        console.note("Nothing is in doubt: every upload that was begun came to its end.");
    }
    let journal = Journal::resume(sink, &recovered).map_err(failed)?;
    let mut report = report::of_sweep(
        shared.output.format(),
        recovered.header.terms.older_than,
        (None, Sort::default()),
        session.source(),
        console,
    );
    report.event(SweepEvent::Earlier(recovered.totals))?;
    let mut sweep_run = SweepRun::new(&session, console, options);
    let mut still_there = 0;
    let mut told = Ok(());
    let mut in_all = recovered.totals;
    let mut open = recovered.in_doubt.len();
    let in_doubt = std::mem::take(&mut recovered.in_doubt);
    let stop = sweep_run.held.token();
    let settling = settle(&*session.store, &journal, in_doubt, options, &stop);
    let mut settling = pin!(settling);
    while let Some(swept) = settling.next().await {
        match &swept.outcome {
            // Not aborted without a plan: it is as if it had never been begun.
            Outcome::NotReached => {
                still_there += 1;
                note(
                    &journal,
                    &After::Untouched {
                        number: swept.number,
                    },
                )?;
            }
            _ => note(&journal, &After::Outcome(&swept))?,
        }
        open -= 1;
        sweep_run.count(&swept);
        in_all.count(&swept);
        // An object may be in danger: that nobody reads along is no reason to leave it so.
        if told.is_ok() {
            told = report.event(SweepEvent::Swept(&swept));
        }
    }
    if open == 0 {
        let end = journal.end(&in_all).await;
        end.map_err(|error| Failure::told(Exit::Failed, chain(&error)))?;
    }
    let end = session.end(ScanSummary::default());
    let told = told.and_then(|()| report.end(&end, sweep_run.is_interrupted()));
    if sweep_run.is_interrupted() {
        let again = "the same command again settles the rest".to_owned();
        console.warn("interrupted before all was settled", &[again]);
    }
    if still_there > 0 {
        let there = counted(still_there, "upload");
        let clean = "`partsweep clean` aborts what is old enough".to_owned();
        console.warn(&format!("{there} still there, not aborted"), &[clean]);
    }
    let output_exit = told.map_or_else(
        |error| sweep_run.tell_output_failure(&error),
        |()| Exit::Done,
    );
    Ok(sweep_run.exit().worst(output_exit))
}

fn note(journal: &Journal, done: &After<'_>) -> Result<(), Failure> {
    journal
        .after(done)
        .map_err(|error| Failure::told(Exit::Failed, chain(&error)))
}
