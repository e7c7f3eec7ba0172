//! The lines, held to their schema.

use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{Journal, Memory, SCHEMA, read};
use serde_json::{Value, json};

use crate::act::{Act, OUTCOMES, block_on, head, outcome, sight, spare, swept};
use crate::told::written;

fn every_line() -> Vec<Value> {
    let mut acts = Vec::new();
    for number in 0..2 * OUTCOMES {
        acts.push(Act::Abort(number, sight(number)));
        acts.push(Act::Aborted(number));
        acts.push(Act::Repair(number, head(number), spare(number, 0)));
        acts.push(Act::SpareGone(number, spare(number, 0)));
        acts.push(Act::Rewrite(number, head(number)));
        acts.push(Act::Untouched(number));
        acts.push(Act::Outcome(swept(number, outcome(number))));
    }
    let bytes = written(&acts);
    let memory = Memory::holding(bytes.clone());
    let journal = Journal::resume(memory.clone(), &read(&bytes[..]).unwrap()).unwrap();
    drop(journal.next_plan("00ff", 2 * OUTCOMES).unwrap());
    block_on(journal.end(&SweepTotals::default())).unwrap();
    let text = String::from_utf8(memory.bytes()).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_line_fits_the_schema_and_a_changed_one_does_not() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    let text = std::fs::read_to_string(format!("{folder}/partsweep.journal-1.schema.json"));
    let schema: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in every_line() {
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
            let may_go =
                field.ends_with("_at_least") || (field == "spare" && line["event"] == "outcome");
            assert_eq!(
                validator.is_valid(&less),
                may_go,
                "without {field}: {line:#}"
            );
        }
    }
    assert_eq!(every_line()[0]["schema"], SCHEMA);
}
