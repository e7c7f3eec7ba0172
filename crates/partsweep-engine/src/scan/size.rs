//! Sums an upload's parts: page by page, and side by side where there are many.

use std::num::NonZero;

use futures_util::future::join_all;
use jiff::Timestamp;
use partsweep_core::{
    Footprint, Inspect, LookTime, PartPage, PartTally, StoreError, StoreErrorKind, Upload,
};

/// The highest part number that is followed: 10,000 at S3, 10,001 on Ceph. A store that goes on
/// beyond shows parts without end.
const MOST_PARTS: u32 = 10_001;

/// What asking for an upload's parts gave.
#[derive(Debug)]
pub(crate) enum SizeResult {
    /// The store listed them.
    Sized {
        /// Their sum.
        footprint: Footprint,
        /// The server's `Date` at the first page: where parts come while they are listed, the
        /// upload looks younger than it is, never older.
        now: Option<Timestamp>,
        /// When the first page had come: what it shows is as old as that (law 4).
        answered: LookTime,
        /// The store names the upload as it was asked for (law 11).
        names_upload: bool,
        /// What was summed up.
        parts: PartTally,
    },
    /// There is no such upload (any more).
    Gone,
    /// The store did not list them all.
    Failed {
        /// What was seen until then.
        footprint: Footprint,
        /// Why.
        error: StoreError,
    },
}

/// Lists an upload's parts to the end.
pub(crate) async fn size<S: Inspect>(store: &S, upload: &Upload) -> SizeResult {
    size_seeing(store, upload, |_| {}).await
}

/// The same, and shows each page that came.
///
/// As long as part numbers have no gaps, the pages to come begin behind known numbers, and as many
/// are asked for side by side as have come: 10,000 parts take five round trips instead of ten, and
/// no upload more than three requests too many. What such a guess shows counts only where it
/// joins what came before it; at the first that does not, the rest is walked one by one.
pub(crate) async fn size_seeing<S: Inspect>(
    store: &S,
    upload: &Upload,
    mut see: impl FnMut(&PartPage),
) -> SizeResult {
    let mut walk = PartsWalk::default();
    let address = &upload.address;
    loop {
        let markers = walk.next_markers();
        let asked = markers
            .iter()
            .map(|after| store.list_parts(address, *after));
        let pages = match markers.as_slice() {
            // By far the most uploads: nothing to collect.
            [after] => vec![store.list_parts(address, *after).await],
            _ => join_all(asked).await,
        };
        pages.iter().flatten().for_each(&mut see);
        let mut step = walk.take(&markers, pages);
        if let SizeStep::Probe { shown } = step {
            step = walk.probe(store, upload, &shown).await;
        }
        match step {
            SizeStep::On | SizeStep::Probe { .. } => {}
            SizeStep::Ended { whole } => {
                let whole = whole && walk.nameless == 0;
                if walk.tally.has_part_before(upload.initiated) {
                    store.hear_of_part_before_upload();
                }
                return SizeResult::Sized {
                    footprint: walk.tally.footprint(whole, upload.initiated),
                    now: walk.now,
                    answered: walk.answered,
                    names_upload: walk.names_upload,
                    parts: walk.tally,
                };
            }
            SizeStep::Broken(error) if error.kind == StoreErrorKind::NoSuchUpload => {
                return SizeResult::Gone;
            }
            SizeStep::Broken(error) => {
                return SizeResult::Failed {
                    footprint: walk.tally.footprint(false, upload.initiated),
                    error,
                };
            }
        }
    }
}

#[derive(Debug, Default)]
struct PartsWalk {
    tally: PartTally,
    /// All parts up to this number were listed.
    after: u32,
    pages: usize,
    /// Parts on the first page, if there are more and no number is missing so far.
    page_length: Option<NonZero<u32>>,
    nameless: u64,
    now: Option<Timestamp>,
    answered: LookTime,
    names_upload: bool,
    /// The last page was full and said that it is the last: what is behind it is asked for, once.
    asks_past_end: bool,
}

enum SizeStep {
    On,
    /// A page behind "there is more", or behind a full one, brings nothing new: whether that is the end has to be found out.
    Probe {
        /// The known part numbers that it shows.
        shown: Vec<u32>,
    },
    Ended {
        whole: bool,
    },
    Broken(StoreError),
}

impl PartsWalk {
    /// What the next pages begin behind; the first is always sure, the others are guesses.
    fn next_markers(&self) -> Vec<u32> {
        let mut markers = vec![self.after];
        if let Some(length) = self.page_length.filter(|_| !self.asks_past_end) {
            let guesses = (self.after..MOST_PARTS - 1).step_by(length.get() as usize);
            markers.extend(guesses.skip(1).take(self.pages.saturating_sub(1)));
        }
        markers
    }

    /// Takes the pages that were asked for side by side, in their order.
    fn take(&mut self, markers: &[u32], pages: Vec<Result<PartPage, StoreError>>) -> SizeStep {
        let mut step = SizeStep::On;
        for (index, (after, page)) in markers.iter().zip(pages).enumerate() {
            let is_guess = index > 0;
            if is_guess && matches!(step, SizeStep::On) && self.after < *after {
                // The page before ended earlier than was guessed, as pages may.
                self.page_length = None;
                return SizeStep::On;
            }
            let page = match page {
                Ok(page) => page,
                // Nobody would have asked.
                Err(_) if matches!(step, SizeStep::Ended { .. }) => continue,
                Err(error) => return SizeStep::Broken(error),
            };
            let added = self.tally.add(&page.parts);
            self.nameless += page.nameless;
            step = match step {
                SizeStep::On
                    if is_guess && added == 0 && (page.truncated || *after < self.after) =>
                {
                    // The marker was not understood: no part has this number, maybe. Or it is below what
                    // has come by now.
                    self.page_length = None;
                    return SizeStep::On;
                }
                SizeStep::On => self.take_one(*after, &page, added),
                // Behind the end there is nothing, or the upload grows while it is listed.
                SizeStep::Ended { whole } => SizeStep::Ended {
                    whole: whole && added == 0,
                },
                // Nothing behind it counts before that is known.
                step @ (SizeStep::Broken(_) | SizeStep::Probe { .. }) => step,
            };
        }
        step
    }

    /// Asks for the highest part again, by the number before it. If it comes, markers work, and nothing
    /// is behind it. A store that answers with an empty page to a marker that it does not understand
    /// (scality/cloudserver#445), or with parts that are known, hides parts that may be minutes old
    /// (law 13).
    ///
    /// `shown`: what the page behind "there is more" showed instead. By its source SeaweedFS may show the
    /// part at the marker again, so that this marker brings one more; what is the same by any marker proves nothing.
    async fn probe<S: Inspect>(&mut self, store: &S, upload: &Upload, shown: &[u32]) -> SizeStep {
        let (highest, before) = (self.tally.highest(), self.tally.second_highest());
        let page = match store.list_parts(&upload.address, before).await {
            Ok(page) => page,
            Err(error) => return SizeStep::Broken(error),
        };
        let came_again = |number| page.parts.iter().any(|part| part.number == number);
        let is_other = [before, highest]
            .into_iter()
            .any(|number| came_again(number) && !shown.contains(&number));
        let is_behind = page.parts.iter().all(|part| part.number >= before);
        let works = came_again(highest) && is_other && is_behind;
        let added = self.tally.add(&page.parts);
        self.nameless += page.nameless;
        // Without a part before the highest there is no marker to be tried.
        let tried = before > 0;
        // That it says "more" again is a habit of full pages. What is new came meanwhile, or goes on
        // after all: it is not followed any further.
        SizeStep::Ended {
            whole: tried && works && added == 0 && !page.end_unclear,
        }
    }

    /// Takes a page that shows what comes behind all that was seen.
    fn take_one(&mut self, asked_after: u32, page: &PartPage, added: usize) -> SizeStep {
        if self.pages == 0 {
            self.answered = page.answered;
            self.names_upload = page.names_upload;
        }
        self.pages += 1;
        self.now = self.now.or(page.date);
        let was_past_end = std::mem::take(&mut self.asks_past_end);
        if page.end_unclear {
            return SizeStep::Ended { whole: false };
        }
        // Absent, 0 or lower than what was listed on SeaweedFS, Supabase and Ceph. One beyond what was listed would leave
        // out what is between (law 13).
        let next = self.tally.highest();
        if was_past_end && added == 0 {
            // It was the last, as it said; or the marker is not understood: that has to be found out.
            return match page.truncated {
                true => SizeStep::Ended { whole: false },
                false => SizeStep::Probe {
                    shown: page.parts.iter().map(|part| part.number).collect(),
                },
            };
        }
        // Of what may be cut there, the newest part may be the one that is left out (law 13).
        if page.may_go_on && added > 0 && next > asked_after && next < MOST_PARTS - 1 {
            self.after = next;
            self.asks_past_end = true;
            return SizeStep::On;
        }
        if !page.truncated {
            return if added == 0 && self.pages > 1 {
                let shown = page.parts.iter().map(|part| part.number).collect();
                SizeStep::Probe { shown }
            } else {
                SizeStep::Ended { whole: true }
            };
        }
        // A store that says "more" and shows nothing new has shown what it will: whether it is
        // all is open, so the age is not known and nothing is swept.
        if added == 0 || next <= asked_after || next > MOST_PARTS {
            return SizeStep::Ended { whole: false };
        }
        self.after = next;
        let has_gaps = self.tally.count() != next as usize;
        self.page_length = match self.pages {
            1 => u32::try_from(page.parts.len()).ok().and_then(NonZero::new),
            _ => self.page_length,
        }
        .filter(|_| !has_gaps);
        SizeStep::On
    }
}
