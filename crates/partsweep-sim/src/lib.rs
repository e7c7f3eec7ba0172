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
//! From the socket inwards: `wire` and `server` (connections, one request), `request` (what is
//! asked for), `admission` with `signature` and `rights` (whether it may be), `dispatch` (who does
//! it), then `buckets`, `listing`, `parts`, `objects`, `completing` on the `store`; `xml`, `answer`
//! and `body` carry the answer back.

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
mod server;
mod setup;
mod signature;
mod sim;
mod store;
mod tagging;
mod uploading;
mod uploads;
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
pub use habits::Habits;
pub use log::Logged;
pub use object::Attributes;
pub use operation::Operation;
pub use percent::Space;
pub use rights::Credential;
pub use setup::Setup;
pub use sim::Sim;
pub use versions::Versioning;
pub use world::World;

/// The access key that a server knows unless told otherwise.
pub const ACCESS_KEY: &str = "SIMSIMSIMSIMSIMSIMSIM";
/// Its secret key, which is none.
pub const SECRET_KEY: &str = "not-a-secret-only-a-simulation";
