//! One change: written down, sent, read back, and put back if the store ruined it.

use std::time::Duration;

use partsweep_core::lifecycle::read_back::{ReadBack, put_back_damaged, read_back};
use partsweep_core::{
    LifecycleChange, ManageLifecycle, Operation, SeenLifecycle, StoreError, StoreErrorKind,
};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::undo::{UndoError, UndoFile};

/// The first pause between two tries; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The pause at which waiting is told: the first is over before anyone has read it.
const TOLD_AT: u32 = 2;

/// Who is told what is waited for.
type Waits<'a> = &'a (dyn Fn(ChangeWait) + Sync);

/// How long is waited for a store that refuses a change for now (409 OperationAborted), and for a read that shows the
/// change: the first after a write may be of before. Most reports of busy buckets and of stale reads are of less than a
/// minute (ansible/ansible#67811, hashicorp/terraform-provider-aws#48457).
const PATIENCE: Duration = Duration::from_secs(60);

/// What is waited for, and for how long at most: told as soon as it isn't over at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeWait {
    /// The store is busy with another change of the bucket.
    Busy(Duration),
    /// The store is asking for fewer requests.
    Throttled(Duration),
    /// The change couldn't be sent while the look at the bucket was fresh.
    Late(Duration),
    /// Two reads in a row that show the same.
    ReadBack(Duration),
}

/// What came of a change.
#[derive(Debug)]
pub enum Changed {
    /// The store has what was written, as two reads in a row show.
    Done {
        /// Someone else added rules in the meantime.
        with_more: bool,
    },
    /// The store has what was written, and shows another `x-amz-transition-default-minimum-object-size` than it was sent.
    OtherDefault {
        /// As it was, and as it was sent.
        was: String,
        /// As it is shown now, if it is.
        is: Option<String>,
    },
    /// The store said yes, and shows what was there before.
    NotTaken,
    /// The store dropped or changed something, so what was there before was put back.
    PutBack,
    /// The store dropped or changed something, and what was there before could not be put back.
    Ruined(Option<StoreError>),
    /// What is there is neither what was written nor less of it: the store or someone else changed it. It is left as it is.
    Foreign,
    /// It was changed between the look and the write, so nothing was written.
    ChangedBefore,
    /// The store refused; nothing was written.
    Failed(StoreError),
    /// It may have been written: what the store has can't be seen.
    Unverified(StoreError),
    /// It may have been written: what the store shows changes from read to read.
    Unproven,
    /// It could not be written down, so it was not sent (law 7).
    NotWrittenDown(UndoError),
    /// The run was stopped before anything was written: it was not sent, or the store had refused it for now.
    Interrupted(Option<StoreError>),
}

impl Changed {
    /// The word for it in machine formats and in the undo file.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done { .. } | Self::OtherDefault { .. } => "done",
            Self::NotTaken => "not_taken",
            Self::PutBack => "put_back",
            Self::Ruined(_) => "ruined",
            Self::Foreign => "changed_by_another",
            Self::ChangedBefore => "changed_before",
            Self::Failed(_) => "failed",
            Self::Unverified(_) | Self::Unproven => "unverified",
            Self::NotWrittenDown(_) => "not_written_down",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

/// Changes of one run, beside each other.
#[derive(Debug)]
pub struct ChangeRun<'a, S> {
    store: &'a S,
    undo: &'a UndoFile,
    /// Once it is cancelled, nothing that wasn't written yet is written.
    stop: CancellationToken,
    /// Those whose look got too old in the queue of requests go on alone, without what delayed them.
    turns: RwLock<()>,
}

/// Whether other changes go on beside one, or it has the store for itself.
struct Turn<'a> {
    of: &'a RwLock<()>,
    beside: Option<RwLockReadGuard<'a, ()>>,
    alone: Option<RwLockWriteGuard<'a, ()>>,
}

impl<'a> Turn<'a> {
    async fn beside_others(of: &'a RwLock<()>) -> Self {
        Self {
            of,
            beside: Some(of.read().await),
            alone: None,
        }
    }

    /// Waits until those that go on have ended, and lets no other begin; false if that is so already.
    async fn go_alone(&mut self) -> bool {
        if self.alone.is_some() {
            return false;
        }
        self.beside = None;
        self.alone = Some(self.of.write().await);
        true
    }
}

impl<'a, S: ManageLifecycle> ChangeRun<'a, S> {
    /// A run that writes down in `undo` what it changes. Once `stop` is cancelled, what was sent is read back, and put back
    /// if the store ruined it; nothing else is sent.
    pub fn new(store: &'a S, undo: &'a UndoFile, stop: CancellationToken) -> Self {
        Self {
            store,
            undo,
            stop,
            turns: RwLock::default(),
        }
    }

    /// Carries out one change.
    ///
    /// What was there before is in the undo file, on disk, before the request leaves (law 7). The lifecycle is looked at once
    /// more just before: one that was changed since it was shown is not overwritten. It is read back until two answers in a
    /// row agree; if the store dropped anything, what was there before is put back at once. `waits` is told what is waited
    /// for.
    pub async fn apply(&self, change: LifecycleChange, waits: Waits<'_>) -> Changed {
        let mut turn = Turn::beside_others(&self.turns).await;
        if self.stop.is_cancelled() {
            return Changed::Interrupted(None);
        }
        if let Err(error) = self.undo.will_write(&change) {
            return Changed::NotWrittenDown(error);
        }
        let bucket = change.bucket().clone();
        let (changed, shown) = carry_out(self.store, change, &mut turn, &self.stop, waits).await;
        // It is known from what was there before, too: a line that is missing only makes the undoing look closer.
        let _ = self.undo.ended(&bucket, changed.code(), shown.as_ref());
        changed
    }
}

/// The outcome, and what was read last.
async fn carry_out(
    store: &impl ManageLifecycle,
    change: LifecycleChange,
    turn: &mut Turn<'_>,
    stop: &CancellationToken,
    waits: Waits<'_>,
) -> (Changed, Option<SeenLifecycle>) {
    let (change, doubt) = match write(store, change, turn, stop, waits).await {
        Written::Yes(change) => (change, None),
        Written::Perhaps(change, error) => (change, Some(error)),
        Written::No(changed) => return (changed, None),
    };
    let (state, now) = match settled(store, &change, waits).await {
        Ok(read) => read,
        Err(Unsettled::Failed(error)) => {
            return (Changed::Unverified(doubt.unwrap_or(error)), None);
        }
        Err(Unsettled::Flaps) => return (Changed::Unproven, None),
    };
    let changed = match (state, doubt) {
        (ReadBack::AsWritten | ReadBack::WithMore, _) if has_other_default(&change, &now) => {
            Changed::OtherDefault {
                was: change.default_minimum().unwrap_or_default().to_owned(),
                is: now.default_minimum.clone(),
            }
        }
        (ReadBack::AsWritten, _) => Changed::Done { with_more: false },
        (ReadBack::WithMore, _) => Changed::Done { with_more: true },
        (ReadBack::AsBefore, None) => Changed::NotTaken,
        // It wasn't answered, and isn't there.
        (ReadBack::AsBefore, Some(error)) => Changed::Failed(error),
        (ReadBack::Foreign, _) => Changed::Foreign,
        (ReadBack::Damaged, _) => return put_back(store, &change, now, turn, waits).await,
    };
    (changed, Some(now))
}

/// Whether the store shows another setting beside the rules than it was sent.
fn has_other_default(change: &LifecycleChange, now: &SeenLifecycle) -> bool {
    let sent = change.after().and(change.default_minimum());
    sent.is_some_and(|sent| now.default_minimum.as_deref() != Some(sent))
}

/// Whether a change was sent.
enum Written {
    Yes(LifecycleChange),
    /// There was no clear answer.
    Perhaps(LifecycleChange, StoreError),
    No(Changed),
}

/// Looks and writes, again and again while the store refuses it for now, and until `stop`.
async fn write(
    store: &impl ManageLifecycle,
    mut change: LifecycleChange,
    turn: &mut Turn<'_>,
    stop: &CancellationToken,
    waits: Waits<'_>,
) -> Written {
    let mut end = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    let mut pauses = 0;
    let mut is_over = false;
    let mut refused: Option<StoreError> = None;
    loop {
        let looked = tokio::select! {
            biased;
            // What was refused may have been done all the same: that is looked at in any case.
            () = stop.cancelled(), if refused.is_none() => {
                return Written::No(Changed::Interrupted(None));
            }
            looked = store.lifecycle(change.bucket()) => looked,
        };
        let now = match looked {
            Ok(now) => now,
            Err(error) => return Written::No(Changed::Failed(error)),
        };
        let is_there = matches!(
            read_back(&change, &now),
            ReadBack::AsWritten | ReadBack::WithMore
        );
        if let Some(error) = refused.take_if(|_| is_there) {
            return Written::Perhaps(change, error);
        }
        change = match change.renewed(now) {
            Some(change) => change,
            None => return Written::No(Changed::ChangedBefore),
        };
        // No write is begun after a signal (law 2): whoever stops the run takes back what they agreed to.
        if stop.is_cancelled() {
            return Written::No(Changed::Interrupted(refused));
        }
        if let Some(error) = refused.take_if(|_| is_over) {
            return Written::No(Changed::Failed(error));
        }
        let error = match store
            .change_lifecycle(&change, &|| !stop.is_cancelled())
            .await
        {
            Ok(()) => return Written::Yes(change),
            Err(error) => error,
        };
        let most = PATIENCE;
        let wait = match error.kind {
            // Requests of other changes were sent between this look and its write.
            StoreErrorKind::LookTooOld if turn.go_alone().await => {
                end = Instant::now() + PATIENCE;
                continue;
            }
            StoreErrorKind::LookTooOld => ChangeWait::Late(most),
            _ if is_busy(&error) => ChangeWait::Busy(most),
            _ if is_throttled(&error) => ChangeWait::Throttled(most),
            _ if may_have_been_done(&error) => return Written::Perhaps(change, error),
            _ => return Written::No(Changed::Failed(error)),
        };
        is_over = Instant::now() + pause >= end;
        if error.kind != StoreErrorKind::LookTooOld {
            refused = Some(error);
        } else if is_over {
            return Written::No(Changed::Failed(error));
        }
        if is_over {
            continue;
        }
        pauses += 1;
        if pauses == TOLD_AT {
            waits(wait);
        }
        let _ = timeout(pause, stop.cancelled()).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_busy(error: &StoreError) -> bool {
    error.code.as_deref() == Some("OperationAborted")
}

/// Whether the store itself says that it doesn't do it now. A bare 503 may be a gateway's that has waited in vain.
fn is_throttled(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Throttled && (error.code.is_some() || error.status == Some(429))
}

/// Whether the store may have done it, whatever it answered.
fn may_have_been_done(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Timeout
            | Kind::Server
            | Kind::NotS3
            | Kind::Malformed
            | Kind::Unreachable
            | Kind::Throttled
    )
}

/// Why what the store has isn't known.
enum Unsettled {
    /// It can't be read.
    Failed(StoreError),
    /// No two reads in a row agree.
    Flaps,
}

/// Reads until two answers in a row agree; as long as they show what was there before, until a minute is over. That is
/// the end of it, whatever the store shows.
async fn settled(
    store: &impl ManageLifecycle,
    change: &LifecycleChange,
    waits: Waits<'_>,
) -> Result<(ReadBack, SeenLifecycle), Unsettled> {
    let end = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    let mut pauses = 0;
    let mut last: Option<SeenLifecycle> = None;
    loop {
        let read = timeout_at(end, store.lifecycle(change.bucket())).await;
        let now = match read {
            Ok(read) => read.map_err(Unsettled::Failed)?,
            Err(_) if last.is_some() => return Err(Unsettled::Flaps),
            Err(_) => {
                let (operation, kind) = (Operation::GetBucketLifecycle, StoreErrorKind::Timeout);
                let error = StoreError::new(operation, Some(change.bucket()), kind);
                return Err(Unsettled::Failed(error));
            }
        };
        let state = read_back(change, &now);
        let is_twice = last.as_ref().is_some_and(|last| now.is_still(last));
        let is_over = Instant::now() + pause >= end;
        if is_twice && (state != ReadBack::AsBefore || is_over) {
            return Ok((state, now));
        }
        if is_over {
            return Err(Unsettled::Flaps);
        }
        // Two that agree are soon there: a pause only for what is to change.
        let is_first = last.replace(now).is_none();
        if !is_first || state == ReadBack::AsBefore {
            pauses += 1;
            if pauses == TOLD_AT {
                waits(ChangeWait::ReadBack(PATIENCE));
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Puts back what was there before, over what the store made of the change.
async fn put_back(
    store: &impl ManageLifecycle,
    change: &LifecycleChange,
    now: SeenLifecycle,
    turn: &mut Turn<'_>,
    waits: Waits<'_>,
) -> (Changed, Option<SeenLifecycle>) {
    let ruin = now.clone();
    let Some(back) = put_back_damaged(change, now) else {
        return (Changed::Ruined(None), Some(ruin));
    };
    // Also after a signal: half a change would be the worst of both.
    let never = CancellationToken::new();
    let (back, doubt) = match write(store, back, turn, &never, waits).await {
        Written::Yes(back) => (back, None),
        Written::Perhaps(back, error) => (back, Some(error)),
        Written::No(Changed::Failed(error)) => return (Changed::Ruined(Some(error)), Some(ruin)),
        Written::No(_) => return (Changed::Foreign, None),
    };
    match settled(store, &back, waits).await {
        Ok((ReadBack::AsWritten | ReadBack::WithMore, now)) if !has_other_default(&back, &now) => {
            (Changed::PutBack, Some(now))
        }
        Ok((ReadBack::Foreign, now)) => (Changed::Foreign, Some(now)),
        Ok((_, now)) => (Changed::Ruined(doubt), Some(now)),
        Err(Unsettled::Failed(error)) => (Changed::Ruined(Some(error)), Some(ruin)),
        Err(Unsettled::Flaps) => (Changed::Ruined(doubt), Some(ruin)),
    }
}
