//! The result of deciding a change, and what each of its writes is stamped with.

use crate::{clock::Timestamp, fault::Fault, store::StoreError, unit::Stamp};

/// A decision: refused with nothing changed, or done. The outer error is the
/// store's.
pub(crate) type Applied<T> = Result<Result<T, Fault>, StoreError>;

/// Who makes the change, when, and its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maker<'c> {
    pub(crate) caller: &'c str,
    pub(crate) at: Timestamp,
    pub(crate) change_id: u64,
}

impl Maker<'_> {
    /// Returns the stamp of a revision after `before`.
    pub(crate) fn stamp(&self, before: u32, import_id: u64) -> Stamp {
        Stamp {
            revision: before + 1,
            change_id: self.change_id,
            import_id,
            caller: self.caller.to_owned(),
            changed_at: self.at,
            as_of: 0,
        }
    }
}
