//! `partsweep rescue --resume-from`: sends what is missing from the local file, and completes.

use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_core::{
    AgreedResume, FileLayout, FilePart, FileSeen, Inspect, Obstacle, RescueLook, RescueTerms,
    ResumeConsent, ResumePlan, StoreError, UploadAddress,
};
use partsweep_engine::rescue::{
    RescueFile, SendStop, SendingNow, SentParts, SentSoFar, SourceFile, own_parts, see_file,
    send_parts,
};

use super::{RescueCommand, of_store, show, shown, unreadable, words};
use crate::paths;
use crate::report::rescue::RescueEnding;
use crate::terminal::confirm::confirm;
use crate::terminal::progress::Progress;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::{self, bytes, counted};

/// Between two looks at how much was sent.
const DRAWN_EVERY: Duration = Duration::from_millis(100);

const GOES_ON: &str = "the parts that were sent are kept: the same command goes on from there";

impl RescueCommand<'_> {
    /// Compares, shows, asks, sends, looks again twice, completes, verifies.
    pub(super) async fn resume(&self, path: &Path, first: RescueLook) -> Result<Exit, Failure> {
        let args = self.args;
        let file = SourceFile::open(path).map_err(|error| unreadable(path, &error))?;
        let file = Arc::new(file);
        let limits = self.session.part_limits();
        let terms = RescueTerms {
            quiet_for: args.quiet_for,
            size: None,
            overwrite: args.overwrite,
            chosen: args.upload_id.is_some(),
        };
        let layout = match args.part_size {
            Some(size) => FileLayout::in_parts_of(size, &first.parts, file.bytes(), limits),
            None => FileLayout::of(&first.parts, file.bytes(), limits),
        };
        let layout = layout.map_err(|misfit| self.refuse(&[Obstacle::NotOfFile(misfit)], None))?;
        let endpoint = self.session.store.endpoint();
        let own = own_parts(&paths::state_directory()?, endpoint, &first.upload.address);
        let own = own.map_err(|SendingNow(record)| {
            Failure::told(
                Exit::Refused,
                "another partsweep is at work on this upload: nothing was changed",
            )
            .hint(format!("it writes {}", shown(&record)))
        })?;
        // What stands against it whatever the file holds is said before a terabyte is read.
        let md5s = first
            .parts
            .iter()
            .filter_map(|part| Some((part.number, part.etag?)));
        let unread = FileSeen {
            layout,
            md5s: md5s.collect(),
            own: own.clone(),
        };
        ResumePlan::of(&first, first.clone(), unread, terms, limits)
            .map_err(|obstacles| self.refuse(&obstacles, None))?;
        self.refuse_hasty_yes(&first, first.idle_but_for(&own))?;
        let (hashed, parts) = (Arc::clone(&file), first.parts.clone());
        let seen =
            tokio::task::spawn_blocking(move || see_file(&hashed, layout, &parts, own)).await;
        let seen = seen.map_err(|error| Failure::of_task(&error))?;
        let seen = seen.map_err(|error| unreadable(path, &error))?;
        ResumePlan::of(&first, first.clone(), seen.clone(), terms, limits)
            .map_err(|obstacles| self.refuse(&obstacles, None))?;
        let there = counted(first.parts.len() as u64, "part");
        self.console.note(&format!(
            "Every part that is there ({there}) has the MD5 of its place in {}.",
            shown(path)
        ));
        self.pause().await;
        let second = self.look(&first.upload.address).await?;
        let plan = ResumePlan::of(&first, second, seen, terms, limits)
            .map_err(|obstacles| self.refuse(&obstacles, None))?;
        let name = path.display().to_string();
        self.report.borrow_mut().resumes(&plan, name);
        if self.is_table {
            self.show_plan(&plan, path)?;
        }
        if args.dry_run {
            return Ok(self.dry_run());
        }
        if !args.yes {
            self.ask_to_resume(&plan, path).await?;
        }
        let consent = ResumeConsent::to(&plan);
        let agreed = plan
            .approve(consent)
            .map_err(|error| Failure::told(Exit::Refused, error.to_string()))?;
        self.send_and_complete(agreed, &file).await
    }

    /// What would be sent, and what there would be then.
    fn show_plan(&self, plan: &ResumePlan, path: &Path) -> Result<(), Failure> {
        let mut output = self.console.styled_output();
        let (layout, missing) = (plan.layout(), plan.missing());
        let numbers = words::ranges(&ranges(missing));
        let to_send = match missing {
            [] => "nothing: all parts are there".to_owned(),
            _ => format!(
                "{} ({}) from {}, numbered {numbers}",
                counted(missing.len() as u64, "part"),
                bytes(plan.missing_bytes()),
                shown(path)
            ),
        };
        let then = format!(
            "{}, the object has {} ({} bytes)",
            in_parts(layout),
            bytes(layout.file()),
            layout.file()
        );
        let width = self.console.width();
        show::row("To send", &to_send, width, &mut *output)?;
        show::row("Then", &then, width, &mut *output)?;
        writeln!(output)?;
        output.flush()?;
        Ok(())
    }

    async fn ask_to_resume(&self, plan: &ResumePlan, path: &Path) -> Result<(), Failure> {
        let key = partsweep_core::escape::for_terminal(plan.address().key.as_str()).into_owned();
        let look = plan.look();
        let idle = look.idle_but_for(plan.own());
        let idle = idle.filter(|_| look.clock.is_proven());
        let last = idle.map_or_else(String::new, |idle: SignedDuration| {
            let ago = figures::about(idle);
            format!("Another client was last active on this upload {ago} ago.\n")
        });
        let what = match plan.missing() {
            [] => "Complete this upload".to_owned(),
            missing => format!(
                "Send {} ({}) from {} and complete this upload",
                counted(missing.len() as u64, "part"),
                bytes(plan.missing_bytes()),
                shown(path)
            ),
        };
        let question = format!(
            "{last}A part that it is sending at this moment can't be seen.\n\
             {what},\n\
             so that {key} becomes an object of {}? [y/N] ",
            bytes(plan.layout().file())
        );
        let explained = "  answer y to send and complete, n or Enter to change nothing";
        confirm(self.console, question, explained).await
    }

    async fn send_and_complete(
        &self,
        agreed: AgreedResume,
        file: &Arc<SourceFile>,
    ) -> Result<Exit, Failure> {
        let store = &*self.session.store;
        let (record, path) = self.new_record()?;
        self.report
            .borrow_mut()
            .recorded(path.display().to_string());
        let held = self.console.interrupt().hold();
        let address = agreed.plan().address().clone();
        let so_far = Arc::new(SentSoFar::default());
        let sending = async {
            let sent = self.send(agreed, file, &record, &so_far).await?;
            sent.finish(store, file, self.pause()).await
        };
        let ended_early = |outcome| {
            // Its last lines tell it, too.
            let _ = record.unfinished(&address.id, outcome);
            self.unfinished(outcome);
        };
        // Dropped, it leaves the parts that have arrived.
        let agreed = tokio::select! {
            agreed = sending => agreed,
            () = held.signalled() => {
                self.report.borrow_mut().sent(&so_far);
                ended_early("interrupted");
                let line = "interrupted while parts were sent: nothing was completed";
                return Err(Failure::told(Exit::Interrupted, line).hint(GOES_ON));
            }
        };
        self.report.borrow_mut().sent(&so_far);
        let agreed = match agreed {
            Ok(agreed) => agreed,
            Err(stop) if stop.is_of_a_gone_upload() => {
                ended_early("gone");
                return Err(self.gone(&address, &stop, &so_far).await);
            }
            Err(stop) => {
                ended_early("not_finished");
                return Err(self.stopped(&stop, file, so_far.arrived().0));
            }
        };
        self.complete_on(&agreed, &record, &path, true).await
    }

    /// The upload is gone (law 11): says what is at its key, which tells an abort from a complete.
    async fn gone(&self, address: &UploadAddress, stop: &SendStop, sent: &SentSoFar) -> Failure {
        let store = &self.session.store;
        let there = store.head_object(&address.bucket, &address.key).await;
        let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
        let url = partsweep_core::escape::for_terminal(&url).into_owned();
        let (what, hint) = match &there {
            Ok(None) => (
                "no object is at its key: someone else aborted it".to_owned(),
                "its parts are gone: upload the file anew".to_owned(),
            ),
            Ok(Some(object)) => (
                format!("{} is at its key", show::described(object)),
                "someone else completed the upload, or aborted it and wrote the object: compare it with the file".to_owned(),
            ),
            Err(error) => (
                format!("what is at its key can't be seen: {}", of_store(error).0),
                "someone else completed or aborted it: look at the key".to_owned(),
            ),
        };
        if let Ok(Some(object)) = there {
            self.report.borrow_mut().ended(&RescueEnding {
                outcome: "gone",
                object: Some(object),
                ..RescueEnding::default()
            });
        }
        let (exit, of_ours) = match (sent.arrived(), stop) {
            ((0, _), SendStop::NotSeen(_)) => (Exit::Refused, "nothing was sent".to_owned()),
            ((0, _), _) => (Exit::Partial, "no part of this run had arrived".to_owned()),
            ((parts, bytes_sent), _) => (
                Exit::Partial,
                format!(
                    "nothing was completed by this run, which had sent {} ({})",
                    counted(parts, "part"),
                    bytes(bytes_sent)
                ),
            ),
        };
        Failure::told(
            exit,
            format!("the upload of {url} is gone, and {what}; {of_ours}"),
        )
        .hint(hint)
    }

    /// Sends, and shows how much of it was sent.
    async fn send(
        &self,
        agreed: AgreedResume,
        file: &Arc<SourceFile>,
        record: &RescueFile,
        sent: &Arc<SentSoFar>,
    ) -> Result<SentParts, SendStop> {
        let store = &*self.session.store;
        let mut progress = Progress::of_bytes(self.console, agreed.plan().missing_bytes());
        let mut sending = std::pin::pin!(send_parts(store, agreed, file, record, sent));
        let mut ticks = tokio::time::interval(DRAWN_EVERY);
        loop {
            tokio::select! {
                ended = &mut sending => return ended,
                _ = ticks.tick() => progress.sent(sent.on_its_way()),
            }
        }
    }

    /// Tells what stands against it; says how much that is.
    fn tell_obstacles(&self, obstacles: &[Obstacle]) -> String {
        for obstacle in obstacles {
            let (line, hints) = words::among(obstacle, obstacles);
            self.console.warn(&line, &hints);
            self.report.borrow_mut().refused(obstacle.code(), &line);
        }
        counted(obstacles.len() as u64, "reason")
    }

    fn unfinished(&self, outcome: &'static str) {
        self.report.borrow_mut().ended(&RescueEnding {
            outcome,
            ..RescueEnding::default()
        });
    }

    /// Why not all was sent, or not completed, after so many parts of this run had arrived.
    fn stopped(&self, stop: &SendStop, file: &SourceFile, arrived: u64) -> Failure {
        let of_store = |error: &StoreError, line: &str| {
            let (what, hints) = of_store(error);
            let failure = Failure::told(Exit::Partial, format!("{line}: {what}"));
            hints.into_iter().fold(failure, Failure::hint)
        };
        let name = shown(file.path());
        let failure = match stop {
            SendStop::Stopped(obstacles) => {
                let reasons = self.tell_obstacles(obstacles);
                let line = format!(
                    "something changed since it was shown ({reasons}): nothing was sent or completed"
                );
                return Failure::told(Exit::Refused, line);
            }
            SendStop::NotAsSent(obstacles) => {
                let reasons = self.tell_obstacles(obstacles);
                self.unfinished("not_finished");
                let is_unlisted = |o: &Obstacle| matches!(o, Obstacle::SentNotListed(_));
                let line = match obstacles.iter().all(is_unlisted) {
                    true => {
                        "the store doesn't list all parts that were sent: nothing was completed"
                            .to_owned()
                    }
                    false => format!(
                        "something changed while parts were sent ({reasons}): nothing was completed"
                    ),
                };
                return Failure::told(Exit::Partial, line).hint(
                    "parts that were sent stay in the upload as far as the store lists them",
                );
            }
            SendStop::NotSeen(error) => of_store(
                error,
                "the upload couldn't be checked, so nothing was completed",
            ),
            SendStop::NotWrittenDown(error) => {
                let line = format!("could not write the record, so nothing more was sent: {error}");
                Failure::told(Exit::Failed, line)
            }
            SendStop::NotRead(error) => unreadable(file.path(), error),
            SendStop::FileChanged => {
                let line =
                    format!("{name} changed while its parts were sent: nothing was completed");
                let exit = match arrived {
                    0 => Exit::Refused,
                    _ => Exit::Partial,
                };
                return Failure::told(exit, line)
                    .hint("parts of both contents may be in the upload now: abort it, or start the upload anew");
            }
            SendStop::OtherEtag { number } => {
                let line = format!(
                    "the store answered part {number} with another ETag than the MD5 of what was sent: nothing was completed"
                );
                return Failure::told(Exit::Partial, line)
                    .hint("the store encrypts parts, or has its own ETags: parts that were sent can't be verified there");
            }
            SendStop::Failed { number, error } => of_store(
                error,
                &format!("part {number} could not be sent, so nothing was completed"),
            ),
        };
        failure.hint(GOES_ON)
    }
}

/// How many parts a file has, and of which sizes.
fn in_parts(layout: FileLayout) -> String {
    let (count, size) = (layout.count(), layout.size());
    let before = count.saturating_sub(1).saturating_mul(size);
    let last = layout.file().saturating_sub(before);
    let parts = counted(count, "part");
    match (count, bytes(size), bytes(last)) {
        (0 | 1, ..) => format!("{parts} of {}", bytes(last)),
        (_, each, _) if last == size => format!("{parts} of {each}"),
        (_, each, last_one) if each == last_one => {
            format!("{parts} of {each}, the last {} bytes", figures::count(last))
        }
        (_, each, last_one) => format!("{parts} of {each}, the last {last_one}"),
    }
}

/// The numbers of parts, as ranges.
fn ranges(parts: &[FilePart]) -> Vec<RangeInclusive<u32>> {
    let mut found: Vec<RangeInclusive<u32>> = Vec::new();
    for part in parts {
        match found.last_mut() {
            Some(last) if last.end() + 1 == part.number => *last = *last.start()..=part.number,
            _ => found.push(part.number..=part.number),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_one_range() {
        let part = |number| FilePart {
            number,
            offset: 0,
            bytes: 1,
        };
        let parts: Vec<_> = [1, 2, 3, 5, 8, 9].map(part).into();
        assert_eq!(words::ranges(&ranges(&parts)), "1 to 3, 5, 8 to 9");
        assert!(ranges(&[]).is_empty());
    }
}
