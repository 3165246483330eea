//! What remains of an Arabic word after its proclitics.

/// The minimum number of letters of a base from which something was removed, because shorter bases
/// have too many accidental readings.
pub(super) const MIN_BASE_LETTERS: usize = 2;

/// The rest of a word after its proclitics, with what they determine about its suffixes.
#[derive(Clone, Copy)]
pub(super) struct Stem {
    pub(super) start: usize,
    pub(super) before: usize,
    pub(super) with_article: bool,
    pub(super) article: bool,
    /// Whether a preposition precedes the noun, which is then in the genitive.
    pub(super) genitive: bool,
    pub(super) future: bool,
    pub(super) cost: u8,
}

impl Stem {
    /// Returns the stem without its first letters.
    pub(super) fn skip(self, letters: usize, cost: u8) -> Self {
        Self { start: self.start + letters, before: self.before + letters, cost: self.cost + cost, ..self }
    }

    /// Returns whether the case of a suffix is possible.
    pub(super) fn allows(self, nominative: bool) -> bool {
        !(nominative && self.genitive)
    }
}

/// The stems of one word. There are never more than 16, so they need no allocation.
pub(super) struct Stems {
    word_length: usize,
    stems: [Stem; 16],
    count: usize,
}

impl Stems {
    pub(super) fn new(whole: Stem, word_length: usize) -> Self {
        Self { word_length, stems: [whole; 16], count: 1 }
    }

    /// Adds a stem if it is long enough for a base.
    pub(super) fn push(&mut self, stem: Stem) {
        if self.word_length >= stem.start + MIN_BASE_LETTERS
            && let Some(free) = self.stems.get_mut(self.count)
        {
            *free = stem;
            self.count += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[Stem] {
        self.stems.get(..self.count).unwrap_or_default()
    }
}
