//! The files in `written/` were written by the tools themselves (its README says how).

mod aliases;
mod typed;

use std::collections::HashMap;
use std::fs;

use aws_credential_types::Credentials;

use super::*;

/// A home folder with these files, and these variables.
struct Home {
    folder: tempfile::TempDir,
    machine: Machine,
}

fn home(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Home {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let at = folder.path().to_str().unwrap().to_owned();
    let with_home = |(name, value): &(&str, &str)| ((*name).to_owned(), value.replace("HERE", &at));
    let mut variables: HashMap<String, String> = variables.iter().map(with_home).collect();
    variables.insert("HOME".to_owned(), at);
    let env = Box::new(move |name: &str| variables.get(name).cloned());
    Home {
        folder,
        machine: Machine { env },
    }
}

impl Home {
    /// Endpoint, region, addressing, access key, secret key, token.
    fn read(&self, called: &str) -> String {
        match self.machine.read(called) {
            Ok(account) => {
                let shown = |value: Option<&str>| value.unwrap_or("-").to_owned();
                let credentials = account.keys.as_ref().map(StaticKeys::credentials);
                let words = [
                    shown(account.endpoint_url.as_deref()),
                    shown(account.region.as_deref()),
                    account
                        .addressing
                        .map_or("-".to_owned(), |style| format!("{style:?}")),
                    shown(credentials.map(Credentials::access_key_id)),
                    shown(credentials.map(Credentials::secret_access_key)),
                    shown(credentials.and_then(|keys| keys.session_token())),
                ];
                words.join(" ")
            }
            Err(error) => {
                let hint = error.hint().map(|hint| format!(" | {hint}"));
                let text = format!("{error}{}", hint.unwrap_or_default());
                text.replace(self.folder.path().to_str().unwrap(), "~")
            }
        }
    }
}

const RCLONE: &str = "# a comment\n[dream]\ntype = s3\nprovider = Dreamhost\naccess_key_id = AKID\n\
    secret_access_key = se/cr=et\nendpoint = objects-us-east-1.dream.io\n\n\
    [aws]\ntype = s3\nprovider = AWS\nenv_auth = true\nregion = eu-west-1\nprofile = work\n\n\
    [no-keys]\ntype = s3\nendpoint = http://h:1\n\n\
    [half]\ntype = s3\naccess_key_id = AKID\n\n\
    [old]\ntype = s3\nv2_auth = true\naccess_key_id = A\nsecret_access_key = b\n\n\
    [styled]\ntype = s3\naccess_key_id = A\nsecret_access_key = b\nforce_path_style = false\nsession_token = tok\n\
    endpoint = https://h/\n\n\
    [secret]\ntype = crypt\nremote = dream:bucket/dir\n\n[box]\ntype = dropbox\n";

#[test]
fn rclone_remotes_are_read_as_rclone_reads_them() {
    let home_of =
        |variables: &[(&str, &str)]| home(&[(".config/rclone/rclone.conf", RCLONE)], variables);
    let plain = home_of(&[]);
    for (called, expected) in [
        (
            "rclone:dream",
            "https://objects-us-east-1.dream.io - - AKID se/cr=et -",
        ),
        (
            "rclone:dream:",
            "https://objects-us-east-1.dream.io - - AKID se/cr=et -",
        ),
        ("rclone:aws", "- eu-west-1 - - - -"),
        ("rclone:styled", "https://h/ - Virtual A b tok"),
        (
            "rclone:no-keys",
            "rclone:no-keys has no keys, and isn't set to take them from the environment (env_auth) | \
             complete it with the tool itself, or name a profile",
        ),
        (
            "rclone:half",
            "rclone:half has an access key without a secret key | complete it with the tool itself, or name a profile",
        ),
        (
            "rclone:secret",
            "rclone's `secret` is of type `crypt`, not an S3 store | it stands for `dream`: try rclone:dream",
        ),
        (
            "rclone:box",
            "rclone's `box` is of type `dropbox`, not an S3 store",
        ),
        (
            "rclone:nosuch",
            "rclone has no remote `nosuch` | there are: dream, aws, no-keys, half, old, styled",
        ),
        (
            "rclone",
            "rclone may have several accounts: name one | there are: dream, aws, no-keys, half, old, styled",
        ),
    ] {
        assert_eq!(plain.read(called), expected);
    }
    assert!(
        plain
            .read("rclone:old")
            .starts_with("rclone:old is set to signature version 2")
    );
    assert_eq!(
        plain.machine.read("rclone:aws").unwrap().profile.as_deref(),
        Some("work")
    );

    // Variables of all S3 remotes win, then those of the remote, then the file.
    let variables = [
        ("RCLONE_CONFIG_DREAM_ACCESS_KEY_ID", "OWN"),
        ("RCLONE_CONFIG_NO-KEYS_ACCESS_KEY_ID", "DASH"),
        ("RCLONE_CONFIG_ELSE_ACCESS_KEY_ID", "ELSE"),
        ("RCLONE_S3_SECRET_ACCESS_KEY", "of all"),
        ("RCLONE_CONFIG_ELSE_TYPE", "s3"),
        ("RCLONE_CONFIG_ELSE_ENDPOINT", "else.example"),
    ];
    let overridden = home_of(&variables);
    assert_eq!(
        overridden.read("rclone:dream"),
        "https://objects-us-east-1.dream.io - - OWN of all -"
    );
    assert_eq!(
        overridden.read("rclone:else"),
        "https://else.example - - ELSE of all -"
    );
    assert_eq!(
        overridden.read("rclone:no-keys"),
        "http://h:1 - - DASH of all -"
    );
    let of_all = home_of(&[
        ("RCLONE_S3_ACCESS_KEY_ID", "ALL"),
        ("RCLONE_CONFIG_DREAM_ACCESS_KEY_ID", "OWN"),
    ]);
    assert_eq!(
        of_all.read("rclone:dream"),
        "https://objects-us-east-1.dream.io - - ALL se/cr=et -"
    );
    let without_file = home(&[], &variables);
    assert_eq!(
        without_file.read("rclone:else"),
        "https://else.example - - ELSE of all -"
    );
    assert_eq!(
        without_file.read("rclone:dream"),
        "rclone isn't configured here: there is no ~/.config/rclone/rclone.conf"
    );
}

#[test]
fn the_file_of_rclone_is_where_rclone_looks() {
    let file = |id: &str| format!("[a]\ntype = s3\naccess_key_id = {id}\nsecret_access_key = s\n");
    let (named, xdg, usual, old) = (file("NAMED"), file("XDG"), file("USUAL"), file("OLD"));
    let files = [
        ("named.conf", &*named),
        ("xdg/rclone/rclone.conf", &*xdg),
        (".config/rclone/rclone.conf", &*usual),
        (".rclone.conf", &*old),
    ];
    let id = |files: &[(&str, &str)], variables: &[(&str, &str)]| {
        home(files, variables).read("rclone:a")
    };
    let xdg_is = ("XDG_CONFIG_HOME", "HERE/xdg");
    assert_eq!(
        id(&files, &[("RCLONE_CONFIG", "~/named.conf"), xdg_is]),
        "- - - NAMED s -"
    );
    assert_eq!(id(&files, &[xdg_is]), "- - - XDG s -");
    assert_eq!(id(&files, &[]), "- - - USUAL s -");
    assert_eq!(id(&files[3..], &[xdg_is]), "- - - OLD s -");
}

const MC: &str = r#"{"version":"10","aliases":{
    "local":{"url":"http://localhost:9000","accessKey":"","secretKey":"","api":"S3v4","path":"auto"},
    "gcs":{"url":"https://storage.googleapis.com","accessKey":"YOUR-ACCESS-KEY-HERE","secretKey":"YOUR-SECRET-KEY-HERE","api":"S3v2","path":"dns"},
    "s3":{"url":"https://s3.amazonaws.com","accessKey":"AK","secretKey":"SK","api":"S3v4","path":"dns"},
    "mine":{"url":"https://minio.example.com:9000","accessKey":"AK","secretKey":"S/K+=","sessionToken":"T","api":"S3v4","path":"on","src":"x"},
    "off":{"url":"https://h","accessKey":"AK","secretKey":"SK","api":"s3v4","path":"off"},
    "old":{"url":"https://h","accessKey":"AK","secretKey":"SK","api":"S3v2","path":"auto"}}}"#;

#[test]
fn aliases_of_mc_are_read() {
    let variables = [
        ("MC_HOST_env", "https://A%2FK:S%40K:T@minio.example.com"),
        ("MC_HOST_bad", "https://h"),
    ];
    let home = home(&[(".mc/config.json", MC)], &variables);
    for (called, expected) in [
        (
            "mc:mine",
            "https://minio.example.com:9000 - Path AK S/K+= T",
        ),
        ("mc:s3", "- - - AK SK -"),
        ("mc:off", "https://h - Virtual AK SK -"),
        ("mc:env", "https://minio.example.com - - A/K S@K T"),
    ] {
        assert_eq!(home.read(called), expected);
    }
    for (called, expected) in [
        ("mc:local", "mc:local has no keys"),
        ("mc:gcs", "mc:gcs has no keys"),
        ("mc:bad", "mc:bad has no keys in its variable"),
        ("mc:old", "mc:old is set to signature version 2"),
        (
            "mc:nosuch",
            "mc has no alias `nosuch` | there are: gcs, local, mine, off, old, s3",
        ),
        (
            "mc",
            "mc may have several accounts: name one | there are: mine, off, old, s3",
        ),
    ] {
        assert!(
            home.read(called).starts_with(expected),
            "{}",
            home.read(called)
        );
    }
    let broken = self::home(
        &[(
            ".mc/config.json",
            r#"{"aliases":{"a":{"secretKey":"TOPSECRET","#,
        )],
        &[],
    );
    let told = broken.read("mc:a");
    assert!(
        told.contains("isn't a configuration of mc") && !told.contains("TOPSECRET"),
        "{told}"
    );
    let elsewhere = [("MC_CONFIG_DIR", "HERE/dir")];
    let elsewhere = self::home(
        &[("dir/config.json", MC), (".mc/config.json", "{}")],
        &elsewhere,
    );
    assert_eq!(elsewhere.read("mc:s3"), "- - - AK SK -");
}

#[test]
fn s3cfg_is_read_as_s3cmd_reads_it() {
    let read =
        |text: &str, variables: &[(&str, &str)]| home(&[(".s3cfg", text)], variables).read("s3cmd");
    let keys = "access_key = AK\nsecret_key = SK\n";
    for (text, expected) in [
        ("", "- - - AK SK -"),
        ("access_token = T\n", "- - - AK SK T"),
        (
            "host_base = h.example\nhost_bucket = %(bucket)s.h.example\n",
            "https://h.example - Virtual AK SK -",
        ),
        (
            "host_base = h.example:9000\nhost_bucket = h.example:9000\nuse_https = False\n",
            "http://h.example:9000 - Path AK SK -",
        ),
        (
            "host_base = http://h.example\nuse_https = no\n",
            "http://h.example - - AK SK -",
        ),
        (
            "host_base = s3.%(location)s.h\nbucket_location = eu-1\n",
            "https://s3.eu-1.h eu-1 - AK SK -",
        ),
        ("bucket_location = EU\n", "- eu-west-1 - AK SK -"),
        ("bucket_location = US\n", "- - - AK SK -"),
        // The last line counts, whatever its section, and quotes are no part of it.
        ("[other]\naccess_key = \"LAST\"\n", "- - - LAST SK -"),
        ("secret_key = $OTHER\n", "- - - AK from a variable -"),
        ("# access_key = no\n", "- - - AK SK -"),
    ] {
        let text = format!("[default]\n{keys}{text}");
        assert_eq!(
            read(&text, &[("OTHER", "from a variable")]),
            expected,
            "{text}"
        );
    }
    let of_env = [
        ("AWS_ACCESS_KEY_ID", "ENV"),
        ("AWS_SECRET_ACCESS_KEY", "ENVS"),
    ];
    assert_eq!(
        read("[default]\nhost_base = h\n", &of_env),
        "https://h - - ENV ENVS -"
    );
    let old = read(&format!("{keys}signature_v2 = True\n"), &[]);
    assert!(
        old.starts_with("s3cmd is set to signature version 2"),
        "{old}"
    );
    let named = home(&[("work.cfg", keys)], &[("S3CMD_CONFIG", "HERE/work.cfg")]);
    assert_eq!(named.read("s3cmd"), "- - - AK SK -");
    assert_eq!(named.read("s3cmd:~/work.cfg"), "- - - AK SK -");
    assert_eq!(named.read("s3cmd:~/no.cfg"), "there is no file `~/no.cfg`");
}

#[test]
fn boto_is_read_as_boto_reads_it() {
    let keys = "[Credentials]\naws_access_key_id = AK\naws_secret_access_key = S%%K\n";
    let read =
        |text: &str, variables: &[(&str, &str)]| home(&[(".boto", text)], variables).read("boto");
    for (text, expected) in [
        ("", "- - - AK S%K -"),
        ("aws_security_token = T\n", "- - - AK S%K T"),
        ("s3_host = h.example\n", "https://h.example - - AK S%K -"),
        (
            "[s3]\nhost = h.example\nport = 8080\n[Boto]\nis_secure = False\n",
            "http://h.example:8080 - - AK S%K -",
        ),
        ("[s3]\nhost = s3.amazonaws.com\n", "- - - AK S%K -"),
        (
            "[s3]\nhost = h\ncalling_format = boto.s3.connection.OrdinaryCallingFormat\n",
            "https://h - Path AK S%K -",
        ),
    ] {
        assert_eq!(
            read(&format!("{keys}{text}"), &[("AWS_ACCESS_KEY_ID", "ENV")]),
            expected,
            "{text}"
        );
    }
    let of_env = [
        ("AWS_ACCESS_KEY_ID", "ENV"),
        ("AWS_SECRET_ACCESS_KEY", "ENVS"),
    ];
    assert_eq!(
        read("[s3]\nhost = h\n", &of_env),
        "https://h - - ENV ENVS -"
    );
    let several = home(
        &[("one", keys), ("two", "[s3]\nhost = two\n")],
        &[("BOTO_PATH", "HERE/one:HERE/two")],
    );
    assert_eq!(several.read("boto"), "https://two - - AK S%K -");
    assert_eq!(several.read("boto:~/one"), "- - - AK S%K -");
    let nowhere = home(&[], &[("BOTO_CONFIG", "~/none")]);
    assert_eq!(
        nowhere.read("boto"),
        "boto isn't configured here: there is no ~/none"
    );
}

#[test]
fn s5cmd_and_s4cmd_are_read_by_their_variables() {
    let variables = [
        ("S3_ENDPOINT_URL", "https://h"),
        ("S3_ACCESS_KEY", "AK"),
        ("S3_SECRET_KEY", "SK"),
    ];
    let home_of = home(&[], &variables);
    assert_eq!(home_of.read("s5cmd"), "https://h - - - - -");
    assert_eq!(home_of.read("s4cmd"), "- - - AK SK -");
    let of_file = home(
        &[(
            ".s3cfg",
            "access_key = AK\nsecret_key = SK\nhost_base = h\n",
        )],
        &[],
    );
    assert_eq!(of_file.read("s4cmd"), "https://h - - AK SK -");
    let nothing = of_file.read("cyberduck:x");
    assert!(
        nothing.starts_with("unknown tool `cyberduck` | write rclone:NAME"),
        "{nothing}"
    );
    assert_eq!(
        of_file.read("s5cmd:x"),
        "s5cmd has one account, so `x` has no meaning | write `--from s5cmd`"
    );
    let without = home(&[], &[]);
    assert_eq!(
        without.read("s4cmd"),
        "s4cmd: S3_ACCESS_KEY and S3_SECRET_KEY aren't set, and there is no ~/.s3cfg"
    );
}

#[test]
fn what_the_tools_wrote_themselves_is_read() {
    let home = home(
        &[
            (".s3cfg", include_str!("written/s3cfg")),
            (".boto", include_str!("written/boto.cfg")),
            (".mc/config.json", include_str!("written/mc.json")),
            (
                ".config/rclone/rclone.conf",
                include_str!("written/rclone.conf"),
            ),
        ],
        &[],
    );
    let dream = "https://objects-us-east-1.dream.io";
    for (called, expected) in [
        (
            "s3cmd",
            format!("{dream} - Virtual AKIDOFS3CMD s3cmd/secret+key= -"),
        ),
        (
            "boto",
            format!("{dream} - Path AKIDOFBOTO boto/secret+key= -"),
        ),
        ("mc:dream", format!("{dream} - - AKIDOFMC mc/secret+key= -")),
        (
            "rclone:dream",
            format!("{dream} us-east-1 - AKIDOFRCLONE rclone/secret+key= -"),
        ),
    ] {
        assert_eq!(home.read(called), expected);
    }
}

#[test]
fn an_encrypted_file_of_rclone_is_read_with_its_password() {
    let file = [(
        ".config/rclone/rclone.conf",
        include_str!("written/rclone-encrypted.conf"),
    )];
    let read = |variables: &[(&str, &str)]| home(&file, variables).read("rclone:dream");
    let dream = "https://objects-us-east-1.dream.io us-east-1 - AKIDOFRCLONE rclone/secret+key= -";
    assert_eq!(read(&[("RCLONE_CONFIG_PASS", "a pass word")]), dream);
    for (variables, why) in [
        (&[][..], "RCLONE_CONFIG_PASS isn't set"),
        (
            &[("RCLONE_CONFIG_PASS", "another")][..],
            "RCLONE_CONFIG_PASS isn't its password",
        ),
    ] {
        let told = read(variables);
        assert!(
            told.starts_with(&format!(
                "~/.config/rclone/rclone.conf is encrypted: {why} | set RCLONE_CONFIG_PASS"
            )),
            "{told}"
        );
    }
    let damaged = "# Encrypted rclone Configuration File\n\nRCLONE_ENCRYPT_V0:\n!!!\n";
    let damaged = home(
        &[(".config/rclone/rclone.conf", damaged)],
        &[("RCLONE_CONFIG_PASS", "x")],
    );
    assert!(damaged.read("rclone:a").contains("it is damaged"));
}
