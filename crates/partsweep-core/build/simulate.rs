//! Reads what the simulated store does like a store, in the `[simulate]` of its file, and writes it as a constant.

use std::fmt::Debug;

use serde::Deserialize;

/// What each field means: `src/provider/simulated.rs`, which has the same.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Simulate {
    refused_headers: Vec<String>,
    unsigned_headers: Vec<String>,
    refuses_empty_id_marker: bool,
    ignores_id_marker: bool,
    hides_order: bool,
    markers_if_more: bool,
    markers_are_tokens: bool,
    markers_name_next: bool,
    buckets_by_token: bool,
    path_refusal: Option<String>,
    encoding: Encoding,
    ignores_delimiter: bool,
    odd_size_is_usual: bool,
    has_one_page: bool,
    lists_most: Option<u32>,
    buckets_most: Option<u32>,
    most_parts: Option<u32>,
    copies_no_parts: bool,
    aborts_what_is_unknown: bool,
    bucket_is_name: bool,
    parts_without_size: bool,
    constant_initiated: Option<String>,
    short_fractions: bool,
    part_times_without_zone: bool,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    AsAsked,
    Ignored,
    OnlySaid,
    KeysOnly,
    SlashToo,
}

impl Simulate {
    /// The constant.
    pub(crate) fn constant(&self) -> String {
        let fields: [(&str, &dyn Debug); 23] = [
            ("refused_headers: &", &self.refused_headers),
            ("unsigned_headers: &", &self.unsigned_headers),
            ("refuses_empty_id_marker: ", &self.refuses_empty_id_marker),
            ("ignores_id_marker: ", &self.ignores_id_marker),
            ("hides_order: ", &self.hides_order),
            ("markers_if_more: ", &self.markers_if_more),
            ("markers_are_tokens: ", &self.markers_are_tokens),
            ("markers_name_next: ", &self.markers_name_next),
            ("buckets_by_token: ", &self.buckets_by_token),
            ("path_refusal: ", &self.path_refusal),
            ("ignores_delimiter: ", &self.ignores_delimiter),
            ("odd_size_is_usual: ", &self.odd_size_is_usual),
            ("has_one_page: ", &self.has_one_page),
            ("lists_most: ", &self.lists_most),
            ("buckets_most: ", &self.buckets_most),
            ("most_parts: ", &self.most_parts),
            ("copies_no_parts: ", &self.copies_no_parts),
            ("aborts_what_is_unknown: ", &self.aborts_what_is_unknown),
            ("bucket_is_name: ", &self.bucket_is_name),
            ("parts_without_size: ", &self.parts_without_size),
            ("constant_initiated: ", &self.constant_initiated),
            ("short_fractions: ", &self.short_fractions),
            ("part_times_without_zone: ", &self.part_times_without_zone),
        ];
        let fields = fields.map(|(name, value)| format!("{name}{value:?}, "));
        format!(
            "Simulated {{ {}encoding: SimulatedEncoding::{:?} }}",
            fields.concat(),
            self.encoding
        )
    }
}
