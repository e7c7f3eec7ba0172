//! Codes of the devices that roles ask for (MFA): asked for at the terminal when the store is connected to.

use partsweep_s3::{ConnectError, Settings, Store};

use crate::terminal::ask_keys;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use partsweep_core::escape;

/// How often a code of a device is asked for: one is easily mistyped, and more lock the account at some stores.
const CODES: usize = 3;

/// Connects with a code of each device that is asked for, and again with another where one is refused.
pub(super) async fn with_codes(
    mut connected: Result<Store, ConnectError>,
    typed: &Settings,
    console: &Console,
) -> Result<Result<Store, ConnectError>, Failure> {
    while let Err(ConnectError::NeedsCode { profile, device }) = &connected {
        let (profile, device) = (profile.clone(), device.clone());
        let mut left = CODES;
        connected = loop {
            let code = ask_keys::code(console, &profile, &device).await?;
            typed.mfa.give(&profile, code);
            left -= 1;
            match Store::connect(typed.clone()).await {
                // Else another code would change nothing.
                Err(error @ ConnectError::Credentials { .. })
                    if left > 0 && chain(&error).contains("MultiFactorAuthentication") =>
                {
                    console.fail(Failure::told(Exit::Failed, chain(&error)));
                }
                connected => break connected,
            }
        };
    }
    if let Some(why) = typed.mfa.take_unkept() {
        let why = escape::for_terminal(&why);
        console.note(&format!(
            "the keys of this log-in couldn't be kept, so the next run asks for a code again ({why})"
        ));
    }
    Ok(connected)
}
