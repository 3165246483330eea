//! The indexes beside the store, so that opening need not read every unit.
//!
//! A checkpoint is written when the engine is closed in order, and belongs to
//! the store as it was after its last change. **In doubt it is thrown away**: of
//! another state, another version of the program's tables or another
//! machine, not whole, or not readable. The store holds the truth, and the
//! indexes are made from it as ever.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    hash::{Hash, Hasher},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use rustc_hash::{FxHashMap, FxHasher};

use super::state::{State, Units};
use crate::{
    matching::{
        INDEX_VERSION, Index,
        bytes::{bad, number, put_number, put_text, text},
    },
    store::{Applied, CollectionNumber},
    text::FOLD_VERSION,
    unit::{CollectionInfo, Sequence},
};

/// Where a store's checkpoint lies, and from how many units on it is worth one.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    least_units: usize,
}

/// Memories by number.
pub(super) type Memories = BTreeMap<u32, Units>;

/// Adds up everything that passes through.
struct Summed<T> {
    inner: T,
    sum: crc32fast::Hasher,
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What a store is known by: its last change, its next numbers, and what
/// memories it has since when. Another store's checkpoint has another one.
pub(super) fn fingerprint<'m>(
    applied: &Applied,
    memories: impl Iterator<Item = (CollectionNumber, &'m CollectionInfo)>,
) -> u64 {
    let mut memories: Vec<_> = memories.collect();
    memories.sort_unstable_by_key(|(number, _)| number.0);
    let mut hasher = FxHasher::default();
    let numbers = (applied.next_memory, applied.next_glossary, applied.next_import, applied.next_sequence);
    (applied.change_id, numbers).hash(&mut hasher);
    for (number, info) in memories {
        (number.0, info.name.as_str(), info.created_at.0).hash(&mut hasher);
    }
    hasher.finish()
}

/// What must be as it was for a checkpoint to be of use: the format, the
/// machine's byte order and word, and the store's state.
fn header(fingerprint: u64) -> [u8; 40] {
    let parts: [u64; 5] = [
        u64::from_ne_bytes(*b"dhakira1"),
        0x0102_0304_0506_0708,
        u64::from(INDEX_VERSION) << 32 | u64::from(FOLD_VERSION),
        size_of::<usize>() as u64,
        fingerprint,
    ];
    let mut bytes = [0; 40];
    for (to, part) in bytes.chunks_exact_mut(8).zip(parts) {
        to.copy_from_slice(&part.to_ne_bytes());
    }
    bytes
}

impl Checkpoint {
    pub(super) fn new(store: &Path, least_units: usize) -> Self {
        Self { path: store.join("index.checkpoint"), least_units }
    }

    /// Writes the indexes of all memories. A checkpoint that cannot be
    /// written costs time at the next open, no more.
    pub(super) fn write(&self, state: &State) {
        let units: usize = state.memories.values().map(|m| m.units.index.units()).sum();
        if units < self.least_units {
            return;
        }
        if let Err(cause) = self.try_write(state) {
            tracing::warn!(%cause, path = %self.path.display(), "the indexes are not kept for the next start");
        }
    }

    fn try_write(&self, state: &State) -> io::Result<()> {
        let unfinished = self.path.with_extension("unfinished");
        let file = File::create(&unfinished)?;
        let mut out =
            Summed { inner: BufWriter::with_capacity(1 << 20, file), sum: crc32fast::Hasher::new() };
        let memories = state.memories.values().map(|m| (m.number, &m.info));
        out.write_all(&header(fingerprint(&state.applied, memories)))?;
        put_number(&mut out, state.memories.len() as u64)?;
        for memory in state.memories.values() {
            put_number(&mut out, u64::from(memory.number.0))?;
            memory.units.index.write(&mut out)?;
            memory.units.targets.write(&mut out)?;
            put_number(&mut out, memory.units.external.len() as u64)?;
            for (id, sequence) in &memory.units.external {
                put_text(&mut out, id)?;
                put_number(&mut out, sequence.0)?;
            }
        }
        let sum = out.sum.finalize();
        let mut file = out.inner;
        file.write_all(&sum.to_ne_bytes())?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(unfinished, &self.path)
    }

    /// Reads the indexes of a store's state; nothing when there is no
    /// checkpoint of it that can be trusted.
    pub(super) fn read(&self, fingerprint: u64) -> Memories {
        match self.try_read(fingerprint) {
            Ok(memories) => memories,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Memories::new(),
            Err(cause) => {
                tracing::info!(%cause, path = %self.path.display(), "the kept indexes are not used; they are made from the store");
                Memories::new()
            }
        }
    }

    fn try_read(&self, fingerprint: u64) -> io::Result<Memories> {
        let mut found = [0; 40];
        File::open(&self.path)?.read_exact(&mut found)?;
        if found != header(fingerprint) {
            return Err(bad("they are of another state or version"));
        }
        self.check_sum()?;
        let mut input = BufReader::with_capacity(1 << 20, File::open(&self.path)?);
        let input: &mut dyn Read = &mut input;
        input.read_exact(&mut found)?;
        let mut memories = Memories::new();
        for _ in 0..number(input)? {
            let memory = u32::try_from(number(input)?).map_err(|_| bad("a memory's number is too large"))?;
            let (index, targets) = (Index::read(input)?, Index::read(input)?);
            let mut external = FxHashMap::default();
            for _ in 0..number(input)? {
                let id = text(input, 1 << 20)?;
                external.insert(id.into_boxed_str(), Sequence(number(input)?));
            }
            memories.insert(memory, Units { index, targets, external });
        }
        Ok(memories)
    }

    /// Reads the whole file once: it must add up before anything of it is believed.
    fn check_sum(&self) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len().checked_sub(4).ok_or_else(|| bad("they are not whole"))?;
        let mut sum = crc32fast::Hasher::new();
        let mut left = length;
        let mut buffer = vec![0; 1 << 20];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let some = buffer.get_mut(..most).unwrap_or_default();
            file.read_exact(some)?;
            sum.update(some);
            left -= most as u64;
        }
        let mut told = [0; 4];
        file.read_exact(&mut told)?;
        if sum.finalize().to_ne_bytes() == told { Ok(()) } else { Err(bad("they do not add up")) }
    }
}
