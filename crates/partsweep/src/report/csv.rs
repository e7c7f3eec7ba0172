//! One upload a line, for spreadsheets. Text cells cannot start a formula (law 9).

use std::io::{self, Write};

use csv::Writer;
use partsweep_core::{BucketName, Outcome, escape};
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals, SweptUpload};

use crate::error::chain;
use crate::formats::json::Moment;
use crate::formats::scan::FindingRecord;
use crate::formats::sweep::OutcomeRecord;
use crate::formats::upload::UploadRecord;
use crate::order::BucketScan;
use crate::report::{ScanReport, SweepReport};
use crate::scanning::End;

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
struct Rows {
    out: Writer<Box<dyn Write>>,
    columns: &'static [&'static str],
    begun: bool,
}

impl Rows {
    fn new(out: Box<dyn Write>, columns: &'static [&'static str]) -> Self {
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
pub(crate) struct ScanRows(Rows);

impl ScanRows {
    /// Rows on this output.
    pub(crate) fn new(out: Box<dyn Write>) -> Self {
        Self(Rows::new(out, &["verdict", "because"]))
    }
}

impl ScanReport for ScanRows {
    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        let ScanEvent::Found(finding) = event else {
            return Ok(());
        };
        let record = FindingRecord::from(&*finding);
        let more = [record.verdict, record.because];
        self.0
            .row(&finding.upload.address.bucket, &record.upload, &more)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.flush()
    }

    fn end(&mut self, _end: &End) -> io::Result<()> {
        self.0.end()
    }
}

/// The rows of a sweep.
pub(crate) struct SweepRows(Rows);

impl SweepRows {
    /// Rows on this output.
    pub(crate) fn new(out: Box<dyn Write>) -> Self {
        Self(Rows::new(
            out,
            &["outcome", "because", "bytes_freed", "error"],
        ))
    }

    fn row(
        &mut self,
        bucket: &BucketName,
        record: &OutcomeRecord<'_>,
        error: &str,
    ) -> io::Result<()> {
        let freed = record
            .bytes_freed
            .map(|n| n.to_string())
            .unwrap_or_default();
        let more = [
            record.outcome,
            record.because.unwrap_or_default(),
            &freed,
            error,
        ];
        self.0.row(bucket, &record.upload, &more)
    }
}

impl SweepReport for SweepRows {
    fn bucket(&mut self, scan: BucketScan) -> io::Result<()> {
        for finding in &scan.findings {
            if let Some(record) = OutcomeRecord::kept(finding) {
                let error = finding.error.as_ref().map(|error| chain(error));
                let error = error.unwrap_or_default();
                self.row(&scan.summary.name, &record, &error)?;
            }
        }
        Ok(())
    }

    fn saved_bucket(&mut self, _bucket: SavedBucket) {}

    fn earlier(&mut self, _totals: SweepTotals) {}

    fn swept(&mut self, swept: SweptUpload) -> io::Result<()> {
        let error = match &swept.outcome {
            Outcome::Failed(error) | Outcome::Unsettled(error) => chain(error),
            Outcome::Raced(raced) => chain(&raced.error),
            _ => String::new(),
        };
        let bucket = &swept.planned.upload.address.bucket;
        self.row(bucket, &OutcomeRecord::from(&swept), &error)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.flush()
    }

    fn end(&mut self, _end: &End, _interrupted: bool) -> io::Result<()> {
        self.0.end()
    }
}
