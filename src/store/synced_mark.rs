//! A small file beside sled's, `synced`, that says up to which batch the store is durable.
//!
//! sled takes a damaged end of its log for writes that were not finished, and drops it without an
//! error. This file knows better: it is written after each sync, so a store that has fewer batches than
//! it says has lost acknowledged writes. After an orderly stop it also has the size and the time of
//! sled's file. If they differ at the next open, somebody changed the file, for example by restoring a
//! backup, and the store is checked in full before it is used.
//!
//! The file itself is not synced: after a power cut it may be older than the store, never newer.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use super::{
    error::StoreError,
    folder::{SYNCED, remove_former},
    totals::Totals,
};

/// The first bytes of the file. The last one is the version of its layout.
const MAGIC: [u8; 8] = *b"dhakira\x01";

/// How much later than this file sled's file may have been written, if the server did not stop in
/// order. The two are written within moments of each other, except for the end of a write that a crash
/// cut off.
const LATEST_WRITE: Duration = Duration::from_secs(120);

/// The open file of a store.
#[derive(Debug)]
pub(super) struct SyncedMark {
    file: Mutex<File>,
    db: PathBuf,
    /// The totals of the last sync; `None` if a write failed, after which no stop is an orderly one.
    last: Mutex<Option<Totals>>,
}

/// What the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Synced {
    /// How many batches were durable.
    pub(super) batches: u64,
    /// The checksum of the totals after them.
    pub(super) checksum: u64,
    /// Size in bytes and modification time in nanoseconds since 1970 of sled's file after an orderly
    /// stop; zeros otherwise.
    size: u64,
    modified: u64,
}

impl Synced {
    fn encode(self) -> Vec<u8> {
        let numbers = [self.batches, self.checksum, self.size, self.modified];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
        bytes.extend(xxhash_rust::xxh3::xxh3_64(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, check) = bytes.split_at_checked(MAGIC.len() + 4 * size_of::<u64>())?;
        if check != xxhash_rust::xxh3::xxh3_64(content).to_le_bytes() {
            return None;
        }
        let (numbers, _) = content.strip_prefix(&MAGIC)?.as_chunks::<8>();
        let &[batches, checksum, size, modified] = numbers else { return None };
        let [batches, checksum, size, modified] = [batches, checksum, size, modified].map(u64::from_le_bytes);
        Some(Self { batches, checksum, size, modified })
    }

    /// Reads the file of a store. Returns `None` if it is absent or damaged.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, std::io::Error> {
        let mut bytes = Vec::new();
        match File::open(folder.join(SYNCED)) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Self::decode(&bytes))
    }

    /// Returns whether sled's file is as this program left it, as far as size and times can tell.
    pub(super) fn is_untouched(self, folder: &Path) -> Result<bool, std::io::Error> {
        let db = folder.join("db").metadata()?;
        if self.modified > 0 {
            return Ok((db.len(), modified_at(&db)?) == (self.size, self.modified));
        }
        let written = folder.join(SYNCED).metadata()?.modified()?;
        Ok(db.modified()? <= written + LATEST_WRITE)
    }
}

fn modified_at(file: &Metadata) -> Result<u64, std::io::Error> {
    let since = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn open_file(folder: &Path) -> Result<File, std::io::Error> {
    OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(SYNCED))
}

impl SyncedMark {
    /// Opens the file of a store that holds these totals, and makes the file if it is absent.
    pub(super) fn open(folder: &Path, totals: Totals) -> Result<Self, std::io::Error> {
        let file = open_file(folder)?;
        let mark =
            Self { file: Mutex::new(file), db: folder.join("db"), last: Mutex::new(Some(Totals::default())) };
        mark.note(totals)?;
        mark.file.lock().unwrap_or_else(PoisonError::into_inner).sync_all()?;
        Ok(mark)
    }

    /// Notes that everything up to these totals is durable.
    pub(super) fn note(&self, totals: Totals) -> Result<(), std::io::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some() {
            let (batches, checksum) = (totals.batches, totals.checksum);
            self.write(Synced { batches, checksum, ..Synced::default() })?;
            *last = Some(totals);
        }
        Ok(())
    }

    /// Goes on in the folder of a store whose files were replaced.
    pub(super) fn reopen(&self, folder: &Path) -> Result<(), std::io::Error> {
        let file = open_file(folder)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
        Ok(())
    }

    /// Notes that a write failed.
    pub(super) fn note_failure(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn write(&self, synced: Synced) -> Result<(), std::io::Error> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&synced.encode())
    }

    fn note_stop(&self) -> Result<(), std::io::Error> {
        let Some(Totals { batches, checksum, .. }) =
            self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
        else {
            return Ok(());
        };
        let db = self.db.metadata()?;
        self.write(Synced { batches, checksum, size: db.len(), modified: modified_at(&db)? })?;
        self.file.lock().unwrap_or_else(PoisonError::into_inner).sync_all()?;
        self.db.parent().map_or(Ok(()), remove_former)
    }
}

/// Notes an orderly stop. The store drops this after sled, which writes to its file until then.
impl Drop for SyncedMark {
    fn drop(&mut self) {
        if let Err(cause) = self.note_stop() {
            tracing::warn!(%cause, "the end of the store could not be noted; the next start checks it in full");
        }
    }
}

impl super::read::Store {
    /// Notes that everything written so far is durable.
    pub(super) fn note_synced(&self) -> Result<(), StoreError> {
        if let Some(mark) = self.inner.mark.get() {
            mark.note(self.totals())?;
        }
        Ok(())
    }

    /// Notes that a write failed, so that the next start looks at the store again.
    pub(crate) fn note_failure(&self) {
        if let Some(mark) = self.inner.mark.get() {
            mark.note_failure();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LATEST_WRITE, Synced, SyncedMark};
    use crate::store::totals::Totals;

    #[test]
    fn what_is_written_is_read_and_damage_is_noticed() {
        let synced = Synced { batches: 7, checksum: u64::MAX, size: 3, modified: 9 };
        let bytes = synced.encode();
        assert_eq!(Synced::decode(&bytes), Some(synced));
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert_eq!(Synced::decode(&damaged), None, "byte {place}");
            assert_eq!(Synced::decode(&bytes[..place]), None, "{place} bytes");
        }
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("db");
        let set_time = |path: &std::path::Path, time| {
            std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        };
        std::fs::write(&db, b"as it was").unwrap();
        let mark = SyncedMark::open(folder.path(), Totals { batches: 4, ..Totals::default() }).unwrap();
        let running = Synced::read(folder.path()).unwrap().unwrap();
        assert_eq!(running.batches, 4);
        assert!(running.is_untouched(folder.path()).unwrap());
        let written = db.metadata().unwrap().modified().unwrap();
        set_time(&db, written + LATEST_WRITE * 2);
        assert!(!running.is_untouched(folder.path()).unwrap());
        drop(mark);
        let stopped = Synced::read(folder.path()).unwrap().unwrap();
        assert_eq!(stopped.batches, 4);
        assert!(stopped.is_untouched(folder.path()).unwrap());
        set_time(&db, written - LATEST_WRITE);
        assert!(!stopped.is_untouched(folder.path()).unwrap());
    }

    #[test]
    fn after_a_failed_write_no_stop_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("db"), b"x").unwrap();
        let mark = SyncedMark::open(folder.path(), Totals::default()).unwrap();
        mark.note_failure();
        mark.note(Totals { batches: 9, ..Totals::default() }).unwrap();
        drop(mark);
        let read = Synced::read(folder.path()).unwrap().unwrap();
        assert_eq!((read.batches, read.modified), (0, 0));
    }
}
