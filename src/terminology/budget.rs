//! Limits the work that one text may cause.

/// The error for a text that contains too many terms, or would take more than seconds to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// The steps that a search may still take. Without a limit, many long terms that nearly match a
/// text in many ways would take minutes.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn of(steps: usize) -> Self {
        Self(steps)
    }

    pub(crate) fn take(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}
