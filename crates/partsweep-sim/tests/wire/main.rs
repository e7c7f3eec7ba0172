//! Requests over a real socket, and what each store answers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod aborts;
mod admission;
mod client;
mod copies;
mod faults;
mod listings;
mod objects;
mod repair;
mod versions;

use client::{Ask, Told};
use jiff::Timestamp;
use partsweep_sim::{Clock, Habits, Setup, Sim};

pub(crate) async fn start(habits: Habits) -> Sim {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let sim = Sim::start(Setup::new(habits).clock(Clock::fixed(now)))
        .await
        .unwrap();
    sim.create_bucket("b");
    sim
}

pub(crate) fn ask(sim: &Sim, method: &'static str, target: impl Into<String>) -> Ask {
    let region = if sim.habits().store == "garage" {
        "garage"
    } else {
        "us-east-1"
    };
    Ask::new(method, target).region(region)
}

pub(crate) async fn get(sim: &Sim, target: impl Into<String>) -> Told {
    ask(sim, "GET", target).send(sim).await
}

pub(crate) async fn delete(sim: &Sim, target: impl Into<String>) -> Told {
    ask(sim, "DELETE", target).send(sim).await
}

/// Makes an object of parts of 6,000,000 and 70 bytes; returns the id of its upload.
pub(crate) fn uploaded(sim: &Sim, key: &str) -> String {
    let id = sim.create_upload("b", key).unwrap();
    for (number, size) in [(1, 6_000_000), (2, 70)] {
        sim.put_part("b", key, &id, number, size).unwrap();
    }
    id
}

/// Copies an object within the bucket.
pub(crate) fn copy(sim: &Sim, from: &str, to: &str) -> Ask {
    ask(sim, "PUT", format!("/b/{to}")).header("x-amz-copy-source", format!("/b/{from}"))
}
