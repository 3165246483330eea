//! One text of a search: which rows may be within its bar, and which are.

use pulp::Arch;

use super::{
    alphabet::{Alphabet, is_shared},
    block::{Block, RowSet, WORDS},
    bucket_rows::Slot,
    column_group::Shelf,
    edit_distance::{self, Band, LANES, Rows, within},
    feature_filter::{self, BITS, Count, CountMany, Picks, TURN, count, count_many},
    layout::{Bucket, Feature, Layout, features},
};
use crate::{
    matching::distance::{Pattern, allowed_distance, length_window, of_distance, similarity},
    score::Score,
};

/// Rows that are compared one by one rather than [`LANES`] at once: fewer are
/// not worth turning into planes.
const FEW: usize = 8;

/// One text of a search, prepared.
pub(crate) struct Question<'q> {
    pub(crate) text: &'q str,
    has_shared: bool,
    pattern: Pattern,
    pub(crate) features: Vec<Feature>,
    /// By layout number: its columns of the features, filled up to whole turns.
    picks: Vec<(u64, Vec<u32>)>,
    pub(crate) bar: Score,
    pub(crate) rows: Vec<Found>,
    pub(crate) hits: Vec<(Score, Found)>,
}

/// What searches work in, kept from one to the next: to ask for such pieces of memory anew takes
/// longer than a good part of the search.
#[derive(Debug, Default)]
pub(crate) struct Workroom {
    sets: Vec<RowSet>,
    counted: Vec<usize>,
    counters: feature_filter::Room,
    copies: Rows,
    cells: edit_distance::Room,
}

#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) slot: usize,
    pub(crate) block: usize,
    pub(crate) row: usize,
}

impl<'q> Question<'q> {
    pub(crate) fn new(alphabet: &Alphabet, text: &'q str, bar: Score) -> Self {
        let codes = alphabet.encode(text);
        Self {
            text,
            has_shared: codes.iter().any(|c| is_shared(*c)),
            features: features(&codes),
            pattern: Pattern::new(codes),
            picks: Vec::new(),
            bar,
            rows: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// Returns the text's codes.
    pub(crate) fn codes(&self) -> &[u8] {
        self.pattern.codes()
    }

    /// Returns how many features every row of a bucket within the bar has;
    /// nothing when no row can be.
    pub(crate) fn wanted(&self, bucket: Bucket) -> Option<usize> {
        let window = length_window(self.bar, self.codes().len());
        let (least, most) = (bucket.least.max(*window.start()), bucket.most.min(*window.end()));
        if least > most {
            return None;
        }
        let wanted = |length: usize| {
            let longer = length.max(self.codes().len());
            (longer + 1).saturating_sub(2 * allowed_distance(self.bar, longer))
        };
        // The one bucket without an upper end is not worth a bound.
        if most - least <= 1_000 { (least..=most).map(wanted).min() } else { Some(0) }
    }

    /// Returns the columns of the question's features in a layout.
    fn picks(&mut self, layout: &Layout) -> Picks<'_> {
        let known = self.picks.iter().position(|(number, _)| *number == layout.number);
        let known = known.unwrap_or_else(|| {
            let mut picks = layout.picks(&self.features);
            let never = u32::try_from(layout.columns).unwrap_or(u32::MAX);
            picks.resize(picks.len().next_multiple_of(TURN), never);
            self.picks.push((layout.number, picks));
            self.picks.len() - 1
        });
        let columns = self.picks.get(known).map_or(&[][..], |(_, picks)| picks);
        Picks { columns, features: self.features.len() }
    }

    /// Returns a count of wanted features that no row has.
    pub(crate) fn never(&self) -> usize {
        self.features.len() + 1
    }

    /// Says whether so many wanted features let every row through, or are too
    /// many to be counted.
    fn lets_all(&self, wanted: usize) -> bool {
        wanted == 0 || wanted < self.never() && self.features.len() >= 1 << (BITS - 1)
    }

    /// Collects the rows of a loose block that may be within the bar.
    pub(crate) fn filter_one(&mut self, arch: Arch, found: Found, block: &Block, wanted: usize) {
        let Some(columns) = block.loose_columns() else { return };
        let rows = if self.lets_all(wanted) {
            block.all()
        } else {
            let picks = self.picks(block.layout());
            count(arch, Count { columns, words: block.words(), picks, wanted })
        };
        self.rows.extend(members(&rows).map(|row| Found { row, ..found }));
    }

    /// Collects the rows of some blocks of a shelf, from the `first` on, that
    /// may be within the bar.
    pub(crate) fn filter_many(
        &mut self,
        arch: Arch,
        slots: &[Slot],
        shelf: &Shelf,
        first: usize,
        wanted: &[usize],
        room: &mut Workroom,
    ) {
        let Workroom { sets, counted, counters, .. } = room;
        counted.clear();
        counted.extend(wanted.iter().map(|w| if self.lets_all(*w) { self.never() } else { *w }));
        count_many(
            arch,
            CountMany {
                columns: shelf.columns.columns(),
                blocks: shelf.columns.blocks,
                first,
                picks: self.picks(&shelf.layout),
                wanted: counted,
                rows: sets,
                room: counters,
            },
        );
        let members_asked = shelf.members.iter().skip(first);
        for ((set, wanted), member) in sets.iter_mut().zip(wanted).zip(members_asked) {
            let found = Found { slot: member.slot, block: member.block, row: 0 };
            if self.lets_all(*wanted)
                && let Some(block) = block_of(slots, found)
            {
                *set = block.all();
            }
            if *set != [0; WORDS] {
                self.rows.extend(members(set).map(|row| Found { row, ..found }));
            }
        }
    }

    /// Compares the rows that passed the filter.
    pub(crate) fn compare(&mut self, arch: Arch, slots: &[Slot], room: &mut Workroom) {
        let mut rows = std::mem::take(&mut self.rows);
        let codes = |found: &Found| block_of(slots, *found).map_or(&[][..], |b| b.codes(found.row));
        if rows.len() < FEW {
            rows.iter().for_each(|found| self.compare_one(slots, *found));
        } else {
            // The more alike their lengths, the narrower the band that serves them all.
            rows.sort_by_key(|found| slots.get(found.slot).map(|slot| slot.bucket.least));
            for some in rows.chunks(LANES) {
                let texts: Vec<&[u8]> = some.iter().map(codes).collect();
                room.copies.hold(&texts);
                let most = |length: usize| allowed_distance(self.bar, length.max(self.codes().len()));
                let most = texts.iter().map(|text| most(text.len())).max().unwrap_or(0);
                let band = Band { asked: self.codes(), rows: &room.copies, most };
                let near = within(arch, &band, &mut room.cells);
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
        let longer = codes.len().max(self.codes().len());
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

/// Returns the block that a row is in.
pub(crate) fn block_of(slots: &[Slot], found: Found) -> Option<&Block> {
    slots.get(found.slot)?.blocks.get(found.block)
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
