//! The administrator's side: verifying and compacting the store, its state, and whether writes work.

use std::{path::Path, time::SystemTime};

use super::{
    audit::{AUDIT_FOLDER, AuditEntry},
    checkpoint::CheckpointFile,
    core::Engine,
    search::Deadline,
};
use crate::{
    caller::Caller,
    clock::SystemClock,
    fault::Fault,
    limits::Limits,
    metrics::Figures,
    store::{self, CompactReport, StoreError, StoreOptions, StoreStatus, Verification, VerifyProgress},
};

/// Why writes are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRefusal {
    /// The stable reason that a write gets now, for example `DISK_LOW`.
    pub reason: &'static str,
    /// The cause, for the administrator.
    pub cause: String,
}

impl Engine {
    /// Reads every record of the store, while it is used, and compares what it read with what was written.
    /// Calls `progress` repeatedly; it returns whether the caller is still waiting.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, `CHANGED_MEANWHILE` while another verification is running, or `DEADLINE_PASSED`. Damage is not an error
    /// but a part of the result.
    pub fn verify(
        &self,
        caller: &Caller,
        deadline: &Deadline,
        progress: &mut dyn FnMut(VerifyProgress) -> bool,
    ) -> Result<Verification, Fault> {
        self.require_admin(caller)?;
        let found = self.store.verify(&mut |reached| !deadline.has_passed() && progress(reached))?;
        if !found.is_whole() {
            tracing::error!(problems = found.problem_count, first = ?found.problems.first(), "the store is damaged");
        }
        Ok(found)
    }

    /// Rewrites the store without what was replaced and removed, while it is used. It runs to the end even if the
    /// caller leaves.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, `CHANGED_MEANWHILE` while another compaction is running, `DISK_LOW`, `DISK_FULL` or `WRITES_STOPPED`.
    pub fn compact(&self, caller: &Caller) -> Result<CompactReport, Fault> {
        self.require_admin(caller)?;
        let compacted = self.writer.compact().map_err(Fault::from);
        self.audit(caller, &AuditEntry::new("compact", None), &compacted);
        let report = compacted?;
        let CompactReport { bytes_before, bytes_after } = report;
        tracing::info!(bytes_before, bytes_after, "the store is compacted");
        Ok(report)
    }

    /// Returns what the store holds, how much room it takes, and why writes are refused, if they are.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, or `WRITES_STOPPED` if the folder of the store is gone.
    pub fn store_status(&self, caller: &Caller) -> Result<(StoreStatus, Option<WriteRefusal>), Fault> {
        self.require_admin(caller)?;
        let refusal = self
            .store
            .check_writes()
            .err()
            .map(|error| WriteRefusal { cause: error.to_string(), reason: Fault::from(error).reason() });
        Ok((self.store.status()?, refusal))
    }

    /// Returns the figures that the metrics show. Reads no records.
    ///
    /// # Errors
    /// `WRITES_STOPPED` if the folder of the store is gone.
    pub fn figures(&self, caller: &Caller) -> Result<Figures, Fault> {
        let (StoreStatus { file_bytes, free_bytes, reserve_bytes, records, .. }, refusal) =
            self.store_status(caller)?;
        let indexes = self.catalog.load();
        let index_rows =
            indexes.memories.values().map(|m| m.sources.sources() + m.targets.sources()).sum::<usize>();
        let written = CheckpointFile::new(self.store.path()).written_at();
        let since_1970 = written.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        Ok(Figures {
            memories: records.memories,
            glossaries: records.glossaries,
            units: records.units,
            former_unit_revisions: records.former_unit_revisions,
            concepts: records.concepts,
            index_rows: index_rows as u64,
            store_bytes: file_bytes,
            free_bytes,
            reserve_bytes,
            writes_refused: refusal.is_some(),
            checkpoint_written: since_1970.map_or(0, |since| since.as_secs()),
        })
    }

    /// Fails as a write would fail now. For health, which looks every second, so it asks the system only for
    /// the free space.
    ///
    /// # Errors
    /// `WRITES_STOPPED`, `DISK_FULL` or `DISK_LOW`.
    pub fn check_writes(&self) -> Result<(), Fault> {
        Ok(self.store.check_writes()?)
    }
}

/// Verifies the store in a folder that nobody has open, in a copy, which is made in the folder `scratch`.
///
/// # Errors
/// Those of [`store::verify_folder`].
pub fn verify_folder(
    folder: &Path,
    scratch: &Path,
    progress: &mut dyn FnMut(VerifyProgress),
) -> Result<Verification, StoreError> {
    let mut watch = |reached| {
        progress(reached);
        true
    };
    store::verify_folder(folder, scratch, &StoreOptions::default(), &mut watch)
}

/// Compacts the store in a folder that nobody has open.
///
/// # Errors
/// Those of [`store::check_store_exists`] and [`store::compact_folder`].
pub fn compact_folder(folder: &Path) -> Result<CompactReport, StoreError> {
    store::check_store_exists(folder)?;
    store::compact_folder(folder, &StoreOptions::default())
}

/// Opens the store in a folder that nobody has open, as the server does, with an audit log. Makes the store if
/// `create` is set and there is none.
///
/// # Errors
/// Those of [`store::check_store_exists`] and [`Engine::open`]; the audit log cannot be written.
pub fn engine_at_rest(folder: &Path, create: bool) -> Result<Engine, StoreError> {
    if !create {
        store::check_store_exists(folder)?;
    }
    let (mut engine, _) =
        Engine::open(folder, &StoreOptions::default(), Limits::default(), Box::new(SystemClock))?;
    let kept = engine.keep_audit_log(&folder.join(AUDIT_FOLDER));
    kept.map_err(|cause| StoreError::Io(format!("cannot write the audit log: {cause}")))?;
    Ok(engine)
}
