//! How a server is set up.

use crate::access::rights::Credential;
use crate::habits::Habits;
use crate::world::clock::Clock;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The store that it behaves like.
    pub habits: Habits,
    /// Its time.
    pub clock: Clock,
    /// The port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Who may come in, with all rights at first.
    pub credentials: Vec<Credential>,
    /// Its own region, in which buckets are unless told otherwise.
    pub region: String,
    /// Whether the date of a signature must be near the clock's.
    pub checks_time: bool,
    /// How many requests the log keeps; 0 for none, which is fastest.
    pub log_capacity: usize,
    /// What ids and ETags are made from: the same ones for the same seed and the same steps.
    pub seed: u64,
}

impl Setup {
    /// A server with the habits of a store, the machine's time and [`Credential::simulated`].
    ///
    /// Its region is `garage` for Garage and `us-east-1` for the others.
    pub fn new(habits: Habits) -> Self {
        let region = if habits.store == "garage" {
            "garage"
        } else {
            "us-east-1"
        };
        Self {
            habits,
            clock: Clock::system(),
            port: 0,
            credentials: vec![Credential::simulated()],
            region: region.to_owned(),
            checks_time: true,
            log_capacity: 100_000,
            seed: 0,
        }
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}
