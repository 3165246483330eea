//! Finds, judges and ranks matches of folded text. `docs/matching.md` defines every number.
//!
//! **The filter loses nothing**: an [`Index`] returns exactly the rows that a comparison with every row would
//! return. **Matching never reads the store**: the caller passes in the units to judge.

mod best;
mod code_transfer;
mod collector;
mod context;
mod diff;
mod distance;
mod folded_segment;
mod guard;
mod index;
mod judge;
mod lookup_match;
mod repair;
mod usefulness;
mod values;

pub use best::{JudgedUnit, Order, RankedMatch};
pub use code_transfer::move_codes;
pub use collector::{Collector, ReadUnit, SearchFailure, SearchStops};
pub use diff::{DiffOperation, DiffSpan, diff};
pub use distance::similarity;
pub use folded_segment::FoldedSegment;
pub use guard::MeaningDifference;
pub use index::{
    Completion, INDEX_VERSION, Index, IndexCheckpointSnapshot, SimilarRow, Snapshot, UnitRef, bytes,
};
pub use judge::{
    Judgement, LocalePreference, Query, RowMatch, ScoringParams, StoredSegment, UnitSide, judge_pair,
};
pub use lookup_match::LookupMatch;
pub use repair::{
    LocalizedText, MAX_REPAIR_SCORE, MAX_TERM_REPAIR_SCORE, Repair, RepairEdit, RepairRefusal,
    TermOccurrence, TextWithTerms, exchange_terms, repair,
};
