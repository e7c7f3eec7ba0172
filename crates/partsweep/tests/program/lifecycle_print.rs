//! `--print`, and the words that each store and each tool has for the rule.

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::{Habits, Setup};

use crate::folder::Folder;
use crate::lifecycle::{lifecycle, store, writes};
use crate::program::{on, partsweep, run};
use crate::store::Store;

#[test]
fn a_bucket_that_another_tool_manages_is_left_with_the_rule_for_that_tool() {
    let store = store(Habits::aws());
    store
        .sim
        .set_bucket_tags("plain", &[("aws:cloudformation:stack-name", "web")])
        .unwrap();
    store
        .sim
        .set_bucket_tags("ruled", &[("ManagedBy", "terraform")])
        .unwrap();
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
    assert!(
        ran.err.contains("CloudFormation (stack web) manages it"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("lifecycle set --print cloudformation plain"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("lifecycle set --print terraform ruled"),
        "{ran:?}"
    );
    // The rule that was asked for, and no other.
    let ran = lifecycle(&store, &["set", "-y", "--days", "3", "ruled"]);
    let typed = "lifecycle set --print terraform ruled --days 3`";
    assert!(ran.err.contains(typed), "{ran:?}");
    let tagged = |name: &str, value: &str| {
        store
            .sim
            .set_bucket_tags("ruled", &[(name, value)])
            .unwrap();
        let ran = lifecycle(&store, &["set", "-y", "ruled"]);
        assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
        ran.err
    };
    let told = tagged("pulumi:stack", "prod");
    assert!(told.contains("Pulumi manages it"), "{told}");
    assert!(
        told.contains("--print pulumi ruled") && !told.contains("erraform"),
        "{told}"
    );
    let told = tagged("Name", "terraform-state");
    assert!(
        told.contains("its tag `Name` = `terraform-state` may mean"),
        "{told}"
    );
    assert!(
        told.contains("--print aws-cli ruled") && !told.contains("--print terraform"),
        "{told}"
    );
    let ran = lifecycle(&store, &["set", "-y", "--even-if-managed"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 2), "{ran:?}");
}

/// What would be copied into another tool would be refused there.
#[test]
fn a_rule_is_printed_for_no_store_that_refuses_it() {
    for (args, code) in [
        ("--print aws-cli --store minio:http://127.0.0.1:9", 5),
        ("--print mc --store minio:http://127.0.0.1:9", 0),
        ("--print terraform --store gcs", 5),
        ("--print s3cmd --store oracle:NS:us-ashburn-1", 5),
        ("--print aws-cli --store wasabi", 0),
        ("--print b2 --store b2:us-west-004", 0),
    ] {
        let line = format!("lifecycle set b {args}");
        let args: Vec<_> = line.split(' ').collect();
        let ran = run(&mut partsweep(), &args);
        assert_eq!(ran.code, Some(code), "{line}: {ran:?}");
        assert_eq!(ran.out.is_empty(), code == 5, "{line}: {ran:?}");
    }
}

#[test]
fn printing_connects_to_nothing() {
    for (tool, says) in [
        ("terraform", "days_after_initiation = 14"),
        ("cloudformation", "DaysAfterInitiation: 14"),
        ("pulumi", "daysAfterInitiation: 14"),
        ("aws-cli", "\"DaysAfterInitiation\": 14"),
        ("s3cmd", "<DaysAfterInitiation>14</DaysAfterInitiation>"),
        ("mc", "stale_uploads_expiry=336h"),
        (
            "b2",
            "\"daysFromStartingToCancelingUnfinishedLargeFiles\": 14",
        ),
    ] {
        let ran = run(
            &mut partsweep(),
            &["lifecycle", "set", "--days", "14", "--print", tool, "logs"],
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(says), "{ran:?}");
        assert!(
            tool == "cloudformation" || tool == "mc" || ran.out.contains("logs"),
            "{ran:?}"
        );
    }
}

/// A rule in the words of Amazon S3 is refused there.
#[test]
fn stores_with_their_own_words_for_a_rule_get_it_in_them() {
    for (id, words) in [
        ("gcs", "<Condition><Age>7</Age></Condition>"),
        (
            "alibaba",
            "<AbortMultipartUpload><Days>7</Days></AbortMultipartUpload>",
        ),
    ] {
        let store = Store::with(Setup::new(Habits::of(StoreEntry::named(id).unwrap())));
        store.upload("b", "k", &[1_000_000], 100);
        let named = format!("{id}:{}", store.sim.endpoint());
        let ran = lifecycle(
            &store,
            &["set", "--days", "7", "--yes", "b", "--store", &named],
        );
        assert_eq!(ran.code, Some(0), "{id}: {ran:?}");
        let kept = store.sim.lifecycle("b").unwrap().unwrap();
        assert!(kept.contains(words), "{id}: {kept}");
        let ran = lifecycle(&store, &["check", "--check", "b"]);
        assert_eq!(ran.code, Some(0), "{id}: {ran:?}");
    }
}

#[test]
fn a_command_that_replaces_all_rules_is_printed_as_a_comment_below_its_warning() {
    for tool in ["aws-cli", "s3cmd", "b2"] {
        let ran = run(
            &mut partsweep(),
            &["lifecycle", "set", "--print", tool, "logs"],
        );
        let first = ran.out.lines().next().unwrap();
        assert!(
            first.starts_with("# The last command replaces ALL rules"),
            "{ran:?}"
        );
        for word in ["put-bucket-lifecycle", "setlifecycle", "bucket update"] {
            let lines = ran.out.lines().filter(|line| line.contains(word));
            assert!(lines.clone().all(|line| line.starts_with("# ")), "{ran:?}");
        }
    }
    let ran = run(
        &mut partsweep(),
        &["lifecycle", "set", "--print", "terraform", "s3://a/b"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn a_file_that_is_written_is_no_dash() {
    let store = store(Habits::aws());
    let folder = Folder::new();
    for args in [
        &["lifecycle", "set", "-y", "--undo", "-"][..],
        &["lifecycle", "undo", "-y", "--undo", "-", "file"],
        &["prices", "import", "list", "--save", "-"],
        &["clean", "-y", "--journal", "-"],
    ] {
        let ran = run(on(&store).current_dir(folder.path()), args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("a file is needed here"), "{ran:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(store.changes(), 0);
}

/// Terraform takes no name that begins with a digit, and two buckets need two.
#[test]
fn what_is_printed_for_terraform_has_a_name_that_it_takes() {
    let store = store(Habits::aws());
    let args = ["set", "--print", "terraform", "123-abc", "my-b", "my.b"];
    let ran = lifecycle(&store, &args);
    for name in ["bucket_123-abc", "my-b", "my_b"] {
        let line = format!("resource \"aws_s3_bucket_lifecycle_configuration\" \"{name}\" {{");
        assert!(ran.out.contains(&line), "{ran:?}");
    }
}
