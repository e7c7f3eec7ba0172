//! A store that lies: what the simulated one answers, changed on its way to our process.
//!
//! Each lie can be seen through: it cannot be true, or another answer contradicts it (law 13). What
//! nobody could know is not played here.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::dice::Dice;

/// One way to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// A date is a zero.
    ZeroDate,
    /// A date is of a time before its upload, long after S3 was opened.
    DateBeforeUpload,
    /// A date is missing.
    NoDate,
    /// A date is no date.
    OddDate,
    /// A size is 0, and the ETag is not that of nothing.
    ZeroSize,
    /// A size is so large that no sum can hold it.
    HugeSize,
    /// A size is missing.
    NoSize,
    /// The first page of parts is cut, and what comes behind it is empty.
    EmptyAfterMore,
    /// A page of parts is cut, and does not say that there is more but for its marker.
    EndUnsaid,
    /// A page of parts is cut, and says in a word that means nothing that there is more.
    EndUnclear,
    /// An answer about the parts of an upload is about another.
    OtherUpload,
    /// An answer about the parts of an upload is about another key.
    OtherKey,
    /// A proxy says that an object is not there.
    ProxyNotFound,
    /// A proxy says that an upload is not there.
    ProxyGone,
    /// An upload that is gone is shown without parts.
    GoneIsEmpty,
    /// A server in front says that it is another store.
    OtherServer,
    /// A listing says that there is more, and does not say where.
    MoreNowhere,
    /// An answer to HEAD comes when the look that it is part of is too old.
    Late,
    /// What was sent is sent back: in the fields of an error, with the uploads of a listing, as an ETag.
    Echo,
    /// `Date` is days ahead of our clock, and no document shows such a time.
    DateAhead,
}

impl Lie {
    pub(crate) const ALL: [Self; 20] = [
        Self::ZeroDate,
        Self::DateBeforeUpload,
        Self::NoDate,
        Self::OddDate,
        Self::ZeroSize,
        Self::HugeSize,
        Self::NoSize,
        Self::EmptyAfterMore,
        Self::EndUnsaid,
        Self::EndUnclear,
        Self::OtherUpload,
        Self::OtherKey,
        Self::ProxyNotFound,
        Self::ProxyGone,
        Self::GoneIsEmpty,
        Self::OtherServer,
        Self::MoreNowhere,
        Self::Late,
        Self::Echo,
        Self::DateAhead,
    ];
}

/// Longer than a look is good for, in real time, and than `Around::aborted` allows for: not every history
/// can wait for it.
const LATE: Duration = Duration::from_millis(2_600);

/// How often that is done in a history.
const LATE_AT_MOST: usize = 2;

/// How far ahead a `Date` is: further than any age that is asked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(9 * 24);

/// How a store lies, and how often it did.
pub(crate) struct Lies {
    kinds: Vec<Lie>,
    /// One in so many answers.
    one_in: u64,
    dice: Mutex<Dice>,
    on: AtomicBool,
    told: Mutex<Vec<Lie>>,
    /// What was echoed and must not be seen again.
    echoed: Mutex<Vec<String>>,
}

impl fmt::Debug for Lies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, one in {}", self.kinds, self.one_in)
    }
}

impl Lies {
    /// One or two ways to lie.
    pub(crate) fn by(mut dice: Dice, store: &str) -> Self {
        let mut kinds = vec![dice.pick(&Lie::ALL)];
        if dice.one_in(3) {
            kinds.push(dice.pick(&Lie::ALL));
        }
        let waits = dice.one_in(3);
        kinds.retain(|kind| match kind {
            // What takes seconds is played in some.
            Lie::Late => waits,
            // It only makes what is Amazon S3 a store that is not recognised.
            Lie::OtherServer => store != "aws",
            _ => true,
        });
        // A date that is there is checked against the upload's: without that nobody could know.
        if kinds.contains(&Lie::DateBeforeUpload) {
            kinds.retain(|kind| !matches!(kind, Lie::NoDate | Lie::OddDate | Lie::ZeroDate));
        }
        Self {
            kinds,
            one_in: dice.pick(&[1, 2, 4]),
            dice: Mutex::new(dice),
            on: AtomicBool::new(false),
            told: Mutex::default(),
            echoed: Mutex::default(),
        }
    }

    pub(crate) fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Whether an upload that is gone may be shown.
    pub(crate) fn show_gone(&self) -> bool {
        self.kinds.contains(&Lie::GoneIsEmpty)
    }

    /// Whether what we send may come back.
    pub(crate) fn echo(&self) -> bool {
        self.kinds.contains(&Lie::Echo)
    }

    /// Whether `Date` may be ahead of our clock.
    pub(crate) fn date_ahead(&self) -> bool {
        self.kinds.contains(&Lie::DateAhead)
    }

    /// The signatures that were echoed.
    pub(crate) fn echoed(&self) -> Vec<String> {
        self.echoed.lock().unwrap().clone()
    }

    /// The lies that were told, each as often as it was.
    pub(crate) fn told(&self) -> Vec<Lie> {
        self.told.lock().unwrap().clone()
    }

    fn count(&self, lie: Lie) -> usize {
        let told = self.told.lock().unwrap();
        told.iter().filter(|told| **told == lie).count()
    }

    /// Changes an answer, if it is time for that.
    fn change(&self, request: &Answer, answer: &mut Answer) -> Duration {
        if !self.on.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        let mut delay = Duration::ZERO;
        for kind in &self.kinds {
            let is_time = self.dice.lock().unwrap().one_in(self.one_in)
                && (*kind != Lie::Late || self.count(Lie::Late) < LATE_AT_MOST);
            let mut waits = Duration::ZERO;
            let before = (answer.head.clone(), answer.body.clone());
            if is_time && *kind == Lie::Echo {
                let which = self.dice.lock().unwrap().below(4);
                let sent = request.signature().map(str::to_owned);
                self.echoed.lock().unwrap().extend(sent);
                answer.echo(request, which);
            } else if is_time {
                waits = answer.lie(*kind, request.line());
            }
            if before != (answer.head.clone(), answer.body.clone()) || !waits.is_zero() {
                self.told.lock().unwrap().push(*kind);
            }
            delay += waits;
        }
        delay
    }
}

/// Starts it; it ends with the history. Gives back where it listens.
pub(crate) async fn before(endpoint: &str, lies: Arc<Lies>) -> String {
    let target = endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (target, lies) = (target.clone(), Arc::clone(&lies));
            tokio::spawn(async move { forward(stream, &target, &lies).await });
        }
    });
    endpoint
}

async fn forward(mut client: TcpStream, target: &str, lies: &Lies) -> Option<()> {
    let mut store = TcpStream::connect(target).await.ok()?;
    client.set_nodelay(true).ok()?;
    store.set_nodelay(true).ok()?;
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    loop {
        let request = Answer::read(&mut client, &mut asked, false).await?;
        store.write_all(&request.bytes()).await.ok()?;
        let is_head = request.head.starts_with("HEAD ");
        let mut answer = Answer::read(&mut store, &mut answered, is_head).await?;
        tokio::time::sleep(lies.change(&request, &mut answer)).await;
        client.write_all(&answer.bytes()).await.ok()?;
    }
}

/// A message of either side: its head, without the length of the body, and its body.
struct Answer {
    head: String,
    /// Of an answer to HEAD: the length of what is not sent.
    length: Option<String>,
    body: String,
}

impl Answer {
    async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>, is_head: bool) -> Option<Self> {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).ok()?;
        let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length:");
        let length = head.lines().find(is_length).map(str::to_owned);
        assert!(!head.to_ascii_lowercase().contains("chunked"), "{head}");
        let lines = head
            .lines()
            .filter(|line| !is_length(line) && !line.is_empty());
        let head = lines.map(|line| format!("{line}\r\n")).collect();
        let bytes = match (&length, is_head) {
            (Some(line), false) => line.split_once(':')?.1.trim().parse().ok()?,
            _ => 0,
        };
        while buffer.len() < bytes {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        let body = String::from_utf8(buffer.drain(..bytes).collect()).ok()?;
        let length = length.filter(|_| is_head);
        Some(Self { head, length, body })
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { head, length, body } = self;
        let length = match length {
            Some(line) => format!("{line}\r\n"),
            None if head.starts_with("HTTP/1.1 204") => String::new(),
            None => format!("content-length: {}\r\n", body.len()),
        };
        format!("{head}{length}\r\n{body}").into_bytes()
    }

    /// The request line, or that of the status.
    fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// What a request is signed with.
    fn signature(&self) -> Option<&str> {
        let (_, behind) = self.head.split_once("Signature=")?;
        behind.lines().next()
    }

    fn is_ok(&self) -> bool {
        self.head.starts_with("HTTP/1.1 200")
    }

    /// Tells one lie, where it makes sense.
    fn lie(&mut self, kind: Lie, request: &str) -> Duration {
        let is_parts = request.starts_with("GET ") && request.contains("uploadId=");
        let is_uploads = request.starts_with("GET ") && request.contains("?uploads");
        let is_head = request.starts_with("HEAD ");
        let dated = (is_parts || is_uploads) && self.is_ok();
        match kind {
            Lie::ZeroDate if dated => self.dates("1970-01-01T00:00:00.000Z"),
            Lie::DateBeforeUpload if is_parts && self.is_ok() => {
                self.dates("2007-06-01T00:00:00.000Z");
            }
            Lie::NoDate if dated => self.dates(""),
            Lie::OddDate if dated => self.dates("yesterday"),
            Lie::ZeroSize if is_parts => self.fields("Size", "0"),
            Lie::HugeSize if is_parts => self.fields("Size", "18446744073709551615"),
            Lie::NoSize if is_parts => self.fields("Size", ""),
            Lie::EmptyAfterMore if is_parts && request.contains("part-number-marker=") => {
                self.cut(0, "<IsTruncated>false</IsTruncated>");
            }
            // Two, so that a marker can be tried between them: no store's pages have one part.
            Lie::EmptyAfterMore if is_parts => self.cut(2, "<IsTruncated>true</IsTruncated>"),
            Lie::EndUnsaid if is_parts => self.cut(2, ""),
            Lie::EndUnclear if is_parts => self.cut(2, "<IsTruncated>perhaps</IsTruncated>"),
            Lie::OtherUpload if is_parts => self.fields("UploadId", "another"),
            Lie::OtherKey if is_parts => self.fields("Key", "another"),
            Lie::ProxyNotFound if is_head => {
                self.head = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n".to_owned();
                self.length = Some("content-length: 9".to_owned());
            }
            Lie::ProxyGone if is_parts => {
                self.head = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n".to_owned();
                self.body = "<html>Not found</html>".to_owned();
            }
            Lie::GoneIsEmpty if is_parts && self.body.contains("NoSuch") => self.empty(request),
            Lie::OtherServer => self.other_server(),
            Lie::MoreNowhere if is_uploads && self.is_ok() => {
                self.fields("IsTruncated", "true");
            }
            Lie::Late if is_head => return LATE,
            Lie::DateAhead => {
                let date = Timestamp::now() + AHEAD;
                self.header(
                    "date",
                    &date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
                );
            }
            _ => {}
        }
        Duration::ZERO
    }

    /// Sends back what came, where it can be shown or kept. One in four answers has its code, its ETags
    /// replaced too: a store that never says what is wrong, or what an object is, would end all sweeps early.
    fn echo(&mut self, request: &Self, which: u64) {
        let is_head = request.head.starts_with("HEAD ");
        let headers = request.head.lines().skip(1);
        let all = headers.collect::<Vec<_>>().join(" ");
        let escaped: String = all.bytes().map(|byte| format!("%{byte:02X}")).collect();
        if self.body.contains("<Error>") {
            self.fields("Message", &format!("{all} {escaped}"));
            self.fields("RequestId", request.signature().unwrap_or_default());
            if which == 0 {
                self.fields("Code", &all);
            }
        } else {
            for name in ["StorageClass", "DisplayName"] {
                self.fields(name, &all);
            }
            self.fields("ID", &escaped);
            if which == 0 {
                self.fields("ETag", &format!("\"{all}\""));
            }
        }
        if is_head && which == 0 {
            self.header("etag", &format!("\"{all}\""));
        }
    }

    /// Puts another value into a header, if the answer has it.
    fn header(&mut self, name: &str, value: &str) {
        let lines = self.head.lines().map(|line| match line.split_once(':') {
            Some((same, _)) if same.eq_ignore_ascii_case(name) => format!("{name}: {value}\r\n"),
            _ => format!("{line}\r\n"),
        });
        self.head = lines.collect();
    }

    fn dates(&mut self, date: &str) {
        self.fields("LastModified", date);
        self.fields("Initiated", date);
    }

    /// Puts another text into every element of this name.
    fn fields(&mut self, name: &str, text: &str) {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut changed = String::new();
        let mut rest = self.body.as_str();
        while let Some((before, behind)) = rest.split_once(&open)
            && let Some((_, behind)) = behind.split_once(&close)
        {
            changed += &format!("{before}{open}{text}{close}");
            rest = behind;
        }
        self.body = changed + rest;
    }

    /// Leaves only so many parts on a page, with a marker to the rest, and says so or not.
    fn cut(&mut self, parts: usize, end: &str) {
        let mut pieces = self.body.split("<Part>");
        let Some(before) = pieces.next() else { return };
        let all: Vec<&str> = pieces.collect();
        if all.len() <= parts {
            return;
        }
        let number = |part: &str| {
            let number = part.split_once("<PartNumber>")?.1.split_once('<')?.0;
            Some(number.to_owned())
        };
        let kept: String = all
            .iter()
            .take(parts)
            .map(|part| {
                let part = part.split_once("</Part>").map_or(*part, |(part, _)| part);
                format!("<Part>{part}</Part>")
            })
            .collect();
        let marker = all.get(parts.wrapping_sub(1)).and_then(|part| number(part));
        let marker =
            marker.map(|marker| format!("<NextPartNumberMarker>{marker}</NextPartNumberMarker>"));
        let behind = all
            .last()
            .and_then(|last| last.split_once("</Part>"))
            .map_or("", |(_, rest)| rest);
        let strip = |text: &str| {
            let mut answer = Self {
                head: String::new(),
                length: None,
                body: text.to_owned(),
            };
            for name in ["IsTruncated", "NextPartNumberMarker"] {
                answer.remove(name);
            }
            answer.body
        };
        let (before, behind) = (strip(before), strip(behind));
        self.body = format!("{before}{end}{}{kept}{behind}", marker.unwrap_or_default());
    }

    fn remove(&mut self, name: &str) {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        if let Some((before, behind)) = self.body.split_once(&open)
            && let Some((_, behind)) = behind.split_once(&close)
        {
            self.body = format!("{before}{behind}");
        }
    }

    /// An upload that is there, and has nothing.
    fn empty(&mut self, request: &str) {
        let id = request.split("uploadId=").nth(1).unwrap_or_default();
        let id = id
            .split(['&', ' '])
            .next()
            .unwrap_or_default()
            .replace("%7E", "~");
        let key = request
            .split(['?', ' '])
            .nth(1)
            .and_then(|path| path.rsplit('/').next());
        let (status, rest) = self.head.split_once("\r\n").unwrap_or_default();
        let _ = status;
        self.head = format!("HTTP/1.1 200 OK\r\n{rest}");
        self.body = format!(
            "<ListPartsResult><Bucket>b</Bucket><Key>{}</Key><UploadId>{id}</UploadId>\
             <IsTruncated>false</IsTruncated></ListPartsResult>",
            key.unwrap_or_default()
        );
    }

    fn other_server(&mut self) {
        let lines = self
            .head
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("server:"));
        let head: String = lines.map(|line| format!("{line}\r\n")).collect();
        self.head = format!("{head}server: AmazonS3\r\n");
    }
}
