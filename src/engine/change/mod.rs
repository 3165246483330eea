//! Changes and their outcomes: what goes to the writer, and what comes back.

mod action;
mod outcome;

pub(crate) use action::{Action, Change, CollectionDraft, Revision};
pub use action::{NewCollection, OnSameSource};
pub(crate) use outcome::{Outcome, Overtaken};
pub use outcome::{PutConceptsReport, PutOutcome, PutResult, RevertReport};
