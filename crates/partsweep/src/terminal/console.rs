//! The two output streams: data on standard output, everything said to a person on standard error.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressDrawTarget};
use partsweep_core::escape;
use partsweep_s3::RequestObserver;
use rustix::termios::tcgetwinsize;

use crate::terminal::hush::Hush;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::narrow::Narrow;
use crate::text::again::Again;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::fit::{self, message};
use crate::text::request::request_line;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// A bar is drawn so often in a second at most.
const FRAMES: u8 = 20;

/// A terminal that doesn't say how wide it is.
const COLUMNS: usize = 80;

/// Narrower than this, lines are left to the terminal.
const LEAST_COLUMNS: usize = 40;

/// How much is said, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Only what went wrong.
    pub(crate) quiet: bool,
    /// More than usual.
    pub(crate) verbose: u8,
    /// No progress.
    pub(crate) no_progress: bool,
    /// When colours are used.
    pub(crate) color: anstream::ColorChoice,
}

/// Who is there to read and to answer, and how to talk to them.
pub(crate) struct Console {
    /// What commands in hints repeat of what was typed.
    again: Again,
    quiet: bool,
    verbose: u8,
    can_ask: bool,
    shows_data: bool,
    shows_bars: bool,
    bars: MultiProgress,
    interrupt: Interrupt,
}

impl Console {
    /// Looks at the streams; sets for the whole process when colours are used.
    pub(crate) fn new(again: Again, asked: Manner) -> Self {
        asked.color.write_global();
        let stderr_is_terminal = io::stderr().is_terminal();
        Self {
            again,
            quiet: asked.quiet,
            verbose: asked.verbose,
            can_ask: io::stdin().is_terminal() && stderr_is_terminal,
            shows_data: io::stdout().is_terminal(),
            shows_bars: stderr_is_terminal && !asked.quiet && !asked.no_progress,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(
                Box::new(Narrow),
                FRAMES,
            )),
            interrupt: Interrupt::default(),
        }
    }

    /// What is typed in front of a command to be on the same store: hints lead from the demo to the demo.
    pub(crate) fn program(&self) -> &'static str {
        self.again.program
    }

    /// The options that lead to the same store, each with a space before it.
    pub(crate) fn store_again(&self) -> String {
        self.again.store()
    }

    /// Keeps the option that leads to the store that was typed at the question.
    pub(crate) fn was_told_store(&self, option: String) {
        // It is asked for once.
        let _ = self.again.asked_store.set(option);
    }

    /// Whether a person is there to answer a question.
    pub(crate) fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Refuses a run in which nobody could agree to anything, or would not see what to.
    ///
    /// `is_table`: what is agreed to is shown as a table; `is_in_output`: on standard output.
    pub(crate) fn check_can_confirm(
        &self,
        is_table: bool,
        is_in_output: bool,
    ) -> Result<(), Failure> {
        let why = if !self.can_ask {
            "there is no terminal"
        } else if !is_table {
            "only a table shows what you would confirm"
        } else if is_in_output && !self.shows_data {
            "stdout is not a terminal"
        } else {
            return Ok(());
        };
        let line = format!("can't ask for confirmation: {why}");
        Err(Failure::told(Exit::Refused, line)
            .hint("`--yes` goes ahead without asking, `--dry-run` shows what that would do"))
    }

    /// Whether that person sees what is written to standard output.
    pub(crate) fn shows_data(&self) -> bool {
        self.shows_data
    }

    /// The columns that tables have; none where standard output is no terminal, and nothing is cut.
    pub(crate) fn width(&self) -> Option<usize> {
        let size = tcgetwinsize(io::stdout()).ok();
        let columns = size.map(|size| usize::from(size.ws_col));
        // A terminal that says nothing has 0.
        let columns = columns.filter(|columns| *columns > 0).unwrap_or(COLUMNS);
        self.shows_data.then_some(columns.max(LEAST_COLUMNS))
    }

    /// What Ctrl-C and SIGTERM do.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Whether more is to be said than usual.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// What each request is shown to, if every one is to be shown: on standard error, so that data stays
    /// alone.
    pub(crate) fn requests(&self) -> Option<RequestObserver> {
        if self.quiet || self.verbose < 2 {
            return None;
        }
        let bars = self.bars().cloned();
        Some(RequestObserver::new(move |request| {
            let line = request_line(request);
            match &bars {
                Some(bars) => bars.suspend(|| write_whole(&line)),
                None => write_whole(&line),
            }
        }))
    }

    /// Where progress bars go, if they are shown.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        self.shows_bars.then_some(&self.bars)
    }

    /// Keeps what is typed from being shown while a bar is drawn. Not where another program reads the output:
    /// it may set the same terminal (`scan | less`).
    pub(crate) fn hush(&self) -> Option<Hush> {
        (!is_pipe()).then(|| self.interrupt.hush().clone())
    }

    /// Says what belongs to a question, also with `--quiet`.
    pub(crate) fn tell(&self, text: &str) {
        self.say(None, text);
    }

    /// Says something that is good to know, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say(None, text);
        }
    }

    /// Names the place where something is about to be aborted (law 14): above the table on standard output, whatever
    /// `--quiet` leaves out. Where that gets data, which name the store themselves, it is a note.
    pub(crate) fn place(&self, place: &str, is_table: bool) -> io::Result<()> {
        let text = fit::place(place, 0, self.width());
        if is_table {
            let mut out = self.styled_output();
            writeln!(out, "{text}")?;
            return out.flush();
        }
        text.lines().for_each(|line| self.note(line));
        Ok(())
    }

    /// Says what went wrong while the rest goes on.
    pub(crate) fn warn(&self, text: &str, hints: &[String]) {
        self.say(Some((WARNING, "warning")), text);
        self.hints(hints);
    }

    /// Tells why a command ends early; returns how it then ends.
    pub(crate) fn fail(&self, failure: Failure) -> Exit {
        match failure {
            Failure::ReaderGone => Exit::Done,
            Failure::Bug => Exit::Failed,
            Failure::Interrupted => {
                // What is on the line is a question without its answer.
                self.say(None, "");
                self.warn("interrupted: nothing was changed", &[]);
                Exit::Interrupted
            }
            Failure::Told(told) => {
                self.say(Some((ERROR, "error")), &told.line);
                self.hints(&told.hints);
                told.exit
            }
        }
    }

    fn hints(&self, hints: &[String]) {
        for hint in hints {
            self.say(Some((HINT, "hint")), &self.again.in_hint(hint));
        }
    }

    fn say(&self, label: Option<(Style, &str)>, text: &str) {
        self.beside_bars(|| write_line(label, text));
    }

    /// The last warning of a process, from another thread, without this console.
    pub(crate) fn warner(&self) -> impl Fn(&str) + Send + use<> {
        let bars = self.bars().cloned();
        move |text| {
            // The process ends with it: no bar is drawn behind it.
            bars.iter().for_each(remove);
            write_line(Some((WARNING, "warning")), text);
        }
    }

    /// Does something with the terminal while the progress bars are out of the way.
    fn beside_bars<T>(&self, act: impl FnOnce() -> T) -> T {
        if self.shows_bars {
            self.bars.suspend(act)
        } else {
            act()
        }
    }

    /// Standard output for text with styles; colours are left out where they are not wanted.
    pub(crate) fn styled_output(&self) -> Box<dyn Write> {
        self.output(AutoStream::auto(io::stdout()))
    }

    /// Standard output for data, byte for byte.
    pub(crate) fn plain_output(&self) -> Box<dyn Write> {
        self.output(io::stdout())
    }

    fn output(&self, inner: impl Write + 'static) -> Box<dyn Write> {
        let bars = self.bars.clone();
        if self.shows_bars && self.shows_data {
            Box::new(BufWriter::new(BesideBars { inner, bars }))
        } else if self.shows_bars && is_pipe() {
            let bars = Some(bars);
            Box::new(BufWriter::new(WithoutBars { inner, bars }))
        } else {
            Box::new(BufWriter::new(inner))
        }
    }
}

/// The columns of standard error; none where it is no terminal, and a message is one line for programs.
pub(crate) fn columns_of_messages() -> Option<usize> {
    let stderr = io::stderr();
    if !stderr.is_terminal() {
        return None;
    }
    let size = tcgetwinsize(stderr).ok();
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    // A terminal that says nothing has 0.
    let columns = if columns == 0 { COLUMNS } else { columns };
    Some(columns.max(LEAST_COLUMNS))
}

/// Writes a message to standard error, made harmless (law 9).
fn write_line(label: Option<(Style, &str)>, text: &str) {
    let text = escape::for_terminal(text);
    let before = label.map_or(0, |(_, label)| label.len() + ": ".len());
    let text = message(&text, before, columns_of_messages());
    let mut stderr = anstream::stderr().lock();
    // If standard error is closed, there is nobody left to tell.
    let _ = match label {
        Some((style, label)) => writeln!(stderr, "{style}{label}:{style:#} {text}"),
        None => writeln!(stderr, "{text}"),
    };
}

/// Writes a line to standard error as it is, made harmless.
fn write_whole(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", escape::for_terminal(line));
}

/// Writes an error and its hints to standard error, without a console: nothing may be counted on in a
/// panic.
pub(crate) fn write_error(line: &str, hints: &[&str]) {
    write_line(Some((ERROR, "error")), line);
    for hint in hints {
        write_line(Some((HINT, "hint")), hint);
    }
}

/// Writes lines to standard error, made harmless one by one.
pub(crate) fn write_plain(text: &str) {
    for line in text.lines() {
        write_whole(line);
    }
}

/// Takes the progress bars off the terminal for good.
fn remove(bars: &MultiProgress) {
    // A terminal that is gone shows none.
    let _ = bars.clear();
    bars.set_draw_target(ProgressDrawTarget::hidden());
}

/// Whether standard output goes to another program, which may write to the same terminal: `scan | cat`.
fn is_pipe() -> bool {
    let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    let metadata = file.and_then(|file| file.metadata());
    metadata.is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Removes the progress bars before the first write: when the program behind the pipe writes is not known, and
/// neither may write over the other.
struct WithoutBars<W> {
    inner: W,
    bars: Option<MultiProgress>,
}

impl<W: Write> Write for WithoutBars<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if let Some(bars) = self.bars.take() {
            remove(&bars);
        }
        self.inner.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Clears the progress bars before each write and draws them again after it: both are on the same
/// terminal.
struct BesideBars<W> {
    inner: W,
    bars: MultiProgress,
}

impl<W: Write> Write for BesideBars<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let inner = &mut self.inner;
        self.bars.suspend(|| {
            inner.write_all(data)?;
            inner.flush()
        })?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
