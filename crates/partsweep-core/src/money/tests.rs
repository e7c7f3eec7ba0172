use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::amount::{Currency, Money};
use super::cost::{MonthCost, StoredBytes};
use super::decimal::{NoDecimal, pico};
use super::filter::{BilledAt, CostFilter, CostMatch};
use super::price::{
    Averaging, BillingTime, Confidence, Floor, PrepaidPlan, Price, PriceTier, PriceUnit,
};
use super::saving::Saving;
use super::table::{OwnPrices, PriceTable, StorePrices};
use crate::model::footprint::Amount;

const GIB: u64 = 1 << 30;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn store(id: &str) -> PriceTable {
    PriceTable::new(id, Vec::new())
}

fn stored(class: &str, bytes: u64, region: Option<&str>) -> StoredBytes {
    let mut stored = StoredBytes::default();
    stored.add(Some(&Arc::from(class)), Amount::Exact(bytes));
    stored.in_region(region)
}

#[test]
fn decimals_are_read_exactly_or_not_at_all() {
    let cases = [
        ("0.023", 23_000_000_000),
        ("0.0230000000", 23_000_000_000),
        (".00099", 990_000_000),
        ("5", 5_000_000_000_000),
        ("5.", 5_000_000_000_000),
        ("0.000000000001", 1),
        ("0", 0),
    ];
    for (text, value) in cases {
        assert_eq!(pico(text), Ok(value), "{text}");
    }
    let huge = "9".repeat(40);
    for (text, why) in [
        ("", NoDecimal::Other),
        (".", NoDecimal::Other),
        ("-", NoDecimal::Other),
        ("-1", NoDecimal::Negative),
        ("--1", NoDecimal::Other),
        ("+1", NoDecimal::Other),
        ("1e3", NoDecimal::Other),
        ("1,5", NoDecimal::Other),
        ("0x1", NoDecimal::Other),
        (" 1", NoDecimal::Other),
        ("NaN", NoDecimal::Other),
        ("inf", NoDecimal::Other),
        ("0.0000000000001", NoDecimal::TooFine),
        ("100000000001", NoDecimal::TooLarge),
        (&huge, NoDecimal::TooLarge),
    ] {
        assert_eq!(pico(text), Err(why), "{text}");
    }
}

#[test]
fn money_is_shown_to_the_cent_and_never_as_0_if_it_is_some() {
    let shown = |text: &str| money(text).words(Currency::USD);
    assert_eq!(shown("2.045"), "$2.05");
    assert_eq!(shown("1234567.004"), "$1,234,567.00");
    assert_eq!(shown("0.004"), "less than $0.01");
    assert_eq!(shown("0.005"), "$0.01");
    assert_eq!(shown("0"), "$0.00");
    assert_eq!(money("5").words("EUR".parse().unwrap()), "€5.00");
    assert_eq!(money("5").words("CHF".parse().unwrap()), "CHF 5.00");
    assert_eq!(money("2.0512345").decimal(), "2.051235");
    assert_eq!(money("2").decimal(), "2.00");
    assert_eq!(money("0.00099").price(), "0.00099");
    for text in ["usd", "US", "DOLLAR", ""] {
        assert!(text.parse::<Currency>().is_err(), "{text}");
    }
}

#[test]
fn a_month_is_exact_in_each_unit_and_time() {
    let mut price = Price::own("*", money("0.01"), "test");
    for unit in PriceUnit::ALL {
        price.unit = unit;
        assert_eq!(price.month(unit.bytes()), Some(money("0.01")), "{unit:?}");
    }
    price.unit = PriceUnit::Gb;
    for (time, month) in BillingTime::ALL
        .into_iter()
        .zip(["0.01", "7.20", "7.30", "7.44"])
    {
        price.time = time;
        assert_eq!(price.month(1_000_000_000), Some(money(month)), "{time:?}");
    }
    price.time = BillingTime::Month;
    // A third of a GB: nothing is lost in a sum of three but the last place.
    assert_eq!(price.month(333_333_333).unwrap().pico(), 3_333_333_330);
}

#[test]
fn each_tier_has_its_own_price_up_to_its_limit() {
    let aws = store("aws");
    let price = aws.price(Some("STANDARD"), Some("us-east-1")).unwrap();
    let month = |gib: u64| price.month(gib * GIB).unwrap();
    assert_eq!(month(100), money("2.30"));
    assert_eq!(month(51_200), money("1177.60"));
    assert_eq!(month(51_201), money("1177.622"));
    assert_eq!(
        month(512_001),
        money("11315.221"),
        "1177.60 + 460800 × 0.022 + 0.021"
    );
}

#[test]
fn where_the_next_tier_is_not_known_there_is_no_price_above_it() {
    let aws = store("aws");
    let price = aws.price(Some("STANDARD"), Some("sa-east-1")).unwrap();
    assert!(price.month(51_200 * GIB).is_some());
    assert_eq!(price.month(51_200 * GIB + 1), None);
}

#[test]
fn what_overflows_is_not_known() {
    let mut price = Price::own("*", Money::from_pico(u128::MAX / 2), "test");
    assert_eq!(price.month(2), None);
    price.tiers = Cow::Owned(vec![PriceTier {
        above: 0,
        price: money("0.023"),
    }]);
    assert!(price.month(u64::MAX).is_some());
    let table = PriceTable::new("none", vec![price]);
    let mut bytes = stored("STANDARD", u64::MAX, None);
    assert!(bytes.month(&table).is_some());
    bytes.join(&stored("STANDARD", 1, None));
    assert_eq!(bytes.month(&table), None, "more bytes than 64 bits");
}

#[test]
fn parts_for_archive_classes_are_billed_where_they_wait() {
    let aws = store("aws");
    let month = |class| {
        stored(class, 100 * GIB, Some("us-east-1"))
            .month(&aws)
            .unwrap()
    };
    assert_eq!(month("DEEP_ARCHIVE"), month("STANDARD"));
    assert_eq!(month("GLACIER").amount, money("2.30"));
    assert_eq!(month("GLACIER_IR").amount, money("0.40"));
    assert_eq!(
        month("").amount,
        money("2.30"),
        "no class is the standard one"
    );
}

#[test]
fn nothing_known_is_no_cost_and_never_0() {
    let month = |store: &PriceTable, class, region| stored(class, GIB, region).month(store);
    assert_eq!(month(&store("aws"), "STANDARD", None), None, "which region");
    assert_eq!(month(&store("aws"), "STANDARD", Some("xx-new-1")), None);
    assert_eq!(
        month(&store("aws"), "SOMETHING_NEW", Some("us-east-1")),
        None
    );
    assert_eq!(month(&store("minio"), "STANDARD", Some("us-east-1")), None);
    assert_eq!(
        month(&store("ovhcloud"), "STANDARD", None),
        None,
        "not sure enough"
    );
    let mut unsized_upload = StoredBytes::default();
    unsized_upload.add(None, Amount::Unknown);
    assert_eq!(unsized_upload.month(&store("wasabi")), None);
}

#[test]
fn what_is_known_only_in_part_is_at_least_that() {
    let aws = store("aws");
    let mut bytes = stored("STANDARD", 100 * GIB, Some("us-east-1"));
    assert_eq!(bytes.month(&aws).unwrap().words(), "≈ $2.30 a month");
    bytes.join(&stored("SOMETHING_NEW", 7, Some("us-east-1")));
    let cost = bytes.month(&aws).unwrap();
    assert_eq!(cost.unpriced_bytes, 7);
    assert_eq!(cost.words(), "at least $2.30 a month");
    let mut bytes = StoredBytes::default();
    bytes.add(None, Amount::AtLeast(100 * GIB));
    let cost = bytes.in_region(Some("us-east-1")).month(&aws).unwrap();
    assert_eq!(cost.words(), "at least $2.30 a month");
    assert_eq!(cost.basis(), "estimate, prices of 2025-10-28");
}

#[test]
fn the_date_is_the_oldest_and_the_confidence_the_least() {
    let aws = store("aws");
    let mut bytes = stored("STANDARD", GIB, Some("us-east-2"));
    assert_eq!(bytes.month(&aws).unwrap().date, "2026-02");
    bytes.join(&stored("STANDARD", GIB, Some("us-east-1")));
    let cost = bytes.month(&aws).unwrap();
    assert_eq!(
        (cost.date.as_str(), cost.confidence),
        ("2025-10-28", Confidence::Harvested)
    );
    let cost = stored("STANDARD", GIB, None)
        .month(&store("idrive"))
        .unwrap();
    assert_eq!(
        cost.basis(),
        "estimate, undated prices that may be outdated"
    );
}

#[test]
fn a_price_that_was_typed_does_not_hide_the_date_of_the_others() {
    let aws = |own: &str| PriceTable::new("aws", vec![Price::own(own, money("1"), "--price")]);
    let place = Some("us-east-1");
    for (own, other) in [("STANDARD", "STANDARD_IA"), ("STANDARD_IA", "STANDARD")] {
        let mut bytes = stored(own, GIB, place);
        bytes.join(&stored(other, GIB, place));
        let cost = bytes.month(&aws(own)).unwrap();
        let basis = "estimate, your prices and those of 2025-10-28";
        assert_eq!((cost.basis().as_str(), &*cost.date), (basis, "2025-10-28"));
        let cost = stored(own, GIB, place).month(&aws(own)).unwrap();
        assert_eq!(cost.basis(), "estimate, your prices");
    }
}

#[test]
fn currencies_are_never_added() {
    let mut euros = Price::own("COLD", money("1"), "test");
    euros.currency = "EUR".parse().unwrap();
    let table = PriceTable::new("none", vec![Price::own("HOT", money("1"), "test"), euros]);
    let mut bytes = stored("HOT", GIB, None);
    bytes.join(&stored("COLD", GIB, None));
    assert_eq!(bytes.month(&table), None);
}

#[test]
fn a_price_of_ones_own_wins_over_what_is_known() {
    let table =
        |class: &str| PriceTable::new("aws", vec![Price::own(class, money("1"), "--price")]);
    let price = |own: &str, class: &str| {
        let table = table(own);
        let price = table.price(Some(class), Some("us-east-1")).unwrap();
        price.confidence
    };
    assert_eq!(price("STANDARD", "STANDARD"), Confidence::Own);
    assert_eq!(
        price("STANDARD", "GLACIER"),
        Confidence::Own,
        "where it waits"
    );
    assert_eq!(price("glacier", "GLACIER"), Confidence::Own);
    assert_eq!(price("GLACIER", "STANDARD"), Confidence::Official);
    assert_eq!(price("*", "STANDARD"), Confidence::Own);
}

#[test]
fn the_saving_arrives_as_the_store_bills() {
    let words = |id, class, region| {
        let cost = stored(class, 1_000_000_000_000, region)
            .month(&store(id))
            .unwrap();
        (cost.words(), cost.saving.code(), cost.saving.words())
    };
    let (cost, code, when) = words("aws", "STANDARD", Some("us-east-1"));
    assert_eq!((cost.as_str(), code), ("≈ $21.42 a month", "at_once"));
    assert_eq!(when, "An abort saves this at once.");
    let (cost, code, when) = words("r2", "STANDARD", None);
    assert_eq!((cost.as_str(), code), ("up to $15.00 a month", "tomorrow"));
    assert_eq!(
        when,
        "An abort saves this from tomorrow on. The first 10 GB of an account are free: below that, nothing is saved. \
         An account is billed for whole GB: less than one may save nothing."
    );
    let (cost, code, when) = words("dreamobjects", "STANDARD", None);
    assert_eq!(
        (cost.as_str(), code),
        ("up to $25.00 a month", "next_period")
    );
    assert_eq!(
        when,
        "An abort saves this from the next billing period on. Only what exceeds the plan is billed by use: below that, \
         nothing is saved."
    );
    let (cost, code, when) = words("wasabi", "STANDARD", None);
    assert_eq!(
        (cost.as_str(), code),
        ("up to $7.99 a month", "after_minimum_duration")
    );
    assert_eq!(
        when,
        "An abort saves this once the data is 90 days old: until then it is billed, deleted or not. An account is billed \
         for at least 1 TB: below that, nothing is saved."
    );
    let (cost, _, when) = words("storj", "STANDARD", None);
    assert_eq!(cost, "up to $7.00 a month");
    assert!(
        when.ends_with(
            "An account is billed at least $5.00 a month: below that, nothing is saved."
        )
    );
    let (cost, ..) = words("hetzner", "STANDARD", None);
    assert_eq!(cost, "up to €4.89 a month");
}

/// Ten uploads of 100 MB may be what makes an account one GB larger, or nothing.
#[test]
fn what_is_billed_in_whole_units_costs_at_most_the_next_one() {
    let table = store("r2");
    let price = table.price(Some("STANDARD_IA"), None).unwrap();
    let gb = 1_000_000_000;
    let month = |bytes| {
        let cost = stored("STANDARD_IA", bytes, None).month(&table).unwrap();
        assert!(cost.is_at_most);
        cost.amount
    };
    assert_eq!(month(1), money("0.01"));
    assert_eq!(month(gb), money("0.01"));
    assert_eq!(month(gb + 1), money("0.02"));
    assert_eq!(price.month_above(gb / 2, gb / 10), Some(money("0.01")));
    // What an upload costs isn't rounded: that is done once for an account.
    assert_eq!(price.month(gb / 10), Some(money("0.001")));
    let saving = Saving::of(price).words();
    assert!(saving.ends_with("An account is billed for whole GB: less than one may save nothing."));
}

/// An account has one bill: what a price says of amounts holds of all classes together that it is for.
#[test]
fn a_price_for_all_classes_counts_them_together() {
    let tier = |above, price| PriceTier {
        above,
        price: money(price),
    };
    let mut price = Price::own("*", money("1"), "test");
    price.unit = PriceUnit::Gb;
    price.tiers = Cow::Owned(vec![tier(0, "1"), tier(100, "0.1")]);
    let table = PriceTable::new("none", vec![price]);
    let mut bytes = StoredBytes::default();
    for class in ["STANDARD", "STANDARD_IA", "GLACIER"] {
        bytes.add(Some(&Arc::from(class)), Amount::Exact(100_000_000_000));
    }
    let amount = |bytes: &StoredBytes| bytes.month(&table).unwrap().amount;
    assert_eq!(amount(&bytes), money("120"), "100 × 1 + 200 × 0.1");
    let part = stored("GLACIER", 100_000_000_000, None);
    let saved = part.month_above(&bytes.without(&part), &table).unwrap();
    assert_eq!(saved.amount, money("10"));
}

#[test]
fn a_prepaid_plan_saves_only_above_it() {
    let mut price = Price::own("*", money("0.02"), "test");
    price.averaging = Averaging::Prepaid;
    assert!(price.may_save_nothing());
    let saving = Saving::of(&price);
    assert_eq!(saving.code(), "above_the_plan");
    let words = "An abort saves only what exceeds the plan that is paid for.";
    assert_eq!(saving.words(), words);
    let words = "Of this, only what exceeded the plan that is paid for is saved.";
    assert_eq!(saving.words_afterwards(), words);
}

#[test]
fn of_several_prices_the_latest_saving_counts_with_all_limits() {
    let cost = |classes: [&str; 2]| {
        let mut bytes = stored(classes[0], GIB, None);
        bytes.join(&stored(classes[1], GIB, None));
        bytes.month(&store("r2")).unwrap().saving
    };
    let saving = cost(["STANDARD", "STANDARD_IA"]);
    assert_eq!(saving.minimum_days, 30);
    assert_eq!(saving.averaging, Averaging::DailyPeak);
    assert_eq!(saving.limits.len(), 2, "each once");
    assert_eq!(saving, cost(["STANDARD_IA", "STANDARD"]));
}

#[test]
fn the_cheapest_plan_is_that_of_the_whole_with_what_exceeds_it() {
    let table = store("dreamobjects");
    let price = table.price(None, None).unwrap();
    let cheapest = |gb: u64| price.with_cheapest_plan(gb * 1_000_000_000).unwrap();
    let plan = |holds, price| PrepaidPlan {
        holds,
        price: money(price),
    };
    assert_eq!(cheapest(10), (plan(40, "0.95"), money("0.95")));
    assert_eq!(
        cheapest(80),
        (plan(40, "0.95"), money("1.95")),
        "by use above it"
    );
    assert_eq!(cheapest(183), (plan(200, "4.50"), money("4.50")));
    assert_eq!(cheapest(1_000), (plan(1_000, "19.95"), money("19.95")));
    assert_eq!(cheapest(200_000).0, plan(100_000, "1499.95"));
    let aws = store("aws");
    let price = aws.price(None, Some("us-east-1")).unwrap();
    assert_eq!(price.with_cheapest_plan(1), None);
}

/// What no type holds of the files in `prices/`.
#[test]
fn the_tables_are_sound() {
    let is_date = |date: &str| {
        let parts: Vec<&str> = date.split('-').collect();
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        date.is_empty()
            || (parts.len() <= 3 && parts.iter().all(is_number) && [4, 7, 10].contains(&date.len()))
    };
    for StorePrices {
        store,
        billed_as,
        prices,
    } in StorePrices::all()
    {
        let mut seen = HashSet::new();
        assert!(!prices.is_empty(), "{store}");
        for price in *prices {
            let class = &price.class;
            let regions = price.regions.iter().map(Some);
            let all = regions.chain(price.regions.is_empty().then_some(None));
            for region in all {
                assert!(
                    seen.insert((class, region)),
                    "{store}: {class} {region:?} twice"
                );
            }
            let ascend = price.tiers.is_sorted_by(|a, b| a.above < b.above);
            assert!(ascend && price.tiers[0].above == 0, "{store}: {class}");
            let dear = price
                .plans
                .is_sorted_by(|a, b| a.holds < b.holds && a.price < b.price);
            assert!(dear, "{store}: {class}");
            assert!(is_date(&price.date), "{store}: {}", price.date);
            assert!(!price.source.is_empty(), "{store}: {class}");
            let needs_date = matches!(
                price.confidence,
                Confidence::Official | Confidence::Harvested
            );
            assert!(!needs_date || !price.date.is_empty(), "{store}: {class}");
            assert_ne!(price.floor, Floor::Free(0), "{store}: {class}");
        }
        for (class, other) in *billed_as {
            assert!(
                prices.iter().any(|price| price.class == *other),
                "{store}: {class}"
            );
        }
    }
}

#[test]
fn an_upload_costs_enough_only_if_that_is_known() {
    let filter = |least: &str, currency: Option<&str>| CostFilter {
        least: money(least),
        currency: currency.map(|code| code.parse().unwrap()),
        prices: OwnPrices::default(),
    };
    let at = |region, class| BilledAt {
        store: "aws",
        region,
        class,
    };
    let here = at(Some("us-east-1"), Some("STANDARD"));
    let hundred = Amount::Exact(100 * GIB);
    // 100 GiB at $0.023.
    assert_eq!(
        filter("2.30", None).compare(hundred, here),
        CostMatch::Enough
    );
    let dollars = filter("2.30", Some("USD"));
    assert_eq!(dollars.compare(hundred, here), CostMatch::Enough);
    let dearer = filter("2.31", None);
    assert_eq!(dearer.compare(hundred, here), CostMatch::TooLittle);
    for (amount, place) in [
        (hundred, at(None, Some("STANDARD"))),
        (hundred, at(Some("mars-1"), Some("STANDARD"))),
        (hundred, at(Some("us-east-1"), Some("NEW"))),
    ] {
        let compared = filter("0.50", None).compare(amount, place);
        assert_eq!(compared, CostMatch::Unknown, "{amount:?} {place:?}");
    }
    for amount in [Amount::AtLeast(GIB), Amount::Unknown] {
        let compared = filter("0.50", None).compare(amount, here);
        assert_eq!(compared, CostMatch::SizeUnknown, "{amount:?}");
    }
    let euros = filter("0.50", Some("EUR"));
    assert_eq!(euros.compare(hundred, here), CostMatch::Unknown);
    let least = Amount::AtLeast(100 * GIB);
    assert_eq!(dollars.compare(least, here), CostMatch::Enough);
}

/// What is free is free for the account, not for each upload.
#[test]
fn what_an_account_has_free_makes_no_upload_cheaper() {
    let r2 = BilledAt {
        store: "r2",
        region: None,
        class: None,
    };
    let filter = CostFilter {
        least: money("0.075"),
        currency: None,
        prices: OwnPrices::default(),
    };
    let bytes = |gb: u64| Amount::Exact(gb * 1_000_000_000);
    assert_eq!(filter.compare(bytes(5), r2), CostMatch::Enough);
    assert_eq!(filter.compare(bytes(4), r2), CostMatch::TooLittle);
}

/// Where a price falls with the amount, what is freed was the cheap end of it.
#[test]
fn what_an_abort_saves_is_what_the_bill_is_lower_by() {
    let tiers = vec![
        PriceTier {
            above: 0,
            price: "1".parse().unwrap(),
        },
        PriceTier {
            above: 40,
            price: "0".parse().unwrap(),
        },
    ];
    let own = Price {
        tiers: tiers.into(),
        unit: PriceUnit::Gb,
        ..Price::own("*", Money::ZERO, "mine")
    };
    let prices = PriceTable::new("nowhere", vec![own]);
    let stored = |gb: u64| {
        let mut bytes = StoredBytes::default();
        bytes.add(None, Amount::Exact(gb * 1_000_000_000));
        bytes
    };
    let amount = |cost: Option<MonthCost>| cost.unwrap().amount.decimal();
    let (all, part) = (stored(60), stored(30));
    assert_eq!(amount(all.month(&prices)), "40.00");
    let saved = part.month_above(&all.without(&part), &prices);
    assert_eq!(amount(saved), "10.00");
    // A sweep doesn't know what else there is.
    let swept = part.month_of_a_part(&prices).unwrap();
    assert_eq!(swept.words(), "up to $30.00 a month");
}

#[test]
fn the_highest_price_of_the_most_bytes_is_a_number() {
    for unit in PriceUnit::ALL {
        let price = Price {
            unit,
            time: BillingTime::Hour744,
            ..Price::own("*", money("100000000000"), "test")
        };
        assert!(price.month(u64::MAX).is_some(), "{unit:?}");
    }
}
