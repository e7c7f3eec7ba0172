//! Tools that are configured by variables alone.

use super::{Account, AccountError, Machine, keys, s3cmd};

/// s5cmd: `S3_ENDPOINT_URL`, and else what the AWS tools read.
pub(super) fn s5cmd(machine: &Machine) -> Account {
    Account {
        endpoint_url: machine.var("S3_ENDPOINT_URL"),
        ..Account::default()
    }
}

/// s4cmd: `S3_ACCESS_KEY` and `S3_SECRET_KEY`, else the keys of s3cmd's file. The endpoint is an option of its own.
pub(super) fn s4cmd(machine: &Machine) -> Result<Account, AccountError> {
    let (id, secret) = (machine.var("S3_ACCESS_KEY"), machine.var("S3_SECRET_KEY"));
    let keys = keys(id.as_deref(), secret.as_deref(), None);
    let keys = keys.map_err(|why| AccountError::NoKeys {
        called: "s4cmd".to_owned(),
        why,
    })?;
    match keys {
        Some(keys) => Ok(Account {
            keys: Some(keys),
            ..Account::default()
        }),
        None => s3cmd::account(machine, None),
    }
}
