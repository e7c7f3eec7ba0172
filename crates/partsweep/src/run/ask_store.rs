//! The store, asked for where none is configured and there are no keys either.

use partsweep_s3::{Settings, Store};

use crate::args::{LIST, NamedStore, list_of_stores};
use crate::terminal::ask_keys::line;
use crate::terminal::console::{Console, write_plain};
use crate::text::error::Failure;

const QUESTION: &str = "\
No credentials found, and no store is configured.
Press Enter for Amazon S3, or type a store's name (dreamobjects, r2:ACCOUNT_ID, …), or its URL.
`list` shows all names.
Store: ";

/// Asks until the answer leads to a store; Enter is Amazon S3. A signal ends it.
pub(crate) async fn ask(console: &Console) -> Result<NamedStore, Failure> {
    let held = console.interrupt().hold();
    let mut question = QUESTION;
    loop {
        let answer = line(&held, question.to_owned()).await?;
        question = "Store: ";
        let found = match answer.as_str() {
            "" => NamedStore::find("aws", None),
            LIST => {
                write_plain(&list_of_stores());
                continue;
            }
            url if url.starts_with("http://") || url.starts_with("https://") => {
                let store = NamedStore::at_url(url);
                if leads_somewhere(&store).await {
                    return Ok(store);
                }
                let line = format!("`{url}` isn't a URL that requests can go to");
                Err(Failure::usage(line).hint("write it like https://objects.example.com"))
            }
            name => NamedStore::find(name, None),
        };
        match found {
            Ok(store) => return Ok(store),
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
    Store::place_of(&settings).await != "Amazon S3"
}
