//! The filter: finds the rows of a block that have enough of a query's features.
//!
//! The columns of the features are added up for all rows at once. The counter of row i consists of bit i of
//! several words, and carry-save adders add eight columns per step. The counters start at such a value that those
//! which reach the wanted number overflow.

use pulp::{Arch, Scalar, Simd, WithSimd};

use super::block::{RowSet, WORDS_PER_COLUMN};

/// The number of columns that are added per step.
pub(crate) const COLUMNS_PER_STEP: usize = 8;

/// The maximum number of bits of a counter. Queries with more features than these can count are not filtered.
pub(crate) const COUNTER_BITS: usize = 16;

/// The number of columns that take about as long to read as one row takes to compare. The filter stops when
/// comparing all rows that can still pass costs less than reading the remaining columns.
const COLUMNS_PER_COMPARISON: usize = 64;

/// The columns of a query's features.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryColumns<'c> {
    /// The columns to count, padded to a multiple of [`COLUMNS_PER_STEP`] with one that is never set.
    pub(crate) columns: &'c [u32],
    /// The number of columns without the padding.
    pub(crate) features: usize,
}

/// A block to filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterBlock<'c> {
    /// The columns of the block, `words` words each.
    pub(crate) columns: &'c [u64],
    /// The number of words of a column.
    pub(crate) words: usize,
    /// The columns to count.
    pub(crate) query: QueryColumns<'c>,
    /// The number of features that a row must have, at least 1.
    pub(crate) min_features: usize,
}

/// Returns the rows that may have the wanted number of features: all that do have it, and few others.
pub(crate) fn filter_block(arch: Arch, question: FilterBlock<'_>) -> RowSet {
    if question.min_features > question.query.features {
        return [0; WORDS_PER_COLUMN];
    }
    if question.words < WORDS_PER_COLUMN {
        question.with_simd(Scalar::new())
    } else {
        arch.dispatch(question)
    }
}

/// Blocks of a column group to filter.
#[derive(Debug)]
pub(crate) struct FilterGroup<'c> {
    /// The columns. Each has [`WORDS`] words of the first block, then of the second, and so on.
    pub(crate) columns: &'c [u64],
    /// The number of blocks in the group.
    pub(crate) blocks: usize,
    /// The first block to filter.
    pub(crate) first: usize,
    /// The columns to count.
    pub(crate) query: QueryColumns<'c>,
    /// The number of features that a row must have, at least 1, for each block to filter. No row passes if it is more
    /// than the query has.
    pub(crate) min_features: &'c [usize],
    /// The output: what [`count`] returns, for each block to filter.
    pub(crate) rows: &'c mut Vec<RowSet>,
    /// The buffers.
    pub(crate) scratch: &'c mut FilterScratch,
}

/// The buffers of [`filter_group`], reused from one call to the next, because allocating them every time took longer
/// than a large part of the counting.
#[derive(Debug, Default)]
pub(crate) struct FilterScratch {
    counters: Vec<u64>,
    /// The blocks whose rows are not final yet.
    open: Vec<usize>,
}

/// Filters several blocks, each as [`count`] does.
pub(crate) fn filter_group(arch: Arch, question: FilterGroup<'_>) {
    arch.dispatch(question);
}

impl WithSimd for FilterGroup<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match WORDS_PER_COLUMN / S::U64_LANES {
            1 => filter_group_simd::<S, 1>(simd, self),
            2 => filter_group_simd::<S, 2>(simd, self),
            4 => filter_group_simd::<S, 4>(simd, self),
            _ => filter_group_simd::<S, 8>(simd, self),
        }
    }
}

impl WithSimd for FilterBlock<'_> {
    type Output = RowSet;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> RowSet {
        match self.words / S::U64_LANES {
            1 => filter_block_simd::<S, 1>(simd, self),
            2 => filter_block_simd::<S, 2>(simd, self),
            4 => filter_block_simd::<S, 4>(simd, self),
            _ => filter_block_simd::<S, 8>(simd, self),
        }
    }
}

// Loops over the lanes are plain ones, because the closures of iterators are not compiled for the wider
// instruction set, and calls to them cost more than the work.

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

/// How a counter is set up.
#[derive(Clone, Copy)]
struct CounterSetup {
    bits: usize,
    /// The number of features of the query.
    features: usize,
    /// How many of them a row may lack.
    max_misses: usize,
}

impl CounterSetup {
    /// Chooses enough bits to count to `wanted`, and to count the other features after that without a second
    /// overflow. [`many`] raises them to the most that any of its blocks needs.
    fn new(features: usize, wanted: usize) -> Self {
        let misses = features.saturating_sub(wanted);
        let bits = (usize::BITS - wanted.max(misses + 1).leading_zeros()) as usize;
        Self { bits: bits.clamp(4, COUNTER_BITS), features, max_misses: misses }
    }

    /// Returns whether rows may be ruled out already after `counted` columns.
    #[inline(always)]
    fn may_rule_out(self, counted: usize) -> bool {
        counted > self.max_misses && counted < self.features
    }
}

/// Sets counters up so that those that reach the wanted number overflow. A counter has `bits` lines, and one more
/// for the rows that have overflowed.
#[inline(always)]
fn init_counters<S: Simd, const N: usize>(simd: S, lines: &mut [[S::u64s; N]], aim: CounterSetup) {
    let ones = simd.splat_u64s(u64::MAX);
    let start = (1_usize << aim.bits) - (aim.features - aim.max_misses);
    for (bit, line) in lines.iter_mut().take(aim.bits).enumerate() {
        if start >> bit & 1 == 1 {
            *line = [ones; N];
        }
    }
}

/// Adds the columns of one step for the block at `at`, where `blocks` are stored side by side.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "bits below the number of lines, lanes 0 to N, columns of a step 0 to 7"
)]
#[inline(always)]
fn add_columns<S: Simd, const N: usize>(
    simd: S,
    lines: &mut [[S::u64s; N]],
    columns: &[[S::u64s; N]],
    turn: &[u32; COLUMNS_PER_STEP],
    blocks: usize,
    at: usize,
) {
    let mut place = [0; COLUMNS_PER_STEP];
    for n in 0..COLUMNS_PER_STEP {
        place[n] = turn[n] as usize * blocks + at;
    }
    let bits = lines.len() - 1;
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
    for bit in 3..bits {
        for v in 0..N {
            let next = simd.and_u64s(lines[bit][v], carry[v]);
            lines[bit][v] = simd.xor_u64s(lines[bit][v], carry[v]);
            carry[v] = next;
        }
    }
    for v in 0..N {
        lines[bits][v] = simd.or_u64s(lines[bits][v], carry[v]);
    }
}

/// Returns the rows that would overflow if they had all remaining features, provided that they are so few that
/// reading the remaining columns is not worthwhile.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "bits below the number of lines, lanes 0 to N"
)]
#[inline(always)]
fn remaining_if_few<S: Simd, const N: usize>(
    simd: S,
    lines: &[[S::u64s; N]],
    aim: CounterSetup,
    counted: usize,
) -> Option<RowSet> {
    let rest = aim.features - counted;
    let least = (1_usize << aim.bits) - rest;
    let mut in_play = [simd.splat_u64s(u64::MAX); N];
    for bit in 0..aim.bits {
        for v in 0..N {
            in_play[v] = if least >> bit & 1 == 1 {
                simd.and_u64s(in_play[v], lines[bit][v])
            } else {
                simd.or_u64s(in_play[v], lines[bit][v])
            };
        }
    }
    for v in 0..N {
        in_play[v] = simd.or_u64s(in_play[v], lines[aim.bits][v]);
    }
    let rows = row_set::<S, N>(in_play);
    let mut left = 0;
    for word in 0..WORDS_PER_COLUMN {
        left += rows[word].count_ones();
    }
    (left as usize * COLUMNS_PER_COMPARISON <= rest).then_some(rows)
}

/// Filters one block.
#[expect(clippy::indexing_slicing, reason = "a counter has bits + 1 lines")]
#[inline(always)]
fn filter_block_simd<S: Simd, const N: usize>(simd: S, question: FilterBlock<'_>) -> RowSet {
    let FilterBlock { columns, query: picks, min_features: wanted, .. } = question;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let aim = CounterSetup::new(picks.features, wanted);
    let mut lines = [[simd.splat_u64s(0); N]; COUNTER_BITS + 1];
    let lines = &mut lines[..=aim.bits];
    init_counters(simd, lines, aim);
    let mut counted = 0;
    let (turns, _) = picks.columns.as_chunks::<COLUMNS_PER_STEP>();
    for turn in turns {
        add_columns(simd, lines, columns, turn, 1, 0);
        counted += COLUMNS_PER_STEP;
        if aim.may_rule_out(counted)
            && let Some(rows) = remaining_if_few(simd, lines, aim, counted)
        {
            return rows;
        }
    }
    row_set::<S, N>(lines[aim.bits])
}

/// Filters blocks that are stored side by side. Each step reads its columns of all blocks before the next step
/// starts, so that memory is read in order.
#[expect(clippy::indexing_slicing, reason = "blocks are those to filter, with bits + 1 lines each")]
#[inline(always)]
fn filter_group_simd<S: Simd, const N: usize>(simd: S, question: FilterGroup<'_>) {
    let FilterGroup {
        columns,
        blocks,
        first,
        query: picks,
        min_features: wanted,
        rows,
        scratch: FilterScratch { counters, open },
    } = question;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let asked = wanted.len();
    rows.clear();
    rows.resize(asked, [0; WORDS_PER_COLUMN]);
    let mut bits = 0;
    let mut least_misses = usize::MAX;
    for wanted in wanted {
        let aim = CounterSetup::new(picks.features, *wanted);
        bits = aim.bits.max(bits);
        least_misses = aim.max_misses.min(least_misses);
    }
    counters.clear();
    counters.resize((bits + 1) * asked * WORDS_PER_COLUMN, 0);
    let (counters, _) = S::as_mut_simd_u64s(counters);
    let (counters, _) = counters.as_chunks_mut::<N>();
    open.clear();
    for block in 0..asked {
        if wanted[block] <= picks.features {
            let aim = CounterSetup { bits, ..CounterSetup::new(picks.features, wanted[block]) };
            init_counters(simd, &mut counters[block * (bits + 1)..(block + 1) * (bits + 1)], aim);
            open.push(block);
        }
    }
    let mut counted = 0;
    let (turns, _) = picks.columns.as_chunks::<COLUMNS_PER_STEP>();
    for turn in turns {
        counted += COLUMNS_PER_STEP;
        let decides = counted > least_misses && counted < picks.features;
        let mut left = 0;
        for n in 0..open.len() {
            let block = open[n];
            let lines = &mut counters[block * (bits + 1)..(block + 1) * (bits + 1)];
            add_columns(simd, lines, columns, turn, blocks, first + block);
            if decides {
                let aim = CounterSetup { bits, ..CounterSetup::new(picks.features, wanted[block]) };
                if aim.may_rule_out(counted)
                    && let Some(found) = remaining_if_few(simd, lines, aim, counted)
                {
                    rows[block] = found;
                    continue;
                }
            }
            open[left] = block;
            left += 1;
        }
        open.truncate(left);
    }
    for block in open.drain(..) {
        rows[block] = row_set::<S, N>(counters[block * (bits + 1) + bits]);
    }
}

#[inline(always)]
fn row_set<S: Simd, const N: usize>(lines: [S::u64s; N]) -> RowSet {
    let mut rows = [0; WORDS_PER_COLUMN];
    let words: &[u64] = pulp::bytemuck::cast_slice(&lines);
    if let Some(rows) = rows.get_mut(..words.len()) {
        rows.copy_from_slice(words);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{
        COLUMNS_PER_STEP, FilterBlock, FilterGroup, FilterScratch, QueryColumns, RowSet, WORDS_PER_COLUMN,
        filter_block, filter_group,
    };
    use proptest::prelude::*;
    use pulp::Arch;

    fn contains(rows: &RowSet, row: usize) -> bool {
        rows[row / 64] >> (row % 64) & 1 == 1
    }

    fn filter_inputs() -> impl Strategy<Value = (usize, Vec<u64>, Vec<u32>, usize)> {
        (prop::sample::select(vec![1_usize, 2, 4, 8]), 1_usize..40).prop_flat_map(|(words, columns)| {
            let line =
                prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>(), any::<u64>().prop_map(|x| x & x << 7)];
            let lines = prop::collection::vec(line, columns * words);
            let picks = prop::collection::vec(0..u32::try_from(columns).unwrap(), 1..400);
            (Just(words), lines, picks, any::<prop::sample::Index>()).prop_map(
                |(words, lines, picks, wanted)| {
                    (words, lines, picks.clone(), 1 + wanted.index(picks.len() + 2))
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        /// Checks that every row with the wanted number passes, and that no more others pass than stopping early
        /// allows.
        #[test]
        fn all_that_have_the_count_pass((words, mut lines, mut picks, wanted) in filter_inputs()) {
            let never = u32::try_from(lines.len() / words).unwrap();
            let features = picks.len();
            lines.extend(std::iter::repeat_n(0, words));
            let mut truth = vec![0_usize; 64 * words];
            for pick in &picks {
                let line = &lines[*pick as usize * words..][..words];
                for (row, has) in truth.iter_mut().enumerate() {
                    *has += usize::from(line[row / 64] >> (row % 64) & 1 == 1);
                }
            }
            picks.resize(features.next_multiple_of(COLUMNS_PER_STEP), never);
            let question = QueryColumns { columns: &picks, features };
            // The block alone, and as the second and the third of three blocks side by side.
            let mut side_by_side = Vec::new();
            for line in lines.chunks_exact(words) {
                side_by_side.extend([u64::MAX; WORDS_PER_COLUMN]);
                side_by_side.extend((0..WORDS_PER_COLUMN).map(|w| line.get(w).copied().unwrap_or(0)));
                side_by_side.extend((0..WORDS_PER_COLUMN).map(|w| line.get(w).copied().unwrap_or(0)));
            }
            for arch in [Arch::new(), Arch::Scalar] {
                let alone = filter_block(arch, FilterBlock { columns: &lines, words, query: question, min_features: wanted });
                let mut rows = vec![[7; WORDS_PER_COLUMN]];
                let asked = [wanted, 1 + wanted / 2];
                let room = &mut FilterScratch::default();
                for _ in 0..2 {
                    filter_group(arch, FilterGroup { columns: &side_by_side, blocks: 3, first: 1, query: question, min_features: &asked, rows: &mut rows, scratch: room });
                }
                prop_assert_eq!(rows.len(), 2);
                for (rows, wanted) in [(alone, wanted), (rows[0], wanted), (rows[1], asked[1])] {
                    for (row, has) in truth.iter().enumerate() {
                        prop_assert!(*has < wanted || contains(&rows, row), "row {} has {} of {}", row, has, wanted);
                    }
                    let wrong = truth.iter().enumerate().filter(|(row, has)| **has < wanted && contains(&rows, *row)).count();
                    prop_assert!(wrong * super::COLUMNS_PER_COMPARISON <= features);
                    prop_assert!((64 * words..64 * WORDS_PER_COLUMN).all(|row| !contains(&rows, row)));
                }
            }
        }
    }
}
