//! What an administrator of a Ceph cluster is told to do.

use partsweep_core::{Operation, escape};

/// Whether it is a request to the admin API of Ceph's gateway.
pub(super) fn is_of_admin(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ListAllBuckets | Operation::GetBucketStats
    )
}

/// How a user of Ceph may use the admin API: `users=read` isn't needed, and would show secret keys.
pub(super) const CAPABILITIES: &str = "an administrator of the cluster allows it: radosgw-admin caps add --uid=USER --caps=\"buckets=read;metadata=read\"";

/// How a user of Ceph may list and abort in the buckets of others.
pub(crate) const ADMIN_FLAG: &str =
    "an administrator of the cluster sets it: radosgw-admin user modify --uid=USER --admin";

/// The command that repairs the index of a bucket. It takes `tenant/bucket`: `--tenant` is refused without a user
/// (measured on Ceph 16.2.15).
pub(crate) fn repair_index(bucket: &str) -> String {
    let name = match bucket.split_once(':') {
        Some(("", name)) => name.to_owned(),
        Some((tenant, name)) => format!("{tenant}/{name}"),
        None => bucket.to_owned(),
    };
    let name = escape::for_shell(&name);
    format!("radosgw-admin bucket check --fix --check-objects --bucket={name}")
}
