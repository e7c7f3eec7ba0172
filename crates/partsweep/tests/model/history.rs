//! One random history.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{BucketName, Inspect};
use partsweep_s3::{Settings, StaticKeys, Store};
use partsweep_sim::{
    ACCESS_KEY, Clock, Credential, ForeignWriter, Habits, SECRET_KEY, Setup, Sim, Versioning, World,
};

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::liar::{self, Lies};
use crate::meddled::{Around, Meddled};
use crate::played::Played;
use crate::sweeping::Sweeps;

/// When all histories begin: the same for the same seed.
const BEGINNING: &str = "2026-11-25T12:00:00Z";

const BUCKET: &str = "b";

/// Of temporary credentials, which come with a history that has its requests echoed.
const TOKEN: &str = "FwoGZXIvYXdzEBYaDHVuaXF1ZS10b2tlbi1vZi1vdXJz0123456789+/abcdefghijklmnop==";

/// How old the first uploads are on a store whose clock has to be ours.
const BEFORE: SignedDuration = SignedDuration::from_hours(72);

/// Plays one, on a server of its own; a failure names its seed.
pub(crate) async fn play(habits: &Habits, seed: u64) -> Played {
    // Every third history is on a store that lies.
    let lies = (seed % 3 == 1).then(|| Arc::new(Lies::by(Dice::of(!seed), habits.store)));
    let date_ahead = lies.as_ref().is_some_and(|lies| lies.date_ahead());
    let token = lies.as_ref().is_some_and(|lies| lies.echo());
    let token = token.then(|| TOKEN.to_owned());
    let clock = match date_ahead {
        // What is ahead of our clock is seen by our clock.
        true => {
            let clock = Clock::system();
            clock.advance(-BEFORE);
            clock
        }
        false => Clock::fixed(BEGINNING.parse::<Timestamp>().unwrap()),
    };
    let setup = Setup {
        // Days pass on its clock, not on ours.
        checks_time: false,
        log_capacity: 0,
        credentials: vec![Credential {
            session_token: token.clone(),
            ..Credential::simulated()
        }],
        ..Setup::new(habits.clone()).clock(clock).seed(seed)
    };
    let world = World::new(setup);
    world.create_bucket(BUCKET);
    if seed % 4 == 3 {
        world.set_versioning(BUCKET, Versioning::Enabled).unwrap();
    }
    let sim = Sim::serve(world.clone(), 0).await.unwrap();
    let endpoint = match &lies {
        Some(lies) => liar::before(&sim.endpoint(), Arc::clone(lies)).await,
        None => sim.endpoint(),
    };
    let store = Arc::new(connect(endpoint, token).await);
    let client = ForeignWriter::new(world.clone(), BUCKET, &["a", "b", "c"], seed);
    let ledger = Ledger::new(world, BUCKET.to_owned());
    let dice = Dice::of(seed);
    let around = Arc::new(Mutex::new(Around::new(ledger, client, dice.clone())));
    {
        let mut around = around.lock().unwrap();
        around.lies.clone_from(&lies);
        around.clock_is_ours = date_ahead;
        around.ledger.shows_gone = lies.as_ref().is_some_and(|lies| lies.show_gone());
    }
    let _named = Named(seed, Arc::clone(&around));
    if let Some(lies) = &lies {
        lies.turn(true);
    }
    let store = Arc::new(Meddled { store, around });
    let mut sweeps = Sweeps {
        store: Arc::clone(&store),
        bucket: BucketName::new(BUCKET).unwrap(),
        dice,
    };
    sweeps.client_works(6);
    if date_ahead {
        store.around().set_clock_to_ours();
    }
    for _ in 0..1 + sweeps.dice.below(3) {
        sweeps.client_works(4);
        sweeps.scan_and_sweep().await;
    }
    let mut around = store.around();
    around.answer_all();
    around.client.settle();
    around.ledger.check_objects();
    around.check_echoes(&[SECRET_KEY, TOKEN]);
    around.played.histories = 1;
    for lie in lies.iter().flat_map(|lies| lies.told()) {
        around.played.count(format!("lie {lie:?}"));
    }
    around.played.clone()
}

async fn connect(endpoint: String, token: Option<String>) -> Store {
    let settings = Settings {
        endpoint_url: Some(endpoint),
        region: Some("us-east-1".to_owned()),
        keys: Some(StaticKeys::new(ACCESS_KEY, SECRET_KEY, token)),
        isolated: true,
        ..Settings::default()
    };
    let store = Store::connect(settings).await.unwrap();
    // Tells which store it is.
    store.list_buckets().await.unwrap();
    store
}

/// Says which history failed, and what happened in it.
struct Named(u64, Arc<Mutex<Around>>);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let around = self.1.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("{}", around.told.join("\n"));
            if let Some(lies) = &around.lies {
                eprintln!("the store lies: {lies:?}");
            }
            eprintln!("replay with PARTSWEEP_SEED={}", self.0);
        }
    }
}
