//! `partsweep demo`: `scan`, `clean`, `lifecycle`, `rescue` and `doctor` on an S3 server inside the program.

use clap::Arg;
use jiff::Timestamp;
use partsweep_core::money::table::StorePrices;
use partsweep_core::provider::profiles::StoreEntry;
use partsweep_s3::{Settings, StaticKeys};
use partsweep_sim::{ACCESS_KEY, Habits, SECRET_KEY, Setup, Sim};

use crate::args::SharedArgs;
use crate::commands::clean::{self, CleanArgs};
use crate::commands::doctor::{self, DoctorArgs};
use crate::commands::lifecycle::{self, LifecycleArgs};
use crate::commands::rescue::{self, RescueArgs};
use crate::commands::scan::{self, ScanArgs};
use crate::run::journals::Journals;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Try partsweep on a simulated store: no account needed
///
/// Starts an S3 server inside the program, with made-up data, and runs the command on it. Without a
/// command: clean at a terminal, scan elsewhere.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "partsweep demo [OPTIONS] [TARGET]...\n       partsweep demo [OPTIONS] <COMMAND>"
)]
pub(crate) struct DemoArgs {
    #[command(subcommand)]
    command: Option<DemoCommand>,
    #[command(flatten)]
    clean: CleanArgs,
}

#[derive(Debug, clap::Subcommand)]
enum DemoCommand {
    Scan(ScanArgs),
    Clean(CleanArgs),
    Lifecycle(Box<LifecycleArgs>),
    Rescue(Box<RescueArgs>),
    Doctor(DoctorArgs),
}

/// What names a store.
const OF_A_STORE: [&str; 5] = [
    "--from",
    "--profile",
    "--endpoint-url",
    "--region",
    "--addressing",
];

/// An option of every command as the help of the demo shows it: hidden if it is refused there. None if it is
/// the same.
pub(crate) fn as_in_the_demo(option: Arg) -> Option<Arg> {
    let long = format!("--{}", option.get_long()?);
    match &*long {
        "--store" => Some(option.help(
            "Imitate a store by its name, as far as partsweep knows what it does; `partsweep --store list` shows them all",
        )),
        long if OF_A_STORE.contains(&long) => Some(option.hide(true)),
        _ => None,
    }
}

/// Runs a command on made-up data. Reads no settings, so it cannot reach a real store.
pub(crate) async fn run(
    args: &DemoArgs,
    shared: &SharedArgs,
    console: &Console,
) -> Result<Exit, Failure> {
    if let Some(option) = shared.given.first_of(&OF_A_STORE) {
        return Err(Failure::usage(format!(
            "{option} makes no sense in the demo: its store is inside the program"
        ))
        .hint("leave it out, or leave out `demo`"));
    }
    let clean = match &args.command {
        Some(DemoCommand::Clean(clean)) => clean,
        _ => &args.clean,
    };
    if clean.journal().is_some() {
        return Err(Failure::usage(
            "--journal makes no sense in the demo: its store is gone with the program",
        )
        .hint("leave it out, or leave out `demo`"));
    }
    if shared.given.first_of(&["--save"]).is_some() {
        return Err(Failure::usage(
            "--save has no use in the demo: the plan couldn't be applied, since its store is gone with the program",
        )
        .hint("leave it out, or leave out `demo`"));
    }
    args.refuse_what_outlives_it()?;
    let word = match &args.command {
        None => args.clean.bare_word(),
        Some(_) => None,
    };
    if let Some(word) = word {
        let line = format!(
            "`{word}` isn't a command of the demo: it has `scan`, `clean`, `lifecycle`, `rescue` and `doctor`"
        );
        let hint = format!(
            "for a bucket of that name: `partsweep scan {word}` or `partsweep clean {word}`"
        );
        return Err(Failure::usage(line).hint(hint));
    }
    let (habits, played) = habits(shared, console)?;
    let region = played.as_ref().and_then(Played::region);
    let sim = start(habits, region).await?;
    console.note("This is a simulation with made-up data: nothing real is touched.");
    blank_line(console);
    let concurrency = shared.connection.concurrency.into();
    let rps = shared.connection.rps.unwrap_or_default();
    let settings = |_: Option<StaticKeys>| Settings {
        endpoint_url: Some(sim.endpoint()),
        trusts_region: region.is_some(),
        region: Some(region.unwrap_or("us-east-1").to_owned()),
        concurrency,
        rps,
        keys: Some(StaticKeys::new(ACCESS_KEY, SECRET_KEY, None)),
        isolated: true,
        store_name: played
            .as_ref()
            .map(|played| played.store.profile.id.to_owned()),
        observer: console.requests(),
        ..Settings::default()
    };
    let is_first_look = args.command.is_none() && !args.clean.is_given(shared);
    let exit = match &args.command {
        Some(DemoCommand::Scan(args)) => scan::run(args, shared, &settings, console).await,
        Some(DemoCommand::Lifecycle(args)) => {
            lifecycle::run(args, shared, &settings, console).await
        }
        Some(DemoCommand::Rescue(args)) => rescue::run(args, shared, &settings, console).await,
        Some(DemoCommand::Doctor(args)) => doctor::run(args, shared, &settings, console).await,
        Some(DemoCommand::Clean(args)) => {
            clean::run(args, shared, &settings, Journals::nowhere(), console).await
        }
        None if console.can_ask() && console.shows_data() || args.clean.is_given(shared) => {
            clean::run(&args.clean, shared, &settings, Journals::nowhere(), console).await
        }
        None => {
            let everything = ScanArgs::of_everything();
            scan::run(&everything, shared, &settings, console).await
        }
    }?;
    if is_first_look {
        blank_line(console);
        console.note("That was the demo. On a real account: `partsweep scan`.");
    }
    Ok(exit)
}

impl DemoArgs {
    /// Refuses what would leave an undo file or a record of a store that is gone with the program.
    fn refuse_what_outlives_it(&self) -> Result<(), Failure> {
        let line = match &self.command {
            Some(DemoCommand::Lifecycle(args)) if !args.only_looks() => {
                "the demo changes no lifecycle: its store is gone with the program"
            }
            Some(DemoCommand::Rescue(args)) if !args.only_looks() => {
                "the demo completes no upload: its store is gone with the program"
            }
            Some(DemoCommand::Doctor(args)) if !args.connects() => {
                return Err(Failure::usage(
                    "doctor --settings and --policy are about no store, so they have no effect with the demo",
                )
                .hint("leave out `demo`"));
            }
            _ => return Ok(()),
        };
        Err(Failure::usage(line).hint("--dry-run shows what would be done"))
    }
}

/// Sets what is said apart from the table, where both are on the same terminal.
fn blank_line(console: &Console) {
    if console.shows_data() {
        console.note("");
    }
}

/// The store that the simulated one behaves like.
struct Played<'a> {
    store: &'static StoreEntry,
    /// As it was typed; empty if it wasn't.
    region: &'a str,
}

impl Played<'_> {
    /// Where its buckets are, if its prices depend on that: as it was typed, else its first region.
    fn region(&self) -> Option<&str> {
        let known = StorePrices::of(self.store.profile.id)?;
        let mut priced = known.prices.iter().flat_map(|price| price.regions.iter());
        let first = priced.next()?;
        Some(match (self.region, self.store.default_region) {
            ("", Some(usual)) => usual,
            ("", None) => first,
            (typed, _) => typed,
        })
    }
}

/// How the simulated store behaves: like the one that was named. With that one.
fn habits<'a>(
    shared: &'a SharedArgs,
    console: &Console,
) -> Result<(Habits, Option<Played<'a>>), Failure> {
    let typed = shared.given.first_of(&["--store"]);
    let Some(name) = typed.and(shared.connection.store.as_deref()) else {
        let usual = Habits {
            server: Some("partsweep-sim"),
            ..Habits::aws()
        };
        return Ok((usual, None));
    };
    // The region of a real one (`hetzner:fsn1`) makes no difference here, but for its prices. A host would, and is not
    // where it goes.
    let (id, region) = name.split_once(':').unwrap_or((name, ""));
    let is_region = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let id = if is_region(region) { id } else { name };
    if let Some(store) = StoreEntry::named(id).filter(|_| id != name)
        && !store.regions.is_empty()
        && !store.regions.contains(&region)
    {
        let line = format!(
            "`{region}` isn't a region of {} that partsweep knows",
            store.profile.name
        );
        console.warn(&line, &[format!("it knows {}", store.regions.join(", "))]);
    }
    match StoreEntry::named(id) {
        Some(store) => Ok((Habits::of(store), Some(Played { store, region }))),
        None => {
            let failure = Failure::usage(format!("the demo can't imitate `{name}`"));
            Err(match name.split_once(':') {
                Some((id, _)) if StoreEntry::named(id).is_some() => {
                    failure.hint(format!("it goes to no address: write `--store {id}`"))
                }
                _ => failure.hint("it imitates the stores that `partsweep --store list` shows"),
            })
        }
    }
}

async fn start(habits: Habits, region: Option<&str>) -> Result<Sim, Failure> {
    let mut setup = Setup::new(habits);
    if let Some(region) = region {
        setup.region = region.to_owned();
    }
    let sim = Sim::start(setup).await.map_err(|error| {
        let line = format!("could not start the simulated store: {error}");
        Failure::told(Exit::Failed, line)
    })?;
    sim.fill_believably(Timestamp::now());
    Ok(sim)
}
