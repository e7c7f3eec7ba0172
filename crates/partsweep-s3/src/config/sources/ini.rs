//! Files of sections, `[name]`, and lines `key = value`.

/// A section, and its lines in their order.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) name: String,
    lines: Vec<(String, String)>,
}

impl Section {
    /// The last value of a key, by its name in any case.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let mut lines = self.lines.iter().rev();
        let line = lines.find(|(name, _)| name.eq_ignore_ascii_case(key));
        line.map(|(_, value)| value.as_str())
    }

    /// The same, if it has a value.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }
}

/// Reads the sections; lines before the first are of a section without a name. A section that comes twice is
/// one.
///
/// Lines that begin with `#` or `;` are comments; a line that is none of these is left out, as these tools do.
pub(super) fn read(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![Section::default()];
    let mut current = 0;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let inside = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((name, _)) = inside {
            let name = name.trim();
            let known = sections.iter().position(|section| section.name == name);
            current = known.unwrap_or_else(|| {
                sections.push(Section {
                    name: name.to_owned(),
                    lines: Vec::new(),
                });
                sections.len() - 1
            });
        } else if let Some((key, value)) = line.split_once(['=', ':']) {
            let line = (key.trim().to_owned(), value.trim().to_owned());
            sections[current].lines.push(line);
        }
    }
    sections
}
