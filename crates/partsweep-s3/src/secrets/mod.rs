//! What must never be shown, kept or logged, taken out of every text before it leaves this crate (law 9).
//!
//! A store, a gateway or a proxy may echo what it was sent, in any field that it answers with. So whatever
//! comes from outside is looked through here, once, at the border.
//!
//! | file | what it holds |
//! |---|---|
//! | `known.rs` | the secrets that are known so far, and taking them out |
//! | `filter.rs` | telling quickly that a text holds none |
//! | `view.rs` | a text as it may be meant: with its escapes undone |
//! | `base64.rs` | a secret in Base64, wherever it begins |

mod base64;
mod filter;
mod known;
mod view;

pub(crate) use known::Secrets;
