//! Readers and writers of file formats: units, concepts, segmentation rules and documents.
//!
//! Units and concepts are streamed, so memory does not grow with the file. A reader reports a bad unit as a
//! problem and continues; a file that is not well formed ends the reading with an error that
//! names the line. Readers fetch nothing: no DTD, no external entity.

mod bytes;
mod concept_files;
mod concept_ids;
#[cfg(test)]
mod concept_streams;
mod contract;
mod documents;
mod error;
mod format;
mod jsonl;
mod po;
mod problem;
mod review_marks;
#[cfg(test)]
mod round_trip;
mod srx;
mod tables;
mod tbx;
mod term_words;
mod tmx;
mod unit_files;
mod xliff;
mod xml;

pub(crate) use bytes::write_precise;
pub use bytes::{EncodedFile, TextEncoding};
pub use concept_files::{ConceptReader, write_concepts};
pub use contract::MemoryHead;
pub use contract::{ConceptFilePart, FileConcept, GlossaryHead, WriteLosses};
pub use contract::{FileUnit, Languages};
pub use documents::{
    Answer, Assembled, Document, DocumentFormat, FillResult, LeftAlone, NotFilled, PluralFormToTranslate,
    SegmentToTranslate, Suggestion, TermNote, assemble,
};
pub use error::ReadError;
pub use format::ConceptFormat;
pub use format::UnitFormat;
pub use po::plural_forms;
pub use problem::{FilePosition, Problem};
pub use srx::read_srx;
pub use tables::csv_row;
pub use unit_files::UnitReader;
pub use unit_files::UnitWriter;
