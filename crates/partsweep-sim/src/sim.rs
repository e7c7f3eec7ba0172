//! The handle on a running server.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::habits::Habits;
use crate::locks::write;
use crate::log::{Log, Logged};
use crate::operation::Operation;
use crate::rights::{Credential, Rights};
use crate::server::{Shared, accept, listen};
use crate::signature::Verifier;
use crate::store::State;

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
        }
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }
}

/// A running S3 server on 127.0.0.1; it stops when this is dropped.
///
/// Its other methods look at and change what it holds, without a request: as a foreign client
/// would, or as a test must.
#[derive(Debug)]
pub struct Sim {
    pub(crate) shared: Arc<Shared>,
    port: u16,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Sim {
    /// Starts a server on the current Tokio runtime.
    ///
    /// # Errors
    /// The port cannot be listened on.
    pub async fn start(setup: Setup) -> io::Result<Self> {
        let listener = listen(setup.port).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            habits: setup.habits,
            clock: setup.clock,
            region: setup.region,
            checks_time: setup.checks_time,
            state: RwLock::new(State::default()),
            rights: RwLock::new(Rights::new(setup.credentials)),
            faults: Faults::default(),
            log: Log::new(setup.log_capacity),
            verifier: Verifier::default(),
            request_ids: AtomicU64::new(0x5155_0000_0000_0000),
        });
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            shared,
            port,
            stop,
            accepting,
        })
    }

    /// The URL of the server: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The store that it behaves like.
    pub fn habits(&self) -> &Habits {
        &self.shared.habits
    }

    /// Faults, rate limit and latency.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Waits that long before each request is done.
    pub fn latency(&self, latency: Duration) {
        self.shared.faults.latency(latency);
    }

    /// Lets one more caller in, with all rights.
    pub fn add_credential(&self, credential: Credential) {
        write(&self.shared.rights).add(credential);
    }

    /// Denies a caller an operation in one bucket, or in all.
    pub fn deny(&self, access_key: &str, bucket: Option<&str>, operation: Operation) {
        write(&self.shared.rights).deny(access_key, bucket, operation);
    }

    /// Denies a caller everything in one bucket.
    pub fn deny_all(&self, access_key: &str, bucket: &str) {
        let mut rights = write(&self.shared.rights);
        for operation in Operation::ALL {
            rights.deny(access_key, Some(bucket), operation);
        }
    }

    /// Gives a caller all rights back.
    pub fn allow_all(&self, access_key: &str) {
        write(&self.shared.rights).allow_all(access_key);
    }

    /// The last requests, oldest first; at most [`Setup::log_capacity`].
    ///
    /// A request is there when its answer is sent.
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log.last()
    }

    /// Forgets the log and sets its counters to 0.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// How often an operation was asked for.
    pub fn count(&self, operation: Operation) -> u64 {
        self.shared.log.count(operation)
    }

    /// How many requests came.
    pub fn total(&self) -> u64 {
        self.shared.log.total()
    }

    /// The most requests that were in flight at once.
    pub fn most_in_flight(&self) -> u64 {
        self.shared.log.most_in_flight()
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.shared.log.connections()
    }

    /// Waits until the server ends, which it does only with its runtime.
    pub async fn wait(&mut self) {
        // Cancelled or not, it has ended.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Sim {
    /// Stops listening; connections end after the request that they are at.
    fn drop(&mut self) {
        // No receiver is left if the runtime has ended already.
        let _ = self.stop.send(true);
        self.accepting.abort();
    }
}
