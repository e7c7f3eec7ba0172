//! What a person sees of what was written to a terminal: lines that are wider than it are broken, and what is
//! written over is gone.

/// The lines of a terminal of so many columns, with those that were scrolled away.
pub(crate) fn lines(written: &str, columns: usize) -> Vec<String> {
    let mut glass = Glass {
        lines: vec![Vec::new()],
        row: 0,
        column: 0,
        columns,
    };
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => glass.escape(&mut chars),
            '\r' => glass.column = 0,
            '\n' => glass.down(),
            '\x08' => glass.column = glass.column.saturating_sub(1),
            c if c.is_control() => {}
            c => glass.put(c),
        }
    }
    let text = |line: Vec<char>| line.into_iter().collect::<String>().trim_end().to_owned();
    glass.lines.into_iter().map(text).collect()
}

struct Glass {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    columns: usize,
}

impl Glass {
    fn put(&mut self, c: char) {
        if self.column == self.columns {
            self.column = 0;
            self.down();
        }
        let line = &mut self.lines[self.row];
        while line.len() <= self.column {
            line.push(' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    fn down(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    /// The rest of an escape sequence: colours are seen through, moves and erasing are done.
    fn escape(&mut self, chars: &mut std::str::Chars<'_>) {
        if chars.next() != Some('[') {
            return;
        }
        let mut number = String::new();
        let last = loop {
            match chars.next() {
                Some(c) if c.is_ascii_digit() || matches!(c, ';' | '?') => number.push(c),
                Some(c) => break c,
                None => return,
            }
        };
        let n = number.parse::<usize>().unwrap_or(1).max(1);
        match last {
            'A' => self.row = self.row.saturating_sub(n),
            'B' => (0..n).for_each(|_| self.down()),
            'C' => self.column += n,
            'D' => self.column = self.column.saturating_sub(n),
            'G' => self.column = n - 1,
            'K' if number == "2" => self.lines[self.row].clear(),
            'K' => self.lines[self.row].truncate(self.column),
            'J' => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_written_over_is_gone_and_long_lines_are_broken() {
    let seen = |text: &str| lines(text, 10);
    assert_eq!(seen("ab\r\ncd"), ["ab", "cd"]);
    assert_eq!(seen("0123456789abc"), ["0123456789", "abc"]);
    assert_eq!(seen("a bar\r\x1b[2Kdata"), ["data"]);
    assert_eq!(seen("one\r\ntwo\x1b[1A\r\x1b[Jx"), ["x"]);
    assert_eq!(seen("\x1b[1mbold\x1b[0m"), ["bold"]);
}
