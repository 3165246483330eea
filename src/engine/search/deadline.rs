//! When an answer must be there, and whether anybody still waits for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// The moment by which a caller wants an answer, if there is one. It passes at once when the
/// caller leaves. Clones share that.
#[derive(Clone, Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    cancelled: Option<Arc<AtomicBool>>,
}

/// Cancels a [`Deadline`] when it is dropped. A call holds it while it waits for its answer;
/// when the call is given up, the work for it can end.
#[derive(Debug)]
#[must_use = "dropping it cancels the deadline"]
pub struct CancelOnDrop(Arc<AtomicBool>);

impl Deadline {
    /// No deadline.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// A deadline after a time that the caller waits, less a tenth of it (5 ms
    /// at least) so that the answer still gets there.
    #[must_use]
    pub fn within(wait: Duration) -> Self {
        let margin = (wait / 10).max(Duration::from_millis(5));
        Self { at: Instant::now().checked_add(wait.saturating_sub(margin)), cancelled: None }
    }

    /// Returns the deadline, now bound to a guard: it passes when the guard is dropped.
    pub fn cancelled_on_drop(self) -> (Self, CancelOnDrop) {
        let flag = Arc::new(AtomicBool::new(false));
        (Self { cancelled: Some(Arc::clone(&flag)), ..self }, CancelOnDrop(flag))
    }

    /// Returns whether it has passed, or nobody waits any more.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
            || self.at.is_some_and(|at| Instant::now() >= at)
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Deadline;

    #[test]
    fn a_deadline_passes_when_its_guard_is_dropped() {
        let (deadline, guard) = Deadline::never().cancelled_on_drop();
        let shared = deadline.clone();
        assert!(!deadline.has_passed());
        drop(guard);
        assert!(deadline.has_passed() && shared.has_passed());
    }
}
