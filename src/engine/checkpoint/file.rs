//! The indexes beside the store, so that opening need not read every unit.
//!
//! A checkpoint is of one [`Moment`] of the store, which notes from then on which units it
//! changes. **In doubt it is thrown away**: of a moment that the store does not know, of another
//! version of the program's tables or another machine, not whole, or not readable. The store
//! holds the truth, and the indexes are made from it as ever.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use rustc_hash::FxHashMap;

use crate::{
    engine::state::{State, Units, identity_of_fixed_unit},
    matching::{
        INDEX_VERSION, Index, IndexImage,
        bytes::{bad, number, put_number, put_text, text},
    },
    store::{CollectionNumber, Moment, Store, StoreError, Touched},
    text::FOLD_VERSION,
    unit::Sequence,
};

/// Where a store's checkpoint lies.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
}

/// The indexes as they were at one moment, to be written at leisure while others change.
#[derive(Debug)]
pub(crate) struct Picture {
    /// The moment.
    pub(crate) moment: Moment,
    memories: Vec<MemoryPicture>,
}

#[derive(Debug)]
struct MemoryPicture {
    number: CollectionNumber,
    sources: IndexImage,
    targets: IndexImage,
    /// External ids with their sequences, as they are written.
    external: Vec<u8>,
    external_ids: usize,
}

/// Indexes that were kept, and what has happened since.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Their moment.
    pub(crate) moment: Moment,
    memories: BTreeMap<CollectionNumber, Units>,
    touched: BTreeMap<CollectionNumber, Touched>,
}

/// A memory's units as they were kept.
#[derive(Debug, Default)]
pub(crate) struct KeptUnits {
    /// Those that nobody touched since.
    pub(crate) units: Units,
    /// The touched ones in order, which are to be read again.
    pub(crate) touched: Vec<Sequence>,
    /// From here on units are new.
    pub(crate) from: Sequence,
}

impl Kept {
    /// Takes a memory's units out, if they were kept.
    pub(crate) fn take(&mut self, memory: CollectionNumber) -> Option<KeptUnits> {
        let mut units = self.memories.remove(&memory)?;
        let Touched { units: mut touched, whole } = self.touched.remove(&memory).unwrap_or_default();
        if whole {
            return None;
        }
        // A later moment whose indexes were not written in the end may have noted new ones, too.
        touched.retain(|sequence| *sequence < self.moment.next_sequence);
        units.forget(&touched);
        let mut touched: Vec<Sequence> = touched.into_iter().collect();
        touched.sort_unstable();
        Some(KeptUnits { units, touched, from: self.moment.next_sequence })
    }
}

impl Picture {
    /// Takes down the indexes of all memories; what they consist of is shared and not copied.
    pub(crate) fn of(state: &State, moment: Moment) -> Self {
        let memory = |memory: &crate::engine::state::MemoryState| {
            let ids = memory.units.external.keys();
            let mut external = Vec::with_capacity(ids.map(|id| id.len() + 2 * size_of::<u64>()).sum());
            for (id, sequence) in &memory.units.external {
                // Writing to memory does not fail.
                let _ = put_text(&mut external, id).and_then(|()| put_number(&mut external, sequence.0));
            }
            MemoryPicture {
                number: memory.number,
                sources: memory.units.index.image(),
                targets: memory.units.targets.image(),
                external,
                external_ids: memory.units.external.len(),
            }
        };
        Self { moment, memories: state.memories.values().map(memory).collect() }
    }
}

/// Adds up everything that passes through, and looks now and then whether it may go on.
struct Summed<'s, T> {
    inner: T,
    sum: crc32fast::Hasher,
    written: usize,
    store: &'s Store,
}

/// Bytes between two looks at the space that is left.
const BYTES_A_LOOK: usize = 8 << 20;

/// Bytes that are left to writes beside the reserve.
const LEFT_TO_WRITES: u64 = 64 << 20;

impl<T: Write> Write for Summed<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or_default());
        if (self.written + written) / BYTES_A_LOOK != self.written / BYTES_A_LOOK {
            // What is only for speed must not take the space that writes need.
            self.store.space_left_beside(LEFT_TO_WRITES).map_err(io::Error::other)?;
        }
        self.written += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What must be as it was for a checkpoint to be of use: the format, the
/// machine's byte order and word, and the hash of units. The moment follows.
fn header() -> [u8; 40] {
    let parts: [u64; 5] = [
        u64::from_ne_bytes(*b"dhakira3"),
        0x0102_0304_0506_0708,
        u64::from(INDEX_VERSION) << 32 | u64::from(FOLD_VERSION),
        size_of::<usize>() as u64,
        u64::from(identity_of_fixed_unit()),
    ];
    let mut bytes = [0; 40];
    for (to, part) in bytes.chunks_exact_mut(8).zip(parts) {
        to.copy_from_slice(&part.to_ne_bytes());
    }
    bytes
}

impl Checkpoint {
    pub(crate) fn new(store: &Path) -> Self {
        Self { path: store.join("index.checkpoint") }
    }

    /// Returns its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn unfinished(&self) -> PathBuf {
        self.path.with_extension("unfinished")
    }

    /// Writes the indexes in place of those of an earlier moment.
    ///
    /// # Errors
    /// A failing disk, or one that is nearly full; nothing is left behind then.
    pub(crate) fn write(&self, picture: &Picture, store: &Store) -> io::Result<()> {
        let written = self.write_beside(picture, store).and_then(|()| {
            fs::rename(self.unfinished(), &self.path)?;
            self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        });
        if written.is_err() {
            // It is in the way of nothing but the disk's space.
            let _ = fs::remove_file(self.unfinished());
        }
        written
    }

    fn write_beside(&self, picture: &Picture, store: &Store) -> io::Result<()> {
        let inner = BufWriter::with_capacity(1 << 20, File::create(self.unfinished())?);
        let mut out = Summed { inner, sum: crc32fast::Hasher::new(), written: 0, store };
        out.write_all(&header())?;
        put_number(&mut out, picture.moment.number)?;
        put_number(&mut out, picture.moment.token)?;
        put_number(&mut out, picture.memories.len() as u64)?;
        for memory in &picture.memories {
            put_number(&mut out, u64::from(memory.number.0))?;
            memory.sources.write(&mut out)?;
            memory.targets.write(&mut out)?;
            put_number(&mut out, memory.external_ids as u64)?;
            out.write_all(&memory.external)?;
        }
        let sum = out.sum.finalize();
        let mut file = out.inner;
        file.write_all(&sum.to_ne_bytes())?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }

    /// Reads the indexes that were kept, and what has happened since; nothing when there
    /// is no checkpoint that can be trusted.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn read(&self, store: &Store) -> Result<Option<Kept>, StoreError> {
        // What a crash left half written; that there is none is as good.
        let _ = fs::remove_file(self.unfinished());
        let believed = self.opened().and_then(|(_, found)| {
            let known = store.moment(found.number).map_err(|cause| bad(&cause.to_string()))?;
            let known = known.filter(|known| known.token == found.token);
            let moment = known.ok_or_else(|| bad("they are of another store or state"))?;
            Ok((moment, self.memories()?))
        });
        match believed {
            Ok((moment, memories)) => {
                let touched = store.touched_since(moment.number)?;
                Ok(Some(Kept { moment, memories, touched }))
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => {
                tracing::info!(%cause, path = %self.path.display(), "the kept indexes are not used; they are made from the store");
                Ok(None)
            }
        }
    }

    /// Reads what moment they are of, as far as it is told. What is left to be read follows.
    fn opened(&self) -> io::Result<(BufReader<File>, Moment)> {
        let mut input = BufReader::with_capacity(1 << 20, File::open(&self.path)?);
        let mut found = [0; 40];
        input.read_exact(&mut found)?;
        if found != header() {
            return Err(bad("they are of another version"));
        }
        let moment = Moment { number: number(&mut input)?, token: number(&mut input)?, ..Moment::default() };
        Ok((input, moment))
    }

    fn memories(&self) -> io::Result<BTreeMap<CollectionNumber, Units>> {
        self.check_sum()?;
        let (mut input, _) = self.opened()?;
        let input: &mut dyn Read = &mut input;
        let mut memories = BTreeMap::new();
        for _ in 0..number(input)? {
            let memory = u32::try_from(number(input)?).map_err(|_| bad("a memory's number is too large"))?;
            let (index, targets) = (Index::read(input)?, Index::read(input)?);
            let mut external = FxHashMap::default();
            for _ in 0..number(input)? {
                let id = text(input, 1 << 20)?;
                external.insert(id.into_boxed_str(), Sequence(number(input)?));
            }
            memories.insert(CollectionNumber(memory), Units { index, targets, external });
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
