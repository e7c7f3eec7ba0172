//! Sections of the AWS files that can't be read.

use std::fs;

use crate::folder::Folder;
use crate::program::{Run, partsweep, run};

fn with_config(config: &str, args: &[&str]) -> Run {
    let folder = Folder::new();
    fs::write(folder.file("config"), config).unwrap();
    let mut command = partsweep();
    command
        .env("HOME", folder.path())
        .env("AWS_CONFIG_FILE", folder.file("config"));
    run(&mut command, args)
}

#[test]
fn a_broken_line_is_told_on_one_line_with_what_to_do() {
    let config = "[default]\nregion = x\nthis is no setting\n";
    for args in [&["scan"][..], &["doctor", "--settings"]] {
        let ran = with_config(config, args);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains("/config on line 3: "), "{ran:?}");
        assert!(!told.contains("\\n"), "{ran:?}");
    }
    let scan = with_config(config, &["scan"]);
    assert!(scan.err.contains("hint: correct that line"), "{scan:?}");
}

/// The AWS CLI takes such names; the AWS SDK passes over their sections.
#[test]
fn a_name_that_the_sdk_does_not_read_is_said_to_be_there() {
    let config = "[profile \"sp ace\"]\naws_access_key_id = A\naws_secret_access_key = b\n";
    let ran = with_config(config, &["scan", "--profile", "sp ace"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("the AWS SDK doesn't read its section"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("without white space and quotes"),
        "{ran:?}"
    );
}
