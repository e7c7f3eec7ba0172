//! The proxy variables: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case.

use std::fmt;
use std::net::IpAddr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::address::endpoint::has_bad_port;
use crate::config::error::ConnectError;
use crate::config::in_force::{SettingSource, Sourced};
use crate::secrets::Secrets;

/// The variables, of each pair the first that is set counts.
const VARIABLES: [[&str; 2]; 3] = [
    ["ALL_PROXY", "all_proxy"],
    ["HTTPS_PROXY", "https_proxy"],
    ["HTTP_PROXY", "http_proxy"],
];

/// Where AWS keeps credentials for the machine or container that asks: a proxy elsewhere would
/// get its own, or none.
const METADATA_HOSTS: [&str; 5] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
];

/// Which requests go through a proxy.
pub(crate) struct Proxies {
    matcher: Option<Matcher>,
    /// What is asked for are credentials, in the clear.
    for_credentials: bool,
    /// What of `NO_PROXY` the matcher doesn't read.
    direct: Vec<Direct>,
}

/// An entry of `NO_PROXY`.
#[derive(Debug, PartialEq, Eq)]
enum Direct {
    /// `*`: for a name the matcher takes it, for an address it doesn't.
    All,
    /// `host:port`, the host with or without a dot or `*.` before it.
    HostPort(String, u16),
    /// `*.host`.
    Below(String),
}

impl Direct {
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        let host = |text: &str| {
            let text = text.strip_prefix('*').unwrap_or(text);
            text.trim_start_matches('.').to_ascii_lowercase()
        };
        if entry == "*" {
            return Some(Self::All);
        }
        match entry.rsplit_once(':') {
            // An address of IPv6 has brackets where it has a port.
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                Some(Self::HostPort(host(name), port.parse().ok()?))
            }
            None if entry.starts_with("*.") => Some(Self::Below(host(entry))),
            _ => None,
        }
    }

    fn is_for(&self, target: &Uri) -> bool {
        let asked = target.host().unwrap_or_default().to_ascii_lowercase();
        let is_in = |host: &str| {
            asked
                .strip_suffix(host)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let port = target.port_u16().unwrap_or(match target.scheme_str() {
            Some("https") => 443,
            _ => 80,
        });
        match self {
            Self::All => true,
            Self::HostPort(host, of) => *of == port && is_in(host),
            Self::Below(host) => asked != *host && is_in(host),
        }
    }
}

impl Proxies {
    /// As the environment says; refuses what the matcher would leave out silently.
    pub(crate) fn from_env() -> Result<Self, ConnectError> {
        // A web server's CGI programs get a header of the request as `HTTP_PROXY`.
        if std::env::var_os("REQUEST_METHOD").is_none() {
            for pair in VARIABLES {
                let set = |name| Some((name, std::env::var(name).ok()?));
                if let Some((variable, value)) = pair.into_iter().find_map(set) {
                    check(variable, &value)?;
                }
            }
        }
        let no_proxy = ["NO_PROXY", "no_proxy"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok());
        let entries = no_proxy.as_deref().unwrap_or_default().split(',');
        Ok(Self {
            matcher: Some(Matcher::from_env()),
            for_credentials: false,
            direct: entries.filter_map(Direct::read).collect(),
        })
    }

    /// The same for asking for credentials. Over plain http those are on this machine or next to
    /// it, and a proxy would see them; AWS's own services (STS, SSO) speak https.
    pub(crate) fn for_credentials(self) -> Self {
        Self {
            for_credentials: true,
            ..self
        }
    }

    /// None, whatever the environment says.
    pub(crate) fn none() -> Self {
        Self {
            matcher: None,
            for_credentials: false,
            direct: Vec::new(),
        }
    }

    /// The proxy for a target.
    pub(crate) fn of(&self, target: &Uri) -> Option<Intercept> {
        let host = target.host().unwrap_or_default();
        if METADATA_HOSTS.contains(&host) {
            return None;
        }
        let is_https = target.scheme_str() == Some("https");
        if self.for_credentials && (!is_https || is_here(host)) {
            return None;
        }
        if self.direct.iter().any(|entry| entry.is_for(target)) {
            return None;
        }
        self.matcher.as_ref()?.intercept(target)
    }

    /// The proxy for a target without its password, and the variable that has it.
    pub(crate) fn shown(&self, target: &Uri) -> Option<Sourced<String>> {
        let proxy = self.of(target)?;
        let proxy = proxy.uri();
        let port = proxy
            .port_u16()
            .map_or(String::new(), |port| format!(":{port}"));
        let url = format!("{}://{}{port}", proxy.scheme_str()?, proxy.host()?);
        let [all, https, http] = VARIABLES;
        let own = match target.scheme_str() {
            Some("https") => https,
            _ => http,
        };
        let is_set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        let variable = own.into_iter().chain(all).find(is_set)?;
        Some(Sourced::new(url, SettingSource::Variable(variable)))
    }

    /// What a proxy that reads the request itself has to be shown; a tunnel is authorised when it
    /// is made.
    pub(crate) fn authorization(&self, target: &Uri) -> Option<HeaderValue> {
        if target.scheme_str() != Some("http") {
            return None;
        }
        let mut authorization = self.of(target)?.basic_auth()?.clone();
        authorization.set_sensitive(true);
        Some(authorization)
    }
}

/// Whether a host is this machine, or one that only this machine's network reaches.
fn is_here(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unicast_link_local(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// Checks one variable by asking the matcher what it makes of it.
fn check(variable: &'static str, value: &str) -> Result<(), ConnectError> {
    let any = Uri::from_static("http://store.example/");
    let proxy = Matcher::builder().all(value).build().intercept(&any);
    let proxy = proxy.as_ref().map(Intercept::uri);
    let bad = |why| Err(ConnectError::BadProxy { variable, why });
    match (value.parse::<Uri>(), proxy) {
        _ if value.is_empty() => Ok(()),
        (Err(_), _) => bad("it is not a URL"),
        // The first of two would end the password for one reader, the second for another.
        _ if value.matches('@').count() > 1 => {
            bad("a special character before the @ is not %-escaped")
        }
        // What stands before a `#`, `?` or `/` of a password would be taken for the host, and shown.
        (Ok(uri), _)
            if value.contains('@')
                && !uri.authority().is_some_and(|at| at.as_str().contains('@')) =>
        {
            bad("a special character before the @ is not %-escaped")
        }
        (Ok(uri), None) if uri.authority().is_none() => bad("it has no host"),
        (Ok(_), None) => bad("it is neither http nor https"),
        (Ok(_), Some(proxy)) if has_bad_port(proxy) => bad("its port is not a number"),
        (Ok(_), Some(_)) => Ok(()),
    }
}

/// Keeps the passwords in the proxy variables, as they are written and as they are meant, and what a proxy
/// is sent of them.
pub(crate) fn learn_passwords(secrets: &Secrets) {
    for value in VARIABLES
        .into_iter()
        .flatten()
        .filter_map(|name| std::env::var(name).ok())
    {
        let Some((before, _)) = value.rsplit_once('@') else {
            continue;
        };
        let user = before.split_once("://").map_or(before, |(_, user)| user);
        for user in [user.to_owned(), unescaped(user)] {
            if let Some((_, password)) = user.split_once(':') {
                secrets.learn(password);
            }
            secrets.learn(&user);
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%');
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
impl Proxies {
    /// One for everything.
    pub(crate) fn through(url: &str) -> Self {
        Self {
            matcher: Some(Matcher::builder().all(url).build()),
            for_credentials: false,
            direct: Vec::new(),
        }
    }
}

/// Shows no proxy: its URL may hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_directly_is_read_in_the_forms_that_other_tools_take() {
        let is_direct = |entry: &str, target: &'static str| {
            Direct::read(entry).is_some_and(|entry| entry.is_for(&Uri::from_static(target)))
        };
        for (entry, target, expected) in [
            ("*", "http://127.0.0.2:9000/", true),
            (" * ", "https://s3.example.com/", true),
            ("127.0.0.2:9000", "http://127.0.0.2:9000/", true),
            ("127.0.0.2:9000", "http://127.0.0.2:9001/", false),
            ("s3.example.com:443", "https://b.s3.example.com/", true),
            (".example.com:80", "http://s3.example.com/", true),
            ("example.com:443", "https://badexample.com/", false),
            ("*.localhost", "http://b.localhost/", true),
            ("*.localhost", "http://localhost/", false),
            ("[::1]:9000", "http://[::1]:9000/", true),
            ("::1", "http://127.0.0.1/", false),
        ] {
            assert_eq!(is_direct(entry, target), expected, "{entry} {target}");
        }
    }

    #[test]
    fn metadata_services_are_asked_directly() {
        let proxies = Proxies::through("http://user:pass@proxy:3128");
        let of = |url: &'static str| proxies.of(&Uri::from_static(url)).is_some();
        assert!(of("http://store/") && of("https://store/"));
        assert!(!of("http://169.254.169.254/latest/") && !of("http://[fd00:ec2::254]/"));
        assert!(!format!("{proxies:?}").contains("pass"));
    }

    #[test]
    fn credentials_in_the_clear_are_asked_for_directly() {
        let proxies = Proxies::through("http://proxy:3128").for_credentials();
        let of = |url: &'static str| proxies.of(&Uri::from_static(url)).is_some();
        assert!(of("https://sts.amazonaws.com/"));
        for url in [
            "http://127.0.0.1:51679/creds",
            "http://localhost/creds",
            "http://creds.internal/",
            "https://127.0.0.1/creds",
            "https://localhost/creds",
            "https://169.254.7.7/creds",
            "https://[::1]:8443/creds",
            "https://[fe80::1]/creds",
        ] {
            assert!(!of(url), "{url}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_showing_it() {
        let why = |value| match check("HTTPS_PROXY", value) {
            Err(ConnectError::BadProxy { why, .. }) => why,
            other => panic!("{value}: {other:?}"),
        };
        for value in [
            "http://user:p#ss@proxy",
            "http://user:12/3@proxy",
            "http://user:p@ss@proxy:3128",
            "user:p@ss@proxy",
        ] {
            let words = "a special character before the @ is not %-escaped";
            assert_eq!(why(value), words, "{value}");
        }
        assert_eq!(why("http://proxy:port"), "its port is not a number");
        assert_eq!(why("http://user:sec ret@proxy"), "it is not a URL");
        assert_eq!(why("//proxy:3128"), "it has no host");
        assert_eq!(why("ftp://proxy"), "it is neither http nor https");
        for value in [
            "",
            "proxy",
            "proxy:3128",
            "http://u:p%20@proxy:3128/",
            "socks5://proxy",
        ] {
            assert!(check("HTTPS_PROXY", value).is_ok(), "{value}");
        }
        let error = check("HTTPS_PROXY", "http://user:sec ret@proxy").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sec"), "{error:?}");
        assert!(error.to_string().contains("HTTPS_PROXY"), "{error}");
    }
}
