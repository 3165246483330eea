//! Checkpoints: the indexes, written beside the store, so that opening is fast.

mod file;
mod scheduler;

pub(crate) use file::{Checkpoint, Kept, KeptUnits};
pub(crate) use scheduler::{Keeper, Keeping};
