//! A store that echoes all that it is sent into all that it answers: no output, journal or saved scan holds
//! a secret (law 9).

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use crate::folder::Folder;
use crate::program::{partsweep, run};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEBYaDHVuaXF1ZS10b2tlbi1vZi1vdXJz0123456789+/abcdefghijklmnop==";

/// The store, and the secrets that it was sent: tokens and signatures.
struct Echo {
    endpoint: String,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    /// `aborts`: what is answered to an abort.
    fn start(aborts: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(stream.unwrap(), aborts, &seen));
            }
        });
        Self { endpoint, sent }
    }

    fn command(&self, folder: &Folder) -> Command {
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ENDPOINT_URL_S3", &self.endpoint)
            .env("XDG_STATE_HOME", folder.path());
        command
    }
}

fn serve(mut stream: TcpStream, aborts: &str, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    loop {
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return,
            }
        }
        let request = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let signature = request.split_once("Signature=").map(|(_, rest)| rest);
        if let Some(signature) = signature.and_then(|rest| rest.lines().next()) {
            seen.lock().unwrap().push(signature.to_owned());
        }
        let answer = answer(&request, aborts);
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(request: &str, aborts: &str) -> String {
    let (line, headers) = request.split_once("\r\n").unwrap();
    let all = headers.trim().replace("\r\n", " ");
    let escaped: String = all.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let old = Timestamp::now() - SignedDuration::from_hours(100);
    let upload = |key: &str, id: &str| {
        format!(
            "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{old}</Initiated>\
             <StorageClass>{all}</StorageClass><Owner><ID>{all}</ID></Owner>\
             <Initiator><ID>{escaped}</ID></Initiator></Upload>"
        )
    };
    let error = |code: &str| {
        format!(
            "<Error><Code>{code}</Code><Message>{all} {escaped}</Message><RequestId>{all}</RequestId></Error>"
        )
    };
    let (status, body) = if line.starts_with("DELETE") {
        (aborts, error("AccessDenied"))
    } else if line.starts_with("HEAD") {
        ("404 Not Found", String::new())
    } else if line.contains("?uploads") {
        let uploads = [
            upload("good", "1"),
            upload(&all, "2"),
            upload("k", &all),
            upload(&escaped, "3"),
        ];
        let uploads = uploads.concat();
        let rest = "<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
        (
            "200 OK",
            format!("<ListMultipartUploadsResult>{uploads}{rest}"),
        )
    } else if line.contains("uploadId=") {
        (
            "200 OK",
            format!(
                "<ListPartsResult><Bucket>b</Bucket><Key>good</Key><UploadId>1</UploadId>\
                 <IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>5</Size>\
                 <LastModified>{old}</LastModified><ETag>\"{all}\"</ETag></Part></ListPartsResult>"
            ),
        )
    } else if line.contains("/denied") {
        ("403 Forbidden", error(&all))
    } else {
        let bucket = |name: &str| {
            format!("<Bucket><Name>{name}</Name><BucketRegion>{all}</BucketRegion></Bucket>")
        };
        let buckets = [bucket("b"), bucket("denied"), bucket(&all)].concat();
        (
            "200 OK",
            format!(
                "<ListAllMyBucketsResult><Owner><ID>{all}</ID></Owner><Buckets>{buckets}</Buckets>\
                 </ListAllMyBucketsResult>"
            ),
        )
    };
    let date = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let echoed = [
        "Server",
        "x-amz-request-id",
        "x-amz-bucket-region",
        "ETag",
        "Location",
    ]
    .map(|name| format!("{name}: {all}\r\n"))
    .concat();
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: {length}\r\n{echoed}\r\n{body}")
}

/// All that a run has left: its output, and each file in the folder and below.
fn assert_nothing_leaks(echo: &Echo, texts: &[String], folder: &Folder) {
    let mut texts = texts.to_vec();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => texts.push(fs::read_to_string(path).unwrap()),
            }
        }
    }
    let mut secrets = echo.sent.lock().unwrap().clone();
    assert!(!secrets.is_empty());
    secrets.extend([KEY_ID, SECRET, TOKEN].map(str::to_owned));
    for secret in secrets {
        let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for form in [secret.to_ascii_lowercase(), escaped] {
            for text in &texts {
                assert!(
                    !text.to_ascii_lowercase().contains(&form),
                    "{form} in {text}"
                );
            }
        }
    }
}

/// The prefix that is asked for is the key that a store echoed.
#[test]
fn no_line_of_a_request_holds_a_secret() {
    let (echo, folder) = (Echo::start("403 Forbidden"), Folder::new());
    let prefix = format!(
        "s3://b/{KEY_ID}/{SECRET}?X-Amz-Security-Token={TOKEN}&X-Amz-Signature={}",
        "5d672d79".repeat(8)
    );
    let mut texts = Vec::new();
    for target in [None, Some(&*prefix)] {
        let mut command = echo.command(&folder);
        let ran = run(command.args(target), &["scan", "-vv"]);
        assert!(ran.err.contains("GET /b?uploads&"), "{ran:?}");
        // The first line of a scan names what was typed: of it only the requests are looked at.
        let requests = ran.err.lines().filter(|line| line.contains(" /"));
        let requests: Vec<_> = requests.collect();
        assert!(!requests.is_empty(), "{ran:?}");
        let requests = requests.join("\n");
        assert!(!requests.contains("5d672d79"), "{requests}");
        let plain = [("%2F", "/"), ("%2B", "+"), ("%3D", "=")];
        let plain = plain
            .iter()
            .fold(requests, |text, (from, to)| text.replace(from, to));
        texts.push(plain);
    }
    assert_nothing_leaks(&echo, &texts, &folder);
}

#[test]
fn no_format_journal_or_saved_scan_holds_what_a_store_echoes() {
    for aborts in ["403 Forbidden", "204 No Content"] {
        let (echo, folder) = (Echo::start(aborts), Folder::new());
        let mut texts = Vec::new();
        let mut tell = |args: &[&str]| {
            let ran = run(&mut echo.command(&folder), args);
            // A bucket is denied, names are left out.
            assert_eq!(ran.code, Some(3), "{args:?} {ran:?}");
            assert!(ran.out.contains("good"), "{args:?} {ran:?}");
            texts.extend([ran.out, ran.err]);
        };
        for format in ["table", "json", "ndjson", "csv"] {
            tell(&["scan", "-vv", "--format", format]);
            tell(&[
                "clean", "-vv", "--yes", "--settle", "0s", "--format", format, "s3://b",
            ]);
        }
        let plan = folder.file("plan.ndjson");
        tell(&["scan", "--save", &plan]);
        let ran = run(
            &mut echo.command(&folder),
            &["apply", &plan, "--yes", "--settle", "0s"],
        );
        texts.extend([ran.out, ran.err]);
        assert_nothing_leaks(&echo, &texts, &folder);
        assert!(folder.names().len() > 1, "a journal and a plan");
    }
}
