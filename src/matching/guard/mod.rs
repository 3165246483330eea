//! The meaning-flip guard: finds small differences that reverse or change the meaning.
//!
//! Similarity counts characters, so «يجوز» (is allowed) is close to «لا يجوز» (is not allowed). Each flag of
//! the guard caps the score, because a client must not insert such a match without review.

mod arguments;
mod negation;
mod profile;
mod vocalization;

pub(crate) use arguments::arguments_differ;
pub(crate) use profile::GuardProfile;
pub(crate) use vocalization::VowelMarks;
