//! Blocks: up to 512 rows of near-equal length, with one column of bits per feature.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use pulp::bytemuck::{cast_slice, cast_slice_mut};
use rustc_hash::FxHashMap;

use super::{
    alphabet::{Alphabet, is_shared},
    bytes::{
        MAX_LIST_BYTES, invalid_data, read_length, read_list, read_text, write_length, write_list, write_text,
    },
    layout::{Layout, for_each_feature},
    unit_ref::UnitRef,
};
use crate::unit::Sequence;

/// The number of rows of a full block.
pub(crate) const ROWS_PER_BLOCK: usize = 512;

/// The number of 64-bit words in a column of a full block.
pub(crate) const WORDS_PER_COLUMN: usize = ROWS_PER_BLOCK / 64;

/// A set of rows of a block: bit i of word w is row 64 w + i.
pub(crate) type RowSet = [u64; WORDS_PER_COLUMN];

/// A unit in eight bytes: 48 bits of its sequence and the 16 bits of its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PackedUnit(u64);

impl PackedUnit {
    fn new(unit: UnitRef) -> Self {
        Self(unit.sequence.0 << 16 | u64::from(unit.fingerprint))
    }

    fn unit(self) -> UnitRef {
        let fingerprint = u16::try_from(self.0 & 0xFFFF).unwrap_or(0);
        UnitRef { sequence: Sequence(self.0 >> 16), fingerprint }
    }
}

/// Rows and their columns. A row is a distinct folded text with its units.
///
/// Blocks are cheap to clone, because clones share their data until one of them changes.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    layout: Arc<Layout>,
    /// Words per column: 1, 2, 4 or 8, as many as the rows need.
    words: usize,
    columns: Columns,
    rows: Arc<BlockRows>,
}

/// The texts and units of a block's rows.
#[derive(Clone, Debug)]
struct BlockRows {
    /// Where the codes of each row start, and where those of the last row end.
    starts: Vec<u32>,
    codes: Vec<u8>,
    /// The oldest unit of each row.
    oldest_units: Vec<PackedUnit>,
    /// The other units of a row, oldest first.
    other_units: FxHashMap<u16, Vec<PackedUnit>>,
    /// The texts of the rows that have shared codes.
    texts: FxHashMap<u16, Box<str>>,
}

/// Where the columns of a block are stored.
#[derive(Clone, Debug)]
enum Columns {
    /// In the block: `words` words for each column, and for one more column that is never set.
    Own(Arc<Vec<u64>>),
    /// In a column group, at this position.
    Grouped(Arc<GroupColumns>, usize),
}

/// The columns of several blocks with the same layout, side by side.
///
/// Each column has [`WORDS_PER_COLUMN`] words of the first block, then of the second, and so on. A search that reads
/// one column of all blocks thus reads memory in order, which is several times as fast as scattered reads.
#[derive(Debug)]
pub(crate) struct GroupColumns {
    columns: Vec<u64>,
    /// The number of blocks.
    pub(crate) blocks: usize,
}

impl GroupColumns {
    /// Copies the columns of blocks whose layout has this number of columns.
    pub(crate) fn of(column_count: usize, blocks: &[&Block]) -> Arc<Self> {
        let mut columns = Vec::with_capacity((column_count + 1) * blocks.len() * WORDS_PER_COLUMN);
        for column in 0..=column_count {
            for block in blocks {
                let words = block.column_words(column);
                columns.extend_from_slice(words);
                columns.extend(std::iter::repeat_n(0, WORDS_PER_COLUMN - words.len()));
            }
        }
        Arc::new(Self { columns, blocks: blocks.len() })
    }

    /// Returns the words of all columns, in order.
    pub(crate) fn columns(&self) -> &[u64] {
        &self.columns
    }
}

/// A row outside of a block.
#[derive(Clone, Debug)]
pub(crate) struct RowData {
    codes: Vec<u8>,
    /// The text, if some of the codes are shared.
    text: Option<Box<str>>,
    units: Vec<PackedUnit>,
}

impl RowData {
    /// Creates a row from a folded text and its units.
    pub(crate) fn new(alphabet: &Alphabet, text: &str, units: &[UnitRef]) -> Self {
        let codes = alphabet.encode(text);
        let text = codes.iter().any(|c| is_shared(*c)).then(|| text.into());
        Self { codes, text, units: units.iter().copied().map(PackedUnit::new).collect() }
    }

    pub(crate) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Returns whether some of the codes are shared with other characters.
    pub(crate) fn has_shared(&self) -> bool {
        self.text.is_some()
    }
}

fn row_key(row: usize) -> u16 {
    u16::try_from(row).unwrap_or(u16::MAX)
}

fn read_units(input: &mut dyn Read) -> io::Result<Vec<PackedUnit>> {
    Ok(read_list::<u64>(input)?.into_iter().map(PackedUnit).collect())
}

impl Block {
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        let columns = Columns::Own(Arc::new(vec![0; layout.column_count + 1]));
        let rows = BlockRows {
            starts: vec![0],
            codes: Vec::new(),
            oldest_units: Vec::new(),
            other_units: FxHashMap::default(),
            texts: FxHashMap::default(),
        };
        Self { layout, words: 1, columns, rows: Arc::new(rows) }
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// Returns the block's columns, or `None` if they are in a column group.
    pub(crate) fn ungrouped_columns(&self) -> Option<&[u64]> {
        match &self.columns {
            Columns::Own(columns) => Some(columns),
            Columns::Grouped(..) => None,
        }
    }

    /// Makes the block use the copy of its columns at this position of a column group.
    pub(crate) fn attach_to_group(&mut self, group: Arc<GroupColumns>, position: usize) {
        self.columns = Columns::Grouped(group, position);
    }

    fn column_words(&self, column: usize) -> &[u64] {
        let (columns, from) = match &self.columns {
            Columns::Own(columns) => (columns.as_slice(), column * self.words),
            Columns::Grouped(group, position) => {
                (group.columns.as_slice(), (column * group.blocks + position) * WORDS_PER_COLUMN)
            }
        };
        columns.get(from..from + self.words).unwrap_or_default()
    }

    /// Copies the columns out of the column group, so that they can be changed.
    pub(crate) fn detach(&mut self) {
        if matches!(self.columns, Columns::Grouped(..)) {
            let copy = (0..=self.layout.column_count)
                .flat_map(|column| self.column_words(column))
                .copied()
                .collect();
            self.columns = Columns::Own(Arc::new(copy));
        }
    }

    fn own_columns_mut(&mut self) -> &mut Vec<u64> {
        self.detach();
        match &mut self.columns {
            Columns::Own(columns) => Arc::make_mut(columns),
            Columns::Grouped(..) => unreachable!("the columns were copied above"),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.oldest_units.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows() == ROWS_PER_BLOCK
    }

    /// Returns the set of all rows.
    pub(crate) fn all(&self) -> RowSet {
        let rows = self.rows();
        std::array::from_fn(|w| match rows.saturating_sub(64 * w) {
            0 => 0,
            n if n >= 64 => u64::MAX,
            n => (1 << n) - 1,
        })
    }

    /// Returns the codes of a row, or an empty slice if there is no such row.
    pub(crate) fn codes(&self, row: usize) -> &[u8] {
        self.rows.codes.get(self.rows.start(row)..self.rows.start(row + 1)).unwrap_or_default()
    }

    /// Returns the text of a row that has shared codes. Returns `None` for other rows, because their codes
    /// determine the text.
    pub(crate) fn shared_text(&self, row: usize) -> Option<&str> {
        if self.rows.texts.is_empty() { None } else { self.rows.texts.get(&row_key(row)).map(AsRef::as_ref) }
    }

    /// Returns the text of a row.
    pub(crate) fn text(&self, alphabet: &Alphabet, row: usize) -> String {
        self.shared_text(row).map_or_else(|| alphabet.decode(self.codes(row)), str::to_owned)
    }

    /// Returns whether a row has this text, whose codes are `codes`.
    pub(crate) fn has_text(&self, row: usize, codes: &[u8], text: &str) -> bool {
        self.codes(row) == codes && self.shared_text(row).is_none_or(|shared| shared == text)
    }

    /// Returns the units of a row, oldest first.
    pub(crate) fn units(&self, row: usize) -> impl Iterator<Item = UnitRef> + '_ {
        let others =
            if self.rows.other_units.is_empty() { None } else { self.rows.other_units.get(&row_key(row)) };
        self.rows
            .oldest_units
            .get(row)
            .into_iter()
            .chain(others.into_iter().flatten())
            .map(|unit| unit.unit())
    }

    /// Adds a unit to a row.
    pub(crate) fn add_unit(&mut self, row: usize, unit: UnitRef) {
        Arc::make_mut(&mut self.rows)
            .other_units
            .entry(row_key(row))
            .or_default()
            .push(PackedUnit::new(unit));
    }

    /// Removes a unit from a row that also has other units. Returns false, and changes nothing, if the unit
    /// is the only one of the row or does not belong to it.
    pub(crate) fn remove_unit(&mut self, row: usize, sequence: Sequence) -> bool {
        let rows = Arc::make_mut(&mut self.rows);
        let Some(oldest) = rows.oldest_units.get_mut(row) else { return false };
        let Some(others) = rows.other_units.get_mut(&row_key(row)) else { return false };
        if oldest.unit().sequence == sequence {
            *oldest = others.remove(0);
        } else {
            let Some(at) = others.iter().position(|u| u.unit().sequence == sequence) else { return false };
            others.remove(at);
        }
        if others.is_empty() {
            rows.other_units.remove(&row_key(row));
        }
        true
    }

    /// Appends a row.
    pub(crate) fn push(&mut self, row: RowData) {
        let at = self.rows();
        if at == self.words * 64 {
            self.widen();
        }
        self.set_feature_bits(at, &row.codes, true);
        let rows = Arc::make_mut(&mut self.rows);
        rows.codes.extend_from_slice(&row.codes);
        rows.starts.push(u32::try_from(rows.codes.len()).unwrap_or(u32::MAX));
        let mut units = row.units.into_iter();
        rows.oldest_units.extend(units.next());
        rows.insert_extras(at, units.collect(), row.text);
        if rows.oldest_units.len() == ROWS_PER_BLOCK {
            // The block is full, so no row will be appended.
            rows.codes.shrink_to_fit();
            rows.starts.shrink_to_fit();
            rows.oldest_units.shrink_to_fit();
        }
    }

    /// Removes and returns the last row.
    pub(crate) fn pop(&mut self) -> Option<RowData> {
        let at = self.rows().checked_sub(1)?;
        let codes = self.codes(at).to_vec();
        self.set_feature_bits(at, &codes, false);
        let rows = Arc::make_mut(&mut self.rows);
        let units = rows
            .oldest_units
            .pop()
            .into_iter()
            .chain(rows.other_units.remove(&row_key(at)).into_iter().flatten());
        let row = RowData { units: units.collect(), text: rows.texts.remove(&row_key(at)), codes };
        rows.codes.truncate(rows.codes.len() - row.codes.len());
        rows.starts.pop();
        Some(row)
    }

    /// Replaces the row at `at`.
    pub(crate) fn replace(&mut self, at: usize, row: RowData) {
        let old_codes = self.codes(at).to_vec();
        self.set_feature_bits(at, &old_codes, false);
        self.set_feature_bits(at, &row.codes, true);
        let rows = Arc::make_mut(&mut self.rows);
        let from = rows.starts.get(at).map_or(0, |s| *s as usize);
        let growth =
            i64::try_from(row.codes.len()).unwrap_or(0) - i64::try_from(old_codes.len()).unwrap_or(0);
        rows.codes.splice(from..from + old_codes.len(), row.codes);
        for start in rows.starts.iter_mut().skip(at + 1) {
            *start = u32::try_from(i64::from(*start) + growth).unwrap_or(u32::MAX);
        }
        rows.other_units.remove(&row_key(at));
        rows.texts.remove(&row_key(at));
        let mut units = row.units.into_iter();
        if let (Some(old), Some(new)) = (rows.oldest_units.get_mut(at), units.next()) {
            *old = new;
        }
        rows.insert_extras(at, units.collect(), row.text);
    }

    /// Returns a block with the same rows in another layout.
    pub(crate) fn with_layout(&self, layout: Arc<Layout>) -> Self {
        let columns = Columns::Own(Arc::new(vec![0; (layout.column_count + 1) * self.words]));
        let mut block = Self { layout, columns, words: self.words, rows: Arc::clone(&self.rows) };
        for row in 0..block.rows() {
            block.set_feature_bits(row, self.codes(row), true);
        }
        block
    }

    /// Writes the block without its layout.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_length(out, self.words)?;
        for column in 0..=self.layout.column_count {
            out.write_all(cast_slice(self.column_words(column)))?;
        }
        write_list(out, &self.rows.starts)?;
        write_list(out, &self.rows.codes)?;
        write_list(out, &self.rows.oldest_units.iter().map(|unit| unit.0).collect::<Vec<u64>>())?;
        write_length(out, self.rows.other_units.len())?;
        for (row, units) in &self.rows.other_units {
            write_length(out, usize::from(*row))?;
            write_list(out, &units.iter().map(|unit| unit.0).collect::<Vec<u64>>())?;
        }
        write_length(out, self.rows.texts.len())?;
        for (row, text) in &self.rows.texts {
            write_length(out, usize::from(*row))?;
            write_text(out, text)?;
        }
        Ok(())
    }

    /// Reads a block that [`Block::write`] has written.
    pub(crate) fn read(layout: Arc<Layout>, input: &mut dyn Read) -> io::Result<Self> {
        let words = read_length(input)?;
        if ![1, 2, 4, 8].contains(&words) {
            return Err(invalid_data("a block has an invalid width"));
        }
        let mut columns = vec![0_u64; (layout.column_count + 1) * words];
        input.read_exact(cast_slice_mut(&mut columns))?;
        let mut rows = BlockRows {
            starts: read_list(input)?,
            codes: read_list(input)?,
            oldest_units: read_units(input)?,
            other_units: FxHashMap::default(),
            texts: FxHashMap::default(),
        };
        for _ in 0..read_length(input)? {
            let row = row_key(read_length(input)?);
            rows.other_units.insert(row, read_units(input)?);
        }
        for _ in 0..read_length(input)? {
            let row = row_key(read_length(input)?);
            rows.texts.insert(row, read_text(input, MAX_LIST_BYTES)?.into());
        }
        Ok(Self { layout, words, columns: Columns::Own(Arc::new(columns)), rows: Arc::new(rows) })
    }

    /// Returns the bytes of memory that the block uses beyond the texts of its rows.
    pub(crate) fn overhead_bytes(&self) -> usize {
        let rows = &self.rows;
        let others: usize = rows.other_units.values().map(|units| 32 + 8 * units.capacity()).sum();
        let texts: usize = rows.texts.values().map(|text| 32 + text.len()).sum();
        let columns = match &self.columns {
            Columns::Own(columns) => 8 * columns.capacity(),
            Columns::Grouped(group, _) => 8 * group.columns.capacity() / group.blocks,
        };
        size_of::<Self>()
            + size_of::<BlockRows>()
            + columns
            + 4 * rows.starts.capacity()
            + 8 * rows.oldest_units.capacity()
            + (rows.codes.capacity() - rows.codes.len())
            + others
            + texts
    }

    /// Returns the bytes of memory that the texts of the rows use, as codes.
    pub(crate) fn text_bytes(&self) -> usize {
        self.rows.codes.len()
    }

    /// Sets or clears the bit of a row in the columns of its features.
    fn set_feature_bits(&mut self, row: usize, codes: &[u8], on: bool) {
        let (row_word, bit, words) = (row / 64, 1_u64 << (row % 64), self.words);
        let layout = Arc::clone(&self.layout);
        let columns = self.own_columns_mut();
        for_each_feature(codes, |feature| {
            let at = layout.column(feature) * words + row_word;
            if let Some(word) = columns.get_mut(at) {
                *word = if on { *word | bit } else { *word & !bit };
            }
        });
    }

    /// Doubles the words per column.
    fn widen(&mut self) {
        let (old, new) = (self.words, self.words * 2);
        let mut columns = vec![0; (self.layout.column_count + 1) * new];
        for (to, from) in columns.chunks_exact_mut(new).zip(self.own_columns_mut().chunks_exact(old)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        self.columns = Columns::Own(Arc::new(columns));
        self.words = new;
    }
}

impl BlockRows {
    /// Returns where the codes of a row start.
    #[inline]
    fn start(&self, row: usize) -> usize {
        self.starts.get(row).map_or(0, |start| *start as usize)
    }

    /// Stores what only some rows have: further units, and a text.
    fn insert_extras(&mut self, at: usize, others: Vec<PackedUnit>, text: Option<Box<str>>) {
        if !others.is_empty() {
            self.other_units.insert(row_key(at), others);
        }
        if let Some(text) = text {
            self.texts.insert(row_key(at), text);
        }
    }
}
