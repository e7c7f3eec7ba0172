//! One upload a line, for spreadsheets. Text cells cannot start a formula (law 9).

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use csv::Writer;
use partsweep_core::{BucketName, StoreError, escape};
use partsweep_engine::{Finding, ScanEvent};

use crate::args::Filters;
use crate::report::schema::json::Moment;
use crate::report::schema::scan::FindingRecord;
use crate::report::schema::sweep::OutcomeRecord;
use crate::report::schema::upload::UploadRecord;
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::{Billing, ScanReport, SweepEvent, SweepReport};
use crate::text::error::chain;

/// The columns that both forms begin with.
const UPLOAD: [&str; 10] = [
    "bucket",
    "key",
    "upload_id",
    "initiated",
    "last_activity",
    "parts",
    "bytes",
    "storage_class",
    "owner",
    "initiator",
];

/// Rows below a header.
struct CsvRows<W: Write> {
    out: Writer<W>,
    columns: &'static [&'static str],
    begun: bool,
}

impl<W: Write> CsvRows<W> {
    fn new(out: W, columns: &'static [&'static str]) -> Self {
        Self {
            out: Writer::from_writer(out),
            columns,
            begun: false,
        }
    }

    /// Writes a row, after the header if it is the first.
    fn row(
        &mut self,
        bucket: &BucketName,
        upload: &UploadRecord<'_>,
        more: &[&str],
    ) -> io::Result<()> {
        self.header()?;
        let time = |moment: Option<Moment>| {
            moment
                .map(|Moment(time)| format!("{time:.3}"))
                .unwrap_or_default()
        };
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        for text in [bucket.as_str(), upload.key, upload.upload_id] {
            self.text(text)?;
        }
        for cell in [
            time(upload.initiated),
            time(upload.last_activity),
            number(upload.parts),
            number(upload.bytes),
        ] {
            self.out.write_field(cell).map_err(into_io)?;
        }
        for text in [upload.storage_class, upload.owner, upload.initiator] {
            self.text(text.unwrap_or_default())?;
        }
        for text in more {
            self.text(text)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(into_io)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let cell = escape::for_csv(text);
        self.out.write_field(cell.as_bytes()).map_err(into_io)
    }

    fn header(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            let columns = UPLOAD.iter().chain(self.columns);
            self.out.write_record(columns).map_err(into_io)?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// The rows of a scan.
pub(crate) struct ScanRows {
    rows: CsvRows<Box<dyn Write>>,
    filters: Filters,
    billing: Option<Billing>,
}

impl ScanRows {
    /// Rows on this output.
    pub(crate) fn new(out: Box<dyn Write>, filters: Filters) -> Self {
        Self {
            rows: CsvRows::new(
                out,
                &["verdict", "because", "cost_month", "currency", "prices_of"],
            ),
            filters,
            billing: None,
        }
    }

    /// What an upload costs a month, the currency of it and the date of its price; none if its size or its price isn't
    /// known.
    fn cost(&self, finding: &Finding) -> Option<[String; 3]> {
        let Billing { prices, region_of } = self.billing.as_ref()?;
        let upload = &finding.upload;
        let region = region_of(&upload.address.bucket);
        let bytes = finding.footprint.bytes.exact()?;
        let price = prices.price(upload.storage_class.as_deref(), region.as_deref())?;
        Some([
            price.month(bytes)?.decimal(),
            price.currency.to_string(),
            price.date.to_string(),
        ])
    }
}

impl ScanReport for ScanRows {
    fn place(&mut self, _place: &str, billing: Billing) -> io::Result<()> {
        self.billing = Some(billing);
        Ok(())
    }

    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        let ScanEvent::Found(finding) = event else {
            return Ok(());
        };
        if self.filters.leave_out(finding.verdict) {
            return Ok(());
        }
        let record = FindingRecord::from(&*finding);
        let cost = self.cost(&finding);
        let [month, currency, date] = cost.unwrap_or_default();
        let more = [record.verdict, record.because, &month, &currency, &date];
        self.rows
            .row(&finding.upload.address.bucket, &record.upload, &more)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rows.out.flush()
    }

    fn end(&mut self, _end: &End) -> io::Result<()> {
        self.rows.end()
    }
}

/// The rows of a sweep: first what the scan kept, which waits until the sweep begins.
pub(crate) struct SweepRows {
    kept: Option<CsvRows<Stream>>,
    rows: CsvRows<Output>,
    out: Output,
}

/// Where two writers write, one after the other.
#[derive(Clone)]
struct Output(Rc<RefCell<Box<dyn Write>>>);

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// The columns that only a sweep has.
const OUTCOME: &[&str] = &["outcome", "because", "bytes_freed", "error"];

impl SweepRows {
    /// Rows on this output.
    pub(crate) fn new(out: Box<dyn Write>) -> Self {
        let out = Output(Rc::new(RefCell::new(out)));
        Self {
            kept: None,
            rows: CsvRows::new(out.clone(), OUTCOME),
            out,
        }
    }
}

fn outcome<W: Write>(
    rows: &mut CsvRows<W>,
    bucket: &BucketName,
    record: &OutcomeRecord<'_>,
    error: Option<&StoreError>,
) -> io::Result<()> {
    let error = error.map(|error| chain(error)).unwrap_or_default();
    let freed = record
        .bytes_freed
        .map(|n| n.to_string())
        .unwrap_or_default();
    let more = [
        record.outcome,
        record.because.unwrap_or_default(),
        &freed,
        &error,
    ];
    rows.row(bucket, &record.upload, &more)
}

impl SweepReport for SweepRows {
    fn event(&mut self, event: SweepEvent<'_>) -> io::Result<()> {
        match event {
            SweepEvent::Scanned(ScanEvent::Found(finding)) => {
                let Some(record) = OutcomeRecord::kept(finding) else {
                    return Ok(());
                };
                let rows = self.kept.get_or_insert_with(|| {
                    let mut rows = CsvRows::new(Spool::default().stream(), OUTCOME);
                    // The header stands above them already when they are shown.
                    rows.begun = true;
                    rows
                });
                let bucket = &finding.upload.address.bucket;
                outcome(rows, bucket, &record, finding.error.as_ref())
            }
            SweepEvent::Begun => {
                let Some(kept) = self.kept.take() else {
                    return Ok(());
                };
                self.rows.header()?;
                self.rows.out.flush()?;
                let kept = kept.out.into_inner();
                let kept = kept.map_err(csv::IntoInnerError::into_error)?;
                kept.read().copy_to(&mut self.out)
            }
            SweepEvent::Swept(swept) => {
                let bucket = &swept.planned.upload.address.bucket;
                let record = OutcomeRecord::from(swept);
                outcome(&mut self.rows, bucket, &record, swept.outcome.error())
            }
            SweepEvent::Scanned(_)
            | SweepEvent::Priced(_)
            | SweepEvent::SavedBucket(_)
            | SweepEvent::Earlier(_) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rows.out.flush()
    }

    fn end(&mut self, _end: &End, _interrupted: bool) -> io::Result<()> {
        self.rows.end()
    }
}
