//! The reader's side of the index: the rows as they were at one moment.

use std::{cell::Cell, ops::Range, sync::Arc};

use pulp::Arch;

use super::{
    alphabet::Alphabet,
    bucket_rows::Slot,
    column_group::Shelf,
    edit_distance::LANES,
    query::{Found, Question, Workroom, block_of},
    unit_ref::UnitRef,
};
use crate::score::Score;

thread_local! {
    /// A thread searches one thing after another.
    static WORKROOM: Cell<Workroom> = Cell::default();
}

/// The rows as they were at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    alphabet: Arc<Alphabet>,
    slots: Vec<Slot>,
    shelves: Vec<Shelf>,
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

/// Rows that passed the filter and wait to be compared, so that few are compared alone.
const PENDING_ROWS: usize = 4 * LANES;

/// Rows within the bar that wait to be handed on, the most alike first: the
/// bar that those raise spares the reading of others.
const PENDING_HITS: usize = 64;

/// Blocks between two looks at the clock.
const BLOCKS_A_LOOK: usize = 64;

/// Blocks to look at together.
enum Place {
    /// These members of a shelf.
    Shelf(usize, Range<usize>),
    /// A loose block of a slot, by its place among these.
    Slot(usize, usize),
}

/// Blocks of a shelf that are counted in one go: as many as make reading them
/// quick and their counters stay in the nearest cache.
const TOGETHER: usize = 64;

impl Snapshot {
    pub(crate) fn new(
        alphabet: Arc<Alphabet>,
        slots: Vec<Slot>,
        shelves: Vec<Shelf>,
        sources: usize,
        units: usize,
    ) -> Self {
        Self { alphabet, slots, shelves, sources, units }
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

    /// Calls back with each unit, in no order that is promised.
    pub fn for_each_unit(&self, each: impl FnMut(UnitRef)) {
        let blocks = self.slots.iter().flat_map(|slot| slot.blocks.iter());
        blocks.flat_map(|block| (0..block.rows()).flat_map(|row| block.units(row))).for_each(each);
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
        let mut room = WORKROOM.take();
        let mut questions: Vec<Question<'_>> =
            texts.iter().map(|(text, bar)| Question::new(&self.alphabet, text, *bar)).collect();
        let mut completion = Completion::Whole;
        // Who comes too late is told so before anything is looked at.
        let mut looked = BLOCKS_A_LOOK;
        for place in self.nearest(&questions) {
            if looked >= BLOCKS_A_LOOK {
                looked = 0;
                if stop() {
                    completion = Completion::Stopped;
                    break;
                }
            }
            for number in 0..questions.len() {
                let Some(question) = questions.get_mut(number) else { continue };
                looked += self.filter(arch, question, &place, &mut room);
                if question.rows.len() >= PENDING_ROWS {
                    question.compare(arch, &self.slots, &mut room);
                    self.hand_on(question, number, PENDING_HITS, visit);
                }
            }
        }
        for (number, question) in questions.iter_mut().enumerate() {
            question.compare(arch, &self.slots, &mut room);
            self.hand_on(question, number, 1, visit);
        }
        WORKROOM.set(room);
        completion
    }

    /// Collects the rows of a place that may be within a question's bar.
    /// Returns how many blocks were looked at.
    fn filter(&self, arch: Arch, question: &mut Question<'_>, place: &Place, room: &mut Workroom) -> usize {
        match *place {
            Place::Slot(slot, loose) => {
                let Some(of) = self.slots.get(slot) else { return 0 };
                let Some(wanted) = question.wanted(of.bucket) else { return 0 };
                let Some(block) = of.loose.get(loose) else { return 0 };
                let found = Found { slot, block: *block, row: 0 };
                if let Some(block) = block_of(&self.slots, found) {
                    question.filter_one(arch, found, block, wanted);
                }
                1
            }
            Place::Shelf(shelf, ref members) => {
                let Some(shelf) = self.shelves.get(shelf) else { return 0 };
                let never = question.never();
                let (mut first, mut wanted) = (members.start, Vec::with_capacity(members.len()));
                let mut known = None;
                for at in members.clone() {
                    let Some(member) = shelf.members.get(at) else { break };
                    let of_slot = match known {
                        Some((slot, of_slot)) if slot == member.slot => of_slot,
                        _ => self.slots.get(member.slot).and_then(|slot| question.wanted(slot.bucket)),
                    };
                    known = Some((member.slot, of_slot));
                    let own = of_slot.filter(|_| shelf.holds(at));
                    if wanted.is_empty() && own.is_none() {
                        first = at + 1;
                    } else {
                        wanted.push(own.unwrap_or(never));
                    }
                }
                wanted.truncate(wanted.iter().rposition(|w| *w != never).map_or(0, |last| last + 1));
                if !wanted.is_empty() {
                    question.filter_many(arch, &self.slots, shelf, first, &wanted, room);
                }
                wanted.len()
            }
        }
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
            let text = block.text(&self.alphabet, found.row);
            let units = block.units(found.row).collect();
            question.bar = visit(number, Hit { text, units, similarity }).max(question.bar);
        }
        question.hits = hits;
    }

    /// Returns where blocks are, those of near lengths first.
    fn nearest(&self, questions: &[Question<'_>]) -> Vec<Place> {
        let lengths = || questions.iter().map(|q| q.codes().len());
        let middle = (lengths().min().unwrap_or(0) + lengths().max().unwrap_or(0)) / 2;
        let far = |least: usize, most: usize| {
            if most < middle { middle - most } else { least.saturating_sub(middle) }
        };
        let mut near: Vec<(usize, Place)> = Vec::new();
        for (number, shelf) in self.shelves.iter().enumerate() {
            let blocks = shelf.members.len();
            for from in (0..blocks).step_by(TOGETHER) {
                let members = from..(from + TOGETHER).min(blocks);
                let (least, most) = shelf.lengths(&members);
                near.push((far(least, most), Place::Shelf(number, members)));
            }
        }
        for (number, slot) in self.slots.iter().enumerate() {
            let far = far(slot.bucket.least, slot.bucket.most);
            near.extend((0..slot.loose.len()).map(|loose| (far, Place::Slot(number, loose))));
        }
        near.sort_by_key(|(far, _)| *far);
        near.into_iter().map(|(_, place)| place).collect()
    }
}
