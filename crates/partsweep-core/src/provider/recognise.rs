//! Which store it is: by AWS's own host names, by other vendors' host names, and by what S3 answers
//! look like.
//!
//! A host name is typed by someone or resolved by anyone, and the first answer may come from a proxy,
//! so nothing that is heard later makes the tool bolder: readings are added up, and where two differ
//! the more dangerous one holds ([`Provider`]).

use super::profile::Provider;
use super::profiles::{AWS, BY_HOST, BY_SERVER, CEPH, GARAGE, SIM, SWIFT, UNKNOWN};
use crate::model::believe::DocumentTime;

/// How the simulated store calls itself.
const SIM_SERVER: &str = "partsweep-sim";

/// The store of an endpoint's host: the longest end of a name that fits counts. Amazon S3 has none of these:
/// below its domains are load balancers and machines of anyone ([`is_aws_s3`]).
fn by_host(host: &str) -> Option<&'static Provider> {
    let ends = |suffix: &str| {
        host.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let fitting = BY_HOST.iter().find(|(suffix, _)| ends(suffix));
    fitting.map(|(_, provider)| *provider)
}

/// The store of a `Server` header: the longest beginning that fits counts.
fn by_server(server: &str) -> Option<&'static Provider> {
    let fitting = BY_SERVER.iter().find(|(start, _)| starts(server, start));
    let of_a_store = fitting.map(|(_, provider)| *provider);
    of_a_store.or_else(|| starts(server, SIM_SERVER).then_some(&SIM))
}

/// The domains of AWS's partitions: commercial and GovCloud, China, European Sovereign Cloud, and the
/// isolated ones (endpoint rules of the AWS SDKs, `partitions.json`).
const AWS_DOMAINS: &[&str] = &[
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// Whether a host is one of Amazon S3's own: the endpoint rules of the AWS SDKs, with or without a
/// bucket before it. Nobody else can be given such a name, unlike `*.elb.amazonaws.com`,
/// `*.compute.amazonaws.com` or `*.execute-api.*`.
fn is_aws_s3(host: &str) -> bool {
    let domains = AWS_DOMAINS.iter();
    let Some(rest) = domains
        .filter_map(|domain| host.strip_suffix(domain)?.strip_suffix('.'))
        .min_by_key(|rest| rest.len())
    else {
        return false;
    };
    let mut labels: Vec<&str> = rest.split('.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return false;
    }
    // bucket.vpce-1a2b3c.s3.us-east-1.vpce: an endpoint of S3 inside a network of one's own.
    let is_private = labels.last() == Some(&"vpce");
    if is_private {
        labels.pop();
    }
    let has_region = labels.last().is_some_and(|label| is_region(label));
    if has_region {
        labels.pop();
    }
    let is_dual_stack = labels.last() == Some(&"dualstack");
    if is_dual_stack {
        labels.pop();
    }
    let Some(service) = labels.pop() else {
        return false;
    };
    if is_private {
        let id = labels
            .last()
            .is_some_and(|label| label.starts_with("vpce-"));
        return has_region && id && !is_dual_stack && service == "s3";
    }
    match service {
        "s3" | "s3-fips" => has_region || (service == "s3" && !is_dual_stack),
        "s3-accelerate" | "s3-external-1" => !has_region,
        "s3-accesspoint" | "s3-accesspoint-fips" => has_region,
        "s3-object-lambda" | "s3-object-lambda-fips" | "s3-outposts" | "s3-outposts-fips" => {
            has_region && !is_dual_stack
        }
        // name.mrap.accesspoint.s3-global
        "s3-global" => !has_region && labels.last() == Some(&"accesspoint"),
        _ if has_region && !is_dual_stack => {
            // s3express-use1-az4.us-east-1, s3express-fips-use1-az4.us-east-1, s3express-control.us-east-1
            service
                .strip_prefix("s3express-")
                .is_some_and(|zone| !zone.is_empty())
        }
        // The first form of regional names: s3-eu-west-1.
        _ => !is_dual_stack && service.strip_prefix("s3-").is_some_and(is_region),
    }
}

/// Whether a label is the name of an AWS region: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(label: &str) -> bool {
    let mut words = label.split('-');
    let area = words.next().unwrap_or_default();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let Some(number) = words.next_back() else {
        return false;
    };
    let places: Vec<&str> = words.collect();
    is_word(area)
        && (2..=4).contains(&area.len())
        && (1..=2).contains(&places.len())
        && places.into_iter().all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// By what a store was recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The name of the endpoint's host.
    HostName,
    /// The `Server` header of its answers.
    ServerHeader,
    /// `x-trans-id` or `x-openstack-request-id`.
    OpenStackHeaders,
    /// Headers or request ids as only Ceph's gateway makes them.
    GatewayHeaders,
    /// The form of the access key.
    AccessKey,
    /// Its answers have none of these.
    Nothing,
}

/// A store, and the sign that shows it.
type Reading = (&'static Provider, Sign);

/// What an S3 answer tells about who sent it.
///
/// An S3 answer is one with a document that S3 knows, of a success or of an error: a page that a
/// proxy, a balancer or a CDN sends in its place says nothing about the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// The `Server` header.
    pub server: Option<&'a str>,
    /// The `x-amz-request-id` header.
    pub request_id: Option<&'a str>,
    /// The access key id that the request was signed with.
    pub access_key: Option<&'a str>,
    /// The answer has an `x-trans-id` or `x-openstack-request-id` header.
    pub openstack: bool,
    /// The answer has a header that starts with `x-rgw-`.
    pub rgw: bool,
}

impl Signals<'_> {
    /// Whether it names itself Amazon S3, as every answer of Amazon S3 does. Many others do so too, so
    /// that this proves nothing by itself.
    fn says_aws(&self) -> bool {
        self.server.is_some_and(|server| starts(server, "amazons3"))
    }

    /// The stores that the answer shows, and by what: each sign by itself, since a proxy, a gateway or an
    /// operator may add one to another store's (law 12).
    fn shown(&self) -> Readings {
        let server = self.server.unwrap_or_default();
        let by_server = by_server(server);
        // tx000003f6c0ee2eb23dd4e-0069242a1b-1067-default
        let request_id = self.request_id.unwrap_or_default();
        let is_rgw_id = request_id.starts_with("tx0") && request_id.split('-').count() >= 4;
        // Garage 2.5 sends neither a server name nor a request id, but makes keys of this form, and
        // takes no other. What a proxy before it adds proves nothing (law 12).
        let is_garage_key = self.access_key.is_some_and(|key| {
            key.len() == 26
                && key.starts_with("GK")
                && key[2..].bytes().all(|b| b.is_ascii_hexdigit())
        });
        [
            by_server.map(|provider| (provider, Sign::ServerHeader)),
            self.openstack.then_some((&SWIFT, Sign::OpenStackHeaders)),
            (self.rgw || is_rgw_id).then_some((&CEPH, Sign::GatewayHeaders)),
            is_garage_key.then_some((&GARAGE, Sign::AccessKey)),
        ]
    }
}

/// What one answer shows, by each sign that it may have. No list: it is asked for with every answer.
type Readings = [Option<Reading>; 4];

fn starts(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// All that is known of who a store is: its host name, and its S3 answers so far.
#[derive(Debug, Clone)]
pub struct Identity {
    by_host: Option<&'static Provider>,
    /// What answers showed, in the order in which it was first seen.
    shown: Vec<Reading>,
    provider: Provider,
}

impl Identity {
    /// Begins with the host of the endpoint.
    pub fn of_host(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let by_host = match is_aws_s3(&host) {
            true => Some(&AWS),
            false => by_host(&host),
        };
        Self {
            by_host,
            shown: Vec::new(),
            provider: *by_host.unwrap_or(&UNKNOWN),
        }
    }

    /// What to go by: the precautions of all readings together.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The names of the stores that were shown, and by what, in the order in which that was first seen.
    pub fn signs(&self) -> impl Iterator<Item = (&'static str, Sign)> {
        let by_host = self.by_host.map(|host| (host, Sign::HostName));
        let all = by_host.into_iter().chain(self.shown.iter().copied());
        all.map(|(provider, sign)| (provider.name, sign))
    }

    /// How far the times in its documents can be believed.
    pub fn times(&self) -> DocumentTime {
        self.provider.times
    }

    /// Whether an S3 answer would add nothing: asked of every answer, so it allocates nothing.
    pub fn knows(&self, answer: &Signals<'_>) -> bool {
        let mut readings = self.readings(answer).into_iter().flatten();
        readings.all(|(reading, _)| self.has(reading))
    }

    /// Takes an S3 answer into account.
    pub fn hear(&mut self, answer: &Signals<'_>) {
        let known = self.shown.len();
        for reading in self.readings(answer).into_iter().flatten() {
            if !self.has(reading.0) {
                self.shown.push(reading);
            }
        }
        let Some((newest, _)) = self.shown.get(known..).and_then(<[_]>::last).copied() else {
            return;
        };
        let shown = || self.shown.iter().map(|(reading, _)| *reading);
        let readings = || self.by_host.into_iter().chain(shown());
        let mut all = readings();
        let first = *all.next().unwrap_or(&UNKNOWN);
        let careful = all.fold(first, Provider::or);
        // Named after a reading that asks for all of these precautions, if there is one.
        let named = readings().find(|reading| reading.is_as_careful_as(&careful));
        let named = named.unwrap_or(newest);
        self.provider = Provider {
            id: named.id,
            name: named.name,
            source: named.source,
            ..careful
        };
    }

    /// What an answer adds to the host name, if anything.
    fn readings(&self, answer: &Signals<'_>) -> Readings {
        let shown = answer.shown();
        if shown.iter().any(Option::is_some) {
            return shown;
        }
        let unknown = match self.by_host {
            // A name that someone else's server was given, in a private network or a hosts file.
            Some(host) => host.id == AWS.id && !answer.says_aws(),
            None => true,
        };
        let unknown = unknown.then_some((&UNKNOWN, Sign::Nothing));
        [unknown, None, None, None]
    }

    fn has(&self, reading: &Provider) -> bool {
        self.shown.iter().any(|(shown, _)| shown.id == reading.id)
    }
}

#[cfg(test)]
mod tests;
