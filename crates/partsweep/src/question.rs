//! The question before a bucket is swept.

use std::io::{self, BufRead, Write};

use partsweep_core::{Amount, BucketName, Plan, escape};

use crate::figures;

/// What can be answered; told with the first question and after an answer that is none of these.
pub(crate) const ANSWERS: &str =
    "y = abort, n or Enter = leave, a = this and all that follow, q = quit";

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Sweep this bucket.
    Yes,
    /// Leave this bucket.
    No,
    /// Sweep this bucket and all that follow, without asking.
    All,
    /// Leave this bucket and all that follow.
    Quit,
}

/// The question for one bucket: what would be aborted, and what that would free.
pub(crate) fn text(bucket: &BucketName, plan: &Plan) -> String {
    let these = if plan.len() == 1 { "this" } else { "these" };
    let bytes = match plan.bytes() {
        Amount::Exact(bytes) => figures::bytes(bytes),
        Amount::AtLeast(0) | Amount::Unknown => "size unknown".to_owned(),
        Amount::AtLeast(bytes) => format!("at least {}", figures::bytes(bytes)),
    };
    format!(
        "Abort {these} {} ({bytes}) in {}? [y/N/a/q] ",
        figures::counted(plan.len() as u64, "upload"),
        escape::for_terminal(bucket.as_str())
    )
}

/// Asks until there is an answer. Enter means no, the end of the input means quit.
///
/// `forget` throws away what was typed so far: an answer is typed after its question. It comes
/// first, so that nothing is lost that was typed by someone who saw the question.
pub(crate) fn ask(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut forget: impl FnMut() -> io::Result<()>,
) -> io::Result<Answer> {
    loop {
        forget()?;
        write!(output, "{question}")?;
        output.flush()?;
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            writeln!(output)?;
            return Ok(Answer::Quit);
        }
        match line.trim_ascii().to_ascii_lowercase().as_slice() {
            b"y" | b"yes" => return Ok(Answer::Yes),
            b"" | b"n" | b"no" => return Ok(Answer::No),
            b"a" | b"all" => return Ok(Answer::All),
            b"q" | b"quit" => return Ok(Answer::Quit),
            _ => writeln!(output, "{ANSWERS}")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use partsweep_core::{
        Footprint, Key, KeyProof, PlannedUpload, Upload, UploadAddress, UploadId,
    };

    use super::*;

    fn answer(typed: &[u8]) -> (Answer, usize) {
        let mut shown = Vec::new();
        let answer = ask("Sure? ", &mut { typed }, &mut shown, || Ok(())).unwrap();
        (
            answer,
            String::from_utf8(shown).unwrap().matches("Sure?").count(),
        )
    }

    #[test]
    fn an_unknown_size_is_no_zero() {
        let upload = Upload {
            address: UploadAddress {
                bucket: BucketName::new("b").unwrap(),
                key: Key::new("k").unwrap(),
                id: UploadId::new("1").unwrap(),
            },
            key_proof: KeyProof::Exact,
            initiated: None,
            storage_class: None,
            owner: None,
            initiator: None,
        };
        let footprint = Footprint::UNKNOWN;
        let plan = Plan::new(
            vec![PlannedUpload { upload, footprint }],
            SignedDuration::ZERO,
        );
        let text = text(&BucketName::new("b").unwrap(), &plan);
        assert_eq!(text, "Abort this 1 upload (size unknown) in b? [y/N/a/q] ");
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        for typed in ["y\n", "Y\n", " yes \n", "y\r\n", "y"] {
            assert_eq!(answer(typed.as_bytes()), (Answer::Yes, 1), "{typed:?}");
        }
        for typed in ["\n", "n\n", "No\n"] {
            assert_eq!(answer(typed.as_bytes()), (Answer::No, 1), "{typed:?}");
        }
        assert_eq!(answer(b"a\n"), (Answer::All, 1));
        assert_eq!(answer(b"q\n"), (Answer::Quit, 1));
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
