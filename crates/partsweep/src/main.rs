//! Finds, sizes and removes what unfinished multipart uploads leave in S3 buckets.

mod args;
mod bug;
mod cli;
mod commands;
mod paths;
mod report;
mod run;
mod terminal;
#[cfg(test)]
mod tests;
mod text;

use std::process::ExitCode;

/// Every answer is read into strings of its own, of which each lives a few milliseconds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main().into()
}
