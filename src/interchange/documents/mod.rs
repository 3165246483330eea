//! Documents that are translated beforehand: XLIFF with what a memory and glossaries have
//! for each segment, everything else as it was.
//!
//! An XLIFF file is edited in place. Plain text and PO files become XLIFF 1.2 with a
//! skeleton inside, from which [`assemble`] makes the translated document.

mod answer;
mod codes;
mod document;
mod edits;
mod markup;
mod model;
mod skeleton;
mod spans;
#[cfg(test)]
mod tests;
mod xliff;

pub use answer::{Answer, LeftAlone, Suggestion, TermNote, ToTranslate};
pub use document::{Document, DocumentFormat};
pub use skeleton::{Assembled, assemble};
