//! The table of what protects each bucket.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::escape;
use partsweep_core::lifecycle::audit::BucketProtection;

use super::{Audit, AuditedBucket};
use crate::text::figures::{count, counted, duration};
use crate::text::fit::{self, message, padded, wrapped};

const HEADING: Style = Style::new().bold();
const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Columns in front of what is said of a bucket where it stands on a line of its own.
const INDENT: usize = 4;

/// Writes a bucket a line, and what to do.
pub(super) fn write(audit: &Audit, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let (plain, listed): (Vec<_>, Vec<_>) = audit
        .buckets
        .iter()
        .partition(|bucket| bucket.is_plain() && !audit.shows_all);
    let rows: Vec<_> = listed.iter().map(|bucket| row(audit, bucket)).collect();
    if !rows.is_empty() {
        // Below the line that says where this is.
        writeln!(out)?;
        write_rows(&rows, &listed, width, out)?;
        writeln!(out)?;
    }
    let plain = plain.len();
    if plain > 0 {
        let line = format!(
            "{} without a rule and without incomplete uploads (--all lists {})",
            counted(plain as u64, "bucket"),
            if plain == 1 { "it" } else { "them" }
        );
        writeln!(out, "{}", wrapped(&line, width, 0))?;
    }
    let exposed: Vec<_> = listed.iter().filter(|bucket| bucket.is_exposed()).collect();
    let over: u64 = exposed.iter().map(|bucket| bucket.over_limit).sum();
    let line = match exposed.len() {
        0 if audit.buckets.iter().any(AuditedBucket::may_be_exposed) => format!(
            "Whether there are incomplete uploads older than {} that nothing removes in time isn't known.",
            counted(audit.days.into(), "day")
        ),
        0 => format!(
            "No bucket has incomplete uploads older than {} that nothing removes in time.",
            counted(audit.days.into(), "day")
        ),
        buckets => format!(
            "{}{} incomplete {} older than {} in {}, which nothing removes in time; at risk: {}",
            if exposed.iter().any(|bucket| bucket.is_partial) {
                "at least "
            } else {
                ""
            },
            count(over),
            if over == 1 { "upload" } else { "uploads" },
            counted(audit.days.into(), "day"),
            counted(buckets as u64, "bucket"),
            audit.at_risk().words(),
        ),
    };
    writeln!(out, "{}", wrapped(&line, width, 0))?;
    for line in audit.cost_at_risk() {
        writeln!(out, "{}", wrapped(&line, width, 0))?;
    }
    let may_be_new = |bucket: &&AuditedBucket| {
        matches!(
            &bucket.protection,
            BucketProtection::Ineffective { rule: Some(_), .. }
        )
    };
    if listed.iter().any(may_be_new) {
        let line = "A rule that was set in the last two days may not have acted yet.";
        writeln!(out, "{}", wrapped(line, width, 0))?;
    }
    for command in next(audit, &listed) {
        // Commands are copied: they stay on one line, of their own where there is too little room.
        writeln!(out, "{}", message(&format!("Next: {command}"), 0, width))?;
    }
    out.flush()
}

/// Size, cost, number and age of the uploads, the bucket, what protects it.
fn row(audit: &Audit, bucket: &AuditedBucket) -> [String; 6] {
    let age = bucket
        .oldest
        .map(|oldest| duration(audit.now.duration_since(oldest)));
    let uploads = match bucket.uploads {
        0 if bucket.is_partial => "?".to_owned(),
        uploads => count(uploads),
    };
    [
        match bucket.uploads {
            0 => "-".to_owned(),
            _ => bucket.all_bytes().words(),
        },
        match bucket.cost(&audit.prices) {
            _ if bucket.uploads == 0 => "-".to_owned(),
            None => "?".to_owned(),
            Some(cost) => cost.brief(),
        },
        uploads,
        age.unwrap_or_else(|| "-".to_owned()),
        escape::for_terminal(bucket.bucket.as_str()).into_owned(),
        escape::for_terminal(&words(bucket)).into_owned(),
    ]
}

fn write_rows(
    rows: &[[String; 6]],
    buckets: &[&AuditedBucket],
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = [
        "SIZE",
        "COST/MONTH",
        "UPLOADS",
        "OLDEST",
        "BUCKET",
        "PROTECTED",
    ];
    let title = title.map(str::to_owned);
    let all = || rows.iter().chain(std::iter::once(&title));
    let widest = |column: usize| all().map(|row| fit::width(&row[column])).max().unwrap_or(0);
    let has_costs = rows.iter().any(|row| row[1] != "-" && row[1] != "?");
    let columns = [0, 1, 2, 3, 4].map(widest);
    let right =
        |text: &str, columns: usize| format!("{:pad$}{text}", "", pad = columns - fit::width(text));
    let in_front = |row: &[String; 6]| {
        let cells = [0, 1, 2, 3].into_iter().filter(|at| *at != 1 || has_costs);
        let cells = cells.map(|at| right(&row[at], columns[at]) + "  ");
        cells.collect::<String>()
    };
    let one_line = |row: &[String; 6]| {
        format!(
            "{}{}  {}",
            in_front(row),
            padded(&row[4], columns[4]),
            row[5]
        )
    };
    let fits = all().all(|row| width.is_none_or(|width| fit::width(&one_line(row)) <= width));
    if fits {
        writeln!(out, "{HEADING}{}{HEADING:#}", one_line(&title))?;
    }
    for (row, bucket) in rows.iter().zip(buckets) {
        let style = match bucket.protection.works() {
            true => Style::new(),
            false => TROUBLE,
        };
        if fits {
            let front = format!("{}{}  ", in_front(row), padded(&row[4], columns[4]));
            writeln!(out, "{front}{style}{}{style:#}", row[5])?;
            continue;
        }
        let name = fit::middle(&row[4], width);
        writeln!(out, "{HEADING}{name}{HEADING:#}")?;
        let text = wrapped(&row[5], width, INDENT);
        writeln!(out, "{:INDENT$}{style}{text}{style:#}", "")?;
        if bucket.uploads > 0 || bucket.is_partial {
            let cost = match has_costs && bucket.uploads > 0 {
                true => format!(" · {} a month", row[1]),
                false => String::new(),
            };
            let text = match bucket.uploads {
                0 => "its uploads could not all be listed".to_owned(),
                uploads => format!(
                    "{} · {}{cost} · oldest {}",
                    counted(uploads, "upload"),
                    row[0],
                    row[3]
                ),
            };
            writeln!(out, "{:INDENT$}{}", "", wrapped(&text, width, INDENT))?;
        }
    }
    Ok(())
}

/// What protects a bucket.
fn words(bucket: &AuditedBucket) -> String {
    use BucketProtection as Is;
    let rule = match bucket.protection.rule() {
        Some(rule) => format!("rule `{rule}`"),
        None => "a rule".to_owned(),
    };
    let days = |days: u32| counted(days.into(), "day");
    let why = |why: &str| match &bucket.error {
        Some(error) => format!("not known: {error}"),
        None => format!("not known: {why}"),
    };
    match &bucket.protection {
        Is::Protected { days: after, .. } => format!("yes: {rule} after {}", days(*after)),
        Is::StoreCleansUp { days: after } => format!("yes: by the store after {}", days(*after)),
        Is::Ineffective {
            rule: None,
            days: after,
        } => format!(
            "no: the store's own clean-up after {} leaves older uploads",
            days(*after)
        ),
        Is::Ineffective { days: after, .. } => {
            format!("no: {rule} after {} leaves older uploads", days(*after))
        }
        Is::TooLong {
            rule: None,
            days: after,
        } => format!("late: by the store after {}", days(*after)),
        Is::TooLong { days: after, .. } => format!("late: {rule} after {}", days(*after)),
        Is::Partly { scope, .. } => format!("partly: only {scope}"),
        Is::Disabled { .. } => format!("no: {rule} is disabled"),
        Is::Unclear { .. } => format!("no: {rule} doesn't say clearly after how many days"),
        Is::NotKept => "no: the store keeps no such rule".to_owned(),
        Is::None => "no".to_owned(),
        Is::Unsupported => "no: the store has no lifecycle rules".to_owned(),
        Is::OwnApi => "not known: the store has such rules in its own API only".to_owned(),
        Is::Denied => "not known: the key needs s3:GetLifecycleConfiguration".to_owned(),
        Is::Unknown => why("it couldn't be read"),
    }
}

/// The commands that mend what is listed, each once.
fn next(audit: &Audit, listed: &[&AuditedBucket]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for bucket in listed {
        let Some(command) = bucket.mends(audit.days, &audit.options) else {
            continue;
        };
        let name = bucket.bucket.as_str();
        match groups.iter_mut().find(|(known, _)| *known == command) {
            Some((_, names)) => names.push(name),
            None => groups.push((command, vec![name])),
        }
    }
    let typed = |(command, names): (String, Vec<&str>)| {
        let mut line = format!("{} {command}", audit.program);
        // Every one: without names, it would be for buckets that need nothing, or that were not asked about (law 14).
        for name in names {
            line.push_str(&format!(" {}", escape::for_shell(name)));
        }
        line
    };
    groups.into_iter().map(typed).collect()
}
