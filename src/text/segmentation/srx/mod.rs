//! Users' own rules, as SRX 2.0 files have them.
//!
//! A rule says what stands before and after a place and whether the text
//! breaks there; at each place the first rule that fits decides. Patterns are
//! regular expressions of ICU without what needs backtracking, and matching
//! takes steps in proportion to the text: rules that take more are refused.

mod document;
mod pattern;
mod syntax;

pub use document::{SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};
