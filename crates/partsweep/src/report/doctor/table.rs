//! The lines at a terminal, or in a file.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::escape;

use super::Diagnosis;
use super::lines::{Line, Mark, sections};
use crate::text::fit::{message, padded, wrapped};

const HEADING: Style = Style::new().bold();

/// Columns of what a line is about.
const ABOUT: usize = 13;

/// Columns in front of the text.
const BEFORE: usize = 4 + ABOUT + 1;

/// Where lines are narrower than this, the text goes below what it is about.
const NARROW: usize = 60;

/// Where the text is below what it is about.
const BELOW: usize = 4;

fn style(mark: Mark) -> Style {
    let color = match mark {
        Mark::Good => AnsiColor::Green,
        Mark::Note => AnsiColor::Yellow,
        Mark::Bad => AnsiColor::Red,
    };
    color.on_default()
}

/// Writes everything. `width`: the columns; none where nothing is broken.
pub(crate) fn write(
    diagnosis: &Diagnosis,
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for section in sections(diagnosis) {
        writeln!(out, "{HEADING}{}{HEADING:#}", section.title)?;
        for line in &section.lines {
            write_line(line, width, out)?;
        }
    }
    let next = format!("Next: {}", diagnosis.next());
    writeln!(out, "\n{}", message(&escape::for_terminal(&next), 0, width))?;
    out.flush()
}

fn write_line(line: &Line, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let style = style(line.mark);
    let sign = line.mark.sign();
    let indent = match width {
        Some(..NARROW) => {
            writeln!(out, "  {style}{sign}{style:#} {}", line.about)?;
            write!(out, "{:BELOW$}", "")?;
            BELOW
        }
        _ => {
            write!(
                out,
                "  {style}{sign}{style:#} {} ",
                padded(line.about, ABOUT)
            )?;
            BEFORE
        }
    };
    let text = escape::for_terminal(&line.text);
    writeln!(out, "{}", wrapped(&text, width, indent))?;
    for hint in &line.hints {
        let hint = format!("→ {}", escape::for_terminal(hint));
        writeln!(out, "{:indent$}{}", "", wrapped(&hint, width, indent))?;
    }
    Ok(())
}
