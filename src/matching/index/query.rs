//! One text of a search: finds the rows that may reach its minimum score, and those that do.

use pulp::Arch;

use super::{
    alphabet::{Alphabet, is_shared},
    block::{Block, RowSet, WORDS_PER_COLUMN},
    bucket_rows::BucketRows,
    column_group::ColumnGroup,
    edit_distance::{self, DistanceBatch, ROWS_PER_BATCH, RowCopies, rows_within},
    feature_filter::{
        self, COLUMNS_PER_STEP, COUNTER_BITS, FilterBlock, FilterGroup, QueryColumns, filter_block,
        filter_group,
    },
    layout::{Bucket, Feature, Layout, features},
};
use crate::{
    matching::distance::{MyersPattern, length_window, max_distance, similarity, similarity_from_distance},
    score::Score,
};

/// Fewer rows than this are compared one by one rather than [`ROWS_PER_BATCH`] at once, because transposing them would
/// take longer.
const MIN_BATCH_ROWS: usize = 8;

/// Whether a search covered every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It did, so the result is exact.
    Complete,
    /// It was stopped before the end.
    Stopped,
}

/// A text of a search, prepared for comparison with rows.
pub(crate) struct PreparedQuery<'q> {
    pub(crate) text: &'q str,
    has_shared: bool,
    pattern: MyersPattern,
    pub(crate) features: Vec<Feature>,
    /// By layout number: the columns of the features, padded to a multiple of [`COLUMNS_PER_STEP`].
    columns_by_layout: Vec<(u64, Vec<u32>)>,
    /// The minimum score.
    pub(crate) min_score: Score,
    /// The rows that passed the filter and have not been compared yet.
    pub(crate) candidates: Vec<CandidateRow>,
    /// How many rows passed the filter so far.
    pub(crate) compared: usize,
    /// The rows that reach the minimum score, with their similarities.
    pub(crate) matches: Vec<(Score, CandidateRow)>,
}

/// The buffers of a search. A thread reuses them for its next search, because allocating them would take longer
/// than a large part of the search itself.
#[derive(Debug, Default)]
pub(crate) struct SearchScratch {
    row_sets: Vec<RowSet>,
    /// By block: the minimum number of features.
    min_features: Vec<usize>,
    counters: feature_filter::FilterScratch,
    copies: RowCopies,
    distances: edit_distance::DistanceScratch,
}

/// The address of a row.
#[derive(Clone, Copy)]
pub(crate) struct CandidateRow {
    pub(crate) slot: usize,
    pub(crate) block: usize,
    pub(crate) row: usize,
}

impl<'q> PreparedQuery<'q> {
    pub(crate) fn new(alphabet: &Alphabet, text: &'q str, min_score: Score) -> Self {
        let codes = alphabet.encode(text);
        Self {
            text,
            has_shared: codes.iter().any(|c| is_shared(*c)),
            features: features(&codes),
            pattern: MyersPattern::new(codes),
            columns_by_layout: Vec::new(),
            min_score,
            candidates: Vec::new(),
            compared: 0,
            matches: Vec::new(),
        }
    }

    /// Returns the codes of the text.
    pub(crate) fn codes(&self) -> &[u8] {
        self.pattern.codes()
    }

    /// Returns how many of the query's features a row of a bucket must have to reach the minimum score. Returns
    /// `None` if no row of the bucket can reach it.
    pub(crate) fn min_features(&self, bucket: Bucket) -> Option<usize> {
        let window = length_window(self.min_score, self.codes().len());
        let (shortest, longest) =
            (bucket.min_length.max(*window.start()), bucket.max_length.min(*window.end()));
        if shortest > longest {
            return None;
        }
        // Wider ranges occur only in buckets of some 24,000 characters and more. They are not worth a bound.
        if longest - shortest <= 1_000 {
            (shortest..=longest).map(|length| self.min_features_at(length)).min()
        } else {
            Some(0)
        }
    }

    /// Returns how many of the query's features a row of this length must have to reach the minimum score.
    #[inline]
    fn min_features_at(&self, length: usize) -> usize {
        let longer = length.max(self.codes().len());
        (longer + 1).saturating_sub(2 * max_distance(self.min_score, longer))
    }

    /// Returns the columns of the query's features in a layout, which are computed only once.
    fn columns_in(&mut self, layout: &Layout) -> QueryColumns<'_> {
        let cached = self.columns_by_layout.iter().position(|(number, _)| *number == layout.id);
        let position = cached.unwrap_or_else(|| {
            let mut columns = layout.query_columns(&self.features);
            let empty_column = u32::try_from(layout.column_count).unwrap_or(u32::MAX);
            columns.resize(columns.len().next_multiple_of(COLUMNS_PER_STEP), empty_column);
            self.columns_by_layout.push((layout.id, columns));
            self.columns_by_layout.len() - 1
        });
        let columns = self.columns_by_layout.get(position).map_or(&[][..], |(_, columns)| columns);
        QueryColumns { columns, features: self.features.len() }
    }

    /// Returns a minimum number of features that no row can reach.
    pub(crate) fn unreachable_count(&self) -> usize {
        self.features.len() + 1
    }

    /// Returns whether all rows pass without being counted, because the minimum is 0 or because the query
    /// has more features than can be counted.
    fn passes_all(&self, min_features: usize) -> bool {
        min_features == 0
            || min_features < self.unreachable_count() && self.features.len() >= 1 << (COUNTER_BITS - 1)
    }

    /// Collects the rows of an ungrouped block that may reach the minimum score.
    pub(crate) fn filter_ungrouped(
        &mut self,
        arch: Arch,
        first_row: CandidateRow,
        block: &Block,
        min_features: usize,
    ) {
        let Some(columns) = block.ungrouped_columns() else { return };
        let rows = if self.passes_all(min_features) {
            block.all()
        } else {
            let query = self.columns_in(block.layout());
            filter_block(arch, FilterBlock { columns, words: block.words(), query, min_features })
        };
        self.candidates.extend(rows_of(&rows).map(|row| CandidateRow { row, ..first_row }));
    }

    /// Collects the rows of some blocks of a column group that may reach the minimum score. The blocks start at
    /// `first`, and `min_features` has the minimum of each.
    pub(crate) fn filter_grouped(
        &mut self,
        arch: Arch,
        slots: &[BucketRows],
        group: &ColumnGroup,
        first: usize,
        min_features: &[usize],
        scratch: &mut SearchScratch,
    ) {
        let SearchScratch { row_sets, min_features: counted_min, counters, .. } = scratch;
        counted_min.clear();
        counted_min.extend(
            min_features
                .iter()
                .map(|min| if self.passes_all(*min) { self.unreachable_count() } else { *min }),
        );
        filter_group(
            arch,
            FilterGroup {
                columns: group.columns.columns(),
                blocks: group.columns.blocks,
                first,
                query: self.columns_in(&group.layout),
                min_features: counted_min,
                rows: row_sets,
                scratch: counters,
            },
        );
        let members = group.members.iter().skip(first);
        for ((set, min_features), member) in row_sets.iter_mut().zip(min_features).zip(members) {
            let first_row = CandidateRow { slot: member.slot, block: member.block, row: 0 };
            if self.passes_all(*min_features)
                && let Some(block) = block_of(slots, first_row)
            {
                *set = block.all();
            }
            if *set != [0; WORDS_PER_COLUMN] {
                self.candidates.extend(rows_of(set).map(|row| CandidateRow { row, ..first_row }));
            }
        }
    }

    /// Compares the rows that passed the filter, and collects those that reach the minimum score. Ends early once
    /// `stop` returns true; the remaining rows are then dropped.
    pub(crate) fn compare_candidates(
        &mut self,
        arch: Arch,
        slots: &[BucketRows],
        scratch: &mut SearchScratch,
        stop: &dyn Fn() -> bool,
    ) -> Completion {
        let mut rows = std::mem::take(&mut self.candidates);
        self.compared += rows.len();
        let completion = self.compare_rows(arch, slots, scratch, &mut rows, stop);
        rows.clear();
        self.candidates = rows;
        completion
    }

    fn compare_rows(
        &mut self,
        arch: Arch,
        slots: &[BucketRows],
        scratch: &mut SearchScratch,
        rows: &mut [CandidateRow],
        stop: &dyn Fn() -> bool,
    ) -> Completion {
        if rows.len() < MIN_BATCH_ROWS {
            for candidate in rows {
                if stop() {
                    return Completion::Stopped;
                }
                self.compare_one(slots, *candidate);
            }
        } else {
            // Sorted, because the band of a batch is narrower if its rows have similar lengths.
            rows.sort_by_key(|candidate| {
                slots.get(candidate.slot).map(|bucket_rows| bucket_rows.bucket.min_length)
            });
            for chunk in rows.chunks(ROWS_PER_BATCH) {
                let texts: Vec<&[u8]> = chunk.iter().map(|candidate| codes_of(slots, *candidate)).collect();
                scratch.copies.load(&texts);
                let max_distance =
                    texts.iter().map(|text| self.allowed_distance(text.len())).max().unwrap_or(0);
                let batch = DistanceBatch { query: self.codes(), rows: &scratch.copies, max_distance, stop };
                let within = rows_within(arch, &batch, &mut scratch.distances);
                for (candidate, lane) in chunk.iter().zip(0..) {
                    if within.get(lane / 64).is_some_and(|word| word >> (lane % 64) & 1 == 1) {
                        if stop() {
                            return Completion::Stopped;
                        }
                        self.compare_one(slots, *candidate);
                    }
                }
                // The comparison may have ended early.
                if stop() {
                    return Completion::Stopped;
                }
            }
        }
        Completion::Complete
    }

    /// Returns the largest distance at which a row of this length reaches the minimum score.
    #[inline]
    fn allowed_distance(&self, length: usize) -> usize {
        max_distance(self.min_score, length.max(self.codes().len()))
    }

    /// Compares one row, and collects it if it reaches the minimum score.
    #[expect(
        clippy::indexing_slicing,
        reason = "the filter made this address in the same snapshot; an error must not lose a row silently"
    )]
    fn compare_one(&mut self, slots: &[BucketRows], candidate: CandidateRow) {
        let block = &slots[candidate.slot].blocks[candidate.block];
        let codes = block.codes(candidate.row);
        let longer = codes.len().max(self.codes().len());
        let Some(distance) = self.pattern.distance_within(codes, max_distance(self.min_score, longer)) else {
            return;
        };
        let mut row_similarity = similarity_from_distance(distance, longer);
        if self.has_shared
            && let Some(text) = block.shared_text(candidate.row)
        {
            // Equal codes may mean different characters.
            row_similarity = similarity(self.text, text);
        }
        if row_similarity >= self.min_score {
            self.matches.push((row_similarity, candidate));
        }
    }
}

/// Returns the block of a row.
pub(crate) fn block_of(slots: &[BucketRows], candidate: CandidateRow) -> Option<&Block> {
    slots.get(candidate.slot)?.blocks.get(candidate.block)
}

/// Returns the codes of a row.
#[inline]
fn codes_of(slots: &[BucketRows], candidate: CandidateRow) -> &[u8] {
    block_of(slots, candidate).map_or(&[], |block| block.codes(candidate.row))
}

/// Returns the rows of a set in ascending order.
fn rows_of(rows: &RowSet) -> impl Iterator<Item = usize> + use<> {
    let words: RowSet = *rows;
    words.into_iter().enumerate().flat_map(|(number, mut word)| {
        std::iter::from_fn(move || {
            (word != 0).then(|| {
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                64 * number + bit
            })
        })
    })
}
