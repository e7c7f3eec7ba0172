//! Files of settings and of keys that have no end.

use std::os::unix::fs::symlink;
use std::process::Command;

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::folder::Folder;
use crate::program::{Run, isolate, on, partsweep, run};
use crate::store::Store;

fn ran(folder: &Folder, variables: &[(&str, &str)], args: &[&str]) -> Run {
    let mut command = partsweep();
    command
        .env("HOME", folder.path())
        .envs(variables.iter().copied());
    run(&mut command, args)
}

#[test]
fn a_settings_file_without_end_is_an_error_that_names_it() {
    let folder = Folder::new();
    let fifo = folder.file("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let of_fifo = format!("s3cmd:{fifo}");
    let device = "/dev/zero: it is a device; name a regular file";
    let pipe = format!("{fifo}: it is a named pipe (FIFO)");
    let variables = [("RCLONE_CONFIG", "/dev/zero")];
    for (variables, args, told) in [
        (&variables[..], ["scan", "--from", "rclone:a"], device),
        (&[], ["scan", "--from", &of_fifo], &pipe),
        (&[], ["scan", "--from", "s3cmd:/dev/zero"], device),
    ] {
        let ran = ran(&folder, variables, &args);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let variables = [(variable, "/dev/zero")];
        let scanned = ran(&folder, &variables, &["scan"]);
        assert_eq!(scanned.code, Some(1), "{scanned:?}");
        let told = "/dev/zero can't be read: it is a device";
        assert!(scanned.err.contains(told), "{scanned:?}");
        let listed = ran(&folder, &variables, &["doctor", "--settings"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        assert!(listed.out.contains(told), "{listed:?}");
    }
    let config = folder.path().join(".config/partsweep");
    std::fs::create_dir_all(&config).unwrap();
    symlink("/dev/zero", config.join("config.toml")).unwrap();
    let ran = ran(&folder, &[], &["scan"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("config.toml: it is a device"), "{ran:?}");
}

#[test]
fn keys_without_end_are_refused_and_those_of_a_pipe_are_not() {
    let store = Store::filled();
    let scan = |stdin: &str| {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        let scan = format!("'{binary}' scan b --keys-from -");
        let line = match stdin.strip_suffix('|') {
            Some(_) => format!("{stdin} {scan}"),
            None => format!("{scan} {stdin}"),
        };
        let mut shell = Command::new("/bin/bash");
        isolate(&mut shell);
        shell
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
        run(&mut shell, &["-c", &line])
    };
    for (stdin, told) in [
        ("< /dev/urandom", "it is a device"),
        ("cat /dev/zero |", "line 1: too long to be a key"),
    ] {
        let ran = scan(stdin);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
    let ran = run(
        &mut on(&store),
        &["scan", "b", "--keys-from", "/dev/urandom"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("--keys-from /dev/urandom: it is a device"),
        "{ran:?}"
    );
    let piped = scan("echo s3://b/key |");
    assert!(piped.err.contains("--keys-from has 1 key"), "{piped:?}");
}
