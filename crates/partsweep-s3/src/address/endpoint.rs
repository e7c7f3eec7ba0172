//! The URL of a store, as it was given.

use http::Uri;
use http::uri::Scheme;

use crate::config::error::ConnectError;

/// An endpoint URL that requests can go to.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// As it is shown: scheme, host, port and path.
    pub(crate) url: String,
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    /// Host, and the port if it is not the scheme's own.
    pub(crate) authority: String,
    /// Empty, or without a slash at its end.
    pub(crate) path: String,
}

impl Endpoint {
    /// Reads the URL; refuses what would be dropped silently.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectError> {
        let shown = shown(text);
        let bad = |why| ConnectError::BadEndpoint {
            endpoint: shown.clone(),
            why,
        };
        let uri: Uri = text.trim().parse().map_err(|_| bad("it is not a URL"))?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => scheme.clone(),
            Some(_) => return Err(bad("it is neither http nor https")),
            None => return Err(bad("it does not begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| bad("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it contains a user name or password"));
        }
        if authority.host().is_empty() {
            return Err(bad("it has no host"));
        }
        if has_bad_port(&uri) {
            return Err(bad("its port is not a number from 1 to 65535"));
        }
        if uri.query().is_some() {
            return Err(bad("it has a query"));
        }
        if text.contains('#') {
            return Err(bad("it has a fragment (`#`)"));
        }
        let path = uri.path().trim_end_matches('/').to_owned();
        let own_port = if scheme == Scheme::HTTP { 80 } else { 443 };
        let authority = match authority.port_u16() {
            Some(port) if port != own_port => format!("{}:{port}", authority.host()),
            _ => authority.host().to_owned(),
        };
        Ok(Self {
            url: format!("{scheme}://{authority}{path}"),
            host: uri.host().unwrap_or_default().to_owned(),
            scheme,
            authority,
            path,
        })
    }

    /// Whether AWS is behind it.
    pub(crate) fn is_aws(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"]
            .iter()
            .any(|suffix| host.ends_with(suffix))
    }

    /// Whether it is the public endpoint of one of AWS's regions: then every other region has one
    /// like it. A VPC endpoint, FIPS, dual stack, a port or plain http were chosen for a reason.
    pub(crate) fn is_public_aws(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        let region = host.strip_prefix("s3.").and_then(|rest| {
            let domains = ["amazonaws.com.cn", "amazonaws.com", "amazonaws.eu"];
            domains.iter().find_map(|domain| rest.strip_suffix(domain))
        });
        let is_one_label = |region: &str| {
            region.is_empty()
                || region
                    .strip_suffix('.')
                    .is_some_and(|name| !name.contains('.'))
        };
        self.scheme == Scheme::HTTPS
            && self.authority == self.host
            && self.path.is_empty()
            && region.is_some_and(is_one_label)
    }
}

/// A URL without what may be a secret: what stands before an `@`, and behind a `?` or `#`.
fn shown(text: &str) -> String {
    let ends = |text: &str| text.find(['?', '#']);
    let (before, rest) = match text.rsplit_once('@') {
        // Whether the first belongs to a password or the second to a query is not to be seen.
        Some((user, _)) if ends(user).is_some() => return "…".to_owned(),
        Some((_, rest)) => ("…@", rest),
        None => ("", text),
    };
    match ends(rest) {
        Some(end) => format!("{before}{}…", &rest[..=end]),
        None => format!("{before}{rest}"),
    }
}

/// Whether something stands where a port should, and is none: it would be dropped silently.
pub(crate) fn has_bad_port(uri: &Uri) -> bool {
    uri.port_u16().is_none_or(|port| port == 0)
        && uri
            .authority()
            .is_some_and(|authority| authority.as_str() != authority.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_that_cannot_work_are_refused_without_showing_a_password() {
        for text in [
            "localhost:9000",
            "ftp://host",
            "http://",
            "http://h/?x=1",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:0",
            "http://127.0.0.1:",
            "http://127.0.0.1:-1",
            "http://127.0.0.1:http",
            "http://[::1]:99402",
            "http://127.0.0.1:9000#/x",
            "not a url",
            "",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
        for text in [
            "https://key:secret@host",
            "https://key:se@secret@host",
            "https://key:?secret@host",
            "https://host/?token=secret",
            "https://host/?token=se@secret",
            "https://host/#secret",
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn only_plain_regional_endpoints_of_aws_are_public() {
        let is_public = |url| Endpoint::parse(url).unwrap().is_public_aws();
        for url in [
            "https://s3.amazonaws.com",
            "https://s3.eu-west-1.amazonaws.com/",
            "https://S3.eu-west-1.amazonaws.com:443",
            "https://s3.cn-north-1.amazonaws.com.cn",
        ] {
            assert!(is_public(url), "{url}");
        }
        for url in [
            "https://bucket.vpce-1a2b-3c4d.s3.eu-west-1.vpce.amazonaws.com",
            "https://s3.dualstack.eu-west-1.amazonaws.com",
            "https://s3-fips.us-east-1.amazonaws.com",
            "http://s3.eu-west-1.amazonaws.com",
            "https://s3.eu-west-1.amazonaws.com:8443",
            "https://s3.eu-west-1.amazonaws.com/path",
            "https://s3.evilamazonaws.com",
            "https://s3.example.com",
        ] {
            assert!(!is_public(url), "{url}");
        }
    }
}
