//! The wire of partsweep: credentials, signing, requests, XML, paging.
//!
//! [`Store::connect`] takes [`Settings`] and gives a [`Store`], which implements the core's two
//! ports. A request goes through these files, in this order:
//!
//! | file | what it holds |
//! |---|---|
//! | `settings`, `configured`, `connect_error` | what was given, what environment and profile say, why that is not enough |
//! | `credentials` | the AWS chain, cached and refreshed |
//! | `endpoint`, `place` | which URL the store and a bucket have, and for which region it is signed |
//! | `region`, `region_search` | the regions that were found, and finding them |
//! | `uri` | keys and parameters in a URL, byte for byte |
//! | `sign` | Signature Version 4 |
//! | `ask` | one request as a value |
//! | `pace` | how many requests are in flight |
//! | `known` | what answers have shown of the store so far |
//! | `versions`, `versions_xml` | the versions of a key below the current one |
//! | `fresh` | how old a look may be when its abort leaves |
//! | `prepare`, `send`, `retry`, `life` | attempts until there is an answer, or the store is given up |
//! | `collect` | the body of an answer, within a room that all share |
//! | `transport`, `open`, `stream`, `proxy`, `tls` | connections: pool and time limits, how many, making them, proxies, certificates |
//! | `smithy_http` | the same connections for aws-config's own calls |
//! | `answer`, `body`, `headers`, `failure` | what an answer, or no answer, means |
//! | `xml`, `listing_xml`, `parts_xml`, `buckets_xml` | reading documents |
//! | `long_pages` | listings that are longer than was asked for |
//! | `encoding` | keys of a listing that was asked for with `encoding-type=url` |
//! | `inspect`, `head` | the requests that look |
//! | `mutate`, `abort` | the port that acts; the one request that destroys |
//! | `mend` | copies that save an object, and deleting our own spare |
//! | `check` | what is looked at once more before a request that changes something leaves |

mod abort;
mod answer;
mod ask;
mod body;
mod buckets_xml;
mod check;
mod collect;
mod configured;
mod connect_error;
mod credentials;
mod encoding;
mod endpoint;
mod failure;
mod fresh;
mod head;
mod headers;
mod inspect;
mod known;
mod life;
mod listing_xml;
mod long_pages;
mod mend;
mod mutate;
mod names;
mod open;
mod pace;
mod parts_xml;
mod place;
mod prepare;
mod proxy;
mod region;
mod region_search;
mod retry;
mod secrets;
mod send;
mod settings;
mod sign;
mod smithy_http;
mod store;
mod stream;
mod tcp;
mod tls;
mod transport;
mod uri;
mod versions;
mod versions_xml;
mod xml;

pub use connect_error::ConnectError;
pub use settings::{Addressing, Settings, StaticKeys, Timeouts};
pub use store::Store;
