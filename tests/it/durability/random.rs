//! Random numbers that are the same again for a seed.

use std::hash::{DefaultHasher, Hash, Hasher};

/// SplitMix64.
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        Self(hasher.finish())
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// Returns so many different elements of a list, or all if there are fewer.
    pub(super) fn choose<T: Clone>(&mut self, from: &[T], count: u64) -> Vec<T> {
        let mut left = from.to_vec();
        let count = usize::try_from(count).unwrap().min(left.len());
        (0..count)
            .map(|_| left.swap_remove(usize::try_from(self.below(left.len() as u64)).unwrap()))
            .collect()
    }

    /// Returns up to four notes of 100 bytes to `max_bytes` together. Each power of two of sizes is
    /// equally likely, so that small units and large ones are neighbours in the store.
    pub(super) fn notes(&mut self, max_bytes: u64) -> Vec<String> {
        let doublings = (max_bytes / 100).max(1).ilog2() + 1;
        let top = 200_u64 << self.below(u64::from(doublings));
        let total = (top / 2 + self.below(top / 2)).min(max_bytes);
        let count = 1 + self.below(4);
        self.notes_of(total, count)
    }

    /// Returns so many notes with so many bytes together.
    pub(super) fn notes_of(&mut self, total: u64, count: u64) -> Vec<String> {
        (0..count)
            .map(|_| {
                let mut note = String::new();
                while (note.len() as u64) < total / count {
                    note.push_str(&format!("{:016x}", self.number()));
                }
                note
            })
            .collect()
    }
}
