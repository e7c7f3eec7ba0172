//! From settings to a store that can be asked.

use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::money::table::StorePrices;
use partsweep_core::provider::profiles::{CEPH, StoreEntry, UNKNOWN};
use partsweep_core::{
    Inspect, OwnPrices, PartLimits, PriceTable, Provider, Selection, StoreError, escape,
};
use partsweep_engine::Targets;
use partsweep_s3::{ConnectError, SettingSource, Settings, StaticKeys, Store, has_profile_login};

use crate::args::{NamedStore, called, named_entry, only_ceph};
use crate::bug;
use crate::report::seen::{End, ScanSummary};
use crate::report::{Billing, ReportSource};
use crate::run::codes::with_codes;
use crate::run::origin::{Origin, origin, overruled_endpoint};
use crate::run::prices::PricedPlaces;
use crate::run::{ask_store, exposed, prices};
use crate::terminal::ask_keys;
use crate::terminal::console::Console;
use crate::text::connect_failure::connect_failure;
use crate::text::error::Failure;
use crate::text::figures;
use crate::text::hints;

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
    /// Where the keys come from.
    origin: Origin,
    /// The account of another tool.
    keys_from: Option<String>,
    /// The store, as it was named.
    store_name: Option<String>,
    /// The endpoint, if it was typed; one that is configured is found again.
    typed_endpoint: Option<String>,
    /// What is known of the store that was named, or that the demo plays.
    named: Option<&'static StoreEntry>,
    is_simulated: bool,
    /// The file of another tool that the endpoint comes from.
    endpoint_file: Option<String>,
    /// Prices of the user.
    own_prices: OwnPrices,
}

impl Session {
    /// Connects; asks for the keys if none are found and someone is there to ask.
    pub(crate) async fn connect(
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        Self::connect_to(None, settings, console).await
    }

    /// Connects, and asks for no keys: without any it fails.
    pub(crate) async fn connect_unasked(
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        Self::connect_or_ask(false, None, settings, console).await
    }

    /// The same where it is known which store is meant, if none is configured: then only the keys are asked for.
    pub(crate) async fn connect_to(
        meant: Option<&str>,
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        Self::connect_or_ask(true, meant, settings, console).await
    }

    async fn connect_or_ask(
        asks: bool,
        meant: Option<&str>,
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let mut typed = settings(None);
        let mut connected = Store::connect(typed.clone()).await;
        if console.can_ask() {
            connected = with_codes(connected, &typed, console).await?;
        }
        let store = match connected {
            Err(ConnectError::NoCredentials) if asks && console.can_ask() => {
                if !has_place(&typed).await {
                    let store = match meant {
                        Some(endpoint) => NamedStore::at_url(endpoint),
                        None => {
                            let store = ask_store::ask(console).await?;
                            console.was_told_store(store.option());
                            store
                        }
                    };
                    store.put_into(&mut typed);
                }
                let place = Store::place_of(&typed).await;
                let keys = ask_keys::ask(console, &place).await?;
                let keys = Some(keys);
                Store::connect(Settings {
                    keys,
                    ..typed.clone()
                })
                .await
            }
            connected => connected,
        };
        let store = match store {
            Ok(store) => store,
            Err(error) => {
                let failure = connect_failure(&error, &typed);
                let is_anywhere =
                    matches!(error, ConnectError::NoCredentials) && !has_place(&typed).await;
                return Err(match is_anywhere {
                    true => failure.hint(hints::NO_STORE),
                    false => failure,
                });
            }
        };
        let has_login = has_profile_login().await;
        let origin = origin(&typed, store.has_typed_keys(), has_login);
        if let Some(note) = origin.note(store.key_id_end().await) {
            console.note(&note);
        }
        let by_default = typed.endpoint_by_default.as_deref();
        if let Some(note) = overruled_endpoint(store.settings(), by_default) {
            console.note(&note);
        }
        exposed::warn(&typed, origin.profile().is_some(), console);
        bug::provoke("connect");
        Ok(Self {
            store: Arc::new(store),
            started: Timestamp::now(),
            profile: typed.profile,
            origin,
            keys_from: typed.keys_from,
            named: typed.store_name.as_deref().and_then(named_entry),
            is_simulated: typed.isolated,
            own_prices: OwnPrices::default(),
            store_name: typed.store_name.filter(|_| !typed.isolated),
            endpoint_file: typed
                .keys_file
                .filter(|_| typed.endpoint_from_there)
                .map(|file| file.display().to_string()),
            typed_endpoint: typed.endpoint_url.filter(|_| !typed.endpoint_from_there),
        })
    }

    /// What reports say of it.
    pub(crate) fn source(&self) -> ReportSource<'_> {
        ReportSource {
            endpoint: self.store.endpoint(),
            started: self.started,
        }
    }

    /// The end of the run, for the reports.
    pub(crate) fn end(&self, seen: ScanSummary) -> End {
        let store = self.store.provider();
        End::now((store, self.prices()), self.started, seen)
    }

    /// The same with prices of the user.
    pub(crate) fn with_prices(self, own_prices: OwnPrices) -> Self {
        Self { own_prices, ..self }
    }

    /// Whether the user gave any prices.
    pub(crate) fn has_own_prices(&self) -> bool {
        self.own_prices.has_any()
    }

    /// Says which prices of the user fit none of these places: without a word they would look like a store without
    /// prices.
    pub(crate) fn warn_of_prices(&self, places: &PricedPlaces, console: &Console) {
        for line in prices::misfits(&self.own_prices, &self.priced(), places) {
            let hint = "a price for `*` is that of any class; see `partsweep scan --help`";
            console.warn(&line, &[hint.to_owned()]);
        }
    }

    /// The store whose prices hold here: the one that was named, where nothing is known of what its answers show.
    pub(crate) fn priced(&self) -> Provider {
        let store = self.store.provider();
        let named = self.named.filter(|_| StorePrices::of(store.id).is_none());
        named.map_or(store, |entry| *entry.profile)
    }

    /// What parts cost at this store: of the user's prices and those that are known.
    pub(crate) fn prices(&self) -> PriceTable {
        self.own_prices.table(self.store.provider().id)
    }

    /// What uploads are billed by, for a report.
    pub(crate) fn billing(&self) -> Billing {
        let store = Arc::clone(&self.store);
        Billing {
            prices: self.prices(),
            region_of: Box::new(move |bucket| store.region(bucket)),
        }
    }

    /// The options that lead another run to the same store, each with a space before it.
    pub(crate) fn options(&self) -> String {
        let place = match self.store_name {
            Some(_) => ("--store", &self.store_name),
            None => ("--endpoint-url", &self.typed_endpoint),
        };
        let profile = match self.keys_from {
            Some(_) => ("--from", &self.keys_from),
            None => ("--profile", &self.profile),
        };
        let given = [place, profile];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        given
            .map(|(name, value)| format!(" {name} {}", escape::for_shell(value)))
            .collect()
    }

    /// Refuses `--all-users` at a store that is known by its address for another than Ceph, before anything is sent.
    pub(crate) fn refuse_all_users_elsewhere(&self, targets: &Targets) -> Result<(), Failure> {
        let store = self.store.provider();
        let is_elsewhere = ![UNKNOWN.id, CEPH.id].contains(&store.id);
        match targets {
            Targets::AllUsers(_) if is_elsewhere => Err(only_ceph(store.name)),
            _ => Ok(()),
        }
    }

    /// Refuses a least cost at a store that is known by its address, and whose prices aren't, before anything is sent.
    pub(crate) fn refuse_least_cost(&self, selection: &Selection) -> Result<(), Failure> {
        let store = self.priced();
        match &selection.min_cost {
            Some(least) if store.id != UNKNOWN.id => prices::check_least_cost(least, &store),
            _ => Ok(()),
        }
    }

    /// Asks for the buckets, so that it is known which store this is and whose. A key that may not
    /// list buckets can still sweep.
    pub(crate) async fn introduce(&self) -> Result<(), StoreError> {
        self.store.list_buckets().await.map(|_| ())
    }

    /// Why the store could not be asked for anything. If its address is to be checked, with where that comes from.
    pub(crate) fn failure(&self, error: &StoreError) -> Failure {
        use partsweep_core::StoreErrorKind as Kind;
        let failure = Failure::from(error);
        match self.endpoint_from() {
            Some(from) if matches!(error.kind, Kind::Unreachable | Kind::NotS3 | Kind::Tls) => {
                failure.hint(format!("the endpoint comes from {from}"))
            }
            _ => failure,
        }
    }

    /// Where the endpoint comes from, unless it was typed.
    fn endpoint_from(&self) -> Option<String> {
        match &self.store.settings().endpoint.source {
            SettingSource::Given => match (&self.store_name, &self.endpoint_file) {
                (Some(name), _) => Some(format!("the store's name, {name}")),
                (None, Some(file)) => Some(format!("{} ({file})", self.keys_from.as_deref()?)),
                (None, None) => None,
            },
            SettingSource::Variable(name) => Some((*name).to_owned()),
            SettingSource::Profile { name, key } => Some(format!("{key} of profile {name}")),
            SettingSource::Services { name } => Some(format!("section [services {name}]")),
            SettingSource::Default => None,
        }
    }

    /// The file of the store, by its answers or as it was named: for its words for a lifecycle, and what it can't keep.
    /// Nothing that an abort rests on is believed of a name.
    pub(crate) fn entry(&self) -> Option<&'static StoreEntry> {
        StoreEntry::named(self.store.provider().id).or(self.named)
    }

    /// What the store asks of parts: the store that was named, where its answers show none.
    pub(crate) fn part_limits(&self) -> PartLimits {
        let store = self.store.provider();
        PartLimits::of(self.entry().map_or(&store, |entry| entry.profile))
    }

    /// Store, account and keys on one line, for before something is asked or aborted (law 14).
    pub(crate) async fn place(&self) -> String {
        let endpoint = self.store.endpoint();
        // The demo's is no store of that name, whatever its answers look like.
        let name = called(self.named, self.is_simulated, &self.store.provider());
        let account = self.store.account();
        let mut place = match is_of_aws(endpoint) {
            true => name,
            false => format!("{name} at {endpoint}"),
        };
        let mut add = |words: String| {
            place.push_str(" · ");
            place.push_str(&words);
        };
        if let Some(profile) = self.origin.profile() {
            add(format!("profile {profile}"));
        }
        // Without either, the key is all there is to tell whose account it is.
        if self.origin.profile().is_none() || account.is_none() {
            let of = self.origin.words();
            add(match self.store.key_id_end().await {
                Some(end) => format!("access key …{end}{of}"),
                None => format!("keys{of}"),
            });
        }
        if let Some(account) = account {
            add(format!("account {}", shortened(account)));
        }
        escape::for_terminal(&place).into_owned()
    }

    /// Whether it is the demo's.
    pub(crate) fn is_simulated(&self) -> bool {
        self.is_simulated
    }

    /// The account of another tool, if the keys are of one.
    pub(crate) fn tool(&self) -> Option<&str> {
        self.keys_from.as_deref()
    }

    /// The keys in use, by their end; where they come from; whether they won over others.
    pub(crate) async fn keys(&self) -> (String, String, bool) {
        let end = self.store.key_id_end().await;
        let key = end.map_or_else(|| "keys".to_owned(), |end| format!("access key …{end}"));
        let (from, is_choice) = match &self.origin {
            Origin::Typed => ("typed at the prompt".to_owned(), false),
            Origin::Tool { account } => (format!("from {account}"), false),
            Origin::Profile {
                name,
                over_environment: false,
            } => (format!("from profile {name}"), false),
            Origin::Profile {
                name,
                over_environment: true,
            } => (format!("from profile {name}, not AWS_ACCESS_KEY_ID"), true),
            Origin::Environment { over_profile: None } => {
                ("from AWS_ACCESS_KEY_ID".to_owned(), false)
            }
            Origin::Environment {
                over_profile: Some(name),
            } => (
                format!("from AWS_ACCESS_KEY_ID, not profile {name} in AWS_PROFILE"),
                true,
            ),
            Origin::Configured { profile } => {
                let profile = profile.as_deref().unwrap_or("default");
                (format!("from profile {profile}"), false)
            }
            Origin::Machine { whence } => (format!("from {whence}"), false),
        };
        (key, from, is_choice)
    }

    /// Who owns the buckets, as far as the store said so.
    pub(crate) fn account(&self) -> Option<String> {
        self.store.account().map(str::to_owned)
    }

    /// Says which store it was, and what it took, if more is to be said than usual.
    pub(crate) fn tell_details(&self, console: &Console) {
        if let Some(line) = prices::unused(&self.own_prices, &self.priced()) {
            console.warn(&line, &[]);
        }
        if let Some(date) = self.store.odd_date() {
            console.warn(
                &format!(
                    "some of this store's dates can't be read or can't be true, for example `{date}`: where nothing else shows \
                     the age of an upload, it is skipped"
                ),
                &[],
            );
        }
        if console.is_verbose() {
            let took = Timestamp::now().duration_since(self.started);
            console.note(&format!(
                "{}: {}, {} in {:.1} s",
                self.store.endpoint(),
                self.store.provider().name,
                figures::counted(self.store.requests(), "request"),
                // Never 0: it took some time.
                took.as_secs_f64().max(0.1)
            ));
        }
    }
}

/// Whether it is known where the store is: it was named, or is configured.
async fn has_place(settings: &Settings) -> bool {
    let is_named =
        settings.amazon_s3 || settings.endpoint_url.is_some() || settings.profile.is_some();
    is_named || Store::has_configured_endpoint(settings).await
}

/// Whether a store is where AWS itself is: then its name says enough.
fn is_of_aws(endpoint: &str) -> bool {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    [".amazonaws.com", ".amazonaws.com.cn"]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}

/// The id of an account: 12 digits on AWS's pages, 64 in its answers.
fn shortened(account: &str) -> String {
    match account.char_indices().nth(12) {
        Some((end, _)) if account.chars().count() > 24 => format!("{}…", &account[..end]),
        _ => account.to_owned(),
    }
}
