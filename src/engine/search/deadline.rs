//! When an answer must be there.

use std::time::{Duration, Instant};

/// The moment by which a caller wants an answer, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline.
    #[must_use]
    pub fn never() -> Self {
        Self(None)
    }

    /// A deadline after a time that the caller waits, less a tenth of it (5 ms
    /// at least) so that the answer still gets there.
    #[must_use]
    pub fn within(wait: Duration) -> Self {
        let margin = (wait / 10).max(Duration::from_millis(5));
        Self(Instant::now().checked_add(wait.saturating_sub(margin)))
    }

    /// Says whether it has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.0.is_some_and(|at| Instant::now() >= at)
    }
}
