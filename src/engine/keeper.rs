//! When the indexes are kept beside the store, and who writes them.
//!
//! They are kept when the engine is closed, and while it serves whenever so much has changed that
//! reading it again would make a good part of an open after a crash. The writer takes a
//! picture of them at a moment; a thread of its own writes it while changes go on.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use super::{
    checkpoint::{Checkpoint, Picture},
    state::State,
};
use crate::{
    store::{Batch, Store},
    unit::Sequence,
};

/// A share of all units that may have changed before the indexes are kept anew: so many are
/// read again in a second or two, and writing the indexes so rarely is hardly noticed.
const SHARE: usize = 4;

/// Keeps the indexes of a store.
#[derive(Debug)]
pub(super) struct Keeper {
    checkpoint: Checkpoint,
    least_units: usize,
    store: Store,
    /// Taken for the batch that is about to be committed.
    picture: Option<Picture>,
    /// What is kept was of use when the store was opened, or has been written since.
    believed: bool,
    writing: Writing,
}

/// Whether a picture is being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Writing(Arc<(Mutex<bool>, Condvar)>);

impl Writing {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until none is.
    pub(super) fn wait(&self) {
        let _none = self.0.1.wait_while(self.lock(), |writing| *writing);
    }
}

/// Ends the writing when it is dropped, however that comes about.
struct Ends(Writing);

impl Drop for Ends {
    fn drop(&mut self) {
        *self.0.lock() = false;
        self.0.0.1.notify_all();
    }
}

impl Keeper {
    /// Keeps a store's indexes from so many units on. `believed` says whether what is kept was
    /// of use when the store was opened.
    pub(super) fn new(checkpoint: Checkpoint, least_units: usize, store: Store, believed: bool) -> Self {
        Self { checkpoint, least_units, store, picture: None, believed, writing: Writing::default() }
    }

    /// Returns whether a picture is being written, to be waited for.
    pub(super) fn writing(&self) -> Writing {
        self.writing.clone()
    }

    /// Begins a moment in the batch and takes a picture of it, if that is due.
    pub(super) fn look(&mut self, state: &State, batch: &mut Batch, last: bool) {
        if last {
            self.writing.wait();
        }
        if self.is_due(state, batch, last) {
            let moment = batch.begin_moment(Sequence(state.applied.next_sequence));
            self.picture = Some(Picture::of(state, moment));
        }
    }

    fn is_due(&self, state: &State, batch: &Batch, last: bool) -> bool {
        let units: usize = state.memories.values().map(|m| m.units.index.units()).sum();
        if units < self.least_units || *self.writing.lock() {
            return false;
        }
        let changed = batch.changed_since_moment(Sequence(state.applied.next_sequence));
        if last {
            return changed > 0 || !self.believed;
        }
        // What an import brings becomes visible without another write to each unit: what is kept
        // is of a moment without one.
        let enough = self.least_units.max(units / SHARE);
        state.imports.is_empty() && (changed >= enough || !self.believed)
    }

    /// Forgets a picture whose moment was not committed.
    pub(super) fn give_up(&mut self) {
        self.picture = None;
    }

    /// Has the picture written whose moment is durable. What cannot be written costs time
    /// at the next open, no more.
    pub(super) fn write(&mut self) {
        let Some(picture) = self.picture.take() else { return };
        self.believed = true;
        *self.writing.lock() = true;
        let ends = Ends(self.writing.clone());
        let (checkpoint, store) = (self.checkpoint.clone(), self.store.clone());
        let write = move || {
            let written = checkpoint.write(&picture).map_err(|cause| cause.to_string());
            let number = picture.moment.number;
            drop(picture);
            match written.and_then(|()| store.forget_before(number).map_err(|cause| cause.to_string())) {
                Ok(()) => tracing::info!("the indexes are kept"),
                Err(cause) => {
                    tracing::warn!(%cause, path = %checkpoint.path().display(), "the indexes are not kept for the next start");
                }
            }
            drop((store, ends));
        };
        // Without a thread nothing is written, and what was kept before stays of use.
        if let Err(cause) = thread::Builder::new().name("keeper".to_owned()).spawn(write) {
            tracing::warn!(%cause, "the indexes are not kept for the next start");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.writing.wait();
    }
}
