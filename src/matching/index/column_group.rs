//! Column groups: blocks of one class whose columns are stored side by side, in order of length.
//!
//! The groups of a class have its blocks in order of length, at most 256 blocks each. A block that changes
//! is detached from its group first. It stays ungrouped until the group is rebuilt. New blocks also stay
//! ungrouped until enough of them are full.

use std::{ops::Range, sync::Arc};

use super::{
    block::{Block, GroupColumns},
    bucket_rows::BucketRows,
    layout::Layout,
};

/// The maximum number of blocks in a group: enough to fill several large pages, few enough to be copied in
/// milliseconds.
const MAX_GROUP_BLOCKS: usize = 256;

/// A group is rebuilt once more than one full ungrouped block is pending for each 8 blocks that it has.
/// For example, a group of 16 blocks is rebuilt when the third block is pending.
const BLOCKS_PER_PENDING: usize = 8;

/// The address of a block. Groups are sorted by these addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockRef {
    /// The minimum length of the block's bucket.
    pub(crate) min_length: usize,
    /// The slot of the block.
    pub(crate) slot: usize,
    /// The number of the block in its slot.
    pub(crate) block: usize,
}

/// A group of blocks and their columns. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ColumnGroup {
    /// The blocks, in order.
    pub(crate) members: Arc<[BlockRef]>,
    /// The columns of all members.
    pub(crate) columns: Arc<GroupColumns>,
    /// The layout of all members.
    pub(crate) layout: Arc<Layout>,
    /// One bit per member, which is set once the member was detached.
    detached: [u64; MAX_GROUP_BLOCKS / 64],
    /// The number of ungrouped full blocks that belong to this group.
    pending: usize,
}

impl ColumnGroup {
    /// Returns whether the member at `at` is still in the group.
    pub(crate) fn is_attached(&self, at: usize) -> bool {
        self.detached.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 0)
    }

    /// Returns the minimum lengths of the buckets of the first and the last of some members.
    pub(crate) fn min_lengths(&self, members: &Range<usize>) -> (usize, usize) {
        (self.min_length(members.start), self.min_length(members.end.saturating_sub(1)))
    }

    /// Returns the minimum length of the bucket of the member at `at`.
    fn min_length(&self, at: usize) -> usize {
        self.members.get(at).map_or(0, |member| member.min_length)
    }
}

/// The groups of a class, in order of length.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnGroups {
    groups: Vec<ColumnGroup>,
    /// The number of full blocks that are pending while there is no group yet.
    pending: usize,
}

impl ColumnGroups {
    /// Returns the groups.
    pub(crate) fn all(&self) -> &[ColumnGroup] {
        &self.groups
    }

    /// Returns the number of the group that a block belongs to.
    fn group_number(&self, member: BlockRef) -> usize {
        self.groups
            .partition_point(|group| group.members.first().is_some_and(|m| *m <= member))
            .saturating_sub(1)
    }

    /// Returns the first member of a group.
    fn first_member(&self, number: usize) -> Option<BlockRef> {
        self.groups.get(number)?.members.first().copied()
    }

    /// Detaches a block from its group, if it is in one, so that it can be changed.
    pub(crate) fn detach(&mut self, slots: &mut [BucketRows], member: BlockRef) {
        let Some(bucket_rows) = slots.get_mut(member.slot) else { return };
        let Some(block) = Arc::make_mut(&mut bucket_rows.blocks).get_mut(member.block) else { return };
        if block.ungrouped_columns().is_some() {
            return;
        }
        block.detach();
        let full = block.is_full();
        Arc::make_mut(&mut bucket_rows.ungrouped).push(member.block);
        let number = self.group_number(member);
        if let Some(group) = self.groups.get_mut(number)
            && let Ok(at) = group.members.binary_search(&member)
        {
            if let Some(word) = group.detached.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
            group.pending += usize::from(full);
        }
    }

    /// Detaches all blocks and removes the groups, because the blocks are about to get another layout.
    pub(crate) fn detach_all(&mut self, slots: &mut [BucketRows]) {
        let members: Vec<BlockRef> =
            self.groups.iter().flat_map(|group| group.members.iter()).copied().collect();
        for member in members {
            self.detach(slots, member);
        }
        self.groups.clear();
        self.pending = 0;
    }

    /// Registers an ungrouped block that is full and has the current layout of its class. Rebuilds its group
    /// once enough blocks are pending.
    pub(crate) fn add_pending(&mut self, slots: &mut [BucketRows], layout: &Arc<Layout>, member: BlockRef) {
        let number = self.group_number(member);
        let (pending, member_count) = match self.groups.get_mut(number) {
            Some(group) => (&mut group.pending, group.members.len()),
            None => (&mut self.pending, 0),
        };
        *pending += 1;
        if *pending > member_count / BLOCKS_PER_PENDING {
            self.rebuild_group(slots, layout, number, Block::is_full);
        }
    }

    /// Puts all ungrouped blocks into groups, whether they are full or not.
    pub(crate) fn group_all(&mut self, slots: &mut [BucketRows], layout: &Arc<Layout>) {
        let mut number = 0;
        while number < self.groups.len().max(1) {
            let before = self.groups.len();
            self.rebuild_group(slots, layout, number, |_| true);
            number += 1 + self.groups.len().saturating_sub(before);
        }
    }

    /// Rebuilds a group from its members and those ungrouped blocks that belong to it and for which `fits`
    /// returns true. Splits it if it has too many.
    fn rebuild_group(
        &mut self,
        slots: &mut [BucketRows],
        layout: &Arc<Layout>,
        number: usize,
        fits: fn(&Block) -> bool,
    ) {
        // The first group also takes blocks that are before its first member.
        let lower = self.first_member(number).filter(|_| number > 0);
        let upper = self.first_member(number + 1);
        let mut ungrouped = Vec::new();
        for (slot, bucket_rows) in slots.iter().enumerate() {
            for block in bucket_rows.ungrouped.iter().copied() {
                let member = BlockRef { min_length: bucket_rows.bucket.min_length, slot, block };
                // A layout belongs to one class, so this leaves out the blocks of other classes.
                let belongs =
                    bucket_rows.blocks.get(block).is_some_and(|b| b.layout().id == layout.id && fits(b));
                if belongs
                    && lower.is_none_or(|first| member >= first)
                    && upper.is_none_or(|next| member < next)
                {
                    ungrouped.push(member);
                }
            }
        }
        if ungrouped.is_empty() {
            return;
        }
        for member in &ungrouped {
            if let Some(bucket_rows) = slots.get_mut(member.slot) {
                Arc::make_mut(&mut bucket_rows.ungrouped).retain(|block| *block != member.block);
            }
        }
        let mut members = ungrouped;
        if let Some(old) = self.groups.get(number) {
            members.extend(
                old.members.iter().enumerate().filter(|(at, _)| old.is_attached(*at)).map(|(_, m)| *m),
            );
        }
        members.sort_unstable();
        let group_count = members.len().div_ceil(MAX_GROUP_BLOCKS);
        let new = members
            .chunks(members.len().div_ceil(group_count))
            .map(|members| build_group(slots, layout, members));
        let new: Vec<ColumnGroup> = new.collect();
        let old = number..(number + 1).min(self.groups.len());
        self.groups.splice(old, new);
        self.pending = 0;
    }
}

/// Copies the columns of the members into a new group.
fn build_group(slots: &mut [BucketRows], layout: &Arc<Layout>, members: &[BlockRef]) -> ColumnGroup {
    let blocks: Vec<&Block> =
        members.iter().filter_map(|member| slots.get(member.slot)?.blocks.get(member.block)).collect();
    let columns = GroupColumns::of(layout.column_count, &blocks);
    for (at, member) in members.iter().enumerate() {
        let blocks = slots.get_mut(member.slot).map(|bucket_rows| Arc::make_mut(&mut bucket_rows.blocks));
        if let Some(block) = blocks.and_then(|blocks| blocks.get_mut(member.block)) {
            block.attach_to_group(Arc::clone(&columns), at);
        }
    }
    ColumnGroup {
        members: members.into(),
        columns,
        layout: Arc::clone(layout),
        detached: [0; MAX_GROUP_BLOCKS / 64],
        pending: 0,
    }
}
