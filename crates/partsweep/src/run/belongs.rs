//! Whether a saved scan, or a journal, is of the store and the account at hand.

use partsweep_core::StoreErrorKind;

use crate::run::session::Session;
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// Refuses what was made at another store, or with the keys of another account.
///
/// Lists the buckets: that tells the account, and which store it is. A key that may not do so, or a
/// store that has no such listing, can still be swept; whose buckets they are is then not known,
/// and not compared. Any other failure ends it: without an answer it is not known what an abort
/// can do here (law 12), and whose uploads they are.
pub(crate) async fn belongs(
    what: &str,
    endpoint: &str,
    account: Option<&str>,
    session: &Session,
) -> Result<(), Failure> {
    let here = session.store.endpoint();
    if endpoint != here {
        let line = format!("this {what} is of {endpoint}, and the store is {here}");
        return Err(Failure::told(Exit::Refused, line)
            .hint("use the settings that it was made with: --profile, --endpoint-url"));
    }
    if let Err(error) = session.introduce().await
        && !matches!(
            error.kind,
            StoreErrorKind::Denied | StoreErrorKind::Unsupported
        )
    {
        return Err(Failure::from(&error));
    }
    match (account, session.account()) {
        (Some(made_by), Some(now)) if made_by != now => {
            let line = format!("this {what} is of account {made_by}, and this is {now}");
            Err(Failure::told(Exit::Refused, line)
                .hint("use the keys of the account that it was made with"))
        }
        _ => Ok(()),
    }
}
