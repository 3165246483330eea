//! Whether the terms of a source are kept in its translation.
//!
//! The source's terms come as groups: the concepts that the same words may mean,
//! in order of priority. A group is kept when one of them is, whichever.

mod running;
mod verdicts;

pub use verdicts::{GroupVerdict, TermUse, TermVerdict, check};
