//! Memories: units, imports, exports, and the reverting of imports.

mod collection;
mod export;
mod import;
mod import_file;
mod revert;
mod units;

pub use import::{ImportSession, ImportTally, ImportTarget, Imported, MemoryPair};
pub use import_file::ImportReport;
pub(crate) use import_file::unreadable;
pub(crate) use units::told;
