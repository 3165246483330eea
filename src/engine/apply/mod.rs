//! The one function that changes the store, on the writer's thread.
//!
//! Changes come in order. Each is decided by the resident state and written to the batch;
//! nothing is published before the batch is durable.

mod applier;
mod collections;
mod concepts;
mod decision;
mod delayed_cleanups;
mod import;
mod merge;
mod resolve;
mod revert;
mod units;

pub(crate) use applier::ChangeApplier;
