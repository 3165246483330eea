//! The use cases. They connect the store, matching, terminology and interchange. All of them are
//! synchronous, and **the engine knows no wire**.
//!
//! Every write is one `change::Change`, applied on the writer's thread by one deterministic
//! function (`apply`). Every read works on the catalog that was published after the last commit
//! (`catalog::Catalog`) and on the store.

mod access;
mod admin;
mod apply;
mod audit;
mod catalog;
mod change;
mod checkpoint;
mod core;
#[cfg(test)]
mod failing_calls;
mod glossary;
mod memory;
mod request;
mod search;
mod state;
mod tokens;
mod view_reads;

pub use admin::{WriteRefusal, compact_folder, engine_at_rest, verify_folder};
pub use audit::AUDIT_FOLDER;
pub use catalog::GlossaryStats;
pub use change::NewCollection;
pub use change::PutConceptsReport;
pub use change::RevertReport;
pub use change::{ConceptRevertReport, DuplicatePolicy, IdTaken, PutOutcome, PutResult};
pub use core::Engine;
pub use glossary::{CheckRequest, CheckedTerm};
pub use glossary::{ConceptImportTarget, ExportReport};
pub use glossary::{RecognizeRequest, RecognizedTerm, TermTarget};
pub use glossary::{SuggestRequest, SuggestedTerm};
pub use memory::ImportReport;
pub use memory::{ImportSession, ImportSummary, ImportTally, ImportTarget, MemoryLocales};
pub use request::Checker;
pub use request::{Page, PageRequest};
pub use search::{BandCount, LEVERAGE_BANDS, Leverage, LeverageBand};
pub use search::{CancelOnDrop, Deadline, LateWork};
pub use search::{Condition, Filter, TimeRange};
pub use search::{ExplainedPair, Explanation, explain};
pub use search::{
    LookupAnswer, LookupBatch, LookupEffort, LookupOptions, MemorySelection, matches_too_large,
};
pub use search::{
    RepairedTarget, are_tied, context_in_document, prefer_plural_form, ranked_suggestions, target_with_codes,
};

pub use tokens::CreatedToken;

// What verifying and compacting report, for those who may not import the store.
pub use crate::store::{
    CollectionKind, CompactReport, FORMAT_VERSION as PROGRAM_FORMAT, RecordCounts, StoreStatus, Verification,
    VerifiedCollection, VerifyProgress,
};
