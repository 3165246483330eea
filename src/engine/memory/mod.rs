//! Memories: units, imports, exports, and the reverting of imports.

mod collection;
mod export;
mod import;
mod import_file;
mod revert;
mod units;

pub use import::{ImportSession, ImportSummary, ImportTally, ImportTarget, MemoryLocales};
pub use import_file::ImportReport;
pub(crate) use import_file::read_fault;
pub(crate) use units::to_translation_unit;
