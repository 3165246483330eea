//! The reader's side of the index: the rows as they were at one moment.

use std::sync::Arc;

use pulp::Arch;

use super::{
    UnitRef,
    alphabet::{Alphabet, is_shared},
    band::{Band, LANES, within},
    block::{Block, RowSet, SLAB, WORDS},
    lanes::{BITS, Count, TURN, count, count_slab},
    layout::{Bucket, Feature, Layout, features},
};
use crate::{
    matching::distance::{Pattern, allowed_distance, length_window, of_distance, similarity},
    score::Score,
};

/// Rows of one bucket.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// Their lengths.
    pub(super) bucket: Bucket,
    /// The rows; all blocks but the last are full.
    pub(super) blocks: Arc<Vec<Arc<Block>>>,
}

/// The rows as they were at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    alphabet: Arc<Alphabet>,
    slots: Vec<Slot>,
    sources: usize,
    units: usize,
}

/// Says whether a search saw every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It did: the answer is exact.
    Whole,
    /// It was stopped before.
    Stopped,
}

/// A row within the bar.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its folded text.
    pub text: String,
    /// Its units, oldest first.
    pub units: Vec<UnitRef>,
    /// How alike it is to the text asked for.
    pub similarity: Score,
}

/// Rows that are compared one by one rather than [`LANES`] at once: fewer are
/// not worth turning into planes.
const FEW: usize = 8;

/// Rows that passed the filter and wait to be compared, so that few are compared alone.
const PENDING_ROWS: usize = 4 * LANES;

/// Rows within the bar that wait to be handed on, the most alike first: the
/// bar that those raise spares the reading of others.
const PENDING_HITS: usize = 64;

/// Blocks between two looks at the clock.
const BLOCKS_A_LOOK: usize = 64;

/// One text of a search, prepared.
struct Question<'q> {
    text: &'q str,
    codes: Vec<u8>,
    has_shared: bool,
    pattern: Pattern,
    features: Vec<Feature>,
    /// By layout number: its columns of the features, filled up to whole turns.
    picks: Vec<(u64, Vec<u32>)>,
    bar: Score,
    rows: Vec<Found>,
    hits: Vec<(Score, Found)>,
}

#[derive(Clone, Copy)]
struct Found {
    slot: usize,
    block: usize,
    row: usize,
}

/// What a question wants of the blocks of a slot.
struct Wish {
    question: usize,
    /// Features a row must have; none lets every row through.
    wanted: usize,
}

impl<'q> Question<'q> {
    fn new(alphabet: &Alphabet, text: &'q str, bar: Score) -> Self {
        let codes = alphabet.encode(text);
        Self {
            text,
            has_shared: codes.iter().any(|c| is_shared(*c)),
            pattern: Pattern::new(&codes),
            features: features(&codes),
            picks: Vec::new(),
            bar,
            rows: Vec::new(),
            hits: Vec::new(),
            codes,
        }
    }

    /// Returns how many features every row of a bucket within the bar has;
    /// nothing when no row can be.
    fn wanted(&self, bucket: Bucket) -> Option<usize> {
        let window = length_window(self.bar, self.codes.len());
        let (least, most) = (bucket.least.max(*window.start()), bucket.most.min(*window.end()));
        if least > most {
            return None;
        }
        let wanted = |length: usize| {
            let longer = length.max(self.codes.len());
            (longer + 1).saturating_sub(2 * allowed_distance(self.bar, longer))
        };
        // The one bucket without an upper end is not worth a bound.
        if most - least <= 1_000 { (least..=most).map(wanted).min() } else { Some(0) }
    }

    fn picks(&mut self, layout: &Layout) -> usize {
        let known = self.picks.iter().position(|(number, _)| *number == layout.number);
        known.unwrap_or_else(|| {
            let mut picks = layout.picks(&self.features);
            let never = u32::try_from(layout.columns).unwrap_or(u32::MAX);
            picks.resize(picks.len().next_multiple_of(TURN), never);
            self.picks.push((layout.number, picks));
            self.picks.len() - 1
        })
    }

    /// Returns the rows of one block that may be within the bar, or of all
    /// blocks of a slab.
    fn filter(&mut self, arch: Arch, blocks: &[Arc<Block>], wanted: usize) -> [RowSet; SLAB] {
        let mut rows = [[0; WORDS]; SLAB];
        let Some(block) = blocks.first() else { return rows };
        if wanted == 0 || self.features.len() >= 1 << (BITS - 1) {
            for (rows, block) in rows.iter_mut().zip(blocks) {
                *rows = block.all();
            }
            return rows;
        }
        let picks = self.picks(block.layout());
        let picks = self.picks.get(picks).map_or(&[][..], |(_, picks)| picks);
        let (columns, side_by_side, at) = block.columns();
        let question = Count {
            columns,
            words: block.words(),
            blocks: side_by_side,
            at,
            picks,
            features: self.features.len(),
            wanted,
        };
        if blocks.len() == SLAB {
            return count_slab(arch, question);
        }
        if let Some(first) = rows.first_mut() {
            *first = count(arch, question);
        }
        rows
    }

    /// Compares the rows that passed the filter.
    fn compare(&mut self, arch: Arch, slots: &[Slot]) {
        let mut rows = std::mem::take(&mut self.rows);
        let codes = |found: &Found| block_of(slots, *found).map_or(&[][..], |b| b.codes(found.row));
        if rows.len() < FEW {
            rows.iter().for_each(|found| self.compare_one(slots, *found));
        } else {
            // The more alike their lengths, the narrower the band that serves them all.
            rows.sort_by_key(|found| slots.get(found.slot).map(|slot| slot.bucket.least));
            for some in rows.chunks(LANES) {
                // Copied side by side first: the memory is waited for once and not at every turn.
                let mut copy = Vec::with_capacity(some.len() * (self.codes.len() + 32));
                let mut ends = Vec::with_capacity(some.len());
                for found in some {
                    copy.extend_from_slice(codes(found));
                    ends.push(copy.len());
                }
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let texts: Vec<&[u8]> =
                    starts.zip(&ends).map(|(from, to)| copy.get(from..*to).unwrap_or_default()).collect();
                let most = |length: usize| allowed_distance(self.bar, length.max(self.codes.len()));
                let most = texts.iter().map(|t| most(t.len())).max().unwrap_or(0);
                let near = within(arch, &Band { asked: &self.codes, rows: &texts, most });
                for (found, lane) in some.iter().zip(0..) {
                    if near.get(lane / 64).is_some_and(|word| word >> (lane % 64) & 1 == 1) {
                        self.compare_one(slots, *found);
                    }
                }
            }
        }
        rows.clear();
        self.rows = rows;
    }

    fn compare_one(&mut self, slots: &[Slot], found: Found) {
        let Some(block) = block_of(slots, found) else { return };
        let codes = block.codes(found.row);
        let longer = codes.len().max(self.codes.len());
        let Some(distance) = self.pattern.distance_within(codes, allowed_distance(self.bar, longer)) else {
            return;
        };
        let mut alike = of_distance(distance, longer);
        if self.has_shared
            && let Some(text) = block.shared_text(found.row)
        {
            // Equal codes may stand for different characters.
            alike = similarity(self.text, text);
        }
        if alike >= self.bar {
            self.hits.push((alike, found));
        }
    }
}

fn block_of(slots: &[Slot], found: Found) -> Option<&Block> {
    slots.get(found.slot)?.blocks.get(found.block).map(AsRef::as_ref)
}

impl Snapshot {
    pub(super) fn new(alphabet: Arc<Alphabet>, slots: Vec<Slot>, sources: usize, units: usize) -> Self {
        Self { alphabet, slots, sources, units }
    }

    /// Returns how many distinct folded sources there are.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources
    }

    /// Returns how many units there are.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
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

    /// Finds every row whose similarity with a text is at least the text's
    /// bar, for several texts at once: their work on a block is done while it
    /// is in the cache. Texts of near-equal length share most.
    ///
    /// `visit` is told which text a row is for and returns that text's bar
    /// from then on; a bar never falls. Rows come in no order that is
    /// promised. Once `stop` says so the search ends early.
    pub fn search(
        &self,
        texts: &[(&str, Score)],
        stop: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(usize, Hit) -> Score,
    ) -> Completion {
        let arch = Arch::new();
        let mut questions: Vec<Question<'_>> =
            texts.iter().map(|(text, bar)| Question::new(&self.alphabet, text, *bar)).collect();
        let mut completion = Completion::Whole;
        let mut looked = 0;
        'slots: for slot in self.nearest_slots(&questions) {
            let Some(of) = self.slots.get(slot) else { continue };
            let wish =
                |(question, q): (usize, &Question<'_>)| Some(Wish { question, wanted: q.wanted(of.bucket)? });
            let wishes: Vec<Wish> = questions.iter().enumerate().filter_map(wish).collect();
            if wishes.is_empty() {
                continue;
            }
            let mut number = 0;
            while let Some(block) = of.blocks.get(number) {
                // A slab at once, other blocks one by one.
                let some = of.blocks.get(number..number + SLAB).filter(|some| block.slab_of(some).is_some());
                let some = some.unwrap_or(std::slice::from_ref(block));
                looked += wishes.len() * some.len();
                if looked >= BLOCKS_A_LOOK {
                    looked = 0;
                    if stop() {
                        completion = Completion::Stopped;
                        break 'slots;
                    }
                }
                for wish in &wishes {
                    let Some(question) = questions.get_mut(wish.question) else { continue };
                    let sets = question.filter(arch, some, wish.wanted);
                    for (rows, block) in sets.iter().zip(number..).filter(|(rows, _)| **rows != [0; WORDS]) {
                        question.rows.extend(members(rows).map(|row| Found { slot, block, row }));
                    }
                    if question.rows.len() >= PENDING_ROWS {
                        question.compare(arch, &self.slots);
                        self.hand_on(question, wish.question, PENDING_HITS, visit);
                    }
                }
                number += some.len();
            }
        }
        for (number, question) in questions.iter_mut().enumerate() {
            question.compare(arch, &self.slots);
            self.hand_on(question, number, 1, visit);
        }
        completion
    }

    /// Hands on the rows within the bar, the most alike first, once there are
    /// at least so many.
    fn hand_on(
        &self,
        question: &mut Question<'_>,
        number: usize,
        least: usize,
        visit: &mut dyn FnMut(usize, Hit) -> Score,
    ) {
        if question.hits.len() < least {
            return;
        }
        let mut hits = std::mem::take(&mut question.hits);
        hits.sort_unstable_by_key(|(similarity, _)| std::cmp::Reverse(*similarity));
        for (similarity, found) in hits.drain(..) {
            if similarity < question.bar {
                break;
            }
            let Some(block) = block_of(&self.slots, found) else { continue };
            let text = match block.shared_text(found.row) {
                Some(text) => text.to_owned(),
                None => self.alphabet.decode(block.codes(found.row)),
            };
            let units = block.units(found.row).collect();
            question.bar = visit(number, Hit { text, units, similarity }).max(question.bar);
        }
        question.hits = hits;
    }

    /// Returns the slots that may matter, those of near lengths first.
    fn nearest_slots(&self, questions: &[Question<'_>]) -> Vec<usize> {
        let lengths = || questions.iter().map(|q| q.codes.len());
        let middle = (lengths().min().unwrap_or(0) + lengths().max().unwrap_or(0)) / 2;
        let far = |bucket: Bucket| {
            if bucket.most < middle { middle - bucket.most } else { bucket.least.saturating_sub(middle) }
        };
        let mut near: Vec<(usize, usize)> =
            self.slots.iter().enumerate().map(|(n, slot)| (far(slot.bucket), n)).collect();
        near.sort_unstable();
        near.into_iter().map(|(_, n)| n).collect()
    }
}

/// Returns the rows of a set in ascending order.
fn members(rows: &RowSet) -> impl Iterator<Item = usize> + use<> {
    let of_word = |(number, mut word): (usize, u64)| {
        std::iter::from_fn(move || {
            (word != 0).then(|| {
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                64 * number + bit
            })
        })
    };
    let words: RowSet = *rows;
    words.into_iter().enumerate().flat_map(of_word)
}
