//! The units of a row, as the index stores them.

use crate::unit::Sequence;

/// A unit of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitRef {
    /// The sequence of the unit, which must be below 2^48.
    pub sequence: Sequence,
    /// A fingerprint of the unit, of which the index knows nothing else. Equal units have equal fingerprints.
    pub fingerprint: u16,
}
