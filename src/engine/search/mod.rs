//! Lookups: queries, filters, deadlines, and the explanation of a score.

mod deadline;
mod explain;
mod filter;
mod lookup;

pub use deadline::{CancelOnDrop, Deadline};
pub use explain::{ExplainedPair, Explanation, explain};
pub use filter::{Condition, Filter, TimeRange};
pub use lookup::{LookupAnswer, LookupBatch, LookupMatch, LookupOptions, MemorySelection};
