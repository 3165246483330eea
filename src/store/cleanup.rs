//! Removing the contents of deleted collections and of imports that were dropped.

use super::{
    error::StoreError,
    imports::{ImportEntry, ImportState, import},
    keys::{self, CollectionKind, CollectionNumber},
    read::Store,
};
use crate::unit::Sequence;

impl Store {
    /// Lists the imports whose units are to be removed: those that are not
    /// complete, and those that were taken back.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn discarded_imports(&self) -> Result<Vec<ImportEntry>, StoreError> {
        let mut all = self.scan(&keys::imports(), None, import).collect::<Result<Vec<_>, _>>()?;
        all.retain(|i| i.state != ImportState::Complete);
        Ok(all)
    }

    /// Removes everything that a pending or reverted import brought, then the
    /// import itself. Done in steps: a crash between them leaves it as it is, and
    /// the next open goes on.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn discard_import(&self, import: &ImportEntry) -> Result<(), StoreError> {
        let before_first = Sequence(import.first.0.saturating_sub(1));
        let mine = self.units(import.memory, Some(before_first)).filter_map(|found| match found {
            Ok((sequence, unit)) if unit.stamp.is_brought_by(import.number) => {
                Some(Ok(keys::entry(CollectionKind::Memory, import.memory, sequence)))
            }
            Ok(_) => None,
            Err(e) => Some(Err(e)),
        });
        self.remove_all(mine)?;
        for prefix in [keys::staged_of(import.number), keys::undo_of(import.number)] {
            self.remove_all(self.scan(&prefix, None, |key, _| Ok(key.to_vec())))?;
        }
        self.remove_all(std::iter::once(Ok(keys::import(import.number))))?;
        self.sync()
    }

    /// Removes the contents of a deleted memory or glossary, then its record;
    /// in steps, like [`Store::discard_import`].
    ///
    /// # Errors
    /// A failing disk.
    pub fn purge_collection(&self, kind: CollectionKind, number: CollectionNumber) -> Result<(), StoreError> {
        for prefix in [keys::entries(kind, number), keys::histories(kind, number)] {
            self.remove_all(self.scan(&prefix, None, |key, _| Ok(key.to_vec())))?;
        }
        self.remove_all(std::iter::once(Ok(keys::collection(kind, number))))?;
        self.sync()
    }

    pub(super) fn remove_all(
        &self,
        keys: impl Iterator<Item = Result<Vec<u8>, StoreError>>,
    ) -> Result<(), StoreError> {
        // sled lets no reader in while a batch goes in: a larger one would be felt by lookups.
        const STEP: usize = 128;
        let mut batch = sled::Batch::default();
        let mut held = 0;
        for key in keys {
            batch.remove(key?);
            held += 1;
            if held == STEP {
                self.db.apply_batch(std::mem::take(&mut batch))?;
                held = 0;
            }
        }
        self.db.apply_batch(batch)?;
        Ok(())
    }
}
