//! From settings to a store that can be asked.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::Inspect;
use partsweep_s3::{ConnectError, Settings, StaticKeys, Store};

use crate::console::Console;
use crate::error::{Failure, chain};
use crate::exit::Exit;
use crate::figures;
use crate::hints;

/// Makes the settings of a connection, with the keys that were typed at the prompt, if any.
pub(crate) type SettingsFor<'a> = &'a dyn Fn(Option<StaticKeys>) -> Settings;

/// A store, and when the work on it began.
pub(crate) struct Session {
    /// The store.
    pub(crate) store: Arc<Store>,
    /// When the command began, by this machine's clock.
    pub(crate) started: Timestamp,
}

impl Session {
    /// Connects; asks for the keys if none are found and someone is there to ask.
    pub(crate) async fn connect(
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let store = match Store::connect(settings(None)).await {
            Err(ConnectError::NoCredentials) if console.can_ask() => {
                let keys = console.beside_bars(ask_for_keys)?;
                Store::connect(settings(Some(keys))).await
            }
            connected => connected,
        };
        let store = store.map_err(|error| {
            let failure = Failure::told(Exit::Failed, chain(&error));
            match (&error, error.hint()) {
                (ConnectError::NoCredentials, _) => failure.hint(hints::NO_CREDENTIALS),
                (_, Some(hint)) => failure.hint(hint),
                (_, None) => failure,
            }
        })?;
        Ok(Self {
            store: Arc::new(store),
            started: Timestamp::now(),
        })
    }

    /// Says which store it was, and what it took, if more is to be said than usual.
    pub(crate) fn tell_details(&self, console: &Console) {
        if console.is_verbose() {
            let took = Timestamp::now().duration_since(self.started);
            console.note(&format!(
                "{}: {}, {} in {:.1} s",
                self.store.endpoint(),
                self.store.provider().name,
                figures::counted(self.store.requests(), "request"),
                took.as_secs_f64()
            ));
        }
    }
}

/// Asks for the access key and, without showing it, the secret key.
fn ask_for_keys() -> Result<StaticKeys, Failure> {
    let none = |error: io::Error| {
        Failure::told(Exit::Failed, format!("could not ask for the keys: {error}"))
    };
    let mut stderr = io::stderr();
    write!(stderr, "No credentials found.\nAccess key: ")
        .and_then(|()| stderr.flush())
        .map_err(none)?;
    let mut access = String::new();
    io::stdin().lock().read_line(&mut access).map_err(none)?;
    if access.trim().is_empty() {
        return Err(
            Failure::told(Exit::Failed, "no access key was given").hint(hints::NO_CREDENTIALS)
        );
    }
    let secret = rpassword::prompt_password("Secret key (not shown): ").map_err(none)?;
    Ok(StaticKeys::new(
        access.trim().to_owned(),
        secret.trim().to_owned(),
        None,
    ))
}
