//! `partsweep rescue --list`: which uploads look complete. Only looks (law 1).

use std::cmp::Reverse;
use std::io::Write;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Clock, Obstacle, RescuePlan, RescueTerms, UploadAddress, escape};
use partsweep_engine::rescue::look;
use partsweep_engine::{Finding, ScanEvent, Sizes};

use crate::args::{Format, ScanOptions, SelectionArgs, SharedArgs, TargetArg};
use crate::report::rescue::{
    Looks, RescueHeadRecord, RescueListRecord, RescueListedRecord, write_document,
};
use crate::report::sums;
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{amount, bytes, counted, exact};
use crate::text::fit::{width, wrapped};
use crate::text::hints;
use crate::text::sum::Sum;

/// Uploads that are looked at more closely, the largest first: each takes some requests, and whoever rescues by hand
/// rescues the large ones.
const MOST: usize = 1_000;

/// Uploads that are looked at side by side.
const AT_ONCE: usize = 8;

/// What sends the parts that are missing.
const RESUME: &str = " --resume-from FILE";

/// How an upload looks.
enum Sighted {
    /// Nothing stands against it.
    Complete {
        has_others: bool,
    },
    /// Only someone who knows its size can tell.
    PerhapsComplete {
        has_others: bool,
        reason: &'static str,
    },
    /// Only parts are missing, which the local file has.
    Unfinished {
        has_others: bool,
        reasons: Vec<&'static str>,
    },
    NotComplete {
        has_others: bool,
        reasons: Vec<&'static str>,
    },
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
    let (mut left_out, mut active) = (0_u64, 0_u64);
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
            ScanEvent::Found(finding) if is_active(&finding, quiet_for) => active += 1,
            _ => {}
        }
    }
    left_out += keep_largest(&mut found);
    let exit = scan_run.seen.exit(false);
    drop(scan_run);
    let is_table = options.format == Format::Table;
    console.place(&session.place().await, is_table)?;
    let sighted: Vec<(Finding, Sighted)> = stream::iter(found)
        .map(|finding| sight(&session, finding, quiet_for))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let given = &shared.given;
    let again = console.store_again() + &given.again(&["--quiet-for"]);
    let listed = Listed {
        sighted: &sighted,
        again: &again,
        console,
    };
    if !is_table {
        let document = RescueListRecord {
            head: RescueHeadRecord::new("list", session.store.endpoint()),
            quiet_for_seconds: quiet_for.as_secs(),
            uploads: listed.records(),
            active,
            not_looked_at: left_out,
            listing_complete: exit != Exit::Partial,
        };
        write_document(&mut *console.plain_output(), &document)?;
    }
    let unknown = listed.show(is_table)?;
    if exit == Exit::Partial {
        console.note("The listing isn't known to be complete: there may be more uploads.");
    }
    if active > 0 {
        console.note(&format!(
            "{} with parts {} active in the last {}, and not looked at: --quiet-for AGE accepts less",
            counted(active, "upload"),
            if active == 1 { "was" } else { "were" },
            exact(quiet_for)
        ));
    }
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

/// Whether an upload has parts and was left alone for so long, as far as the scan shows; one whose parts couldn't be listed
/// may have, and of one without a date that can be true that isn't known.
fn is_quiet(finding: &Finding, quiet_for: SignedDuration) -> bool {
    if finding.error.is_some() {
        // Nothing shows that it isn't: it is named, with what came in the way.
        return true;
    }
    finding.footprint.parts.known() > 0
        && (finding.idle.is_none_or(|idle| idle >= quiet_for) || is_in_future(finding))
}

/// Whether its newest date is in the future, by the clock of this machine; the look at it goes by the store's.
fn is_in_future(finding: &Finding) -> bool {
    let newest = finding.last_activity.at();
    newest.is_some_and(|at| !Clock::Unproven.can_be(at, Timestamp::now()))
}

/// Whether an upload has parts and was active lately.
fn is_active(finding: &Finding, quiet_for: SignedDuration) -> bool {
    finding.footprint.parts.known() > 0 && finding.idle.is_some_and(|idle| idle < quiet_for)
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
        // Of several uploads of a key, each is told with its id.
        chosen: true,
    };
    let seen = match look(store, &finding.upload.address).await {
        Ok(seen) => seen,
        Err(error) => return (finding, Sighted::Unknown(chain(&error))),
    };
    let limits = session.part_limits();
    let others = seen.others.as_ref();
    let has_others = others.is_none_or(|others| !others.is_empty());
    // One look is enough to list it; before anything is completed there are three.
    let sighted = match RescuePlan::of(&seen.clone(), seen, terms, limits) {
        Ok(_) => Sighted::Complete { has_others },
        Err(obstacles) => match &obstacles[..] {
            [last] if last.is_of_last_part() => Sighted::PerhapsComplete {
                has_others,
                reason: last.code(),
            },
            against if against.iter().all(is_of_missing) => Sighted::Unfinished {
                has_others,
                reasons: against.iter().map(Obstacle::code).collect(),
            },
            against => Sighted::NotComplete {
                has_others,
                reasons: against.iter().map(Obstacle::code).collect(),
            },
        },
    };
    (finding, sighted)
}

/// Whether all that it says is that parts are missing, or may be.
fn is_of_missing(obstacle: &Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::Gaps { .. } | Obstacle::LastAsLarge { .. }
    )
}

/// The uploads that were looked at.
struct Listed<'a> {
    sighted: &'a [(Finding, Sighted)],
    /// The options that lead to the same store.
    again: &'a str,
    console: &'a Console,
}

impl Listed<'_> {
    /// What completes an upload, as it is typed; `size` where only someone who knows its size can tell.
    fn command(&self, finding: &Finding, has_others: bool, size: &str) -> String {
        format!(
            "{} rescue{}{size}{}",
            self.console.program(),
            self.again,
            named(&finding.upload.address, has_others)
        )
    }

    /// For programs.
    fn records(&self) -> Vec<RescueListedRecord> {
        let record = |(finding, sighted): &(Finding, Sighted)| {
            let looks = match sighted {
                Sighted::Complete { has_others } => Looks {
                    word: "complete",
                    has_others: *has_others,
                    reasons: Vec::new(),
                    command: Some(self.command(finding, *has_others, "")),
                    error: None,
                },
                Sighted::PerhapsComplete { has_others, reason } => Looks {
                    word: "may_be_complete",
                    has_others: *has_others,
                    reasons: vec![*reason],
                    command: Some(self.command(finding, *has_others, " --size SIZE")),
                    error: None,
                },
                Sighted::Unfinished {
                    has_others,
                    reasons,
                } => Looks {
                    word: "parts_missing",
                    has_others: *has_others,
                    reasons: reasons.clone(),
                    command: Some(self.command(finding, *has_others, RESUME)),
                    error: None,
                },
                Sighted::NotComplete {
                    has_others,
                    reasons,
                } => Looks {
                    word: "not_complete",
                    has_others: *has_others,
                    reasons: reasons.clone(),
                    command: None,
                    error: None,
                },
                Sighted::Unknown(why) => Looks {
                    word: "unknown",
                    has_others: true,
                    reasons: Vec::new(),
                    command: None,
                    error: Some(why.clone()),
                },
            };
            RescueListedRecord::of(finding, looks)
        };
        self.sighted.iter().map(record).collect()
    }

    /// For people; says whether something could not be seen.
    fn show(&self, is_table: bool) -> Result<bool, Failure> {
        let (mut complete, mut perhaps, mut unfinished, mut not) =
            (Vec::new(), Vec::new(), Vec::new(), 0);
        for (finding, sighted) in self.sighted {
            let line = |has_others, size: &str| {
                let idle = finding.idle.map_or_else(|| "?".to_owned(), sums::idle);
                let (parts, held) = (finding.footprint.parts, finding.footprint.bytes);
                let held = match held.exact() {
                    Some(held) => bytes(held),
                    None => Sum::from(held).words(),
                };
                let noun = match parts.exact() {
                    Some(1) => "part ",
                    _ => "parts",
                };
                let figures = format!(
                    "  {:>10}  {:>6} {noun}  idle {idle:>7}",
                    held,
                    amount(parts)
                );
                let command = self.command(finding, has_others, size);
                // Commands are copied: they stay whole, on a line of their own where there is too little room.
                let columns = width(&figures) + 2 + width(&command);
                match self.console.width() {
                    Some(room) if columns > room => format!("{figures}\n    {command}"),
                    _ => format!("{figures}  {command}"),
                }
            };
            match sighted {
                Sighted::Complete { has_others } => complete.push(line(*has_others, "")),
                Sighted::PerhapsComplete { has_others, .. } => {
                    perhaps.push(line(*has_others, " --size SIZE"));
                }
                Sighted::Unfinished { has_others, .. } => {
                    unfinished.push(line(*has_others, RESUME));
                }
                Sighted::NotComplete { .. } => not += 1,
                Sighted::Unknown(_) => {}
            }
        }
        if is_table {
            self.tables(&complete, &perhaps, &unfinished)?;
        }
        let console = self.console;
        if complete.is_empty() && perhaps.is_empty() {
            console.note("No upload looks complete.");
        }
        if not > 0 {
            let uploads = counted(not, "upload");
            let program = console.program();
            let they_are = if not == 1 { "it is" } else { "they are" };
            console.note(&format!(
                "{uploads} can't be completed as {they_are}; `{program} rescue -n s3://BUCKET/KEY` says why"
            ));
        }
        let mut is_unknown = false;
        for (finding, sighted) in self.sighted {
            if let Sighted::Unknown(why) = sighted {
                is_unknown = true;
                let key = finding.upload.address.key.as_str();
                console.warn(&format!("`{key}` couldn't be checked: {why}"), &[]);
            }
        }
        Ok(is_unknown)
    }

    fn tables(
        &self,
        complete: &[String],
        perhaps: &[String],
        unfinished: &[String],
    ) -> Result<(), Failure> {
        let mut output = self.console.styled_output();
        let groups = [
            ("Look complete", complete),
            ("May be complete: give --size, or --verify FILE", perhaps),
            (
                "Parts are missing: if you still have the file, give it",
                unfinished,
            ),
        ];
        for (title, lines) in groups {
            if !lines.is_empty() {
                let title = wrapped(title, self.console.width(), 0);
                writeln!(output, "\n{title}\n{}", lines.join("\n"))?;
            }
        }
        output.flush()?;
        Ok(())
    }
}

/// What names one for a shell; its id only where the key has others, or that isn't known.
fn named(address: &UploadAddress, has_others: bool) -> String {
    let id = match has_others {
        true => format!(" --upload-id {}", escape::for_shell(address.id.as_str())),
        false => String::new(),
    };
    let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
    format!("{id} {}", escape::for_shell(&url))
}
