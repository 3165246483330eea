//! Turns strings into folded strings, words and segments.
//!
//! **Text is total**: every function accepts any string, without errors and without panics.
//! Spans are byte offsets into the input, always at character boundaries.

mod abbreviations;
pub mod arabic;
mod common_affix;
pub mod english;
mod fold;
mod fold_char;
mod fold_map;
mod fold_references;
mod fold_rules;
mod fold_spacing;
mod fold_spelling;
mod fold_used;
mod interrupt;
mod lint;
mod offsets;
mod opposites;
mod placeholder;
mod quantity;
mod rolling_hash;
mod segmentation;
mod tokens;
mod words;

pub use arabic::letters::{
    digit_value, is_arabic_letter, is_invisible, is_joiner, is_mark, is_presentation_form, may_have_marks,
};
pub use arabic::negators::{WordContext, is_never_negator, joined_negator_end, may_be_verb, negator};
pub use common_affix::{DifferingPart, common_affixes};
pub use fold::{FOLD_VERSION, fold_word_to_same, folded, same};
pub use fold_map::FoldMap;
pub use fold_used::folds_used;
pub use interrupt::Interrupt;
pub use lint::{LintFinding, LintKind, lint, lint_until};
pub use offsets::{OffsetConverter, OffsetUnit};
pub use opposites::OppositeSide;
pub use placeholder::placeholder;
pub use quantity::{NumberWord, UnitName, month_name, number_word, unit_name, weekday};
pub use rolling_hash::RollingHash;
pub use segmentation::{
    BuiltInRules, Newlines, SEGMENTATION_VERSION, SegmentationOptions, SrxDocument, SrxError, SrxLanguageMap,
    SrxLanguageRules, SrxRule, SrxRules, segment, segment_until,
};
pub use tokens::{Token, TokenKind, count_words, tokens};
pub use words::{Word, words};
