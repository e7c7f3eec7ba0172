//! Standard error as progress bars see it: a little narrower than it is.

use std::io::{self, Write};

use indicatif::TermLike;
use rustix::termios::tcgetwinsize;

/// Columns that stay free: a terminal shows `^C` behind the bar. Broken there, the bar would stand on another
/// line than the one that is cleared.
const FREE: u16 = 3;

/// Standard error, without its last columns.
#[derive(Debug)]
pub(super) struct Narrow;

/// The columns that a bar may take.
pub(super) fn width() -> u16 {
    let size = tcgetwinsize(io::stderr()).ok();
    let columns = size.map_or(0, |size| size.ws_col);
    let columns = if columns == 0 { 80 } else { columns };
    columns.saturating_sub(FREE)
}

fn put(text: &str) -> io::Result<()> {
    io::stderr().write_all(text.as_bytes())
}

fn moved(n: usize, way: char) -> io::Result<()> {
    match n {
        0 => Ok(()),
        n => put(&format!("\x1b[{n}{way}")),
    }
}

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        width()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        moved(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        moved(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        moved(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        moved(n, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        put(&format!("{line}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        put(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        put("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}
