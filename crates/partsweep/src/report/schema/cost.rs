//! What parts cost, in all machine formats.

use partsweep_core::{MonthCost, PriceTable, StoredBytes};
use serde::Serialize;

/// The cost of a month: an estimate. Amounts are text, since they are exact.
#[derive(Debug, Serialize)]
pub(crate) struct CostRecord {
    pub(crate) currency: String,
    pub(crate) month: String,
    /// Of what can be aborted; `null` if that isn't known. Of a scan only.
    #[serde(skip_serializing_if = "Option::is_none")]
    sweepable_month: Option<Option<String>>,
    /// Whether it may be more: sizes or prices are missing.
    pub(crate) at_least: bool,
    /// Whether it may be less: the account pays a least amount or a plan in any case.
    pub(crate) at_most: bool,
    unpriced_bytes: u64,
    pub(crate) prices_of: Option<String>,
    confidence: &'static str,
    saving: &'static str,
    minimum_days: u16,
}

impl CostRecord {
    /// Of these bytes, which are a part of what is stored, if anything of it is known.
    pub(crate) fn of_a_part(bytes: &StoredBytes, prices: &PriceTable) -> Option<Self> {
        bytes.month_of_a_part(prices).map(|cost| Self::new(&cost))
    }

    /// Of these bytes, if anything of it is known, with what can be aborted of them; `is_past`: whether all of that is
    /// older than so many days.
    pub(crate) fn of_scan(
        bytes: &StoredBytes,
        sweepable: &StoredBytes,
        is_past: impl FnOnce(u16) -> bool,
        prices: &PriceTable,
    ) -> Option<Self> {
        let mut cost = bytes.month(prices)?;
        cost.saving.forget_minimum(is_past);
        let month = match sweepable.is_nothing() {
            true => Some("0.00".to_owned()),
            false => {
                let saved = sweepable.month_above(&bytes.without(sweepable), prices);
                saved.map(|cost| cost.amount.decimal())
            }
        };
        Some(Self {
            sweepable_month: Some(month),
            ..Self::new(&cost)
        })
    }

    /// The same of a cost that is known.
    pub(crate) fn new(cost: &MonthCost) -> Self {
        Self {
            currency: cost.currency.to_string(),
            month: cost.amount.decimal(),
            sweepable_month: None,
            at_least: cost.is_at_least,
            at_most: cost.is_at_most,
            unpriced_bytes: cost.unpriced_bytes,
            prices_of: Some(cost.date.clone()).filter(|date| !date.is_empty()),
            confidence: cost.confidence.word(),
            saving: cost.saving.code(),
            minimum_days: cost.saving.minimum_days,
        }
    }
}
