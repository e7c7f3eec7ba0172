//! Runs the simulated server, for trying things by hand.
//!
//! `cargo run -p partsweep-sim --example serve -- --habits ceph --port 9123 --believable`

use std::process::ExitCode;

use partsweep_sim::{ACCESS_KEY, Habits, SECRET_KEY, Setup, Sim};

struct Arguments {
    habits: Habits,
    port: u16,
    believable: bool,
}

const USAGE: &str = "usage: serve [--habits aws|ceph|garage|seaweedfs|minio|swift] [--port PORT] \
                     [--believable]";

fn read_arguments() -> Option<Arguments> {
    let mut read = Arguments {
        habits: Habits::aws(),
        port: 0,
        believable: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--habits" => read.habits = Habits::named(&arguments.next()?)?,
            "--port" => read.port = arguments.next()?.parse().ok()?,
            "--believable" => read.believable = true,
            _ => return None,
        }
    }
    Some(read)
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
    let setup = Setup {
        port: arguments.port,
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
    if arguments.believable {
        sim.fill_believably(sim.clock().now());
    }
    println!("export AWS_ENDPOINT_URL_S3={}", sim.endpoint());
    println!("export AWS_ACCESS_KEY_ID={ACCESS_KEY}");
    println!("export AWS_SECRET_ACCESS_KEY={SECRET_KEY}");
    println!("export AWS_REGION={region}");
    sim.wait().await;
    ExitCode::SUCCESS
}
