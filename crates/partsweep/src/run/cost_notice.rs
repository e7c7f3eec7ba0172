//! What many requests cost, said before they are sent or as soon as it is known that there are many.

use partsweep_core::provider::profile::{Provider, RequestPrice};
use partsweep_engine::KeySearch;

use crate::text::figures::{cents, count};

/// Uploads that are sized without a word.
const MANY: u64 = 100_000;

/// What asking for keys one by one costs at this store, if that is known and a cent or more: told before it begins.
pub(crate) fn of_keys(search: &KeySearch, store: &Provider) -> Option<String> {
    let price = store.list_price?;
    let million = cents(price.cents_per_million.into());
    let place = holds_for(&price);
    let name = store.name;
    if search.objects {
        return Some(format!(
            "--probe-keys can take millions of requests: a million cost about {million}{place} ({name})"
        ));
    }
    let keys = search.given.as_ref()?.count();
    let sum = sum(keys, &price);
    (sum > 0).then(|| {
        format!(
            "--keys-from takes {} requests or more: about {}, at {million} per million{place} ({name})",
            count(keys),
            cents(sum)
        )
    })
}

/// What so many requests cost, in cents.
fn sum(requests: u64, price: &RequestPrice) -> u128 {
    u128::from(requests) * u128::from(price.cents_per_million) / 1_000_000
}

/// Where a price holds, with a space before it.
fn holds_for(price: &RequestPrice) -> String {
    match price.holds_for {
        "" => String::new(),
        place => format!(" in {place}"),
    }
}

/// Counts what is to be sized, and speaks up once there is much of it, and once all is known.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    to_size: u64,
    told: u64,
}

impl Costs {
    /// So many more uploads are to be sized. Returns what there is to say.
    pub(crate) fn listed(&mut self, more: u64, store: &Provider) -> Option<String> {
        self.to_size += more;
        if self.told > 0 || self.to_size <= MANY {
            return None;
        }
        self.told = self.to_size;
        let mut text = self.text(" so far", store);
        text.push_str("; `scan --no-size` only lists");
        Some(text)
    }

    /// All are listed. Returns what there is to say.
    pub(crate) fn all_listed(&mut self, store: &Provider) -> Option<String> {
        // The first line was about a part of it.
        (self.told > 0 && self.told < self.to_size).then(|| self.text(" in all", store))
    }

    fn text(&self, which: &str, store: &Provider) -> String {
        let uploads = count(self.to_size);
        let mut text =
            format!("{uploads} uploads are to be sized{which}, with a request or more each");
        if let Some(price) = store.list_price {
            let million = price.cents_per_million.into();
            let place = holds_for(&price);
            text.push_str(&format!(
                ": about {}, at {} per million{place} ({})",
                cents(sum(self.to_size, &price)),
                cents(million),
                store.name
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::provider::profiles::{AWS, CEPH, R2};

    use super::*;

    #[test]
    fn many_requests_are_told_with_what_they_cost_and_again_when_all_are_known() {
        let mut costs = Costs::default();
        assert_eq!(costs.listed(100_000, &AWS), None);
        assert_eq!(
            costs.listed(23_000, &AWS).unwrap(),
            "123,000 uploads are to be sized so far, with a request or more each: \
             about $0.61, at $5.00 per million in us-east-1 (Amazon S3); \
             `scan --no-size` only lists"
        );
        assert_eq!(costs.listed(877_000, &AWS), None, "once");
        assert_eq!(
            costs.all_listed(&AWS).unwrap(),
            "1,000,000 uploads are to be sized in all, with a request or more each: \
             about $5.00, at $5.00 per million in us-east-1 (Amazon S3)"
        );
    }

    #[test]
    fn all_of_what_is_little_or_told_already_is_no_news() {
        let mut costs = Costs::default();
        assert_eq!(costs.listed(100_000, &AWS), None);
        assert_eq!(costs.all_listed(&AWS), None);
        assert!(costs.listed(1, &AWS).is_some());
        assert_eq!(costs.all_listed(&AWS), None);
    }

    #[test]
    fn asking_for_keys_is_told_what_it_costs_where_that_is_known() {
        let objects = KeySearch {
            objects: true,
            given: None,
        };
        assert_eq!(
            of_keys(&objects, &AWS).unwrap(),
            "--probe-keys can take millions of requests: a million cost about $5.00 in us-east-1 (Amazon S3)"
        );
        assert_eq!(of_keys(&objects, &CEPH), None);
        let given = |keys: usize| {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, "key\n".repeat(keys).as_bytes()).unwrap();
            let sole = partsweep_core::BucketName::new("b").ok();
            KeySearch {
                objects: false,
                given: partsweep_engine::GivenKeys::new(file, sole).ok(),
            }
        };
        assert_eq!(
            of_keys(&given(20_000), &R2).unwrap(),
            "--keys-from takes 20,000 requests or more: about $0.09, at $4.50 per million (Cloudflare R2)"
        );
        assert_eq!(of_keys(&given(1_000), &R2), None, "less than a cent");
        assert_eq!(of_keys(&KeySearch::default(), &AWS), None);
    }

    #[test]
    fn a_store_without_a_known_price_is_said_nothing_of() {
        let said = |store| Costs::default().listed(200_000, store).unwrap();
        assert!(said(&R2).contains("about $0.90, at $4.50 per million (Cloudflare R2)"));
        assert!(!said(&CEPH).contains('$'));
    }
}
