//! What is particular to Arabic: letters, abbreviations, clitics. Tables, not code.

pub mod abbreviations;
pub mod clitics;
mod function_words;
pub mod letters;
pub mod negators;
pub mod plurals;

pub use function_words::is_function_word;
