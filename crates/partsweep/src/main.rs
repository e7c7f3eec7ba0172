//! Finds, sizes and removes what unfinished multipart uploads leave in S3 buckets.

mod args;
mod bug;
mod cli;
mod commands;
mod connect;
mod console;
mod costs;
mod doubts;
mod error;
mod exit;
mod figures;
mod formats;
mod hints;
mod interrupt;
mod keyboard;
mod keys;
mod notebook;
mod open_files;
mod order;
mod progress;
mod question;
mod report;
mod saving;
mod scanning;
mod sieve;
mod silence;
mod sole;
mod spool;
mod sweeping;

use std::process::ExitCode;

/// Every answer is read into strings of its own, of which each lives a few milliseconds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main().into()
}
