//! Up to 512 rows of near-equal length, with their features in columns.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use pulp::bytemuck::{cast_slice, cast_slice_mut};
use rustc_hash::FxHashMap;

use super::{
    UnitRef,
    alphabet::{Alphabet, is_shared},
    bytes::{LONGEST, bad, length, list, put_length, put_list, put_text, text},
    layout::{Layout, features},
};
use crate::unit::Sequence;

/// Rows of a full block.
pub(super) const ROWS: usize = 512;

/// 64-bit words of a full block's column.
pub(super) const WORDS: usize = ROWS / 64;

/// Which rows of a block: bit i of word w is row 64 w + i.
pub(super) type RowSet = [u64; WORDS];

/// A unit in eight bytes: its sequence, and 16 bits of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed(u64);

impl Packed {
    fn new(unit: UnitRef) -> Self {
        Self(unit.sequence.0 << 16 | u64::from(unit.identity))
    }

    fn unit(self) -> UnitRef {
        let identity = u16::try_from(self.0 & 0xFFFF).unwrap_or(0);
        UnitRef { sequence: Sequence(self.0 >> 16), identity }
    }
}

/// Rows and their columns. A row is a distinct folded text with its units.
#[derive(Clone, Debug)]
pub(super) struct Block {
    layout: Arc<Layout>,
    /// Words a column: 1, 2, 4 or 8, as many as the rows need.
    words: usize,
    columns: Columns,
    /// Where each row's codes start, and where the last ones end.
    starts: Vec<u32>,
    codes: Vec<u8>,
    first: Vec<Packed>,
    /// Further units of a row, oldest first.
    more: FxHashMap<u16, Vec<Packed>>,
    /// The texts of rows some of whose codes are shared.
    texts: FxHashMap<u16, Box<str>>,
}

/// Where the columns of a block lie.
#[derive(Clone, Debug)]
enum Columns {
    /// `words` words for each column, and for one more that is never set.
    Own(Vec<u64>),
    /// In a slab, at this place among its blocks.
    In(Arc<Slab>, usize),
}

/// Blocks of a slab.
pub(super) const SLAB: usize = 8;

/// The columns of [`SLAB`] full blocks, side by side: reading a column of all
/// of them reads memory in order, which is twice as fast as here and there.
#[derive(Debug)]
pub(super) struct Slab {
    /// For each column the words of the first block, of the second, ...
    columns: Vec<u64>,
}

impl Slab {
    /// Lays the columns of full blocks of one layout side by side and gives
    /// each block its place; does nothing to others.
    pub(super) fn lay(blocks: &mut [Arc<Block>]) {
        let Some(first) = blocks.first() else { return };
        let number = first.layout.number;
        let fit = |block: &Arc<Block>| block.is_full() && block.layout.number == number;
        let laid = first.slab_of(blocks).is_some();
        if laid || blocks.len() != SLAB || !blocks.iter().all(fit) {
            return;
        }
        let lines = first.layout.columns + 1;
        let mut columns = Vec::with_capacity(lines * SLAB * WORDS);
        for line in 0..lines {
            for block in blocks.iter() {
                columns.extend_from_slice(block.line(line));
            }
        }
        let slab = Arc::new(Self { columns });
        for (at, block) in blocks.iter_mut().enumerate() {
            Arc::make_mut(block).columns = Columns::In(Arc::clone(&slab), at);
        }
    }
}

/// What a row consists of.
#[derive(Clone, Debug)]
pub(super) struct Row {
    codes: Vec<u8>,
    text: Option<Box<str>>,
    units: Vec<Packed>,
}

impl Row {
    /// Makes a row of a folded text and its units.
    pub(super) fn new(alphabet: &Alphabet, text: &str, units: &[UnitRef]) -> Self {
        let codes = alphabet.encode(text);
        let text = codes.iter().any(|c| is_shared(*c)).then(|| text.into());
        Self { codes, text, units: units.iter().copied().map(Packed::new).collect() }
    }

    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }
}

fn key(row: usize) -> u16 {
    u16::try_from(row).unwrap_or(u16::MAX)
}

impl Block {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        let columns = vec![0; layout.columns + 1];
        Self {
            layout,
            words: 1,
            columns: Columns::Own(columns),
            starts: vec![0],
            codes: Vec::new(),
            first: Vec::new(),
            more: FxHashMap::default(),
            texts: FxHashMap::default(),
        }
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Returns the words of the columns, how many blocks' columns they are,
    /// and which of these is this one's.
    pub(super) fn columns(&self) -> (&[u64], usize, usize) {
        match &self.columns {
            Columns::Own(columns) => (columns, 1, 0),
            Columns::In(slab, at) => (&slab.columns, SLAB, *at),
        }
    }

    /// Returns the slab that these blocks lie in, all of them and in order,
    /// this one being the first.
    pub(super) fn slab_of(&self, blocks: &[Arc<Self>]) -> Option<&Slab> {
        let Columns::In(slab, 0) = &self.columns else { return None };
        let lies = |(at, block): (usize, &Arc<Self>)| matches!(&block.columns, Columns::In(other, place) if Arc::ptr_eq(slab, other) && *place == at);
        (blocks.len() == SLAB && blocks.iter().enumerate().all(lies)).then_some(slab)
    }

    fn line(&self, line: usize) -> &[u64] {
        let (columns, blocks, at) = self.columns();
        let from = (line * blocks + at) * self.words;
        columns.get(from..from + self.words).unwrap_or_default()
    }

    /// Returns the columns to be changed, taken out of their slab if need be.
    fn own_columns(&mut self) -> &mut Vec<u64> {
        if matches!(self.columns, Columns::In(..)) {
            let copy = (0..=self.layout.columns).flat_map(|line| self.line(line)).copied().collect();
            self.columns = Columns::Own(copy);
        }
        match &mut self.columns {
            Columns::Own(columns) => columns,
            Columns::In(..) => unreachable!("taken out above"),
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.first.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows() == ROWS
    }

    /// Returns the set of all rows.
    pub(super) fn all(&self) -> RowSet {
        let rows = self.rows();
        std::array::from_fn(|w| match rows.saturating_sub(64 * w) {
            0 => 0,
            n if n >= 64 => u64::MAX,
            n => (1 << n) - 1,
        })
    }

    /// Returns the codes of a row; none for one that is not there.
    pub(super) fn codes(&self, row: usize) -> &[u8] {
        let at = |n: usize| self.starts.get(n).map_or(0, |at| *at as usize);
        self.codes.get(at(row)..at(row + 1)).unwrap_or_default()
    }

    /// Returns the text of a row where its codes do not tell it.
    pub(super) fn shared_text(&self, row: usize) -> Option<&str> {
        if self.texts.is_empty() { None } else { self.texts.get(&key(row)).map(AsRef::as_ref) }
    }

    /// Says whether a row has this text, given with its codes.
    pub(super) fn has_text(&self, row: usize, codes: &[u8], text: &str) -> bool {
        self.codes(row) == codes && self.shared_text(row).is_none_or(|own| own == text)
    }

    /// Returns the units of a row, oldest first.
    pub(super) fn units(&self, row: usize) -> impl Iterator<Item = UnitRef> + '_ {
        let more = if self.more.is_empty() { None } else { self.more.get(&key(row)) };
        self.first.get(row).into_iter().chain(more.into_iter().flatten()).map(|unit| unit.unit())
    }

    /// Adds a unit to a row.
    pub(super) fn add_unit(&mut self, row: usize, unit: UnitRef) {
        self.more.entry(key(row)).or_default().push(Packed::new(unit));
    }

    /// Removes a unit from a row that has others, too. Returns false if it is
    /// the row's only one or not there.
    pub(super) fn remove_unit(&mut self, row: usize, sequence: Sequence) -> bool {
        let Some(first) = self.first.get_mut(row) else { return false };
        let Some(more) = self.more.get_mut(&key(row)) else { return false };
        if first.unit().sequence == sequence {
            *first = more.remove(0);
        } else {
            let Some(at) = more.iter().position(|u| u.unit().sequence == sequence) else { return false };
            more.remove(at);
        }
        if more.is_empty() {
            self.more.remove(&key(row));
        }
        true
    }

    /// Adds a row at the end.
    pub(super) fn push(&mut self, row: Row) {
        let at = self.rows();
        if at == self.words * 64 {
            self.widen();
        }
        self.codes.extend_from_slice(&row.codes);
        self.starts.push(u32::try_from(self.codes.len()).unwrap_or(u32::MAX));
        let mut units = row.units.into_iter();
        self.first.extend(units.next());
        self.keep(at, units.collect(), row.text);
        self.set(at, &row.codes, true);
        if self.is_full() {
            // Nothing will be added any more.
            self.codes.shrink_to_fit();
            self.starts.shrink_to_fit();
            self.first.shrink_to_fit();
        }
    }

    /// Takes the last row off.
    pub(super) fn pop(&mut self) -> Option<Row> {
        let at = self.rows().checked_sub(1)?;
        let codes = self.codes(at).to_vec();
        self.set(at, &codes, false);
        let units = self.first.pop().into_iter().chain(self.more.remove(&key(at)).into_iter().flatten());
        let row = Row { units: units.collect(), text: self.texts.remove(&key(at)), codes };
        self.codes.truncate(self.codes.len() - row.codes.len());
        self.starts.pop();
        Some(row)
    }

    /// Puts another row in the place of one.
    pub(super) fn replace(&mut self, at: usize, row: Row) {
        let old = self.codes(at).to_vec();
        self.set(at, &old, false);
        self.set(at, &row.codes, true);
        let from = self.starts.get(at).map_or(0, |s| *s as usize);
        let longer = i64::try_from(row.codes.len()).unwrap_or(0) - i64::try_from(old.len()).unwrap_or(0);
        self.codes.splice(from..from + old.len(), row.codes);
        for start in self.starts.iter_mut().skip(at + 1) {
            *start = u32::try_from(i64::from(*start) + longer).unwrap_or(u32::MAX);
        }
        self.more.remove(&key(at));
        self.texts.remove(&key(at));
        let mut units = row.units.into_iter();
        if let (Some(slot), Some(first)) = (self.first.get_mut(at), units.next()) {
            *slot = first;
        }
        self.keep(at, units.collect(), row.text);
    }

    /// Lays the same rows out anew.
    pub(super) fn laid_out(&self, layout: Arc<Layout>) -> Self {
        let columns = Columns::Own(vec![0; (layout.columns + 1) * self.words]);
        let mut block = Self { layout, columns, ..self.clone() };
        for row in 0..block.rows() {
            let codes = self.codes(row);
            block.set(row, codes, true);
        }
        block
    }

    /// Writes the block, its layout aside.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        put_length(out, self.words)?;
        for line in 0..=self.layout.columns {
            out.write_all(cast_slice(self.line(line)))?;
        }
        put_list(out, &self.starts)?;
        put_list(out, &self.codes)?;
        put_list(out, &self.first.iter().map(|unit| unit.0).collect::<Vec<u64>>())?;
        put_length(out, self.more.len())?;
        for (row, units) in &self.more {
            put_length(out, usize::from(*row))?;
            put_list(out, &units.iter().map(|unit| unit.0).collect::<Vec<u64>>())?;
        }
        put_length(out, self.texts.len())?;
        for (row, text) in &self.texts {
            put_length(out, usize::from(*row))?;
            put_text(out, text)?;
        }
        Ok(())
    }

    /// Reads a block that [`Block::write`] wrote.
    pub(super) fn read(layout: Arc<Layout>, input: &mut dyn Read) -> io::Result<Self> {
        let words = length(input)?;
        if ![1, 2, 4, 8].contains(&words) {
            return Err(bad("a block has an odd width"));
        }
        let mut columns = vec![0_u64; (layout.columns + 1) * words];
        input.read_exact(cast_slice_mut(&mut columns))?;
        let units = |input: &mut dyn Read| Ok::<_, io::Error>(list(input)?.into_iter().map(Packed).collect());
        let mut block = Self {
            layout,
            words,
            columns: Columns::Own(columns),
            starts: list(input)?,
            codes: list(input)?,
            first: units(input)?,
            more: FxHashMap::default(),
            texts: FxHashMap::default(),
        };
        for _ in 0..length(input)? {
            let row = key(length(input)?);
            block.more.insert(row, units(input)?);
        }
        for _ in 0..length(input)? {
            let row = key(length(input)?);
            block.texts.insert(row, text(input, LONGEST)?.into());
        }
        Ok(block)
    }

    /// Returns the bytes held beside the texts.
    pub(super) fn bytes(&self) -> usize {
        let more: usize = self.more.values().map(|units| 32 + 8 * units.capacity()).sum();
        let texts: usize = self.texts.values().map(|text| 32 + text.len()).sum();
        let columns = match &self.columns {
            Columns::Own(columns) => 8 * columns.capacity(),
            Columns::In(slab, _) => 8 * slab.columns.capacity() / SLAB,
        };
        size_of::<Self>()
            + columns
            + 4 * self.starts.capacity()
            + 8 * self.first.capacity()
            + (self.codes.capacity() - self.codes.len())
            + more
            + texts
    }

    /// Returns the bytes of the texts.
    pub(super) fn text_bytes(&self) -> usize {
        self.codes.len()
    }

    fn keep(&mut self, at: usize, more: Vec<Packed>, text: Option<Box<str>>) {
        if !more.is_empty() {
            self.more.insert(key(at), more);
        }
        if let Some(text) = text {
            self.texts.insert(key(at), text);
        }
    }

    /// Sets or clears a row in the columns of its features.
    fn set(&mut self, row: usize, codes: &[u8], on: bool) {
        let (word, bit, words) = (row / 64, 1_u64 << (row % 64), self.words);
        let layout = Arc::clone(&self.layout);
        let columns = self.own_columns();
        for feature in features(codes) {
            let at = layout.column(feature) * words + word;
            if let Some(line) = columns.get_mut(at) {
                *line = if on { *line | bit } else { *line & !bit };
            }
        }
    }

    fn widen(&mut self) {
        let (old, new) = (self.words, self.words * 2);
        let mut columns = vec![0; (self.layout.columns + 1) * new];
        for (to, from) in columns.chunks_exact_mut(new).zip(self.own_columns().chunks_exact(old)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        self.columns = Columns::Own(columns);
        self.words = new;
    }
}
