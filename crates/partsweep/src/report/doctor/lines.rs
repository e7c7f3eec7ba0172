//! Each fact as a line with its mark: the settings, the connection and the store.

use partsweep_core::provider::recognise::Sign;

use super::{Diagnosis, Setting, permissions, trust};
use crate::text::error::chain;
use crate::text::figures::{about, counted};
use crate::text::hints;

/// How well it is with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Well.
    Good,
    /// Worth knowing, or not tried.
    Note,
    /// Not well.
    Bad,
}

impl Mark {
    /// The sign in front of a line.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Note => "!",
            Self::Bad => "✗",
        }
    }

    /// The word in machine formats.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Bad => "bad",
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// How well it is.
    pub(crate) mark: Mark,
    /// What it is about.
    pub(crate) about: &'static str,
    /// What is so; may hold hostile text.
    pub(crate) text: String,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl Line {
    pub(super) fn new(mark: Mark, about: &'static str, text: impl Into<String>) -> Self {
        Self {
            mark,
            about,
            text: text.into(),
            hints: Vec::new(),
        }
    }

    pub(super) fn good(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Mark::Good, about, text)
    }

    pub(super) fn note(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Mark::Note, about, text)
    }

    pub(super) fn bad(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Mark::Bad, about, text)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Lines with a heading.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: &'static str,
    /// Its lines.
    pub(crate) lines: Vec<Line>,
}

/// Everything that is said, in order.
pub(crate) fn sections(diagnosis: &Diagnosis) -> Vec<Section> {
    let settings = diagnosis.settings.iter().map(setting).collect();
    let section = |title, lines| Section { title, lines };
    let mut sections = vec![
        section("Settings", settings),
        section("Connection", connection(diagnosis)),
    ];
    if diagnosis.examination.is_connected() {
        sections.push(section("Store", store(diagnosis)));
        sections.push(section("Permissions", permissions::lines(diagnosis)));
        sections.push(section("What to trust here", trust::lines(diagnosis)));
    }
    sections
}

fn setting(setting: &Setting) -> Line {
    let mark = match setting.is_doubtful {
        true => Mark::Note,
        false => Mark::Good,
    };
    let text = format!("{}, {}", setting.value, setting.from);
    Line::new(mark, setting.name, text)
}

/// This machine's clock and the store's agree, as far as dates of whole seconds show.
const CLOSE: i64 = 2;

/// From here on it is worth a note: S3 refuses requests that are 15 minutes off.
const FAR: i64 = 60;

fn connection(diagnosis: &Diagnosis) -> Vec<Line> {
    let mut lines = Vec::new();
    if let (Err(error), false) = (
        &diagnosis.examination.buckets,
        diagnosis.examination.is_connected(),
    ) {
        let mut line = Line::bad("answer", chain(error));
        line.hints = match &*diagnosis.key_hints {
            [] => hints::for_store(error),
            hints => hints.to_vec(),
        };
        lines.push(line);
    }
    match &diagnosis.caller {
        Some(Ok(arn)) => lines.push(Line::good("signs as", format!("{arn}, says AWS STS"))),
        Some(Err(why)) => lines.push(Line::note("signs as", format!("not known: {why}"))),
        None => {}
    }
    // A certificate that was refused is the error above.
    if diagnosis.answers > 0 {
        lines.push(encryption(&diagnosis.endpoint));
    }
    if let Some(ahead) = diagnosis.clock_ahead {
        let far = ahead.abs().as_secs();
        let side = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        lines.push(match far {
            0..CLOSE => Line::good("clock", "the same as the store's, within 2 s"),
            CLOSE..FAR => Line::good(
                "clock",
                format!("{} {side} the store's", about(ahead.abs())),
            ),
            _ => Line::note(
                "clock",
                format!(
                    "{} {side} the store's; S3 refuses requests that are more than 15 min off",
                    about(ahead.abs())
                ),
            )
            .hint("set it by NTP (timedatectl set-ntp true)"),
        });
    }
    if let Some(time) = diagnosis.round_trip {
        let answers = counted(diagnosis.answers as u64, "answer");
        let time = match time.as_millis() {
            0 => "less than 1 ms".to_owned(),
            milliseconds => format!("{milliseconds} ms"),
        };
        lines.push(Line::good(
            "round trip",
            format!("{time} (median of {answers})"),
        ));
    }
    lines
}

fn encryption(endpoint: &str) -> Line {
    match endpoint.split_once("://") {
        Some(("http", host)) if is_here(host) => {
            Line::good("TLS", "none, and none needed: the store is on this machine")
        }
        Some(("http", _)) => Line::note(
            "TLS",
            "none: anyone on the way can read bucket names and keys of objects (the secret key is never sent)",
        ),
        _ => Line::good("TLS", "https; the store's certificate is checked"),
    }
}

/// Whether an authority is this machine.
fn is_here(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split([':', '/']).next(),
    };
    let host = host.unwrap_or_default();
    let is_loopback = |ip: std::net::IpAddr| ip.is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

fn store(diagnosis: &Diagnosis) -> Vec<Line> {
    let name = diagnosis.provider.name;
    let is_known = diagnosis.provider.id != "unknown";
    let shown = |sign: &Sign| match sign {
        Sign::HostName => Some("the name of its host"),
        Sign::ServerHeader => Some("its Server header"),
        Sign::OpenStackHeaders => Some("OpenStack's headers"),
        Sign::GatewayHeaders => Some("the headers of Ceph's gateway"),
        Sign::AccessKey => Some("the form of its access keys"),
        Sign::Nothing => None,
    };
    let signs = &diagnosis.signs;
    let mut stores: Vec<_> = signs.iter().map(|(store, _)| *store).collect();
    stores.dedup();
    let kind = if stores.len() > 1 {
        let each = signs.iter().map(|(store, sign)| match shown(sign) {
            Some(sign) => format!("{store} by {sign}"),
            None => format!("{store} by its answers"),
        });
        let each: Vec<_> = each.collect();
        let text = format!(
            "{name}; the signs differ ({}), so the precautions of each are taken",
            each.join(", ")
        );
        Line::note("store", text)
    } else if is_known {
        let by: Vec<_> = signs.iter().filter_map(|(_, sign)| shown(sign)).collect();
        Line::good(
            "store",
            format!("{name}, recognized by {}", by.join(" and ")),
        )
    } else if let Some(named) = diagnosis.named {
        let text = format!(
            "{named}, as named; its answers don't show it, so every precaution is taken that any store needs"
        );
        Line::note("store", text)
    } else {
        Line::note(
            "store",
            "not recognized, so every precaution is taken that any store needs",
        )
        .hint("if you know which it is, name it: --store NAME (`--store list` shows all)")
    };
    let account = match &diagnosis.account {
        Some(account) => Line::good("account", format!("{account}, the owner of the buckets")),
        None => Line::note("account", "the store doesn't name the owner of the buckets"),
    };
    vec![kind, account]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_machine_needs_tls() {
        for here in ["127.0.0.1:9000", "localhost", "[::1]:80", "LOCALHOST:1/x"] {
            assert!(is_here(here), "{here}");
        }
        for there in ["127.example.com", "10.0.0.1:80", "[2001:db8::1]", ""] {
            assert!(!is_here(there), "{there}");
        }
        assert_eq!(encryption("http://h").mark, Mark::Note);
        assert_eq!(encryption("https://h").mark, Mark::Good);
    }
}
