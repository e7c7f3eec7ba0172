//! What stores do differently when an upload ends.

/// How AbortMultipartUpload answers.
#[derive(Debug, Clone, Copy)]
pub struct AbortHabits {
    /// A second time.
    pub again: Gone,
    /// An id that never was, or that of another key: its upload stays.
    pub unknown: Gone,
    /// An id that was completed; the object stays.
    pub completed: Gone,
    /// An empty id.
    pub empty: EmptyId,
    /// What becomes of a part that is still being sent.
    pub late_part: LatePart,
}

/// What becomes of a part whose upload is aborted while it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatePart {
    /// It lands: the upload is listed again, with that part, until it is aborted again.
    Lands,
    /// 404 NoSuchUpload if its body ends after the abort; else 200, and its bytes are kept where no
    /// request finds them.
    Leaks,
}

/// The answer to an abort that finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// 204.
    NoContent,
    /// 204 for a day, then 404 NoSuchUpload.
    NoContentForADay,
    /// 404 NoSuchUpload.
    NoSuchUpload,
    /// 404 NoSuchKey.
    NoSuchKey,
}

/// The answer to an abort with an empty upload id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyId {
    /// 204, and the live object at the key is deleted.
    DeletesObject,
    /// 204, and nothing happens.
    NoContent,
    /// 404 NoSuchUpload.
    NoSuchUpload,
}

/// How CompleteMultipartUpload answers.
#[derive(Debug, Clone, Copy)]
pub struct CompleteHabits {
    /// Whether `If-Match` and `If-None-Match` are honoured (412, the upload stays).
    pub conditional: bool,
    /// Whether parts may be named in a wrong order.
    pub any_order: bool,
    /// Whether the same complete answers 200 again.
    pub repeatable: bool,
    /// What an abort does that crosses it.
    pub crossing: Crossing,
}

/// What becomes of an object when an abort crosses its complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// It stays whole.
    Whole,
    /// It reads back until the next garbage collection, then its data is gone; also if the abort
    /// was answered 404 while the complete had not answered yet.
    LostAtCollection,
    /// Its data is gone at once: HEAD 200, GET 409.
    LostAtOnce,
    /// It never appears, though the complete answers 200.
    NeverAppears,
}
