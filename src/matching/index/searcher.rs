//! The reader's side of the index: searches the rows as they were at one moment.

use std::{cell::Cell, ops::Range, sync::Arc};

use pulp::Arch;

use super::{
    alphabet::Alphabet,
    bucket_rows::{BucketRows, blocks_of},
    column_group::ColumnGroup,
    edit_distance::ROWS_PER_BATCH,
    query::{CandidateRow, PreparedQuery, SearchScratch, block_of},
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

/// Whether a search covered every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It did, so the result is exact.
    Complete,
    /// It was stopped before the end.
    Stopped,
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
    /// A slot, and the position of one of its ungrouped blocks in `loose`.
    Ungrouped(usize, usize),
}

/// The maximum number of blocks of a column group that are filtered together: enough for fast reads, few enough
/// for their counters to stay in the nearest cache.
const MAX_RUN_BLOCKS: usize = 64;

impl Snapshot {
    pub(crate) fn new(
        alphabet: Arc<Alphabet>,
        slots: Vec<BucketRows>,
        shelves: Vec<ColumnGroup>,
        sources: usize,
        units: usize,
    ) -> Self {
        Self { alphabet, slots, groups: shelves, sources, units }
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
    /// The search ends early once `stop` returns true.
    pub fn search(
        &self,
        texts: &[(&str, Score)],
        stop: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(usize, SimilarRow) -> Score,
    ) -> Completion {
        let arch = Arch::new();
        let mut room = SCRATCH.take();
        let mut questions: Vec<PreparedQuery<'_>> =
            texts.iter().map(|(text, bar)| PreparedQuery::new(&self.alphabet, text, *bar)).collect();
        let mut completion = Completion::Complete;
        // Calls `stop` before the first block, so that an expired search ends at once.
        let mut looked = BLOCKS_PER_STOP_CHECK;
        for place in self.runs_by_distance(&questions) {
            if looked >= BLOCKS_PER_STOP_CHECK {
                looked = 0;
                if stop() {
                    completion = Completion::Stopped;
                    break;
                }
            }
            for number in 0..questions.len() {
                let Some(question) = questions.get_mut(number) else { continue };
                looked += self.collect_candidates(arch, question, &place, &mut room);
                if question.candidates.len() >= MAX_PENDING_ROWS {
                    question.compare_candidates(arch, &self.slots, &mut room);
                    self.report_matches(question, number, MAX_PENDING_MATCHES, visit);
                }
            }
        }
        for (number, question) in questions.iter_mut().enumerate() {
            question.compare_candidates(arch, &self.slots, &mut room);
            self.report_matches(question, number, 1, visit);
        }
        SCRATCH.set(room);
        completion
    }

    /// Collects the rows of some blocks that may reach a query's minimum score. Returns the number of blocks that
    /// were filtered.
    #[expect(
        clippy::indexing_slicing,
        reason = "the run holds addresses of the same snapshot; a row must not get lost without a word"
    )]
    fn collect_candidates(
        &self,
        arch: Arch,
        question: &mut PreparedQuery<'_>,
        place: &BlockRun,
        room: &mut SearchScratch,
    ) -> usize {
        match *place {
            BlockRun::Ungrouped(slot, loose) => {
                let of = &self.slots[slot];
                let Some(wanted) = question.min_features(of.bucket) else { return 0 };
                let found = CandidateRow { slot, block: of.ungrouped[loose], row: 0 };
                question.filter_ungrouped(arch, found, &of.blocks[found.block], wanted);
                1
            }
            BlockRun::Grouped(shelf, ref members) => {
                let shelf = &self.groups[shelf];
                let never = question.unreachable_count();
                let (mut first, mut wanted) = (members.start, Vec::with_capacity(members.len()));
                let mut known = None;
                for at in members.clone() {
                    let Some(member) = shelf.members.get(at) else { break };
                    let of_slot = match known {
                        Some((slot, of_slot)) if slot == member.slot => of_slot,
                        _ => self.slots.get(member.slot).and_then(|slot| question.min_features(slot.bucket)),
                    };
                    known = Some((member.slot, of_slot));
                    let own = of_slot.filter(|_| shelf.is_attached(at));
                    if wanted.is_empty() && own.is_none() {
                        first = at + 1;
                    } else {
                        wanted.push(own.unwrap_or(never));
                    }
                }
                wanted.truncate(wanted.iter().rposition(|w| *w != never).map_or(0, |last| last + 1));
                if !wanted.is_empty() {
                    question.filter_grouped(arch, &self.slots, shelf, first, &wanted, room);
                }
                wanted.len()
            }
        }
    }

    /// Passes the matching rows of a query to `visit`, the most similar first. Does nothing while there are fewer
    /// than `least`.
    fn report_matches(
        &self,
        question: &mut PreparedQuery<'_>,
        number: usize,
        least: usize,
        visit: &mut dyn FnMut(usize, SimilarRow) -> Score,
    ) {
        if question.matches.len() < least {
            return;
        }
        let mut hits = std::mem::take(&mut question.matches);
        hits.sort_unstable_by_key(|(similarity, _)| std::cmp::Reverse(*similarity));
        for (similarity, found) in hits.drain(..) {
            if similarity < question.min_score {
                break;
            }
            let Some(block) = block_of(&self.slots, found) else { continue };
            let text = block.text(&self.alphabet, found.row);
            let units = block.units(found.row).collect();
            question.min_score =
                visit(number, SimilarRow { text, units, similarity }).max(question.min_score);
        }
        question.matches = hits;
    }

    /// Returns all blocks, those with lengths nearest to the queries' lengths first.
    fn runs_by_distance(&self, questions: &[PreparedQuery<'_>]) -> Vec<BlockRun> {
        let shortest = questions.iter().map(|question| question.codes().len()).min().unwrap_or(0);
        let longest = questions.iter().map(|question| question.codes().len()).max().unwrap_or(0);
        let middle = (shortest + longest) / 2;
        let mut near: Vec<(usize, BlockRun)> = Vec::new();
        for (number, shelf) in self.groups.iter().enumerate() {
            let blocks = shelf.members.len();
            for from in (0..blocks).step_by(MAX_RUN_BLOCKS) {
                let members = from..(from + MAX_RUN_BLOCKS).min(blocks);
                let (least, most) = shelf.min_lengths(&members);
                near.push((length_gap(middle, least, most), BlockRun::Grouped(number, members)));
            }
        }
        for (number, slot) in self.slots.iter().enumerate() {
            let gap = length_gap(middle, slot.bucket.min_length, slot.bucket.max_length);
            near.extend((0..slot.ungrouped.len()).map(|loose| (gap, BlockRun::Ungrouped(number, loose))));
        }
        near.sort_by_key(|(gap, _)| *gap);
        near.into_iter().map(|(_, place)| place).collect()
    }
}

/// Returns how far a range of lengths is from a length: 0 if the range contains it.
fn length_gap(length: usize, least: usize, most: usize) -> usize {
    if most < length { length - most } else { least.saturating_sub(length) }
}
