//! Splits running text into segments.
//!
//! There are three sets of rules: our own for languages in Arabic script, the sentence boundaries
//! of Unicode (UAX 29) with lists of abbreviations for all other languages, and the rules of a
//! user's SRX file for any language.

mod arabic;
mod options;
mod paragraphs;
mod segmenter;
mod srx;
mod uax29;

pub use options::{BuiltInRules, Newlines, SEGMENTATION_VERSION, SegmentationOptions};
pub use segmenter::{segment, segment_until};
pub use srx::{SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};
