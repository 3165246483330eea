//! Running text to segments.
//!
//! Languages in Arabic script are cut by rules of our own, others by the
//! sentences of Unicode (UAX 29) with abbreviations, and any language by the
//! rules of a user's SRX file.

mod arabic;
mod options;
mod paragraphs;
mod segmenter;
mod srx;
mod uax29;

pub use options::{BuiltIn, Newlines, SEGMENTATION_VERSION, SegmentationOptions};
pub use segmenter::segment;
pub use srx::{SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};
