//! The filter: finds the rows of a block that have enough of a query's features.
//!
//! The columns of the features are added up for all rows at once. The counter of row i consists of bit i of
//! several words, and carry-save adders add eight columns per step. The counters start at such a value that those
//! which reach the minimum overflow.

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

/// Returns the rows that may have the minimum number of features: all that do have it, and few others.
pub(crate) fn filter_block(arch: Arch, block: FilterBlock<'_>) -> RowSet {
    if block.min_features > block.query.features {
        return [0; WORDS_PER_COLUMN];
    }
    if block.words < WORDS_PER_COLUMN { block.with_simd(Scalar::new()) } else { arch.dispatch(block) }
}

/// Blocks of a column group to filter.
#[derive(Debug)]
pub(crate) struct FilterGroup<'c> {
    /// The columns. Each has [`WORDS_PER_COLUMN`] words of the first block, then of the second, and so on.
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
    /// The output: what [`filter_block`] returns, for each block to filter.
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
    undecided: Vec<usize>,
}

/// Filters several blocks, each as [`filter_block`] does.
pub(crate) fn filter_group(arch: Arch, group: FilterGroup<'_>) {
    arch.dispatch(group);
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
    /// Chooses enough bits to count to `min_features`, and to count the other features after that without a second
    /// overflow. [`filter_group_simd`] raises them to the most that any of its blocks needs.
    fn new(features: usize, min_features: usize) -> Self {
        let max_misses = features.saturating_sub(min_features);
        let bits = (usize::BITS - min_features.max(max_misses + 1).leading_zeros()) as usize;
        Self { bits: bits.clamp(4, COUNTER_BITS), features, max_misses }
    }

    /// Returns whether rows may be ruled out already after `counted` columns.
    #[inline(always)]
    fn may_rule_out(self, counted: usize) -> bool {
        counted > self.max_misses && counted < self.features
    }
}

/// Sets counters up so that those that reach the minimum overflow. A counter has `bits` planes, and one more
/// for the rows that have overflowed.
#[inline(always)]
fn init_counters<S: Simd, const N: usize>(simd: S, planes: &mut [[S::u64s; N]], setup: CounterSetup) {
    let ones = simd.splat_u64s(u64::MAX);
    let start = (1_usize << setup.bits) - (setup.features - setup.max_misses);
    for (bit, plane) in planes.iter_mut().take(setup.bits).enumerate() {
        if start >> bit & 1 == 1 {
            *plane = [ones; N];
        }
    }
}

/// Adds the columns of one step for the block at `at`, where `blocks` are stored side by side.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "bits below the number of planes, lanes 0 to N, columns of a step 0 to 7"
)]
#[inline(always)]
fn add_columns<S: Simd, const N: usize>(
    simd: S,
    planes: &mut [[S::u64s; N]],
    columns: &[[S::u64s; N]],
    step_columns: &[u32; COLUMNS_PER_STEP],
    blocks: usize,
    at: usize,
) {
    let mut positions = [0; COLUMNS_PER_STEP];
    for n in 0..COLUMNS_PER_STEP {
        positions[n] = step_columns[n] as usize * blocks + at;
    }
    let bits = planes.len() - 1;
    let (ones_a, twos_a) = full_adder(simd, planes[0], columns[positions[0]], columns[positions[1]]);
    let (ones_b, twos_b) = full_adder(simd, ones_a, columns[positions[2]], columns[positions[3]]);
    let (twos_c, fours_a) = full_adder(simd, planes[1], twos_a, twos_b);
    let (ones_c, twos_d) = full_adder(simd, ones_b, columns[positions[4]], columns[positions[5]]);
    let (ones_d, twos_e) = full_adder(simd, ones_c, columns[positions[6]], columns[positions[7]]);
    let (twos_f, fours_b) = full_adder(simd, twos_c, twos_d, twos_e);
    let (fours_c, mut carry) = full_adder(simd, planes[2], fours_a, fours_b);
    planes[0] = ones_d;
    planes[1] = twos_f;
    planes[2] = fours_c;
    for bit in 3..bits {
        for v in 0..N {
            let next = simd.and_u64s(planes[bit][v], carry[v]);
            planes[bit][v] = simd.xor_u64s(planes[bit][v], carry[v]);
            carry[v] = next;
        }
    }
    for v in 0..N {
        planes[bits][v] = simd.or_u64s(planes[bits][v], carry[v]);
    }
}

/// Returns the rows that would overflow if they had all remaining features, provided that they are so few that
/// reading the remaining columns is not worthwhile.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "bits below the number of planes, lanes 0 to N"
)]
#[inline(always)]
fn remaining_if_few<S: Simd, const N: usize>(
    simd: S,
    planes: &[[S::u64s; N]],
    setup: CounterSetup,
    counted: usize,
) -> Option<RowSet> {
    let rest = setup.features - counted;
    let min_count = (1_usize << setup.bits) - rest;
    let mut possible = [simd.splat_u64s(u64::MAX); N];
    for bit in 0..setup.bits {
        for v in 0..N {
            possible[v] = if min_count >> bit & 1 == 1 {
                simd.and_u64s(possible[v], planes[bit][v])
            } else {
                simd.or_u64s(possible[v], planes[bit][v])
            };
        }
    }
    for v in 0..N {
        possible[v] = simd.or_u64s(possible[v], planes[setup.bits][v]);
    }
    let rows = row_set::<S, N>(possible);
    let mut remaining = 0;
    for word in 0..WORDS_PER_COLUMN {
        remaining += rows[word].count_ones();
    }
    (remaining as usize * COLUMNS_PER_COMPARISON <= rest).then_some(rows)
}

/// Filters one block.
#[expect(clippy::indexing_slicing, reason = "a counter has bits + 1 planes")]
#[inline(always)]
fn filter_block_simd<S: Simd, const N: usize>(simd: S, block: FilterBlock<'_>) -> RowSet {
    let FilterBlock { columns, query, min_features, .. } = block;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let setup = CounterSetup::new(query.features, min_features);
    let mut planes = [[simd.splat_u64s(0); N]; COUNTER_BITS + 1];
    let planes = &mut planes[..=setup.bits];
    init_counters(simd, planes, setup);
    let mut counted = 0;
    let (steps, _) = query.columns.as_chunks::<COLUMNS_PER_STEP>();
    for step_columns in steps {
        add_columns(simd, planes, columns, step_columns, 1, 0);
        counted += COLUMNS_PER_STEP;
        if setup.may_rule_out(counted)
            && let Some(rows) = remaining_if_few(simd, planes, setup, counted)
        {
            return rows;
        }
    }
    row_set::<S, N>(planes[setup.bits])
}

/// Filters blocks that are stored side by side. Each step reads its columns of all blocks before the next step
/// starts, so that memory is read in order.
#[expect(clippy::indexing_slicing, reason = "blocks are those to filter, with bits + 1 planes each")]
#[inline(always)]
fn filter_group_simd<S: Simd, const N: usize>(simd: S, group: FilterGroup<'_>) {
    let FilterGroup {
        columns,
        blocks,
        first,
        query,
        min_features,
        rows,
        scratch: FilterScratch { counters, undecided },
    } = group;
    let (columns, _) = S::as_simd_u64s(columns);
    let (columns, _) = columns.as_chunks::<N>();
    let block_count = min_features.len();
    rows.clear();
    rows.resize(block_count, [0; WORDS_PER_COLUMN]);
    let mut bits = 0;
    let mut fewest_misses = usize::MAX;
    for block_min in min_features {
        let setup = CounterSetup::new(query.features, *block_min);
        bits = setup.bits.max(bits);
        fewest_misses = setup.max_misses.min(fewest_misses);
    }
    counters.clear();
    counters.resize((bits + 1) * block_count * WORDS_PER_COLUMN, 0);
    let (counters, _) = S::as_mut_simd_u64s(counters);
    let (counters, _) = counters.as_chunks_mut::<N>();
    undecided.clear();
    for block in 0..block_count {
        if min_features[block] <= query.features {
            let setup = CounterSetup { bits, ..CounterSetup::new(query.features, min_features[block]) };
            init_counters(simd, &mut counters[block * (bits + 1)..(block + 1) * (bits + 1)], setup);
            undecided.push(block);
        }
    }
    let mut counted = 0;
    let (steps, _) = query.columns.as_chunks::<COLUMNS_PER_STEP>();
    for step_columns in steps {
        counted += COLUMNS_PER_STEP;
        let may_rule_out = counted > fewest_misses && counted < query.features;
        let mut remaining = 0;
        for n in 0..undecided.len() {
            let block = undecided[n];
            let planes = &mut counters[block * (bits + 1)..(block + 1) * (bits + 1)];
            add_columns(simd, planes, columns, step_columns, blocks, first + block);
            if may_rule_out {
                let setup = CounterSetup { bits, ..CounterSetup::new(query.features, min_features[block]) };
                if setup.may_rule_out(counted)
                    && let Some(possible) = remaining_if_few(simd, planes, setup, counted)
                {
                    rows[block] = possible;
                    continue;
                }
            }
            undecided[remaining] = block;
            remaining += 1;
        }
        undecided.truncate(remaining);
    }
    for block in undecided.drain(..) {
        rows[block] = row_set::<S, N>(counters[block * (bits + 1) + bits]);
    }
}

#[inline(always)]
fn row_set<S: Simd, const N: usize>(lanes: [S::u64s; N]) -> RowSet {
    let mut rows = [0; WORDS_PER_COLUMN];
    let words: &[u64] = pulp::bytemuck::cast_slice(&lanes);
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
            let word =
                prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>(), any::<u64>().prop_map(|x| x & x << 7)];
            let all_words = prop::collection::vec(word, columns * words);
            let query_columns = prop::collection::vec(0..u32::try_from(columns).unwrap(), 1..400);
            (Just(words), all_words, query_columns, any::<prop::sample::Index>()).prop_map(
                |(words, all_words, query_columns, min_features)| {
                    (words, all_words, query_columns.clone(), 1 + min_features.index(query_columns.len() + 2))
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        /// Checks that every row with the minimum passes, and that no more others pass than stopping early
        /// allows.
        #[test]
        fn all_that_have_the_count_pass((words, mut all_words, mut query_columns, min_features) in filter_inputs()) {
            let empty_column = u32::try_from(all_words.len() / words).unwrap();
            let features = query_columns.len();
            all_words.extend(std::iter::repeat_n(0, words));
            let mut truth = vec![0_usize; 64 * words];
            for column in &query_columns {
                let column_words = &all_words[*column as usize * words..][..words];
                for (row, has) in truth.iter_mut().enumerate() {
                    *has += usize::from(column_words[row / 64] >> (row % 64) & 1 == 1);
                }
            }
            query_columns.resize(features.next_multiple_of(COLUMNS_PER_STEP), empty_column);
            let query = QueryColumns { columns: &query_columns, features };
            // The block alone, and as the second and the third of three blocks side by side.
            let mut side_by_side = Vec::new();
            for column_words in all_words.chunks_exact(words) {
                side_by_side.extend([u64::MAX; WORDS_PER_COLUMN]);
                side_by_side.extend((0..WORDS_PER_COLUMN).map(|w| column_words.get(w).copied().unwrap_or(0)));
                side_by_side.extend((0..WORDS_PER_COLUMN).map(|w| column_words.get(w).copied().unwrap_or(0)));
            }
            for arch in [Arch::new(), Arch::Scalar] {
                let alone = filter_block(arch, FilterBlock { columns: &all_words, words, query, min_features });
                let mut rows = vec![[7; WORDS_PER_COLUMN]];
                let min_of_each = [min_features, 1 + min_features / 2];
                let scratch = &mut FilterScratch::default();
                for _ in 0..2 {
                    filter_group(arch, FilterGroup { columns: &side_by_side, blocks: 3, first: 1, query, min_features: &min_of_each, rows: &mut rows, scratch });
                }
                prop_assert_eq!(rows.len(), 2);
                for (rows, min_features) in [(alone, min_features), (rows[0], min_features), (rows[1], min_of_each[1])] {
                    for (row, has) in truth.iter().enumerate() {
                        prop_assert!(*has < min_features || contains(&rows, row), "row {} has {} of {}", row, has, min_features);
                    }
                    let wrong = truth.iter().enumerate().filter(|(row, has)| **has < min_features && contains(&rows, *row)).count();
                    prop_assert!(wrong * super::COLUMNS_PER_COMPARISON <= features);
                    prop_assert!((64 * words..64 * WORDS_PER_COLUMN).all(|row| !contains(&rows, row)));
                }
            }
        }
    }
}
