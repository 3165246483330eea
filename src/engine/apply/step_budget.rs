//! What one step of a job may do.

/// The most units that one step changes. sled lets no reader in while it applies a batch, so a larger step
/// would delay lookups by more than a millisecond or two. Tests have steps of two units, so that a small
/// memory needs several.
const UNITS_PER_STEP: usize = if cfg!(test) { 2 } else { 128 };

/// The most units that one step looks at. Most units of a memory may not be concerned.
const LOOKS_PER_STEP: usize = if cfg!(test) { 3 } else { 1_024 };

/// What a step may still do.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepBudget {
    changes: usize,
    looks: usize,
}

impl StepBudget {
    pub(super) fn new() -> Self {
        Self { changes: UNITS_PER_STEP, looks: LOOKS_PER_STEP }
    }

    pub(super) fn is_used_up(self) -> bool {
        self.changes == 0 || self.looks == 0
    }

    /// Counts a unit that was looked at.
    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_sub(1);
    }

    /// Counts a unit that was changed.
    pub(super) fn change(&mut self) {
        self.changes = self.changes.saturating_sub(1);
    }
}
