//! Shelves: blocks of one class whose columns lie side by side, by length.
//!
//! The shelves of a class are its blocks in order of length, cut into pieces
//! of one or two hundred. A block that is changed is taken off and is loose until its
//! shelf is filled anew, as are new blocks until there are enough of them.

use std::{ops::Range, sync::Arc};

use super::{
    block::{Block, SideBySide},
    bucket_rows::Slot,
    layout::Layout,
};

/// Blocks of a shelf at most: enough to fill several large pages, few enough to
/// be copied in milliseconds.
const MOST: usize = 256;

/// Loose blocks that wait for a shelf, for each so many that are on it, are
/// enough to fill it anew.
const A_WAITING_BLOCK: usize = 8;

/// Where a block lies, in the order in which shelves keep them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    /// The least length of its bucket.
    pub(crate) least: usize,
    /// The number of its slot.
    pub(crate) slot: usize,
    /// Its number there.
    pub(crate) block: usize,
}

/// Some blocks and their columns. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    /// The blocks in order.
    pub(crate) members: Arc<[Member]>,
    /// Their columns.
    pub(crate) columns: Arc<SideBySide>,
    /// How they are laid out.
    pub(crate) layout: Arc<Layout>,
    /// By bit: members that were taken off since.
    off: [u64; MOST / 64],
    /// Loose blocks of its lengths that are full.
    waiting: usize,
}

impl Shelf {
    /// Says whether a member is still on it.
    pub(crate) fn holds(&self, at: usize) -> bool {
        self.off.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 0)
    }

    /// Returns the least lengths of the buckets of the first and the last of
    /// some members.
    pub(crate) fn lengths(&self, members: &Range<usize>) -> (usize, usize) {
        let least = |at: usize| self.members.get(at).map_or(0, |member| member.least);
        (least(members.start), least(members.end.saturating_sub(1)))
    }
}

/// The shelves of a class, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelves {
    shelves: Vec<Shelf>,
    /// Full blocks that wait for the first shelf of all.
    waiting: usize,
}

impl Shelves {
    /// Returns the shelves.
    pub(crate) fn all(&self) -> &[Shelf] {
        &self.shelves
    }

    /// Returns the number of the shelf that a block belongs on.
    fn number(&self, member: Member) -> usize {
        self.shelves
            .partition_point(|shelf| shelf.members.first().is_some_and(|m| *m <= member))
            .saturating_sub(1)
    }

    /// Takes a block off its shelf, if it is on one, so that it can be changed.
    pub(crate) fn take_off(&mut self, slots: &mut [Slot], member: Member) {
        let Some(slot) = slots.get_mut(member.slot) else { return };
        let Some(block) = Arc::make_mut(&mut slot.blocks).get_mut(member.block) else { return };
        if block.loose_columns().is_some() {
            return;
        }
        block.take_off();
        let full = block.is_full();
        Arc::make_mut(&mut slot.loose).push(member.block);
        let number = self.number(member);
        if let Some(shelf) = self.shelves.get_mut(number)
            && let Ok(at) = shelf.members.binary_search(&member)
        {
            if let Some(word) = shelf.off.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
            shelf.waiting += usize::from(full);
        }
    }

    /// Takes all blocks off: they are about to be laid out anew.
    pub(crate) fn clear(&mut self, slots: &mut [Slot]) {
        let members: Vec<Member> = self.shelves.iter().flat_map(|s| s.members.iter()).copied().collect();
        for member in members {
            self.take_off(slots, member);
        }
        self.shelves.clear();
        self.waiting = 0;
    }

    /// Is told that a loose block is full and laid out as its class is; puts
    /// blocks on the shelf once enough of them wait.
    pub(crate) fn offer(&mut self, slots: &mut [Slot], layout: &Arc<Layout>, member: Member) {
        let number = self.number(member);
        let (waiting, holds) = match self.shelves.get_mut(number) {
            Some(shelf) => (&mut shelf.waiting, shelf.members.len()),
            None => (&mut self.waiting, 0),
        };
        *waiting += 1;
        if *waiting > holds / A_WAITING_BLOCK {
            self.fill(slots, layout, number, Block::is_full);
        }
    }

    /// Puts all loose blocks on shelves, whether they are full or not.
    pub(crate) fn settle(&mut self, slots: &mut [Slot], layout: &Arc<Layout>) {
        let mut number = 0;
        while number < self.shelves.len().max(1) {
            let before = self.shelves.len();
            self.fill(slots, layout, number, |_| true);
            number += 1 + self.shelves.len().saturating_sub(before);
        }
    }

    /// Fills a shelf anew with its members and the loose blocks that belong there.
    fn fill(&mut self, slots: &mut [Slot], layout: &Arc<Layout>, number: usize, fits: fn(&Block) -> bool) {
        let first = |number: usize| self.shelves.get(number).and_then(|shelf| shelf.members.first()).copied();
        let (lower, upper) = (first(number).filter(|_| number > 0), first(number + 1));
        let belongs =
            |member: &Member| lower.is_none_or(|l| *member >= l) && upper.is_none_or(|u| *member < u);
        let mut loose = Vec::new();
        for (slot, of) in slots.iter().enumerate() {
            // A layout belongs to one class, so that blocks of others do not fit.
            let fit = |block: &usize| {
                of.blocks.get(*block).is_some_and(|b| b.layout().number == layout.number && fits(b))
            };
            let member = |block: usize| Member { least: of.bucket.least, slot, block };
            loose.extend(of.loose.iter().copied().filter(fit).map(member).filter(belongs));
        }
        if loose.is_empty() {
            return;
        }
        for member in &loose {
            if let Some(slot) = slots.get_mut(member.slot) {
                Arc::make_mut(&mut slot.loose).retain(|block| *block != member.block);
            }
        }
        let mut members = loose;
        if let Some(old) = self.shelves.get(number) {
            members.extend(old.members.iter().enumerate().filter(|(at, _)| old.holds(*at)).map(|(_, m)| *m));
        }
        members.sort_unstable();
        let pieces = members.len().div_ceil(MOST);
        let new =
            members.chunks(members.len().div_ceil(pieces)).map(|members| fill_one(slots, layout, members));
        let new: Vec<Shelf> = new.collect();
        let old = number..(number + 1).min(self.shelves.len());
        self.shelves.splice(old, new);
        self.waiting = 0;
    }
}

fn fill_one(slots: &mut [Slot], layout: &Arc<Layout>, members: &[Member]) -> Shelf {
    let block = |member: &Member| slots.get(member.slot).and_then(|slot| slot.blocks.get(member.block));
    let blocks: Vec<&Block> = members.iter().filter_map(block).collect();
    let columns = SideBySide::of(layout.columns, &blocks);
    for (at, member) in members.iter().enumerate() {
        let blocks = slots.get_mut(member.slot).map(|slot| Arc::make_mut(&mut slot.blocks));
        if let Some(block) = blocks.and_then(|blocks| blocks.get_mut(member.block)) {
            block.put_on(Arc::clone(&columns), at);
        }
    }
    Shelf { members: members.into(), columns, layout: Arc::clone(layout), off: [0; MOST / 64], waiting: 0 }
}
