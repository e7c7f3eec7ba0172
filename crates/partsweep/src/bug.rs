//! A panic, which is a bug: told in one line with what to do, and the run comes to an orderly end.

use std::backtrace::Backtrace;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::terminal::console;
use crate::terminal::interrupt::Interrupt;

const REPORT: &str = concat!(
    "please report this line at ",
    env!("CARGO_PKG_REPOSITORY"),
    "/issues"
);

/// A panic comes from anywhere in the process, and so does what it has to know.
static SEEN: AtomicBool = AtomicBool::new(false);
static SETTLED_BY: Mutex<Option<String>> = Mutex::new(None);

/// Tells the first panic of any thread or task from now on, and stops a sweep as Ctrl-C does: what is
/// in flight is finished and written down.
pub(crate) fn catch(interrupt: Interrupt) {
    panic::set_hook(Box::new(move |info| {
        let is_first = !SEEN.swap(true, Ordering::SeqCst);
        if is_first {
            let settled_by = SETTLED_BY.lock().unwrap_or_else(PoisonError::into_inner);
            tell(info, settled_by.as_deref());
        }
        if wants_backtrace() {
            console::write_plain(&Backtrace::force_capture().to_string());
        }
        interrupt.stop();
    }));
}

/// Whether there was a panic.
pub(crate) fn was_seen() -> bool {
    SEEN.load(Ordering::SeqCst)
}

/// From now on, a panic leaves something in doubt that this command settles.
pub(crate) fn is_settled_by(command: String) {
    *SETTLED_BY.lock().unwrap_or_else(PoisonError::into_inner) = Some(command);
}

/// Panics where a test of a build with assertions wants it: `PARTSWEEP_PANIC_AT` names the place.
pub(crate) fn provoke(place: &str) {
    if cfg!(debug_assertions)
        && std::env::var_os("PARTSWEEP_PANIC_AT").is_some_and(|at| at == place)
    {
        panic!("wanted at {place}\nby a test");
    }
}

fn tell(info: &PanicHookInfo<'_>, settled_by: Option<&str>) {
    let why = info.payload_as_str().unwrap_or("no reason was given");
    let place = info.location().map_or_else(String::new, |place| {
        format!(" ({}:{})", place.file(), place.line())
    });
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("partsweep {version} stopped because of a bug: {why}{place}");
    let then = match settled_by {
        Some(command) => format!("nothing is lost; `{command}` settles what is in doubt"),
        None => "nothing was aborted".to_owned(),
    };
    console::write_error(&line, &[REPORT, &then]);
}

/// As for Rust's own words on a panic.
fn wants_backtrace() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0")
}
