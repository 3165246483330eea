//! Edit distance on characters, in integers.
//!
//! [`similarity`] is the definition; it uses `strsim`. [`MyersPattern`] computes the same distance for one query
//! against many rows: Myers' bit-parallel algorithm in Hyyrö's block form, 64 cells of the matrix at a time.
//! It stops as soon as the distance must exceed a limit.

use crate::{score::Score, text::common_affixes};

/// Returns the similarity of two folded texts: `(m - d) * 10000 / m` in
/// hundredths of a percent, floored, with `d` the Levenshtein distance in
/// characters and `m` the longer length. Two empty texts are equal.
#[must_use]
pub fn similarity(a: &str, b: &str) -> Score {
    measured(a, b, strip_common_ends(a, b))
}

/// Returns the similarity of two texts, given their differing parts between the common ends.
fn measured(a: &str, b: &str, (a_differs, b_differs): (&str, &str)) -> Score {
    similarity_from_distance(
        strsim::levenshtein(a_differs, b_differs),
        a.chars().count().max(b.chars().count()),
    )
}

/// Returns two texts without their common start and end. Their distance stays the same, because a best
/// alignment can always keep the common ends.
fn strip_common_ends<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    let (head, tail) = common_affixes(a, b);
    (a.get(head..a.len() - tail).unwrap_or_default(), b.get(head..b.len() - tail).unwrap_or_default())
}

/// The most matrix cells that `strsim` may compute for a reported similarity. They take about 10
/// microseconds.
const MAX_STRSIM_CELLS: usize = 2_500;

/// Returns the similarity to report for two folded texts. It is computed by `strsim`, unless the differing
/// parts are so long that this would take a good part of the time of the whole search. Then it is `known`,
/// the similarity from the search; a property test checks that both are equal.
#[must_use]
pub(super) fn reported_similarity(a: &str, b: &str, known: Score) -> Score {
    let differing = strip_common_ends(a, b);
    let cells = differing.0.chars().count() * differing.1.chars().count();
    if cells > MAX_STRSIM_CELLS { known } else { measured(a, b, differing) }
}

/// Returns the similarity of two texts with this distance, the longer of which has `longer` characters.
pub(super) fn similarity_from_distance(distance: usize, longer: usize) -> Score {
    let hundredths = (longer.saturating_sub(distance) * 10_000).checked_div(longer).unwrap_or(10_000);
    Score::from_hundredths(u16::try_from(hundredths).unwrap_or(10_000))
}

/// Returns the largest distance at which the similarity is still at least `bar`.
pub(super) fn max_distance(bar: Score, longer: usize) -> usize {
    longer - (usize::from(bar.hundredths()) * longer).div_ceil(10_000).min(longer)
}

/// Returns the lengths that a text may have to reach the similarity `bar` with a text of `length` characters.
pub(super) fn length_window(bar: Score, length: usize) -> std::ops::RangeInclusive<usize> {
    let bar = usize::from(bar.hundredths());
    let least = (length * bar).div_ceil(10_000);
    let most = (length * 10_000).checked_div(bar).unwrap_or(usize::MAX);
    least..=most
}

/// A text in character codes, prepared for comparison with many others.
#[derive(Debug)]
pub(super) struct MyersPattern {
    codes: Vec<u8>,
    /// By code: its row in `bits`; 0 for codes that do not occur in the text.
    rows: [u16; 256],
    /// Rows of `blocks` words. Bit i of a row is set if the code is at position i of the text.
    bits: Vec<u64>,
    blocks: usize,
    /// Scratch space, kept so that it is not allocated for each comparison.
    columns: Vec<ColumnBlock>,
}

/// The vertical differences in a block of 64 cells of one matrix column.
#[derive(Clone, Copy, Debug)]
struct ColumnBlock {
    plus: u64,
    minus: u64,
}

impl MyersPattern {
    /// Prepares a text.
    #[must_use]
    pub(super) fn new(codes: Vec<u8>) -> Self {
        let blocks = codes.len().div_ceil(64);
        let (mut rows, mut bits) = ([0_u16; 256], vec![0_u64; blocks]);
        let mut last = 0;
        for (i, code) in codes.iter().enumerate() {
            let Some(row) = rows.get_mut(usize::from(*code)) else { continue };
            if *row == 0 {
                last += 1;
                *row = last;
                bits.resize(bits.len() + blocks, 0);
            }
            if let Some(word) = bits.get_mut(usize::from(*row) * blocks + i / 64) {
                *word |= 1 << (i % 64);
            }
        }
        Self { codes, rows, bits, blocks, columns: Vec::new() }
    }

    /// Returns the text.
    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Returns the distance to a text if it is at most `most`.
    ///
    /// The common ends are left out. Of each column, only the cells are computed from which the end can still
    /// be reached (Ukkonen's band): a path that leaves the diagonal by x and has to end on diagonal e costs
    /// at least |x| + |e - x|. Outside of the band each step counts as one more, which never underestimates
    /// the distance.
    pub(super) fn distance_within(&mut self, codes: &[u8], most: usize) -> Option<usize> {
        if self.codes.len().abs_diff(codes.len()) > most {
            return None;
        }
        let (head, tail) = self.common_ends(codes);
        // Only whole blocks of rows can be left out: those before the block of the first difference.
        let skipped = head / 64 * 64;
        let codes = codes.get(skipped..codes.len() - tail).unwrap_or_default();
        let rows = self.codes.len() - tail - skipped;
        let Some(last) = rows.checked_sub(1) else {
            return Some(codes.len());
        };
        if codes.is_empty() {
            return Some(rows);
        }
        let (first_block, last_block) = (skipped / 64, last / 64);
        let above = (most + rows).saturating_sub(codes.len()) / 2;
        let below = (most + codes.len()).saturating_sub(rows) / 2;
        self.columns.clear();
        self.columns.resize(last_block + 1, ColumnBlock { plus: u64::MAX, minus: 0 });
        // The end of the blocks in the band, and the distance in the lowest row of the last of them.
        let mut end = 0;
        let mut distance = 0;
        for (done, code) in codes.iter().enumerate() {
            let wanted = ((done + above) / 64).min(last_block) + 1;
            while end < wanted {
                distance += if end == last_block { last % 64 + 1 } else { 64 };
                end += 1;
            }
            let start = (done.saturating_sub(below) / 64).min(end - 1);
            let row = self.rows.get(usize::from(*code)).map_or(0, |row| usize::from(*row) * self.blocks);
            let row = row + first_block;
            let equal = self.bits.get(row + start..row + end).unwrap_or_default();
            // The horizontal difference above the first block: one for each character. This is exact above
            // the first row, and an upper bound where the band starts lower.
            let mut carry = 1_i8;
            let columns = self.columns.get_mut(start..end).unwrap_or_default();
            for (block, (column, equal)) in (start..).zip(columns.iter_mut().zip(equal)) {
                let lowest = if block == last_block { 1 << (last % 64) } else { 1 << 63 };
                carry = column.advance(*equal, carry, lowest);
            }
            distance = distance.saturating_add_signed(isize::from(carry));
            // Each remaining character can reduce the distance by at most one.
            if end > last_block && distance > most + (codes.len() - done - 1) {
                return None;
            }
        }
        (distance <= most).then_some(distance)
    }

    /// Returns how many characters a text shares with the pattern at the start, and how many more at the end.
    fn common_ends(&self, codes: &[u8]) -> (usize, usize) {
        let head = self.codes.iter().zip(codes).take_while(|(a, b)| a == b).count();
        let most = self.codes.len().min(codes.len()) - head;
        let tail =
            self.codes.iter().rev().zip(codes.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
        (head, tail)
    }
}

impl ColumnBlock {
    /// Moves to the next character of the text. Takes the horizontal difference above the block and returns
    /// the one in its lowest row, whose bit is `lowest`.
    fn advance(&mut self, equal: u64, carry: i8, lowest: u64) -> i8 {
        let vertical = equal | self.minus;
        let equal = equal | u64::from(carry < 0);
        let zero = ((equal & self.plus).wrapping_add(self.plus) ^ self.plus) | equal;
        let mut plus = self.minus | !(zero | self.plus);
        let mut minus = self.plus & zero;
        let out = i8::from(plus & lowest != 0) - i8::from(minus & lowest != 0);
        plus = plus << 1 | u64::from(carry > 0);
        minus = minus << 1 | u64::from(carry < 0);
        self.plus = minus | !(vertical | plus);
        self.minus = plus & vertical;
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MyersPattern, length_window, max_distance, similarity, similarity_from_distance};
    use crate::score::Score;

    fn score(hundredths: u16) -> Score {
        Score::from_hundredths(hundredths)
    }

    /// Generates pairs of texts that are often similar, up to several blocks long.
    fn pairs() -> impl Strategy<Value = (String, String)> {
        let text = prop_oneof!["[ابتثجد ]{0,12}", "[ء-ي ]{40,140}", "[ab]{60,70}", "\\PC{0,20}"];
        (
            text.clone(),
            text,
            prop::collection::vec((any::<prop::sample::Index>(), "[ء-ي]{0,2}"), 0..8),
            any::<bool>(),
        )
            .prop_map(|(a, b, edits, near)| {
                let mut edited: Vec<String> = a.chars().map(String::from).collect();
                for (at, with) in edits {
                    if !edited.is_empty() {
                        let at = at.index(edited.len());
                        edited[at] = with;
                    }
                }
                let near_by = edited.concat();
                (a, if near { near_by } else { b })
            })
    }

    /// Computes the similarity by its definition, without removing the common ends first.
    fn plainly(a: &str, b: &str) -> Score {
        let longer = a.chars().count().max(b.chars().count());
        similarity_from_distance(strsim::levenshtein(a, b), longer)
    }

    /// Returns two texts in codes; together they may have up to 255 different characters.
    fn codes(a: &str, b: &str) -> (Vec<u8>, Vec<u8>) {
        let mut known: Vec<char> = a.chars().chain(b.chars()).collect();
        known.sort_unstable();
        known.dedup();
        let [a, b] = [a, b].map(|text| {
            text.chars().map(|c| u8::try_from(1 + known.binary_search(&c).unwrap()).unwrap()).collect()
        });
        (a, b)
    }

    /// Returns `length` pseudo-random codes from 1 to `letters` (xorshift).
    fn random_codes(state: &mut u64, letters: u8, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| {
                *state ^= *state << 13;
                *state ^= *state >> 7;
                *state ^= *state << 17;
                1 + u8::try_from(*state % u64::from(letters)).unwrap()
            })
            .collect()
    }

    fn as_text(codes: &[u8]) -> String {
        codes.iter().map(|c| char::from(*c)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn patterns_agree_with_strsim((a, b) in pairs(), bar in 0_u16..=10_000) {
            let truth = plainly(&a, &b);
            prop_assert_eq!(similarity(&a, &b), truth);
            let (of_a, of_b) = codes(&a, &b);
            let longer = of_a.len().max(of_b.len());
            let got = MyersPattern::new(of_a).distance_within(&of_b, max_distance(score(bar), longer));
            let got = got.map(|distance| similarity_from_distance(distance, longer));
            prop_assert_eq!(got, (truth >= score(bar)).then_some(truth));
        }

        /// Characters that are removed or added at the ends shift the diagonal as far as the band reaches.
        #[test]
        fn patterns_agree_with_strsim_at_the_edges_of_their_bands(
            letters in prop::sample::select(vec![1_u8, 2, 4, 40, 200]),
            length in prop_oneof![prop::sample::select(vec![63_usize, 64, 65, 127, 128, 129, 192]), 1_usize..320],
            seed in any::<u64>(),
            (drop_head, drop_tail, put_head, put_tail) in (0_usize..40, 0_usize..40, 0_usize..40, 0_usize..40),
        ) {
            let mut state = seed | 1;
            let a = random_codes(&mut state, letters, length);
            let kept = &a[drop_head.min(length)..];
            let kept = &kept[..kept.len().saturating_sub(drop_tail)];
            let put_head = random_codes(&mut state, letters, put_head);
            let put_tail = random_codes(&mut state, letters, put_tail);
            let b = [put_head, kept.to_vec(), put_tail].concat();
            for (a, b) in [(&a, &b), (&b, &a)] {
                let truth = strsim::levenshtein(&as_text(a), &as_text(b));
                let mut pattern = MyersPattern::new(a.clone());
                for most in truth.saturating_sub(1)..=truth + 2 {
                    prop_assert_eq!(pattern.distance_within(b, most), (truth <= most).then_some(truth), "{} of {} and {}", most, a.len(), b.len());
                }
            }
        }

        #[test]
        fn bounds_are_exact(longer in 1_usize..400, bar in 0_u16..=10_000) {
            let most = max_distance(score(bar), longer);
            prop_assert!(similarity_from_distance(most, longer) >= score(bar));
            prop_assert!(most == longer || similarity_from_distance(most + 1, longer) < score(bar));
            let window = length_window(score(bar), longer);
            for other in [*window.start(), window.end().saturating_add(0).min(5_000)] {
                let (short, long) = (longer.min(other), longer.max(other));
                prop_assert!(long == 0 || similarity_from_distance(long - short, long) >= score(bar), "{other}");
            }
            if let Some(less) = window.start().checked_sub(1) {
                prop_assert!(similarity_from_distance(longer - less, longer) < score(bar));
            }
            if *window.end() < 5_000 {
                let more = window.end() + 1;
                prop_assert!(similarity_from_distance(more - longer, more) < score(bar));
            }
        }
    }

    #[test]
    fn similarities_are_floored_integers() {
        // 8 of 25 characters differ. Floating point would give 67.99.
        assert_eq!(similarity(&"ا".repeat(25), &("ا".repeat(17) + &"ب".repeat(8))), score(6_800));
        assert_eq!(similarity("ابج", "ابد"), score(6_666));
        assert_eq!(similarity("", ""), Score::FULL);
        assert_eq!(similarity("ا", ""), Score::ZERO);
    }
}
