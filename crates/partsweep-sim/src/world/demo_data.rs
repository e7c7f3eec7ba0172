//! Data that somebody could have, for the demo.
//!
//! All of it follows from the `now` that is passed: the same keys, sizes and ages in each run.

use jiff::{SignedDuration, Timestamp};

use super::handle::World;

/// Minutes of an hour, a day and a month of 30 days, to write ages with.
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;

/// The 8 MiB that aws-cli and boto3 upload at a time.
const AWS_CLI: u64 = 8 * 1024 * 1024;
/// The 5 MiB that rclone uploads at a time.
const RCLONE: u64 = 5 * 1024 * 1024;
/// The 15 MiB that s3cmd uploads at a time.
const S3CMD: u64 = 15 * 1024 * 1024;
/// What people set who move large files.
const LARGE: u64 = 64 * 1024 * 1024;

/// An unfinished upload.
struct Begun {
    key: &'static str,
    /// Minutes ago.
    begun: i64,
    /// How many minutes it went on for.
    lasted: i64,
    /// Bytes of each part but the last.
    part: u64,
    /// Bytes in all.
    bytes: u64,
}

struct Contents {
    bucket: &'static str,
    uploads: &'static [Begun],
    /// Keys and bytes of finished objects.
    objects: &'static [(&'static str, u64)],
}

const fn begun(key: &'static str, begun: i64, lasted: i64, part: u64, bytes: u64) -> Begun {
    Begun {
        key,
        begun,
        lasted,
        part,
        bytes,
    }
}

/// The uploads of the first bucket add up to 5.54 GB, those of the second to 8.62 GB; none of
/// these is live, so that sweeping frees it all.
const CONTENTS: [Contents; 7] = [
    Contents {
        bucket: "homemovies",
        uploads: &[
            begun(
                "2024/Christmas at Grandma's.mov",
                11 * MONTH,
                40,
                AWS_CLI,
                1_387_200_512,
            ),
            begun(
                "2024/Christmas at Grandma's.mov",
                11 * MONTH - DAY,
                25,
                AWS_CLI,
                902_300_160,
            ),
            begun(
                "2025/Ferien in der Bretagne/Überfahrt.mp4",
                4 * MONTH,
                55,
                S3CMD,
                1_744_830_464,
            ),
            begun(
                "2025/school play (full).mp4",
                47 * DAY,
                12,
                AWS_CLI,
                618_659_840,
            ),
            begun("2025/school play (full).srt", 47 * DAY, 0, AWS_CLI, 0),
            begun("2026/誕生日.mov", 9 * DAY, 30, RCLONE, 887_009_024),
        ],
        objects: &[
            ("2024/Christmas at Grandma's.mov", 4_120_331_776),
            ("2025/school play (full).mp4", 2_871_914_496),
            ("2026/first steps.mov", 318_767_104),
        ],
    },
    Contents {
        bucket: "operatingsystemimages",
        uploads: &[
            begun(
                "debian-12.11.0-amd64-DVD-1.iso",
                14 * MONTH,
                70,
                S3CMD,
                2_915_041_280,
            ),
            begun(
                "Fedora-Workstation-Live-42-1.1.x86_64.iso",
                7 * MONTH,
                35,
                AWS_CLI,
                1_610_612_736,
            ),
            begun(
                "ubuntu-24.04.2-desktop-amd64.iso",
                5 * MONTH,
                95,
                AWS_CLI,
                3_422_552_064,
            ),
            begun(
                "haiku-r1beta5-x86_64-anyboot.iso",
                20 * DAY,
                15,
                RCLONE,
                671_793_920,
            ),
        ],
        objects: &[
            ("debian-12.11.0-amd64-netinst.iso", 702_545_920),
            ("ubuntu-24.04.2-live-server-amd64.iso", 3_213_064_192),
        ],
    },
    Contents {
        bucket: "workbackup",
        uploads: &[
            begun(
                "laptop/2026-02-14T020000.tar.zst",
                9 * MONTH,
                130,
                LARGE,
                18_253_611_008,
            ),
            begun(
                "laptop/2026-06-01T020000.tar.zst",
                175 * DAY,
                85,
                LARGE,
                9_663_676_416,
            ),
            begun(
                "postgres/nightly.dump",
                33 * DAY,
                20,
                AWS_CLI,
                1_258_291_200,
            ),
            begun(
                "postgres/nightly.dump",
                32 * DAY,
                18,
                AWS_CLI,
                1_191_182_336,
            ),
            begun("postgres/nightly.dump", 31 * DAY, 3, AWS_CLI, 167_772_160),
            // Begun days ago, and still going on: the newest part is an hour old.
            begun(
                "nas/full backup 2026-11.img",
                3 * DAY,
                3 * DAY - HOUR,
                LARGE,
                41_875_931_136,
            ),
        ],
        objects: &[
            ("laptop/2026-11-01T020000.tar.zst", 31_138_512_896),
            ("postgres/nightly.dump", 1_325_400_064),
        ],
    },
    Contents {
        bucket: "analytics-exports",
        uploads: &[
            begun(
                "year=2026/month=03/events 50%.parquet",
                8 * MONTH,
                4,
                AWS_CLI,
                402_653_184,
            ),
            begun(
                "year=2026/month=09/events+clicks.parquet",
                63 * DAY,
                6,
                AWS_CLI,
                511_705_088,
            ),
            begun(
                "year=2026/month=11/events.parquet",
                12,
                11,
                AWS_CLI,
                92_274_688,
            ),
        ],
        objects: &[
            ("year=2026/month=03/events.parquet", 1_006_632_960),
            ("year=2026/month=09/events.parquet", 1_218_445_312),
        ],
    },
    Contents {
        bucket: "camera-roll",
        uploads: &[
            begun("IMG_4471 (2).HEIC", 2 * MONTH, 1, RCLONE, 5_242_880),
            begun("Ausflug – Bärensee.mov", 38 * DAY, 9, RCLONE, 241_172_480),
        ],
        objects: &[
            ("IMG_4470.HEIC", 3_145_728),
            ("IMG_4471 (2).HEIC", 6_815_744),
        ],
    },
    Contents {
        bucket: "podcast-masters",
        uploads: &[
            begun(
                "S03/E07 – final FINAL.wav",
                5 * MONTH,
                22,
                S3CMD,
                1_132_462_080,
            ),
            // Begun three hours ago and left alone since: too young to be swept.
            begun("S04/E01 raw.wav", 3 * HOUR, 5, S3CMD, 235_929_600),
        ],
        objects: &[("S03/E07.flac", 498_073_600)],
    },
    Contents {
        bucket: "website-assets",
        uploads: &[],
        objects: &[("index.html", 18_204)],
    },
];

impl World {
    /// Fills the server with buckets, uploads and objects that somebody could have.
    ///
    /// Buckets `homemovies` (5.54 GB in unfinished uploads), `operatingsystemimages` (8.62 GB),
    /// `workbackup` and four more; ages from minutes to 14 months before `now`, two uploads that
    /// are live, one without parts, several under one key, and finished objects beside them.
    pub fn fill_believably(&self, now: Timestamp) {
        for Contents {
            bucket,
            uploads,
            objects,
        } in &CONTENTS
        {
            self.create_bucket(bucket);
            // First, because on Garage a new object ends the uploads of its key.
            for (key, bytes) in *objects {
                self.put_object(bucket, key, *bytes)
                    .expect("the bucket was just created");
            }
            for upload in *uploads {
                self.fill_upload(bucket, upload, now)
                    .expect("the bucket was just created");
            }
        }
    }

    fn fill_upload(
        &self,
        bucket: &str,
        upload: &Begun,
        now: Timestamp,
    ) -> Result<(), crate::world::contents::Missing> {
        let begun = now - SignedDuration::from_mins(upload.begun);
        let id = self.create_upload_at(bucket, upload.key, begun)?;
        let count = upload.bytes.div_ceil(upload.part);
        let mut left = upload.bytes;
        for number in 1..=count {
            let size = left.min(upload.part);
            left -= size;
            let seconds = upload.lasted * 60 * number.cast_signed() / count.cast_signed();
            let modified = begun + SignedDuration::from_secs(seconds);
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            self.put_part_at(bucket, upload.key, &id, number, size, modified)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Habits;
    use crate::world::clock::Clock;
    use crate::world::setup::Setup;

    #[test]
    fn the_figures_of_the_original_script_come_out_on_every_store() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for habits in Habits::all() {
            let setup = Setup::new(habits).clock(Clock::fixed(now));
            let sim = World::new(setup);
            sim.fill_believably(now);
            let bytes = |bucket| {
                sim.uploads(bucket)
                    .iter()
                    .map(crate::world::contents::StoredUpload::bytes)
                    .sum()
            };
            let (movies, images): (u64, u64) =
                (bytes("homemovies"), bytes("operatingsystemimages"));
            assert_eq!((movies, images), (5_540_000_000, 8_620_000_000));
            assert_eq!(sim.buckets().len(), 7);
        }
    }

    #[test]
    fn there_are_live_uploads_and_ones_without_parts_and_old_ones() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let sim = World::new(Setup::new(Habits::aws()).clock(Clock::fixed(now)));
        sim.fill_believably(now);
        let newest = |upload: &crate::world::contents::StoredUpload| {
            upload
                .parts
                .iter()
                .map(|part| part.modified)
                .max()
                .unwrap_or(upload.initiated)
        };
        let backups = sim.uploads("workbackup");
        let live = backups
            .iter()
            .find(|upload| upload.key.starts_with("nas/"))
            .unwrap();
        assert_eq!(
            now.duration_since(newest(live)),
            SignedDuration::from_hours(1)
        );
        assert!(
            sim.uploads("homemovies")
                .iter()
                .any(|upload| upload.parts.is_empty())
        );
        let day = SignedDuration::from_hours(24);
        for bucket in ["homemovies", "operatingsystemimages"] {
            for upload in sim.uploads(bucket) {
                assert!(now.duration_since(newest(&upload)) > day, "{}", upload.key);
            }
        }
    }
}
