//! The store on disk, and the only module that uses sled. `docs/safety.md` describes what was
//! measured and why sled is used in this way.
//!
//! There is one tree with key prefixes. Every write is part of one atomic [`Batch`]. One writer
//! thread commits groups of changes (`flush`, then `sync_data`) and only then answers the
//! callers. Records are prost messages with a version.
//!
//! **Acknowledged means durable. One batch is all or nothing. The store holds
//! the truth; every index can be rebuilt from it.**

mod applier;
mod batch;
mod call_watch;
mod checkpoint_marks;
mod cleanup;
mod codec;
mod commit;
mod compaction;
mod copy;
mod deletions;
mod dirty_log;
mod disk;
mod error;
#[cfg(test)]
mod failing_disk;
mod folder;
mod format;
mod guard;
mod imports;
mod keys;
mod lock;
mod log_sync;
mod open;
mod options;
mod pieces;
mod read;
pub(crate) mod records;
mod rewrite;
mod sled_files;
mod space;
mod start_check;
mod status;
mod synced_mark;
mod tokens;
mod totals;
mod tree;
mod verified_part;
mod verify;
mod verify_folder;

pub use applier::{Applied, Applier, EndedJob, NextCleanup, Refusal};
pub use batch::Batch;
pub use checkpoint_marks::DirtyUnits;
pub use cleanup::{Cleanup, OldRevisions};
pub use codec::{StoredConcept, StoredUnit};
pub(crate) use codec::{concept_draft, concept_record, unit_draft, unit_record};
pub use commit::{Ticket, Writer};
pub use compaction::{CompactReport, compact_folder};
pub use deletions::DeletionEntry;
pub use dirty_log::CheckpointMark;
pub use error::StoreError;
#[cfg(test)]
pub(crate) use failing_disk::FailingCall;
pub use imports::{ImportEntry, ImportState, StagedUnit, Undo};
pub use keys::{CollectionKind, CollectionNumber};
pub use open::OpenReport;
pub use options::{Retention, StoreOptions};
pub use read::{CollectionEntry, Store, StoreCounters};
pub use start_check::{StoreFolder, check_folder, check_unused, copied_state, free_space_near};
pub use status::{RecordCounts, StoreStatus};
pub(crate) use tokens::{grant_records, grants, token_hash};
pub use verify::{Verification, VerifiedCollection, VerifyProgress, VerifyWatch};
pub use verify_folder::{check_store_exists, verify_folder};

/// Version of the key layout and of the records. A store with a higher version is refused.
pub const FORMAT_VERSION: u32 = 3;
