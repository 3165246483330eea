//! What the store holds: the number of records of each kind and a checksum over all of them.
//!
//! Every batch writes the totals as they are after it. Records that are missing later, or that are
//! older than they should be, therefore do not go unnoticed.

use std::collections::BTreeMap;

use super::{keys, pieces, records as r};

/// What the store holds after a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// How many batches were written so far.
    pub(super) batches: u64,
    /// The sum of the checksums of all records. It does not depend on their order.
    pub(super) checksum: u64,
    /// The number of records of each kind.
    pub(super) records: BTreeMap<u8, u64>,
}

impl Totals {
    /// Adds a record, given by its key and its checksum.
    pub(super) fn add(&mut self, key: &[u8], checksum: u64) {
        self.checksum = self.checksum.wrapping_add(checksum);
        *self.records.entry(keys::kind_of(key)).or_default() += 1;
    }

    /// Subtracts the record whose first piece is given.
    pub(super) fn subtract(&mut self, key: &[u8], first: &[u8]) {
        self.checksum = self.checksum.wrapping_sub(pieces::checksum_of_first(key, first));
        let kind = keys::kind_of(key);
        match self.of_kind(kind) {
            0 | 1 => drop(self.records.remove(&kind)),
            records => drop(self.records.insert(kind, records - 1)),
        }
    }

    /// Returns whether two stores have the same records. They may have been written in other batches.
    pub(super) fn has_same_records(&self, other: &Self) -> bool {
        (&self.records, self.checksum) == (&other.records, other.checksum)
    }

    /// Returns the number of records of a kind.
    pub(super) fn of_kind(&self, kind: u8) -> u64 {
        self.records.get(&kind).copied().unwrap_or_default()
    }

    pub(super) fn to_record(&self) -> r::TotalsRecord {
        let kinds = self.records.iter();
        r::TotalsRecord {
            version: 1,
            batches: self.batches,
            checksum: self.checksum,
            kinds: kinds
                .map(|(kind, records)| r::KindTotal { kind: (*kind).into(), records: *records })
                .collect(),
        }
    }

    pub(super) fn from_record(record: r::TotalsRecord) -> Result<Self, String> {
        super::codec::check_version(record.version)?;
        let kinds = record.kinds.into_iter().map(|total| {
            let kind = u8::try_from(total.kind).map_err(|_| format!("kind {} is not known", total.kind))?;
            Ok((kind, total.records))
        });
        let records = kinds.collect::<Result<_, String>>()?;
        Ok(Self { batches: record.batches, checksum: record.checksum, records })
    }
}
