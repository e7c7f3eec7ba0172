//! `partsweep apply --resume --journal FILE`: settles what an interrupted sweep left in doubt,
//! without its plan. Looks and mends; aborts nothing.

use std::path::Path;

use partsweep_core::Outcome;
use partsweep_engine::journal::{After, Journal, JournalError, file};
use partsweep_engine::{SweepOptions, SweptUpload, settle};

use crate::args::SharedArgs;
use crate::connect::{Session, SettingsFor};
use crate::console::Console;
use crate::error::{Failure, chain};
use crate::exit::Exit;
use crate::figures::{count, counted};
use crate::report;
use crate::scanning::{End, Seen};
use crate::sweeping::Sweeping;

/// Settles the uploads of this journal whose end is not known.
pub(super) async fn run(
    journal: Option<&Path>,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let Some(path) = journal else {
        return Err(
            Failure::usage("--resume needs the PLAN, or the journal of the sweep")
                .hint("partsweep apply --resume PLAN, or partsweep apply --resume --journal FILE"),
        );
    };
    let unreadable = |error: JournalError| {
        let line = format!("{}: {}", path.display(), chain(&error));
        Failure::told(Exit::Refused, line).hint("nothing was changed")
    };
    let (mut recovered, sink) = file::resume(path).map_err(unreadable)?;
    let session = Session::connect(settings, console).await?;
    if recovered.header.endpoint != session.store.endpoint() {
        let line = format!(
            "refused: this journal is of {}, and the store is {}",
            recovered.header.endpoint,
            session.store.endpoint()
        );
        return Err(Failure::told(Exit::Refused, line)
            .hint("use the settings of that sweep: --profile, --endpoint-url"));
    }
    if recovered.in_doubt.is_empty() {
        console.note("Nothing is in doubt: every upload that was begun came to its end.");
        return Ok(Exit::Done);
    }
    let journal = Journal::resume(sink, &recovered).map_err(unreadable)?;
    // Whether an abort can have hurt depends on which store it is.
    let _ = session.introduce().await;
    let mut report = report::of_saved(shared.output.format, &session, console);
    let mut sweeping = Sweeping::new(&session, console, SweepOptions::default());
    let mut still_there = 0;
    for doubt in std::mem::take(&mut recovered.in_doubt) {
        if sweeping.is_interrupted() {
            break;
        }
        let swept = settle(&*session.store, &journal, doubt).await;
        match &swept.outcome {
            // Not aborted any more without a plan: it is as if it had never been begun.
            Outcome::NotReached => still_there += 1,
            _ => note(&journal, &swept)?,
        }
        sweeping.count(&swept);
        report.swept(swept)?;
    }
    report.end(
        &End::now(&session, Seen::default()),
        sweeping.is_interrupted(),
    )?;
    if still_there > 0 {
        let line = format!(
            "{} still there, not aborted",
            counted(still_there, "upload")
        );
        console.warn(
            &line,
            &["`partsweep clean` sweeps what is old enough".to_owned()],
        );
    }
    console.note(&format!(
        "{} done before the interruption",
        count(recovered.done.len())
    ));
    Ok(sweeping.exit())
}

fn note(journal: &Journal, swept: &SweptUpload) -> Result<(), Failure> {
    journal
        .after(&After::Outcome(swept))
        .map_err(|error| Failure::told(Exit::Failed, chain(&error)))
}
