//! Looks after calls of sled that might wait for ever.
//!
//! sled 0.34.7 can wait for ever in two ways:
//!
//! - If the write of a full segment fails, sled notes the error, but does not wake up a thread that waits in
//!   `flush` for this segment (`exit_reservation` in its `logger.rs`). A second flush finds the error and wakes
//!   it up.
//! - A write waits for a task of sled's pool of threads (`bump_tip` in its `segment.rs` waits until the file is
//!   shorter), and holds a lock meanwhile. If all seven threads of the pool wait for that lock, nobody runs
//!   the task, and nothing outside sled can. [`super::tree`] keeps this from happening: it flushes before so
//!   many segments are on their way. If it happens all the same, or the disk does not answer, the process
//!   ends, because lookups wait, too, and a restart loses nothing that was acknowledged.

use std::{
    collections::BTreeMap,
    io,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

/// How long a call may take before a second flush looks for an error. A slow disk takes as long, too; there
/// the flush only waits with the call.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a call may take before the process ends. It writes a few MiB, so even a slow disk is faster.
const GIVE_UP: Duration = Duration::from_secs(300);

/// How often to look.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The calls of all stores of the process, because they have one pool.
static CALLS: Calls = Calls::new();

/// The calls that are under way, each with a number.
struct Calls {
    state: Mutex<State>,
}

struct State {
    next: u64,
    under_way: BTreeMap<u64, Call>,
    is_watched: bool,
}

struct Call {
    db: sled::Db,
    began: Instant,
    is_helped: bool,
}

/// A call that is under way until this is dropped.
struct UnderWay<'c> {
    calls: &'c Calls,
    number: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.calls.state().under_way.remove(&self.number);
    }
}

impl Calls {
    const fn new() -> Self {
        Self { state: Mutex::new(State { next: 0, under_way: BTreeMap::new(), is_watched: false }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, db: &sled::Db) -> UnderWay<'_> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let call = Call { db: db.clone(), began: Instant::now(), is_helped: false };
        state.under_way.insert(number, call);
        UnderWay { calls: self, number }
    }

    /// Takes the stores whose calls take longer than this, each call once.
    fn take_slow(&self, patience: Duration) -> Vec<sled::Db> {
        let mut state = self.state();
        let calls = state.under_way.values_mut();
        let slow = calls.filter(|call| !call.is_helped && call.began.elapsed() > patience);
        slow.map(|call| {
            call.is_helped = true;
            call.db.clone()
        })
        .collect()
    }

    fn has_one_slower_than(&self, patience: Duration) -> bool {
        self.state().under_way.values().any(|call| call.began.elapsed() > patience)
    }
}

/// Makes a call of sled that writes or flushes, and looks after it.
pub(super) fn watched<T>(db: &sled::Db, call: impl FnOnce() -> T) -> T {
    let _under_way = CALLS.begin(db);
    call()
}

/// Starts the thread that looks after the calls, unless it runs already. It runs until the process ends.
pub(super) fn start() -> io::Result<()> {
    let mut state = CALLS.state();
    if !state.is_watched {
        thread::Builder::new().name("call watch".to_owned()).spawn(watch)?;
        state.is_watched = true;
    }
    Ok(())
}

fn watch() {
    loop {
        thread::sleep(LOOK_INTERVAL);
        for db in CALLS.take_slow(PATIENCE) {
            tracing::warn!("a write of the store takes long; looking for an error");
            flush_in_pool(&db);
        }
        if CALLS.has_one_slower_than(GIVE_UP) {
            tracing::error!(
                seconds = GIVE_UP.as_secs(),
                "a write of the store does not end: start the server again; no acknowledged write is lost. \
                 If it happens again, check the disk"
            );
            std::process::abort();
        }
    }
}

/// Lets sled's pool flush a store, without waiting for it.
fn flush_in_pool(db: &sled::Db) {
    // Polled once, because the first poll hands the flush to the pool. Its error is the one of the call.
    let flush = pin!(db.flush_async());
    if let Poll::Ready(Err(cause)) = flush.poll(&mut Context::from_waker(Waker::noop())) {
        tracing::error!(%cause, "the store cannot be flushed");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs, thread,
        time::{Duration, Instant},
    };

    use super::{Calls, flush_in_pool};

    #[test]
    fn only_calls_that_take_long_are_helped_and_each_once() {
        const LONG: Duration = Duration::from_secs(3_600);
        const SHORT: Duration = Duration::from_millis(1);
        let db = sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap();
        let calls = Calls::new();
        let call = calls.begin(&db);
        thread::sleep(2 * SHORT);
        assert!(calls.take_slow(LONG).is_empty());
        assert!(!calls.has_one_slower_than(LONG));
        assert_eq!(calls.take_slow(SHORT).len(), 1);
        assert!(calls.take_slow(SHORT).is_empty());
        assert!(calls.has_one_slower_than(SHORT));
        drop(call);
        assert!(!calls.has_one_slower_than(SHORT));
        let _second = calls.begin(&db);
        thread::sleep(2 * SHORT);
        assert_eq!(calls.take_slow(SHORT).len(), 1);
    }

    #[test]
    fn a_second_flush_runs_in_the_pool() {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::Config::new().path(folder.path()).flush_every_ms(None).open().unwrap();
        db.insert("key", "the needle").unwrap();
        flush_in_pool(&db);
        // Nothing else flushes, so it is this flush that brings the value to the file.
        let deadline = Instant::now() + Duration::from_secs(60);
        let needle = b"the needle";
        while !fs::read(folder.path().join("db")).unwrap().windows(needle.len()).any(|found| found == needle)
        {
            assert!(Instant::now() < deadline, "the value is not in the file");
        }
    }
}
