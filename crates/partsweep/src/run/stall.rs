//! Says that the store does not answer, or asks to be asked later, where it is waited for.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use partsweep_s3::Store;
use tokio::time::timeout;

use crate::terminal::console::Console;

/// Without news for so long, the store is asked after.
const QUIET: Duration = Duration::from_secs(5);

/// Silent for so long, it is told.
const LONG: Duration = Duration::from_secs(3);

/// Without a first answer for so long, it is said what is waited for.
const CONNECTING: Duration = Duration::from_secs(2);

/// Waits for news of a store.
pub(crate) struct StallNotice<'a> {
    store: Arc<Store>,
    console: &'a Console,
    is_told: bool,
    /// Whether it was told that the store asks for fewer requests.
    is_hold_told: bool,
    /// Whether it answered, or it was said that it did not yet.
    is_met: bool,
}

impl<'a> StallNotice<'a> {
    /// Of this store.
    pub(crate) fn new(store: &Arc<Store>, console: &'a Console) -> Self {
        Self {
            store: Arc::clone(store),
            console,
            is_told: false,
            is_hold_told: false,
            is_met: false,
        }
    }

    /// Waits; says once if the store is silent meanwhile.
    pub(crate) async fn watch<T>(&mut self, news: impl Future<Output = T>) -> T {
        let mut news = pin!(news);
        if !self.is_met {
            if let Ok(news) = timeout(CONNECTING, news.as_mut()).await {
                self.is_met = self.store.has_answered();
                return news;
            }
            self.is_met = true;
            if !self.store.has_answered() {
                let endpoint = self.store.endpoint();
                let host = endpoint
                    .split_once("://")
                    .map_or(endpoint, |(_, host)| host);
                self.console
                    .note(&format!("Connecting to {}…", host.trim_end_matches('/')));
            }
        }
        loop {
            match timeout(QUIET, news.as_mut()).await {
                Ok(news) => return news,
                Err(_) => self.tell(),
            }
        }
    }

    fn tell(&mut self) {
        let held = self.store.held_for().filter(|left| *left >= LONG);
        if let Some(left) = held
            && !std::mem::replace(&mut self.is_hold_told, true)
        {
            let endpoint = self.store.endpoint();
            let left = left.as_secs_f64().ceil();
            let text =
                format!("{endpoint} asks for fewer requests: the next one is sent in {left} s");
            let hint = "stop with Ctrl-C; --rps keeps partsweep below the store's limit";
            self.console.warn(&text, &[hint.to_owned()]);
        }
        let silent = self.store.silent().filter(|silent| *silent >= LONG);
        let was_told = std::mem::replace(&mut self.is_told, silent.is_some());
        if let Some(silent) = silent
            && !was_told
        {
            let (since, most) = (silent.as_secs(), self.store.patience().as_secs());
            let endpoint = self.store.endpoint();
            let text =
                format!("{endpoint} has not answered for {since} s; it is given up after {most} s");
            self.console.warn(&text, &[]);
        }
    }
}
