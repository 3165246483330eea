//! Strings to folded strings, words and segments.
//!
//! **Text is total**: any string in, an answer out; no error, no panic. Spans
//! are byte offsets into the input, always at character boundaries.

pub mod arabic;
mod fold;
mod fold_used;
mod offsets;
mod segmentation;
mod words;

pub use arabic::letters::{digit_value, is_arabic_letter, is_mark};
pub use arabic::negators::{Around, close_la, negator};
pub use fold::{FOLD_VERSION, folded, same};
pub use fold_used::folds_used;
pub use offsets::{OffsetUnit, Offsets};
pub use segmentation::{SEGMENTATION_VERSION, SegmentationOptions, segment};
pub use words::{Word, words};
