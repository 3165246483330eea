//! All distinct folded sources of a memory, searched exactly.
//!
//! The index has one row for each distinct folded source, with the units that have it. Rows are stored in
//! blocks of up to 512 rows of near-equal length ([`layout`]). A block has, for each feature of texts, a
//! column with one bit per row ([`block`]). A search
//!
//! 1. visits only the lengths that can reach the minimum score,
//! 2. counts, for all rows of a block at once, how many of the query's features they have
//!    ([`feature_filter`]),
//! 3. computes the edit distance of the rows that have enough of them, 256 rows at a time
//!    ([`edit_distance`]),
//! 4. and returns the rows that reach the minimum score ([`query`], [`searcher`]).
//!
//! **The filter loses nothing**, because n characters have n + 1 features, and one edit changes at most two
//! of them.
//!
//! The writer and the readers share blocks through `Arc`. The writer ([`index_writer`]) copies only the
//! blocks that it changes. Therefore a [`Snapshot`] costs a few pointers per bucket, and readers never wait.
//! The columns of blocks of similar length are stored side by side in a column group ([`column_group`]), so
//! that a search reads memory in order. Nothing needs to be merged later, because the last row of a bucket
//! immediately fills the gap that a removed row leaves.

mod alphabet;
mod block;
mod bucket_rows;
pub mod bytes;
mod checkpoint;
mod column_group;
mod edit_distance;
#[cfg(test)]
mod exactness_tests;
mod feature_filter;
mod index_writer;
mod layout;
mod query;
mod searcher;
mod unit_ref;

pub use checkpoint::{INDEX_VERSION, IndexCheckpointSnapshot};
pub use index_writer::Index;
pub use query::Completion;
pub use searcher::{SimilarRow, Snapshot};
pub use unit_ref::UnitRef;
