//! The filter: which rows of a block have enough of a question's features.
//!
//! The columns of the features are added up for all rows at once: bit i of a
//! handful of counter words belongs to row i, and carry-save adders take eight
//! columns a turn. The counters start so far up that those which reach the
//! wanted count overflow.

use pulp::{Arch, Scalar, Simd, WithSimd};

use super::block::{RowSet, SLAB, WORDS};

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
    /// The columns of one or several blocks, side by side, `words` words each.
    pub(super) columns: &'c [u64],
    /// Words of a block's column.
    pub(super) words: usize,
    /// Blocks side by side.
    pub(super) blocks: usize,
    /// Which of them is asked.
    pub(super) at: usize,
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

/// Answers as [`count`] does for each of [`SLAB`] full blocks, whichever
/// `at` says.
pub(super) fn count_slab(arch: Arch, question: Count<'_>) -> [RowSet; SLAB] {
    if question.wanted > question.features { [[0; WORDS]; SLAB] } else { arch.dispatch(CountSlab(question)) }
}

struct CountSlab<'c>(Count<'c>);

impl WithSimd for CountSlab<'_> {
    type Output = [RowSet; SLAB];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [RowSet; SLAB] {
        match WORDS / S::U64_LANES {
            1 => slab::<S, 1>(simd, self.0),
            2 => slab::<S, 2>(simd, self.0),
            4 => slab::<S, 4>(simd, self.0),
            _ => slab::<S, 8>(simd, self.0),
        }
    }
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

/// How many features the rows of a block have, so far.
#[derive(Clone, Copy)]
struct Counter<S: Simd, const N: usize> {
    /// Counters bit by bit. They start so that `wanted` overflows.
    lines: [[S::u64s; N]; BITS],
    /// Who has overflown.
    over: [S::u64s; N],
}

/// What a counter is set up for.
#[derive(Clone, Copy)]
struct Aim {
    bits: usize,
    features: usize,
    misses: usize,
}

impl Aim {
    fn new(features: usize, wanted: usize) -> Self {
        let misses = features - wanted;
        // The counter holds `wanted` and whatever can come on top without a second overflow.
        let bits = (usize::BITS - wanted.max(misses + 1).leading_zeros()) as usize;
        Self { bits: bits.clamp(4, BITS), features, misses }
    }

    /// Says whether a row can be out of play once so many were counted.
    #[inline(always)]
    fn decides(self, counted: usize) -> bool {
        counted > self.misses && counted < self.features
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "bits below BITS, lanes 0 to N, turns 0 to 7"
)]
impl<S: Simd, const N: usize> Counter<S, N> {
    #[inline(always)]
    fn new(simd: S, aim: Aim) -> Self {
        let (zero, ones) = (simd.splat_u64s(0), simd.splat_u64s(u64::MAX));
        let start = (1_usize << aim.bits) - (aim.features - aim.misses);
        let mut lines = [[zero; N]; BITS];
        for bit in 0..aim.bits {
            if start >> bit & 1 == 1 {
                lines[bit] = [ones; N];
            }
        }
        Self { lines, over: [zero; N] }
    }

    /// Counts a turn's columns.
    #[inline(always)]
    fn add(
        &mut self,
        simd: S,
        columns: &[[S::u64s; N]],
        turn: &[u32; TURN],
        aim: Aim,
        blocks: usize,
        at: usize,
    ) {
        let mut place = [0; TURN];
        for n in 0..TURN {
            place[n] = turn[n] as usize * blocks + at;
        }
        let lines = &mut self.lines;
        let (ones_a, twos_a) = full_adder(simd, lines[0], columns[place[0]], columns[place[1]]);
        let (ones_b, twos_b) = full_adder(simd, ones_a, columns[place[2]], columns[place[3]]);
        let (twos_c, fours_a) = full_adder(simd, lines[1], twos_a, twos_b);
        let (ones_c, twos_d) = full_adder(simd, ones_b, columns[place[4]], columns[place[5]]);
        let (ones_d, twos_e) = full_adder(simd, ones_c, columns[place[6]], columns[place[7]]);
        let (twos_f, fours_b) = full_adder(simd, twos_c, twos_d, twos_e);
        let (fours_c, mut carry) = full_adder(simd, lines[2], fours_a, fours_b);
        lines[0] = ones_d;
        lines[1] = twos_f;
        lines[2] = fours_c;
        for bit in 3..aim.bits {
            for v in 0..N {
                let next = simd.and_u64s(lines[bit][v], carry[v]);
                lines[bit][v] = simd.xor_u64s(lines[bit][v], carry[v]);
                carry[v] = next;
            }
        }
        for v in 0..N {
            self.over[v] = simd.or_u64s(self.over[v], carry[v]);
        }
    }

    /// Returns who would overflow with all the rest, if they are so few that
    /// the rest is not worth reading.
    #[inline(always)]
    fn settled(&self, simd: S, aim: Aim, counted: usize) -> Option<RowSet> {
        let rest = aim.features - counted;
        let least = (1_usize << aim.bits) - rest;
        let mut in_play = [simd.splat_u64s(u64::MAX); N];
        for bit in 0..aim.bits {
            for v in 0..N {
                in_play[v] = if least >> bit & 1 == 1 {
                    simd.and_u64s(in_play[v], self.lines[bit][v])
                } else {
                    simd.or_u64s(in_play[v], self.lines[bit][v])
                };
            }
        }
        for v in 0..N {
            in_play[v] = simd.or_u64s(in_play[v], self.over[v]);
        }
        let rows = row_set::<S, N>(in_play);
        let mut left = 0;
        for word in 0..WORDS {
            left += rows[word].count_ones();
        }
        (left as usize * COLUMNS_A_ROW <= rest).then_some(rows)
    }
}

#[inline(always)]
fn lanes<S: Simd, const N: usize>(simd: S, question: Count<'_>) -> RowSet {
    let Count { columns, picks, features, wanted, blocks, at, .. } = question;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let aim = Aim::new(features, wanted);
    let mut counter = Counter::<S, N>::new(simd, aim);
    let mut counted = 0;
    let (turns, _) = picks.as_chunks::<TURN>();
    for turn in turns {
        counter.add(simd, columns, turn, aim, blocks, at);
        counted += TURN;
        if aim.decides(counted)
            && let Some(rows) = counter.settled(simd, aim, counted)
        {
            return rows;
        }
    }
    row_set::<S, N>(counter.over)
}

/// The same for all blocks of a slab: turn by turn through the columns of all,
/// so that memory is read in order.
#[expect(clippy::indexing_slicing, reason = "blocks are 0 to SLAB")]
#[inline(always)]
fn slab<S: Simd, const N: usize>(simd: S, question: Count<'_>) -> [RowSet; SLAB] {
    let Count { columns, picks, features, wanted, .. } = question;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let aim = Aim::new(features, wanted);
    let mut counters = [Counter::<S, N>::new(simd, aim); SLAB];
    let mut settled: [Option<RowSet>; SLAB] = [None; SLAB];
    let mut open = SLAB;
    let mut counted = 0;
    let (turns, _) = picks.as_chunks::<TURN>();
    for turn in turns {
        counted += TURN;
        let decides = aim.decides(counted);
        for block in 0..SLAB {
            if settled[block].is_some() {
                continue;
            }
            counters[block].add(simd, columns, turn, aim, SLAB, block);
            if decides {
                settled[block] = counters[block].settled(simd, aim, counted);
                open -= usize::from(settled[block].is_some());
            }
        }
        if open == 0 {
            break;
        }
    }
    let mut rows = [[0; WORDS]; SLAB];
    for block in 0..SLAB {
        rows[block] = match settled[block] {
            Some(rows) => rows,
            None => row_set::<S, N>(counters[block].over),
        };
    }
    rows
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
                let rows = count(arch, Count { columns: &lines, words, blocks: 1, at: 0, picks: &picks, features, wanted });
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
