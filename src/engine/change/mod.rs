//! Changes and their outcomes: what goes to the writer, and what comes back.

mod action;
mod codec;
mod filter_codec;
mod messages;
mod outcome;
#[cfg(test)]
pub(crate) mod random_changes;
#[cfg(test)]
mod replay;

pub(crate) use action::{
    Action, Change, CollectionDraft, CollectionRef, ConceptImport, ImportPolicy, RevisionCondition,
    TokenDraft,
};
pub use action::{DuplicatePolicy, NewCollection};
pub(crate) use codec::survives_codec;
pub(crate) use filter_codec::{decode_filter, encode_filter};
pub use outcome::{ConceptRevertReport, IdTaken, PutConceptsReport, PutOutcome, PutResult, RevertReport};
pub(crate) use outcome::{ImportConflict, Outcome, TooManyReplaced};
