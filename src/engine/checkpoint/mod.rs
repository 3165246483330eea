//! Checkpoints: the indexes, written beside the store, so that opening is fast.

mod file;
mod scheduler;

pub(crate) use file::{CheckpointFile, LoadedCheckpoint, LoadedMemory};
pub(crate) use scheduler::{CheckpointProgress, CheckpointScheduler};
