//! The question before a bucket is swept.

use std::io::{self, BufRead, Write};

use partsweep_core::plan::SAFE_AGE;
use partsweep_core::{Amount, BucketName, Plan, Provider, escape};

use crate::text::figures;
use crate::text::fit;
use crate::text::sum::Sum;

/// What can be answered.
const ANSWERS: &str = "[y/N/list/all/quit/?]";

/// Narrower than this, the answers stand on a line of their own.
const ONE_LINE: usize = 50;

/// What each answer does; told when it is asked for.
const HELP: &str = "  y     abort this bucket's uploads
  n     skip this bucket (or Enter)
  list  every upload that would be
        aborted, keys in full
  all   this and all remaining buckets;
        asks for the number of uploads
  quit  stop: nothing more is aborted
";

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Abort the uploads of this bucket.
    Yes,
    /// Leave this bucket.
    No,
    /// Show all uploads of this bucket, then ask again.
    List,
    /// Abort the uploads of this bucket and of all that follow, once their number was typed.
    All,
    /// Leave this bucket and all that follow.
    Quit,
}

/// The question for one bucket that was shown.
pub(crate) fn text(plan: &Plan, store: &Provider, width: usize) -> String {
    let uploads = match plan.len() {
        1 => "this upload".to_owned(),
        n => format!("these {} uploads", figures::count(n)),
    };
    let gap = if width < ONE_LINE { "\n" } else { " " };
    format!("{}Abort {uploads}?{gap}{ANSWERS} ", risk(plan, store))
}

/// The question for all buckets that are left: how many uploads, how much, where, and the number to type.
pub(crate) fn text_of_all(
    place: &str,
    plans: &[(&BucketName, &Plan)],
    store: &Provider,
    width: usize,
) -> (String, u64) {
    let count = plans.iter().map(|(_, plan)| plan.len()).sum();
    let mut bytes = Sum::default();
    for (_, plan) in plans {
        bytes.add(plan.bytes());
    }
    let flow = |text: &str, joint: &str| {
        let items = text.split(joint);
        fit::flow(items, joint, 2, 2, Some(width))
    };
    let sums = format!(
        "This aborts the remaining {} ({}) in {}",
        figures::counted(count, "upload"),
        bytes.words(),
        figures::counted(plans.len() as u64, "bucket"),
    );
    let names = plans
        .iter()
        .map(|(name, _)| escape::for_terminal(name.as_str()));
    let mut text = format!(
        "  {}:\n  {}\n  {}\n",
        flow(&sums, " "),
        fit::flow(names, ", ", 2, 2, Some(width)),
        fit::place(&format!("on {place}"), 2, Some(width)),
    );
    if let Some((_, plan)) = plans.first() {
        text.push_str(&risk(plan, store));
    }
    text.push_str(&format!("  Type {count} to confirm: "));
    (text, count)
}

/// Asks once; only the number confirms.
pub(crate) fn ask_of_all(
    question: &str,
    count: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut forget: impl FnMut() -> io::Result<()>,
) -> io::Result<bool> {
    let mut answer = typed(question, input, output, &mut forget)?.unwrap_or_default();
    // As it is typed, or as numbers are printed.
    answer.retain(|byte| *byte != b',');
    Ok(answer == count.to_string().as_bytes())
}

/// Asks once: what is typed then, without the space around it and in lower case; none at the end of the input.
///
/// `forget` throws away what was typed so far: an answer is typed after its question. It comes
/// first, so that nothing is lost that was typed by someone who saw the question.
fn typed(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    forget: &mut impl FnMut() -> io::Result<()>,
) -> io::Result<Option<Vec<u8>>> {
    forget()?;
    write!(output, "{question}")?;
    output.flush()?;
    let mut line = Vec::new();
    if input.read_until(b'\n', &mut line)? == 0 {
        writeln!(output)?;
        return Ok(None);
    }
    Ok(Some(line.trim_ascii().to_ascii_lowercase()))
}

/// The question for a plan. The whole account takes the number of its uploads, not a key press.
pub(crate) fn text_of_saved(plan: &Plan, whole_account: bool) -> String {
    let these = if plan.len() == 1 { "this" } else { "these" };
    let text = format!(
        "Abort {these} {} ({}) in {}",
        figures::counted(plan.len(), "upload"),
        Sum::from(plan.bytes()).words(),
        place(plan),
    );
    match whole_account {
        true => format!(
            "{text}, the whole account?\n  Type {} to confirm: ",
            plan.len()
        ),
        false => format!("{text}? [y/N] "),
    }
}

/// The bucket of a plan, or how many they are.
fn place(plan: &Plan) -> String {
    let buckets = &plan.summary().buckets;
    match buckets.first() {
        Some(bucket) if buckets.len() == 1 => escape::for_terminal(bucket.as_str()).into_owned(),
        _ => figures::counted(buckets.len() as u64, "bucket"),
    }
}

/// What a person sees before agreeing: when the uploads were last active, the largest with
/// their names, and a risk that is being taken.
pub(crate) fn particulars(plan: &Plan, store: &Provider) -> String {
    let summary = plan.summary();
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if let Some((oldest, newest)) = summary.oldest.zip(summary.newest) {
        let [oldest, newest] = [oldest, newest].map(figures::minute);
        line(match oldest == newest {
            true => format!("Last active {oldest}."),
            false => format!("Last active between {oldest} and {newest}."),
        });
    }
    let shown = summary.largest.len();
    let are_many = summary.uploads > shown as u64;
    if shown > 0 {
        line(match are_many {
            true => "The largest:".to_owned(),
            false => "All of them:".to_owned(),
        });
        for planned in &summary.largest {
            let address = &planned.upload.address;
            // The same key can be in several buckets.
            let name = match summary.buckets.len() {
                1 => address.key.as_str().to_owned(),
                _ => format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str()),
            };
            let name = escape::for_terminal(&name);
            line(format!("  {:>10}  {name}", size(planned.footprint.bytes)));
        }
    }
    text + &risk(plan, store)
}

/// A risk that is being taken, on a line.
fn risk(plan: &Plan, store: &Provider) -> String {
    if !store.only_age_protects() || plan.terms().older_than >= SAFE_AGE {
        return String::new();
    }
    format!(
        "On {} an upload that is being completed at this moment could be lost for good.\n",
        store.name
    )
}

pub(crate) fn size(bytes: Amount) -> String {
    match bytes {
        Amount::Exact(bytes) => figures::bytes(bytes),
        Amount::AtLeast(0) | Amount::Unknown => "size unknown".to_owned(),
        Amount::AtLeast(bytes) => format!("at least {}", figures::bytes(bytes)),
    }
}

/// Asks about a plan until there is an answer. Only a clear yes is one; Enter and the end of the input mean
/// no.
pub(crate) fn ask_of_saved(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    forget: impl FnMut() -> io::Result<()>,
) -> io::Result<bool> {
    let explained = "  answer y to abort, n or Enter to abort nothing";
    ask_plainly(question, explained, input, output, forget)
}

/// Asks until there is an answer, yes or no; `explained` is told after anything else.
pub(crate) fn ask_plainly(
    question: &str,
    explained: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut forget: impl FnMut() -> io::Result<()>,
) -> io::Result<bool> {
    // What is shown of a plan is not shown again.
    let last = question.lines().last().unwrap_or_default();
    let mut shown = question;
    loop {
        let Some(answer) = typed(shown, input, output, &mut forget)? else {
            return Ok(false);
        };
        match answer.as_slice() {
            b"" | b"n" | b"no" | b"q" | b"quit" => return Ok(false),
            b"y" | b"yes" => return Ok(true),
            _ => writeln!(output, "{explained}")?,
        }
        shown = last;
    }
}

/// Asks until there is an answer. Enter means no, the end of the input means quit.
pub(crate) fn ask(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut forget: impl FnMut() -> io::Result<()>,
) -> io::Result<Answer> {
    loop {
        let Some(answer) = typed(question, input, output, &mut forget)? else {
            return Ok(Answer::Quit);
        };
        match answer.as_slice() {
            b"y" | b"yes" => return Ok(Answer::Yes),
            b"" | b"n" | b"no" => return Ok(Answer::No),
            b"l" | b"list" => return Ok(Answer::List),
            b"all" => return Ok(Answer::All),
            b"q" | b"quit" => return Ok(Answer::Quit),
            b"?" | b"h" | b"help" => write!(output, "{HELP}")?,
            _ => writeln!(output, "  y, n, list, all or quit; ? explains")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use partsweep_core::provider::profiles;
    use partsweep_core::{Footprint, PlannedUpload, Terms, Upload, UploadAddress};

    use super::*;

    fn answer(typed: &[u8]) -> (Answer, usize) {
        let mut shown = Vec::new();
        let answer = ask("Sure? ", &mut { typed }, &mut shown, || Ok(())).unwrap();
        (
            answer,
            String::from_utf8(shown).unwrap().matches("Sure?").count(),
        )
    }

    fn plan(bytes: Amount) -> Plan {
        let upload = Upload::named(UploadAddress::new("b", "k", "1").unwrap());
        let footprint = Footprint {
            bytes,
            ..Footprint::UNKNOWN
        };
        let terms = Terms::older_than(SignedDuration::ZERO);
        Plan::of(&[PlannedUpload { upload, footprint }], terms)
    }

    #[test]
    fn the_question_breaks_before_its_answers_where_the_terminal_is_narrow() {
        let plan = plan(Amount::Exact(5));
        let text = |width| text(&plan, &profiles::AWS, width);
        assert_eq!(text(80), "Abort this upload? [y/N/list/all/quit/?] ");
        assert_eq!(text(40), "Abort this upload?\n[y/N/list/all/quit/?] ");
    }

    #[test]
    fn all_names_the_number_the_size_the_place_and_every_bucket() {
        let (known, unknown) = (plan(Amount::Exact(5_000)), plan(Amount::Unknown));
        let names: Vec<_> = (0..12)
            .map(|n| BucketName::new(format!("bucket-{n:02}")).unwrap())
            .collect();
        let mut plans: Vec<_> = names.iter().map(|name| (name, &known)).collect();
        plans[0].1 = &unknown;
        let place = "Amazon S3 · profile default · account 123456789012";
        let (text, count) = text_of_all(place, &plans, &profiles::AWS, 80);
        assert_eq!(count, 12);
        assert_eq!(
            text,
            "  This aborts the remaining 12 uploads (at least 55.0 kB) in 12 buckets:\n  \
             bucket-00, bucket-01, bucket-02, bucket-03, bucket-04, bucket-05, bucket-06,\n  \
             bucket-07, bucket-08, bucket-09, bucket-10, bucket-11\n  \
             on Amazon S3 · profile default · account 123456789012\n  \
             Type 12 to confirm: "
        );
        let (narrow, _) = text_of_all(place, &plans, &profiles::AWS, 40);
        assert!(
            narrow.lines().all(|line| fit::width(line) <= 40),
            "{narrow}"
        );
    }

    #[test]
    fn a_question_mark_explains_every_answer_and_asks_again() {
        let mut shown = Vec::new();
        let answer = ask("Sure? ", &mut &b"?\nlist\n"[..], &mut shown, || Ok(())).unwrap();
        assert_eq!(answer, Answer::List);
        let shown = String::from_utf8(shown).unwrap();
        for answer in ["y ", "n ", "list", "all", "quit"] {
            assert!(
                shown.contains(&format!("\n  {answer}")) || shown.contains(&format!("  {answer}"))
            );
        }
        assert_eq!(shown.matches("Sure?").count(), 2);
        assert!(HELP.lines().all(|line| line.len() <= 40));
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        for typed in ["y\n", "Y\n", " yes \n", "y\r\n", "y"] {
            assert_eq!(answer(typed.as_bytes()), (Answer::Yes, 1), "{typed:?}");
        }
        for typed in ["\n", "n\n", "No\n"] {
            assert_eq!(answer(typed.as_bytes()), (Answer::No, 1), "{typed:?}");
        }
        assert_eq!(answer(b"all\n"), (Answer::All, 1));
        assert_eq!(answer(b"a\nall\n"), (Answer::All, 2), "not by a slip");
        assert_eq!(answer(b"q\n"), (Answer::Quit, 1));
    }

    #[test]
    fn all_takes_the_number() {
        let typed = |typed: &str| {
            let mut typed = typed.as_bytes();
            ask_of_all("? ", 1_234, &mut typed, &mut Vec::new(), || Ok(())).unwrap()
        };
        assert!(typed("1234\n") && typed(" 1,234 \r\n"));
        for refused in [
            "",
            "\n",
            "y\n",
            "all\n",
            "yes\n",
            "123\n",
            "12345\n",
            "1234 all\n",
        ] {
            assert!(!typed(refused), "{refused:?}");
        }
    }

    #[test]
    fn a_plan_takes_a_clear_yes_and_is_not_shown_again_after_garbage() {
        let saved = |mut typed: &[u8]| {
            let mut shown = Vec::new();
            let agreed = ask_of_saved("The plan.\nAbort? ", &mut typed, &mut shown, || Ok(()));
            (agreed.unwrap(), String::from_utf8(shown).unwrap())
        };
        for agreed in [&b"y\n"[..], b"YES\r\n", b"sweep\n2\ny\n"] {
            let (is_agreed, shown) = saved(agreed);
            assert!(is_agreed, "{shown}");
            assert_eq!(shown.matches("The plan.").count(), 1, "{shown}");
        }
        for refused in [&b""[..], b"\n", b"n\n", b"sweep\n", b"2\n"] {
            assert!(!saved(refused).0, "{refused:?}");
        }
    }

    #[test]
    fn the_end_of_the_input_is_no_consent() {
        assert_eq!(answer(b""), (Answer::Quit, 1));
        assert_eq!(answer(b"what?\n"), (Answer::Quit, 2));
    }

    #[test]
    fn anything_else_asks_again() {
        assert_eq!(answer(b"yy\n\xff\nyep\ny\n"), (Answer::Yes, 4));
    }
}
