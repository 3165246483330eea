//! The reader's side of the index: searches the rows as they were at one moment.

use std::{cell::Cell, ops::Range, sync::Arc};

use pulp::Arch;

use super::{
    alphabet::Alphabet,
    bucket_rows::{BucketRows, blocks_of},
    column_group::ColumnGroup,
    edit_distance::ROWS_PER_BATCH,
    query::{CandidateRow, Completion, PreparedQuery, SearchScratch, block_of},
    unit_ref::UnitRef,
};
use crate::score::Score;

thread_local! {
    /// The buffers of the thread, which runs one search at a time.
    static SCRATCH: Cell<SearchScratch> = Cell::default();
}

/// The rows as they were at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    alphabet: Arc<Alphabet>,
    slots: Vec<BucketRows>,
    groups: Vec<ColumnGroup>,
    sources: usize,
    units: usize,
}

/// A row that reaches the minimum score.
#[derive(Clone, Debug)]
pub struct SimilarRow {
    /// The folded text of the row.
    pub text: String,
    /// The units of the row, oldest first.
    pub units: Vec<UnitRef>,
    /// The similarity of the row to the searched text.
    pub similarity: Score,
}

/// Rows that passed the filter are compared once this many are pending, so that most batches are full.
const MAX_PENDING_ROWS: usize = 4 * ROWS_PER_BATCH;

/// Matching rows are passed on once this many are pending, the most similar first, because the minimum score
/// that these raise often makes it unnecessary to read the others.
const MAX_PENDING_MATCHES: usize = 64;

/// The number of blocks that are searched between two calls of `stop`.
const BLOCKS_PER_STOP_CHECK: usize = 64;

/// Blocks that are filtered together.
enum BlockRun {
    /// A column group, by number, and a range of its members.
    Grouped(usize, Range<usize>),
    /// A slot, and the position of one of its ungrouped blocks in `ungrouped`.
    Ungrouped(usize, usize),
}

/// The maximum number of blocks of a column group that are filtered together: enough for fast reads, few enough
/// for their counters to stay in the nearest cache.
const MAX_RUN_BLOCKS: usize = 64;

impl Snapshot {
    pub(crate) fn new(
        alphabet: Arc<Alphabet>,
        slots: Vec<BucketRows>,
        groups: Vec<ColumnGroup>,
        sources: usize,
        units: usize,
    ) -> Self {
        Self { alphabet, slots, groups, sources, units }
    }

    /// Returns the number of distinct folded sources.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources
    }

    /// Returns the number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Calls `each` with every unit, in no particular order.
    pub fn for_each_unit(&self, each: impl FnMut(UnitRef)) {
        blocks_of(&self.slots)
            .flat_map(|block| (0..block.rows()).flat_map(|row| block.units(row)))
            .for_each(each);
    }

    /// Returns the name of the instruction set that searches use here.
    #[must_use]
    pub fn instruction_set() -> &'static str {
        match Arch::new() {
            Arch::Scalar => "portable",
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "avx2",
            #[allow(unreachable_patterns, reason = "which variants there are depends on the target")]
            _ => "other",
        }
    }

    /// Finds every row whose similarity to a text is at least the minimum score of the text.
    ///
    /// Several texts are searched at once, so that all of them use a block while it is in the cache. Texts of
    /// near-equal length gain most from this.
    ///
    /// Calls `visit` with the position of the text in `texts` and the row, in no particular order. `visit`
    /// returns the minimum score of that text from then on; a score lower than the one before has no effect.
    /// The search ends early once `stop` returns true, with the rows that were found until then.
    pub fn search(
        &self,
        texts: &[(&str, Score)],
        stop: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(usize, SimilarRow) -> Score,
    ) -> Completion {
        self.search_counted(texts, stop, visit).0
    }

    /// Searches as [`Self::search`] does. Also returns how many rows passed the filter and were compared, which is
    /// most of the work.
    pub fn search_counted(
        &self,
        texts: &[(&str, Score)],
        stop: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(usize, SimilarRow) -> Score,
    ) -> (Completion, usize) {
        let arch = Arch::new();
        let mut scratch = SCRATCH.take();
        let mut queries: Vec<PreparedQuery<'_>> = texts
            .iter()
            .map(|(text, min_score)| PreparedQuery::new(&self.alphabet, text, *min_score))
            .collect();
        let mut completion = Completion::Complete;
        // Calls `stop` before the first block, so that an expired search ends at once.
        let mut filtered_blocks = BLOCKS_PER_STOP_CHECK;
        'runs: for run in self.runs_by_distance(&queries) {
            if filtered_blocks >= BLOCKS_PER_STOP_CHECK {
                filtered_blocks = 0;
                if stop() {
                    completion = Completion::Stopped;
                    break;
                }
            }
            for number in 0..queries.len() {
                let Some(query) = queries.get_mut(number) else { continue };
                filtered_blocks += self.collect_candidates(arch, query, &run, &mut scratch);
                if query.candidates.len() >= MAX_PENDING_ROWS {
                    if query.compare_candidates(arch, &self.slots, &mut scratch, stop) == Completion::Stopped
                    {
                        completion = Completion::Stopped;
                        break 'runs;
                    }
                    self.report_matches(query, number, MAX_PENDING_MATCHES, visit);
                }
            }
        }
        for (number, query) in queries.iter_mut().enumerate() {
            // What is not compared by the time of a stop is left out. What was found is returned.
            if completion == Completion::Complete {
                completion = query.compare_candidates(arch, &self.slots, &mut scratch, stop);
            }
            self.report_matches(query, number, 1, visit);
        }
        SCRATCH.set(scratch);
        (completion, queries.iter().map(|query| query.compared).sum())
    }

    /// Collects the rows of some blocks that may reach a query's minimum score. Returns the number of blocks that
    /// were filtered.
    #[expect(
        clippy::indexing_slicing,
        reason = "the run holds addresses of the same snapshot; an error must not lose a row silently"
    )]
    fn collect_candidates(
        &self,
        arch: Arch,
        query: &mut PreparedQuery<'_>,
        run: &BlockRun,
        scratch: &mut SearchScratch,
    ) -> usize {
        match *run {
            BlockRun::Ungrouped(slot, position) => {
                let bucket_rows = &self.slots[slot];
                let Some(min_features) = query.min_features(bucket_rows.bucket) else { return 0 };
                let first_row = CandidateRow { slot, block: bucket_rows.ungrouped[position], row: 0 };
                query.filter_ungrouped(arch, first_row, &bucket_rows.blocks[first_row.block], min_features);
                1
            }
            BlockRun::Grouped(number, ref members) => {
                let group = &self.groups[number];
                let unreachable = query.unreachable_count();
                let (mut first, mut min_features) = (members.start, Vec::with_capacity(members.len()));
                let mut last_slot = None;
                for at in members.clone() {
                    let Some(member) = group.members.get(at) else { break };
                    let slot_min = match last_slot {
                        Some((slot, slot_min)) if slot == member.slot => slot_min,
                        _ => self
                            .slots
                            .get(member.slot)
                            .and_then(|bucket_rows| query.min_features(bucket_rows.bucket)),
                    };
                    last_slot = Some((member.slot, slot_min));
                    let member_min = slot_min.filter(|_| group.is_attached(at));
                    if min_features.is_empty() && member_min.is_none() {
                        first = at + 1;
                    } else {
                        min_features.push(member_min.unwrap_or(unreachable));
                    }
                }
                let last = min_features.iter().rposition(|min| *min != unreachable);
                min_features.truncate(last.map_or(0, |last| last + 1));
                if !min_features.is_empty() {
                    query.filter_grouped(arch, &self.slots, group, first, &min_features, scratch);
                }
                min_features.len()
            }
        }
    }

    /// Passes the matching rows of a query to `visit`, the most similar first. Does nothing while there are fewer
    /// than `min_pending`.
    fn report_matches(
        &self,
        query: &mut PreparedQuery<'_>,
        number: usize,
        min_pending: usize,
        visit: &mut dyn FnMut(usize, SimilarRow) -> Score,
    ) {
        if query.matches.len() < min_pending {
            return;
        }
        let mut matches = std::mem::take(&mut query.matches);
        matches.sort_unstable_by_key(|(similarity, _)| std::cmp::Reverse(*similarity));
        for (similarity, candidate) in matches.drain(..) {
            if similarity < query.min_score {
                break;
            }
            let Some(block) = block_of(&self.slots, candidate) else { continue };
            let text = block.text(&self.alphabet, candidate.row);
            let units = block.units(candidate.row).collect();
            query.min_score = visit(number, SimilarRow { text, units, similarity }).max(query.min_score);
        }
        query.matches = matches;
    }

    /// Returns all blocks, those with lengths nearest to the queries' lengths first.
    fn runs_by_distance(&self, queries: &[PreparedQuery<'_>]) -> Vec<BlockRun> {
        let shortest = queries.iter().map(|query| query.codes().len()).min().unwrap_or(0);
        let longest = queries.iter().map(|query| query.codes().len()).max().unwrap_or(0);
        let middle_length = (shortest + longest) / 2;
        let mut runs: Vec<(usize, BlockRun)> = Vec::new();
        for (number, group) in self.groups.iter().enumerate() {
            let blocks = group.members.len();
            for from in (0..blocks).step_by(MAX_RUN_BLOCKS) {
                let members = from..(from + MAX_RUN_BLOCKS).min(blocks);
                let (min_length, max_length) = group.min_lengths(&members);
                runs.push((
                    length_gap(middle_length, min_length, max_length),
                    BlockRun::Grouped(number, members),
                ));
            }
        }
        for (slot, bucket_rows) in self.slots.iter().enumerate() {
            let gap = length_gap(middle_length, bucket_rows.bucket.min_length, bucket_rows.bucket.max_length);
            runs.extend(
                (0..bucket_rows.ungrouped.len()).map(|position| (gap, BlockRun::Ungrouped(slot, position))),
            );
        }
        runs.sort_by_key(|(gap, _)| *gap);
        runs.into_iter().map(|(_, run)| run).collect()
    }
}

/// Returns how far a range of lengths is from a length: 0 if the range contains it.
fn length_gap(length: usize, min_length: usize, max_length: usize) -> usize {
    if max_length < length { length - max_length } else { min_length.saturating_sub(length) }
}
