//! The accounts of this machine: lines, and `partsweep.accounts/1`.

use std::io::{self, Write};

use anstyle::Style;
use partsweep_core::escape;
use partsweep_s3::{KnownAccount, Login};
use serde::Serialize;

use crate::report::schema::json;
use crate::text::fit::{message, padded, wrapped};

const SCHEMA: &str = "partsweep.accounts/1";

const HEADING: Style = Style::new().bold();

/// Columns in front of what is said of an account.
const INDENT: usize = 4;

/// Writes an account a line: what to type, where its store is, how it logs in. `width`: the columns; none where
/// nothing is broken.
pub(crate) fn write_lines(
    accounts: &[KnownAccount],
    program: &str,
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if accounts.is_empty() {
        writeln!(out, "No account is configured on this machine.\n")?;
        let next = format!("Next: `{program} scan` asks for the store and the keys");
        writeln!(out, "{}", message(&next, 0, width))?;
        return out.flush();
    }
    let rows: Vec<[String; 3]> = accounts.iter().map(row).collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (first, second) = (widest(0).unwrap_or(0), widest(1).unwrap_or(0));
    let in_columns = |[option, store, login]: &[String; 3]| {
        format!(
            "{}  {}  {login}",
            padded(option, first),
            padded(store, second)
        )
    };
    let fits =
        |row: &[String; 3]| width.is_none_or(|width| in_columns(row).chars().count() <= width);
    let title = ["TO USE IT", "STORE", "LOGS IN WITH"].map(str::to_owned);
    if rows.iter().all(fits) && fits(&title) {
        writeln!(out, "{HEADING}{}{HEADING:#}", in_columns(&title))?;
        for row in &rows {
            writeln!(out, "{}", in_columns(row))?;
        }
    } else {
        for [option, store, login] in &rows {
            writeln!(out, "{HEADING}{option}{HEADING:#}")?;
            for text in [store, login] {
                writeln!(out, "{:INDENT$}{}", "", wrapped(text, width, INDENT))?;
            }
        }
    }
    // The one that is taken without an option comes first.
    let named = std::env::var("AWS_PROFILE")
        .ok()
        .filter(|name| !name.is_empty());
    let in_force = format!("--profile {}", named.as_deref().unwrap_or("default"));
    let is_missing = named.is_some() && accounts.iter().all(|known| known.option != in_force);
    let usable = |known: &&KnownAccount| known.error.is_none() && known.login != Login::Nothing;
    // A missing profile is an error even where the environment has keys.
    let usable = |known: &&KnownAccount| usable(known) && !(is_missing && known.option.is_empty());
    let mut all = accounts.iter().filter(usable);
    if is_missing {
        let line =
            "AWS_PROFILE names a profile that isn't there: unset it, or name another account";
        writeln!(out, "\n{}", message(line, 0, width))?;
    }
    let first = accounts
        .iter()
        .filter(usable)
        .find(|known| known.option.is_empty() || known.option == in_force);
    if let Some(usable) = first.or_else(|| all.next()) {
        let option = escape::for_terminal(&usable.option);
        let space = if option.is_empty() { "" } else { " " };
        let next = format!("Next: {program} doctor{space}{option}");
        writeln!(out, "\n{}", message(&next, 0, width))?;
    }
    out.flush()
}

fn row(known: &KnownAccount) -> [String; 3] {
    let option = match &*known.option {
        "" => "nothing to type",
        option => option,
    };
    let store = known.endpoint.as_deref().unwrap_or("Amazon S3");
    let (store, login) = match &known.error {
        Some(error) => ("?", format!("can't be used: {error}")),
        None => (store, login(known)),
    };
    [option, store, &login].map(|text| escape::for_terminal(text).into_owned())
}

fn login(known: &KnownAccount) -> String {
    match &known.login {
        Login::Key(end) if known.option.is_empty() => {
            format!("access key …{end} of AWS_ACCESS_KEY_ID")
        }
        Login::Key(end) => format!("access key …{end}"),
        Login::Sso => "SSO (`aws sso login`)".to_owned(),
        Login::Role => "a role".to_owned(),
        Login::WebIdentity => "a web identity token".to_owned(),
        Login::Process => "a credential process".to_owned(),
        Login::Session => "a session (`aws login`)".to_owned(),
        Login::AsAwsTools => "what the AWS tools use".to_owned(),
        Login::Nothing => "nothing: no keys".to_owned(),
    }
}

#[derive(Serialize)]
struct AccountsDocument<'a> {
    schema: &'static str,
    accounts: Vec<AccountRecord<'a>>,
}

#[derive(Serialize)]
struct AccountRecord<'a> {
    option: &'a str,
    endpoint: Option<&'a str>,
    login: &'static str,
    key_end: Option<&'a str>,
    file: Option<String>,
    error: Option<&'a str>,
}

/// Writes the document.
pub(crate) fn write_document(accounts: &[KnownAccount], out: &mut dyn Write) -> io::Result<()> {
    let record = |known: &'_ KnownAccount| -> (&'static str, Option<String>) {
        match &known.login {
            Login::Key(end) => ("key", Some(end.clone())),
            Login::Sso => ("sso", None),
            Login::Role => ("role", None),
            Login::WebIdentity => ("web_identity", None),
            Login::Process => ("process", None),
            Login::Session => ("session", None),
            Login::AsAwsTools => ("as_aws_tools", None),
            Login::Nothing => ("nothing", None),
        }
    };
    let logins: Vec<_> = accounts.iter().map(record).collect();
    let records = accounts
        .iter()
        .zip(&logins)
        .map(|(known, (login, end))| AccountRecord {
            option: &known.option,
            endpoint: known.endpoint.as_deref(),
            login,
            key_end: end.as_deref(),
            file: known.file.as_ref().map(|file| file.display().to_string()),
            error: known.error.as_deref(),
        });
    let document = AccountsDocument {
        schema: SCHEMA,
        accounts: records.collect(),
    };
    json::write(out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}
