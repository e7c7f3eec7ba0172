//! Whose buckets are looked at (law 14).

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::folder::Folder;
use crate::program::{on, run};
use crate::store::Store;

/// Report 1: signed with the environment's keys and sent to the profile's endpoint.
#[test]
fn a_profile_that_was_named_wins_over_keys_in_the_environment_and_one_in_the_environment_does_not()
{
    let store = Store::filled();
    let folder = Folder::new();
    let of_profile =
        format!("[b]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    std::fs::write(folder.file("credentials"), of_profile).unwrap();
    let with_wrong_keys = || {
        let mut command = on(&store);
        command
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.file("credentials"))
            .env("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "wrong");
        command
    };
    let named = run(&mut with_wrong_keys(), &["scan", "--profile", "b"]);
    assert_eq!(named.code, Some(0), "{named:?}");
    let note = "using the access key …MSIM of profile `b`, not the one in AWS_ACCESS_KEY_ID";
    assert!(named.err.contains(note), "{named:?}");
    let from_environment = run(with_wrong_keys().env("AWS_PROFILE", "b"), &["scan"]);
    assert_eq!(from_environment.code, Some(1), "{from_environment:?}");
    assert!(
        from_environment.err.contains("InvalidAccessKeyId"),
        "{from_environment:?}"
    );
}

#[test]
fn a_named_profile_without_keys_does_not_fall_back_to_another_account() {
    let store = Store::filled();
    let folder = Folder::new();
    std::fs::write(folder.file("config"), "[profile b]\nregion = us-east-1\n").unwrap();
    let mut command = on(&store);
    command.env("AWS_CONFIG_FILE", folder.file("config"));
    let ran = run(&mut command, &["scan", "--profile", "b"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        store.sim.total(),
        0,
        "nothing was asked by the keys of the environment"
    );
}
