//! `partsweep lifecycle check`: which buckets clean up after themselves, and which only seem to.

use std::collections::HashMap;
use std::num::NonZeroU32;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use partsweep_core::lifecycle::audit::{AuditFacts, BucketProtection};
use partsweep_core::lifecycle::protection::protection;
use partsweep_core::provider::profiles::{AbortRule, StoreEntry};
use partsweep_core::{BucketName, Inspect, Listing, SeenLifecycle, StoreError, StoredBytes};
use partsweep_engine::{Finding, ScanEvent, Sizes};

use super::set::{self, days};
use super::{start_of, store_time};
use crate::args::{Format, PriceArgs, ScanOptions, SelectionArgs, SharedArgs, TargetArg};
use crate::report::lifecycle::{Audit, AuditedBucket};
use crate::report::table::trouble;
use crate::run::prices;
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;
use crate::text::hints;
use crate::text::sum::Sum;

/// Buckets whose rules are read side by side.
const AT_ONCE: usize = 16;

/// Show which buckets abort incomplete uploads by themselves; change nothing
///
/// Reads the lifecycle rules of each bucket and lists its incomplete uploads: a rule that leaves older uploads than it
/// should is shown as one that doesn't work.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Buckets: BUCKET or s3://BUCKET [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// Days that an incomplete upload may stay, counted from its start
    #[arg(long, value_name = "N", default_value = "7", value_parser = days)]
    days: NonZeroU32,
    /// Exit with 4 if a bucket has uploads older than that and nothing that removes them
    #[arg(long)]
    check: bool,
    /// Also list buckets that have neither a rule nor incomplete uploads
    #[arg(long)]
    all: bool,
    /// Don't fetch part sizes: faster
    #[arg(long)]
    no_size: bool,
    #[command(flatten)]
    prices: PriceArgs,
}

/// What a scan shows of one bucket.
#[derive(Debug, Default)]
struct Uploads {
    oldest: Option<Timestamp>,
    count: u64,
    over_limit: u64,
    bytes: Sum,
    /// Those whose start isn't known.
    undated: u64,
    /// Of those over the limit.
    over_bytes: Sum,
    over_stored: StoredBytes,
    stored: StoredBytes,
    is_partial: bool,
    is_unseen: bool,
    /// When the last part came of the upload to which none came for longest, as far as that is known.
    last_part: Option<Timestamp>,
    /// Why the parts of an upload couldn't be listed: the first reason.
    no_size: Option<StoreError>,
    error: Option<String>,
}

/// Looks, and reports. Never sends a request that changes anything (law 1).
pub(crate) async fn run(
    args: &CheckArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    if shared.given.first_of(&["--top"]).is_some() {
        return Err(Failure::usage(
            "--top has no effect with lifecycle check, which lists no uploads",
        )
        .hint("leave it out"));
    }
    if let Some(target) = args.targets.iter().find(|target| target.has_prefix()) {
        return Err(
            Failure::usage("a lifecycle is of a whole bucket, not of a prefix")
                .hint(format!("without it: s3://{}", target.bucket())),
        );
    }
    let sizes = match args.no_size {
        true => Sizes::None,
        false => Sizes::All,
    };
    let options = ScanOptions::new(&args.targets, &SelectionArgs::default(), shared, sizes)?;
    let own_prices = prices::read(&args.prices, shared)?;
    let session = Session::connect(settings, console)
        .await?
        .with_prices(own_prices);
    let (found, names, now) = args.scan(&session, &options, console).await?;
    // Which store it is, its answers have shown by now.
    let place = session.place().await;
    let rules = stream::iter(names.iter().cloned())
        .map(|bucket| {
            let store = &session.store;
            async move {
                let seen = store.lifecycle(&bucket).await;
                (bucket, seen)
            }
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let entry = session.entry();
    let mut found = found;
    let buckets = rules.into_iter().map(|(bucket, seen)| {
        let uploads = found.remove(&bucket).unwrap_or_default();
        args.audited(bucket, &seen, uploads, entry, now)
    });
    let missing = match session.store.buckets_missing() {
        Some(partsweep_core::MissingBuckets::Some(why)) if args.targets.is_empty() => Some(why),
        _ => None,
    };
    let mut audit = Audit {
        buckets: buckets.collect(),
        days: args.days.get(),
        endpoint: session.store.endpoint().to_owned(),
        started: session.started,
        now,
        program: console.program(),
        options: console.store_again(),
        shows_all: args.all,
        missing,
        prices: session.prices(),
        store: session.store.provider(),
    };
    audit.sort();
    let format = shared.output.format();
    console.place(&place, format == Format::Table)?;
    let mut output = match format {
        Format::Table => console.styled_output(),
        _ => console.plain_output(),
    };
    audit.write(format, console.width(), &mut *output)?;
    drop(output);
    if let Some(why) = missing {
        console.warn(&format!("the list of buckets isn't complete: {why}"), &[]);
    }
    session.tell_details(console);
    Ok(args.exit(&audit))
}

impl CheckArgs {
    /// Lists the uploads: by bucket, the buckets in order, and the time by the store's clock.
    async fn scan(
        &self,
        session: &Session,
        options: &ScanOptions,
        console: &Console,
    ) -> Result<(HashMap<BucketName, Uploads>, Vec<BucketName>, Timestamp), Failure> {
        let mut run = ScanRun::start(session, options, console);
        let mut found: HashMap<BucketName, Uploads> = HashMap::new();
        let mut names = Vec::new();
        let mut now = None;
        let mut unproven = None;
        while let Some(event) = run.next().await? {
            match event {
                ScanEvent::Found(finding) => {
                    now = now.max(store_time(&finding));
                    let entry = found
                        .entry(finding.upload.address.bucket.clone())
                        .or_default();
                    self.count(&finding, session.started, entry);
                }
                ScanEvent::BucketDone(summary) => {
                    if matches!(summary.listing, Listing::Gone(_)) {
                        continue;
                    }
                    let entry = found.entry(summary.name.clone()).or_default();
                    entry.is_partial = !summary.listing.is_complete();
                    entry.is_unseen = matches!(
                        summary.listing,
                        Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_)
                    );
                    let region = summary.region.as_deref();
                    entry.stored = std::mem::take(&mut entry.stored).in_region(region);
                    entry.over_stored = std::mem::take(&mut entry.over_stored).in_region(region);
                    if let Listing::Unproven { why } = &summary.listing {
                        unproven = Some(why.to_string());
                    }
                    if let Some(error) = &entry.no_size {
                        entry.error = Some(chain(error));
                        console.warn(&chain(error), &hints::for_store(error));
                    }
                    if entry.undated > 0 {
                        let line = format!(
                            "{}: the start of {} isn't known, so whether {} too old isn't",
                            summary.name.as_str(),
                            counted(entry.undated, "upload"),
                            if entry.undated == 1 {
                                "it is"
                            } else {
                                "they are"
                            }
                        );
                        console.warn(&line, &[]);
                        entry.error.get_or_insert(line);
                    }
                    if let Listing::Partial { error: None } = &summary.listing {
                        let why = trouble(&summary.listing).unwrap_or_default();
                        let line = format!(
                            "could not list all uploads in bucket `{}`: {why}",
                            summary.name.as_str()
                        );
                        console.warn(&line, &[]);
                        entry.error = Some(line);
                    }
                    if let Some(error) = summary.listing.error() {
                        entry.error = Some(chain(error));
                        console.warn(&chain(error), &hints::for_listing(&summary.listing));
                    }
                    names.push(summary.name);
                }
                _ => {}
            }
        }
        if let Some(why) = unproven {
            let line = format!("there may be more uploads than are listed: {why}");
            console.warn(&line, &[]);
        }
        Ok((found, names, now.unwrap_or(session.started)))
    }

    fn count(&self, finding: &Finding, now: Timestamp, uploads: &mut Uploads) {
        uploads.count += 1;
        uploads.bytes.add(finding.footprint.bytes);
        let class = finding.upload.storage_class.as_ref();
        uploads.stored.add(class, finding.footprint.bytes);
        if uploads.no_size.is_none() {
            uploads.no_size.clone_from(&finding.error);
        }
        if let (Some(at), Some(_)) = (finding.last_activity.at(), finding.idle) {
            uploads.last_part = Some(uploads.last_part.map_or(at, |last| last.min(at)));
        }
        let Some((started, ago)) = start_of(finding, now) else {
            uploads.undated += 1;
            return;
        };
        uploads.oldest = Some(uploads.oldest.map_or(started, |oldest| oldest.min(started)));
        let limit = SignedDuration::from_hours(24 * i64::from(self.days.get()));
        if ago > limit {
            uploads.over_limit += 1;
            uploads.over_bytes.add(finding.footprint.bytes);
            uploads.over_stored.add(class, finding.footprint.bytes);
        }
    }

    fn audited(
        &self,
        bucket: BucketName,
        seen: &Result<SeenLifecycle, StoreError>,
        uploads: Uploads,
        entry: Option<&StoreEntry>,
        now: Timestamp,
    ) -> AuditedBucket {
        let most_days = self.days.get();
        let rules = seen.as_ref().map(|seen| {
            let rules = seen.document.as_ref().map_or(&[][..], |it| it.rules());
            protection(rules, most_days)
        });
        let state = BucketProtection::of(AuditFacts {
            rules: rules.as_ref().map_err(|error| *error),
            abort_rule: entry.map_or(AbortRule::Unknown, |entry| entry.abort_rule),
            cleans_up_after: entry.and_then(|entry| entry.cleans_up_after_days),
            clean_up_is_rule: entry.is_some_and(|entry| entry.clean_up_is_rule),
            oldest: match entry.is_some_and(|entry| entry.rule_counts_from_last_part) {
                true => uploads.last_part,
                false => uploads.oldest,
            }
            .map(|from| now.duration_since(from)),
            most_days,
        });
        let error = seen
            .as_ref()
            .err()
            .filter(|_| state.is_unknown())
            .map(|error| chain(error));
        AuditedBucket {
            bucket,
            protection: state,
            oldest: uploads.oldest,
            uploads: uploads.count,
            over_limit: uploads.over_limit,
            bytes: uploads.bytes,
            stored: uploads.stored,
            over_bytes: uploads.over_bytes,
            undated: uploads.undated,
            over_stored: uploads.over_stored,
            error: error.or(uploads.error),
            is_partial: uploads.is_partial,
            is_unseen: uploads.is_unseen,
            takes_rule: set::dialect_of(entry, self.days).is_ok(),
        }
    }

    /// 3 where something could not be seen, 4 where `--check` found a bucket that is not protected.
    fn exit(&self, audit: &Audit) -> Exit {
        let is_partial = audit.missing.is_some()
            || audit.buckets.iter().any(|bucket| {
                bucket.is_partial || bucket.error.is_some() || bucket.protection.is_unknown()
            });
        let exposed = self.check && audit.buckets.iter().any(AuditedBucket::is_exposed);
        let found = if exposed { Exit::Found } else { Exit::Done };
        let seen = if is_partial {
            Exit::Partial
        } else {
            Exit::Done
        };
        found.worst(seen)
    }
}
