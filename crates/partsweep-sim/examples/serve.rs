//! Runs the simulated server as a process of its own: for trying things by hand, and for `bench/`.
//!
//! `cargo run -p partsweep-sim --example serve -- --habits ceph --port 9123 --believable`
//! `cargo run --release -p partsweep-sim --example serve -- --latency 20ms --uploads 100000`
//!
//! With `--attached` it ends with its standard input, on which it takes commands, one a line, each
//! answered by one line of JSON on standard output:
//!
//! | command | answer |
//! |---|---|
//! | `fill BUCKETS UPLOADS PARTS SHAPE` | everything is replaced: `{"uploads", "bytes"}` |
//! | `latency 20ms`, `limit 200` | `{}` |
//! | `reset` | `{}`; counters and log begin anew |
//! | `count` | `{"requests", "refused", "most_in_flight", "connections", "uploads", "operations"}` |
//! | `seconds` | `{"done": […], "refused": […]}`: requests by the second since the first in the log |

use std::fmt::Write;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::{
    ACCESS_KEY, Credential, Habits, Operation, SECRET_KEY, Series, Setup, Shape, Sim,
};

const USAGE: &str = "\
usage: serve [--habits aws|ceph|garage|seaweedfs|minio|swift] [--port PORT] [--latency 20ms]
             [--limit REQUESTS_A_SECOND] [--log REQUESTS] [--attached]
             [--believable | [--buckets N] [--uploads N_IN_EACH] [--parts N_OF_EACH]
                             [--shape date|hex|sequential|skewed|unicode|one-key]]";

struct Arguments {
    habits: Habits,
    port: u16,
    latency: Duration,
    limit: usize,
    log: usize,
    attached: bool,
    believable: bool,
    contents: Contents,
}

/// Buckets that are all alike.
#[derive(Clone, Copy)]
struct Contents {
    buckets: u32,
    /// In each.
    uploads: u32,
    /// Of each.
    parts: u32,
    shape: Shape,
}

/// A key as Garage makes them.
const GARAGE_KEY: &str = "GK515151515151515151515151";

/// The first upload was begun so long ago, the last of a series 100 days ago: old enough for all.
const OLDEST: SignedDuration = SignedDuration::from_hours(400 * 24);

fn read_arguments() -> Option<Arguments> {
    let mut read = Arguments {
        habits: Habits::aws(),
        port: 0,
        latency: Duration::ZERO,
        limit: 0,
        log: 0,
        attached: false,
        believable: false,
        contents: Contents {
            buckets: 1,
            uploads: 0,
            parts: 1,
            shape: Shape::DateTree,
        },
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next();
        match argument.as_str() {
            "--habits" => read.habits = StoreEntry::named(&value()?).map(Habits::of)?,
            "--port" => read.port = value()?.parse().ok()?,
            "--latency" => read.latency = duration(&value()?)?,
            "--limit" => read.limit = value()?.parse().ok()?,
            "--log" => read.log = value()?.parse().ok()?,
            "--attached" => read.attached = true,
            "--believable" => read.believable = true,
            "--buckets" => read.contents.buckets = value()?.parse().ok()?,
            "--uploads" => read.contents.uploads = value()?.parse().ok()?,
            "--parts" => read.contents.parts = value()?.parse().ok()?,
            "--shape" => read.contents.shape = Shape::named(&value()?)?,
            _ => return None,
        }
    }
    Some(read)
}

/// Reads `20ms` or `1s`.
fn duration(text: &str) -> Option<Duration> {
    let duration: SignedDuration = text.parse().ok()?;
    duration.try_into().ok()
}

impl Contents {
    /// Reads `BUCKETS UPLOADS PARTS SHAPE`.
    fn read(words: &[&str]) -> Option<Self> {
        let [buckets, uploads, parts, shape] = words else {
            return None;
        };
        Some(Self {
            buckets: buckets.parse().ok()?,
            uploads: uploads.parse().ok()?,
            parts: parts.parse().ok()?,
            shape: Shape::named(shape)?,
        })
    }

    /// Replaces all that the server has; returns how many uploads and bytes that makes.
    fn fill(self, sim: &Sim) -> (u64, u64) {
        sim.empty();
        let series = Series {
            shape: self.shape,
            uploads: self.uploads,
            parts: self.parts,
            since: sim.clock().now() - OLDEST,
        };
        for number in 0..self.buckets {
            let bucket = format!("bucket-{number:05}");
            sim.line_up(&bucket, series);
        }
        let buckets = u64::from(self.buckets);
        (buckets * u64::from(self.uploads), buckets * series.bytes())
    }
}

/// Does one command; returns its answer, or `None` if it is none.
fn obey(sim: &Sim, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["fill", contents @ ..] => {
            let (uploads, bytes) = Contents::read(contents)?.fill(sim);
            return Some(format!(r#"{{"uploads":{uploads},"bytes":{bytes}}}"#));
        }
        ["latency", time] => sim.latency(duration(time)?),
        ["limit", per_second] => sim.faults().rate_limit(per_second.parse().ok()?),
        ["reset"] => sim.clear_log(),
        ["count"] => return Some(count(sim)),
        ["seconds"] => return Some(seconds(sim)),
        _ => return None,
    }
    Some("{}".to_owned())
}

fn count(sim: &Sim) -> String {
    let uploads: usize = sim
        .buckets()
        .iter()
        .map(|bucket| sim.count_uploads(bucket))
        .sum();
    let mut operations = String::new();
    for operation in Operation::ALL {
        let times = sim.count(operation);
        if times > 0 {
            let comma = if operations.is_empty() { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(operations, r#"{comma}"{operation:?}":{times}"#);
        }
    }
    format!(
        r#"{{"requests":{},"refused":{},"most_in_flight":{},"connections":{},"uploads":{uploads},"operations":{{{operations}}}}}"#,
        sim.total(),
        sim.refused(),
        sim.most_in_flight(),
        sim.connections(),
    )
}

/// What was done and what was refused, by the second since the first request in the log.
fn seconds(sim: &Sim) -> String {
    let log = sim.log();
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for logged in &log {
        let since = logged.at.duration_since(log[0].at).as_secs();
        let second = usize::try_from(since).unwrap_or(0);
        let counts: &mut Vec<u64> = if logged.status == 503 {
            &mut refused
        } else {
            &mut done
        };
        if counts.len() <= second {
            counts.resize(second + 1, 0);
        }
        counts[second] += 1;
    }
    format!(r#"{{"done":{done:?},"refused":{refused:?}}}"#)
}

/// Takes commands until there are no more.
#[expect(clippy::print_stdout, reason = "this is how it answers")]
fn take_commands(sim: &Sim) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let answer = obey(sim, &line);
        let unknown = r#"{"error":"no such command"}"#.to_owned();
        println!("{}", answer.unwrap_or(unknown));
    }
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]
async fn main() -> ExitCode {
    let Some(arguments) = read_arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    // Garage is known by the form of its keys.
    let key = match arguments.habits.store {
        "garage" => GARAGE_KEY,
        _ => ACCESS_KEY,
    };
    let setup = Setup {
        port: arguments.port,
        log_capacity: arguments.log,
        credentials: vec![Credential::new(key, SECRET_KEY)],
        ..Setup::new(arguments.habits)
    };
    let region = setup.region.clone();
    let mut sim = match Sim::start(setup).await {
        Ok(sim) => sim,
        Err(error) => {
            eprintln!("could not listen on port {}: {error}", arguments.port);
            return ExitCode::FAILURE;
        }
    };
    sim.latency(arguments.latency);
    sim.faults().rate_limit(arguments.limit);
    if arguments.believable {
        sim.fill_believably(sim.clock().now());
    } else if arguments.contents.uploads > 0 {
        arguments.contents.fill(&sim);
    }
    println!("export AWS_ENDPOINT_URL_S3={}", sim.endpoint());
    println!("export AWS_ACCESS_KEY_ID={key}");
    println!("export AWS_SECRET_ACCESS_KEY={SECRET_KEY}");
    println!("export AWS_REGION={region}");
    if arguments.attached {
        // This thread serves nothing: the runtime has its own.
        take_commands(&sim);
        return ExitCode::SUCCESS;
    }
    sim.wait().await;
    ExitCode::SUCCESS
}
