//! Directory buckets of AWS (S3 Express One Zone): their names, and where they are.

/// Ends of the names of directory buckets and of their access points, behind the zone.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>
const ENDS: [&str; 2] = ["--x-s3", "--xa-s3"];

/// Regions of AWS whose zones have directory buckets. A new one is asked, too, once a bucket of any kind is known there
/// or it is configured.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Endpoints.html>
pub(crate) const REGIONS: [&str; 7] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-northeast-1",
    "ap-south-1",
    "eu-north-1",
    "eu-west-1",
];

/// The zone in the name of a directory bucket: `use1-az4` of `logs--use1-az4--x-s3`. None for any other name.
pub(crate) fn zone_of(bucket: &str) -> Option<&str> {
    let name = ENDS.iter().find_map(|end| bucket.strip_suffix(end))?;
    let (base, zone) = name.rsplit_once("--")?;
    (!base.is_empty() && !zone.is_empty()).then_some(zone)
}

/// The region of a zone: `us-east-1` of `use1-az4`. AWS makes the ids of zones from the names of their regions; the zone
/// of a Local Zone (`usw2-lax1-az1`) begins with its parent's.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html>
pub(crate) fn region_of_zone(zone: &str) -> Option<String> {
    let short = zone.split('-').next()?;
    let (letters, number) = short.split_at(short.find(|char: char| char.is_ascii_digit())?);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let (area, direction) = match letters.strip_prefix("usg") {
        Some(direction) => ("us-gov", direction),
        None => (letters.get(..2)?, letters.get(2..)?),
    };
    let direction = match direction {
        "n" => "north",
        "e" => "east",
        "s" => "south",
        "w" => "west",
        "c" => "central",
        "ne" => "northeast",
        "se" => "southeast",
        "nw" => "northwest",
        "sw" => "southwest",
        _ => return None,
    };
    is_number.then(|| format!("{area}-{direction}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_in_the_names_of_directory_buckets_only() {
        assert_eq!(zone_of("logs--use1-az4--x-s3"), Some("use1-az4"));
        assert_eq!(zone_of("a--b--usw2-lax1-az1--x-s3"), Some("usw2-lax1-az1"));
        assert_eq!(zone_of("point--use1-az4--xa-s3"), Some("use1-az4"));
        for other in [
            "logs",
            "--x-s3",
            "logs--x-s3",
            "--use1-az4--x-s3",
            "logs----x-s3",
            "x-s3alias",
        ] {
            assert_eq!(zone_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_id_of_a_zone_names_its_region() {
        for (zone, region) in [
            ("use1-az4", "us-east-1"),
            ("usw2-lax1-az1", "us-west-2"),
            ("apne1-az1", "ap-northeast-1"),
            ("aps1-az3", "ap-south-1"),
            ("apse2-az1", "ap-southeast-2"),
            ("eun1-az2", "eu-north-1"),
            ("usgw1-az1", "us-gov-west-1"),
            ("cnnw1-az1", "cn-northwest-1"),
        ] {
            assert_eq!(region_of_zone(zone).as_deref(), Some(region), "{zone}");
        }
        for zone in ["", "az1", "use", "usx1-az1", "use1x-az1", "é1"] {
            assert_eq!(region_of_zone(zone), None, "{zone}");
        }
    }
}
