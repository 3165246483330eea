//! Segmentation by a user's own rules, read from an SRX 2.0 file.
//!
//! A rule has one pattern for the text before a position, one for the text after it, and a flag:
//! break here, or do not. At each position the first rule that fits decides. Patterns are ICU
//! regular expressions without the constructs that need backtracking. The number of matching steps
//! is limited in proportion to the text, so that no file can block the server: rules that need more
//! steps fail with [`SrxError::TooSlow`].

mod document;
mod pattern;
mod syntax;

pub use document::{SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};
