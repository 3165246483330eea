//! Wakes up a flush of sled that would wait for ever.
//!
//! If the write of a full segment fails, sled 0.34.7 notes the error, but does not wake up a thread that waits
//! in `flush` for this segment (`exit_reservation` in its `logger.rs`). A second `flush` finds the error
//! and wakes it up.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{Builder, JoinHandle, park_timeout},
    time::Duration,
};

use super::{
    error::StoreError,
    read::{OpenStore, Store},
};

/// How long a flush may take before another one looks for an error. A slow disk only makes the second one wait,
/// too.
const PATIENCE: Duration = Duration::from_secs(5);

/// A thread that looks after the flushes of a store.
#[derive(Debug)]
pub(super) struct FlushWatch {
    flushes: Arc<Flushes>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Flushes {
    /// How many flushes began and ended. The number is odd while one is under way.
    count: AtomicU64,
    stopped: AtomicBool,
}

impl FlushWatch {
    /// Starts the thread.
    pub(super) fn start(store: &Store) -> Result<Self, StoreError> {
        let flushes = Arc::new(Flushes::default());
        let (watched, store) = (Arc::clone(&flushes), Arc::downgrade(&store.inner));
        let thread = Builder::new().name("flush watch".to_owned());
        let thread = thread.spawn(move || watch(&watched, &store, PATIENCE, |store| store.flush()))?;
        Ok(Self { flushes, thread: Some(thread) })
    }

    /// Runs a flush under the eyes of the thread.
    pub(super) fn watched<T>(&self, flush: impl FnOnce() -> T) -> T {
        self.flushes.count.fetch_add(1, Ordering::Relaxed);
        let flushed = flush();
        self.flushes.count.fetch_add(1, Ordering::Relaxed);
        flushed
    }
}

impl Drop for FlushWatch {
    fn drop(&mut self) {
        self.flushes.stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It does nothing that could panic.
            let _ = thread.join();
        }
    }
}

/// Looks every few seconds whether the flush that was under way then is still the same.
fn watch(
    flushes: &Flushes,
    store: &Weak<OpenStore>,
    patience: Duration,
    flush: impl Fn(&Store) -> Result<(), StoreError>,
) {
    let mut seen = 0;
    while !flushes.stopped.load(Ordering::Relaxed) {
        park_timeout(patience);
        let count = flushes.count.load(Ordering::Relaxed);
        if count % 2 == 1 && count == seen {
            let Some(inner) = store.upgrade() else { return };
            tracing::warn!("a flush of the store takes long; looking for an error");
            if let Err(cause) = flush(&Store { inner }) {
                tracing::error!(%cause, "the store cannot be flushed");
            }
        }
        seen = count;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use super::{Flushes, watch};
    use crate::store::{Store, StoreOptions};

    #[test]
    fn a_flush_that_hangs_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let flushes = Arc::new(Flushes::default());
        flushes.count.store(1, Ordering::Relaxed);
        let (sender, woken) = mpsc::channel();
        let (watched, inner) = (Arc::clone(&flushes), Arc::downgrade(&store.inner));
        let thread = std::thread::spawn(move || {
            watch(&watched, &inner, Duration::from_millis(1), |_| {
                // The second one is not waited for.
                let _ = sender.send(());
                Ok(())
            });
        });
        woken.recv().unwrap();
        flushes.stopped.store(true, Ordering::Relaxed);
        thread.join().unwrap();
    }

    #[test]
    fn flushes_that_end_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let flushes = Arc::new(Flushes::default());
        let flushed = Arc::new(AtomicBool::new(false));
        let (watched, inner, seen) =
            (Arc::clone(&flushes), Arc::downgrade(&store.inner), Arc::clone(&flushed));
        let thread = std::thread::spawn(move || {
            watch(&watched, &inner, Duration::from_millis(1), |_| {
                seen.store(true, Ordering::Relaxed);
                Ok(())
            });
        });
        flushes.count.store(2, Ordering::Relaxed);
        flushes.stopped.store(true, Ordering::Relaxed);
        thread.join().unwrap();
        assert!(!flushed.load(Ordering::Relaxed));
    }
}
