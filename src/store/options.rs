//! How a store is opened.

use crate::metrics::WriteMetrics;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Size of sled's page cache in bytes. This does not bound the memory of the process.
    /// Default: 96 MiB, because lookups are as fast with it as with 256 MiB.
    pub cache_bytes: u64,
    /// Bytes that must stay free on the disk. If less is free, writes are refused,
    /// because a store on a full disk cannot even be opened. Default: 256 MiB.
    pub disk_reserve_bytes: u64,
    /// Number of units from which the indexes are also written to a checkpoint beside the store,
    /// so that the next open is fast. Default: 20,000.
    pub checkpoint_units: usize,
    /// Which former revisions are kept. Default: all.
    pub retention: Retention,
    /// Where the writer records what it does. Default: where nobody looks.
    pub metrics: WriteMetrics,
}

/// Which former revisions of units and concepts are kept. The present content always is, and the last former
/// revision, too, so that a deleted unit can be restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How many former revisions of each unit or concept, at least 1; `None` keeps all.
    pub revisions: Option<u32>,
    /// Revisions that were made more than so many days ago are removed; `None` keeps all.
    pub days: Option<u32>,
}

impl Retention {
    /// Returns whether everything is kept.
    #[must_use]
    pub fn keeps_all(self) -> bool {
        self == Self::default()
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 96 << 20,
            disk_reserve_bytes: 256 << 20,
            checkpoint_units: 20_000,
            retention: Retention::default(),
            metrics: WriteMetrics::default(),
        }
    }
}
