//! What it means that there is no answer: told apart from the chain of errors below it.

use std::error::Error;
use std::io;

use partsweep_core::StoreErrorKind;
use rustls::CertificateError;

use super::connector::DialError;
use super::error::TransportError;
use super::tls::is_of_authority;
use crate::pace::retry::Again;

/// What a proxy that answers 407 means.
pub(crate) const PROXY_WANTS_PASSWORD: &str = "the proxy requires a user name and a password: put them into its URL, http://USER:PASSWORD@HOST:PORT";

/// A broken exchange, in the words of the core.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: StoreErrorKind,
    /// Short, for people.
    pub(crate) message: String,
    pub(crate) again: Again,
    /// The store may have got the request.
    pub(crate) may_have_reached: bool,
}

/// Says what went wrong.
pub(crate) fn diagnose(error: &TransportError) -> Failure {
    let failure = |kind, again, reached, message: String| Failure {
        kind,
        message,
        again,
        may_have_reached: reached,
    };
    let message = error.to_string();
    match error {
        TransportError::Silent(_) | TransportError::Slow(_) | TransportError::Dripping(..) => {
            return failure(StoreErrorKind::Timeout, Again::Later, true, message);
        }
        TransportError::LookTooOld(_) => {
            return failure(StoreErrorKind::LookTooOld, Again::Never, false, message);
        }
        TransportError::TooLong(_)
        | TransportError::TooMuch(_)
        | TransportError::TemporaryFile(_) => {
            return failure(StoreErrorKind::NotS3, Again::Never, true, message);
        }
        TransportError::Cut(cause) => {
            let message = chunk_words(cause).map_or(message, str::to_owned);
            return failure(StoreErrorKind::Malformed, Again::Later, true, message);
        }
        TransportError::Stale(_) => {
            return failure(StoreErrorKind::Unreachable, Again::AtOnce, true, message);
        }
        TransportError::Send(_) => {}
    }
    let dial = find::<DialError>(error);
    // Without a connection nothing was sent.
    let reached = dial.is_none();
    if let Some(tls) = find::<rustls::Error>(error) {
        return failure(StoreErrorKind::Tls, Again::Never, reached, tls_words(tls));
    }
    if let Some(DialError::Tls(tls)) = dial {
        return failure(StoreErrorKind::Tls, Again::Never, reached, tls.to_string());
    }
    if let Some(http) = find::<hyper::Error>(error).filter(|error| error.is_parse()) {
        let (kind, message) = match head_words(http) {
            Some(words) if http.is_parse_too_large() => (StoreErrorKind::NotS3, words),
            Some(words) => (StoreErrorKind::Malformed, words),
            None => (
                StoreErrorKind::NotS3,
                "the response isn't HTTP (does the port expect https?)",
            ),
        };
        return failure(kind, Again::Never, true, message.to_owned());
    }
    let before = match dial {
        Some(DialError::TooSlow(_)) => {
            let message = dial.map(ToString::to_string).unwrap_or_default();
            return failure(StoreErrorKind::Unreachable, Again::Quickly, false, message);
        }
        Some(dial @ DialError::ProxyKind(_)) => {
            return failure(
                StoreErrorKind::Unreachable,
                Again::Never,
                false,
                dial.to_string(),
            );
        }
        Some(dial @ DialError::Proxy { .. }) => format!("{dial}: "),
        _ => String::new(),
    };
    // hyper-util does not export the error of its tunnels.
    if chain(error).any(|cause| cause.to_string() == "tunnel error: proxy authorization required") {
        let message = format!("{before}{PROXY_WANTS_PASSWORD}");
        return failure(StoreErrorKind::Unreachable, Again::Never, reached, message);
    }
    if chain(error).any(|cause| cause.to_string().starts_with("dns error")) {
        let message = format!("{before}the host name can't be resolved");
        return failure(StoreErrorKind::Unreachable, Again::Quickly, false, message);
    }
    if let Some(io) = find::<io::Error>(error) {
        let (words, again) = match io.kind() {
            io::ErrorKind::ConnectionRefused => ("connection refused", Again::Quickly),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ("the network or host is unreachable", Again::Quickly)
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => ("the connection was closed", Again::Later),
            io::ErrorKind::TimedOut => ("the connection timed out", Again::Later),
            _ => ("", Again::Later),
        };
        let words = if words.is_empty() {
            io.to_string()
        } else {
            words.to_owned()
        };
        return failure(
            StoreErrorKind::Unreachable,
            again,
            reached,
            format!("{before}{words}"),
        );
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message) {
        let message = "the connection was closed before a response came".to_owned();
        return failure(StoreErrorKind::Unreachable, Again::Later, true, message);
    }
    let deepest = chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default();
    failure(
        StoreErrorKind::Unreachable,
        Again::Later,
        reached,
        format!("{before}{deepest}"),
    )
}

/// What is wrong with a response that is HTTP, and can't be read all the same. hyper tells these apart only in its words;
/// a test holds that they are these.
fn head_words(error: &hyper::Error) -> Option<&'static str> {
    Some(match &*error.to_string() {
        "invalid content-length parsed" => {
            "the response has two different lengths, or one that isn't a number (Content-Length), so its end can't be known"
        }
        "unexpected transfer-encoding parsed" => {
            "the response has a Transfer-Encoding that HTTP/1.0 doesn't have, so its end can't be known"
        }
        "message head is too large" => "the response's headers are too long",
        "invalid HTTP status-code parsed" => "the response has no valid HTTP status code",
        "invalid HTTP header parsed" => "one of the response's headers isn't valid HTTP",
        _ => return None,
    })
}

/// What is wrong with a body that came in chunks, if it isn't only cut.
fn chunk_words(error: &hyper::Error) -> Option<&'static str> {
    let io = find::<io::Error>(error)?;
    let text = io.to_string();
    text.to_ascii_lowercase().contains("chunk").then_some(
        match io.kind() {
            io::ErrorKind::UnexpectedEof => return None,
            _ if text.contains("size") => {
                "the response can't be read: one of its chunks has no valid size (Transfer-Encoding: chunked)"
            }
            _ => "the response can't be read: its chunks aren't valid (Transfer-Encoding: chunked)",
        },
    )
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(certificate) => {
            let why = match certificate {
                // A known name with another key signs badly.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    "its issuer is unknown".to_owned()
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "it has expired".to_owned()
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "it is not valid yet".to_owned()
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    "it is for another host name".to_owned()
                }
                _ if is_of_authority(error) => "it is self-signed".to_owned(),
                other => other.to_string(),
            };
            format!("the certificate is not trusted: {why}")
        }
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        other => format!("no TLS connection: {other}"),
    }
}

/// The causes, outermost first. An [`io::Error`] hides the error it carries from `source()`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

/// The innermost cause of this type.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<E>())
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_are_not_trusted_say_why() {
        let words = |error| tls_words(&rustls::Error::InvalidCertificate(error));
        assert_eq!(
            words(CertificateError::UnknownIssuer),
            "the certificate is not trusted: its issuer is unknown"
        );
        assert_eq!(
            words(CertificateError::Expired),
            "the certificate is not trusted: it has expired"
        );
        assert_eq!(
            words(CertificateError::NotValidForName),
            "the certificate is not trusted: it is for another host name"
        );
    }

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let inner = io::Error::other(io::Error::other(rustls::Error::DecryptError));
        assert!(find::<rustls::Error>(&inner).is_some());
        assert!(find::<DialError>(&inner).is_none());
    }
}
