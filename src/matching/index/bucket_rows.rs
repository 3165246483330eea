//! The rows of one bucket, in the form that the writer shares with snapshots.

use std::sync::Arc;

use super::{block::Block, layout::Bucket};

/// The rows of one bucket. Their position in the index's list is called their slot.
/// A bucket with very many rows has several slots.
#[derive(Clone, Debug)]
pub(crate) struct BucketRows {
    /// The range of lengths of the rows.
    pub(crate) bucket: Bucket,
    /// The rows. All blocks except the last are full.
    pub(crate) blocks: Arc<Vec<Block>>,
    /// The numbers of the blocks that are not in a column group.
    pub(crate) ungrouped: Arc<Vec<usize>>,
}

/// Returns the blocks of all slots, in order.
pub(crate) fn blocks_of(slots: &[BucketRows]) -> impl Iterator<Item = &Block> {
    slots.iter().flat_map(|bucket_rows| bucket_rows.blocks.iter())
}
