//! `partsweep rescue --list`: which uploads look complete. Only looks (law 1).

use std::cmp::Reverse;
use std::io::Write;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use partsweep_core::{
    Activity, Inspect, Obstacle, PartLimits, RescuePlan, RescueTerms, UploadAddress, escape,
};
use partsweep_engine::rescue::look;
use partsweep_engine::{Finding, ScanEvent, Sizes};

use crate::args::{ScanOptions, SelectionArgs, SharedArgs, TargetArg};
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{about, bytes, count, counted};
use crate::text::hints;

/// Uploads that are looked at more closely, the largest first: each takes some requests, and whoever rescues by hand
/// rescues the large ones.
const MOST: usize = 1_000;

/// Uploads that are looked at side by side.
const AT_ONCE: usize = 8;

/// How an upload looks.
enum Sighted {
    /// Nothing stands against it.
    Complete,
    /// Only someone who knows its size can tell.
    PerhapsComplete,
    NotComplete,
    Unknown(String),
}

/// Scans, looks at each upload that is quiet, and lists those that look complete.
pub(super) async fn run(
    targets: &[TargetArg],
    quiet_for: SignedDuration,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let selection = SelectionArgs::default();
    let options = ScanOptions::new(targets, &selection, shared, Sizes::All)?;
    let session = Session::connect(settings, console).await?;
    let mut scan_run = ScanRun::start(&session, &options, console);
    let mut found: Vec<Finding> = Vec::new();
    let mut left_out = 0_u64;
    while let Some(event) = scan_run.next().await? {
        match event {
            ScanEvent::Found(finding) if is_quiet(&finding, quiet_for) => {
                found.push(*finding);
                if found.len() > 2 * MOST {
                    left_out += keep_largest(&mut found);
                }
            }
            ScanEvent::BucketDone(summary) => {
                if let Some(error) = summary.listing.error() {
                    console.warn(&chain(error), &hints::for_store(error));
                }
            }
            _ => {}
        }
    }
    left_out += keep_largest(&mut found);
    let exit = scan_run.seen.exit(false);
    drop(scan_run);
    console.place(&session.place().await, true)?;
    let sighted: Vec<(Finding, Sighted)> = stream::iter(found)
        .map(|finding| sight(&session, finding, quiet_for))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let unknown = show(&sighted, console)?;
    if left_out > 0 {
        console.note(&format!(
            "{} smaller ones were not looked at",
            counted(left_out, "upload")
        ));
    }
    Ok(match unknown {
        true => exit.worst(Exit::Partial),
        false => exit,
    })
}

/// Whether an upload has parts and was left alone for so long, as far as the scan shows.
fn is_quiet(finding: &Finding, quiet_for: SignedDuration) -> bool {
    finding.footprint.parts.known() > 0
        && matches!(finding.last_activity, Activity::At(_))
        && finding.idle.is_some_and(|idle| idle >= quiet_for)
}

/// Keeps the largest; says how many were left out.
fn keep_largest(found: &mut Vec<Finding>) -> u64 {
    found.sort_by_key(|finding| Reverse(finding.footprint.bytes.known()));
    let out = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    out as u64
}

async fn sight(
    session: &Session,
    finding: Finding,
    quiet_for: SignedDuration,
) -> (Finding, Sighted) {
    let store = &*session.store;
    let terms = RescueTerms {
        quiet_for,
        size: None,
        overwrite: false,
        chosen: false,
    };
    let seen = match look(store, &finding.upload.address).await {
        Ok(seen) => seen,
        Err(error) => return (finding, Sighted::Unknown(chain(&error))),
    };
    let limits = PartLimits::of(&store.provider());
    // One look is enough to list it; before anything is completed there are three.
    let sighted = match RescuePlan::of(&seen.clone(), seen, terms, limits) {
        Ok(_) => Sighted::Complete,
        Err(obstacles) => match &obstacles[..] {
            [Obstacle::LastAsLarge { .. }] => Sighted::PerhapsComplete,
            _ => Sighted::NotComplete,
        },
    };
    (finding, sighted)
}

/// Shows them; says whether something could not be seen.
fn show(sighted: &[(Finding, Sighted)], console: &Console) -> Result<bool, Failure> {
    let mut output = console.styled_output();
    let of = |wanted: fn(&Sighted) -> bool| -> Vec<&Finding> {
        let fit = sighted.iter().filter(|(_, sighted)| wanted(sighted));
        fit.map(|(finding, _)| finding).collect()
    };
    let complete = of(|sighted| matches!(sighted, Sighted::Complete));
    let perhaps = of(|sighted| matches!(sighted, Sighted::PerhapsComplete));
    let not = of(|sighted| matches!(sighted, Sighted::NotComplete));
    let groups = [
        ("Look complete", &complete, ""),
        (
            "May be complete: give --size, or --verify FILE",
            &perhaps,
            " --size BYTES",
        ),
    ];
    for (title, findings, option) in groups {
        if findings.is_empty() {
            continue;
        }
        writeln!(output, "\n{title}")?;
        for finding in findings {
            let idle = finding.idle.map_or_else(|| "?".to_owned(), about);
            writeln!(
                output,
                "  {:>10}  {:>6} parts  idle {idle:>7}  {}",
                bytes(finding.footprint.bytes.known()),
                count(finding.footprint.parts.known()),
                command(&finding.upload.address, console, option)
            )?;
        }
    }
    output.flush()?;
    if complete.is_empty() && perhaps.is_empty() {
        console.note("No upload looks complete.");
    }
    if !not.is_empty() {
        let uploads = counted(not.len() as u64, "upload");
        console.note(&format!(
            "{uploads} can't be completed as they are; `partsweep rescue -n s3://BUCKET/KEY` says why"
        ));
    }
    let mut is_unknown = false;
    for (finding, sighted) in sighted {
        if let Sighted::Unknown(why) = sighted {
            is_unknown = true;
            let key = finding.upload.address.key.as_str();
            console.warn(&format!("`{key}` couldn't be checked: {why}"), &[]);
        }
    }
    Ok(is_unknown)
}

/// What to type for one.
fn command(address: &UploadAddress, console: &Console, option: &str) -> String {
    let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
    let shown = escape::for_shell(&url).into_owned();
    format!("{} rescue{option} {shown}", console.program())
}
