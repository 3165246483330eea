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
mod codec;
mod commit;
mod error;
mod keys;
mod moment;
mod open;
mod read;
mod records;

pub use batch::{Batch, ImportEntry, ImportState, StagedUnit, Undo};
pub use codec::{StoredConcept, StoredUnit};
pub use commit::{Applier, Ticket, Writer};
pub use error::StoreError;
pub use keys::{CollectionKind, CollectionNumber};
pub use moment::{Moment, Touched};
pub use open::{OpenReport, Options};
pub use read::{Applied, CollectionEntry, Store};

/// Version of the key layout and of the records. A store with a higher one is refused.
pub const FORMAT_VERSION: u32 = 2;
