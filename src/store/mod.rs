//! sled and nothing but sled. `docs/safety.md` says what was measured and why
//! it is used so.
//!
//! One tree with key prefixes; every write is part of one atomic [`Batch`];
//! one writer thread commits groups of changes (`flush`, then `sync_data`)
//! and only then answers. Records are prost messages with a version.
//!
//! **Acknowledged means durable. One batch is all or nothing. The store holds
//! the truth; every index can be rebuilt from it.**

mod batch;
mod checkpoint_marks;
mod cleanup;
mod codec;
mod commit;
mod dirty_log;
mod error;
mod imports;
mod keys;
mod open;
mod read;
mod records;

pub use batch::Batch;
pub use checkpoint_marks::Touched;
pub use codec::{StoredConcept, StoredUnit};
pub use commit::{Applier, Ticket, Writer};
pub use dirty_log::Moment;
pub use error::StoreError;
pub use imports::{ImportEntry, ImportState, StagedUnit, Undo};
pub use keys::{CollectionKind, CollectionNumber};
pub use open::{OpenReport, Options};
pub use read::{Applied, CollectionEntry, Store};

/// Version of the key layout and of the records. A store with a higher one is refused.
pub const FORMAT_VERSION: u32 = 2;
