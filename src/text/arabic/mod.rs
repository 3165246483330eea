//! Tables and rules for Arabic: letters, abbreviations, clitics, function words, negators,
//! opposites, verbs, plurals and common words.

pub mod abbreviations;
pub mod clitics;
pub mod common_words;
mod endings;
mod function_words;
pub mod letters;
pub mod negators;
pub mod opposites;
pub mod plurals;
mod stems;
mod verb_forms;

pub use endings::HEH_FOR_TEH_COST;
pub use function_words::is_function_word;
