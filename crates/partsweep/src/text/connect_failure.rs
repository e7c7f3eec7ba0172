//! Why there is no store to talk to, and what to do about it.

use partsweep_core::escape;
use partsweep_s3::{ConnectError, Login, Settings};

use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::hints;

/// What was typed and cannot be used is a matter of usage; what was configured is not.
pub(crate) fn connect_failure(error: &ConnectError, typed: &Settings) -> Failure {
    let is_usage = match error {
        ConnectError::BadEndpoint { .. } => typed.endpoint_url.is_some(),
        ConnectError::BadRegion { .. } => typed.region.is_some(),
        ConnectError::NoProfile { .. } => typed.profile.is_some(),
        _ => false,
    };
    let exit = if is_usage { Exit::Usage } else { Exit::Failed };
    let failure = Failure::told(exit, chain(error));
    match (error, error.hint()) {
        (ConnectError::NoCredentials, _) if let Some(profile) = &typed.profile => {
            failure.hint(no_keys_in(profile))
        }
        (ConnectError::NoCredentials, _) => failure.hint(hints::NO_CREDENTIALS),
        (ConnectError::NeedsCode { profile, .. }, _) => failure.hint(format!(
            "run this at a terminal to be asked, or log in by `aws sts get-caller-identity --profile {}`: its keys are taken \
             as long as they hold",
            escape::for_shell(profile)
        )),
        (ConnectError::Credentials { logins, .. }, _) => {
            for_logins(logins).into_iter().fold(failure, Failure::hint)
        }
        (ConnectError::BadRegion { .. }, _) => failure.hint("name the region with --region"),
        (_, Some(hint)) => failure.hint(hint),
        (_, None) => failure,
    }
}

/// How a profile gets keys.
fn no_keys_in(profile: &str) -> String {
    let profile = escape::for_shell(profile);
    format!(
        "`aws configure --profile {profile}` sets its keys; `aws configure list-profiles` lists the others"
    )
}

/// What to do where a profile's keys can't be had: the profiles that lead to them, and how each logs in.
fn for_logins(logins: &[(String, Login)]) -> Vec<String> {
    let mut hints = Vec::new();
    for (name, login) in logins {
        let profile = escape::for_shell(name);
        let of = match &**name {
            "" => String::new(),
            name => format!(" of profile {}", escape::for_terminal(name)),
        };
        hints.push(match login {
            Login::Sso => format!("log in again: `aws sso login --profile {profile}`"),
            Login::Session => format!("log in again: `aws login --profile {profile}`"),
            Login::Process => format!(
                "run the `credential_process`{of} to see why: it has to print its keys as JSON"
            ),
            Login::WebIdentity => format!(
                "check that the token{of} hasn't expired, and that the role trusts who issued it"
            ),
            Login::Role => {
                format!("the role{of} has to trust the one who takes it, who needs sts:AssumeRole")
            }
            Login::Key(_) | Login::AsAwsTools | Login::Nothing => continue,
        });
    }
    hints.push("`partsweep doctor --settings` lists the accounts of this machine".to_owned());
    hints
}
