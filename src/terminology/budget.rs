//! How much work one text may make.

/// A text holds more than can be told, or be looked for in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// What is left to be looked at: terms of many words that nearly stand in a text in many
/// ways would take minutes.
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
