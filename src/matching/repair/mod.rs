//! Numbers and placeholders carried over into a translation.
//!
//! Where two segments differ only in these, the stored translation is right
//! but for their values. **A wrong repair is worse than none**: whatever is
//! not certain is refused, with the reason.

mod clock;
mod number_words;
mod plural;
mod rewrite;

pub use rewrite::{Localized, REPAIRED_MOST, Repair, RepairEdit, RepairRefusal, repair};
