//! Stores whose answers do not end, and the whole program on them: it ends by itself, says why, and stays small.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::memory::peak_kib;
use crate::program::{Run, partsweep, told};

/// Memory that a run of nothing takes, with the buffers of 64 connections, and 64 MiB: what all answers together may
/// take. In a program that is not optimised.
const MOST_MIB: u64 = 40 + 64;

/// Answers each request on one connection until it fails.
type Script = dyn Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A store that says what it likes; ends with the test's process.
fn store(
    script: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let script: Arc<Script> = Arc::new(script);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let script = Arc::clone(&script);
            thread::spawn(move || serve(stream, &*script));
        }
    });
    endpoint
}

fn serve(mut stream: TcpStream, script: &Script) -> Option<()> {
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&head).lines().next()?.to_owned();
        head.clear();
        script(&line, &mut stream).ok()?;
    }
}

/// An answer of this body, and the connection stays.
fn whole(stream: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nServer: Ceph Object Gateway\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

fn buckets(count: usize) -> String {
    let buckets: String = (0..count)
        .map(|number| format!("<Bucket><Name>bucket-{number}</Name></Bucket>"))
        .collect();
    format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>")
}

/// Writes the same piece so many times, without a length before it.
fn stream_of(
    stream: &mut TcpStream,
    start: &str,
    piece: &[u8],
    times: usize,
) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    stream.write_all(start.as_bytes())?;
    for _ in 0..times {
        stream.write_all(piece)?;
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

/// Runs a command to its end; returns what it said, its peak of memory in MiB, and how long it took.
fn peak(endpoint: &str, args: &[&str]) -> (Run, u64, Duration) {
    let began = Instant::now();
    let mut command: Command = partsweep();
    let child = command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .args(["--endpoint-url", endpoint])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let watched = thread::spawn(move || {
        let mut most = 0;
        while let Some(peak) = peak_kib(id) {
            most = peak.max(most);
            thread::sleep(Duration::from_millis(2));
        }
        most
    });
    let ran = told(child.wait_with_output().unwrap());
    let mib = watched.join().unwrap() >> 10;
    (ran, mib, began.elapsed())
}

#[test]
fn answers_without_end_from_64_buckets_at_once_are_given_up_within_the_memory_of_all_answers() {
    let megabyte = vec![b' '; 1 << 20];
    let endpoint = store(move |line, stream| match line.starts_with("GET / ") {
        true => whole(stream, "200 OK", &buckets(64)),
        false => stream_of(stream, "<ListMultipartUploadsResult>", &megabyte, 100),
    });
    let (ran, mib, took) = peak(&endpoint, &["scan", "--format", "json"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.out.contains("it exceeds 1024 MiB"),
        "{}",
        &ran.out[..500]
    );
    assert!(mib < MOST_MIB, "{mib} MiB");
    // 6 GB are read in a debug build, beside the other tests: 50 s alone on this machine.
    assert!(took < Duration::from_secs(300), "{took:?}");
}

#[test]
fn elements_in_elements_without_end_take_no_memory() {
    let nested = "<a>".repeat(1 << 18).into_bytes();
    let endpoint =
        store(move |_, stream| stream_of(stream, "<ListMultipartUploadsResult>", &nested, 300));
    let (ran, mib, _) = peak(&endpoint, &["scan", "s3://deep"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("too deep"), "{ran:?}");
    assert!(mib < MOST_MIB, "{mib} MiB");
}

#[test]
fn a_listing_of_300_000_entries_at_once_is_read_whole_and_takes_no_memory() {
    let endpoint = store(move |_, stream| {
        let mut number = 0;
        stream.write_all(b"HTTP/1.1 200 OK\r\nServer: MinIO\r\nConnection: close\r\n\r\n<ListMultipartUploadsResult>")?;
        while number < 300_000 {
            let mut piece = String::new();
            for _ in 0..1_000 {
                piece += &format!(
                    "<Upload><Key>{number:07}</Key><UploadId>{number}</UploadId></Upload>"
                );
                number += 1;
            }
            stream.write_all(piece.as_bytes())?;
        }
        stream.write_all(b"<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>")?;
        Err(std::io::ErrorKind::UnexpectedEof.into())
    });
    let args = ["scan", "--no-size", "--accept", "unproven", "s3://large"];
    for (top, lines) in [("20", 20), ("all", 300_000)] {
        let (ran, mib, _) = peak(&endpoint, &[&args[..], &["--top", top]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.contains("300,000 uploads"), "{}", ran.err);
        let shown = ran.out.lines().filter(|line| line.contains("?      ?"));
        assert_eq!(shown.count(), lines, "--top {top}");
        // One answer: what is kept of each upload would be 50 MiB.
        assert!(mib < 64, "--top {top}: {mib} MiB");
    }
}

/// A store of so many buckets without uploads, 10,000 on each page of their list.
fn store_of_empty_buckets(count: usize) -> String {
    store(move |line, stream| {
        let Some(query) = line
            .strip_prefix("GET /")
            .and_then(|rest| rest.strip_prefix(['?', ' ']))
        else {
            let empty = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
            return whole(stream, "200 OK", empty);
        };
        let from = query.strip_prefix("continuation-token=");
        let from = from.and_then(|rest| rest.split([' ', '&']).next()?.parse().ok());
        let from = from.unwrap_or(0);
        let end = count.min(from + 10_000);
        let page: String = (from..end)
            .map(|n| format!("<Bucket><Name>tenant-{n:07}-backups-eu</Name></Bucket>"))
            .collect();
        let next = match end < count {
            true => format!("<ContinuationToken>{end}</ContinuationToken>"),
            false => String::new(),
        };
        let list = format!(
            "<ListAllMyBucketsResult><Buckets>{page}</Buckets>{next}</ListAllMyBucketsResult>"
        );
        whole(stream, "200 OK", &list)
    })
}

#[test]
fn a_list_of_a_million_buckets_takes_no_more_than_an_answer_may() {
    let endpoint = store_of_empty_buckets(1_000_000);
    let args = [
        "scan",
        "--bucket",
        "tenant-000002*",
        "--bucket",
        "tenant-0999*",
    ];
    let (ran, mib, _) = peak(&endpoint, &args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("1,010 buckets"), "{ran:?}");
    assert!(mib < MOST_MIB, "{mib} MiB");
}

/// All that is kept of each, in the order of their names, while others are scanned.
#[test]
fn buckets_that_were_scanned_take_little_memory_each() {
    for args in [
        &["scan"][..],
        &["scan", "--format", "json"],
        &["clean", "--yes", "--format", "json"],
    ] {
        let [few, many] = [2_000, 18_000].map(|count| {
            let endpoint = store_of_empty_buckets(count);
            let (ran, mib, _) = peak(&endpoint, args);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            mib
        });
        // 350 bytes each; of that, a few MiB are a matter of luck.
        assert!(many < few + 6, "{args:?}: {few} MiB, then {many}");
    }
}

#[test]
fn an_error_text_of_15_mib_is_a_line() {
    let text = format!(
        "<Error><Code>AccessDenied</Code><Message>{}</Message></Error>",
        "x".repeat(15 << 20)
    );
    let endpoint = store(move |line, stream| match line.starts_with("GET / ") {
        true => whole(stream, "200 OK", &buckets(50)),
        false => whole(stream, "403 Forbidden", &text),
    });
    for format in ["table", "json", "ndjson", "csv"] {
        let (ran, mib, _) = peak(&endpoint, &["scan", "--format", format]);
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        let said = ran.out.len() + ran.err.len();
        assert!(said < 50 * 4_000, "{format}: {said} bytes");
        assert!(mib < MOST_MIB, "{mib} MiB");
    }
}

#[test]
fn a_store_that_says_nothing_is_given_up_after_the_time_that_was_asked_for() {
    let endpoint = store(|line, stream| {
        if line.starts_with("GET / ") {
            return whole(stream, "200 OK", &buckets(100));
        }
        thread::sleep(Duration::from_secs(600));
        Ok(())
    });
    let (ran, _, took) = peak(&endpoint, &["scan", "--timeout", "2s"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("no response"), "{ran:?}");
    assert!(took < Duration::from_secs(12), "{took:?}");
}
