//! Which store, and how to talk to it.

use std::time::Duration;

use clap::ValueEnum;
use jiff::SignedDuration;
use partsweep_s3::{
    Account, Addressing, RequestObserver, Settings, StaticKeys, Timeouts, check_region,
};

use super::defaults::file;
use super::given::{Given, SetIn};
use super::selection::age;
use super::store::{NamedStore, TypedAt, named_entry};
use crate::paths;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use partsweep_core::Provider;
use partsweep_core::provider::profiles::CEPH;

/// The options that name a store. None of them is a secret.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Profile in the AWS configuration files
    #[arg(long, value_name = "NAME", global = true)]
    profile: Option<String>,
    /// A store by its name, for example dreamobjects, r2:ACCOUNT_ID or b2:us-west-004; `--store list` shows
    /// them all
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) store: Option<String>,
    /// Take store and keys from another tool's configuration: rclone:NAME, mc:ALIAS, s3cmd, boto, s5cmd, s4cmd
    #[arg(long, value_name = "TOOL:NAME", global = true)]
    from: Option<String>,
    /// URL of the store [default: from the AWS configuration, else Amazon S3]
    #[arg(long, value_name = "URL", global = true)]
    endpoint_url: Option<String>,
    /// Region of the store; regions of buckets are detected automatically
    #[arg(hide_short_help = true, long, value_name = "NAME", global = true, value_parser = region)]
    region: Option<String>,
    /// How buckets are addressed
    #[arg(hide_short_help = true, long, value_name = "STYLE", global = true)]
    addressing: Option<AddressingArg>,
    /// Maximum number of requests in flight (1 to 1024)
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        global = true,
        default_value_t = 64,
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    pub(crate) concurrency: u16,
    /// Maximum requests per second [default: no limit; adapts to the store]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        global = true,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub(crate) rps: Option<u32>,
    /// Give up on a store that makes no progress for TIME
    #[arg(hide_short_help = true, long, value_name = "TIME", global = true, default_value = "60s", value_parser = patience)]
    timeout: Duration,
    /// The store that was named.
    #[arg(skip)]
    named: Option<NamedStore>,
    /// The account of another tool.
    #[arg(skip)]
    account: Option<Account>,
    /// Where the endpoint stands, if that is a default and the profile was named before it.
    #[arg(skip)]
    endpoint_by_default: Option<String>,
}

/// Where a default stands: the variable, or the path of the file.
fn source_of_default(whence: &str) -> String {
    match file().filter(|_| !whence.starts_with("PARTSWEEP_")) {
        Some(path) => path.display().to_string(),
        None => whence.to_owned(),
    }
}

/// Whether one of two options that say the same thing wins over the other.
///
/// # Errors
///
/// If both are set in the same place.
fn wins(one: &str, other: &str, what: &str, given: &Given) -> Result<bool, Failure> {
    let (rank, of_other) = (given.rank(one), given.rank(other));
    if rank != of_other {
        return Ok(rank < of_other);
    }
    let both =
        |one: &str, other: &str| Failure::usage(format!("{one} and {other} both say {what}"));
    let name = |option: &str| option.trim_start_matches('-').to_owned();
    let failure = match rank {
        SetIn::File => both(&name(one), &name(other)).of(&source_of_default(&given.whence(one))),
        _ => both(&given.whence(one), &given.whence(other)),
    };
    Err(failure.hint("leave out one of them"))
}

/// Why `--all-users` isn't for this store.
pub(crate) fn only_ceph(store: &str) -> Failure {
    Failure::usage(format!(
        "--all-users is for Ceph clusters whose admin API your key may use, and this store is {store}"
    ))
    .hint("leave it out to scan the buckets of your key")
}

/// The shortest time that a store has: less than a second is no answer at all in most networks.
const LEAST_PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// The longest time that a store has: longer than any wait that ended well.
const MOST_PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// Reads the time that a store has: `60s`, `5m`.
fn patience(text: &str) -> Result<Duration, String> {
    let time = age(text).map_err(|error| error.to_string())?;
    match Duration::try_from(time) {
        Ok(patience) if (LEAST_PATIENCE..=MOST_PATIENCE).contains(&time) => Ok(patience),
        _ => Err("give it 1s to 1h".to_owned()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AddressingArg {
    /// By the endpoint and the bucket's name
    Auto,
    /// The bucket in the path: HOST/BUCKET/KEY
    Path,
    /// The bucket in the host name: BUCKET.HOST/KEY
    Virtual,
}

/// The name of a region.
fn region(text: &str) -> Result<String, &'static str> {
    check_region(text).map(|()| text.to_owned())
}

impl ConnectionArgs {
    /// Finds the store and the account that were named.
    ///
    /// # Errors
    ///
    /// If there is none of that name, or two places or two accounts were typed.
    pub(crate) fn find(&mut self, given: &Given) -> Result<(), Failure> {
        self.find_account(given)?;
        self.find_store(given)?;
        let option = match (&self.named, &self.endpoint_url) {
            (Some(_), _) => "--store",
            (None, Some(_)) => "--endpoint-url",
            (None, None) => return Ok(()),
        };
        let is_default = self.profile.is_some() && given.rank(option) > given.rank("--profile");
        self.endpoint_by_default = is_default.then(|| source_of_default(&given.whence(option)));
        Ok(())
    }

    fn find_account(&mut self, given: &Given) -> Result<(), Failure> {
        let Some(called) = &self.from else {
            return Ok(());
        };
        if self.profile.is_some() && !wins("--from", "--profile", "whose keys to use", given)? {
            return Ok(());
        }
        self.profile = None;
        // Nor does what gives way to it say where its keys are sent (law 14).
        let rank = given.rank("--from");
        let gives_way = |option| given.rank(option) > rank;
        self.endpoint_url.take_if(|_| gives_way("--endpoint-url"));
        self.store.take_if(|_| gives_way("--store"));
        self.region.take_if(|_| gives_way("--region"));
        self.addressing.take_if(|_| gives_way("--addressing"));
        let account = Account::read(called).map_err(|error| {
            let exit = match error.is_usage() {
                true => Exit::Usage,
                false => Exit::Failed,
            };
            let failure = Failure::told(exit, chain(&error));
            match error.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        self.account = Some(account);
        Ok(())
    }

    fn find_store(&mut self, given: &Given) -> Result<(), Failure> {
        let Some(text) = &self.store else {
            return Ok(());
        };
        let is_where = "where the store is";
        if self.endpoint_url.is_some() && !wins("--store", "--endpoint-url", is_where, given)? {
            return Ok(());
        }
        let found = NamedStore::find(text, self.region.as_deref(), TypedAt::Option);
        self.named = Some(found.map_err(|failure| match given.rank("--store") {
            SetIn::Typed => failure,
            _ => failure.of(&source_of_default(&given.whence("--store"))),
        })?);
        Ok(())
    }

    /// What is known of the store that was named.
    pub(crate) fn named_profile(&self) -> Option<Provider> {
        self.named.as_ref().and_then(NamedStore::profile)
    }

    /// The id of the store that was named, also in the demo, which imitates it.
    pub(crate) fn meant_store(&self, given: &Given) -> Option<&'static str> {
        let imitated = || {
            given.first_of(&["--store"])?;
            Some(named_entry(self.store.as_deref()?)?.profile.id)
        };
        let named = self.named_profile().map(|store| store.id);
        named.or_else(imitated)
    }

    /// Refuses `--all-users` where it can't be meant.
    pub(crate) fn refuse_all_users(&self, names_buckets: bool) -> Result<(), Failure> {
        if names_buckets {
            return Err(
                Failure::usage("--all-users scans every bucket of every user").hint(
                    "leave it out where buckets are named; --bucket 'TENANT:*' chooses among all",
                ),
            );
        }
        match self.named_profile() {
            Some(store) if store.id != CEPH.id => Err(only_ceph(store.name)),
            _ => Ok(()),
        }
    }

    /// What is doubtful about the store that was named, and what is known.
    pub(crate) fn doubt(&self) -> Option<(String, String)> {
        self.named.as_ref().and_then(NamedStore::doubt)
    }

    /// Where the endpoint comes from, if it was given.
    pub(crate) fn endpoint_from(&self, given: &Given) -> Option<String> {
        match (&self.named, &self.endpoint_url, &self.account) {
            (Some(_), ..) => Some(given.whence("--store")),
            (None, Some(_), _) => Some(given.whence("--endpoint-url")),
            (None, None, Some(account)) => Some(account.name.clone()),
            (None, None, None) => None,
        }
    }

    /// Where the region comes from, if it was given.
    pub(crate) fn region_from(&self, given: &Given) -> Option<String> {
        self.source_of("--region", self.region.is_some(), given)
    }

    /// Where the addressing comes from, if it was given.
    pub(crate) fn addressing_from(&self, given: &Given) -> Option<String> {
        self.source_of("--addressing", self.addressing.is_some(), given)
    }

    /// The option itself wins over what a store's name implies, and that over another tool's account.
    fn source_of(&self, option: &str, is_set: bool, given: &Given) -> Option<String> {
        match (&self.named, &self.account) {
            _ if is_set => Some(given.whence(option)),
            (Some(_), _) => Some(given.whence("--store")),
            (None, Some(account)) => Some(account.name.clone()),
            (None, None) => None,
        }
    }

    /// Settings for this store, with keys if someone typed them at the prompt, and with
    /// whoever is told of each request.
    pub(crate) fn settings(
        &self,
        keys: Option<StaticKeys>,
        observer: Option<RequestObserver>,
    ) -> Settings {
        let mut settings = Settings {
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            endpoint_by_default: self.endpoint_by_default.clone(),
            region: self.region.clone(),
            addressing: self.addressing.map(Into::into),
            concurrency: self.concurrency.into(),
            rps: self.rps.unwrap_or_default(),
            keys,
            timeouts: Timeouts::default().without_progress(self.timeout),
            scratch: paths::scratch(),
            observer,
            ..Settings::default()
        };
        if let Some(store) = &self.named {
            store.put_into(&mut settings);
        }
        if let Some(account) = &self.account {
            account.put_into(&mut settings);
        }
        settings
    }
}

impl From<AddressingArg> for Addressing {
    fn from(arg: AddressingArg) -> Self {
        match arg {
            AddressingArg::Auto => Self::Auto,
            AddressingArg::Path => Self::Path,
            AddressingArg::Virtual => Self::Virtual,
        }
    }
}
