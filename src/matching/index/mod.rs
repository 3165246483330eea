//! All distinct folded sources of a memory, searched exactly.
//!
//! Rows lie in blocks of 512 of near-equal length ([`layout`]). A block keeps,
//! for each feature of texts, one bit a row ([`block`]). A search visits only
//! lengths that can reach the bar; it counts, for all rows of a block at once,
//! how many of the question's features they have ([`feature_filter`]), works out the
//! distance of those that have enough, 256 at a time ([`edit_distance`]), and hands on
//! what is within the bar ([`query`], [`searcher`]). **The filter loses nothing**: n
//! characters have n + 1 features, and one edit spoils two of them at most.
//!
//! Blocks lie behind `Arc`. The writer ([`index_writer`]) clones the few that it
//! changes, so that a [`Snapshot`] costs a pointer a bucket and readers never
//! wait. The columns of blocks of near lengths lie side by side on a shelf
//! ([`column_group`]), so that memory is read in order. There is nothing to merge: a removed row's place is taken by the last
//! row of its bucket at once.

mod alphabet;
mod block;
mod bucket_rows;
pub mod bytes;
mod checkpoint;
mod column_group;
mod edit_distance;
mod feature_filter;
mod index_writer;
mod layout;
mod query;
mod searcher;
mod unit_ref;

pub use checkpoint::{INDEX_VERSION, IndexImage};
pub use index_writer::Index;
pub use searcher::{Completion, Hit, Snapshot};
pub use unit_ref::UnitRef;
