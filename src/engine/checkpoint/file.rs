//! The checkpoint file: the indexes, written beside the store, so that opening does not read
//! every unit.
//!
//! A checkpoint has the indexes as they were at one checkpoint mark. From the mark
//! on, the store logs which units it changes. **In doubt the checkpoint is not used**: when the
//! store has no such mark, when the file comes from another version of the index or the fold
//! tables or from a machine with another byte order or word size, or when it is damaged or cannot
//! be read. The indexes are then built from the store, which holds the truth.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustc_hash::FxHashMap;

use crate::{
    engine::state::{MemoryState, SequenceSet, UnitIndex, WriterState, fingerprints_of_fixed_unit},
    matching::{
        INDEX_VERSION, Index, IndexCheckpointSnapshot,
        bytes::{invalid_data, read_number, read_text, write_number, write_text},
    },
    store::{CheckpointMark, CollectionNumber, DirtyUnits, Store, StoreError},
    text::FOLD_VERSION,
    unit::Sequence,
};

/// The location of a store's checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
}

/// A copy of the indexes as they were at one mark. Another thread writes it to disk while the
/// writer goes on.
#[derive(Debug)]
pub(crate) struct CheckpointSnapshot {
    /// The mark.
    pub(crate) mark: CheckpointMark,
    memories: Vec<MemoryCheckpointSnapshot>,
}

#[derive(Debug)]
struct MemoryCheckpointSnapshot {
    number: CollectionNumber,
    sources: IndexCheckpointSnapshot,
    targets: IndexCheckpointSnapshot,
    sequences: SequenceSet,
    /// External ids with their sequences, in the encoding of the file.
    external: Vec<u8>,
    external_ids: usize,
}

/// A checkpoint that was read, and the units that changed since its mark.
#[derive(Debug, Default)]
pub(crate) struct LoadedCheckpoint {
    /// The mark of the checkpoint.
    pub(crate) mark: CheckpointMark,
    memories: BTreeMap<CollectionNumber, UnitIndex>,
    dirty: BTreeMap<CollectionNumber, DirtyUnits>,
}

/// The units of one memory in a checkpoint.
#[derive(Debug, Default)]
pub(crate) struct LoadedMemory {
    /// The units that did not change since the mark.
    pub(crate) units: UnitIndex,
    /// The units that changed or were deleted since the mark, in ascending order. They have to be
    /// read from the store again.
    pub(crate) dirty: Vec<Sequence>,
    /// The first sequence that is not in the checkpoint. The units from here on are new.
    pub(crate) first_new: Sequence,
}

impl LoadedCheckpoint {
    /// Takes the units of a memory out of the checkpoint. Returns `None` if the checkpoint does not
    /// have the memory, or if the whole memory has to be read again.
    pub(crate) fn take_memory(&mut self, memory: CollectionNumber) -> Option<LoadedMemory> {
        let mut units = self.memories.remove(&memory)?;
        let DirtyUnits { units: mut dirty, whole_memory } = self.dirty.remove(&memory).unwrap_or_default();
        if whole_memory {
            return None;
        }
        // The log of a later mark, whose checkpoint was never written, may also have units that
        // are new since this mark. They are read with the other new units.
        dirty.retain(|sequence| *sequence < self.mark.next_sequence);
        units.remove_all(&dirty);
        let mut dirty: Vec<Sequence> = dirty.into_iter().collect();
        dirty.sort_unstable();
        Some(LoadedMemory { units, dirty, first_new: self.mark.next_sequence })
    }
}

impl CheckpointSnapshot {
    /// Copies the indexes of all memories. This is cheap, because the blocks of an index are shared
    /// and only the external ids are copied.
    pub(crate) fn capture(state: &WriterState, mark: CheckpointMark) -> Self {
        Self { mark, memories: state.memories.values().map(MemoryCheckpointSnapshot::capture).collect() }
    }
}

impl MemoryCheckpointSnapshot {
    fn capture(memory: &MemoryState) -> Self {
        let ids = memory.units.by_external_id.keys();
        let mut external = Vec::with_capacity(ids.map(|id| id.len() + 2 * size_of::<u64>()).sum());
        for (id, sequence) in &memory.units.by_external_id {
            // Writing to a vector does not fail.
            let _ = write_text(&mut external, id).and_then(|()| write_number(&mut external, sequence.0));
        }
        Self {
            number: memory.number,
            sources: memory.units.sources.checkpoint_snapshot(),
            targets: memory.units.targets.checkpoint_snapshot(),
            sequences: memory.units.sequences.clone(),
            external,
            external_ids: memory.units.by_external_id.len(),
        }
    }
}

/// A writer that computes the checksum of its bytes. It fails when the disk becomes nearly full.
struct ChecksumWriter<'s, T> {
    inner: T,
    checksum: crc32fast::Hasher,
    bytes_written: usize,
    store: &'s Store,
}

/// The number of bytes between two checks of the free space.
const BYTES_PER_SPACE_CHECK: usize = 8 << 20;

/// The number of bytes that stay free for writes, beyond the reserve.
const BYTES_RESERVED_FOR_WRITES: u64 = 64 << 20;

impl<T: Write> Write for ChecksumWriter<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.checksum.update(bytes.get(..written).unwrap_or_default());
        if (self.bytes_written + written) / BYTES_PER_SPACE_CHECK
            != self.bytes_written / BYTES_PER_SPACE_CHECK
        {
            // A checkpoint only saves time, so it must not take the space that writes need.
            self.store.check_space_for(BYTES_RESERVED_FOR_WRITES).map_err(io::Error::other)?;
        }
        self.bytes_written += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Returns the first bytes of the file. A checkpoint with another header is not used. The header
/// has the format, the byte order and word size of the machine, the versions of the index and of
/// the fold tables, and the fingerprints of a fixed unit. The mark follows the header.
fn header() -> [u8; 40] {
    let parts: [u64; 5] = [
        u64::from_ne_bytes(*b"dhakira4"),
        0x0102_0304_0506_0708,
        u64::from(INDEX_VERSION) << 32 | u64::from(FOLD_VERSION),
        size_of::<usize>() as u64,
        u64::from(fingerprints_of_fixed_unit()),
    ];
    let mut bytes = [0; 40];
    for (to, part) in bytes.chunks_exact_mut(8).zip(parts) {
        to.copy_from_slice(&part.to_ne_bytes());
    }
    bytes
}

impl CheckpointFile {
    /// Returns when the newest checkpoint was written, or `None` if there is none.
    pub(crate) fn written_at(&self) -> Option<SystemTime> {
        fs::metadata(&self.path).and_then(|file| file.modified()).ok()
    }

    pub(crate) fn new(store: &Path) -> Self {
        Self { path: store.join("index.checkpoint") }
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn partial_path(&self) -> PathBuf {
        self.path.with_extension("unfinished")
    }

    /// Writes a checkpoint. It replaces the one of an earlier mark.
    ///
    /// # Errors
    /// A failing disk, or one that is nearly full. The earlier checkpoint then stays, and no
    /// partial file is left.
    pub(crate) fn write(&self, snapshot: &CheckpointSnapshot, store: &Store) -> io::Result<()> {
        let written = self.write_partial(snapshot, store).and_then(|()| {
            fs::rename(self.partial_path(), &self.path)?;
            self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        });
        if written.is_err() {
            // If this fails, too, the partial file only takes space until the next open removes it.
            let _ = fs::remove_file(self.partial_path());
        }
        written
    }

    fn write_partial(&self, snapshot: &CheckpointSnapshot, store: &Store) -> io::Result<()> {
        let inner = BufWriter::with_capacity(1 << 20, File::create(self.partial_path())?);
        let mut out = ChecksumWriter { inner, checksum: crc32fast::Hasher::new(), bytes_written: 0, store };
        out.write_all(&header())?;
        write_number(&mut out, snapshot.mark.number)?;
        write_number(&mut out, snapshot.mark.token)?;
        write_number(&mut out, snapshot.memories.len() as u64)?;
        for memory in &snapshot.memories {
            write_number(&mut out, u64::from(memory.number.0))?;
            memory.sources.write(&mut out)?;
            memory.targets.write(&mut out)?;
            memory.sequences.write(&mut out)?;
            write_number(&mut out, memory.external_ids as u64)?;
            out.write_all(&memory.external)?;
        }
        let checksum = out.checksum.finalize();
        let mut file = out.inner;
        file.write_all(&checksum.to_ne_bytes())?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }

    /// Reads the checkpoint, and from the store the units that changed since its mark. Returns
    /// `None` if there is no checkpoint or if it cannot be trusted.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn read(&self, store: &Store) -> Result<Option<LoadedCheckpoint>, StoreError> {
        // Removes a partial file left by a crash. Usually there is none.
        let _ = fs::remove_file(self.partial_path());
        let trusted = self.open().and_then(|(_, file_mark)| {
            let stored_mark =
                store.checkpoint_mark(file_mark.number).map_err(|cause| invalid_data(&cause.to_string()))?;
            let stored_mark = stored_mark.filter(|stored_mark| stored_mark.token == file_mark.token);
            let mark = stored_mark.ok_or_else(|| {
                invalid_data("it belongs to another store, or to another state of this one")
            })?;
            Ok((mark, self.read_memories()?))
        });
        match trusted {
            Ok((mark, memories)) => {
                let dirty = store.dirty_since(mark.number)?;
                Ok(Some(LoadedCheckpoint { mark, memories, dirty }))
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => {
                tracing::info!(%cause, path = %self.path.display(), "the checkpoint is not used; the indexes are built from the store");
                Ok(None)
            }
        }
    }

    /// Opens the file and reads the header and the mark. The returned reader is at the first
    /// memory. The mark has no `next_sequence`, because only the store has it.
    fn open(&self) -> io::Result<(BufReader<File>, CheckpointMark)> {
        let mut input = BufReader::with_capacity(1 << 20, File::open(&self.path)?);
        let mut file_header = [0; 40];
        input.read_exact(&mut file_header)?;
        if file_header != header() {
            return Err(invalid_data("it is of another version or machine"));
        }
        let mark = CheckpointMark {
            number: read_number(&mut input)?,
            token: read_number(&mut input)?,
            ..CheckpointMark::default()
        };
        Ok((input, mark))
    }

    fn read_memories(&self) -> io::Result<BTreeMap<CollectionNumber, UnitIndex>> {
        self.verify_checksum()?;
        let (mut input, _) = self.open()?;
        let input: &mut dyn Read = &mut input;
        let mut memories = BTreeMap::new();
        for _ in 0..read_number(input)? {
            let memory = u32::try_from(read_number(input)?)
                .map_err(|_| invalid_data("a memory's number is too large"))?;
            let (sources, targets) = (Index::read(input)?, Index::read(input)?);
            let sequences = SequenceSet::read(input)?;
            let mut by_external_id = FxHashMap::default();
            for _ in 0..read_number(input)? {
                let id = read_text(input, 1 << 20)?;
                by_external_id.insert(id.into_boxed_str(), Sequence(read_number(input)?));
            }
            memories
                .insert(CollectionNumber(memory), UnitIndex { sources, targets, sequences, by_external_id });
        }
        Ok(memories)
    }

    /// Reads the whole file and compares its checksum, before any index is read from it.
    fn verify_checksum(&self) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let mut remaining =
            file.metadata()?.len().checked_sub(4).ok_or_else(|| invalid_data("it is truncated"))?;
        let mut checksum = crc32fast::Hasher::new();
        let mut buffer = vec![0; 1 << 20];
        while remaining > 0 {
            let length = usize::try_from(remaining).unwrap_or(usize::MAX).min(buffer.len());
            let chunk = buffer.get_mut(..length).unwrap_or_default();
            file.read_exact(chunk)?;
            checksum.update(chunk);
            remaining -= length as u64;
        }
        let mut expected = [0; 4];
        file.read_exact(&mut expected)?;
        if checksum.finalize().to_ne_bytes() == expected {
            Ok(())
        } else {
            Err(invalid_data("its checksum does not match"))
        }
    }
}
