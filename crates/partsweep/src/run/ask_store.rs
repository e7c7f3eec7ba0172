//! The store, asked for where none is configured and there are no keys either.

use partsweep_s3::{Settings, Store};

use crate::args::{LIST, NamedStore, TypedAt, list_of_stores};
use crate::terminal::ask_keys::line;
use crate::terminal::console::{Console, write_plain};
use crate::text::error::Failure;
use crate::text::exit::Exit;

const SITUATION: &str =
    "No credentials found, and no store is configured. What you type here isn't saved.";

const HELP: &str = "Press Enter for Amazon S3, or type a store's name (`dreamobjects`, `b2:us-west-004`) or its URL. \
     `list` shows all names, `q` quits.";

/// Asks until the answer leads to a store; Enter is Amazon S3. A signal ends it.
pub(crate) async fn ask(console: &Console) -> Result<NamedStore, Failure> {
    let held = console.interrupt().hold();
    console.tell(SITUATION);
    console.tell(HELP);
    loop {
        let answer = line(&held, "Store: ".to_owned()).await?;
        let found = match answer.as_deref() {
            None | Some("q" | "quit" | "exit") => {
                return Err(Failure::told(Exit::Failed, "no store was given")
                    .hint("`--store NAME` or `--endpoint-url URL` gives it on the command line"));
            }
            Some("?" | "h" | "help") => {
                console.tell(HELP);
                continue;
            }
            Some(LIST) => {
                write_plain(&list_of_stores(console.width()));
                continue;
            }
            Some("") => NamedStore::find("aws", None, TypedAt::Question),
            Some(name) => NamedStore::find(name, None, TypedAt::Question),
        };
        match found {
            Ok(store) if leads_somewhere(&store).await => {
                if let Some((doubt, known)) = store.doubt() {
                    console.warn(&doubt, &[known]);
                }
                return Ok(store);
            }
            Ok(_) => {
                let line = format!(
                    "`{}` isn't a URL that requests can go to",
                    answer.unwrap_or_default()
                );
                console
                    .fail(Failure::usage(line).hint("write it like https://objects.example.com"));
            }
            Err(failure) => {
                console.fail(failure);
            }
        }
    }
}

/// Whether requests would go there: nobody types keys for a place that is none.
async fn leads_somewhere(store: &NamedStore) -> bool {
    let mut settings = Settings::default();
    store.put_into(&mut settings);
    settings.amazon_s3 || Store::place_of(&settings).await != "Amazon S3"
}
