//! `partsweep prices import`: a price list of AWS as a file for `--prices`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::aws_list;
use crate::args::file_name;
use crate::report::prices;
use crate::run::prices::file;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::counted;

/// A list of all regions has some 50 MB; what is larger is none.
const LARGEST: u64 = 512 << 20;

/// Make a file for --prices from a price list of Amazon S3
///
/// AWS publishes it without an account, for example at
/// <https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonS3/current/us-east-1/index.json> (or index.csv).
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The price list (an offer file) of AmazonS3, as JSON or CSV
    #[arg(value_name = "AWS_PRICE_LIST")]
    list: PathBuf,
    /// Save the prices to FILE instead of printing them; only a file of an earlier import is replaced
    #[arg(long, value_name = "FILE", value_parser = file_name)]
    save: Option<PathBuf>,
}

/// Reads the list, and prints or saves its prices.
pub(super) fn run(args: &ImportArgs, console: &Console) -> Result<Exit, Failure> {
    let failed = |why: String| {
        Failure::usage(format!("{}: {why}", args.list.display())).hint(
            "give the price list of AmazonS3 that AWS publishes, index.json or index.csv: `partsweep prices import --help` says where it is",
        )
    };
    let text = file::read_text(&args.list, LARGEST).map_err(failed)?;
    if text.trim().is_empty() {
        return Err(failed("it is empty".to_owned()));
    }
    if let Some(path) = &args.save
        && path.canonicalize().ok() == args.list.canonicalize().ok()
    {
        return Err(Failure::usage("--save names the price list itself")
            .hint("give another file: the list stays as it is"));
    }
    let list = aws_list::read(&text).map_err(failed)?;
    if let Some(price) = list.prices.first() {
        // A file that has it would not be read.
        file::known_date(price.date.to_string()).map_err(failed)?;
    }
    for why in &list.unclear {
        console.warn(&format!("{why}, so it was left out"), &[]);
    }
    let text = prices::toml("aws", &[], &list.prices);
    let Some(path) = &args.save else {
        let mut output = console.plain_output();
        output.write_all(text.as_bytes())?;
        output.flush()?;
        return Ok(Exit::Done);
    };
    let shown = path.display();
    let replaces = replaces(path)?;
    save(path, &text, replaces)
        .map_err(|error| Failure::told(Exit::Failed, format!("{shown}: {error}")))?;
    let saved = counted(list.prices.len() as u64, "price");
    let before = match replaces {
        true => ", in place of those that were there",
        false => "",
    };
    console.note(&format!(
        "{saved} saved to {shown}{before}: use them with --prices"
    ));
    Ok(Exit::Done)
}

/// Whether there is a file of an earlier import, which is written over. Nothing else is.
fn replaces(path: &Path) -> Result<bool, Failure> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(false);
    };
    let is_ours = found.is_file()
        && found.len() <= file::LARGEST
        && fs::read_to_string(path).is_ok_and(|text| file::is_of_import(&text));
    match is_ours {
        true => Ok(true),
        false => {
            let line = format!(
                "{} exists already, and isn't a file that this command wrote",
                path.display()
            );
            Err(Failure::told(Exit::Refused, line).hint(
                "nothing was changed; --save FILE names a new file, or one of an earlier import",
            ))
        }
    }
}

/// In one piece: a file that was there stays whole until this one is.
fn save(path: &Path, text: &str, replaces: bool) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    match replaces {
        true => file.persist(path)?,
        false => file.persist_noclobber(path)?,
    };
    Ok(())
}
