//! Transfers changed numbers, placeholders and terms into a translation.
//!
//! If two segments differ only in these, the stored translation is right except for their values and terms. **A
//! wrong repair is worse than none**: if anything is uncertain, the repair is refused with a reason.

mod amounts;
mod clock;
mod english_context;
mod english_nouns;
mod english_place;
mod number_words;
mod plural;
mod rewrite;
mod source_form;
mod term_exchange;
mod term_occurrence;

pub use rewrite::{LocalizedText, MAX_REPAIR_SCORE, Repair, RepairEdit, RepairRefusal, repair};
pub use term_exchange::{MAX_TERM_REPAIR_SCORE, exchange_terms};
pub use term_occurrence::{TermOccurrence, TextWithTerms};
