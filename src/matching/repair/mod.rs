//! Transfers changed numbers and placeholders into a translation.
//!
//! If two segments differ only in these, the stored translation is right except for their values. **A wrong
//! repair is worse than none**: if anything is uncertain, the repair is refused with a reason.

mod clock;
mod number_words;
mod plural;
mod rewrite;

pub use rewrite::{LocalizedText, MAX_REPAIR_SCORE, Repair, RepairEdit, RepairRefusal, repair};
