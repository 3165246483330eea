//! The writer's side of the index: adds and removes units.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use hashbrown::HashTable;
use rustc_hash::{FxHashSet, FxHasher};

use super::{
    alphabet::Alphabet,
    block::{Block, RowData},
    bucket_rows::{BucketRows, blocks_of},
    column_group::{BlockRef, ColumnGroups},
    layout::{CLASS_COUNT, Layout, bucket, bucket_number, class_of},
    searcher::Snapshot,
    unit_ref::UnitRef,
};
use crate::unit::Sequence;

/// The numbers of rows of a class at which its layout is learned for the first and for the second time.
const LEARN_AT_ROWS: [usize; 2] = [2_048, 32_768];

/// The maximum number of rows that a layout is learned from.
const MAX_SAMPLE_ROWS: usize = 16_384;

/// Whenever this many rows have been added to a class, one of its blocks is brought to the newer layout.
const ADDS_PER_STALE_BLOCK: usize = 64;

/// The maximum number of blocks in a slot. A bucket with more rows gets further slots.
const MAX_SLOT_BLOCKS: usize = 1 << 15;

/// The address of a row: slot, block and row in 8, 15 and 9 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowAddr(u32);

impl RowAddr {
    pub(crate) fn new(slot: usize, block: usize, row: usize) -> Self {
        debug_assert!(slot < 1 << 8 && block < MAX_SLOT_BLOCKS && row < 1 << 9, "{slot} {block} {row}");
        Self(u32::try_from(slot << 24 | block << 9 | row).unwrap_or(u32::MAX))
    }

    fn slot(self) -> usize {
        (self.0 >> 24) as usize
    }

    fn block(self) -> usize {
        (self.0 >> 9) as usize & (MAX_SLOT_BLOCKS - 1)
    }

    fn row(self) -> usize {
        self.0 as usize & 511
    }
}

/// The layout, counts and column groups of a class of lengths.
#[derive(Debug)]
pub(crate) struct LengthClass {
    pub(crate) layout: Arc<Layout>,
    pub(crate) rows: usize,
    /// How many items of [`LEARN_AT_ROWS`] are done.
    pub(crate) learned: usize,
    /// The number of rows added so far.
    added_rows: usize,
    /// The blocks that may have an older layout, as slot and block.
    pub(crate) stale_blocks: Vec<(usize, usize)>,
    groups: ColumnGroups,
}

/// All rows of an index. One writer changes it, and [`Snapshot`]s read it.
#[derive(Debug)]
pub struct Index {
    pub(crate) alphabet: Arc<Alphabet>,
    pub(crate) slots: Vec<BucketRows>,
    /// By bucket: the slot that gets new rows.
    pub(crate) open_slots: Vec<Option<usize>>,
    pub(crate) row_addrs: HashTable<RowAddr>,
    pub(crate) classes: [LengthClass; CLASS_COUNT],
    pub(crate) units: usize,
}

impl LengthClass {
    fn new(class: usize) -> Self {
        Self {
            layout: Arc::new(Layout::by_hash(class)),
            rows: 0,
            learned: 0,
            added_rows: 0,
            stale_blocks: Vec::new(),
            groups: ColumnGroups::default(),
        }
    }

    /// Removes and returns the next block that may have an older layout, with the layout that it must get.
    fn pop_stale_block(&mut self) -> Option<(usize, usize, Arc<Layout>)> {
        let (slot, block) = self.stale_blocks.pop()?;
        Some((slot, block, Arc::clone(&self.layout)))
    }
}

impl Default for Index {
    fn default() -> Self {
        Self {
            alphabet: Arc::default(),
            slots: Vec::new(),
            open_slots: Vec::new(),
            row_addrs: HashTable::new(),
            classes: std::array::from_fn(LengthClass::new),
            units: 0,
        }
    }
}

pub(crate) fn hash_codes(codes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    codes.hash(&mut hasher);
    hasher.finish()
}

/// Returns whether a slot can take another row.
fn has_space(bucket_rows: &BucketRows) -> bool {
    bucket_rows.blocks.len() < MAX_SLOT_BLOCKS
        || bucket_rows.blocks.last().is_some_and(|block| !block.is_full())
}

fn block_at(slots: &[BucketRows], addr: RowAddr) -> Option<&Block> {
    slots.get(addr.slot())?.blocks.get(addr.block())
}

pub(crate) fn codes_at(slots: &[BucketRows], addr: RowAddr) -> &[u8] {
    block_at(slots, addr).map_or(&[], |block| block.codes(addr.row()))
}

impl Index {
    /// Learns the layouts from texts like those that will be added, so that blocks need not change their layouts
    /// later. Does nothing if the index has units.
    pub fn learn_from<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        if self.units > 0 {
            return;
        }
        let mut samples: [Vec<Vec<u8>>; CLASS_COUNT] = Default::default();
        let alphabet = Arc::make_mut(&mut self.alphabet);
        for text in texts.filter(|text| !text.is_empty()) {
            alphabet.assign_codes(text);
            let codes = alphabet.encode(text);
            if let Some(sample) = samples.get_mut(class_of(bucket(bucket_number(codes.len())))) {
                sample.push(codes);
            }
        }
        for (number, (class, sample)) in self.classes.iter_mut().zip(samples).enumerate() {
            if sample.len() >= LEARN_AT_ROWS[0] / 2 {
                class.layout = Arc::new(Layout::from_sample(number, sample.iter().map(Vec::as_slice)));
                class.learned = LEARN_AT_ROWS.len();
            }
        }
    }

    /// Adds a unit to the row of its folded source, and adds that row if there is none.
    pub fn add(&mut self, folded: &str, unit: UnitRef) {
        self.units += 1;
        let mut row = RowData::new(&self.alphabet, folded, &[unit]);
        if row.has_shared() && self.alphabet.has_free_codes() {
            Arc::make_mut(&mut self.alphabet).assign_codes(folded);
            row = RowData::new(&self.alphabet, folded, &[unit]);
        }
        if let Some(addr) = self.find_row(row.codes(), folded) {
            if let Some(block) = self.block_mut(addr) {
                block.add_unit(addr.row(), unit);
            }
            return;
        }
        let number = bucket_number(row.codes().len());
        let class = class_of(bucket(number));
        self.maintain_class(class);
        let hash = hash_codes(row.codes());
        let addr = self.push(number, class, row);
        let slots = &self.slots;
        self.row_addrs.insert_unique(hash, addr, |addr| hash_codes(codes_at(slots, *addr)));
    }

    /// Removes a unit from the row of its folded source, and removes the row if it has no other units. Does nothing
    /// if the unit is not in the row.
    pub fn remove(&mut self, folded: &str, sequence: Sequence) {
        let codes = self.alphabet.encode(folded);
        let Some(addr) = self.find_row(&codes, folded) else { return };
        let Some(block) = block_at(&self.slots, addr) else { return };
        if !block.units(addr.row()).any(|unit| unit.sequence == sequence) {
            return;
        }
        self.units -= 1;
        let has_others = self.block_mut(addr).is_some_and(|block| block.remove_unit(addr.row(), sequence));
        if !has_others {
            self.remove_row(addr, &codes);
        }
    }

    /// Removes units whose folded sources are not known. Ignores units that are not in the index.
    pub fn remove_all(&mut self, sequences: &FxHashSet<Sequence>) {
        let mut removed_units = Vec::new();
        for block in blocks_of(&self.slots) {
            for row in 0..block.rows() {
                for unit in block.units(row).filter(|unit| sequences.contains(&unit.sequence)) {
                    removed_units.push((block.text(&self.alphabet, row), unit.sequence));
                }
            }
        }
        for (text, sequence) in removed_units {
            self.remove(&text, sequence);
        }
    }

    /// Returns the units with this folded source, oldest first.
    pub fn units_of<'i>(&'i self, folded: &str) -> impl Iterator<Item = UnitRef> + use<'i> {
        let addr = self.find_row(&self.alphabet.encode(folded), folded);
        let block = addr.and_then(|addr| Some((block_at(&self.slots, addr)?, addr.row())));
        block.into_iter().flat_map(|(block, row)| block.units(row))
    }

    /// Calls `each` with every unit, in no particular order.
    pub fn for_each_unit(&self, mut each: impl FnMut(UnitRef)) {
        for block in blocks_of(&self.slots) {
            (0..block.rows()).flat_map(|row| block.units(row)).for_each(&mut each);
        }
    }

    /// Returns the number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Returns a copy of the rows as they are now, for readers.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let groups = self.classes.iter().flat_map(|class| class.groups.all()).cloned().collect();
        Snapshot::new(
            Arc::clone(&self.alphabet),
            self.slots.clone(),
            groups,
            self.row_addrs.len(),
            self.units,
        )
    }

    /// Makes searches as fast as possible after many rows were added: brings all blocks to the current layouts and
    /// puts them into column groups. Takes some milliseconds for each group that has changed.
    pub fn optimize(&mut self) {
        for number in 0..CLASS_COUNT {
            while let Some((slot, block, layout)) =
                self.classes.get_mut(number).and_then(LengthClass::pop_stale_block)
            {
                self.convert_block(slot, block, layout);
            }
        }
        for class in &mut self.classes {
            class.groups.group_all(&mut self.slots, &class.layout);
        }
    }

    /// Returns the bytes of memory used beyond the texts of the rows, and those used by the texts.
    #[must_use]
    pub fn memory_bytes(&self) -> (usize, usize) {
        let overhead: usize = blocks_of(&self.slots).map(|block| block.overhead_bytes()).sum();
        let texts: usize = blocks_of(&self.slots).map(|block| block.text_bytes()).sum();
        (overhead + self.row_addrs.allocation_size(), texts)
    }

    /// Returns the address of the row with this text, whose codes are `codes`.
    fn find_row(&self, codes: &[u8], text: &str) -> Option<RowAddr> {
        self.row_addrs
            .find(hash_codes(codes), |addr| {
                block_at(&self.slots, *addr).is_some_and(|block| block.has_text(addr.row(), codes, text))
            })
            .copied()
    }

    fn block_mut(&mut self, addr: RowAddr) -> Option<&mut Block> {
        let bucket_rows = self.slots.get_mut(addr.slot())?;
        Arc::make_mut(&mut bucket_rows.blocks).get_mut(addr.block())
    }

    /// Appends a row to its bucket.
    #[expect(
        clippy::indexing_slicing,
        reason = "these are addresses that the index made itself; an error must not lose a row silently"
    )]
    fn push(&mut self, number: usize, class_number: usize, row: RowData) -> RowAddr {
        if self.open_slots.len() <= number {
            self.open_slots.resize(number + 1, None);
        }
        let open_slot = self.open_slots.get(number).copied().flatten();
        let open_slot = open_slot.filter(|slot| self.slots.get(*slot).is_some_and(has_space));
        let slot = open_slot.unwrap_or_else(|| {
            self.slots.push(BucketRows {
                bucket: bucket(number),
                blocks: Arc::default(),
                ungrouped: Arc::default(),
            });
            self.slots.len() - 1
        });
        if let Some(open_slot) = self.open_slots.get_mut(number) {
            *open_slot = Some(slot);
        }
        let class = &mut self.classes[class_number];
        class.rows += 1;
        let bucket_rows = &mut self.slots[slot];
        if bucket_rows.blocks.last().is_none_or(Block::is_full) {
            Arc::make_mut(&mut bucket_rows.ungrouped).push(bucket_rows.blocks.len());
            Arc::make_mut(&mut bucket_rows.blocks).push(Block::new(Arc::clone(&class.layout)));
        }
        let member =
            BlockRef { min_length: bucket_rows.bucket.min_length, slot, block: bucket_rows.blocks.len() - 1 };
        class.groups.detach(&mut self.slots, member);
        let block = &mut Arc::make_mut(&mut self.slots[slot].blocks)[member.block];
        block.push(row);
        let (row, full) = (block.rows() - 1, block.is_full());
        if full {
            self.add_to_groups(class_number, member);
        }
        RowAddr::new(slot, member.block, row)
    }

    /// Hands a full block to the column groups of its class, if it has the current layout of the class.
    fn add_to_groups(&mut self, class: usize, member: BlockRef) {
        let Some(class) = self.classes.get_mut(class) else { return };
        let block = self.slots.get(member.slot).and_then(|bucket_rows| bucket_rows.blocks.get(member.block));
        if block.is_some_and(|block| block.layout().id == class.layout.id) {
            class.groups.add_pending(&mut self.slots, &class.layout, member);
        }
    }

    /// Removes a row. The last row of its slot fills the gap, so that only the last block can be partly full.
    fn remove_row(&mut self, addr: RowAddr, codes: &[u8]) {
        let entry = self.row_addrs.find_entry(hash_codes(codes), |other| *other == addr);
        if let Ok(entry) = entry {
            entry.remove();
        }
        let Some(bucket_rows) = self.slots.get(addr.slot()) else { return };
        let last_block = bucket_rows.blocks.len().saturating_sub(1);
        let class = class_of(bucket_rows.bucket);
        let min_length = bucket_rows.bucket.min_length;
        if let Some(class) = self.classes.get_mut(class) {
            class.rows = class.rows.saturating_sub(1);
            for block in [addr.block(), last_block] {
                class.groups.detach(&mut self.slots, BlockRef { min_length, slot: addr.slot(), block });
            }
        }
        let Some(bucket_rows) = self.slots.get_mut(addr.slot()) else { return };
        let blocks = Arc::make_mut(&mut bucket_rows.blocks);
        let Some(last) = blocks.last_mut() else { return };
        let Some(filler) = last.pop() else { return };
        let last_addr = RowAddr::new(addr.slot(), last_block, last.rows());
        if last.rows() == 0 {
            blocks.pop();
            Arc::make_mut(&mut bucket_rows.ungrouped).retain(|block| *block != last_block);
        }
        if last_addr == addr {
            return;
        }
        let filler_hash = hash_codes(filler.codes());
        if let Some(block) = blocks.get_mut(addr.block()) {
            block.replace(addr.row(), filler);
        }
        if let Some(filler_addr) = self.row_addrs.find_mut(filler_hash, |other| *other == last_addr) {
            *filler_addr = addr;
        }
    }

    /// Learns a new layout for a class that has grown enough. Otherwise brings one older block to the current
    /// layout after every [`ADDS_PER_STALE_BLOCK`] rows. Called before each row that is added.
    fn maintain_class(&mut self, number: usize) {
        let Some(class) = self.classes.get_mut(number) else { return };
        class.added_rows += 1;
        if LEARN_AT_ROWS.get(class.learned).is_some_and(|rows| class.rows >= *rows) {
            class.learned += 1;
            self.learn_layout(number);
        } else if class.added_rows.is_multiple_of(ADDS_PER_STALE_BLOCK)
            && let Some((slot, block, layout)) = class.pop_stale_block()
        {
            self.convert_block(slot, block, layout);
        }
    }

    /// Learns the layout of a class from its rows.
    fn learn_layout(&mut self, number: usize) {
        let rows = self.classes.get(number).map_or(0, |class| class.rows);
        let step = rows.div_ceil(MAX_SAMPLE_ROWS).max(1);
        let slots = self.slots.iter().filter(|bucket_rows| class_of(bucket_rows.bucket) == number);
        let blocks = slots.flat_map(|bucket_rows| bucket_rows.blocks.iter());
        let sample = blocks.flat_map(|block| (0..block.rows()).map(move |row| block.codes(row)));
        let layout = Arc::new(Layout::from_sample(number, sample.step_by(step)));
        let mut stale = Vec::new();
        for (slot, bucket_rows) in self.slots.iter().enumerate() {
            if class_of(bucket_rows.bucket) == number {
                stale.extend((0..bucket_rows.blocks.len()).map(|block| (slot, block)));
            }
        }
        if let Some(class) = self.classes.get_mut(number) {
            class.layout = layout;
            class.stale_blocks = stale;
            class.groups.detach_all(&mut self.slots);
        }
    }

    /// Brings a block to this layout.
    fn convert_block(&mut self, slot: usize, number: usize, layout: Arc<Layout>) {
        let Some(bucket_rows) = self.slots.get_mut(slot) else { return };
        let member = BlockRef { min_length: bucket_rows.bucket.min_length, slot, block: number };
        let class = class_of(bucket_rows.bucket);
        if let Some(block) = Arc::make_mut(&mut bucket_rows.blocks).get_mut(number)
            && block.layout().id != layout.id
        {
            *block = block.with_layout(layout);
            if block.is_full() {
                self.add_to_groups(class, member);
            }
        }
    }
}
