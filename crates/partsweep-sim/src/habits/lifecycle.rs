//! What stores make of a lifecycle configuration.

/// How a store keeps lifecycles.
#[derive(Debug, Clone, Copy)]
pub struct LifecycleHabits {
    /// What becomes of a document.
    pub form: LifecycleForm,
    /// Whether a write without `Content-MD5` or a checksum is refused.
    pub needs_checksum: bool,
    /// What `x-amz-transition-default-minimum-object-size` says of a lifecycle that was written without it; none where
    /// the store doesn't know it.
    pub default_minimum: Option<&'static str>,
    /// Whether a write sets that back, whatever it says.
    pub resets_default_minimum: bool,
    /// How many reads after a write still show what was there before.
    pub stale_reads: u32,
}

/// What becomes of a document that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleForm {
    /// 501 NotImplemented.
    Unknown,
    /// It is kept byte for byte.
    Kept,
    /// It is written anew and sorted by name, the scope as a bare `Prefix` where it is the whole bucket; a rule without a
    /// name gets one; sizes are dropped; an abort with tags is refused.
    Ceph,
    /// It is written anew; a bare `Prefix` and tags are dropped.
    Garage,
    /// A rule that only aborts is refused, and an abort beside another action is dropped.
    Minio,
    /// A rule that only aborts is refused, and one that does more loses its abort and its prefix (rustfs#7456).
    Rustfs,
    /// A second rule is refused.
    OneRule,
    /// Only the last rule is kept.
    LastRule,
    /// Beside a rule that aborts, the `Days` of others become 1: a store that changes values.
    OneDay,
    /// Rules have an `Action` and a `Condition` (Google Cloud Storage, XML API); others are refused. Kept byte for byte.
    Google,
    /// Rules abort by `AbortMultipartUpload` and `Days` (Alibaba OSS); others are refused. Kept byte for byte.
    Oss,
}
