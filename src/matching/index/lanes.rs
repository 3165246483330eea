//! The filter: which rows of a block have enough of a question's features.
//!
//! The columns of the features are added up for all rows at once: bit i of a
//! handful of counter words belongs to row i, and carry-save adders take eight
//! columns a turn. The counters start so far up that those which reach the
//! wanted count overflow.

use pulp::{Arch, Scalar, Simd, WithSimd};

use super::block::{RowSet, WORDS};

/// Columns taken a turn.
pub(super) const TURN: usize = 8;

/// Bits of a counter; more features than they count need no filter.
pub(super) const BITS: usize = 16;

/// Rows that are still in play for every column left are not worth reading
/// those for: comparing a row costs about as much as reading this many.
const COLUMNS_A_ROW: usize = 16;

/// A question to a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count<'c> {
    /// The block's columns, `words` words each.
    pub(super) columns: &'c [u64],
    /// Words a column.
    pub(super) words: usize,
    /// The columns to count, filled up to whole turns with one that is never set.
    pub(super) picks: &'c [u32],
    /// How many of them are real.
    pub(super) features: usize,
    /// How many a row must have, at least 1.
    pub(super) wanted: usize,
}

/// Returns the rows that may have the wanted count of features: all that
/// have, and few that have not.
pub(super) fn count(arch: Arch, question: Count<'_>) -> RowSet {
    if question.wanted > question.features {
        return [0; WORDS];
    }
    if question.words < WORDS { question.with_simd(Scalar::new()) } else { arch.dispatch(question) }
}

impl WithSimd for Count<'_> {
    type Output = RowSet;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> RowSet {
        match self.words / S::U64_LANES {
            1 => lanes::<S, 1>(simd, self),
            2 => lanes::<S, 2>(simd, self),
            4 => lanes::<S, 4>(simd, self),
            _ => lanes::<S, 8>(simd, self),
        }
    }
}

// Plain loops over the lanes: the closures of iterators are not compiled for
// the wider instruction set, and calls to them cost more than the work.

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "lanes are 0 to N")]
fn full_adder<S: Simd, const N: usize>(
    simd: S,
    a: [S::u64s; N],
    b: [S::u64s; N],
    c: [S::u64s; N],
) -> ([S::u64s; N], [S::u64s; N]) {
    let (mut sum, mut carry) = (a, a);
    for v in 0..N {
        let half = simd.xor_u64s(a[v], b[v]);
        sum[v] = simd.xor_u64s(half, c[v]);
        carry[v] = simd.or_u64s(simd.and_u64s(a[v], b[v]), simd.and_u64s(half, c[v]));
    }
    (sum, carry)
}

#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "counters are indexed by bit numbers below their count, turns by 0 to 7, lanes by 0 to N"
)]
#[inline(always)]
fn lanes<S: Simd, const N: usize>(simd: S, question: Count<'_>) -> RowSet {
    let Count { columns, picks, features, wanted, .. } = question;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();

    let (zero, ones) = (simd.splat_u64s(0), simd.splat_u64s(u64::MAX));
    let misses = features - wanted;
    // The counter holds `wanted` and whatever can come on top without a second overflow.
    let bits = (usize::BITS - wanted.max(misses + 1).leading_zeros()) as usize;
    let bits = bits.clamp(4, BITS);
    let start = (1_usize << bits) - wanted;
    let mut counter = [[zero; N]; BITS];
    for bit in 0..bits {
        if start >> bit & 1 == 1 {
            counter[bit] = [ones; N];
        }
    }
    let mut over = [zero; N];
    let mut counted = 0;
    let (turns, _) = picks.as_chunks::<TURN>();
    for turn in turns {
        let (ones_a, twos_a) =
            full_adder(simd, counter[0], columns[turn[0] as usize], columns[turn[1] as usize]);
        let (ones_b, twos_b) = full_adder(simd, ones_a, columns[turn[2] as usize], columns[turn[3] as usize]);
        let (twos_c, fours_a) = full_adder(simd, counter[1], twos_a, twos_b);
        let (ones_c, twos_d) = full_adder(simd, ones_b, columns[turn[4] as usize], columns[turn[5] as usize]);
        let (ones_d, twos_e) = full_adder(simd, ones_c, columns[turn[6] as usize], columns[turn[7] as usize]);
        let (twos_f, fours_b) = full_adder(simd, twos_c, twos_d, twos_e);
        let (fours_c, mut carry) = full_adder(simd, counter[2], fours_a, fours_b);
        counter[0] = ones_d;
        counter[1] = twos_f;
        counter[2] = fours_c;
        for bit in 3..bits {
            for v in 0..N {
                let next = simd.and_u64s(counter[bit][v], carry[v]);
                counter[bit][v] = simd.xor_u64s(counter[bit][v], carry[v]);
                carry[v] = next;
            }
        }
        for v in 0..N {
            over[v] = simd.or_u64s(over[v], carry[v]);
        }
        counted += TURN;
        if counted <= misses || counted >= features {
            continue;
        }
        // In play is who would overflow if it had all the rest.
        let least = (1_usize << bits) - (features - counted);
        let mut in_play = [ones; N];
        for bit in 0..bits {
            for v in 0..N {
                in_play[v] = if least >> bit & 1 == 1 {
                    simd.and_u64s(in_play[v], counter[bit][v])
                } else {
                    simd.or_u64s(in_play[v], counter[bit][v])
                };
            }
        }
        for v in 0..N {
            in_play[v] = simd.or_u64s(in_play[v], over[v]);
        }
        let rows = row_set::<S, N>(in_play);
        let mut left = 0;
        for word in 0..WORDS {
            left += rows[word].count_ones();
        }
        if left as usize * COLUMNS_A_ROW <= features - counted {
            return rows;
        }
    }
    row_set::<S, N>(over)
}

#[inline(always)]
fn row_set<S: Simd, const N: usize>(lines: [S::u64s; N]) -> RowSet {
    let mut rows = [0; WORDS];
    let words: &[u64] = pulp::bytemuck::cast_slice(&lines);
    if let Some(rows) = rows.get_mut(..words.len()) {
        rows.copy_from_slice(words);
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::Arch;

    use super::{Count, TURN, WORDS, count};

    fn questions() -> impl Strategy<Value = (usize, Vec<u64>, Vec<u32>, usize)> {
        (prop::sample::select(vec![1_usize, 2, 4, 8]), 1_usize..40).prop_flat_map(|(words, columns)| {
            let line =
                prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>(), any::<u64>().prop_map(|x| x & x << 7)];
            let lines = prop::collection::vec(line, columns * words);
            let picks = prop::collection::vec(0..u32::try_from(columns).unwrap(), 1..150);
            (Just(words), lines, picks, any::<prop::sample::Index>()).prop_map(
                |(words, lines, picks, wanted)| {
                    (words, lines, picks.clone(), 1 + wanted.index(picks.len() + 2))
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        /// Every row that has the count is in; the few others are as many as
        /// one gives up reading for.
        #[test]
        fn all_that_have_the_count_pass((words, mut lines, mut picks, wanted) in questions()) {
            let never = u32::try_from(lines.len() / words).unwrap();
            let features = picks.len();
            lines.extend(std::iter::repeat_n(0, words));
            let has = |row: usize| picks.iter().filter(|p| lines[**p as usize * words + row / 64] >> (row % 64) & 1 == 1).count();
            let truth: Vec<usize> = (0..64 * words).map(has).collect();
            picks.resize(features.next_multiple_of(TURN), never);
            for arch in [Arch::new(), Arch::Scalar] {
                let rows = count(arch, Count { columns: &lines, words, picks: &picks, features, wanted });
                let passes = |row: usize| rows[row / 64] >> (row % 64) & 1 == 1;
                for (row, has) in truth.iter().enumerate() {
                    prop_assert!(*has < wanted || passes(row), "row {} has {} of {}", row, has, wanted);
                }
                let wrong = truth.iter().enumerate().filter(|(row, has)| **has < wanted && passes(*row)).count();
                prop_assert!(wrong * super::COLUMNS_A_ROW <= features);
                prop_assert!((64 * words..64 * WORDS).all(|row| !passes(row)));
            }
        }
    }
}
