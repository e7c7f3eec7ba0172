//! An endpoint as a vendor's console shows it, typed where `--store` takes only a part of it.

use super::profiles::StoreEntry;

/// The form of Amazon S3's endpoints, which no store's file has: they follow from the region.
const OF_AWS: &str = "s3.{region}.amazonaws.com";

impl StoreEntry {
    /// What `--store` takes of a text that is the store's own endpoint, with or without `https://`, or the first name
    /// of its host (`oss-cn-hangzhou`): the values in braces, joined by `:`. None for any other text.
    pub(super) fn values_of_endpoint(&self, text: &str) -> Option<String> {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let (host, is_url) = match text.strip_prefix("https://") {
            Some(host) => (host, true),
            None => (&*text, false),
        };
        let is_own = |url: &str| without_scheme(url) == host;
        if let Some((region, _)) = self.urls.iter().find(|(_, url)| is_own(url)) {
            return Some((*region).to_owned());
        }
        let form = match self.url {
            Some(url) => without_scheme(url),
            None if self.ask.is_none() && !is_url => OF_AWS,
            None => return None,
        };
        // A form without a name around it fits any host.
        if form == "{host}" {
            return None;
        }
        match values(form, host) {
            Some(values) => Some(values.join(":")),
            None => self.region_of_first_name(form, host),
        }
    }

    /// The region that is known, in the first name of a host: `oss-cn-hangzhou`, `s3.us-west-004`.
    fn region_of_first_name(&self, form: &str, text: &str) -> Option<String> {
        let (before, _) = form.split_once("{region}")?;
        let region = text.strip_prefix(before).filter(|_| !before.is_empty())?;
        let is_known = self.regions.contains(&region) && !self.regions.contains(&text);
        is_known.then(|| region.to_owned())
    }

    /// Whether a text ends as all of the store's hosts do, though it isn't one of its endpoints: `BUCKET.s3.REGION…`.
    pub(super) fn has_its_domain(&self, text: &str) -> bool {
        let form = self.url.unwrap_or(OF_AWS);
        let end = form.rsplit_once('}').map_or("", |(_, end)| end);
        end.contains('.') && text.to_ascii_lowercase().ends_with(end)
    }
}

fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

/// What stands in a text for the names in braces of a form; none if it doesn't fit.
fn values<'a>(form: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = form.split('{');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    for part in parts {
        let (name, literal) = part.split_once('}')?;
        let end = match literal.is_empty() {
            true => rest.len(),
            false => rest.find(literal)?,
        };
        let value = &rest[..end];
        // R2 has accounts with a jurisdiction behind them: `0123abcd.eu`.
        if value.is_empty() || name == "region" && value.contains('.') {
            return None;
        }
        found.push(value);
        rest = &rest[end + literal.len()..];
    }
    rest.is_empty().then_some(found)
}
