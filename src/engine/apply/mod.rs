//! The one function that changes the store, on the writer's thread.
//!
//! Changes come in order. Each is decided by the resident state and written to the batch;
//! nothing is published before the batch is durable.

mod applier;
mod begin_job;
mod collections;
mod completion;
mod concepts;
mod decision;
mod delayed_cleanups;
mod deletion;
mod import;
mod job;
mod merge;
mod resolve;
mod retention_pass;
mod reversion;
mod step_budget;
mod tokens;
mod units;

pub(crate) use applier::ChangeApplier;
pub(crate) use job::load_state;
