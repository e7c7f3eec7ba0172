//! An S3 server in memory: believable data, habits of providers, faults, settable time.
//!
//! It speaks HTTP/1.1 on 127.0.0.1, verifies Signature Version 4 with code of its own, and holds
//! sizes instead of bytes: a terabyte costs nothing. What it does differently as Ceph, Garage,
//! SeaweedFS, MinIO or Swift is data ([`Habits`]), as measured on the real servers.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use partsweep_sim::{Habits, Setup, Sim};
//!
//! let sim = Sim::start(Setup::new(Habits::ceph())).await?;
//! sim.create_bucket("videos");
//! println!("{}", sim.endpoint());
//! # Ok(())
//! # }
//! ```
//!
//! The store can be had without a socket and without a runtime: a [`World`]. Its methods are what
//! foreign clients do ([`create_upload`](World::create_upload), [`put_part`](World::put_part),
//! [`begin_part`](World::begin_part), [`complete`](World::complete),
//! [`begin_complete`](World::begin_complete), [`abort`](World::abort),
//! [`put_object`](World::put_object)), what time does ([`Clock::advance`],
//! [`collect_garbage`](World::collect_garbage)), and the truth to compare with
//! ([`uploads`](World::uploads), [`objects`](World::objects), [`versions`](World::versions),
//! [`leaked`](World::leaked)); [`StoredObject::data`] says whether an object is whole. A
//! [`Foreigner`] does such steps by chance, the same for the same seed; [`Sim::serve`] puts a world
//! on a socket for the program under test.
//!
//! ```
//! use partsweep_sim::{Action, Clock, Data, Foreigner, Habits, Setup, World};
//!
//! let clock = Clock::fixed("2026-11-23T12:00:00Z".parse().unwrap());
//! let world = World::new(Setup::new(Habits::ceph()).clock(clock).seed(7));
//! world.create_bucket("videos");
//! let mut client = Foreigner::new(world.clone(), "videos", &["a", "b"], 7);
//! client.act(Action::Create);
//! client.act(Action::PutPart);
//! client.act(Action::BeginComplete);
//! client.act(Action::Abort);
//! client.act(Action::Answer);
//! assert_eq!(world.objects("videos")[0].data, Data::Doomed);
//! for _ in 0..100 {
//!     client.step();
//! }
//! ```
//!
//! From the socket inwards: `wire` and `server` (connections, one request), `request` and `payload`
//! (what is asked for), `admission` with `signature` and `rights` (whether it may be), `dispatch`
//! (who does it), then `buckets`, `listing`, `parts`, `uploading`, `completing`, `objects`,
//! `copying` on the `store`, its `uploads` and `versions`; `xml`, `answer` and `body` carry the
//! answer back. `data` knows which objects are whole.

mod acl;
mod admission;
mod answer;
mod believable;
mod body;
mod buckets;
mod clock;
mod completing;
mod conditions;
mod contents;
mod copying;
mod data;
mod dispatch;
mod faults;
mod foreigner;
pub mod habits;
mod ids;
mod keys;
mod listing;
mod locks;
mod log;
mod markup;
mod object;
mod objects;
mod operation;
mod parts;
mod payload;
mod percent;
mod request;
mod rights;
mod series;
mod server;
mod setup;
mod signature;
mod sim;
mod store;
mod tagging;
mod uploading;
mod uploads;
mod version_list;
mod versions;
mod wire;
mod world;
mod xml;

pub use acl::{Acl, Grant, Grantee};
pub use clock::Clock;
pub use contents::{
    Missing, SlowComplete, SlowPart, StoredObject, StoredPart, StoredUpload, StoredVersion,
};
pub use data::Data;
pub use faults::{Fault, FaultKind, Faults, Nth};
pub use foreigner::{Action, Done, Foreigner};
pub use habits::Habits;
pub use log::Logged;
pub use object::Attributes;
pub use operation::Operation;
pub use percent::Space;
pub use rights::Credential;
pub use series::{Series, Shape};
pub use setup::Setup;
pub use sim::Sim;
pub use versions::Versioning;
pub use world::World;

/// The access key that a server knows unless told otherwise.
pub const ACCESS_KEY: &str = "SIMSIMSIMSIMSIMSIMSIM";
/// Its secret key, which is none.
pub const SECRET_KEY: &str = "not-a-secret-only-a-simulation";
