//! Tables and rules for Arabic: letters, abbreviations, clitics, function words, negators,
//! opposites, verbs and plurals.

pub mod abbreviations;
pub mod clitics;
mod function_words;
pub mod letters;
pub mod negators;
pub mod opposites;
pub mod plurals;
mod verb_forms;

pub use function_words::is_function_word;
