//! The resident state: everything in memory that the writer decides changes by.

mod concept_map;
mod load;
mod prepared;
mod sequence_set;
mod token_table;
mod unit_index;
mod writer_state;

pub(crate) use concept_map::ConceptMap;
pub(crate) use prepared::{PreparedUnit, fingerprints_of_fixed_unit};
pub(crate) use sequence_set::SequenceSet;
pub(crate) use token_table::TokenTable;
pub(crate) use unit_index::UnitIndex;
pub(crate) use writer_state::{GlossaryState, MemoryState, PendingImport, WriterState};
