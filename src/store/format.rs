//! The version of the key layout and of the records, which the store has in a record.

use std::path::Path;

use prost::Message;

use super::{FORMAT_VERSION, codec, error::StoreError, keys, read::Store, records as r, tree::Changes};
use crate::text::{FOLD_VERSION, SEGMENTATION_VERSION};

impl Store {
    /// Writes the record of the present format, unless the store has it already.
    pub(super) fn put_format(&self) -> Result<(), StoreError> {
        let ours = r::FormatRecord {
            format: FORMAT_VERSION,
            fold: FOLD_VERSION,
            segmentation: SEGMENTATION_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        match self.format()? {
            Some(found) if found.format > FORMAT_VERSION => Err(newer(self.path(), found.format)),
            Some(found) if found == ours => Ok(()),
            _ => {
                self.write(Changes::from([(keys::FORMAT.to_vec(), Some(ours.encode_to_vec()))]))?;
                self.sync()
            }
        }
    }

    /// Returns the format of the store, or `None` if it has none yet.
    pub(super) fn format(&self) -> Result<Option<r::FormatRecord>, StoreError> {
        let Some(bytes) = self.get(keys::FORMAT)? else { return Ok(None) };
        codec::decode(keys::FORMAT, &bytes, |record| Ok(Some(record)))
    }
}

/// Returns the error for a store of a format that this program does not know.
pub(super) fn newer(path: &Path, found: u32) -> StoreError {
    StoreError::Newer { path: path.to_owned(), found, known: FORMAT_VERSION }
}
