//! Tables and rules for Arabic: letters, abbreviations, clitics, function words, negators and plurals.

pub mod abbreviations;
pub mod clitics;
mod function_words;
pub mod letters;
pub mod negators;
pub mod plurals;

pub use function_words::is_function_word;
