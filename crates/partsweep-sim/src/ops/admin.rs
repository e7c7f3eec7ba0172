//! The administration of Ceph's gateway, as far as it looks: measured on 16.2.15.

use std::ops::Bound;

use crate::store::state::State;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::Call;

/// The names of all buckets: a page of them if `max-entries` is asked for, else a bare list.
pub(crate) fn list_all_buckets(state: &State, call: &Call) -> Result<Answer, Refusal> {
    let invalid = || Refusal::new(400, "InvalidArgument");
    let Some(most) = call.query.filled("max-entries") else {
        let names = state.buckets.keys().map(|name| quoted(&in_metadata(name)));
        let names: Vec<_> = names.collect();
        return Ok(json(format!("[{}]", names.join(","))));
    };
    let most: usize = most.parse().map_err(|_| invalid())?;
    let after = call.query.filled("marker").map(unmasked);
    let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = state
        .buckets
        .range::<str, _>((start, Bound::Unbounded))
        .map(|(name, _)| name)
        .peekable();
    let page: Vec<_> = rest.by_ref().take(most).collect();
    let keys: Vec<_> = page.iter().map(|name| quoted(&in_metadata(name))).collect();
    let (keys, count) = (keys.join(","), page.len());
    Ok(json(match (rest.peek(), page.last()) {
        (Some(_), Some(last)) => format!(
            r#"{{"keys":[{keys}],"truncated":"true","count":{count},"marker":{}}}"#,
            quoted(&masked(last))
        ),
        _ => format!(r#"{{"keys":[{keys}],"truncated":"false","count":{count}}}"#),
    }))
}

/// What there is to say of one bucket.
pub(crate) fn bucket_stats(state: &State, call: &Call) -> Result<Answer, Refusal> {
    let asked = call.query.filled("bucket").unwrap_or_default();
    let bucket = state.bucket(&asked.replace('/', ":"))?;
    let (tenant, name) = asked.split_once('/').unwrap_or(("", asked));
    let owner = match tenant {
        "" => "owner".to_owned(),
        tenant => format!("{tenant}$owner"),
    };
    let uploads = i64::try_from(bucket.uploads.len()).unwrap_or(i64::MAX) + bucket.miscount;
    let usage = match uploads {
        0 => String::new(),
        uploads => {
            format!(r#""rgw.multimeta":{{"size":0,"size_actual":0,"num_objects":{uploads}}}"#)
        }
    };
    Ok(json(format!(
        r#"{{"bucket":{},"num_shards":11,"tenant":{},"index_type":"Normal","owner":{},"usage":{{{usage}}}}}"#,
        quoted(name),
        quoted(tenant),
        quoted(&owner)
    )))
}

/// How metadata names a bucket: `tenant/bucket`, where a request has `tenant:bucket`.
fn in_metadata(name: &str) -> String {
    name.replacen(':', "/", 1)
}

/// A marker is opaque.
fn masked(name: &str) -> String {
    format!("4:{name}:head")
}

fn unmasked(marker: &str) -> String {
    let marker = marker.strip_prefix("4:").unwrap_or(marker);
    marker.strip_suffix(":head").unwrap_or(marker).to_owned()
}

fn json(text: String) -> Answer {
    Answer::text(200, "application/json", text)
}

/// As JSON has text: of what is in names here, only quotes and backslashes are written otherwise.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
