//! The habits of any store, from its file: those of the measured store that it is like, and what its file says beyond.

use partsweep_core::listing::ranges::ListingOrder;
use partsweep_core::provider::profile::PrefixMeaning;
use partsweep_core::provider::profiles::{AbortRule, StoreEntry};
use partsweep_core::provider::simulated::{Simulated, SimulatedEncoding};

use super::{
    Delimiter, Echo, Encoded, Encoding, Gone, Habits, IdMarker, Initiated, LifecycleForm, Markers,
    OddNumber, Order,
};

impl Habits {
    /// What a store does, as far as its file says it; in all else it does what the store does that it is like, or AWS.
    pub fn of(entry: &StoreEntry) -> Self {
        let id = entry.profile.id;
        if let Some(measured) = Self::named(id) {
            return measured;
        }
        let like = entry.like.and_then(Self::named);
        let is_like_none = like.is_none();
        let mut habits = like.unwrap_or_else(Self::aws);
        habits.store = id;
        if is_like_none {
            // What tells the store in the real world, or nothing.
            habits.server = None;
        }
        if let Some(sign) = entry.servers.first() {
            habits.server = Some(sign);
        }
        match entry.profile.order {
            ListingOrder::Key => habits.listing.order = Order::KeyThenId,
            ListingOrder::EntryName => habits.listing.order = Order::MetaName,
            ListingOrder::KeyByPage | ListingOrder::Unknown => {}
        }
        habits.listing.from_memory |= entry.profile.prefix == PrefixMeaning::ExactKey;
        habits.listing.keys_or_folders = entry.profile.prefix == PrefixMeaning::KeyOrFolder;
        match entry.abort_rule {
            AbortRule::Unknown | AbortRule::Works | AbortRule::Sooner | AbortRule::Dropped => {}
            AbortRule::FilterOnly => habits.lifecycle.form = LifecycleForm::Garage,
            AbortRule::Refused if id == "rustfs" => habits.lifecycle.form = LifecycleForm::Rustfs,
            AbortRule::Refused => habits.lifecycle.form = LifecycleForm::Minio,
            AbortRule::Google => habits.lifecycle.form = LifecycleForm::Google,
            AbortRule::Oss => habits.lifecycle.form = LifecycleForm::Oss,
            // Its own dialect isn't simulated: it takes no rule in that of Amazon S3.
            AbortRule::OwnDialect | AbortRule::Unsupported => {
                habits.lifecycle.form = LifecycleForm::Unknown;
            }
        }
        habits.imitate(&entry.simulated);
        habits
    }

    fn imitate(&mut self, simulated: &Simulated) {
        let Simulated {
            refused_headers,
            unsigned_headers,
            refuses_empty_id_marker,
            ignores_id_marker,
            hides_order,
            markers_if_more,
            markers_are_tokens,
            markers_name_next,
            buckets_by_token,
            path_refusal,
            encoding,
            ignores_delimiter,
            odd_size_is_usual,
            has_one_page,
            lists_most,
            buckets_most,
            most_parts,
            copies_no_parts,
            aborts_what_is_unknown,
            bucket_is_name,
            parts_without_size,
            constant_initiated,
            short_fractions,
            part_times_without_zone,
        } = *simulated;
        (self.refusals.headers, self.refusals.signed_headers) = (refused_headers, unsigned_headers);
        let listing = &mut self.listing;
        if refuses_empty_id_marker {
            listing.id_marker = IdMarker::EmptyRefused;
        }
        if ignores_id_marker {
            (listing.id_marker, listing.markers) = (IdMarker::Ignored, Markers::KeyAlone);
        }
        if hides_order {
            listing.order = Order::Hidden;
        }
        if markers_if_more {
            listing.markers = Markers::BothIfMore;
        }
        if markers_are_tokens {
            listing.markers = Markers::Tokens;
        }
        if markers_name_next {
            listing.markers = Markers::FirstOfNext;
        }
        if ignores_delimiter {
            listing.delimiter = Delimiter::Ignored;
        }
        if bucket_is_name {
            listing.bucket_element = "Name";
        }
        if short_fractions {
            listing.initiated = Initiated::ShortFraction;
        }
        if let Some(time) = constant_initiated {
            listing.initiated = Initiated::Constant(time);
        }
        listing.has_one_page = has_one_page;
        listing.most = lists_most.map(|most| most as usize);
        listing.encoding = match encoding {
            SimulatedEncoding::AsAsked => listing.encoding,
            SimulatedEncoding::Ignored => Encoding {
                fields: Encoded::Nothing,
                echo: Echo::Never,
                strict: false,
                ..listing.encoding
            },
            SimulatedEncoding::OnlySaid => Encoding {
                fields: Encoded::Nothing,
                echo: Echo::Url,
                ..listing.encoding
            },
            SimulatedEncoding::KeysOnly => Encoding {
                fields: Encoded::Key,
                ..listing.encoding
            },
            SimulatedEncoding::SlashToo => Encoding {
                slash: true,
                ..listing.encoding
            },
        };
        if odd_size_is_usual {
            self.listing.page.odd = OddNumber::Usual;
            self.parts.page.odd = OddNumber::Usual;
        }
        self.buckets.by_token |= buckets_by_token;
        self.refusals.paths = path_refusal;
        self.buckets.most = buckets_most.map(|most| most as usize);
        if let Some(last) = most_parts {
            self.parts.last_number = last;
        }
        self.parts.sizes = !parts_without_size;
        self.parts.zoneless_times = part_times_without_zone;
        self.objects.copy.parts = !copies_no_parts;
        if aborts_what_is_unknown {
            (self.abort.again, self.abort.unknown) = (Gone::NoContent, Gone::NoContent);
        }
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::provider::profiles::ALL;

    use super::*;

    fn of(id: &str) -> Habits {
        Habits::of(StoreEntry::named(id).unwrap())
    }

    #[test]
    fn every_store_has_habits_of_its_own_name() {
        for entry in ALL {
            assert_eq!(Habits::of(entry).store, entry.profile.id);
        }
        assert_eq!(of("hetzner").listing.order, Order::MetaName, "as on Ceph");
        assert_eq!(of("storj").listing.order, Order::Hidden);
        assert_eq!(of("gcs").listing.id_marker, IdMarker::EmptyRefused);
        assert_eq!(of("scaleway").parts.last_number, 1_000);
        assert_eq!(of("ibm").server, Some("cleversafe"));
        assert!(of("rustfs").listing.from_memory && of("aistor").listing.from_memory);
        assert_eq!(of("supabase").lifecycle.form, LifecycleForm::Unknown);
        assert_eq!(of("gcs").lifecycle.form, LifecycleForm::Google);
        assert_eq!(of("alibaba").lifecycle.form, LifecycleForm::Oss);
        assert!(of("noobaa").listing.has_one_page);
        assert_eq!(of("supabase").listing.markers, Markers::Tokens);
        assert_eq!(of("rclone").listing.markers, Markers::FirstOfNext);
        assert!(of("r2").buckets.by_token && of("storj").listing.keys_or_folders);
        let oss = of("alibaba").refusals.paths;
        assert_eq!(oss, Some("SecondLevelDomainForbidden"));
    }
}
