//! One text of a search: finds the rows that may reach its minimum score, and those that do.

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

/// Fewer rows than this are compared one by one rather than [`LANES`] at once, because transposing them would
/// take longer.
const FEW: usize = 8;

/// A text of a search, prepared for comparison with rows.
pub(crate) struct Question<'q> {
    pub(crate) text: &'q str,
    has_shared: bool,
    pattern: Pattern,
    pub(crate) features: Vec<Feature>,
    /// By layout number: the columns of the features, padded to a multiple of [`TURN`].
    picks: Vec<(u64, Vec<u32>)>,
    /// The minimum score.
    pub(crate) bar: Score,
    /// The rows that passed the filter and have not been compared yet.
    pub(crate) rows: Vec<Found>,
    /// The rows that reach the minimum score, with their similarities.
    pub(crate) hits: Vec<(Score, Found)>,
}

/// The buffers of a search. A thread reuses them for its next search, because allocating them would take longer
/// than a large part of the search itself.
#[derive(Debug, Default)]
pub(crate) struct Workroom {
    sets: Vec<RowSet>,
    counted: Vec<usize>,
    counters: feature_filter::Room,
    copies: Rows,
    cells: edit_distance::Room,
}

/// The address of a row.
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

    /// Returns the codes of the text.
    pub(crate) fn codes(&self) -> &[u8] {
        self.pattern.codes()
    }

    /// Returns how many of the query's features a row of a bucket must have to reach the minimum score. Returns
    /// `None` if no row of the bucket can reach it.
    pub(crate) fn wanted(&self, bucket: Bucket) -> Option<usize> {
        let window = length_window(self.bar, self.codes().len());
        let (least, most) = (bucket.least.max(*window.start()), bucket.most.min(*window.end()));
        if least > most {
            return None;
        }
        // Wider ranges occur only in buckets of some 24,000 characters and more. They are not worth a bound.
        if most - least <= 1_000 {
            (least..=most).map(|length| self.wanted_at(length)).min()
        } else {
            Some(0)
        }
    }

    /// Returns how many of the query's features a row of this length must have to reach the minimum score.
    #[inline]
    fn wanted_at(&self, length: usize) -> usize {
        let longer = length.max(self.codes().len());
        (longer + 1).saturating_sub(2 * allowed_distance(self.bar, longer))
    }

    /// Returns the columns of the query's features in a layout, which are computed only once.
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

    /// Returns a number of wanted features that no row can have.
    pub(crate) fn never(&self) -> usize {
        self.features.len() + 1
    }

    /// Returns whether all rows pass without being counted, because no feature is wanted or because the query
    /// has more features than can be counted.
    fn lets_all(&self, wanted: usize) -> bool {
        wanted == 0 || wanted < self.never() && self.features.len() >= 1 << (BITS - 1)
    }

    /// Collects the rows of an ungrouped block that may reach the minimum score.
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

    /// Collects the rows of some blocks of a column group that may reach the minimum score. The blocks start at
    /// `first`, and `wanted` has the number of wanted features of each.
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

    /// Compares the rows that passed the filter, and collects those that reach the minimum score.
    pub(crate) fn compare(&mut self, arch: Arch, slots: &[Slot], room: &mut Workroom) {
        let mut rows = std::mem::take(&mut self.rows);
        if rows.len() < FEW {
            rows.iter().for_each(|found| self.compare_one(slots, *found));
        } else {
            // Sorted, because the band of a batch is narrower if its rows have similar lengths.
            rows.sort_by_key(|found| slots.get(found.slot).map(|slot| slot.bucket.least));
            for some in rows.chunks(LANES) {
                let texts: Vec<&[u8]> = some.iter().map(|found| codes_of(slots, *found)).collect();
                room.copies.hold(&texts);
                let most = texts.iter().map(|text| self.allowed_distance(text.len())).max().unwrap_or(0);
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

    /// Returns the largest distance at which a row of this length reaches the minimum score.
    #[inline]
    fn allowed_distance(&self, length: usize) -> usize {
        allowed_distance(self.bar, length.max(self.codes().len()))
    }

    /// Compares one row, and collects it if it reaches the minimum score.
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
            // Equal codes may mean different characters.
            alike = similarity(self.text, text);
        }
        if alike >= self.bar {
            self.hits.push((alike, found));
        }
    }
}

/// Returns the block of a row.
pub(crate) fn block_of(slots: &[Slot], found: Found) -> Option<&Block> {
    slots.get(found.slot)?.blocks.get(found.block)
}

/// Returns the codes of a row.
#[inline]
fn codes_of(slots: &[Slot], found: Found) -> &[u8] {
    block_of(slots, found).map_or(&[], |block| block.codes(found.row))
}

/// Returns the rows of a set in ascending order.
fn members(rows: &RowSet) -> impl Iterator<Item = usize> + use<> {
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
