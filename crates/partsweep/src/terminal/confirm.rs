//! A question that takes yes or no, and nothing is done without a yes.

use std::io;

use super::console::Console;
use super::{keyboard, question};
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Asks; fails unless the answer is yes. `explained` is told after an answer that is neither.
pub(crate) async fn confirm(
    console: &Console,
    question: String,
    explained: &'static str,
) -> Result<(), Failure> {
    let held = console.interrupt().hold();
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
