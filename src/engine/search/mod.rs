//! Lookups: queries, filters, deadlines, and the explanation of a score.

mod deadline;
mod explain;
mod filter;
mod leverage;
mod lookup;
mod pretranslate;

pub use deadline::{CancelOnDrop, Deadline, LateWork};
pub use explain::{ExplainedPair, Explanation, explain};
pub use filter::{Condition, Filter, TimeRange};
pub use leverage::{BandCount, LEVERAGE_BANDS, Leverage, LeverageBand};
pub use lookup::{
    LookupAnswer, LookupBatch, LookupEffort, LookupOptions, MemorySelection, matches_too_large,
};
pub use pretranslate::{
    RepairedTarget, are_tied, context_in_document, prefer_plural_form, ranked_suggestions, target_with_codes,
};
