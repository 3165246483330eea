//! Deadlines: by when a caller needs an answer, and whether it still waits for one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::fault::Fault;

/// The time by which a caller needs an answer, if it gave one. The deadline also passes when the
/// call is cancelled. All clones see that.
///
/// It passes before the time of the caller, because the answer still has to be finished and to
/// travel. A lookup that was stopped may use a part of this margin for what it has found already.
#[derive(Clone, Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    /// How much earlier it passes than the caller's time.
    margin: Duration,
    cancelled: Option<Arc<AtomicBool>>,
}

/// The work of a lookup after its deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateWork {
    /// Judging the units of rows that were found. It may use the first third of the margin.
    Judging,
    /// Completing matches with diffs and repairs. It may use the first two thirds.
    Completing,
}

/// A guard that cancels a [`Deadline`] when it is dropped. A call holds it while it waits for its
/// answer. When the client cancels the call, the guard is dropped, and the work for it can end.
#[derive(Debug)]
#[must_use = "dropping it cancels the deadline"]
pub struct CancelOnDrop(Arc<AtomicBool>);

impl Deadline {
    /// Returns a deadline that never passes.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Returns the deadline for a caller that waits this long. It passes earlier by a tenth of the
    /// time, and by 5 ms at least, because the answer still has to travel.
    #[must_use]
    pub fn within(wait: Duration) -> Self {
        let margin = (wait / 10).max(Duration::from_millis(5));
        Self { at: Instant::now().checked_add(wait.saturating_sub(margin)), margin, cancelled: None }
    }

    /// Binds the deadline to a guard: it also passes when the guard is dropped.
    pub fn cancelled_on_drop(self) -> (Self, CancelOnDrop) {
        let flag = Arc::new(AtomicBool::new(false));
        (Self { cancelled: Some(Arc::clone(&flag)), ..self }, CancelOnDrop(flag))
    }

    /// Returns whether the time is over or the call is cancelled.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.has_passed_by(Duration::ZERO)
    }

    /// Returns whether the time for late work is over, too, or the call is cancelled.
    #[must_use]
    pub fn has_passed_for(&self, work: LateWork) -> bool {
        let allowed = match work {
            LateWork::Judging => self.margin / 3,
            LateWork::Completing => self.margin / 3 * 2,
        };
        self.has_passed_by(allowed)
    }

    /// Returns an error if the deadline has passed.
    ///
    /// # Errors
    /// `DEADLINE_PASSED`.
    pub fn check(&self) -> Result<(), Fault> {
        if self.has_passed() { Err(Fault::DeadlinePassed) } else { Ok(()) }
    }

    /// Returns whether the time has been over for `late`, or the call is cancelled.
    fn has_passed_by(&self, late: Duration) -> bool {
        self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
            || self.at.is_some_and(|at| Instant::now() >= at + late)
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadline, LateWork};
    use crate::fault::Fault;

    #[test]
    fn a_deadline_passes_when_its_guard_is_dropped() {
        let (deadline, guard) = Deadline::never().cancelled_on_drop();
        let shared = deadline.clone();
        assert!(!deadline.has_passed());
        drop(guard);
        assert!(deadline.has_passed() && shared.has_passed());
        assert!(deadline.has_passed_for(LateWork::Completing), "nobody waits for what was found");
        assert_eq!(deadline.check(), Err(Fault::DeadlinePassed));
    }
}
