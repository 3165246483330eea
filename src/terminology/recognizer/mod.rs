//! Finds glossary terms in Arabic text, through clitics and inflection.
//!
//! Each running word is read in every way that clitics and inflection allow
//! (`text::arabic::clitics`). A reading counts if its base is a word of a term. In a
//! term of several words, each may have its own article and clitics.
//!
//! English terms are found by the bases of their words instead (`running.rs`), as in a translation.
//!
//! The terms are stored in a trie of their words (`term_trie.rs`), in which a reading is
//! looked up by its hash. So the time to read a text does not depend on the number of
//! terms, and adding a term does not stop the readers.

mod found;
mod near_search;
mod paths;
mod readings;
mod runs;
mod search;
mod slips;
mod steps;
#[cfg(test)]
mod tests;

pub use found::{FoundTerm, RecognizeOptions, TermKind};
pub use search::Recognizer;
