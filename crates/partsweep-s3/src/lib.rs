//! The wire of partsweep: credentials, signing, requests, XML, paging.
//!
//! [`Store::connect`] takes [`Settings`] and gives a [`Store`], which implements the core's two
//! ports.
//!
//! | module | what it holds |
//! |---|---|
//! | `connect` | from settings to a store |
//! | `store` | a store that was connected to: the two ports, handed on |
//! | `config` | what was given, what the environment and the profile say, keys, and why that is not enough |
//! | `address` | the endpoint, the URL of a bucket, its region, and how names are written in a URL |
//! | `inspect` | the requests that look |
//! | `mutate` | the requests that change something: abort, complete, lifecycles, and the copies that save an object |
//! | `wire` | one request: made, checked, signed, sent until there is an answer |
//! | `pace` | how many requests are in flight, whose turn it is, what is tried again, when the store is given up |
//! | `net` | connections: addresses, proxies, certificates, how many are open |
//! | `reply` | what an answer means, and what answers have shown of the store so far |
//! | `xml` | reading documents |
//! | `secrets` | what must never be shown, taken out of every text |

mod address;
mod config;
mod connect;
mod inspect;
mod mutate;
mod net;
mod pace;
mod reply;
mod secrets;
mod store;
mod wire;
mod xml;

pub use config::error::ConnectError;
pub use config::in_force::{SettingSource, SettingsInForce, Sourced};
pub use config::machine::{KnownAccount, Login, accounts_here, has_profile_login};
pub use config::mfa_answers::MfaAnswers;
pub use config::observer::{Answered, RequestEnd, RequestObserver};
pub use config::settings::{Addressing, Settings, StaticKeys, Timeouts, check_region};
pub use config::settings_file::read_settings_file;
pub use config::sources::{Account, AccountError, TOOLS};
pub use store::Store;
