//! Listings as stores could write them: valid, and each in one of many ways.

use fastrand::Rng;

/// Which document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uploads,
    Parts,
    Buckets,
    Versions,
}

/// Writes a document in one of the many ways that mean the same.
pub(super) struct Writer<'a> {
    rng: &'a mut Rng,
    text: String,
    prefix: &'static str,
}

impl Writer<'_> {
    pub(super) fn write(kind: Kind, rng: &mut Rng) -> String {
        let prefix = *rng.choice(&["", "", "s3:"]).unwrap_or(&"");
        let mut writer = Writer {
            text: String::new(),
            rng,
            prefix,
        };
        let root = match kind {
            Kind::Uploads => "ListMultipartUploadsResult",
            Kind::Parts => "ListPartsResult",
            Kind::Buckets => "ListAllMyBucketsResult",
            Kind::Versions => "ListVersionsResult",
        };
        writer.prolog(root);
        let space = match prefix {
            "" => " xmlns='http://s3.amazonaws.com/doc/2006-03-01/'",
            _ => " xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\"",
        };
        writer.open(root, space);
        for _ in 0..writer.rng.usize(..7) {
            writer.of_root(kind);
        }
        writer.close(root);
        writer.between();
        writer.text
    }

    fn prolog(&mut self, root: &str) {
        if self.one_in(4) {
            self.text.push('\u{feff}');
        }
        if self.one_in(2) {
            self.text
                .push_str("<?xml version=\"1.0\" encoding='UTF-8'?>");
        }
        self.between();
        if self.one_in(8) {
            let prefix = self.prefix;
            let kind = [
                "",
                " SYSTEM \"a.dtd\"",
                " [<!ENTITY x \"<Upload/>\"> <!ELEMENT a (b)>]",
            ][self.rng.usize(..3)];
            self.text
                .push_str(&format!("<!DOCTYPE {prefix}{root}{kind}>"));
        }
        self.between();
    }

    fn of_root(&mut self, kind: Kind) {
        self.between();
        let leaf = [
            "IsTruncated",
            "Key",
            "UploadId",
            "EncodingType",
            "NextKeyMarker",
            "Nonsense",
        ];
        match self.rng.u8(..8) {
            0 => {
                let name = leaf[self.rng.usize(..leaf.len())];
                self.field(name);
            }
            1 => {
                let names = match kind {
                    Kind::Uploads => ["NextUploadIdMarker", "NextKeyMarker"],
                    Kind::Parts => ["NextPartNumberMarker", "PartNumberMarker"],
                    Kind::Buckets => ["ContinuationToken", "NextMarker"],
                    Kind::Versions => ["NextVersionIdMarker", "NextKeyMarker"],
                };
                let name = names[self.rng.usize(..2)];
                self.field(name);
            }
            2 => self.within("Owner", |writer| writer.field("ID")),
            3 => self.within("Nonsense", |writer| writer.entry(kind)),
            4 => self.field("IsTruncated"),
            _ if kind == Kind::Buckets => self.within("Buckets", |writer| {
                for _ in 0..writer.rng.usize(..4) {
                    writer.between();
                    writer.entry(kind);
                }
            }),
            _ => self.entry(kind),
        }
    }

    fn entry(&mut self, kind: Kind) {
        let (name, fields) = match kind {
            Kind::Uploads => (
                "Upload",
                &[
                    "Key",
                    "UploadId",
                    "Initiated",
                    "StorageClass",
                    "Owner",
                    "Initiator",
                ][..],
            ),
            Kind::Parts => ("Part", &["PartNumber", "Size", "ETag", "LastModified"][..]),
            Kind::Buckets => ("Bucket", &["Name", "BucketRegion", "CreationDate"][..]),
            Kind::Versions if self.one_in(4) => {
                ("DeleteMarker", &["Key", "VersionId", "LastModified"][..])
            }
            Kind::Versions => (
                "Version",
                &["Key", "VersionId", "Size", "ETag", "LastModified"][..],
            ),
        };
        let mut fields = fields.to_vec();
        if self.one_in(4) {
            self.rng.shuffle(&mut fields);
        }
        if self.one_in(6) {
            let again = fields[self.rng.usize(..fields.len())];
            fields.push(again);
        }
        if self.one_in(6) {
            fields.swap_remove(self.rng.usize(..fields.len()));
        }
        self.within(name, |writer| {
            for field in fields {
                writer.between();
                match field {
                    "Owner" | "Initiator" => writer.within(field, |writer| writer.field("ID")),
                    _ if writer.one_in(12) => writer.within("Deep", |writer| writer.field(field)),
                    _ => writer.field(field),
                }
            }
            if writer.one_in(12) {
                writer.within(name, |writer| writer.field("Key"));
            }
            writer.between();
        });
    }

    /// An element with a text, or with nothing, or with an element in it that it should not have.
    fn field(&mut self, name: &str) {
        if self.one_in(10) {
            let gap = self.gap();
            let prefix = self.prefix;
            self.text.push_str(&format!("<{prefix}{name}{gap}/>"));
            return;
        }
        let value = self.value(name);
        self.open(name, "");
        self.spell(&value);
        if self.one_in(16) {
            self.within("a", |writer| writer.spell(&value));
        }
        self.close(name);
    }

    fn value(&mut self, name: &str) -> String {
        const NAMES: [&str; 12] = [
            "k",
            "k",
            "a&b",
            "a<b>\"c\"",
            "it's",
            " spaced ",
            "é日",
            "a%20b",
            "a+b\n",
            "]]>",
            "a/b.txt",
            "",
        ];
        const NUMBERS: [&str; 8] = ["0", "1", "2", "7", " 7 ", "99999999999999999999", "x", ""];
        const DATES: [&str; 6] = [
            "2026-11-01T00:00:00.000Z",
            "2026-11-20T00:00:00Z",
            "2026-11-20 00:00:00",
            " 2026-11-20T00:00:00.000Z\n",
            "soon",
            "",
        ];
        const ETAGS: [&str; 5] = [
            "\"9e107d9d372bb6826bd81d3542a419d6\"",
            "d41d8cd98f00b204e9800998ecf8427e",
            "\"abc-2\"",
            " ",
            "",
        ];
        const WORDS: [&str; 8] = [
            "true", "false", " True ", "FALSE\n", "1", "0", "maybe", "url",
        ];
        let of: &[&str] = match name {
            "IsTruncated" | "EncodingType" => &WORDS,
            "PartNumber" | "Size" | "NextPartNumberMarker" => &NUMBERS,
            "Initiated" | "LastModified" | "CreationDate" => &DATES,
            "ETag" => &ETAGS,
            _ => &NAMES,
        };
        of[self.rng.usize(..of.len())].to_owned()
    }

    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.open(name, "");
        inside(self);
        self.close(name);
    }

    fn open(&mut self, name: &str, attributes: &str) {
        let other = match self.rng.u8(..16) {
            0 => " a='x>y'",
            1 => " b=\"it's &lt;Key&gt;\"",
            2 => "\n\tc = '/'",
            _ => "",
        };
        let gap = self.gap();
        let prefix = self.prefix;
        self.text
            .push_str(&format!("<{prefix}{name}{attributes}{other}{gap}>"));
    }

    fn close(&mut self, name: &str) {
        let gap = self.gap();
        self.text
            .push_str(&format!("</{}{name}{gap}>", self.prefix));
    }

    fn gap(&mut self) -> &'static str {
        if self.one_in(12) { " \n" } else { "" }
    }

    /// What may stand between elements and means nothing.
    fn between(&mut self) {
        let text = match self.rng.u8(..24) {
            0 => "\n  ",
            1 => "\r\n\t",
            2 => "<!-- > <Upload><Key>no</Key></Upload> -->",
            3 => "<?pi <Upload> ?>",
            _ => "",
        };
        self.text.push_str(text);
    }

    /// Writes a text, each character in one of the ways that it may be written in.
    fn spell(&mut self, text: &str) {
        if self.one_in(8) && !text.contains("]]>") {
            self.text.push_str(&format!("<![CDATA[{text}]]>"));
            return;
        }
        for character in text.chars() {
            let number = u32::from(character);
            let named = match character {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                '\'' => "&apos;",
                _ => "",
            };
            match self.rng.u8(..24) {
                0 => self.text.push_str(&format!("&#{number};")),
                1 => self.text.push_str(&format!("&#x{number:X};")),
                2 => self
                    .text
                    .push_str(&format!("<!--{number}-->{}", Self::plain(character, named))),
                3 if named.is_empty() => self.text.push_str(&format!("<![CDATA[{character}]]>")),
                _ => self.text.push_str(&Self::plain(character, named)),
            }
        }
    }

    fn plain(character: char, named: &str) -> String {
        match named {
            "" => character.to_string(),
            named => named.to_owned(),
        }
    }

    fn one_in(&mut self, times: u8) -> bool {
        self.rng.u8(..times) == 0
    }
}
