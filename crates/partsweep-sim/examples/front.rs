//! TLS for every host name before a server on loopback, as a process of its own: for `bench/`.
//!
//! `cargo run --release -p partsweep-sim --features front --example front -- 9123 ca.pem`
//!
//! Writes the certificate of its authority into the file, then its port on standard output, and ends with its standard
//! input.

use std::io::Read;
use std::process::ExitCode;

use partsweep_sim::Front;

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, file] = arguments.as_slice() else {
        eprintln!("usage: front PORT_OF_THE_SERVER FILE_FOR_THE_CERTIFICATE");
        return ExitCode::from(2);
    };
    let Ok(server) = server.parse() else {
        eprintln!("`{server}` is no port");
        return ExitCode::from(2);
    };
    let front = match Front::start(server).await {
        Ok(front) => front,
        Err(error) => {
            eprintln!("could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = std::fs::write(file, front.authority()) {
        eprintln!("could not write {file}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{}", front.port());
    // This thread serves nothing: the runtime has its own. Whether it is closed or fails, it is over.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}
