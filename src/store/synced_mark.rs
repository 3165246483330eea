//! A small file beside sled's, `synced`, that says up to which batch the store is durable.
//!
//! sled takes a damaged end of its log for writes that were not finished, and drops it without an
//! error. This file knows better: it is written after each sync, so a store that has fewer batches than
//! it says has lost acknowledged writes. It also has the inode of sled's file and, after an orderly stop,
//! its size and the time of its last change. If they differ at the next open, somebody changed the file,
//! for example by restoring a backup, and the store is checked in full before it is used. After a crash
//! the store is checked, too, if sled's file was written after this one.
//!
//! The file itself is not synced: after a power cut it may be older than the store, never newer.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    error::StoreError,
    folder::{SYNCED, remove_former},
    lock::{check_unlocked, wait_for_lock},
    totals::Totals,
};

/// The first bytes of the file. The last one is the version of its layout.
const MAGIC: [u8; 8] = *b"dhakira\x02";

/// How much later than this file a crashed server may have written sled's file: it was in the middle of a
/// write, and a disk may be slow.
const LATEST_WRITE: Duration = Duration::from_secs(120);

/// How many numbers of 64 bits the file has.
const NUMBERS: usize = 5;

/// The open file of a store.
#[derive(Debug)]
pub(super) struct SyncedMark {
    db: PathBuf,
    state: Mutex<MarkState>,
}

#[derive(Debug)]
struct MarkState {
    file: File,
    /// What was written last; `None` if a write of the store failed, after which no stop is an orderly one.
    last: Option<Synced>,
}

/// What the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Synced {
    /// How many batches were durable.
    pub(super) batches: u64,
    /// The checksum of the totals after them.
    pub(super) checksum: u64,
    /// The inode of sled's file: a copy of it has another one.
    inode: u64,
    /// Size of sled's file in bytes, and when it was changed last, in nanoseconds since 1970, after an orderly
    /// stop; zeros otherwise.
    size: u64,
    changed: u64,
}

/// What is known of sled's file at an open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// It is as the server left it.
    Untouched,
    /// A server that crashed may have been writing it, or somebody changed it soon afterwards.
    WrittenLast,
    /// Somebody changed it, or what was synced last is not known.
    Changed,
}

impl Synced {
    fn encode(self) -> Vec<u8> {
        let numbers = [self.batches, self.checksum, self.inode, self.size, self.changed];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
        bytes.extend(xxhash_rust::xxh3::xxh3_64(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, check) = bytes.split_at_checked(MAGIC.len() + NUMBERS * size_of::<u64>())?;
        if check != xxhash_rust::xxh3::xxh3_64(content).to_le_bytes() {
            return None;
        }
        let (numbers, _) = content.strip_prefix(&MAGIC)?.as_chunks::<8>();
        let numbers: [_; NUMBERS] = numbers.try_into().ok()?;
        let [batches, checksum, inode, size, changed] = numbers.map(u64::from_le_bytes);
        Some(Self { batches, checksum, inode, size, changed })
    }

    /// Reads the file of a store. Returns `None` if it is absent or damaged.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, io::Error> {
        let mut bytes = Vec::new();
        match File::open(folder.join(SYNCED)) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Self::decode(&bytes))
    }

    /// Compares sled's file with what is known of it, as far as size, inode and times can tell.
    pub(super) fn state_of_file(self, folder: &Path) -> Result<FileState, io::Error> {
        let db = folder.join("db").metadata()?;
        let changed = changed_at(&db)?;
        if self.changed > 0 {
            let is_same = (inode(&db), db.len(), changed) == (self.inode, self.size, self.changed);
            return Ok(if is_same { FileState::Untouched } else { FileState::Changed });
        }
        let noted = since_1970(folder.join(SYNCED).metadata()?.modified()?);
        Ok(if inode(&db) != self.inode || changed > noted + nanoseconds(LATEST_WRITE) {
            FileState::Changed
        } else if changed > noted {
            FileState::WrittenLast
        } else {
            FileState::Untouched
        })
    }
}

/// Returns when a file was changed last, in nanoseconds since 1970. On Unix this is the time of its last
/// change, which a copy cannot set, unlike the time of its last modification.
#[cfg(unix)]
fn changed_at(file: &Metadata) -> Result<u64, io::Error> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(file.ctime()).unwrap_or(0);
    Ok(seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(file.ctime_nsec()).unwrap_or(0)))
}

#[cfg(not(unix))]
fn changed_at(file: &Metadata) -> Result<u64, io::Error> {
    Ok(since_1970(file.modified()?))
}

#[cfg(unix)]
fn inode(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn inode(_file: &Metadata) -> u64 {
    0
}

fn since_1970(time: SystemTime) -> u64 {
    nanoseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn open_file(folder: &Path) -> Result<File, io::Error> {
    OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(SYNCED))
}

impl SyncedMark {
    /// Opens the file of a store, and makes it if it is absent. The caller makes its name durable, and notes the
    /// totals afterwards, because a change of the rights of sled's file counts as a change of it.
    pub(super) fn open(folder: &Path) -> Result<Self, io::Error> {
        let state = MarkState { file: open_file(folder)?, last: Some(Synced::default()) };
        Ok(Self { db: folder.join("db"), state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, MarkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that everything up to these totals is durable.
    pub(super) fn note(&self, totals: &Totals) -> Result<(), io::Error> {
        let mut state = self.state();
        if state.last.is_some() {
            let inode = inode(&self.db.metadata()?);
            let (batches, checksum) = (totals.batches, totals.checksum);
            let synced = Synced { batches, checksum, inode, ..Synced::default() };
            state.write(synced)?;
            state.last = Some(synced);
        }
        Ok(())
    }

    /// Goes on in the folder of a store whose files were replaced.
    pub(super) fn reopen(&self, folder: &Path) -> Result<(), io::Error> {
        self.state().file = open_file(folder)?;
        Ok(())
    }

    /// Notes that a write failed.
    pub(super) fn note_failure(&self) {
        self.state().last = None;
    }

    fn note_stop(&self) -> Result<(), io::Error> {
        let mut state = self.state();
        let Some(last) = state.last.take() else { return Ok(()) };
        let folder = self.db.parent().unwrap_or(Path::new("."));
        // Threads of sled may still write, for example to make the file shorter.
        wait_for_lock(|| check_unlocked(folder)).map_err(|held| io::Error::other(StoreError::from(held)))?;
        let db = self.db.metadata()?;
        state.write(Synced { size: db.len(), changed: changed_at(&db)?, ..last })?;
        state.file.sync_all()?;
        remove_former(folder)
    }
}

impl MarkState {
    fn write(&mut self, synced: Synced) -> Result<(), io::Error> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&synced.encode())
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
            mark.note(&self.totals())?;
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
    use std::{
        fs::{self, File},
        path::Path,
        time::Duration,
    };

    use super::{FileState, LATEST_WRITE, Synced, SyncedMark};
    use crate::store::{folder::SYNCED, totals::Totals};

    #[test]
    fn what_is_written_is_read_and_damage_is_noticed() {
        let synced = Synced { batches: 7, checksum: u64::MAX, inode: 5, size: 3, changed: 9 };
        let bytes = synced.encode();
        assert_eq!(Synced::decode(&bytes), Some(synced));
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert_eq!(Synced::decode(&damaged), None, "byte {place}");
            assert_eq!(Synced::decode(&bytes[..place]), None, "{place} bytes");
        }
    }

    fn state(folder: &Path) -> FileState {
        Synced::read(folder).unwrap().unwrap().state_of_file(folder).unwrap()
    }

    /// Makes the mark older or younger, as if it had been written so long before sled's file, or after it.
    fn note_at(folder: &Path, offset: impl Fn(std::time::SystemTime) -> std::time::SystemTime) {
        let written = folder.join("db").metadata().unwrap().modified().unwrap();
        File::options().write(true).open(folder.join(SYNCED)).unwrap().set_modified(offset(written)).unwrap();
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, second) = (folder.path(), Duration::from_secs(1));
        fs::write(folder.join("db"), b"as it was").unwrap();
        let mark = SyncedMark::open(folder).unwrap();
        mark.note(&Totals { batches: 4, ..Totals::default() }).unwrap();
        assert_eq!(Synced::read(folder).unwrap().unwrap().batches, 4);
        note_at(folder, |written| written + second);
        assert_eq!(state(folder), FileState::Untouched);
        note_at(folder, |written| written - second);
        assert_eq!(state(folder), FileState::WrittenLast);
        note_at(folder, |written| written - LATEST_WRITE - second);
        assert_eq!(state(folder), FileState::Changed);
        drop(mark);
        assert_eq!(Synced::read(folder).unwrap().unwrap().batches, 4);
        assert_eq!(state(folder), FileState::Untouched);
        fs::write(folder.join("db"), b"longer than it was").unwrap();
        assert_eq!(state(folder), FileState::Changed);
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_is_noticed_even_with_the_times_of_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for stopped in [false, true] {
            fs::write(folder.join("db"), b"as it was").unwrap();
            let mark = SyncedMark::open(folder).unwrap();
            mark.note(&Totals::default()).unwrap();
            let _running = if stopped {
                drop(mark);
                None
            } else {
                Some(mark)
            };
            note_at(folder, |written| written + Duration::from_secs(1));
            assert_eq!(state(folder), FileState::Untouched, "{stopped}");
            let times = folder.join("db").metadata().unwrap().modified().unwrap();
            fs::copy(folder.join("db"), folder.join("copy")).unwrap();
            File::options().write(true).open(folder.join("copy")).unwrap().set_modified(times).unwrap();
            fs::rename(folder.join("copy"), folder.join("db")).unwrap();
            assert_eq!(state(folder), FileState::Changed, "{stopped}");
        }
    }

    #[test]
    fn after_a_failed_write_no_stop_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("db"), b"x").unwrap();
        let mark = SyncedMark::open(folder.path()).unwrap();
        mark.note(&Totals { batches: 4, ..Totals::default() }).unwrap();
        mark.note_failure();
        mark.note(&Totals { batches: 9, ..Totals::default() }).unwrap();
        drop(mark);
        let read = Synced::read(folder.path()).unwrap().unwrap();
        assert_eq!((read.batches, read.changed), (4, 0));
    }
}
