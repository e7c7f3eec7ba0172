//! From settings to a store that can be asked.

use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::{Inspect, StoreError, escape};
use partsweep_s3::{ConnectError, Settings, StaticKeys, Store};

use crate::bug;
use crate::console::Console;
use crate::error::{Failure, chain};
use crate::exit::Exit;
use crate::figures;
use crate::hints;
use crate::keys;

/// Makes the settings of a connection, with the keys that were typed at the prompt, if any.
pub(crate) type SettingsFor<'a> = &'a dyn Fn(Option<StaticKeys>) -> Settings;

/// A store, and when the work on it began.
pub(crate) struct Session {
    /// The store.
    pub(crate) store: Arc<Store>,
    /// When the command began, by this machine's clock.
    pub(crate) started: Timestamp,
    /// The profile that was named; the AWS tools take one from the environment by themselves.
    pub(crate) profile: Option<String>,
    /// The endpoint, if it was typed; one that is configured is found again.
    typed_endpoint: Option<String>,
}

impl Session {
    /// Connects; asks for the keys if none are found and someone is there to ask.
    pub(crate) async fn connect(
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let store = match Store::connect(settings(None)).await {
            Err(ConnectError::NoCredentials) if console.can_ask() => {
                let keys = keys::ask(console).await?;
                Store::connect(settings(Some(keys))).await
            }
            connected => connected,
        };
        let store = store.map_err(|error| unconnected(&error, &settings(None)))?;
        if let Some(profile) = settings(None).profile
            && std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|id| !id.is_empty())
            && let Some(end) = store.key_id_end().await
        {
            console.note(&format!(
                "using the access key …{} of profile `{}`, not the one in AWS_ACCESS_KEY_ID",
                escape::for_terminal(&end),
                escape::for_terminal(&profile)
            ));
        }
        bug::provoke("connect");
        Ok(Self {
            store: Arc::new(store),
            started: Timestamp::now(),
            profile: settings(None).profile,
            typed_endpoint: settings(None).endpoint_url,
        })
    }

    /// The options that lead another run to the same store, each with a space before it.
    pub(crate) fn options(&self) -> String {
        let given = [
            ("--endpoint-url", &self.typed_endpoint),
            ("--profile", &self.profile),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        given
            .map(|(name, value)| format!(" {name} {}", escape::for_shell(value)))
            .collect()
    }

    /// Asks for the buckets, so that it is known which store this is and whose. A key that may not
    /// list buckets can still sweep.
    pub(crate) async fn introduce(&self) -> Result<(), StoreError> {
        self.store.list_buckets().await.map(|_| ())
    }

    /// Who owns the buckets, as far as the store said so.
    pub(crate) fn account(&self) -> Option<String> {
        self.store.account().map(str::to_owned)
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

/// What was typed and cannot be used is a matter of usage; what was configured is not.
fn unconnected(error: &ConnectError, typed: &Settings) -> Failure {
    let is_usage = match error {
        ConnectError::BadEndpoint { .. } => typed.endpoint_url.is_some(),
        ConnectError::BadRegion { .. } => typed.region.is_some(),
        _ => false,
    };
    let exit = if is_usage { Exit::Usage } else { Exit::Failed };
    let failure = Failure::told(exit, chain(error));
    match (error, error.hint()) {
        (ConnectError::NoCredentials, _) => failure.hint(hints::NO_CREDENTIALS),
        (_, Some(hint)) => failure.hint(hint),
        (_, None) => failure,
    }
}
