//! Glossary terms in Arabic text, through clitics and inflection.
//!
//! Each running word is read in every way that clitics and inflection allow
//! (`text::arabic::clitics`); a reading counts when its base is a word of a
//! term. In a term of several words, each may carry its own article and clitics.
//!
//! The terms lie in a tree of their words (`parts.rs`), in which a reading is found
//! by its hash: a text is read in a time that does not depend on how many terms
//! there are, and a term is added without a stop.

mod found;
mod near_search;
mod paths;
mod readings;
mod runs;
mod search;
mod slips;
mod steps;

pub use found::{FoundTerm, TermKind, Wanted};
pub use search::Recognizer;
