//! Limits the work that one text may cause.

/// The error for a text that contains too many terms, or would take more than seconds to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchTooLarge;

/// The steps that a search may still take. Without a limit, many long terms that nearly match a
/// text in many ways would take minutes.
pub(crate) struct StepBudget(usize);

impl StepBudget {
    pub(crate) fn new(steps: usize) -> Self {
        Self(steps)
    }

    pub(crate) fn take(&mut self, steps: usize) -> Result<(), SearchTooLarge> {
        self.0 = self.0.checked_sub(steps).ok_or(SearchTooLarge)?;
        Ok(())
    }
}
