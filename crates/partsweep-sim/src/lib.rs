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
//! [`ForeignWriter`] does such steps by chance, the same for the same seed; [`Sim::serve`] puts a world
//! on a socket for the program under test.
//!
//! ```
//! use partsweep_sim::{Action, Clock, Data, ForeignWriter, Habits, Setup, World};
//!
//! let clock = Clock::fixed("2026-11-23T12:00:00Z".parse().unwrap());
//! let world = World::new(Setup::new(Habits::ceph()).clock(clock).seed(7));
//! world.create_bucket("videos");
//! let mut client = ForeignWriter::new(world.clone(), "videos", &["a", "b"], 7);
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
//! From the socket inwards: `server` (connections, one request), `wire` (what is asked for, and the form
//! of answers), `access` (whether it may be), `ops` (the operations), `world` (the store with its clock,
//! its faults, its log and foreign clients), `store` (what is held), and `habits` (how each store differs).

mod access;
pub mod habits;
mod hash;
mod locks;
mod ops;
mod percent;
mod server;
mod store;
mod wire;
mod world;

pub use access::rights::{ACCESS_KEY, Credential, SECRET_KEY};
pub use habits::Habits;
pub use percent::Space;
#[cfg(feature = "front")]
pub use server::front::Front;
pub use server::sim::Sim;
pub use store::acl::{Acl, Grant, Grantee};
pub use store::data::Data;
pub use store::object::Attributes;
pub use store::series::{Series, Shape};
pub use store::versions::Versioning;
pub use wire::operation::Operation;
pub use world::clock::Clock;
pub use world::contents::{
    Missing, SlowComplete, SlowPart, StoredObject, StoredPart, StoredUpload, StoredVersion,
};
pub use world::faults::{Fault, FaultKind, Faults, Nth};
pub use world::foreign_writer::{Action, Done, ForeignWriter};
pub use world::handle::World;
pub use world::log::Logged;
pub use world::setup::Setup;
