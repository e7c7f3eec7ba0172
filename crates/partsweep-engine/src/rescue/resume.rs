//! Sending the parts that an upload lacks, from a local file.

use std::collections::BTreeMap;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, stream};
use partsweep_core::store::part_data::{PartData, PartDigest};
use partsweep_core::{
    AddParts, AgreedRescue, AgreedResume, ApprovedPart, ApprovedResume, FileLayout, FileSeen,
    Obstacle, OwnParts, Part, StoreError, StoreErrorKind,
};
use tokio::task::spawn_blocking;

use super::look::look;
use super::record::RescueFile;
use super::source::{PartSource, SentSoFar, SourceFile};

/// Parts that are sent side by side. Each has a few pieces of 256 KiB in memory, however large it is.
const AT_ONCE: usize = 4;

/// Why not all was sent. What was sent before stays, as parts of the upload.
#[derive(Debug)]
pub enum SendStop {
    /// Something stands against it by now; nothing was sent.
    Stopped(Vec<Obstacle>),
    /// Something stands against completing it, after all was sent.
    NotAsSent(Vec<Obstacle>),
    /// The look just before failed; nothing was sent.
    NotSeen(StoreError),
    /// A part could not be written down, so it was not sent (law 7).
    NotWrittenDown(io::Error),
    /// The file could not be read.
    NotRead(io::Error),
    /// The file is not as it was when its parts were compared.
    FileChanged,
    /// The store answered with another ETag than the MD5 of what was sent.
    OtherEtag {
        /// The number of the part.
        number: u32,
    },
    /// The store, or the way to it, failed.
    Failed {
        /// The number of the part.
        number: u32,
        /// What it said.
        error: StoreError,
    },
}

impl SendStop {
    /// Whether the store said that there is no such upload: someone else completed or aborted it (law 11).
    pub fn is_of_a_gone_upload(&self) -> bool {
        match self {
            Self::NotSeen(error) | Self::Failed { error, .. } => {
                error.kind == StoreErrorKind::NoSuchUpload
            }
            _ => false,
        }
    }
}

/// The MD5 of each part's place in a file, by number, and what this program sent of the file before.
///
/// Reads as much of the file as there are parts. Blocks.
///
/// # Errors
///
/// What the file system says.
pub fn see_file(
    file: &SourceFile,
    layout: FileLayout,
    parts: &[Part],
    own: OwnParts,
) -> io::Result<FileSeen> {
    let mut md5s = BTreeMap::new();
    for place in parts.iter().filter_map(|part| layout.place(part.number)) {
        md5s.insert(place.number, file.hash(place, None)?.md5);
    }
    Ok(FileSeen { layout, md5s, own })
}

/// What was sent, and leave to go on.
#[derive(Debug)]
pub struct SentParts {
    approved: ApprovedResume,
    md5s: BTreeMap<u32, [u8; 16]>,
}

/// Sends the parts that are missing, after one more look (law 4). Each is on record before it is sent (law 7).
///
/// `sent` counts what is on its way and what has arrived. After a failure nothing new is begun, and what is under way is waited for.
/// Dropped, it leaves what was sent as parts of the upload.
///
/// # Errors
///
/// The first reason not to go on.
pub async fn send_parts(
    store: &impl AddParts,
    agreed: AgreedResume,
    file: &Arc<SourceFile>,
    record: &RescueFile,
    sent: &Arc<SentSoFar>,
) -> Result<SentParts, SendStop> {
    let seen = look(store, agreed.plan().address()).await;
    let seen = seen.map_err(SendStop::NotSeen)?;
    let approved = agreed.begin(seen).map_err(SendStop::Stopped)?;
    if file.has_changed() {
        return Err(SendStop::FileChanged);
    }
    let will_send = record.will_resume(approved.plan(), file);
    will_send.map_err(SendStop::NotWrittenDown)?;
    let parts: Vec<ApprovedPart> = approved.parts().collect();
    let has_failed = AtomicBool::new(false);
    let sending = stream::iter(parts).map(|part| async {
        let part = Some(part).filter(|_| !has_failed.load(Ordering::Relaxed))?;
        Some(send_part(store, part, file, record, sent).await)
    });
    let mut sending = pin!(sending.buffer_unordered(AT_ONCE));
    let (mut md5s, mut failed) = (BTreeMap::new(), None);
    while let Some(ended) = sending.next().await {
        match ended {
            Some(Ok((number, md5))) => drop(md5s.insert(number, md5)),
            Some(Err(stop)) => {
                has_failed.store(true, Ordering::Relaxed);
                failed.get_or_insert(stop);
            }
            None => {}
        }
    }
    match failed {
        Some(stop) => Err(stop),
        None if file.has_changed() => Err(SendStop::FileChanged),
        None => Ok(SentParts { approved, md5s }),
    }
}

async fn send_part(
    store: &impl AddParts,
    part: ApprovedPart,
    file: &Arc<SourceFile>,
    record: &RescueFile,
    sent: &Arc<SentSoFar>,
) -> Result<(u32, [u8; 16]), SendStop> {
    let (place, checksum) = (part.place(), part.checksum());
    let hashed = Arc::clone(file);
    let digest: io::Result<PartDigest> = spawn_blocking(move || hashed.hash(place, checksum))
        .await
        .map_err(io::Error::other)
        .flatten();
    let digest = digest.map_err(SendStop::NotRead)?;
    if file.has_changed() {
        return Err(SendStop::FileChanged);
    }
    let id = part.address().id.as_str();
    let written = record.will_send(id, place, &digest.md5);
    written.map_err(SendStop::NotWrittenDown)?;
    let number = place.number;
    let source = Arc::new(PartSource::new(Arc::clone(file), place, Arc::clone(sent)));
    let md5 = digest.md5;
    let data = PartData { source, digest };
    match store.upload_part(&part, &data).await {
        Ok(etag) if etag == Some(md5) => {
            let written = record.has_sent(id, place, &md5);
            sent.has_arrived(place.bytes);
            written.map_err(SendStop::NotWrittenDown)?;
            Ok((number, md5))
        }
        Ok(_) => Err(SendStop::OtherEtag { number }),
        // Other data than were hashed are refused by the store.
        Err(_) if file.has_changed() => Err(SendStop::FileChanged),
        Err(error) => Err(SendStop::Failed { number, error }),
    }
}

impl SentParts {
    /// Passes the gate with what the store shows now, in two looks; `pause` is waited for between them.
    ///
    /// # Errors
    ///
    /// Why the upload is not completed.
    pub async fn finish(
        self,
        store: &impl AddParts,
        file: &SourceFile,
        pause: impl Future<Output = ()>,
    ) -> Result<AgreedRescue, SendStop> {
        let address = self.approved.plan().address().clone();
        let first = look(store, &address).await.map_err(SendStop::NotSeen)?;
        pause.await;
        let second = look(store, &address).await.map_err(SendStop::NotSeen)?;
        if file.has_changed() {
            return Err(SendStop::FileChanged);
        }
        let finished = self.approved.finish(&self.md5s, &first, second);
        finished.map_err(SendStop::NotAsSent)
    }
}
