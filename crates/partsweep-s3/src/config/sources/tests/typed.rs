//! What is refused with the words that lead on, and files of older versions.

use super::*;

#[test]
fn a_credentials_file_of_rclone_counts_only_if_the_aws_tools_read_it_too() {
    const CONFIG: &str = "[work]\ntype = s3\nenv_auth = true\nshared_credentials_file = ~/creds\nprofile = w\n\
        endpoint = https://h\n[own]\ntype = s3\naccess_key_id = A\nsecret_access_key = b\n\
        shared_credentials_file = ~/creds\n";
    let files = [(".config/rclone/rclone.conf", CONFIG)];
    let plain = home(&files, &[]);
    assert_eq!(
        plain.read("rclone:work"),
        "rclone:work takes its keys from ~/creds (shared_credentials_file) | partsweep reads that file if the variable \
         names it: AWS_SHARED_CREDENTIALS_FILE=~/creds"
    );
    assert_eq!(
        plain.read("rclone:own"),
        "- - - A b -",
        "keys of its own win"
    );
    let variable = ("AWS_SHARED_CREDENTIALS_FILE", "HERE/creds");
    let named = home(&files, &[variable]).machine.read("rclone:work");
    assert_eq!(named.unwrap().profile.as_deref(), Some("w"));
    let other = ("AWS_SHARED_CREDENTIALS_FILE", "HERE/other");
    let other = home(&files, &[other]).machine.read("rclone:work");
    assert!(other.is_err());
}

#[test]
fn a_bucket_behind_an_account_is_to_be_left_out() {
    let files = [
        (".config/rclone/rclone.conf", RCLONE),
        (".mc/config.json", MC),
    ];
    let both = home(&files, &[]);
    for (typed, account) in [
        ("rclone:dream:bkt", "rclone:dream"),
        ("rclone:dream/bkt", "rclone:dream"),
        ("mc:mine/bkt", "mc:mine"),
    ] {
        let told = format!("`{typed}` names a bucket, too | leave out the bucket: {account}");
        assert_eq!(both.read(typed), told);
    }
}

#[test]
fn hosts_of_older_versions_of_mc_are_read() {
    let old = r#"{"version":"9","hosts":{
        "a":{"url":"http://h:9000","accessKey":"AK","secretKey":"SK","api":"S3v4","lookup":"path"},
        "b":{"url":"http://h:9000","accessKey":"AK","secretKey":"SK","api":"S3v4","lookup":"auto"}}}"#;
    let old = home(&[(".mc/config.json", old)], &[]);
    assert_eq!(old.read("mc:a"), "http://h:9000 - Path AK SK -");
    assert_eq!(old.read("mc:b"), "http://h:9000 - - AK SK -");
}

#[test]
fn a_remote_that_takes_a_role_is_refused_by_name() {
    let file = "[a]\ntype = s3\naccess_key_id = A\nsecret_access_key = b\nrole_arn = arn:aws:iam::1:role/x\n\
        [b]\ntype = s3\nenv_auth = true\n";
    let files = [(".config/rclone/rclone.conf", file)];
    let expected = "takes a role (role_arn), which partsweep only does for AWS profiles | make a profile with role_arn \
                    and source_profile in ~/.aws/config, and name it: --profile NAME";
    assert_eq!(
        home(&files, &[]).read("rclone:a"),
        format!("rclone:a {expected}")
    );
    let variables = [("RCLONE_S3_ROLE_ARN", "arn:aws:iam::1:role/x")];
    assert_eq!(
        home(&files, &variables).read("rclone:b"),
        format!("rclone:b {expected}")
    );
    assert_eq!(home(&files, &[]).read("rclone:b"), "- - - - - -");
}
