//! Bytes to units and concepts. Streaming: memory does not grow with the file.
//!
//! A bad unit is told and the reading goes on; a file that is not well formed
//! ends it and says where. Nothing is ever fetched: no DTD, no external entity.

mod concepts;
mod dates;
mod decode;
mod error;
mod packed;
mod po;
mod pretranslate;
mod problem;
#[cfg(test)]
mod round_trip;
mod rows;
mod srx;
mod tbx;
mod term_words;
mod terms_csv;
mod terms_csv_write;
mod tmx;
mod tmx_unit;
mod tmx_write;
mod tsv;
mod unit_writer;
mod units;
mod units_csv;
mod units_jsonl;
mod xliff;
mod xml;

pub use concepts::{
    ConceptFile, ConceptFormat, FileConcept, GlossaryHead, WriteLosses, read_concepts, write_concepts,
};
pub use error::ReadError;
pub use pretranslate::{
    Answer, Assembled, Document, DocumentFormat, LeftAlone, Suggestion, TermNote, ToTranslate, assemble,
};
pub use problem::{Place, Problem};
pub use srx::read_srx;
pub use terms_csv_write::csv_row;
pub use unit_writer::{MemoryHead, UnitWriter};
pub use units::{FileUnit, Languages, UnitFormat, UnitReader};
