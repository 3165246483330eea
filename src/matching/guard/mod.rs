//! The meaning-flip guard: finds small differences that reverse or change the meaning.
//!
//! Similarity counts characters, so «يجوز» (is allowed) is close to «لا يجوز» (is not allowed). Each flag of
//! the guard caps the score, because a client must not insert such a match without review.

mod arguments;
mod meaning;
mod negation;
mod number_groups;
mod profile;
mod put_in_words;
mod vocalization;
mod word_alignment;

pub(crate) use arguments::arguments_differ;
pub use meaning::MeaningDifference;
pub(super) use number_groups::{GroupValue, is_percent_word, number_groups};
pub(crate) use profile::{GuardFindings, GuardProfile};
pub(crate) use vocalization::VowelMarks;
pub(super) use word_alignment::{TextTokenKind, TokenizedText, text_tokens};
