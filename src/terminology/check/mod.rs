//! Checks whether a translation keeps the terms of its source.
//!
//! The terms of the source come in groups. A group has the concepts that the same words may
//! mean, in order of priority, and is kept if any one of them is. For example, عقد may mean
//! *contract* or *decade*.

mod verdicts;

pub use verdicts::{GroupVerdict, TermUse, TermVerdict, check};
