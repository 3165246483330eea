//! What the folding rules work on: characters with or without their places, and sets of folds.

use crate::score::Fold;

/// A character that the rules fold, possibly with its place.
pub(super) trait FoldChar: Copy {
    /// Returns the character.
    fn char(self) -> char;
    /// Replaces the character.
    fn with_char(self, c: char) -> Self;
    /// Merges the place of this character with that of a later one.
    fn merged_with(self, last: Self) -> Self;
}

impl FoldChar for char {
    fn char(self) -> char {
        self
    }

    fn with_char(self, c: char) -> Self {
        c
    }

    fn merged_with(self, _: Self) -> Self {
        self
    }
}

/// A set of folds to carry out.
#[derive(Clone, Copy)]
pub(super) struct FoldSet(u16);

impl FoldSet {
    /// All folds: level *folded*.
    pub(super) const ALL: Self = Self(u16::MAX);

    /// One fold alone.
    pub(super) fn only(fold: Fold) -> Self {
        Self(1 << fold as u16)
    }

    /// All folds except one.
    pub(super) fn all_but(fold: Fold) -> Self {
        Self(!(1 << fold as u16))
    }

    /// Returns whether a fold is in the set.
    pub(super) fn has(self, fold: Fold) -> bool {
        self.0 & (1 << fold as u16) != 0
    }
}
