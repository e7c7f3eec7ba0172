//! Aliases of mc that mc itself takes, and one that spoils no other.

use super::*;

#[test]
fn an_alias_of_another_form_spoils_only_itself() {
    let json = r#"{"version":"10",
        "aliases":{"null":{"url":"https://n","accessKey":"A","secretKey":"b","path":null,"sessionToken":null},
            "number":{"url":"https://h","accessKey":1,"secretKey":"TOPSECRET"},"list":[],"none":null,
            "both":{"url":"https://new","accessKey":"A","secretKey":"b"}},
        "hosts":{"old":{"url":"https://o","accessKey":"A","secretKey":"b","lookup":"path"},
            "both":{"url":"https://old","accessKey":"A","secretKey":"b"}}}"#;
    let home = home(&[(".mc/config.json", json)], &[]);
    for (called, expected) in [
        ("mc:null", "https://n - - A b -"),
        ("mc:old", "https://o - Path A b -"),
        ("mc:both", "https://new - - A b -"),
    ] {
        assert_eq!(home.read(called), expected);
    }
    let told = home.read("mc:number");
    let expected = "~/.mc/config.json isn't a configuration of mc: its alias `number` has a value that isn't a text";
    assert_eq!(told, expected);
    assert!(home.read("mc:none").contains("its alias `none`"));
    let listed = home.read("mc");
    assert!(
        listed.contains("there are: both, ") && listed.contains("null, number, old"),
        "{listed}"
    );
    let nothing = home_of_null().read("mc:a");
    assert_eq!(nothing, "mc has no alias `a`");
}

fn home_of_null() -> Home {
    home(
        &[(".mc/config.json", r#"{"version":"10","aliases":null}"#)],
        &[],
    )
}
