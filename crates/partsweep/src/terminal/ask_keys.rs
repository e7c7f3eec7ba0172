//! The two keys, asked for where none are configured.

use std::io::{self, BufRead, Write};

use partsweep_s3::StaticKeys;

use crate::terminal::console::Console;
use crate::terminal::interrupt::HeldSignals;
use crate::terminal::keyboard::{self, Hidden};
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::hints;

/// Asks for the access key and, without showing it, the secret key.
///
/// `place`: for which store they are, so that nobody types them for another (law 14). A signal ends it with the terminal as it was.
pub(crate) async fn ask(console: &Console, place: &str) -> Result<StaticKeys, Failure> {
    let held = console.interrupt().hold();
    console.tell(&format!(
        "No credentials found. Keys for {place} (they aren't saved):"
    ));
    let access = loop {
        let access = line(&held, "Access key ID: ".to_owned()).await?;
        let access = access.unwrap_or_default();
        // This is another answer, or a pasted line.
        if !access.contains(char::is_whitespace) && !access.contains("://") {
            break access;
        }
        console.fail(
            Failure::usage("that isn't an access key ID").hint("it is one word, such as AKIA…"),
        );
    };
    if is_none(&access) {
        return Err(
            Failure::told(Exit::Failed, "no access key was given").hint(hints::NO_KEYS_GIVEN)
        );
    }
    let secret = hidden(console, &held, "Secret access key (not shown): ").await?;
    if is_none(&secret) {
        return Err(
            Failure::told(Exit::Failed, "no secret key was given").hint(hints::NO_KEYS_GIVEN)
        );
    }
    // Keys that AWS STS gave for a time are nothing without their token.
    let token = match access.starts_with(TEMPORARY) {
        true => hidden(console, &held, "Session token (not shown): ").await?,
        false => String::new(),
    };
    let token = Some(token).filter(|token| !token.is_empty());
    Ok(StaticKeys::new(access, secret, token))
}

/// Whether an answer gives nothing: a key is longer than the words that leave a question.
fn is_none(answer: &str) -> bool {
    matches!(answer, "" | "q" | "quit" | "exit")
}

/// What the access keys of AWS begin with that are valid for a time.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
const TEMPORARY: &str = "ASIA";

/// The code of the device that a profile's role asks for.
pub(crate) async fn code(
    console: &Console,
    profile: &str,
    device: &str,
) -> Result<String, Failure> {
    let held = console.interrupt().hold();
    console.tell(&format!(
        "The role of profile {profile} takes a code of the MFA device {device}."
    ));
    loop {
        let code = line(&held, "MFA code: ".to_owned()).await?;
        match code.as_deref() {
            None | Some("" | "q" | "quit") => {
                return Err(Failure::told(Exit::Failed, "no code was given"));
            }
            // AWS IAM takes nothing else, and counts what it refuses.
            Some(code) if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Ok(code.to_owned());
            }
            Some(_) => {
                console.fail(Failure::usage("a code has 6 digits"));
            }
        }
    }
}

async fn hidden(console: &Console, held: &HeldSignals, prompt: &str) -> Result<String, Failure> {
    let hidden = Hidden::begin(console.interrupt()).map_err(|error| prompt_failure(&error))?;
    let secret = line(held, prompt.to_owned()).await?;
    drop(hidden);
    Ok(secret.unwrap_or_default())
}

/// One line of the terminal, without white space around it; none at the end of the input.
pub(crate) async fn line(held: &HeldSignals, prompt: String) -> Result<Option<String>, Failure> {
    let read = |prompt: &str| {
        let mut stderr = io::stderr();
        write!(stderr, "{prompt}")?;
        stderr.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            // The end of the input leaves the cursor behind the prompt.
            writeln!(stderr)?;
            return Ok(None);
        }
        // Ctrl-Z and its like are no part of a key.
        Ok(Some(line.trim().replace(char::is_control, "")))
    };
    match keyboard::ask(held, prompt, read).await {
        Ok(Some(line)) => Ok(line),
        Ok(None) => Err(Failure::Interrupted),
        Err(error) => Err(prompt_failure(&error)),
    }
}

fn prompt_failure(error: &io::Error) -> Failure {
    Failure::told(Exit::Failed, format!("could not ask for the keys: {error}"))
}
