//! Pretranslation of documents: for each segment, the matches of memories and the terms of glossaries are added to
//! an XLIFF file.
//!
//! An existing XLIFF file is edited in place, so that the rest of it stays byte for byte. Plain text and PO files
//! become XLIFF 1.2 with a skeleton inside, from which [`assemble`] makes the translated document.

mod answer;
mod codes;
mod document;
mod edits;
mod fill;
#[cfg(test)]
mod generated_documents;
mod hints;
mod lengths;
mod markup;
mod model;
#[cfg(test)]
mod nothing_worse;
mod protection;
mod skeleton;
mod spans;
#[cfg(test)]
mod tests;
mod xliff;

pub use answer::{
    Answer, FillResult, LeftAlone, NotFilled, PluralFormToTranslate, SegmentToTranslate, Suggestion, TermNote,
};
pub use document::{Document, DocumentFormat};
pub use skeleton::{Assembled, assemble};
