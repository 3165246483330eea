//! When the indexes are kept beside the store, and who writes them.
//!
//! They are kept when the engine is closed, and while it serves whenever so much has changed that
//! reading it again would make a good part of an open after a crash. The writer takes a
//! picture of them at a moment; a thread of its own writes it while changes go on.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::file::{Checkpoint, Picture};
use crate::{
    engine::state::State,
    store::{Batch, Store},
    unit::Sequence,
};

/// A share of all units that may have changed before the indexes are kept anew: so many are
/// read again in a second or two, and writing the indexes so rarely is hardly noticed.
const SHARE: usize = 4;

/// What could not be written is tried again once a share of that has changed.
const SHARE_OF_ANOTHER_TRY: usize = 10;

/// Keeps the indexes of a store.
#[derive(Debug)]
pub(crate) struct Keeper {
    checkpoint: Checkpoint,
    store: Store,
    /// Taken for the batch that is about to be committed.
    picture: Option<Picture>,
    /// Whether it was tried since the store was opened.
    tried: bool,
    keeping: Keeping,
}

/// How far the writing of indexes is.
#[derive(Debug, Default)]
struct Progress {
    /// A picture is being written.
    writing: bool,
    /// The moment that what is kept is of; 0 for none.
    kept: u64,
}

/// How far the writing of indexes is, for whoever wants to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeping {
    progress: Arc<(Mutex<Progress>, Condvar)>,
    /// Units that are a reason to keep indexes at all.
    least_units: usize,
}

impl Keeping {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no picture is being written.
    fn wait(&self) {
        let _none = self.progress.1.wait_while(self.lock(), |progress| progress.writing);
    }

    /// Waits a while for the picture that so many changed units are a reason for, if they are.
    pub(crate) fn wait_for(&self, changed: u64) {
        /// Longer than the largest indexes take, short enough for a caller behind a disk that hangs.
        const PATIENCE: Duration = Duration::from_secs(20);
        if changed >= self.least_units as u64 {
            let _none =
                self.progress.1.wait_timeout_while(self.lock(), PATIENCE, |progress| progress.writing);
        }
    }
}

/// Ends the writing when it is dropped, however that comes about.
struct Ends(Keeping);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.lock().writing = false;
        self.0.progress.1.notify_all();
    }
}

impl Keeper {
    /// Keeps a store's indexes from so many units on. `kept` is the moment of those that were
    /// of use when the store was opened, 0 for none.
    pub(crate) fn new(checkpoint: Checkpoint, least_units: usize, store: Store, kept: u64) -> Self {
        let progress = Progress { writing: false, kept };
        let keeping = Keeping { progress: Arc::new((Mutex::new(progress), Condvar::new())), least_units };
        Self { checkpoint, store, picture: None, tried: false, keeping }
    }

    /// Returns how far the writing is, to be waited for.
    pub(crate) fn keeping(&self) -> Keeping {
        self.keeping.clone()
    }

    /// Begins a moment in the batch and takes a picture of it, if that is due.
    pub(crate) fn look(&mut self, state: &State, batch: &mut Batch, last: bool) {
        if last {
            self.keeping.wait();
        }
        if self.is_due(state, batch, last) {
            self.tried = true;
            let moment = batch.begin_moment(Sequence(state.applied.next_sequence));
            self.picture = Some(Picture::of(state, moment));
        }
    }

    fn is_due(&self, state: &State, batch: &Batch, last: bool) -> bool {
        let units: usize = state.memories.values().map(|m| m.units.index.units()).sum();
        let Progress { writing, kept } = *self.keeping.lock();
        if units < self.keeping.least_units || writing {
            return false;
        }
        let changed = batch.changed_since_moment(Sequence(state.applied.next_sequence));
        let behind = kept != batch.last_moment();
        if last {
            return changed > 0 || behind;
        }
        let enough = self.keeping.least_units.max(units / SHARE);
        let again = behind && (!self.tried || changed >= enough / SHARE_OF_ANOTHER_TRY);
        // What an import brings becomes visible without another write to each unit: what is kept
        // is of a moment without one.
        state.imports.is_empty() && (changed >= enough || again)
    }

    /// Forgets a picture whose moment was not committed.
    pub(crate) fn give_up(&mut self) {
        self.picture = None;
    }

    /// Has the picture written whose moment is durable. What cannot be written costs time
    /// at the next open, no more.
    pub(crate) fn write(&mut self) {
        let Some(picture) = self.picture.take() else { return };
        self.keeping.lock().writing = true;
        let ends = Ends(self.keeping.clone());
        let (checkpoint, store) = (self.checkpoint.clone(), self.store.clone());
        let write = move || {
            let path = checkpoint.path().display();
            let number = picture.moment.number;
            let written = checkpoint.write(&picture, &store);
            drop(picture);
            match written {
                Ok(()) => {
                    ends.0.lock().kept = number;
                    tracing::info!("the indexes are kept");
                    if let Err(cause) = store.forget_before(number) {
                        tracing::warn!(%cause, "what was noted for earlier indexes is not removed yet");
                    }
                }
                Err(cause) => tracing::warn!(%cause, %path, "the indexes are not kept for the next start"),
            }
            // The store's lock goes first.
            drop(store);
            drop(ends);
        };
        if let Err(cause) = thread::Builder::new().name("keeper".to_owned()).spawn(write) {
            tracing::warn!(%cause, "the indexes are not kept for the next start");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.keeping.wait();
    }
}
