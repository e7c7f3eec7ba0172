//! The lines of a saved scan, held to their schema; and the check, as the schema tells it.

use partsweep_core::{
    Amount, Footprint, KeepReason, KeyProof, Listing, Operation, StoreError, StoreErrorKind,
    Verdict,
};
use partsweep_engine::inventory::{InventoryWriter, SCHEMA};
use partsweep_engine::{BucketSummary, Finding, KeysAsked};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{finding, header, summary};

const REASONS: [KeepReason; 13] = [
    KeepReason::ActiveRecently,
    KeepReason::IdleTooShort,
    KeepReason::AgeUnknown,
    KeepReason::NotSized,
    KeepReason::SizingFailed,
    KeepReason::TooSmall,
    KeepReason::SizeUnknown,
    KeepReason::TooCheap,
    KeepReason::CostUnknown,
    KeepReason::KeyUncertain,
    KeepReason::NoSuchUpload,
    KeepReason::FinishedObject,
    KeepReason::ObjectNotVisible,
];

fn findings() -> Vec<Finding> {
    let mut findings = vec![finding("swept", 1, true)];
    findings.extend(REASONS.map(|reason| Finding {
        verdict: Verdict::Keep(reason),
        ..finding("kept", 1, false)
    }));
    let mut least = finding("least", 1, false);
    least.footprint.parts = Amount::AtLeast(3);
    least.footprint.bytes = Amount::AtLeast(u64::MAX);
    findings.push(least);
    let mut unknown = finding("unknown", 1, false);
    unknown.footprint = Footprint::UNKNOWN;
    unknown.upload.key_proof = KeyProof::Doubtful;
    unknown.upload.initiated = None;
    unknown.upload.storage_class = None;
    findings.push(unknown);
    findings
}

fn buckets() -> [BucketSummary; 6] {
    let error = || {
        let operation = Operation::ListMultipartUploads;
        let mut error = StoreError::new(operation, None, StoreErrorKind::Denied);
        error.status = Some(403);
        error.code = Some("AccessDenied".into());
        error
    };
    let listings = [
        Listing::Complete,
        Listing::Unproven { why: "it forgets" },
        Listing::Partial { error: None },
        Listing::Denied(error()),
        Listing::Unsupported(error()),
        Listing::Failed(error()),
    ];
    listings.map(|listing| BucketSummary {
        asked: (listing.code() == "unproven").then_some(KeysAsked {
            of_objects: true,
            given: false,
            keys: 12,
            found: 1,
        }),
        listing,
        ..summary()
    })
}

fn written() -> String {
    let mut writer = InventoryWriter::new(Vec::new(), &header()).unwrap();
    for finding in findings() {
        writer.finding(&finding).unwrap();
    }
    for bucket in buckets() {
        writer.bucket(&bucket).unwrap();
    }
    String::from_utf8(writer.finish().unwrap().0).unwrap()
}

#[test]
fn every_line_fits_the_schema_and_a_changed_one_does_not() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    let text = std::fs::read_to_string(format!("{folder}/partsweep.inventory-1.schema.json"));
    let schema: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = written();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&line)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{line:#}");
        let mut more = line.clone();
        more["another"] = json!(1);
        assert!(!validator.is_valid(&more), "{more:#}");
        for field in line.as_object().unwrap().keys() {
            let mut less = line.clone();
            less.as_object_mut().unwrap().remove(field);
            // The last four came later.
            let may_go = field.ends_with("_at_least")
                || (field == "owner" && line["type"] == "bucket")
                || matches!(
                    field.as_str(),
                    "error" | "region" | "vanished" | "excluded" | "keys_asked" | "index"
                );
            assert_eq!(
                validator.is_valid(&less),
                may_go,
                "without {field}: {line:#}"
            );
        }
    }
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["schema"], SCHEMA);
}

/// Worked out here anew, from the words of the schema and of `docs/formats.md` alone: other
/// programs go by them.
#[test]
fn the_check_and_the_digest_are_what_the_schema_says() {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let text = written();
    let header = Sha256::digest(text.lines().next().unwrap());
    for line in text.lines().skip(1) {
        let (content, tail) = line.split_at(line.rfind(",\"check\"").unwrap());
        let hash = Sha256::new().chain_update(header).chain_update(content);
        let check = &hex(&hash.finalize())[..16];
        assert_eq!(tail, format!(",\"check\":\"{check}\"}}"));
    }
    let before = text.trim_end().rfind('\n').unwrap() + 1;
    let end: Value = serde_json::from_str(&text[before..]).unwrap();
    assert_eq!(end["sha256"], hex(&Sha256::digest(&text[..before])));
}
