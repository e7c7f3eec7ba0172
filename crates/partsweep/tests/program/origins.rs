//! What is said of keys that no profile has, and of a profile that isn't there.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::folder::Folder;
use crate::program::{partsweep, run};
use crate::store::Store;

#[test]
fn keys_of_a_container_are_not_said_to_be_of_a_profile() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let keys = format!(
            r#"{{"AccessKeyId":"{ACCESS_KEY}","SecretAccessKey":"{SECRET_KEY}","Token":"t","Expiration":"2999-01-01T00:00:00Z"}}"#
        );
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 16_384]);
            let head = format!("connection: close\r\ncontent-length: {}", keys.len());
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{keys}").as_bytes());
        }
    });
    let (store, folder) = (Store::filled(), Folder::new());
    let mut command = partsweep();
    command
        .env("HOME", folder.path())
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
        .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
    let ran = run(&mut command, &["doctor"]);
    let told = "access key …MSIM, from AWS_CONTAINER_CREDENTIALS_FULL_URI";
    assert!(ran.out.contains(told), "{ran:?}");
    assert!(!ran.out.contains("profile default"), "{ran:?}");
}

#[test]
fn next_to_a_profile_that_is_not_there_no_command_is_given_that_fails() {
    let folder = Folder::new();
    let settings = || {
        let mut command = partsweep();
        command
            .env("HOME", folder.path())
            .env("AWS_PROFILE", "nope")
            .env("AWS_CONFIG_FILE", folder.file("config"))
            .env("AWS_ACCESS_KEY_ID", "AKIA1")
            .env("AWS_SECRET_ACCESS_KEY", "b");
        run(&mut command, &["doctor", "--settings"])
    };
    let ran = settings();
    assert!(
        ran.out
            .contains("AWS_PROFILE names a profile that isn't there"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("Next: "), "{ran:?}");
    let config = "[profile other]\naws_access_key_id = A\naws_secret_access_key = b\n";
    fs::write(folder.file("config"), config).unwrap();
    let ran = settings();
    assert!(
        ran.out
            .ends_with("Next: partsweep doctor --profile other\n"),
        "{ran:?}"
    );
}
