//! A question that takes yes or no, and nothing is done without a yes.

use std::io;

use super::console::{Console, columns_of_messages};
use super::{keyboard, question};
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::fit::wrapped;

/// Asks; fails unless the answer is yes. `explained` is told after an answer that is neither.
pub(crate) async fn confirm(
    console: &Console,
    question: String,
    explained: &'static str,
) -> Result<(), Failure> {
    let held = console.interrupt().hold();
    let question = in_lines(&question, columns_of_messages());
    let ask = move |question: &str| {
        let (mut input, mut output) = (io::stdin().lock(), io::stderr());
        let forget = keyboard::forget_typed;
        question::ask_plainly(question, explained, &mut input, &mut output, forget)
    };
    let answer = keyboard::ask(&held, question, ask)
        .await
        .map_err(|error| Failure::told(Exit::Failed, format!("could not ask: {error}")))?;
    match answer {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::told(
            Exit::Refused,
            "not confirmed: nothing was changed",
        )),
        None => Err(Failure::Interrupted),
    }
}

/// A question in lines that are broken between words, with the space behind it that the answer begins after.
fn in_lines(question: &str, columns: Option<usize>) -> String {
    // The answer has room on the last line.
    let room = columns.map(|columns| columns.saturating_sub(2));
    let lines = question
        .trim_end()
        .split('\n')
        .map(|line| wrapped(line, room, 0));
    let lines: Vec<_> = lines.collect();
    lines.join("\n") + " "
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_broken_between_words() {
        let question = "First line of it.\nComplete this upload of 5 MB? [y/N] ";
        assert_eq!(in_lines(question, None), question);
        let narrow = "First line of it.\nComplete this upload\nof 5 MB? [y/N] ";
        assert_eq!(in_lines(question, Some(24)), narrow);
    }
}
