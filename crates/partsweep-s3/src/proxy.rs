//! The proxy variables: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case.

use std::fmt;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

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
}

impl Proxies {
    /// As the environment says.
    pub(crate) fn from_env() -> Self {
        Self {
            matcher: Some(Matcher::from_env()),
        }
    }

    /// None, whatever the environment says.
    pub(crate) fn none() -> Self {
        Self { matcher: None }
    }

    /// The proxy for a target.
    pub(crate) fn of(&self, target: &Uri) -> Option<Intercept> {
        let host = target.host().unwrap_or_default();
        if METADATA_HOSTS.contains(&host) {
            return None;
        }
        self.matcher.as_ref()?.intercept(target)
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

#[cfg(test)]
impl Proxies {
    /// One for everything.
    pub(crate) fn through(url: &str) -> Self {
        Self {
            matcher: Some(Matcher::builder().all(url).build()),
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
    fn metadata_services_are_asked_directly() {
        let proxies = Proxies::through("http://user:pass@proxy:3128");
        let of = |url: &'static str| proxies.of(&Uri::from_static(url)).is_some();
        assert!(of("http://store/") && of("https://store/"));
        assert!(!of("http://169.254.169.254/latest/") && !of("http://[fd00:ec2::254]/"));
        assert!(!format!("{proxies:?}").contains("pass"));
    }
}
