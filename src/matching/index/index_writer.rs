//! The writer's side of the index: adds and removes units.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use hashbrown::HashTable;
use rustc_hash::{FxHashSet, FxHasher};

use super::{
    alphabet::Alphabet,
    block::{Block, Row},
    bucket_rows::{Slot, blocks_of},
    column_group::{Member, Shelves},
    layout::{CLASSES, Layout, bucket, bucket_number, class_of},
    searcher::Snapshot,
    unit_ref::UnitRef,
};
use crate::unit::Sequence;

/// The numbers of rows of a class at which its layout is learned for the first and for the second time.
const LEARN_AT: [usize; 2] = [2_048, 32_768];

/// The maximum number of rows that a layout is learned from.
const SAMPLE: usize = 16_384;

/// Whenever this many rows have been added to a class, one of its blocks is brought to the newer layout.
const ADDS_A_STALE_BLOCK: usize = 64;

/// The maximum number of blocks in a slot. A bucket with more rows gets further slots.
const SLOT_BLOCKS: usize = 1 << 15;

/// The address of a row: slot, block and row in 8, 15 and 9 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    pub(crate) fn new(slot: usize, block: usize, row: usize) -> Self {
        Self(u32::try_from(slot << 24 | block << 9 | row).unwrap_or(u32::MAX))
    }

    fn slot(self) -> usize {
        (self.0 >> 24) as usize
    }

    fn block(self) -> usize {
        (self.0 >> 9) as usize & (SLOT_BLOCKS - 1)
    }

    fn row(self) -> usize {
        self.0 as usize & 511
    }
}

/// The layout, counts and column groups of a class of lengths.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) layout: Arc<Layout>,
    pub(crate) rows: usize,
    /// How many items of [`LEARN_AT`] are done.
    pub(crate) learned: usize,
    /// The number of rows added so far.
    adds: usize,
    /// The blocks that may have an older layout, as slot and block.
    pub(crate) stale: Vec<(usize, usize)>,
    shelves: Shelves,
}

/// All rows of an index. One writer changes it, and [`Snapshot`]s read it.
#[derive(Debug)]
pub struct Index {
    pub(crate) alphabet: Arc<Alphabet>,
    pub(crate) slots: Vec<Slot>,
    /// By bucket: the slot that gets new rows.
    pub(crate) open: Vec<Option<usize>>,
    pub(crate) places: HashTable<Place>,
    pub(crate) classes: [Class; CLASSES],
    pub(crate) units: usize,
}

impl Class {
    fn new(class: usize) -> Self {
        Self {
            layout: Arc::new(Layout::by_chance(class)),
            rows: 0,
            learned: 0,
            adds: 0,
            stale: Vec::new(),
            shelves: Shelves::default(),
        }
    }

    /// Removes and returns the next block that may have an older layout, with the layout that it must get.
    fn stale(&mut self) -> Option<(usize, usize, Arc<Layout>)> {
        let (slot, block) = self.stale.pop()?;
        Some((slot, block, Arc::clone(&self.layout)))
    }
}

impl Default for Index {
    fn default() -> Self {
        Self {
            alphabet: Arc::default(),
            slots: Vec::new(),
            open: Vec::new(),
            places: HashTable::new(),
            classes: std::array::from_fn(Class::new),
            units: 0,
        }
    }
}

pub(crate) fn hash(codes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    codes.hash(&mut hasher);
    hasher.finish()
}

/// Returns whether a slot can take another row.
fn has_space(slot: &Slot) -> bool {
    slot.blocks.len() < SLOT_BLOCKS || slot.blocks.last().is_some_and(|block| !block.is_full())
}

fn block_at(slots: &[Slot], place: Place) -> Option<&Block> {
    slots.get(place.slot())?.blocks.get(place.block())
}

pub(crate) fn codes_at(slots: &[Slot], place: Place) -> &[u8] {
    block_at(slots, place).map_or(&[], |block| block.codes(place.row()))
}

impl Index {
    /// Learns the layouts from texts like those that will be added, so that blocks need not change their layouts
    /// later. Does nothing if the index has units.
    pub fn learn_from<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        if self.units > 0 {
            return;
        }
        let mut samples: [Vec<Vec<u8>>; CLASSES] = Default::default();
        let alphabet = Arc::make_mut(&mut self.alphabet);
        for text in texts.filter(|text| !text.is_empty()) {
            alphabet.learn(text);
            let codes = alphabet.encode(text);
            if let Some(sample) = samples.get_mut(class_of(bucket(bucket_number(codes.len())))) {
                sample.push(codes);
            }
        }
        for (number, (class, sample)) in self.classes.iter_mut().zip(samples).enumerate() {
            if sample.len() >= LEARN_AT[0] / 2 {
                class.layout = Arc::new(Layout::learned(number, sample.iter().map(Vec::as_slice)));
                class.learned = LEARN_AT.len();
            }
        }
    }

    /// Adds a unit to the row of its folded source, and adds that row if there is none.
    pub fn add(&mut self, folded: &str, unit: UnitRef) {
        self.units += 1;
        let mut row = Row::new(&self.alphabet, folded, &[unit]);
        if row.has_shared() && self.alphabet.has_room() {
            Arc::make_mut(&mut self.alphabet).learn(folded);
            row = Row::new(&self.alphabet, folded, &[unit]);
        }
        if let Some(place) = self.place_of(row.codes(), folded) {
            if let Some(block) = self.block_mut(place) {
                block.add_unit(place.row(), unit);
            }
            return;
        }
        let number = bucket_number(row.codes().len());
        let class = class_of(bucket(number));
        self.tend(class);
        let hash = hash(row.codes());
        let place = self.push(number, class, row);
        let slots = &self.slots;
        self.places.insert_unique(hash, place, |place| self::hash(codes_at(slots, *place)));
    }

    /// Removes a unit from the row of its folded source, and removes the row if it has no other units. Does nothing
    /// if the unit is not in the row.
    pub fn remove(&mut self, folded: &str, sequence: Sequence) {
        let codes = self.alphabet.encode(folded);
        let Some(place) = self.place_of(&codes, folded) else { return };
        let Some(block) = block_at(&self.slots, place) else { return };
        if !block.units(place.row()).any(|unit| unit.sequence == sequence) {
            return;
        }
        self.units -= 1;
        let others = self.block_mut(place).is_some_and(|block| block.remove_unit(place.row(), sequence));
        if !others {
            self.remove_row(place, &codes);
        }
    }

    /// Removes units whose folded sources are not known. Ignores units that are not in the index.
    pub fn remove_all(&mut self, sequences: &FxHashSet<Sequence>) {
        let mut found = Vec::new();
        for block in blocks_of(&self.slots) {
            for row in 0..block.rows() {
                for unit in block.units(row).filter(|unit| sequences.contains(&unit.sequence)) {
                    found.push((block.text(&self.alphabet, row), unit.sequence));
                }
            }
        }
        for (text, sequence) in found {
            self.remove(&text, sequence);
        }
    }

    /// Returns the units with this folded source, oldest first.
    pub fn units_of<'i>(&'i self, folded: &str) -> impl Iterator<Item = UnitRef> + use<'i> {
        let place = self.place_of(&self.alphabet.encode(folded), folded);
        let block = place.and_then(|place| Some((block_at(&self.slots, place)?, place.row())));
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
        let shelves = self.classes.iter().flat_map(|class| class.shelves.all()).cloned().collect();
        Snapshot::new(Arc::clone(&self.alphabet), self.slots.clone(), shelves, self.places.len(), self.units)
    }

    /// Makes searches as fast as possible after many rows were added: brings all blocks to the current layouts and
    /// puts them into column groups. Takes some milliseconds for each group that has changed.
    pub fn settle(&mut self) {
        for number in 0..CLASSES {
            while let Some((slot, block, layout)) = self.classes.get_mut(number).and_then(Class::stale) {
                self.lay_out(slot, block, layout);
            }
        }
        for class in &mut self.classes {
            class.shelves.settle(&mut self.slots, &class.layout);
        }
    }

    /// Returns the bytes of memory used beyond the texts of the rows, and those used by the texts.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        let overhead: usize = blocks_of(&self.slots).map(|block| block.bytes()).sum();
        let texts: usize = blocks_of(&self.slots).map(|block| block.text_bytes()).sum();
        (overhead + self.places.allocation_size(), texts)
    }

    /// Returns the address of the row with this text, whose codes are `codes`.
    fn place_of(&self, codes: &[u8], text: &str) -> Option<Place> {
        self.places
            .find(hash(codes), |place| {
                block_at(&self.slots, *place).is_some_and(|block| block.has_text(place.row(), codes, text))
            })
            .copied()
    }

    fn block_mut(&mut self, place: Place) -> Option<&mut Block> {
        let slot = self.slots.get_mut(place.slot())?;
        Arc::make_mut(&mut slot.blocks).get_mut(place.block())
    }

    /// Appends a row to its bucket.
    fn push(&mut self, number: usize, class_number: usize, row: Row) -> Place {
        if self.open.len() <= number {
            self.open.resize(number + 1, None);
        }
        let open = self.open.get(number).copied().flatten();
        let open = open.filter(|slot| self.slots.get(*slot).is_some_and(has_space));
        let slot = open.unwrap_or_else(|| {
            self.slots.push(Slot { bucket: bucket(number), blocks: Arc::default(), loose: Arc::default() });
            self.slots.len() - 1
        });
        if let Some(known) = self.open.get_mut(number) {
            *known = Some(slot);
        }
        let Some(class) = self.classes.get_mut(class_number) else { return Place(u32::MAX) };
        class.rows += 1;
        let Some(of) = self.slots.get_mut(slot) else { return Place(u32::MAX) };
        if of.blocks.last().is_none_or(Block::is_full) {
            Arc::make_mut(&mut of.loose).push(of.blocks.len());
            Arc::make_mut(&mut of.blocks).push(Block::new(Arc::clone(&class.layout)));
        }
        let member = Member { least: of.bucket.least, slot, block: of.blocks.len() - 1 };
        class.shelves.take_off(&mut self.slots, member);
        let place = Place::new(slot, member.block, 0);
        let Some(block) = self.block_mut(place) else { return Place(u32::MAX) };
        block.push(row);
        let (row, full) = (block.rows() - 1, block.is_full());
        if full {
            self.offer(class_number, member);
        }
        Place::new(slot, member.block, row)
    }

    /// Hands a full block to the column groups of its class, if it has the current layout of the class.
    fn offer(&mut self, class: usize, member: Member) {
        let Some(class) = self.classes.get_mut(class) else { return };
        let block = self.slots.get(member.slot).and_then(|slot| slot.blocks.get(member.block));
        if block.is_some_and(|block| block.layout().number == class.layout.number) {
            class.shelves.offer(&mut self.slots, &class.layout, member);
        }
    }

    /// Removes a row. The last row of its slot fills the gap, so that only the last block can be partly full.
    fn remove_row(&mut self, place: Place, codes: &[u8]) {
        let found = self.places.find_entry(hash(codes), |other| *other == place);
        if let Ok(entry) = found {
            entry.remove();
        }
        let Some(slot) = self.slots.get(place.slot()) else { return };
        let last_block = slot.blocks.len().saturating_sub(1);
        let class = class_of(slot.bucket);
        let least = slot.bucket.least;
        if let Some(class) = self.classes.get_mut(class) {
            class.rows = class.rows.saturating_sub(1);
            for block in [place.block(), last_block] {
                class.shelves.take_off(&mut self.slots, Member { least, slot: place.slot(), block });
            }
        }
        let Some(slot) = self.slots.get_mut(place.slot()) else { return };
        let blocks = Arc::make_mut(&mut slot.blocks);
        let Some(last) = blocks.last_mut() else { return };
        let Some(filler) = last.pop() else { return };
        let from = Place::new(place.slot(), last_block, last.rows());
        if last.rows() == 0 {
            blocks.pop();
            Arc::make_mut(&mut slot.loose).retain(|block| *block != last_block);
        }
        if from == place {
            return;
        }
        let filler_hash = hash(filler.codes());
        if let Some(block) = blocks.get_mut(place.block()) {
            block.replace(place.row(), filler);
        }
        if let Some(known) = self.places.find_mut(filler_hash, |other| *other == from) {
            *known = place;
        }
    }

    /// Learns a new layout for a class that has grown enough. Otherwise brings one older block to the current
    /// layout after every [`ADDS_A_STALE_BLOCK`] rows. Called before each row that is added.
    fn tend(&mut self, number: usize) {
        let Some(class) = self.classes.get_mut(number) else { return };
        class.adds += 1;
        if LEARN_AT.get(class.learned).is_some_and(|rows| class.rows >= *rows) {
            class.learned += 1;
            self.learn(number);
        } else if class.adds.is_multiple_of(ADDS_A_STALE_BLOCK)
            && let Some((slot, block, layout)) = class.stale()
        {
            self.lay_out(slot, block, layout);
        }
    }

    /// Learns the layout of a class from its rows.
    fn learn(&mut self, number: usize) {
        let rows = self.classes.get(number).map_or(0, |class| class.rows);
        let step = rows.div_ceil(SAMPLE).max(1);
        let slots = self.slots.iter().filter(|slot| class_of(slot.bucket) == number);
        let blocks = slots.flat_map(|slot| slot.blocks.iter());
        let sample = blocks.flat_map(|block| (0..block.rows()).map(move |row| block.codes(row)));
        let layout = Arc::new(Layout::learned(number, sample.step_by(step)));
        let mut stale = Vec::new();
        for (slot, of) in self.slots.iter().enumerate() {
            if class_of(of.bucket) == number {
                stale.extend((0..of.blocks.len()).map(|block| (slot, block)));
            }
        }
        if let Some(class) = self.classes.get_mut(number) {
            class.layout = layout;
            class.stale = stale;
            class.shelves.clear(&mut self.slots);
        }
    }

    /// Brings a block to this layout.
    fn lay_out(&mut self, slot: usize, number: usize, layout: Arc<Layout>) {
        let Some(of) = self.slots.get_mut(slot) else { return };
        let member = Member { least: of.bucket.least, slot, block: number };
        let class = class_of(of.bucket);
        if let Some(block) = Arc::make_mut(&mut of.blocks).get_mut(number)
            && block.layout().number != layout.number
        {
            *block = block.laid_out(layout);
            if block.is_full() {
                self.offer(class, member);
            }
        }
    }
}
