//! `partsweep doctor`: which settings are in force, which store this is, what the key may do there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::profiles::AWS;
use partsweep_core::provider::recognise::Identity;
use partsweep_core::{BucketName, Inspect, NameFilter, StoreErrorKind, escape};
use partsweep_engine::Targets;
use partsweep_engine::doctor::{Examination, Tries, examine};
use partsweep_s3::{
    Addressing, RequestEnd, RequestObserver, SettingSource, Settings, StaticKeys, Store,
    accounts_here,
};

use crate::args::{Format, SharedArgs, TargetArg};
use crate::report::doctor::policy::{self, PolicyFor};
use crate::report::doctor::{Diagnosis, Setting, accounts, document, table};
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::connect_failure::connect_failure;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Check settings, connection, store and permissions; change nothing
///
/// Reports which settings are in force and where each comes from, which store this is, how far its clock is
/// off, what the access key may do in each bucket, what can be trusted at this store, and the next command to
/// type. Sends only requests that read.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Buckets to try: BUCKET or s3://BUCKET [default: the first 100]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// Try the buckets of every user of a Ceph cluster, by its admin API: the first 100
    #[arg(long, conflicts_with = "targets")]
    all_users: bool,
    /// List the accounts that are configured on this machine; connect to none
    #[arg(long, conflicts_with_all = ["targets", "all_users"])]
    settings: bool,
    /// Print the least permissions that a key needs, as the store takes them; connect to none
    #[arg(
        long,
        value_name = "JOB",
        value_enum,
        num_args = 0..=1,
        default_missing_value = "clean",
        conflicts_with_all = ["settings", "all_users"]
    )]
    policy: Option<PolicyFor>,
}

/// Examines and reports. Never sends a request that changes anything (law 1).
pub(crate) async fn run(
    args: &DoctorArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let format = shared.output.format();
    format.check_one_document("doctor")?;
    if shared.given.first_of(&["--top"]).is_some() {
        return Err(
            Failure::usage("--top has no effect with doctor, which lists no uploads")
                .hint("leave it out"),
        );
    }
    if args.settings {
        let accounts = accounts_here().await;
        match format {
            Format::Json => accounts::write_document(&accounts, &mut *console.plain_output())?,
            _ => accounts::write_lines(
                &accounts,
                console.program(),
                console.width(),
                &mut *console.styled_output(),
            )?,
        }
        return Ok(Exit::Done);
    }
    if let Some(job) = args.policy {
        return args.write_policy(job, shared, settings, console).await;
    }
    if args.all_users {
        shared.connection.refuse_all_users(false)?;
    }
    let answers = Answers::default();
    let observed = |keys| {
        let settings = settings(keys);
        let observer = answers.observer().after(settings.observer.clone());
        Settings {
            observer: Some(observer),
            ..settings
        }
    };
    let (session, lacks_keys) = match Session::connect_unasked(&observed, console).await {
        Ok(session) => (session, None),
        Err(Failure::Told(told)) if told.exit == Exit::Failed => {
            // With any keys, of which none is ever sent, the rest is known all the same; if it isn't, it is not about keys.
            let keys = StaticKeys::new("none", "none", None);
            let without = |_| observed(Some(keys.clone()));
            match Session::connect_unasked(&without, console).await {
                Ok(session) => (session, Some(*told)),
                Err(_) => return Err(Failure::Told(told)),
            }
        }
        Err(failure) => return Err(failure),
    };
    let tries = match args.all_users {
        true => Tries::AllUsers,
        false => Tries::Buckets(args.buckets()),
    };
    if args.all_users {
        let targets = Targets::AllUsers(NameFilter::default());
        session.refuse_all_users_elsewhere(&targets)?;
    }
    let examination = match &lacks_keys {
        None => examine(Arc::clone(&session.store), tries).await,
        Some(told) => Examination::without_keys(&told.line),
    };
    let mut diagnosis = args
        .diagnosis(&session, shared, examination, &answers, console)
        .await;
    if let Some(told) = lacks_keys {
        diagnosis.lacks_keys(told.hints);
    }
    match format {
        Format::Json => document::write(&diagnosis, &mut *console.plain_output())?,
        _ => table::write(&diagnosis, console.width(), &mut *console.styled_output())?,
    }
    session.tell_details(console);
    Ok(diagnosis.exit())
}

impl DoctorArgs {
    /// Whether a store is asked for anything.
    pub(crate) fn connects(&self) -> bool {
        !self.settings && self.policy.is_none()
    }

    /// The policy for the store that was named, or else is configured.
    async fn write_policy(
        &self,
        job: PolicyFor,
        shared: &SharedArgs,
        settings: SettingsFor<'_>,
        console: &Console,
    ) -> Result<Exit, Failure> {
        if shared.given.first_of(&["--format", "--json"]).is_some() {
            return Err(
                Failure::usage("--policy prints the form that the store takes")
                    .hint("leave out --format"),
            );
        }
        let checked = settings(None);
        if let Err(error) = Store::check_profile(&checked).await {
            return Err(connect_failure(&error, &checked));
        }
        let store = match shared.connection.named_profile() {
            Some(store) => store,
            None => {
                let place = Store::place_of(&settings(None)).await;
                match place.split_once("://") {
                    Some((_, rest)) => {
                        let host = rest.split(['/', ':']).next().unwrap_or_default();
                        Identity::of_host(host).provider()
                    }
                    None => AWS,
                }
            }
        };
        let policy = policy::policy(job, &store, &self.buckets())?;
        policy::write(&policy, &mut *console.plain_output())?;
        for note in &policy.notes {
            console.note(note);
        }
        Ok(Exit::Done)
    }

    /// The buckets that were named, each once.
    fn buckets(&self) -> Vec<BucketName> {
        let mut names: Vec<BucketName> = Vec::new();
        for target in &self.targets {
            if let Ok(name) = BucketName::new(target.bucket())
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    async fn diagnosis(
        &self,
        session: &Session,
        shared: &SharedArgs,
        examination: Examination,
        answers: &Answers,
        console: &Console,
    ) -> Diagnosis {
        let store = &session.store;
        let mut places = Vec::new();
        for access in &examination.access {
            let url = store.url_of(&access.bucket).await;
            places.push((store.region(&access.bucket), url));
        }
        let first = examination.access.first().zip(places.first());
        let first = first.and_then(|(access, (_, url))| Some((&access.bucket, url.as_deref()?)));
        let all: BTreeSet<String> = self.targets.iter().map(ToString::to_string).collect();
        // What is below another one is part of it.
        let is_below = |target: &str| {
            let of = |one: &TargetArg| target != one.to_string() && one.covers(target);
            self.targets.iter().any(of)
        };
        let targets = all.iter().filter(|target| !is_below(target));
        let targets = targets.map(|target| format!(" {}", escape::for_shell(target)));
        Diagnosis {
            endpoint: store.endpoint().to_owned(),
            started: session.started,
            finished: Timestamp::now(),
            settings: settings_in_force(session, shared, first).await,
            provider: store.provider(),
            named: session.entry().map(|entry| entry.profile.name),
            signs: store.recognized_by(),
            account: session.account(),
            caller: match &examination.buckets {
                Err(error) if error.kind == StoreErrorKind::NoCredentials => None,
                _ => store.caller().await,
            },
            key_hints: Vec::new(),
            clock_ahead: answers.clock_ahead(),
            round_trip: answers.round_trip(),
            answers: answers.count(),
            document_clock: store.clock(),
            odd_date: store.odd_date(),
            places,
            missing: store.buckets_missing(),
            is_named: !self.targets.is_empty(),
            options: console.store_again(),
            targets: match self.all_users {
                true => " --all-users".to_owned(),
                false => targets.collect(),
            },
            program: console.program(),
            examination,
        }
    }
}

/// The settings, each with where it comes from. `first`: a bucket, and the URL that it has.
async fn settings_in_force(
    session: &Session,
    shared: &SharedArgs,
    first: Option<(&BucketName, &str)>,
) -> Vec<Setting> {
    let (connection, given) = (&shared.connection, &shared.given);
    let in_force = session.store.settings();
    let from = |source: &SettingSource, given: Option<String>, default: &str| match source {
        SettingSource::Given if session.is_simulated() => "of the demo".to_owned(),
        SettingSource::Given => format!(
            "from {}",
            given.as_deref().unwrap_or("what was typed at the prompt")
        ),
        SettingSource::Variable(name) => format!("from {name}"),
        SettingSource::Profile { name, key } => format!("from {key} of profile {name}"),
        SettingSource::Services { name } => format!("from section [services {name}]"),
        SettingSource::Default => default.to_owned(),
    };
    let (keys, keys_from, is_choice) = session.keys().await;
    let endpoint = &in_force.endpoint;
    let region = &in_force.region;
    let home = session.store.home_region();
    let region_from = from(&region.source, connection.region_from(given), "the default");
    let (region_from, is_corrected) = match home == region.value {
        true => (region_from, false),
        false => (
            format!(
                "as the store says; {} was configured, {region_from}",
                region.value
            ),
            true,
        ),
    };
    let addressing = &in_force.addressing;
    let style = match addressing.value {
        Addressing::Auto => "auto",
        Addressing::Path => "path",
        Addressing::Virtual => "virtual",
    };
    let style = match first {
        Some((bucket, url)) if url.contains(&format!("://{}.", bucket.as_str())) => {
            format!("{style} (the bucket in the host name)")
        }
        Some(_) => format!("{style} (the bucket in the path)"),
        None => style.to_owned(),
    };
    let setting = |name, value, from| Setting {
        name,
        value,
        from,
        is_doubtful: false,
    };
    let mut all = vec![
        Setting {
            is_doubtful: is_choice,
            ..setting("keys", keys, keys_from)
        },
        setting(
            "endpoint",
            endpoint.value.clone(),
            from(
                &endpoint.source,
                connection.endpoint_from(given),
                "the default, Amazon S3",
            ),
        ),
        Setting {
            is_doubtful: is_corrected,
            ..setting("region", home, region_from)
        },
        setting(
            "addressing",
            style,
            from(
                &addressing.source,
                connection.addressing_from(given),
                "the default",
            ),
        ),
    ];
    if let Some(proxy) = session.store.proxy() {
        all.push(setting("proxy", proxy.value, from(&proxy.source, None, "")));
    }
    if let Some(bundle) = &in_force.ca_bundle {
        let path = bundle.value.display().to_string();
        let of_account = session.tool().map(str::to_owned);
        all.push(setting(
            "certificates",
            path,
            from(&bundle.source, of_account, "the default"),
        ));
    }
    all
}

/// What the answers to requests showed of the way to the store.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    /// The least that this machine's clock was ahead. A store's date has whole seconds, cut off, and is older than
    /// its arrival: the least is the nearest.
    ahead: Option<SignedDuration>,
}

impl Answers {
    fn observer(&self) -> RequestObserver {
        let all = Arc::clone(&self.0);
        RequestObserver::new(move |end: &RequestEnd| {
            let Ok(answered) = &end.result else {
                return;
            };
            let mut seen = all.lock().unwrap_or_else(PoisonError::into_inner);
            seen.took.push(end.took);
            if let Some(date) = answered.date {
                let ahead = Timestamp::now().duration_since(date);
                seen.ahead = Some(seen.ahead.map_or(ahead, |least| least.min(ahead)));
            }
        })
    }

    fn clock_ahead(&self) -> Option<SignedDuration> {
        self.seen(|seen| seen.ahead)
    }

    fn count(&self) -> usize {
        self.seen(|seen| seen.took.len())
    }

    /// The median, which the making of connections and one slow answer don't change.
    fn round_trip(&self) -> Option<Duration> {
        self.seen(|seen| {
            let mut took = seen.took.clone();
            took.sort_unstable();
            took.get(took.len() / 2).copied()
        })
    }

    fn seen<T>(&self, of: impl FnOnce(&Seen) -> T) -> T {
        of(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
