//! What came of a rescue.

use std::io::Write;
use std::path::Path;

use partsweep_core::{ObjectMatch, RescuePlan, StoreError, StoreErrorKind, escape};
use partsweep_engine::rescue::{AfterRefusal, Rescued};

use super::{of_store, show, words};
use crate::report::rescue::{RescueEnding, RescueReport};
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::{bytes, counted};
use crate::text::fit::wrapped;

/// Whether an object has another ETag than that of its parts, whose MD5s were seen to be those of the file: one of them
/// can't be true (law 13). An ETag of another form says nothing.
fn contradicts(rescued: &Rescued, is_proven: bool) -> bool {
    let Rescued::Done {
        object, matches, ..
    } = rescued
    else {
        return false;
    };
    let etag = object.etag.as_deref().unwrap_or_default();
    let digest = etag.trim_matches('"').split_once('-');
    let is_usual = digest.is_some_and(|(digest, _)| {
        digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    is_proven && is_usual && *matches != ObjectMatch::Same
}

/// Takes it for programs. `is_proven`: the parts' ETags are the MD5s of the file.
pub(super) fn note(rescued: &Rescued, is_proven: bool, report: &mut RescueReport) {
    let mut ending = RescueEnding {
        outcome: match contradicts(rescued, is_proven) {
            true => "different",
            false => rescued.code(),
        },
        ..RescueEnding::default()
    };
    match rescued {
        Rescued::Done { object, .. } if contradicts(rescued, is_proven) => {
            ending.object = Some(object.clone());
        }
        Rescued::Done {
            object,
            matches,
            is_current,
        } => {
            ending.verified_by = Some(match matches {
                ObjectMatch::Same => "size_and_etag",
                ObjectMatch::Answered => "size_and_answer",
                ObjectMatch::Alike | ObjectMatch::Other => "size_and_parts",
            });
            ending.is_current = Some(*is_current);
            ending.object = Some(object.clone());
        }
        Rescued::Different(object) => ending.object.clone_from(object),
        Rescued::Stopped(obstacles) => {
            for obstacle in obstacles {
                report.refused(obstacle.code(), &words::of(obstacle).0);
            }
        }
        _ => {}
    }
    report.ended(&ending);
}

/// Says it; the exit code is that of its kind.
pub(super) fn tell(
    rescued: &Rescued,
    plan: &RescuePlan,
    record: &Path,
    is_proven: bool,
    (console, is_table): (&Console, bool),
) -> Result<Exit, Failure> {
    let address = plan.address();
    let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
    let record = escape::for_shell(&record.display().to_string()).into_owned();
    let recorded = format!("what was sent is in {record}");
    let partial = |line: String| Failure::told(Exit::Partial, line).hint(recorded.clone());
    Err(match rescued {
        Rescued::Done { object, .. } if contradicts(rescued, is_proven) => partial(format!(
            "{url} is complete, but it may not be the file: it is {}, and the parts, whose MD5s are those of the file, come to {}",
            show::described(object),
            plan.etag().unwrap_or_default()
        ))
        .hint("compare the object with the file before you rely on it"),
        Rescued::Done {
            object,
            matches,
            is_current,
        } => {
            let size = object.bytes.map_or_else(String::new, bytes);
            let shown = escape::for_terminal(&url).into_owned();
            let by = match matches {
                ObjectMatch::Same => "its size and ETag",
                ObjectMatch::Answered => {
                    "its size, and the ETag that the store answered, which isn't the one of its parts"
                }
                ObjectMatch::Alike | ObjectMatch::Other => "its size and number of parts",
            };
            if is_table {
                let mut output = console.styled_output();
                let line = format!("Completed {shown}: {size}, verified by {by}");
                writeln!(output, "{}", wrapped(&line, console.width(), 0))?;
                output.flush()?;
            }
            if *matches == ObjectMatch::Alike {
                console.warn(
                    "the ETag has the right number of parts, but isn't the MD5 of their MD5s",
                    &["some stores compute it in their own way; compare the object with its source".to_owned()],
                );
            }
            if !is_current {
                console.warn(
                    "the object is an older version at its key: another upload of it was started later",
                    &["`aws s3api list-object-versions` shows it; copy it over itself to make it current".to_owned()],
                );
            }
            return Ok(Exit::Done);
        }
        Rescued::Stopped(obstacles) => {
            for obstacle in obstacles {
                let (line, hints) = words::among(obstacle, obstacles);
                console.warn(&line, &hints);
            }
            let reasons = counted(obstacles.len() as u64, "reason");
            Failure::told(
                Exit::Refused,
                format!("something changed since it was shown ({reasons}): nothing was sent"),
            )
        }
        Rescued::NotSeen(error) if error.kind == StoreErrorKind::NoSuchUpload => Failure::told(
            Exit::Refused,
            format!("the upload of {url} is gone since it was shown: nothing was sent"),
        )
        .hint("someone completed or aborted it; look at the key"),
        Rescued::NotSeen(error) => with_hints(
            error,
            Exit::Partial,
            "the check just before failed, so nothing was sent",
        ),
        Rescued::NotWrittenDown(error) => Failure::told(
            Exit::Failed,
            format!("could not write {record}: {error}: nothing was sent"),
        ),
        Rescued::Refused(error, after) => refused(error, after),
        Rescued::Gone => partial(format!(
            "the upload of {url} is gone, and no object there could be it"
        ))
        .hint("someone aborted it at the same moment, or replaced the object"),
        Rescued::Different(object) => {
            let there = object
                .as_ref()
                .map_or_else(|| "no object".to_owned(), show::described);
            partial(format!(
                "the store said that {url} is complete, but at the key is {there}"
            ))
            .hint("someone may have written it at the same moment; look at its versions, if it has any")
        }
        Rescued::StillThere(error) => with_hints(
            error,
            Exit::Partial,
            "there was no clear answer, and the upload is still there",
        )
        .hint("the store may still be at work: run the same command again in some minutes")
        .hint(recorded),
        Rescued::Unverified(error) => with_hints(
            error,
            Exit::Partial,
            "it isn't known whether the upload was completed",
        )
        .hint("look at the key before anything else; don't abort the upload now")
        .hint(recorded),
    })
}

/// The store refused: with what is there, since someone else may have been faster.
fn refused(error: &StoreError, after: &AfterRefusal) -> Failure {
    let at_the_key = match &after.object {
        Ok(Some(object)) => format!("{} is at the key now", show::described(object)),
        Ok(None) => "no object is at the key".to_owned(),
        Err(_) => "what is at the key can't be seen".to_owned(),
    };
    let upload = match after.is_left {
        Some(true) => "the upload is still there",
        Some(false) => "the upload is gone",
        None => "whether the upload is still there can't be seen",
    };
    let what = format!("the store refused; {at_the_key}, and {upload}");
    let failure = with_hints(error, Exit::Partial, &what);
    match (after.is_left, &after.object) {
        (Some(false), _) if after.is_the_same => failure.hint(
            "it has the size and ETag that this upload was to have: someone else completed it at the same moment",
        ),
        (Some(false), Ok(Some(_))) => {
            failure.hint("someone else completed or aborted the upload at the same moment: look at the object")
        }
        (Some(false), _) => failure.hint("someone else completed or aborted it at the same moment: look at the key"),
        (_, Ok(Some(_))) => failure.hint("--dry-run shows the upload and what is at the key"),
        _ if error.kind == StoreErrorKind::Changed => failure.hint(
            "someone else was writing the same key: look at it, and run the same command again",
        ),
        _ => failure,
    }
}

fn with_hints(error: &StoreError, exit: Exit, what: &str) -> Failure {
    let (line, hints) = of_store(error);
    let failure = Failure::told(exit, format!("{what}: {line}"));
    hints.into_iter().fold(failure, Failure::hint)
}

#[cfg(test)]
mod tests {
    use partsweep_core::{ObjectHead, Operation};

    use super::*;

    /// The parts are the file's: an object with another ETag of the same form is another one.
    #[test]
    fn an_etag_that_contradicts_parts_that_were_compared_is_no_proof() {
        let done = |etag: &str, matches| Rescued::Done {
            object: ObjectHead {
                bytes: Some(5),
                last_modified: None,
                etag: Some(etag.to_owned()),
                version: None,
            },
            matches,
            is_current: true,
        };
        let other = "\"deadbeefdeadbeefdeadbeefdeadbeef-3\"";
        for (etag, matches, is_proven, contradicted) in [
            (other, ObjectMatch::Answered, true, true),
            (other, ObjectMatch::Alike, true, true),
            (other, ObjectMatch::Same, true, false),
            (other, ObjectMatch::Answered, false, false),
            // Google's, and one of a store that counts no parts.
            ("\"CNDv9pqR9v0CEAE=\"", ObjectMatch::Answered, true, false),
            ("\"not-hexadecimal-3\"", ObjectMatch::Answered, true, false),
        ] {
            let rescued = done(etag, matches);
            assert_eq!(contradicts(&rescued, is_proven), contradicted, "{etag}");
        }
    }

    #[test]
    fn whoever_was_too_late_is_told_what_is_there() {
        let told = |is_left, is_the_same, object| {
            let kind = StoreErrorKind::Changed;
            let error = StoreError::new(Operation::CompleteMultipartUpload, None, kind);
            let after = AfterRefusal {
                object: Ok(object),
                is_the_same,
                is_left,
            };
            let Failure::Told(told) = refused(&error, &after) else {
                panic!("nothing is told")
            };
            format!("{}: {}", told.line, told.hints.join(" "))
        };
        let object = ObjectHead {
            bytes: Some(5),
            last_modified: None,
            etag: None,
            version: None,
        };
        let late = told(Some(false), true, Some(object.clone()));
        assert!(late.contains("an object of 5 B is at the key now, and the upload is gone"));
        assert!(late.contains("someone else completed it"), "{late}");
        let other = told(Some(false), false, Some(object));
        assert!(other.contains("look at the object"), "{other}");
        assert!(!other.contains("size and ETag that"), "{other}");
        let left = told(Some(true), false, None);
        assert!(left.contains("no object is at the key, and the upload is still there"));
        assert!(!left.contains("at the same moment"), "{left}");
    }
}
