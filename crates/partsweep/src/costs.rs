//! What sizing many uploads costs, said once it is known that there are many.

use partsweep_core::provider::Provider;
use partsweep_engine::Sizes;

use crate::figures::{cents, count};

/// Uploads that are sized without a word.
const MANY: u64 = 100_000;

/// Counts what is listed, and speaks up once.
#[derive(Debug)]
pub(crate) struct Costs {
    sizes: Sizes,
    listed: u64,
    told: bool,
}

impl Costs {
    /// Of a scan that sizes these.
    pub(crate) fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            listed: 0,
            told: false,
        }
    }

    /// So many more uploads were listed. Returns what there is to say.
    pub(crate) fn listed(&mut self, more: u64, store: &Provider) -> Option<String> {
        self.listed += more;
        let listed = self.listed;
        if self.told || listed <= MANY {
            return None;
        }
        let which = match self.sizes {
            Sizes::None => return None,
            Sizes::ToDecide => "each that may be old enough",
            Sizes::All => "each",
        };
        self.told = true;
        let uploads = count(listed);
        let mut text = format!(
            "{uploads} uploads are listed so far, and the size of {which} takes a request or more"
        );
        if let Some(price) = store.list_price {
            let so_far = u128::from(listed) * u128::from(price.cents_per_million) / 1_000_000;
            let million = u128::from(price.cents_per_million);
            let place = match price.holds_for {
                "" => String::new(),
                place => format!(" in {place}"),
            };
            text.push_str(&format!(
                ": about {} so far, at {} per million{place} ({})",
                cents(so_far),
                cents(million),
                store.name
            ));
        }
        text.push_str("; `partsweep scan --no-size` only lists");
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::provider::{AWS, CEPH, R2};

    use super::*;

    #[test]
    fn many_requests_are_told_once_with_what_they_cost() {
        let mut costs = Costs::new(Sizes::All);
        assert_eq!(costs.listed(100_000, &AWS), None);
        assert_eq!(
            costs.listed(23_000, &AWS).unwrap(),
            "123,000 uploads are listed so far, and the size of each takes a request or more: \
             about $0.61 so far, at $5.00 per million in us-east-1 (Amazon S3); \
             `partsweep scan --no-size` only lists"
        );
        assert_eq!(costs.listed(1_000_000, &AWS), None, "once");
    }

    #[test]
    fn a_store_without_a_known_price_is_said_nothing_of() {
        let costs = || Costs::new(Sizes::ToDecide);
        let said = |store| costs().listed(200_000, store).unwrap();
        assert!(said(&R2).contains("each that may be old enough takes"));
        assert!(said(&R2).contains("about $0.90 so far, at $4.50 per million (Cloudflare R2)"));
        assert!(!said(&CEPH).contains('$'));
    }

    #[test]
    fn a_scan_that_sizes_nothing_costs_little() {
        assert_eq!(Costs::new(Sizes::None).listed(1_000_000, &AWS), None);
    }
}
