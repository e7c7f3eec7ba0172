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
    let access = line(
        &held,
        format!("No credentials found. Requests to {place} are signed with:\nAccess key: "),
    )
    .await?;
    if access.is_empty() {
        return Err(
            Failure::told(Exit::Failed, "no access key was given").hint(hints::NO_KEYS_GIVEN)
        );
    }
    let hidden = Hidden::begin(console.interrupt()).map_err(|error| prompt_failure(&error))?;
    let secret = line(&held, "Secret key (not shown): ".to_owned()).await?;
    drop(hidden);
    if secret.is_empty() {
        return Err(
            Failure::told(Exit::Failed, "no secret key was given").hint(hints::NO_KEYS_GIVEN)
        );
    }
    Ok(StaticKeys::new(access, secret, None))
}

/// One line of the terminal, without white space around it.
pub(crate) async fn line(held: &HeldSignals, prompt: String) -> Result<String, Failure> {
    let read = move || {
        let mut stderr = io::stderr();
        write!(stderr, "{prompt}")?;
        stderr.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            // The end of the input leaves the cursor behind the prompt.
            writeln!(stderr)?;
        }
        // Ctrl-Z and its like are no part of a key.
        Ok(line.trim().replace(char::is_control, ""))
    };
    match keyboard::wait(held, read).await {
        Ok(Some(line)) => Ok(line),
        Ok(None) => Err(Failure::Interrupted),
        Err(error) => Err(prompt_failure(&error)),
    }
}

fn prompt_failure(error: &io::Error) -> Failure {
    Failure::told(Exit::Failed, format!("could not ask for the keys: {error}"))
}
