//! Times what partsweep does most often: read a page, sign a request, escape a key.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hot::ListParts;
use partsweep_core::escape;
use partsweep_engine::files::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Uploads on a full page.
const UPLOADS: usize = 1_000;

const KEY: &str = "backups/2026/11/25/db-main/base/part-000137 (copy).tar.zst";

fn read(c: &mut Criterion) {
    let page = listing();
    assert_eq!(hot::read_listing(page.as_bytes()), Some(UPLOADS));
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Elements(UPLOADS as u64));
    group.bench_function("a page of 1,000 uploads", |b| {
        b.iter(|| hot::read_listing(black_box(page.as_bytes())));
    });
    for parts in [1, 1_000] {
        let page = parts_page(parts);
        assert_eq!(hot::read_parts(page.as_bytes()), Some(parts));
        group.throughput(Throughput::Elements(parts as u64));
        group.bench_function(format!("a page of parts, {parts}"), |b| {
            b.iter(|| hot::read_parts(black_box(page.as_bytes())));
        });
    }
    group.finish();
}

fn sign(c: &mut Criterion) {
    let ask = ListParts::of(KEY).expect("a key that fits a URL");
    assert!(ask.sign().is_some());
    c.bench_function("sign ListParts", |b| b.iter(|| black_box(&ask).sign()));
}

fn escape(c: &mut Criterion) {
    let hostile = "a\u{1b}[2J\u{202e}é/".repeat(6);
    let mut group = c.benchmark_group("escape a key");
    group.bench_function("for a URL", |b| {
        b.iter(|| hot::escape_key(black_box(KEY)));
    });
    group.bench_function("for a terminal", |b| {
        b.iter(|| escape::for_terminal(black_box(KEY)).len());
    });
    group.bench_function("for a terminal, hostile", |b| {
        b.iter(|| escape::for_terminal(black_box(&hostile)).len());
    });
    let mut line = Vec::new();
    group.bench_function("for JSON", |b| {
        b.iter(|| {
            line.clear();
            json::write(&mut line, &black_box(KEY)).is_ok()
        });
    });
    group.finish();
}

/// A page as AWS spells it.
fn listing() -> String {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListMultipartUploadsResult \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>backups</Bucket><KeyMarker></KeyMarker>\
         <IsTruncated>true</IsTruncated>",
    );
    for number in 0..UPLOADS {
        let _ = write!(
            page,
            "<Upload><Key>backups/2026/11/25/db-main/base/part-{number:06}.tar.zst</Key>\
             <UploadId>VXBsb2FkIElEIGZvciBlbHZpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA{number:06}</UploadId>\
             <Initiator><ID>arn:aws:iam::111122223333:user/backup</ID><DisplayName>backup</DisplayName></Initiator>\
             <Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>\
             <StorageClass>STANDARD</StorageClass><Initiated>2026-11-10T20:48:33.000Z</Initiated></Upload>"
        );
    }
    page.push_str("</ListMultipartUploadsResult>");
    page
}

/// A page of so many parts as AWS spells it.
fn parts_page(parts: usize) -> String {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>backups</Bucket><IsTruncated>false</IsTruncated>",
    );
    for number in 1..=parts {
        let _ = write!(
            page,
            "<Part><PartNumber>{number}</PartNumber><LastModified>2026-11-10T20:48:34.000Z</LastModified>\
             <ETag>&quot;7778aef83f66abc1fa1e8477f296d394&quot;</ETag><Size>10485760</Size></Part>"
        );
    }
    page.push_str("</ListPartsResult>");
    page
}

criterion_group!(paths, read, sign, escape);
criterion_main!(paths);
