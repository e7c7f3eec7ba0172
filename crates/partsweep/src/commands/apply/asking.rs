//! What a person sees of a plan, and the question before it is applied.

use std::io;
use std::path::Path;

use partsweep_core::{Inspect, escape};

use super::Apply;
use super::plan::SavedPlan;
use crate::run::sweep::SweepRun;
use crate::terminal::{keyboard, question};
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::{counted, rounded_sum};
use crate::text::fit;
use crate::text::sum::Sum;

/// Buckets of a plan that are shown before a question, at most: the largest.
const BUCKETS: usize = 20;

impl Apply<'_> {
    /// Shows what is agreed to, and asks. A plan of the whole account takes the number of its uploads, not
    /// a key press.
    pub(super) async fn agree(
        &self,
        path: &Path,
        saved: &SavedPlan,
        sweep_run: &SweepRun<'_>,
    ) -> Result<bool, Failure> {
        let store = self.session.store.provider();
        let whole = saved.is_whole_account;
        let count = saved.plan.len();
        let question = format!(
            "{}\n{}\n{}{}Aborting permanently deletes the parts already uploaded.\n{}",
            self.session.place().await,
            saved.words(path),
            buckets(saved),
            question::particulars(&saved.plan, &store),
            question::text_of_saved(&saved.plan, whole),
        );
        let ask = move |question: &str| {
            let (mut input, mut output) = (io::stdin().lock(), io::stderr());
            let forget = keyboard::forget_typed;
            match whole {
                true => question::ask_of_all(question, count, &mut input, &mut output, forget),
                false => question::ask_of_saved(question, &mut input, &mut output, forget),
            }
        };
        let answer = keyboard::ask(&sweep_run.held, question, ask).await;
        let answer = answer
            .map_err(|error| Failure::told(Exit::Failed, format!("could not ask: {error}")))?;
        Ok(answer.unwrap_or(false))
    }
}

/// How many uploads of each bucket a plan has, and their bytes: the largest first.
fn buckets(saved: &SavedPlan) -> String {
    let mut buckets: Vec<_> = saved.by_bucket.iter().collect();
    buckets.sort_by_key(|(_, (_, bytes))| std::cmp::Reverse(bytes.known()));
    let (shown, others) = buckets.split_at(buckets.len().min(BUCKETS));
    let rows: Vec<_> = shown
        .iter()
        .map(|(name, (uploads, bytes))| {
            let name = escape::for_terminal(name.as_str()).into_owned();
            let size = rounded_sum(bytes.known(), bytes.exact().is_none());
            (name, counted(*uploads, "upload"), size)
        })
        .collect();
    let name = rows.iter().map(|row| fit::width(&row.0)).max().unwrap_or(0);
    let number = rows.iter().map(|row| row.1.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (bucket, uploads, size) in &rows {
        let pad = name - fit::width(bucket);
        text.push_str(&format!(
            "  {bucket}{:pad$}  {uploads:<number$}  {size}\n",
            ""
        ));
    }
    if !others.is_empty() {
        let (mut uploads, mut bytes) = (0, Sum::default());
        for (_, (more, size)) in others {
            uploads += more;
            bytes.add(*size);
        }
        text.push_str(&format!(
            "  and {}: {}, {}\n",
            counted(others.len() as u64, "other bucket"),
            counted(uploads, "upload"),
            bytes.words()
        ));
    }
    text
}
