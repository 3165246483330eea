//! The rows of one bucket as snapshots share them.

use std::sync::Arc;

use super::{block::Block, layout::Bucket};

/// Rows of one bucket.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Their lengths.
    pub(crate) bucket: Bucket,
    /// The rows; all blocks but the last are full.
    pub(crate) blocks: Arc<Vec<Block>>,
    /// The numbers of blocks that are on no shelf.
    pub(crate) loose: Arc<Vec<usize>>,
}
