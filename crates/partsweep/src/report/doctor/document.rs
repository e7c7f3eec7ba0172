//! `partsweep.doctor/1`: the facts, and the lines that a person reads of them.

use std::io::{self, Write};

use partsweep_core::provider::recognise::Sign;
use partsweep_engine::doctor::{BucketAccess, Tried};
use serde::Serialize;

use super::Diagnosis;
use super::lines::sections;
use crate::report::schema::json;
use crate::report::schema::json::Moment;
use crate::report::schema::upload::ErrorRecord;

const SCHEMA: &str = "partsweep.doctor/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    endpoint: &'a str,
    started: Moment,
    finished: Moment,
    provider: &'static str,
    recognized_by: Vec<&'static str>,
    connected: bool,
    error: Option<ErrorRecord<'a>>,
    account: Option<&'a str>,
    caller: Option<&'a str>,
    clock_ahead_seconds: Option<i64>,
    round_trip_ms: Option<f64>,
    settings: Vec<SettingRecord<'a>>,
    buckets_listed: Option<usize>,
    buckets_not_tried: usize,
    buckets: Vec<AccessRecord<'a>>,
    lines: Vec<LineRecord>,
    next: String,
}

#[derive(Serialize)]
struct SettingRecord<'a> {
    name: &'static str,
    value: &'a str,
    from: &'a str,
}

#[derive(Serialize)]
struct AccessRecord<'a> {
    name: &'a str,
    region: Option<&'a str>,
    url: Option<&'a str>,
    list_uploads: &'static str,
    list_parts: &'static str,
    see_objects: &'static str,
    see_versions: &'static str,
    read_lifecycle: &'static str,
    errors: Vec<ErrorRecord<'a>>,
}

#[derive(Serialize)]
struct LineRecord {
    section: &'static str,
    mark: &'static str,
    about: &'static str,
    text: String,
    hints: Vec<String>,
}

/// Writes the document.
pub(crate) fn write(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let examination = &diagnosis.examination;
    let in_seconds = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let document = Document {
        schema: SCHEMA,
        endpoint: &diagnosis.endpoint,
        started: Moment(diagnosis.started),
        finished: Moment(diagnosis.finished),
        provider: diagnosis.provider.id,
        recognized_by: diagnosis.signs.iter().map(|(_, by)| sign(*by)).collect(),
        connected: examination.is_connected(),
        error: examination.buckets.as_ref().err().map(ErrorRecord::from),
        account: diagnosis.account.as_deref(),
        caller: diagnosis
            .caller
            .as_ref()
            .and_then(|caller| caller.as_deref().ok()),
        clock_ahead_seconds: diagnosis.clock_ahead.map(|ahead| ahead.as_secs()),
        round_trip_ms: diagnosis.round_trip.map(in_seconds),
        settings: diagnosis
            .settings
            .iter()
            .map(|setting| SettingRecord {
                name: setting.name,
                value: &setting.value,
                from: &setting.from,
            })
            .collect(),
        buckets_listed: examination.buckets.as_ref().ok().copied(),
        buckets_not_tried: examination.untried,
        buckets: examination
            .access
            .iter()
            .zip(&diagnosis.places)
            .map(|(access, (region, url))| bucket(access, region.as_deref(), url.as_deref()))
            .collect(),
        lines: lines(diagnosis),
        next: diagnosis.next(),
    };
    json::write(out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn bucket<'a>(
    access: &'a BucketAccess,
    region: Option<&'a str>,
    url: Option<&'a str>,
) -> AccessRecord<'a> {
    let all = access.all().into_iter().chain([&access.read_lifecycle]);
    let errors = all.filter_map(Tried::error);
    AccessRecord {
        name: access.bucket.as_str(),
        region,
        url,
        list_uploads: tried(&access.list_uploads),
        list_parts: tried(&access.list_parts),
        see_objects: tried(&access.see_objects),
        see_versions: tried(&access.see_versions),
        read_lifecycle: tried(&access.read_lifecycle),
        errors: errors.map(ErrorRecord::from).collect(),
    }
}

fn lines(diagnosis: &Diagnosis) -> Vec<LineRecord> {
    let mut all = Vec::new();
    for section in sections(diagnosis) {
        all.extend(section.lines.into_iter().map(|line| LineRecord {
            section: section.title,
            mark: line.mark.code(),
            about: line.about,
            text: line.text,
            hints: line.hints,
        }));
    }
    all
}

fn tried(tried: &Tried) -> &'static str {
    match tried {
        Tried::Allowed => "allowed",
        Tried::Denied(_) => "denied",
        Tried::Failed(_) => "failed",
        Tried::Gone(_) => "gone",
        Tried::NotTried => "not_tried",
        Tried::NotShown => "not_shown",
    }
}

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::HostName => "host_name",
        Sign::ServerHeader => "server_header",
        Sign::OpenStackHeaders => "openstack_headers",
        Sign::GatewayHeaders => "ceph_headers",
        Sign::AccessKey => "access_key",
        Sign::Nothing => "nothing",
    }
}
