//! The meaning-flip guard: small differences that turn the meaning.
//!
//! Similarity counts characters, and «يجوز» is near «لا يجوز». Each flag here
//! caps the score, so that nothing of the kind is ever inserted unseen.

mod negation;
mod profile;
mod vocalization;

pub(crate) use profile::Guarded;
pub(crate) use vocalization::Vocalized;
