//! Running the binary without a terminal.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::store::Store;

/// The binary with nothing of this machine's environment: no settings, keys or proxies.
pub(crate) fn partsweep() -> Command {
    let mut command = match is_hang_up_ignored() {
        // As by `nohup`: the program would go on ignoring it, which is tested by itself.
        true => {
            let mut through = Command::new("/usr/bin/env");
            through.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_partsweep")]);
            through
        }
        false => Command::new(env!("CARGO_BIN_EXE_partsweep")),
    };
    isolate(&mut command);
    command.stdin(Stdio::null());
    command
}

/// Whether whoever runs these tests has SIGHUP ignored.
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// Leaves a command only what it needs.
pub(crate) fn isolate(command: &mut Command) {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("HOME", "/nonexistent")
        .env(
            "XDG_STATE_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/state"),
        )
        .env("AWS_EC2_METADATA_DISABLED", "true");
}

/// The binary with keys to a store; its endpoint comes from the environment too, as for AWS tools.
pub(crate) fn on(store: &Store) -> Command {
    let mut command = partsweep();
    command
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint())
        .env("XDG_STATE_HOME", store.state.path());
    command
}

/// What a run said, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command with these arguments.
pub(crate) fn run(command: &mut Command, args: &[&str]) -> Run {
    told(command.args(args).output().unwrap())
}

/// Runs a command with these arguments and this standard input.
pub(crate) fn run_with_input(command: &mut Command, args: &[&str], input: &str) -> Run {
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The program may end without reading it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    told(child.wait_with_output().unwrap())
}

pub(crate) fn told(output: Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
