//! Hashes of strings that can be split and concatenated without the strings.

/// The hash of a string: a polynomial over its characters, modulo 2^64. Equal
/// strings have equal hashes. Different strings most likely have different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollingHash(u64);

const HASH_BASE: u64 = 0x9E37_79B9_7F4A_7C15;

impl RollingHash {
    /// The hash of the empty string.
    pub const EMPTY: Self = Self(0);

    /// Hashes a string.
    #[must_use]
    pub fn of(text: &str) -> Self {
        text.chars().fold(Self::EMPTY, Self::with_char)
    }

    /// Returns the hash of the string and one more character.
    #[must_use]
    pub fn with_char(self, c: char) -> Self {
        // Spread the characters, so that neighbours in the alphabet do not have similar values.
        let spread = (u64::from(u32::from(c)) + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        Self(self.0.wrapping_mul(HASH_BASE).wrapping_add(spread ^ (spread >> 32)))
    }

    /// Returns the hash of the rest of a string after a beginning. `self` is the hash of the
    /// whole string, `length` the number of characters of the rest.
    #[must_use]
    pub fn without_prefix(self, beginning: Self, length: usize) -> Self {
        Self(self.0.wrapping_sub(beginning.0.wrapping_mul(power(length))))
    }

    /// Returns the hash of this string followed by another of `length` characters.
    #[must_use]
    pub fn followed_by(self, other: Self, length: usize) -> Self {
        Self(self.0.wrapping_mul(power(length)).wrapping_add(other.0))
    }

    /// Returns the hash as a number whose every bit depends on the whole string.
    #[must_use]
    pub fn mixed(self) -> u64 {
        let mut x = self.0;
        x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        x ^ (x >> 32)
    }
}

/// Returns a power of the base.
fn power(n: usize) -> u64 {
    // By squaring, because the strings may be long texts.
    let (mut power, mut square, mut n) = (1_u64, HASH_BASE, n);
    while n > 0 {
        if n & 1 == 1 {
            power = power.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        n >>= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RollingHash;

    proptest! {
        #[test]
        fn parts_make_the_whole(a in "\\PC{0,80}", b in "\\PC{0,80}") {
            let (ha, hb, whole) = (RollingHash::of(&a), RollingHash::of(&b), RollingHash::of(&format!("{a}{b}")));
            let length = b.chars().count();
            prop_assert_eq!(ha.followed_by(hb, length), whole);
            prop_assert_eq!(whole.without_prefix(ha, length), hb);
        }
    }
}
