//! Tables: CSV and TSV files of units and of terms.

mod dialect;
mod direction;
mod language_columns;
mod review_cells;
mod rows;
mod terms_csv;
pub(crate) mod terms_csv_write;
mod tsv;
mod units_csv;

pub(crate) use terms_csv::TermReader;
pub use terms_csv_write::csv_row;
pub(crate) use tsv::{TsvReader, TsvWriter};
pub(crate) use units_csv::{CsvReader, CsvWriter};
