//! What a key needs at R2, B2 and Google Cloud Storage, by their documentation: none was tried.

use partsweep_core::provider::profile::Provider;

use super::{Policy, PolicyFor, repairs};

/// <https://developers.cloudflare.com/r2/api/tokens/>
pub(super) fn r2(job: PolicyFor, names: &[&str]) -> Policy {
    let permission = match (job, names.is_empty()) {
        (PolicyFor::Scan, true) => "Admin Read only",
        (PolicyFor::Scan, false) => "Object Read only",
        // A bucket's configuration is changed by Admin tokens only, which are for all buckets.
        (PolicyFor::Clean | PolicyFor::Rescue, true) | (PolicyFor::Lifecycle, _) => {
            "Admin Read & Write"
        }
        (PolicyFor::Clean | PolicyFor::Rescue, false) => "Object Read & Write",
    };
    let scope = match names {
        _ if job == PolicyFor::Lifecycle => String::new(),
        [] => String::new(),
        names => format!("Specify buckets: {}\n", names.join(", ")),
    };
    Policy {
        text: format!(
            "R2 object storage > Manage R2 API tokens > Create API token\nPermissions: {permission}\n{scope}"
        ),
        notes: match names {
            _ if job == PolicyFor::Lifecycle => vec![
                "only an Admin token can change the configuration of a bucket; it is for all buckets of the account"
                    .to_owned(),
            ],
            [] => vec![
                "only an Admin token can list buckets; one for objects is enough if buckets are named"
                    .to_owned(),
            ],
            _ => Vec::new(),
        },
    }
}

/// <https://www.backblaze.com/docs/cloud-storage-application-key-capabilities>: listing the parts of a large file
/// takes `writeFiles`, too.
pub(super) fn b2(job: PolicyFor, names: &[&str]) -> Policy {
    let capabilities = match job {
        PolicyFor::Scan => "listAllBucketNames,listBuckets,listFiles,writeFiles",
        PolicyFor::Clean => {
            "listAllBucketNames,listBuckets,listFiles,readFiles,writeFiles,deleteFiles"
        }
        PolicyFor::Rescue => "listAllBucketNames,listBuckets,listFiles,readFiles,writeFiles",
        PolicyFor::Lifecycle => {
            "listAllBucketNames,listBuckets,readBuckets,writeBuckets,listFiles,writeFiles"
        }
    };
    let buckets: String = names
        .iter()
        .map(|name| format!(" --bucket {name}"))
        .collect();
    Policy {
        text: format!("b2 key create{buckets} partsweep {capabilities}\n"),
        notes: vec!["B2 asks for writeFiles even to list parts".to_owned()],
    }
}

/// <https://cloud.google.com/storage/docs/access-control/iam-xml>
pub(super) fn gcs(job: PolicyFor, store: &Provider, names: &[&str]) -> Policy {
    let mut permissions = vec![
        "storage.multipartUploads.list",
        "storage.multipartUploads.listParts",
    ];
    if names.is_empty() {
        permissions.push("storage.buckets.list");
    }
    if job == PolicyFor::Clean {
        permissions.extend([
            "storage.buckets.get",
            "storage.multipartUploads.abort",
            "storage.objects.get",
            "storage.objects.list",
        ]);
        if repairs(store) {
            permissions.extend(["storage.objects.create", "storage.objects.delete"]);
        }
    }
    if job == PolicyFor::Rescue {
        permissions.extend([
            "storage.buckets.get",
            // Also to send parts and to complete what someone else began.
            "storage.multipartUploads.create",
            "storage.objects.create",
            // With --overwrite.
            "storage.objects.delete",
            "storage.objects.get",
            "storage.objects.list",
        ]);
    }
    if job == PolicyFor::Lifecycle {
        permissions.extend(["storage.buckets.get", "storage.buckets.update"]);
    }
    permissions.sort_unstable();
    let role = format!(
        "gcloud iam roles create partsweep --project=PROJECT --permissions={}\n",
        permissions.join(",")
    );
    let grant = |name: &str| {
        format!(
            "gcloud storage buckets add-iam-policy-binding gs://{name} --member=serviceAccount:ACCOUNT \
             --role=projects/PROJECT/roles/partsweep\n"
        )
    };
    let grants: String = match names {
        [] => "gcloud projects add-iam-policy-binding PROJECT --member=serviceAccount:ACCOUNT \
               --role=projects/PROJECT/roles/partsweep\n"
            .to_owned(),
        names => names.iter().map(|name| grant(name)).collect(),
    };
    Policy {
        text: role + &grants,
        notes: vec!["partsweep uses the account's HMAC key".to_owned()],
    }
}
