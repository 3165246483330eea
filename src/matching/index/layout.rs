//! Where rows and features are stored: rows in buckets by length, features in columns.
//!
//! A feature is a bigram with its ordinal: `(pair, n)` is the n-th occurrence of that pair of neighbouring
//! characters in the text. Both edges of the text count as characters, so a text of `n` characters has
//! `n + 1` features. For example, `abab` has the pairs edge-`a`, `ab`, `ba`, `ab` again, and `b`-edge.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, Read, Write},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use rustc_hash::FxHashMap;

use super::{
    alphabet::EDGE_CODE,
    bytes::{read_length, read_list, write_length, write_list},
};

/// A range of lengths whose rows are stored together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// The minimum length, in characters.
    pub(crate) min_length: usize,
    /// The maximum length.
    pub(crate) max_length: usize,
}

/// All lengths from about here on share one bucket, because segments of a million characters do not occur in
/// practice.
const LAST_BUCKET_LENGTH: usize = 1 << 20;

/// All buckets, in order. A bucket has one length below 32 characters, two lengths below 72, and then as many
/// as a 24th of its minimum length: narrow enough that one bound serves the whole bucket, wide enough that
/// blocks fill up.
static BUCKETS: LazyLock<Vec<Bucket>> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut min_length = 0;
    while min_length < LAST_BUCKET_LENGTH {
        let width = if min_length < 32 { 1 } else { (min_length / 24).max(2) };
        all.push(Bucket { min_length, max_length: min_length + width - 1 });
        min_length += width;
    }
    all.push(Bucket { min_length, max_length: usize::MAX });
    all
});

/// Returns the number of the bucket of a length.
pub(crate) fn bucket_number(length: usize) -> usize {
    BUCKETS.partition_point(|b| b.max_length < length)
}

/// Returns a bucket by its number, or the last one if there is no such bucket.
pub(crate) fn bucket(number: usize) -> Bucket {
    let last = Bucket { min_length: LAST_BUCKET_LENGTH, max_length: usize::MAX };
    BUCKETS.get(number).copied().unwrap_or(last)
}

/// The number of columns, with the greatest length that gets it: enough columns that most bits are rarely
/// set, few enough for about 80 bytes per row.
const COLUMN_COUNTS: [(usize, usize); 6] =
    [(15, 192), (31, 384), (63, 512), (127, 768), (255, 1_024), (usize::MAX, 2_048)];

/// The number of classes of lengths. Each class has its own layouts.
pub(crate) const CLASS_COUNT: usize = COLUMN_COUNTS.len();

/// Returns the class of a bucket.
pub(crate) fn class_of(bucket: Bucket) -> usize {
    COLUMN_COUNTS
        .iter()
        .position(|(max_length, _)| bucket.min_length <= *max_length)
        .unwrap_or(CLASS_COUNT - 1)
}

/// A pair of neighbouring characters, and the ordinal of its occurrence in the text, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Feature {
    pair: u16,
    nth: u16,
}

/// Calls `each` with every feature of a text.
pub(crate) fn for_each_feature(codes: &[u8], mut each: impl FnMut(Feature)) {
    thread_local! {
        /// By pair: how often it has occurred in the current text so far.
        static COUNTS: RefCell<Box<[u8]>> = RefCell::new(vec![0; 1 << 16].into_boxed_slice());
    }
    COUNTS.with_borrow_mut(|counts| {
        for pair in pairs(codes) {
            let Some(count) = counts.get_mut(usize::from(pair)) else { continue };
            // Ordinals end at 255: all later occurrences of a pair are the same feature.
            each(Feature { pair, nth: u16::from(*count) });
            *count = count.saturating_add(1);
        }
        for pair in pairs(codes) {
            if let Some(count) = counts.get_mut(usize::from(pair)) {
                *count = 0;
            }
        }
    });
}

/// Returns the pairs of neighbouring characters of a text, its edges included.
#[inline]
fn pairs(codes: &[u8]) -> impl Iterator<Item = u16> {
    let before = std::iter::once(EDGE_CODE).chain(codes.iter().copied());
    let after = codes.iter().copied().chain(std::iter::once(EDGE_CODE));
    before.zip(after).map(|(a, b)| u16::from_be_bytes([a, b]))
}

/// Returns the features of a text.
pub(crate) fn features(codes: &[u8]) -> Vec<Feature> {
    let mut all = Vec::with_capacity(codes.len() + 1);
    for_each_feature(codes, |feature| all.push(feature));
    all
}

/// Assigns a column to each feature.
///
/// Several features may share a column. A set bit then means that the row has at least one of them, so
/// sharing only lets more rows pass the filter.
#[derive(Debug)]
pub(crate) struct Layout {
    /// A number that no other layout of this process has.
    pub(crate) id: u64,
    /// The number of columns.
    pub(crate) column_count: usize,
    learned: Option<LearnedColumns>,
}

/// The columns that were assigned by frequency.
#[derive(Debug)]
struct LearnedColumns {
    /// The columns of first occurrences, by pair. `NO_COLUMN` for pairs that the sample did not have.
    first: Box<[u16]>,
    /// The columns of later occurrences.
    later: FxHashMap<Feature, u16>,
    /// By column: how often its features occurred in the sample.
    loads: Vec<u32>,
}

const NO_COLUMN: u16 = u16::MAX;

/// Returns a new layout number.
fn next_layout_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Layout {
    /// Creates a layout that spreads features by a hash, for a class that has few rows.
    pub(crate) fn by_hash(class: usize) -> Self {
        Self { id: next_layout_id(), column_count: column_count(class), learned: None }
    }

    /// Creates a layout from a sample of rows. Frequent features get columns of their own. Rare features share
    /// columns, so that all columns are set about equally often.
    pub(crate) fn from_sample<'r>(class: usize, sample: impl Iterator<Item = &'r [u8]>) -> Self {
        let column_count = column_count(class);
        let mut counts: FxHashMap<Feature, u32> = FxHashMap::default();
        for row in sample {
            for_each_feature(row, |feature| *counts.entry(feature).or_default() += 1);
        }
        let mut by_count: Vec<(u32, Feature)> = counts.into_iter().map(|(f, n)| (n, f)).collect();
        by_count.sort_unstable_by_key(|(n, f)| (Reverse(*n), *f));
        let mut loads = vec![0_u32; column_count];
        let mut first = vec![NO_COLUMN; 1 << 16].into_boxed_slice();
        let mut later = FxHashMap::default();
        let mut lightest: BinaryHeap<Reverse<(u32, u16)>> =
            (0..column_count).filter_map(|c| u16::try_from(c).ok()).map(|c| Reverse((0, c))).collect();
        for (count, feature) in by_count {
            let Some(Reverse((load, column))) = lightest.pop() else { break };
            match first.get_mut(usize::from(feature.pair)).filter(|_| feature.nth == 0) {
                Some(entry) => *entry = column,
                None => drop(later.insert(feature, column)),
            }
            lightest.push(Reverse((load + count, column)));
            if let Some(load) = loads.get_mut(usize::from(column)) {
                *load += count;
            }
        }
        Self { id: next_layout_id(), column_count, learned: Some(LearnedColumns { first, later, loads }) }
    }

    /// Writes the layout.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_length(out, self.column_count)?;
        let Some(learned) = &self.learned else { return write_length(out, 0) };
        write_length(out, 1)?;
        write_list(out, &learned.first)?;
        write_list(out, &learned.loads)?;
        let later: Vec<[u16; 3]> = learned.later.iter().map(|(f, column)| [f.pair, f.nth, *column]).collect();
        write_list(out, later.as_flattened())
    }

    /// Reads a layout that [`Layout::write`] has written.
    pub(crate) fn read(input: &mut dyn Read) -> io::Result<Self> {
        let column_count = read_length(input)?;
        if read_length(input)? == 0 {
            return Ok(Self { id: next_layout_id(), column_count, learned: None });
        }
        let first = read_list::<u16>(input)?.into_boxed_slice();
        let loads = read_list(input)?;
        let later: Vec<u16> = read_list(input)?;
        let (later, _) = later.as_chunks::<3>();
        let later =
            later.iter().map(|[pair, nth, column]| (Feature { pair: *pair, nth: *nth }, *column)).collect();
        Ok(Self { id: next_layout_id(), column_count, learned: Some(LearnedColumns { first, later, loads }) })
    }

    /// Returns the column of a feature.
    pub(crate) fn column(&self, feature: Feature) -> usize {
        let learned_column = self.learned.as_ref().and_then(|learned| {
            if feature.nth == 0 {
                learned.first.get(usize::from(feature.pair)).copied().filter(|c| *c != NO_COLUMN)
            } else {
                learned.later.get(&feature).copied()
            }
        });
        learned_column.map_or_else(|| self.hashed_column(feature), usize::from)
    }

    /// Returns the column that the hash of a feature chooses.
    fn hashed_column(&self, feature: Feature) -> usize {
        let key = u32::from(feature.nth) << 16 | u32::from(feature.pair);
        let hash = key.wrapping_mul(0x9E37_79B1);
        let hash = (hash ^ hash >> 15).wrapping_mul(0x85EB_CA6B);
        usize::try_from((u64::from(hash) * self.column_count as u64) >> 32).unwrap_or(0)
    }

    /// Returns the columns of these features. Those that are set least often come first, because they rule out
    /// rows soonest.
    pub(crate) fn query_columns(&self, features: &[Feature]) -> Vec<u32> {
        let mut by_load: Vec<(u32, u32)> = features
            .iter()
            .map(|f| self.column(*f))
            .map(|column| (self.column_load(column), u32::try_from(column).unwrap_or(u32::MAX)))
            .collect();
        by_load.sort_unstable();
        by_load.into_iter().map(|(_, column)| column).collect()
    }

    /// Returns how often the features of a column occurred in the sample.
    fn column_load(&self, column: usize) -> u32 {
        self.learned.as_ref().and_then(|learned| learned.loads.get(column)).copied().unwrap_or_default()
    }
}

/// Returns the number of columns of a class.
fn column_count(class: usize) -> usize {
    COLUMN_COUNTS.get(class).map_or(2_048, |(_, columns)| *columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CLASS_COUNT, Layout, bucket, bucket_number, class_of, features};

    #[test]
    fn buckets_hold_their_lengths() {
        for length in (0..3_000).chain([10_000, 99_999, 1 << 20, 1 << 21]) {
            let bucket = bucket(bucket_number(length));
            assert!(bucket.min_length <= length && length <= bucket.max_length, "{length} {bucket:?}");
        }
    }

    proptest! {
        #[test]
        fn every_feature_has_a_column(rows in prop::collection::vec(prop::collection::vec(1_u8..9, 0..80), 0..20), text in prop::collection::vec(1_u8..12, 0..90)) {
            for class in 0..CLASS_COUNT {
                let learned = Layout::from_sample(class, rows.iter().map(Vec::as_slice));
                for layout in [Layout::by_hash(class), learned] {
                    let all = features(&text);
                    prop_assert_eq!(all.len(), text.len() + 1);
                    prop_assert!(all.iter().all(|f| layout.column(*f) < layout.column_count));
                    let mut query_columns = layout.query_columns(&all);
                    prop_assert_eq!(query_columns.len(), all.len());
                    let mut columns: Vec<u32> = all.iter().map(|f| u32::try_from(layout.column(*f)).unwrap_or(u32::MAX)).collect();
                    query_columns.sort_unstable();
                    columns.sort_unstable();
                    prop_assert_eq!(query_columns, columns);
                }
            }
            prop_assert!(class_of(bucket(bucket_number(text.len()))) < CLASS_COUNT);
        }
    }
}
