use partsweep_core::PriceTable;

use super::*;

/// A product: its SKU, usage type and region, and its tiers.
type Listed<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

/// In the form of https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonS3/current/us-east-1/index.json, cut to a few products.
fn list(products: &[Listed<'_>]) -> String {
    let mut of_products = serde_json::Map::new();
    let mut terms = serde_json::Map::new();
    for (sku, usage_type, region, tiers) in products {
        let attributes = serde_json::json!({"servicecode": "AmazonS3", "usagetype": usage_type, "regionCode": region});
        let product =
            serde_json::json!({"sku": sku, "productFamily": "Storage", "attributes": attributes});
        of_products.insert((*sku).to_owned(), product);
        let mut dimensions = serde_json::Map::new();
        for (from, price) in *tiers {
            let above = |text: &str| text.parse::<u64>().unwrap();
            let higher = tiers.iter().filter(|(other, _)| above(other) > above(from));
            let next = higher.map(|(other, _)| above(other)).min();
            let to = next.map_or_else(|| "Inf".to_owned(), |next| next.to_string());
            let dimension = serde_json::json!({"rateCode": "x", "unit": "GB-Mo", "beginRange": from, "endRange": to,
                "pricePerUnit": {"USD": price}, "appliesTo": []});
            dimensions.insert(format!("{sku}.{from}"), dimension);
        }
        let term = serde_json::json!({"offerTermCode": "JRTCKXETXF", "priceDimensions": dimensions, "termAttributes": {}});
        terms.insert(
            (*sku).to_owned(),
            serde_json::json!({ format!("{sku}.JRTCKXETXF"): term }),
        );
    }
    serde_json::json!({"formatVersion": "v1.0", "offerCode": "AmazonS3", "version": "20251028", "publicationDate":
        "2025-10-28T18:24:08Z", "products": of_products, "terms": {"OnDemand": terms}})
    .to_string()
}

const STANDARD: &[(&str, &str)] = &[
    ("512000", "0.0210000000"),
    ("0", "0.0230000000"),
    ("51200", "0.0220000000"),
];

#[test]
fn classes_and_regions_get_their_prices_with_all_tiers() {
    let text = list(&[
        ("A", "TimedStorage-ByteHrs", "us-east-1", STANDARD),
        ("B", "USW2-TimedStorage-ByteHrs", "us-west-2", STANDARD),
        (
            "C",
            "EU-TimedStorage-SIA-ByteHrs",
            "eu-west-1",
            &[("0", "0.0125000000")],
        ),
        (
            "D",
            "TimedStorage-GDA-Staging",
            "us-east-1",
            &[("0", "0.0210000000")],
        ),
        (
            "E",
            "TimedStorage-GlacierByteHrs",
            "us-east-1",
            &[("0", "0.0036000000")],
        ),
        (
            "G",
            "USE1-Tables-TimedStorage-ByteHrs",
            "us-east-1",
            &[("0", "0.0265")],
        ),
        (
            "H",
            "Tables-TimedStorage-ByteHrs",
            "us-east-1",
            &[("0", "0.0265")],
        ),
        ("F", "Requests-Tier1", "us-east-1", &[("0", "0.0000050000")]),
    ]);
    let read = read(&text).unwrap();
    assert!(read.unclear.is_empty());
    let classes: Vec<_> = read.prices.iter().map(|price| &*price.class).collect();
    assert_eq!(classes, ["DEEP_ARCHIVE", "STANDARD", "STANDARD_IA"]);
    let standard = &read.prices[1];
    assert_eq!(&*standard.regions, ["us-east-1", "us-west-2"]);
    assert_eq!(standard.date, "2025-10-28");
    assert_eq!(
        standard.month(51_201 << 30),
        Some("1177.622".parse().unwrap())
    );
    let table = PriceTable::new("aws", read.prices);
    let staged = table
        .price(Some("DEEP_ARCHIVE"), Some("us-east-1"))
        .unwrap();
    assert_eq!(
        staged.month(1 << 30),
        Some("0.021".parse().unwrap()),
        "where they wait"
    );
}

#[test]
fn a_list_in_csv_says_the_same() {
    let text = "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"This pricing list is for informational purposes only.\"\n\
                \"Publication Date\",\"2025-10-28T18:24:08Z\"\n\"Version\",\"20251028\"\n\"OfferCode\",\"AmazonS3\"\n\
                \"SKU\",\"OfferTermCode\",\"RateCode\",\"TermType\",\"PriceDescription\",\"EffectiveDate\",\"StartingRange\",\"EndingRange\",\
                \"Unit\",\"PricePerUnit\",\"Currency\",\"Product Family\",\"Region Code\",\"usageType\"\n\
                \"A\",\"J\",\"r\",\"OnDemand\",\"$0.023, and so on\",\"2025-10-01\",\"0\",\"51200\",\"GB-Mo\",\"0.0230000000\",\"USD\",\"Storage\",\"us-east-1\",\"TimedStorage-ByteHrs\"\n\
                \"A\",\"J\",\"r\",\"OnDemand\",\"\",\"2025-10-01\",\"512000\",\"Inf\",\"GB-Mo\",\"0.0210000000\",\"USD\",\"Storage\",\"us-east-1\",\"TimedStorage-ByteHrs\"\n\
                \"A\",\"J\",\"r\",\"OnDemand\",\"\",\"2025-10-01\",\"51200\",\"512000\",\"GB-Mo\",\"0.0220000000\",\"USD\",\"Storage\",\"us-east-1\",\"TimedStorage-ByteHrs\"\n\
                \"Q\",\"J\",\"r\",\"OnDemand\",\"\",\"2025-10-01\",\"0\",\"Inf\",\"Requests\",\"0.0000050000\",\"USD\",\"API Request\",\"us-east-1\",\"Requests-Tier1\"\n";
    let json = list(&[("A", "TimedStorage-ByteHrs", "us-east-1", STANDARD)]);
    let [csv, json] = [text, &json].map(|text| read(text).unwrap().prices);
    assert_eq!(csv, json);
}

#[test]
fn what_has_two_prices_has_none() {
    let text = list(&[
        ("A", "TimedStorage-ByteHrs", "us-east-1", &[("0", "0.02")]),
        ("B", "TimedStorage-ByteHrs", "us-east-1", &[("0", "0.03")]),
        (
            "C",
            "TimedStorage-SIA-ByteHrs",
            "us-east-1",
            &[("100", "0.01")],
        ),
        (
            "D",
            "TimedStorage-ZIA-ByteHrs",
            "us-east-1",
            &[("0", "0.01")],
        ),
        (
            "E",
            "USE1-TimedStorage-ZIA-ByteHrs",
            "us-east-1",
            &[("0", "0.01")],
        ),
    ]);
    let read = read(&text).unwrap();
    assert_eq!(
        read.unclear,
        [
            "STANDARD in us-east-1 has more than one price in this list",
            "STANDARD_IA in us-east-1 has no price for some amounts in this list"
        ]
    );
    assert_eq!(read.prices.len(), 1, "the same price twice is one");
}

/// The middle one, and the end of the last one: what is above would cost the price below.
#[test]
fn a_range_that_is_missing_leaves_the_class_without_a_price() {
    let whole = list(&[
        ("A", "TimedStorage-ByteHrs", "us-east-1", STANDARD),
        (
            "B",
            "TimedStorage-SIA-ByteHrs",
            "us-east-1",
            &[("0", "0.01")],
        ),
    ]);
    for (there, instead) in [
        ("\"endRange\":\"512000\"", "\"endRange\":\"100000\""),
        ("\"beginRange\":\"512000\"", "\"beginRange\":\"600000\""),
        (
            "\"endRange\":\"Inf\",\"pricePerUnit\":{\"USD\":\"0.0210000000\"}",
            "\"endRange\":\"700000\",\"pricePerUnit\":{\"USD\":\"0.0210000000\"}",
        ),
    ] {
        assert!(whole.contains(there), "{there}: {whole}");
        let read = read(&whole.replace(there, instead)).unwrap();
        let why = "STANDARD in us-east-1 has no price for some amounts in this list";
        assert_eq!(read.unclear, [why], "{instead}");
        assert_eq!(read.prices.len(), 1);
    }
}

#[test]
fn ranges_that_overlap_are_not_called_a_gap() {
    let whole = list(&[
        ("A", "TimedStorage-ByteHrs", "us-east-1", STANDARD),
        (
            "B",
            "TimedStorage-SIA-ByteHrs",
            "us-east-1",
            &[("0", "0.01")],
        ),
    ]);
    for (there, instead) in [
        ("\"endRange\":\"512000\"", "\"endRange\":\"600000\""),
        ("\"endRange\":\"51200\"", "\"endRange\":\"Inf\""),
    ] {
        assert!(whole.contains(there), "{there}: {whole}");
        let read = read(&whole.replace(there, instead)).unwrap();
        let why = "STANDARD in us-east-1 has two prices for some amounts in this list";
        assert_eq!(read.unclear, [why], "{instead}");
        assert_eq!(read.prices.len(), 1);
    }
}

#[test]
fn a_price_that_is_none_is_told_with_its_place_and_0_is_a_price() {
    let of = |price: &'static str| {
        list(&[("SKU1", "TimedStorage-ByteHrs", "us-east-1", &[("0", price)])])
    };
    for (price, said) in [
        (
            "-0.02",
            "product `SKU1`: the price `-0.02` of TimedStorage-ByteHrs is negative",
        ),
        (
            "NaN",
            "product `SKU1`: the price `NaN` of TimedStorage-ByteHrs isn't a decimal number",
        ),
        (
            "99999999999999999999999999999",
            "` of TimedStorage-ByteHrs is too large",
        ),
        ("0.00000000000001", "has more than 12 decimal places"),
    ] {
        let why = read(&of(price)).err().unwrap();
        assert!(why.contains(said) && !why.contains('\n'), "{price}: {why}");
    }
    let free = read(&of("0.0000000000")).unwrap();
    assert!(free.unclear.is_empty());
    assert_eq!(free.prices[0].tiers[0].price, Money::ZERO);
    let csv = "\"OfferCode\",\"AmazonS3\"\nSKU,TermType,StartingRange,EndingRange,Unit,PricePerUnit,Currency,usageType,Region Code\n\
               A,OnDemand,0,Inf,GB-Mo,cheap,USD,TimedStorage-ByteHrs,us-east-1\n";
    let why = read(csv).err().unwrap();
    assert!(why.starts_with("line 3: the price `cheap`"), "{why}");
}

/// Two terms of one product, of which one begins in the future.
#[test]
fn a_product_with_two_prices_for_an_amount_has_none() {
    let one = [
        ("A", "TimedStorage-ByteHrs", "us-east-1", STANDARD),
        (
            "B",
            "TimedStorage-SIA-ByteHrs",
            "us-east-1",
            &[("0", "0.01")][..],
        ),
    ];
    let mut offer: serde_json::Value = serde_json::from_str(&list(&one)).unwrap();
    let terms = &mut offer["terms"]["OnDemand"]["A"];
    let mut later = terms["A.JRTCKXETXF"].clone();
    later["priceDimensions"]["A.0"]["pricePerUnit"]["USD"] = "0.99".into();
    terms["A.LATER"] = later;
    let read = read(&offer.to_string()).unwrap();
    let why = "STANDARD in us-east-1 has more than one price in this list";
    assert_eq!(
        (&*read.unclear, read.prices.len()),
        (&[why.to_owned()][..], 1)
    );
}

#[test]
fn what_is_no_such_list_is_refused_with_the_reason() {
    let other = list(&[]).replace("\"AmazonS3\"", "\"AmazonEC2\"");
    let broken = list(&[("A", "TimedStorage-ByteHrs", "us-east-1", &[("0", "cheap")])]);
    for (text, said) in [
        ("", "no line begins with SKU"),
        ("{}", "JSON, but not a price list of AWS"),
        ("a,b\nc,d\n", "no line begins with SKU"),
        ("\"OfferCode\",\"AmazonEC2\"\n", "`AmazonEC2`"),
        ("\"SKU\",\"TermType\"\n", "no column `StartingRange`"),
        (&*other, "`AmazonEC2`"),
        (&*list(&[]), "no prices of storage"),
        (&*broken, "the price `cheap`"),
    ] {
        let why = read(text).err().unwrap();
        assert!(why.contains(said), "{text}: {why}");
    }
}
